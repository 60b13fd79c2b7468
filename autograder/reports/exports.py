"""Results for other systems: Canvas and Moodle gradebooks, a table by exercise, the JSON document.

``python -m autograder export`` writes them, and so does nbgrader itself::

    nbgrader export --exporter=autograder.reports.exports.CanvasExport --to grades.csv

Canvas reads a file like its own exports: five columns that identify the student (by Canvas's ID,
then SIS ID, login, name), one for each assignment, and a second line "Points Possible". An empty
cell deletes an existing score. Source: "How do I import grades in the Gradebook?", and
``lib/gradebook_importer.rb`` of github.com/instructure/canvas-lms.

In Moodle one chooses the column that identifies the student (user ID, ID number, email address or
username) and the column of an item's grades. One unknown student stops the import; "-" is no grade;
more than 100 points are refused unless the site allows them. Source:
https://docs.moodle.org/en/Grade_import and ``grade/import/csv/classes/load_data.php`` of
github.com/moodle/moodle.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin

from ..course import Course
from ..errors import AutograderError, command
from ..grading.database import reading
from ..grading.gradebook import scores
from ..results import Result, Results, Student, text
from .results_reader import gather
from .spreadsheet import Cell, lines

__all__ = [
    "FORMATS",
    "CanvasExport",
    "ExerciseExport",
    "Exported",
    "JsonExport",
    "MoodleExport",
    "canvas",
    "exercises",
    "export",
    "moodle",
    "target",
    "write",
]


def canvas(results: Results, submissions: Iterable[Result], column: str = "") -> Iterator[str]:
    """For Canvas: Grades, Import. `column`: the name of a single assignment there.

    A student's id is in both SIS columns; Canvas uses the one that it knows.
    """
    columns = _columns(results, column)
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns]
    points: list[Cell] = ["    Points Possible", *[""] * 4]
    rows = [[*points, *(assignment.max_score for assignment in results.assignments)]]
    for student, earned in _scores_of_students(results, submissions):
        names = [_sorted_name(student), student.lms_id, student.id, student.id, ""]
        rows.append([*names, *earned])
    return lines(header, rows)


def moodle(results: Results, submissions: Iterable[Result], column: str = "") -> Iterator[str]:
    """For Moodle: Grades, Import, CSV file, separated by commas, UTF-8.

    `column`: the name of a single grade item there. A student's id may be their user name or their
    ID number in Moodle, so it is in both columns; map one of them.
    """
    header = ["First name", "Last name", "Username", "ID number", "Email address"]
    rows = []
    for student, earned in _scores_of_students(results, submissions):
        names = [student.first_name, student.last_name, student.id, student.id, student.email]
        rows.append([*names, *("-" if score is None else score for score in earned)])
    return lines([*header, *_columns(results, column)], rows)


def exercises(results: Results, submissions: Iterable[Result], column: str = "") -> Iterator[str]:
    """One line for each exercise of each submission, for a spreadsheet or a data frame."""
    labels = ("assignment", "student", "last_name", "first_name", "exercise")
    points = ("score", "max_score", "auto_score", "manual_score", "extra_credit", "needs_manual")
    rest = ("tests_passed", "tests", "mistakes", "submitted_at", "problem")
    people = {student.id: student for student in results.students}
    values = attrgetter(*points)

    def rows() -> Iterator[Sequence[Cell]]:
        for result in submissions:
            student = people[result.student]
            names = (result.assignment, student.id, student.last_name, student.first_name)
            for exercise in result.exercises:
                tests = exercise.tests
                passed = sum(test.status == "passed" for test in tests)
                mistakes = "; ".join(dict.fromkeys(test.mistake for test in tests if test.mistake))
                details = (passed, len(tests), mistakes, result.submitted_at, result.problem)
                yield (*names, exercise.name, *values(exercise), *details)

    return lines([*labels, *points, *rest], rows())


def _json(results: Results, submissions: Iterable[Result], column: str = "") -> Iterator[str]:
    return text(results, submissions)


Make = Callable[[Results, Iterable[Result], str], Iterator[str]]
FORMATS: dict[str, tuple[Make, str, str]] = {
    "canvas": (canvas, "canvas.csv", "In Canvas: Grades, Import, and look at what would change."),
    "moodle": (
        moodle,
        "moodle.csv",
        "In Moodle: Grades, Import, CSV file; map one column to who it is, one to the item.",
    ),
    "csv": (exercises, "exercises.csv", ""),
    "json": (_json, "results.json", "What is in it: docs/results.md"),
}
"""By format: the function that makes it, the name of its file, and advice on its use."""


def _columns(results: Results, column: str) -> list[str]:
    names = [assignment.name for assignment in results.assignments]
    return [column] if column and len(names) == 1 else names


def _scores_of_students(
    results: Results, submissions: Iterable[Result]
) -> list[tuple[Student, list[float | None]]]:
    """The scores of each student who has any, None for assignments that are not graded."""
    by_student: dict[str, dict[str, float | None]] = {}
    for result in submissions:
        by_student.setdefault(result.student, {})[result.assignment] = result.score
    return [
        (student, [by_student[student.id].get(item.name) for item in results.assignments])
        for student in results.students
        if student.id in by_student
    ]


def _sorted_name(student: Student) -> str:
    names = [name for name in (student.last_name, student.first_name) if name]
    return ", ".join(names) or student.id


def target(course: Course, kind: str, notebook: str) -> Path:
    """The default path of an export."""
    return course.root / "exports" / f"{notebook or 'course'}.{FORMATS[kind][1]}"


@dataclass(frozen=True)
class Exported:
    """An export's file. results : the number of results in it; waiting : those that wait for a mark
    by hand; ungraded : students without a result; deleted : those with marks of a submission that
    was deleted, "student (notebook)"; advice : what to do with the file.
    """

    path: Path
    results: int
    waiting: int
    ungraded: int
    deleted: list[str]
    advice: str


def export(
    course: Course,
    kind: str,
    notebook: str = "",
    to: Path | None = None,
    column: str = "",
    dry_run: bool = False,
) -> Exported:
    """Write one of FORMATS for a notebook, or for the whole course.

    Raises
    ------
    AutograderError : nothing is graded, or `column` is given for more than one notebook.
    """
    make, _, advice = FORMATS[kind]
    if column and not notebook:
        raise AutograderError("--column is the title of one assignment: say which (ASSIGNMENT)")
    path = to or target(course, kind, notebook)
    waiting: dict[tuple[str, str], bool] = {}

    def noted(submissions: Iterable[Result]) -> Iterator[Result]:
        for result in submissions:
            waiting[result.student, result.assignment] = result.needs_manual
            yield result

    details = kind in ("csv", "json") and not dry_run
    with reading(course) as database:
        results, submissions = gather(
            database, course, [notebook] if notebook else [], details=details
        )
        submissions = noted(submissions)
        first = next(submissions, None)
        if first is None:
            raise AutograderError(
                f"no submission{notebook and ' of '}{notebook} is graded yet: "
                f"{command('grade', notebook or 'ASSIGNMENT')}"
            )
        parts = make(results, chain([first], submissions), column)
        if not dry_run:
            write(path, parts)
        else:
            deque(parts, maxlen=0)
    return Exported(
        path,
        results=len(waiting),
        waiting=sum(waiting.values()),
        ungraded=len(results.students) - len({student for student, _ in waiting}),
        deleted=[
            f"{student} ({assignment.name})"
            for assignment in results.assignments
            for student in scores(course, assignment.name)
            if (student, assignment.name) not in waiting
        ],
        advice=advice,
    )


def write(path: Path, parts: Iterable[str]) -> None:
    """Write an export in one step; only its owner may read it, since it holds names and marks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)  # still there if the disk is full, or a notebook broken


# ------------------------------------------------------------------------------ nbgrader's own hook


class _Export(ExportPlugin):
    """``nbgrader export --exporter=...``, with its --to, --assignment and --student."""

    kind = ""

    def export(self, gradebook: Gradebook) -> None:
        course = Course(Path(self.parent.coursedir.root))
        notebooks = [str(name) for name in self.assignment]
        students = [str(name) for name in self.student]
        results, submissions = gather(gradebook.db, course, notebooks, students)
        only = notebooks[0] if len(notebooks) == 1 else ""
        path = Path(self.to) if self.to else target(course, self.kind, only)
        self.log.info("Exporting grades to %s", path)
        make = FORMATS[self.kind][0]
        write(path, make(results, submissions, ""))


class CanvasExport(_Export):
    """:func:`canvas`, for nbgrader."""

    kind = "canvas"


class MoodleExport(_Export):
    """:func:`moodle`, for nbgrader."""

    kind = "moodle"


class ExerciseExport(_Export):
    """:func:`exercises`, for nbgrader."""

    kind = "csv"


class JsonExport(_Export):
    """The document of docs/results.md, for nbgrader."""

    kind = "json"
