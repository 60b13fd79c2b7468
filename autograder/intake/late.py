"""The price of handing in late: a bank of late days, then per cent a day, from ``course.toml``.

A student's late days are taken from the bank in the order of due dates. Each further day that has
begun costs ``per_cent_a_day`` of the notebook's points. nbgrader applies this through its late
plugin (:class:`LatePolicy`), so its own commands and the formgrader agree. The plugin is called for
one notebook at a time: when another notebook has used the bank since, :func:`settle` brings all
penalties up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbgrader import api
from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..course import Course
from ..errors import AutograderError
from ..grading.database import FAILURES, connect, explain, reading
from .policy import Bill, HandedInLate, Policy, bills, read

__all__ = ["LatePolicy", "Settled", "put_due_dates", "settle", "settle_in"]


class LatePolicy(LateSubmissionPlugin):
    """nbgrader's late plugin for the policy of ``course.toml``; without one, nbgrader's applies."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        course = Course(self.config.CourseDirectory.root)
        policy = read(course)
        if not policy.is_set:
            penalty: float | None = super().late_submission_penalty(
                student_id, score, total_seconds_late
            )
            return penalty
        notebook = self.parent.assignment_id
        with reading(course) as database:
            hand_ins = _hand_ins(database, policy, student_id).get(student_id, {})
            due, extension = _due(database, student_id, notebook)
        if due is None:
            return None
        # The gradebook may not hold yet what is being graded.
        time = due + extension + timedelta(seconds=total_seconds_late)
        late = policy.lateness(due, time, extension)
        hand_ins[notebook] = HandedInLate(notebook, due, late)
        bill = bills(policy, student_id, hand_ins.values())[notebook]
        return policy.penalty(score, bill.charged) or None


def _due(database: Session, student: str, notebook: str) -> tuple[datetime | None, timedelta]:
    """When the notebook is due, and nbgrader's extension of the student."""
    submitted, assignment = api.SubmittedAssignment, api.Assignment
    mine = (submitted.assignment_id == assignment.id) & (submitted.student_id == student)
    due, extension = database.execute(
        select(assignment.duedate, submitted.extension)
        .outerjoin(submitted, mine)
        .where(assignment.name == notebook)
    ).one()
    return due, extension or timedelta()


def _hand_ins(
    database: Session, policy: Policy, student: str = ""
) -> dict[str, dict[str, HandedInLate]]:
    """Everything handed in that has a due date, as {student: {notebook: how late}}."""
    submitted = api.SubmittedAssignment
    query = (
        select(
            submitted.student_id,
            api.Assignment.name,
            api.Assignment.duedate,
            submitted.timestamp,
            submitted.extension,
        )
        .join(api.Assignment, api.Assignment.id == submitted.assignment_id)
        .where(api.Assignment.duedate.is_not(None), submitted.timestamp.is_not(None))
    )
    if student:
        query = query.where(submitted.student_id == student)
    by_student: dict[str, dict[str, HandedInLate]] = {}
    for name, notebook, due, time, extension in database.execute(query):
        late = policy.lateness(due, time, extension or timedelta())
        by_student.setdefault(name, {})[notebook] = HandedInLate(notebook, due, late)
    return by_student


@dataclass(frozen=True)
class Settled:
    """One late hand-in. before, after : its penalty, in points."""

    student: str
    notebook: str
    bill: Bill
    before: float
    after: float


def put_due_dates(course: Course) -> None:
    """Put the due dates of ``course.toml`` into the gradebook, for released notebooks."""
    due = read(course).due
    if due:
        with _writing(course) as database, database.begin():
            _set_due_dates(database, due)


def _set_due_dates(database: Session, due: Mapping[str, datetime]) -> None:
    for assignment in database.scalars(
        select(api.Assignment).where(api.Assignment.name.in_(list(due)))
    ):
        assignment.duedate = due[assignment.name]


def settle(course: Course, dry_run: bool = False) -> list[Settled]:
    """Bring due dates and all late penalties up to date; returns the late hand-ins.

    Needed after changes that grading does not notice: of ``course.toml``, of a mark by hand, or of
    the late days that another notebook used. Without a policy, penalties stay as they are.
    """
    policy = read(course)
    with _writing(course) as database:
        _set_due_dates(database, policy.due)
        database.flush()
        settled = settle_in(database, policy)
        if dry_run:
            database.rollback()
        else:
            database.commit()
    return settled


def settle_in(database: Session, policy: Policy) -> list[Settled]:
    """Bring all late penalties up to date, in a transaction of the caller's."""
    submissions = _notebooks(database)
    settled = []
    for student, hand_ins in sorted(_hand_ins(database, policy).items()):
        for notebook, bill in bills(policy, student, hand_ins.values()).items():
            before = after = 0.0
            for row, score in submissions.get((student, notebook), ()):
                penalty = row.late_submission_penalty or 0.0
                before += penalty
                if policy.is_set:
                    penalty = min(policy.penalty(max(score, 0.0), bill.charged), score)
                    row.late_submission_penalty = penalty or None
                after += penalty
            if bill.days or before != after:
                settled.append(Settled(student, notebook, bill, before, after))
    return settled


def _notebooks(database: Session) -> dict[tuple[str, str], list[tuple[Any, float]]]:
    """The submitted notebooks and their points, as {(student, assignment): [(row, points), …]}."""
    submitted, notebook, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
    total = (
        select(grade.notebook_id, func.sum(grade.score).label("points"))
        .group_by(grade.notebook_id)
        .subquery()
    )
    query = (
        select(submitted.student_id, api.Assignment.name, notebook, total.c.points)
        .join(submitted, submitted.id == notebook.assignment_id)
        .join(api.Assignment, api.Assignment.id == submitted.assignment_id)
        .outerjoin(total, total.c.notebook_id == notebook.id)
    )
    rows: dict[tuple[str, str], list[tuple[Any, float]]] = {}
    for student, name, row, points in database.execute(query):
        rows.setdefault((student, name), []).append((row, points or 0.0))
    return rows


@contextmanager
def _writing(course: Course) -> Iterator[Session]:
    engine = connect(course, write=True)
    try:
        with Session(engine) as session:
            yield session
    except FAILURES as error:
        raise AutograderError(explain(error, course.db_url)) from error
    finally:
        engine.dispose()
