"""Read nbgrader's gradebook for a whole class at once: who needs grading, scores, marks by hand.

:mod:`autograder.grading.recorder` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader import api
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ..course import Course
from ..results import SubmissionResults, cell_name, merged
from .database import reading
from .hand_in import collect_all
from .notebook_end import read_results

if TYPE_CHECKING:
    from .kernel import Limits
    from .released import Release

__all__ = [
    "Score",
    "auto_scores",
    "cell_names",
    "copies_of",
    "current",
    "feedback_digests",
    "grades_of",
    "marked_by_hand",
    "points_of",
    "results_at",
    "results_of_notebooks",
    "scores",
]


def results_at(
    course: Course, assignment: str, student: str, notebooks: Sequence[str] = ()
) -> SubmissionResults | None:
    """The results in a student's graded notebooks; None if one is missing or unreadable."""
    results = results_of_notebooks(course, assignment, student, notebooks)
    return merged(results) if results else None


def results_of_notebooks(
    course: Course, assignment: str, student: str, notebooks: Sequence[str] = ()
) -> dict[str, SubmissionResults]:
    """The results in a student's graded notebooks, by their names; none if one is missing."""
    results = {}
    for notebook, path in copies_of(course, assignment, student, notebooks).items():
        try:
            with path.open("rb") as file:
                results[notebook] = read_results(file)
        except (OSError, ValueError, KeyError, TypeError):
            return {}
    return results


def copies_of(
    course: Course, assignment: str, student: str, notebooks: Sequence[str] = ()
) -> dict[str, Path]:
    """The paths of a student's graded notebooks, by their names, whether they are there or not.

    notebooks : the names, if they are known: they are looked up in the course directory.
    """
    folder = course.autograded_dir(assignment, student)
    return {name: folder / f"{name}.ipynb" for name in notebooks or course.notebooks(assignment)}


def current(
    course: Course,
    assignment: str,
    students: Iterable[str],
    releases: Sequence[Release],
    limits: Limits | None = None,
    figures: bool = False,
) -> Iterator[str]:
    """Those of `students` who need no grading; figures : and whose notebooks have their figures.

    Their graded notebooks have the same submission, release, software and limits, and the
    gradebook has the same marks as the notebooks: so a new or restored gradebook is filled.
    """
    from .submission import conditions  # imports the grader, for which `status` need not wait

    expected = conditions(limits)
    saved = auto_scores(course, assignment)
    names = [release.name for release in releases]
    for student in students:
        results = results_of_notebooks(course, assignment, student)
        if (
            results.keys() == set(names)
            and saved.get(student, {}) == merged(results).marks
            and all(results[release.name].release == release.digest for release in releases)
            and all(part.environment == expected["environment"] for part in results.values())
            and all(part.limits == expected["limits"] for part in results.values())
            and (not figures or all(part.figures for part in results.values()))
            and [results[name].submission for name in names]
            == [
                handed_in.digest
                for handed_in in collect_all(course.submitted_dir(assignment, student), names)
            ]
        ):
            yield student


def auto_scores(course: Course, assignment: str) -> dict[str, dict[str, float | None]]:
    """The autograder's points in the gradebook, as {student: {cell: points}}."""
    columns = select(api.SubmittedAssignment.student_id, api.Grade.cell_id, api.Grade.auto_score)
    return _by_student(course, assignment, grades_of(columns, assignment))


def marked_by_hand(course: Course, assignment: str) -> dict[str, dict[str, float]]:
    """The points that a person gave, as {student: {cell: points}}."""
    columns = select(api.SubmittedAssignment.student_id, api.Grade.cell_id, api.Grade.manual_score)
    query = grades_of(columns, assignment).where(api.Grade.manual_score.is_not(None))
    return _by_student(course, assignment, query)


def points_of(
    course: Course, assignment: str
) -> tuple[dict[str, dict[str, float | None]], dict[str, float]]:
    """All points in the gradebook, {student: {cell: points}}, and the maxima, {cell: points}.

    None where an answer waits for a grader. Points by hand and extra credit are included.
    """
    grade = api.Grade
    columns = select(
        api.SubmittedAssignment.student_id,
        grade.cell_id,
        case((grade.needs_manual_grade, None), else_=grade.score),
        grade.max_score,
    )
    points: dict[str, dict[str, float | None]] = {}
    max_points: dict[str, float] = {}
    with reading(course) as database:
        names = cell_names(database, assignment)
        for student, cell, score, max_score in database.execute(grades_of(columns, assignment)):
            points.setdefault(student, {})[names[cell]] = score
            max_points[names[cell]] = max_score
    return points, max_points


def feedback_digests(course: Course, assignment: str, students: Collection[str]) -> dict[str, str]:
    """Digests of all that each student's feedback page is made from.

    That is the graded notebooks, and the gradebook's points, penalty and comments. Who has none of
    these is left out.
    """
    student, *cell = api.SubmittedAssignment.student_id, api.Notebook.name, api.BaseCell.name
    grade, penalty = api.Grade, api.SubmittedNotebook.late_submission_penalty
    grades = select(student, *cell, grade.score, grade.max_score, grade.needs_manual_grade, penalty)
    comments = select(student, *cell, api.Comment.comment)
    values: dict[str, list[Any]] = {name: [] for name in students}
    with reading(course) as database:
        for columns, model in ((grades, api.Grade), (comments, api.Comment)):
            query = grades_of(columns, assignment, model).order_by(student, *cell)
            if len(values) == 1:
                query = query.where(student == next(iter(values)))
            for name, *row in database.execute(query):
                if name in values:
                    values[name].append(row)
    digests = {}
    notebooks = course.notebooks(assignment)
    for name, rows in values.items():
        paths = copies_of(course, assignment, name, notebooks).values()
        if rows and all(path.is_file() for path in paths):
            digest = hashlib.sha256(json.dumps(rows).encode())
            for path in paths:
                digest.update(path.read_bytes())
            digests[name] = digest.hexdigest()
    return digests


def grades_of(columns: Any, assignment: str, model: Any = api.Grade) -> Any:
    """A query for `columns` of the grades in `assignment`, joined with the tables they refer to.

    model : ``api.Comment`` for the comments instead.
    """
    return (
        columns.select_from(model)
        .join(api.BaseCell, api.BaseCell.id == model.cell_id)
        .join(api.Notebook, api.Notebook.id == api.BaseCell.notebook_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == model.notebook_id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
        )
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .where(api.Assignment.name == assignment)
    )


def cell_names(database: Session, assignment: str) -> dict[str, str]:
    """The names of an assignment's cells (:func:`~autograder.results.cell_name`), by their ids."""
    query = (
        select(api.BaseCell.id, api.Notebook.name, api.BaseCell.name)
        .join(api.Notebook, api.Notebook.id == api.BaseCell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == assignment)
    )
    cells = database.execute(query).all()
    several = len({notebook for _, notebook, _ in cells}) > 1
    return {id: cell_name(notebook, name, several) for id, notebook, name in cells}


def _by_student(course: Course, assignment: str, query: Any) -> dict[str, dict[str, Any]]:
    by_student: dict[str, dict[str, Any]] = {}
    with reading(course) as database:
        names = cell_names(database, assignment)
        for student, cell, points in database.execute(query):
            by_student.setdefault(student, {})[names[cell]] = points
    return by_student


@dataclass(frozen=True)
class Score:
    """The gradebook's points of one submission."""

    points: float
    max_points: float
    needs_manual: bool


def scores(course: Course, assignment: str) -> dict[str, Score]:
    """The class of `assignment`, sorted by student, in one query (nbgrader makes one a student)."""
    waiting = func.sum(case((api.Grade.needs_manual_grade, 1), else_=0))
    student = api.SubmittedAssignment.student_id
    columns = select(student, func.sum(api.Grade.score), waiting)
    with reading(course) as database:
        max_points = database.scalar(
            select(api.Assignment.max_score).where(api.Assignment.name == assignment)
        )
        return {
            name: Score(points, float(max_points or 0.0), bool(count))
            for name, points, count in database.execute(
                grades_of(columns, assignment).group_by(student).order_by(student)
            )
        }
