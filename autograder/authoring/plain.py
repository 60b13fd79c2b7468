"""Any nbgrader assignment: is it fit for release, and what in it is secret?

Its folder in the course's ``source/`` holds Python notebooks of any names, and whatever they need
beside them. What nbgrader would refuse without naming a cell is named here, before anything is
written.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, ValidationError
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task
from traitlets.config import Config

from ..course import Course
from .formats import in_todays_format
from .leaks import search

__all__ = [
    "DropAttachments", "ReadOldFormats", "foreign_language", "leaks_in_plain", "look_alikes",
    "problems",
]  # fmt: skip

_SHORTEST = 12
"""A shorter line gives nothing away."""
_FOREIGN = ("ir", "bash", "julia", "octave", "matlab", "sas", "java", "stata", "sql")
"""Kernels by their names, for a notebook that does not say its language."""


# ---------------------------------------------------------------------------------------- formats


class ReadOldFormats(NbGraderPreprocessor):
    """Brings a notebook to today's format: nbgrader's metadata, and an id for each cell."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        return in_todays_format(nb), resources


class DropAttachments(NbGraderPreprocessor):
    """Drops the pictures that only the solution showed."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, index: int
    ) -> tuple[NotebookNode, Any]:
        for name in [*cell.get("attachments", ())]:
            if name not in cell.source:
                del cell.attachments[name]
        return cell, resources


def foreign_language(notebook: NotebookNode) -> str:
    """The language of a notebook that is not for Python, or its kernel; "" if it is for Python."""
    kernel = notebook.metadata.get("kernelspec", {})
    about = notebook.metadata.get("language_info", {})
    language = str(kernel.get("language") or about.get("name") or "")
    name = str(kernel.get("name", ""))
    if language:
        return "" if re.match("i?python", language.lower()) else language
    return name if re.split(r"[-_.\d]", name.lower())[0] in _FOREIGN else ""


# ---------------------------------------------------------------------------------------- regions


@dataclass(frozen=True)
class _Region:
    """Lines that students must not get, between two marks.

    belongs_to : the kind of cell that may hold one, in words and as a test of a cell; None if the
    course's configuration does not ask.
    """

    what: str
    begin: str
    end: str
    belongs_to: str
    allowed: Callable[[NotebookNode], bool] | None

    def divide(self, source: str) -> tuple[list[str], list[str]]:
        """The lines inside and those outside; raises ValueError if the marks do not match."""
        inside: list[str] = []
        outside: list[str] = []
        is_open = False
        for line in source.split("\n"):
            if self.begin in line:
                if is_open:
                    raise ValueError(f"has a second {self.begin} before {self.end}")
                is_open = True
            elif self.end in line:
                is_open = False
            else:
                (inside if is_open else outside).append(line)
        if is_open:
            raise ValueError(f"has {self.begin} and no {self.end}")
        return inside, outside


def _regions(config: Config) -> list[_Region]:
    """The kinds of region, with the marks of the course's configuration."""
    kinds = (
        ("ClearSolutions", "solution", "SOLUTION", "a solution", "an answer", is_solution),
        ("ClearHiddenTests", "test", "HIDDEN TESTS", "hidden tests", "a test", is_grade),
        ("ClearMarkScheme", "mark_scheme", "MARK SCHEME", "a mark scheme", "a task", is_task),
    )
    return [
        _Region(
            what,
            config[step].get(f"begin_{trait}_delimeter", f"BEGIN {words}"),  # nbgrader's spelling
            config[step].get(f"end_{trait}_delimeter", f"END {words}"),
            belongs_to,
            allowed if config[step].get("enforce_metadata", True) else None,
        )
        for step, trait, words, what, belongs_to, allowed in kinds
    ]


# --------------------------------------------------------------------------------------- refusals


def problems(course: Course, assignment: str) -> list[str]:
    """Why the assignment cannot be released, a line for each reason."""
    folder = course.source_dir(assignment)
    paths = _notebooks(folder)
    if not paths:
        return [f"{folder} holds no notebook"]
    regions = _regions(course.config())
    return [f"{path.name}: {line}" for path in paths for line in _problems_of(path, regions)]


def _notebooks(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.ipynb")) if path.name[0] != "."]


def _read(path: Path) -> NotebookNode:
    with warnings.catch_warnings(action="ignore"):  # about cell ids, which are mended on the way
        return nbformat.read(path, as_version=4)


def _problems_of(path: Path, regions: list[_Region]) -> Iterator[str]:
    try:
        notebook = _read(path)
    except Exception as error:  # the file may hold anything
        yield f"it cannot be read as a notebook ({str(error).strip().partition(chr(10))[0][:150]})"
        return
    if language := foreign_language(notebook):
        yield f"it is for {language}; only Python notebooks can be graded"
        return
    numbers: dict[str, list[int]] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        marks = cell.metadata.get("nbgrader", {})
        grade_id = marks.get("grade_id", "")
        if any(marks.get(kind) for kind in ("grade", "solution", "locked", "task")):
            numbers.setdefault(grade_id, []).append(number)
        name = f"cell {number} ({grade_id})" if grade_id else f"cell {number}"
        yield from (f"{name} {line}" for line in _problems_of_cell(cell, regions))
    twice = {name: places for name, places in numbers.items() if name and len(places) > 1}
    for grade_id, places in twice.items():
        cells = ", ".join(map(str, places))
        yield f"each grade id must be there once, and cells {cells} are all called {grade_id!r}"
    try:
        MetadataValidator().validate_nb(ReadOldFormats().preprocess(notebook, {})[0])
    except (ValidationError, SchemaTooNewError) as error:
        if not twice:
            yield f"nbgrader cannot use its metadata ({str(error).partition(chr(10))[0]})"


def _problems_of_cell(cell: NotebookNode, regions: list[_Region]) -> Iterator[str]:
    marks = cell.metadata.get("nbgrader", {})
    try:
        if float(marks.get("points") or 0) < 0:
            yield f"is worth {marks['points']} points; points must be at least 0"
    except (TypeError, ValueError):
        yield f"is worth {marks['points']!r} points; points must be a number"
    for region in regions:
        try:
            inside, _ = region.divide(cell.source)
        except ValueError as error:
            yield str(error)
            continue
        if inside and region.allowed and not region.allowed(cell):
            yield f"holds {region.what}, and is not marked as {region.belongs_to}"


# ---------------------------------------------------------------------------------------- secrets


def leaks_in_plain(course: Course, assignment: str) -> list[str]:
    """What the release has and must not have: lines of a solution, a hidden test, a mark scheme.

    Of the files beside the notebooks only those that hold a mark of a region: an instructor put
    them there, and a helper module may share lines with a solution. See :func:`look_alikes`.
    """
    folder = course.release_dir(assignment)
    marks = {region.begin: "a mark of the source" for region in _regions(course.config())}
    secret = _secret_lines(course, assignment)
    lines = [line for path in _notebooks(folder) for line in search(path, secret)]
    return search(folder, marks) + lines


def look_alikes(course: Course, assignment: str) -> list[str]:
    """What was released and looks like a solution, a sentence for each.

    These are files beside the notebooks that share lines with a solution or hidden test, and a
    notebook with the graded cells of another one.
    """
    folder = course.release_dir(assignment)
    counts = Counter(
        line.partition(": ")[0] for line in search(folder, _secret_lines(course, assignment))
    )
    lines = [
        f"{name} is released, and holds {count} line{'s' * (count > 1)} of what students write"
        for name, count in counts.items()
    ]
    names: dict[frozenset[str], str] = {}
    for path in _notebooks(folder):
        graded = [cell for cell in _read(path).cells if is_grade(cell)]
        grade_ids = frozenset(str(cell.metadata.nbgrader.grade_id) for cell in graded)
        other = names.setdefault(grade_ids, path.name)
        if grade_ids and other != path.name:
            lines.append(
                f"{path.name} has the graded cells of {other}, and students must hand in both: "
                "is one the solution of the other?"
            )
    return lines


def _secret_lines(course: Course, assignment: str) -> dict[str, str]:
    """The lines that only the instructor may read: {line: where it comes from}."""
    secret: dict[str, str] = {}
    public: list[str] = []
    regions = _regions(course.config())
    for path in _notebooks(course.source_dir(assignment)):
        for cell in _read(path).cells:
            outside = cell.source.split("\n")
            for region in regions:
                inside, outside = region.divide("\n".join(outside))
                secret |= dict.fromkeys(inside, f"{region.what} of {path.name}")
            if is_solution(cell) and len(outside) == len(cell.source.split("\n")):
                # nbgrader replaces all of an answer without regions.
                secret |= dict.fromkeys(outside, f"a solution of {path.name}")
            else:
                public += outside
    stub = ClearSolutions(config=course.config())
    text = "\n".join([*public, *stub.code_stub.values(), stub.text_stub])
    stripped = {line.strip(): where for line, where in secret.items()}
    return {
        line: where
        for line, where in stripped.items()
        if len(line) >= _SHORTEST and line not in text and not line.startswith(("import ", "from "))
    }
