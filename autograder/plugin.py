"""Steps of nbgrader's own converters, which a course's ``nbgrader_config.py`` plugs into them.

``nbgrader autograde`` and the formgrader's button read a submission with :class:`SubmissionReader`,
which grades it in the sandbox; nbgrader then saves the marks as usual.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from .configuration import configure
from .course import Course
from .grading.hand_in import collect
from .grading.launcher import Limits, isolation_level
from .grading.load import load_release, require_closed
from .grading.submission import RUBRIC, grade

__all__ = ["HideRubrics", "SubmissionReader", "configure"]


class SubmissionReader(NotebookExporter):
    """Reads a submission, however broken, as a graded notebook."""

    @property
    def _autograde(self) -> Any:
        """nbgrader's converter, which made this exporter."""
        return self.parent

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:  # nbconvert's hint says a notebook, but it is text
        if not self._autograde._sanitizing:  # nbgrader's second pass reads the graded notebook
            return super().from_filename(filename, resources=resources, **kwargs)
        resources = self._init_resources(resources)
        names = resources["nbgrader"]
        notebook = self.graded(Path(filename).parent, names["assignment"], names["notebook"])
        return self.from_notebook_node(notebook, resources, **kwargs)

    def graded(self, folder: Path, assignment: str, notebook: str) -> NotebookNode:
        directory = self._autograde.coursedir
        course = Course(Path(directory.root), directory.db_url)
        require_closed(course, isolation_level())
        handed_in = collect(course.root / folder, notebook, course.notebooks(assignment))
        release = load_release(course, assignment, notebook=notebook)
        return grade(handed_in, release, self._limits()).notebook

    def _limits(self) -> Limits:
        """The usual limits, with nbgrader's own for a cell, if that is set."""
        execute = self._autograde.config.Execute
        if execute.get("enabled") is False:
            self._autograde.log.warning(
                "--no-execute is ignored: it would give marks by what students hand in as outputs"
            )
        limits = Limits()
        seconds = execute.get("timeout")
        if seconds is None:
            return limits
        seconds = float(seconds)  # of a command line, it is text
        seconds = seconds if seconds > 0 else limits.total_seconds  # -1: no limit
        return replace(limits, cell_seconds=seconds, test_seconds=seconds)


class HideRubrics(NbGraderPreprocessor):
    """Leave the rubrics out of feedback: they are for graders only."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        nb.cells = [cell for cell in nb.cells if not str(cell.get("id", "")).startswith(RUBRIC)]
        return nb, resources
