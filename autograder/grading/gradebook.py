"""Read nbgrader's gradebook for a whole class at once: who needs grading, scores, marks by hand.

:mod:`autograder.grading.recorder` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import case, func, select

from ..course import Course
from ..results import SubmissionResults
from .database import reading
from .hand_in import collect
from .kernel import Limits
from .submission import KEY, conditions

__all__ = [
    "Score",
    "auto_scores",
    "copy_of",
    "current",
    "feedback_digests",
    "grades_of",
    "marked_by_hand",
    "points_of",
    "results_at",
    "scores",
]


def results_at(course: Course, notebook: str, student: str) -> SubmissionResults | None:
    """The results in a student's graded notebook; None if it is missing or unreadable."""
    try:
        document = json.loads(copy_of(course, notebook, student).read_bytes())
        return SubmissionResults.from_value(document["metadata"][KEY])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def copy_of(course: Course, notebook: str, student: str) -> Path:
    """The path of a student's graded notebook."""
    return course.autograded_dir(notebook, student) / f"{notebook}.ipynb"


def current(
    course: Course,
    notebook: str,
    students: Iterable[str],
    release: str,
    limits: Limits | None = None,
) -> Iterator[str]:
    """Those of `students` who need no grading.

    Their graded notebook has the same submission, release (its digest), software and limits, and
    the gradebook has the same marks as the notebook: so a new or restored gradebook is filled.
    """
    expected = conditions(limits)
    saved = auto_scores(course, notebook)
    for student in students:
        results = results_at(course, notebook, student)
        if (
            results
            and saved.get(student, {}) == results.marks
            and results.release == release
            and results.environment == expected["environment"]
            and results.limits == expected["limits"]
            and results.submission
            == collect(course.submitted_dir(notebook, student), notebook).digest
        ):
            yield student


def auto_scores(course: Course, notebook: str) -> dict[str, dict[str, float | None]]:
    """The autograder's points in the gradebook, as {student: {cell: points}}."""
    columns = select(api.SubmittedAssignment.student_id, api.BaseCell.name, api.Grade.auto_score)
    return _by_student(course, grades_of(columns, notebook))


def marked_by_hand(course: Course, notebook: str) -> dict[str, dict[str, float]]:
    """The points that a person gave, as {student: {cell: points}}."""
    columns = select(api.SubmittedAssignment.student_id, api.BaseCell.name, api.Grade.manual_score)
    query = grades_of(columns, notebook).where(api.Grade.manual_score.is_not(None))
    return _by_student(course, query)


def points_of(
    course: Course, notebook: str
) -> tuple[dict[str, dict[str, float | None]], dict[str, float]]:
    """All points in the gradebook, {student: {cell: points}}, and the maxima, {cell: points}.

    None where an answer waits for a grader. Points by hand and extra credit are included.
    """
    grade = api.Grade
    columns = select(
        api.SubmittedAssignment.student_id,
        api.BaseCell.name,
        case((grade.needs_manual_grade, None), else_=grade.score),
        grade.max_score,
    )
    points: dict[str, dict[str, float | None]] = {}
    max_points: dict[str, float] = {}
    with reading(course) as database:
        for student, cell, score, max_score in database.execute(grades_of(columns, notebook)):
            points.setdefault(student, {})[cell] = score
            max_points[cell] = max_score
    return points, max_points


def feedback_digests(course: Course, notebook: str, students: Collection[str]) -> dict[str, str]:
    """Digests of all that each student's feedback page is made from.

    That is the graded notebook, and the gradebook's points, penalty and comments. Who has none of
    these is left out.
    """
    student, cell = api.SubmittedAssignment.student_id, api.BaseCell.name
    grade, penalty = api.Grade, api.SubmittedNotebook.late_submission_penalty
    grades = select(student, cell, grade.score, grade.max_score, grade.needs_manual_grade, penalty)
    comments = select(student, cell, api.Comment.comment)
    values: dict[str, list[Any]] = {name: [] for name in students}
    with reading(course) as database:
        for columns, model in ((grades, api.Grade), (comments, api.Comment)):
            query = grades_of(columns, notebook, model).order_by(student, cell)
            if len(values) == 1:
                query = query.where(student == next(iter(values)))
            for name, *row in database.execute(query):
                if name in values:
                    values[name].append(row)
    digests = {}
    for name, rows in values.items():
        path = copy_of(course, notebook, name)
        if rows and path.is_file():
            digest = hashlib.sha256(path.read_bytes())
            digest.update(json.dumps(rows).encode())
            digests[name] = digest.hexdigest()
    return digests


def grades_of(columns: Any, notebook: str, model: Any = api.Grade) -> Any:
    """A query for `columns` of the grades in `notebook`, joined with the tables they refer to.

    model : ``api.Comment`` for the comments instead.
    """
    return (
        columns.select_from(model)
        .join(api.BaseCell, api.BaseCell.id == model.cell_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == model.notebook_id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
        )
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .where(api.Assignment.name == notebook)
    )


def _by_student(course: Course, query: Any) -> dict[str, dict[str, Any]]:
    by_student: dict[str, dict[str, Any]] = {}
    with reading(course) as database:
        for student, cell, points in database.execute(query):
            by_student.setdefault(student, {})[cell] = points
    return by_student


@dataclass(frozen=True)
class Score:
    """The gradebook's points of one submission."""

    points: float
    max_points: float
    needs_manual: bool


def scores(course: Course, notebook: str) -> dict[str, Score]:
    """The class of `notebook`, sorted by student, in one query (nbgrader makes one a student)."""
    waiting = func.sum(case((api.Grade.needs_manual_grade, 1), else_=0))
    student = api.SubmittedAssignment.student_id
    columns = select(student, func.sum(api.Grade.score), waiting)
    with reading(course) as database:
        max_points = database.scalar(
            select(api.Assignment.max_score).where(api.Assignment.name == notebook)
        )
        return {
            name: Score(points, float(max_points or 0.0), bool(count))
            for name, points, count in database.execute(
                grades_of(columns, notebook).group_by(student).order_by(student)
            )
        }
