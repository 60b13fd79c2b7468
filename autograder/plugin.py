"""nbgrader's side of the grader: what ``nbgrader_config.py`` plugs into nbgrader's own converters.

``nbgrader autograde`` and the formgrader's button read a submission through
:class:`SubmissionReader`, which grades it in the sandbox; nbgrader then saves the marks, as ever.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    AssignLatePenalties,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

from .authoring.build import Project
from .course import Course
from .grading.released import Release, files_of
from .grading.submission import RUBRIC, grade, read_notebook
from .intake.late import LatePolicy

__all__ = ["HideRubrics", "SubmissionReader", "configure", "load_release"]


def configure(c: Any) -> None:
    """Set nbgrader's options; called by the course's ``nbgrader_config.py`` with its config."""
    from .reports import feedback_page  # which reads releases, as this module does

    c.Autograde.exporter_class = SubmissionReader
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [SaveAutoGrades, AssignLatePenalties]
    c.AssignLatePenalties.plugin_class = LatePolicy
    c.GenerateFeedback.exporter_class = feedback_page.FeedbackPage
    c.GenerateFeedback.preprocessors = [
        feedback_page.GetMarks,
        HideRubrics,
        feedback_page.HideHiddenTests,
        feedback_page.RevealTests,
        CSSHTMLHeaderPreprocessor,
        feedback_page.Summary,
    ]


def load_release(root: Path, name: str, project: Project | None = None) -> Release:
    """What grading the notebook `name` of the course in `root` needs, with hidden inputs."""
    course = Course(root)
    paths = [folder(name) / f"{name}.ipynb" for folder in (course.release_dir, course.source_dir)]
    # A Jupyter server lives on while a notebook is released again: then the files' times differ.
    times = tuple(path.stat().st_mtime_ns for path in paths)
    return _load_release(course, name, project or Project(), times)


@lru_cache(maxsize=16)
def _load_release(course: Course, name: str, project: Project, times: tuple[int, ...]) -> Release:
    exercises = project.load(name)
    secret = course.secret() if exercises else b""
    released = course.release_dir(name)
    return Release(
        name=name,
        notebook=read_notebook(released / f"{name}.ipynb"),
        source=read_notebook(course.source_dir(name) / f"{name}.ipynb"),
        packs={each.name: each.pack(name, secret) for each in exercises},
        files=files_of(released),
    )


class SubmissionReader(NotebookExporter):
    """Reads a submission, however broken, as a graded notebook."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        if not self.parent._sanitizing:  # nbgrader's second pass reads what the first wrote
            return super().from_filename(filename, resources=resources, **kwargs)
        resources = self._init_resources(resources)
        name = resources["nbgrader"]["notebook"]
        notebook = self.graded(Path(filename).parent, name)
        return self.from_notebook_node(notebook, resources, **kwargs)

    def graded(self, folder: Path, name: str) -> NotebookNode:
        root = Path(self.parent.coursedir.root)
        return grade(root / folder, load_release(root, name)).notebook


class HideRubrics(NbGraderPreprocessor):
    """Feedback does not show what is for the grader's eyes."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        nb.cells = [cell for cell in nb.cells if not str(cell.get("id", "")).startswith(RUBRIC)]
        return nb, resources
