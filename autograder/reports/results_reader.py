"""Read a course's results: points from nbgrader's gradebook, the rest from the graded notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..course import Course
from ..errors import AutograderError
from ..grading.database import reading
from ..grading.gradebook import grades_of, results_at
from ..results import (
    Assignment,
    Exercise,
    Result,
    Results,
    Student,
    SubmissionResults,
    judged_tests,
)

__all__ = ["gather", "read"]


def read(course: Course, assignments: Sequence[str] = (), details: bool = True) -> Results:
    """The results in the course's gradebook, as :func:`gather` finds them."""
    with reading(course) as database:
        return gather(database, course, assignments, details=details)


def gather(
    database: Session,
    course: Course,
    assignments: Sequence[str] = (),
    students: Sequence[str] = (),
    details: bool = True,
) -> Results:
    """The results of some assignments and students, or of all, from an open gradebook.

    details : with what the graded notebooks tell: tests, mistakes, facts. Points alone are read
    much faster, for these are some queries, and each notebook is a file.

    Raises
    ------
    AutograderError : an assignment or a student is not in the gradebook.
    """
    known = _assignments(database, course)
    chosen = tuple(known[name] for name in _checked("assignment", assignments, known))
    everybody = _students(database)
    listed = tuple(everybody[name] for name in _checked("student", students, everybody))
    wanted = {each.id for each in listed}
    found = [
        result for each in chosen for result in _graded(database, course, each, wanted, details)
    ]
    course_id = str(course.config().CourseDirectory.get("course_id") or "")
    return Results(course_id, chosen, listed, tuple(found))


def _checked(kind: str, asked: Sequence[str], known: dict[str, Any]) -> list[str]:
    for name in asked:
        if name not in known:
            raise AutograderError(
                f"{kind} must be in the gradebook ({', '.join(known) or 'which has none'}), "
                f"got {name!r}"
            )
    return list(dict.fromkeys(asked)) or list(known)


def _assignments(database: Session, course: Course) -> dict[str, Assignment]:
    due = select(api.Assignment.name, api.Assignment.duedate).order_by(api.Assignment.name)
    points: dict[str, dict[str, float]] = {}
    for kind in (api.GradeCell, api.TaskCell):
        query = (
            select(api.Assignment.name, kind.name, kind.max_score)
            .join(api.Notebook, api.Notebook.id == kind.notebook_id)
            .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        )
        for name, cell, most in database.execute(query):
            points.setdefault(name, {})[cell] = most
    made = {}
    for name, when in database.execute(due):
        mine = points.get(name, {})
        order = {cell: place for place, cell in enumerate(_in_order(course, name))}
        cells = sorted(mine, key=lambda cell: (order.get(cell, len(order)), cell))
        exercises = {cell: mine[cell] for cell in cells}
        made[name] = Assignment(name, sum(mine.values()), _stamp(when), exercises)
    return made


def _in_order(course: Course, assignment: str) -> list[str]:
    """The graded cells as they stand in the release; the gradebook does not know their order."""
    path = course.release_dir(assignment) / f"{assignment}.ipynb"
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return [str(cell["metadata"].get("nbgrader", {}).get("grade_id", "")) for cell in cells]


def _students(database: Session) -> dict[str, Student]:
    who = api.Student
    columns = select(who.id, who.first_name, who.last_name, who.email, who.lms_user_id)
    rows = database.execute(columns.order_by(who.id))
    return {name: Student(name, *(each or "" for each in more)) for name, *more in rows}


def _graded(
    database: Session, course: Course, assignment: Assignment, wanted: set[str], details: bool
) -> Iterator[Result]:
    """The graded submissions of an assignment, in order of students: one query for all."""
    grade, student = api.Grade, api.SubmittedAssignment.student_id
    columns = select(
        student,
        api.SubmittedAssignment.timestamp,
        api.SubmittedNotebook.late_submission_penalty,
        api.BaseCell.name,
        grade.score,
        grade.auto_score,
        grade.manual_score,
        grade.extra_credit,
        grade.needs_manual_grade,
    )
    rows = database.execute(grades_of(columns, assignment.name).order_by(student))
    for (who, stamp, penalty), mine in groupby(rows, key=lambda row: row[:3]):
        if who in wanted:
            results = results_at(course, assignment.name, who) if details else None
            grades = {row[3]: row[4:] for row in mine}
            yield _result(assignment, who, stamp, penalty, grades, results or SubmissionResults())


def _result(
    assignment: Assignment,
    student: str,
    stamp: datetime | None,
    penalty: float | None,
    grades: Mapping[str, Any],
    graded: SubmissionResults,
) -> Result:
    tests = judged_tests(graded, assignment.exercises)
    exercises = []
    for name, most in assignment.exercises.items():
        if name in grades:
            score, auto, manual, extra, waits = grades[name]
            # A notebook of another run than the gradebook's would tell of other points.
            mine = tests.get(name, ()) if graded.marks.get(name) == auto else ()
            points = (score, most, auto, manual, extra or 0.0)
            exercises.append(Exercise(name, *points, bool(waits), mine, graded.version(name)))
    raw = sum(each.score for each in exercises)
    return Result(
        assignment=assignment.name,
        student=student,
        score=max(raw - (penalty or 0.0), 0.0),
        max_score=assignment.max_score,
        raw_score=raw,
        late_penalty=penalty or 0.0,
        needs_manual=any(each.needs_manual for each in exercises),
        submitted_at=_stamp(stamp),
        problem=graded.unreadable,
        facts=tuple(graded.facts),
        isolation=graded.isolation,  # type: ignore[arg-type]
        release=graded.release,
        environment=graded.environment,
        exercises=tuple(exercises),
    )


def _stamp(when: datetime | None) -> str | None:
    """A time of the gradebook (UTC, without saying so), in ISO 8601."""
    return when.replace(tzinfo=UTC).isoformat() if when else None
