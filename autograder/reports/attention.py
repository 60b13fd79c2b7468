"""What an instructor should know first of a graded class: whom to help, and which cell to mend."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import api
from sqlalchemy import make_url, select

from ..course import Course
from ..grading.class_table import Row, students_of
from ..grading.database import reading
from ..grading.gradebook import copies_of, points_of
from ..intake.roster import saved_roster
from ..results import cell_name
from .class_statistics import AtRisk, at_risk
from .failures import failures_in, tests_in

__all__ = ["Attention", "ClassList", "FailedCell", "attention", "class_list"]

_NOT_WRITTEN = "NotImplementedError"
"""What a released answer cell raises: who wrote nothing proves nothing about a cell below."""


@dataclass(frozen=True)
class ClassList:
    """names : of those in the class, by id, "" where it is not known; left : who left it."""

    names: Mapping[str, str]
    left: frozenset[str] = frozenset()

    def anonymous(self) -> ClassList:
        return ClassList(dict.fromkeys(self.names, ""), self.left)


def class_list(course: Course) -> ClassList:
    """The class of the roster and the gradebook."""
    roster = saved_roster(course)
    names: dict[str, str] = {}
    if _has_gradebook(course):
        columns = select(api.Student.id, api.Student.first_name, api.Student.last_name)
        with reading(course) as database:
            for id, first, last in database.execute(columns):
                names[id] = " ".join(filter(None, (first, last)))
    if roster is None:
        return ClassList(names)
    for student in roster.students.values():
        name = " ".join(filter(None, (student.first_name, student.last_name)))
        names[student.id] = name or names.get(student.id, "")
    return ClassList({id: name for id, name in names.items() if id not in roster.left}, roster.left)


@dataclass(frozen=True)
class FailedCell:
    """A cell of the instructor's that failed for everybody. error : what most got from it."""

    cell: str
    error: str


@dataclass(frozen=True)
class Attention:
    """What comes first.

    absent : who handed in nothing, with the earlier assignments that they missed too; ungraded :
    handed in and not graded; assignments : those so far, whose shares `risky` has.
    """

    cells: Sequence[FailedCell]
    absent: Mapping[str, Sequence[str]]
    ungraded: Sequence[str]
    unread: Sequence[str]
    assignments: Sequence[str]
    risky: Sequence[AtRisk]

    def __bool__(self) -> bool:
        return any((self.cells, self.absent, self.ungraded, self.unread, self.risky))


def attention(
    course: Course,
    assignment: str,
    graded: Sequence[Row],
    members: ClassList,
    notebooks: Mapping[str, NotebookNode],
) -> Attention:
    """What to know first of `assignment`. graded : those of the class; notebooks : as released."""
    readable = {row.student for row in graded if not row.unreadable}
    unread = [row.student for row in graded if row.unreadable]
    so_far = _so_far(course, assignment)
    handed_in = {name: set(students_of(course, name)) for name in so_far}
    here = handed_in.get(assignment, set()) | readable | {*unread}
    shares = [
        _shares(course, name, (readable if name == assignment else handed_in[name]) - members.left)
        for name in so_far
    ]
    return Attention(
        cells=_failed_for_all(course, assignment, sorted(readable), notebooks),
        absent={
            student: [
                name for name in so_far if name != assignment and student not in handed_in[name]
            ]
            for student in sorted(set(members.names) - here)
        },
        ungraded=sorted(here - readable - {*unread} - members.left),
        unread=unread,
        assignments=[name for name, share in zip(so_far, shares, strict=True) if share],
        risky=at_risk(shares),
    )


def _so_far(course: Course, assignment: str) -> list[str]:
    """The assignments until `assignment`: in the order of due dates, or else of names."""
    due: dict[str, datetime | None] = {}
    if _has_gradebook(course):
        with reading(course) as database:
            due = dict(database.execute(select(api.Assignment.name, api.Assignment.duedate)).all())
    names = {path.name for path in course.release.glob("*") if path.is_dir()} | {assignment}
    order = sorted(names, key=lambda name: (due.get(name) or datetime.max, name))
    return order[: order.index(assignment) + 1]


def _shares(course: Course, assignment: str, students: Collection[str]) -> dict[str, float]:
    """The share of the points that each earned, of those that are marked already."""
    points, most = points_of(course, assignment)
    shares = {}
    for student in sorted(set(points) & set(students)):
        marked = {cell: value for cell, value in points[student].items() if value is not None}
        if possible := sum(most[cell] for cell in marked):
            shares[student] = sum(marked.values()) / possible
    return shares


def _has_gradebook(course: Course) -> bool:
    url = make_url(course.db_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


# ------------------------------------------------------------------------------ the cells to mend


def _failed_for_all(
    course: Course,
    assignment: str,
    students: Sequence[str],
    notebooks: Mapping[str, NotebookNode],
) -> list[FailedCell]:
    """The released cells that failed in each graded notebook, although nobody had changed them."""
    failed: list[str] | None = None
    errors: dict[str, Counter[str]] = {}
    for student in students if len(students) > 1 else ():
        of_student: dict[str, str] = {}
        for notebook, path in copies_of(course, assignment, student).items():
            cells = notebooks[notebook].cells if notebook in notebooks else ()
            for cell, error in _failures(json.loads(path.read_bytes()), cells):
                of_student[cell_name(notebook, cell, len(notebooks) > 1)] = error
        failed = [cell for cell in (of_student if failed is None else failed) if cell in of_student]
        if not failed:
            return []
        for cell in failed:
            errors.setdefault(cell, Counter())[of_student[cell]] += 1
    return [FailedCell(cell, errors[cell].most_common(1)[0][0]) for cell in failed or ()]


def _failures(
    document: dict[str, Any], released: Sequence[NotebookNode]
) -> Iterator[tuple[str, str]]:
    """The released cells that failed in a graded notebook, by name, and how."""
    sources = {cell.id: cell.source for cell in released if cell.cell_type == "code"}
    tests = failures_in(document, tests_in(released))
    for name, failure in tests.items():
        if failure and failure.tried:
            yield name, f"its test passed for nobody: {failure.error}"
    for cell in document["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        name = marks.get("grade_id", "") or cell["id"]
        if cell["cell_type"] != "code" or marks.get("solution") or name in tests:
            continue
        if marks.get("locked") or sources.get(cell["id"]) == "".join(cell["source"]):
            for output in cell.get("outputs", ()):
                if output["output_type"] == "error" and output["ename"] != _NOT_WRITTEN:
                    yield name, output["ename"]
                    break
