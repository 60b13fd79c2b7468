"""Read a course's results: points from nbgrader's gradebook, the rest from the graded notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..course import Course
from ..errors import AutograderError
from ..grading.class_table import students_of
from ..grading.database import reading
from ..grading.gradebook import cell_names, grades_of, results_at
from ..results import (
    Assignment,
    Exercise,
    Result,
    Results,
    Student,
    SubmissionResults,
    judged_tests,
)
from .released import cells_of, released

__all__ = ["gather", "read"]


def read(course: Course, assignments: Sequence[str] = (), details: bool = True) -> Results:
    """The results in the course's gradebook; see :func:`gather`."""
    with reading(course) as database:
        results, submissions = gather(database, course, assignments, details=details)
        return replace(results, results=tuple(submissions))


def gather(
    database: Session,
    course: Course,
    assignments: Sequence[str] = (),
    students: Sequence[str] = (),
    details: bool = True,
) -> tuple[Results, Iterator[Result]]:
    """The results of some assignments and students, or of all, from an open gradebook.

    Those of the submissions come one by one: of a large course they are gigabytes.

    details : read tests, mistakes and facts from the graded notebooks too. Points alone are much
    faster: a few queries, instead of a file for each submission.

    Raises
    ------
    AutograderError : an assignment or a student is not in the gradebook.
    """
    known = _assignments(database, course)
    chosen = tuple(known[name] for name in _known_names("assignment", assignments, known))
    everybody = _students(database)
    listed = tuple(everybody[name] for name in _known_names("student", students, everybody))
    student_ids = {student.id for student in listed}
    submissions = (
        result
        for assignment in chosen
        for result in _graded_submissions(database, course, assignment, student_ids, details)
    )
    course_id = str(course.config().CourseDirectory.get("course_id") or "")
    return Results(course_id, chosen, listed), submissions


def _known_names(kind: str, names: Sequence[str], known: dict[str, Any]) -> list[str]:
    for name in names:
        if name not in known:
            raise AutograderError(
                f"{kind} must be in the gradebook ({', '.join(known) or 'which has none'}), "
                f"got {name!r}"
            )
    return list(dict.fromkeys(names)) or list(known)


def _assignments(database: Session, course: Course) -> dict[str, Assignment]:
    due = select(api.Assignment.name, api.Assignment.duedate).order_by(api.Assignment.name)
    assignments = {}
    for assignment, when in database.execute(due).all():
        names = cell_names(database, assignment)
        points: dict[str, float] = {}
        for kind in (api.GradeCell, api.TaskCell):
            query = select(kind.id, kind.max_score).where(kind.id.in_(names))
            points |= {names[cell]: most for cell, most in database.execute(query)}
        order = {cell: index for index, cell in enumerate(cells_of(released(course, assignment)))}
        cells = sorted(points, key=lambda cell: (order.get(cell, len(order)), cell))
        exercises = {cell: points[cell] for cell in cells}
        assignments[assignment] = Assignment(
            assignment, sum(points.values()), _iso_time(when), exercises
        )
    return assignments


def _students(database: Session) -> dict[str, Student]:
    student = api.Student
    columns = select(
        student.id, student.first_name, student.last_name, student.email, student.lms_user_id
    )
    rows = database.execute(columns.order_by(student.id))
    return {
        student_id: Student(student_id, *(value or "" for value in values))
        for student_id, *values in rows
    }


def _graded_submissions(
    database: Session, course: Course, assignment: Assignment, student_ids: set[str], details: bool
) -> Iterator[Result]:
    """The graded submissions of an assignment, in order of students, from a single query.

    Without those that were deleted: the gradebook still has their marks.
    """
    grade, student = api.Grade, api.SubmittedAssignment.student_id
    columns = select(
        student,
        api.SubmittedAssignment.timestamp,
        api.SubmittedNotebook.id,
        api.SubmittedNotebook.late_submission_penalty,
        grade.cell_id,
        grade.score,
        grade.auto_score,
        grade.manual_score,
        grade.extra_credit,
        grade.needs_manual_grade,
    )
    names = cell_names(database, assignment.name)
    rows = database.execute(grades_of(columns, assignment.name).order_by(student)).all()
    database.rollback()  # nobody who saves a mark waits while the notebooks are read
    handed_in = student_ids & set(students_of(course, assignment.name))
    notebooks = course.notebooks(assignment.name)
    for (student_id, submitted), group in groupby(rows, key=lambda row: row[:2]):
        if student_id in handed_in:
            student_rows = list(group)
            results = (
                results_at(course, assignment.name, student_id, notebooks) if details else None
            )
            penalties = {notebook: penalty or 0.0 for _, _, notebook, penalty, *_ in student_rows}
            yield _result(
                assignment,
                student_id,
                submitted,
                sum(penalties.values()),
                {names[row[4]]: row[5:] for row in student_rows},
                results or SubmissionResults(),
            )


def _result(
    assignment: Assignment,
    student: str,
    submitted: datetime | None,
    penalty: float,
    grades: Mapping[str, Any],
    graded: SubmissionResults,
) -> Result:
    tests = judged_tests(graded, assignment.exercises)
    exercises = []
    for name, most in assignment.exercises.items():
        if name in grades:
            score, auto, manual, extra, waits = grades[name]
            # The notebook may be of another run than the gradebook's points.
            judged = tests.get(name, ()) if graded.marks.get(name) == auto else ()
            points = (score, most, auto, manual, extra or 0.0)
            exercises.append(Exercise(name, *points, bool(waits), judged, graded.version(name)))
    raw = sum(exercise.score for exercise in exercises)
    return Result(
        assignment=assignment.name,
        student=student,
        score=max(raw - penalty, 0.0),
        max_score=assignment.max_score,
        raw_score=raw,
        late_penalty=penalty,
        needs_manual=any(exercise.needs_manual for exercise in exercises),
        submitted_at=_iso_time(submitted),
        problem=graded.unreadable,
        facts=tuple(graded.facts),
        isolation=graded.isolation,  # type: ignore[arg-type]
        release=graded.release,
        environment=graded.environment,
        exercises=tuple(exercises),
    )


def _iso_time(when: datetime | None) -> str | None:
    """A time of the gradebook, which is in UTC without a zone, in ISO 8601."""
    return when.replace(tzinfo=UTC).isoformat() if when else None
