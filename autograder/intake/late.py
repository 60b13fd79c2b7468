"""What handing in late costs: a bank of late days, then per cent a day, from ``course.toml``.

A student's late days are taken from the bank in the order of due dates; what it does not cover
costs ``per_cent_a_day`` of the points that the notebook earned, for each day that has begun. It
enters nbgrader through its hook for that, the late plugin (:class:`LatePolicy`), so that nbgrader's
own commands and the formgrader agree. The hook hears of one notebook at a time, so a bank that
another notebook has drawn on since is brought up to date by :func:`settle`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader import api
from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..course import SETTINGS, Course
from ..errors import AutograderError
from ..grading.database import Failure, connect, explained, reading

__all__ = [
    "Bill",
    "HandedInLate",
    "LatePolicy",
    "Policy",
    "Settled",
    "bills",
    "put_due_dates",
    "read",
    "settle",
]

_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Policy:
    """What ``course.toml`` says. due : in UTC, without a zone, as nbgrader keeps times."""

    bank: int = 0
    per_cent_a_day: float = 0.0
    grace: timedelta = timedelta()
    zone: str = "UTC"
    due: Mapping[str, datetime] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, timedelta]] = field(default_factory=dict)
    counts: bool = False
    """Whether there is a policy at all, and not nbgrader's."""

    def extension(self, student: str, notebook: str) -> timedelta:
        """More time than the others have."""
        own = self.extensions.get(student, {})
        return own.get(notebook, own.get("*", timedelta()))

    def days(self, late: timedelta) -> int:
        """Days that have begun, of being `late`.

        >>> Policy(grace=timedelta(minutes=15)).days(timedelta(minutes=15))
        0
        >>> Policy(grace=timedelta(minutes=15)).days(timedelta(days=1, minutes=16))
        2
        """
        if late <= self.grace:
            return 0
        return math.ceil(late.total_seconds() / _DAY)

    def taken(self, score: float, days: int) -> float:
        """Points that so many days cost, beyond the bank.

        >>> Policy(per_cent_a_day=20).taken(10.0, 2), Policy(per_cent_a_day=20).taken(10.0, 9)
        (4.0, 10.0)
        """
        return score * min(days * self.per_cent_a_day / 100, 1.0)

    def utc(self, local: datetime) -> datetime:
        """A time of the course's zone (or of its own, if it tells one) in UTC, without a zone."""
        known = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(self.zone))
        return known.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class HandedInLate:
    """A notebook that was handed in: due without any extension but nbgrader's own."""

    notebook: str
    due: datetime
    late: timedelta


@dataclass(frozen=True)
class Bill:
    """Days late, and how many of them the bank does not cover."""

    days: int
    charged: int


def bills(policy: Policy, student: str, hand_ins: Iterable[HandedInLate]) -> dict[str, Bill]:
    """What becomes of a student's late days, by notebook: the bank pays what was due first."""
    left, found = policy.bank, {}
    for each in sorted(hand_ins, key=lambda each: (each.due, each.notebook)):
        days = policy.days(each.late - policy.extension(student, each.notebook))
        paid = min(days, left)
        left -= paid
        found[each.notebook] = Bill(days, days - paid)
    return found


# -------------------------------------------------------------------------------------- course.toml


def read(course: Course) -> Policy:
    """The course's policy; one that costs nothing if there is no ``course.toml``.

    Raises AutograderError for what it cannot mean, naming it.
    """
    path = course.root / SETTINGS
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise AutograderError(f"{path} cannot be read: {error}") from None
    try:
        return _policy(told)
    except _Wrong as error:
        raise AutograderError(f"{path}: {error}") from None


class _Wrong(ValueError):
    pass


def _policy(told: Mapping[str, Any]) -> Policy:
    _only(told, ("project", "timezone", "due", "late", "extensions"), "it")
    zone = told.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise _Wrong(f"timezone must be one like 'Europe/Zurich', got {zone!r}") from None
    late = _table(told, "late")
    _only(late, ("bank", "per_cent_a_day", "grace_minutes"), "[late]")
    policy = Policy(
        bank=int(_number(late, "bank", whole=True)),
        per_cent_a_day=_number(late, "per_cent_a_day", most=100.0),
        grace=timedelta(minutes=_number(late, "grace_minutes")),
        zone=zone,
        extensions={
            str(student): {name: timedelta(days=_number(days, name)) for name in days}
            for student, days in _tables(_table(told, "extensions")).items()
        },
        counts=bool(late),
    )
    due = {}
    for name, time in _table(told, "due").items():
        if not isinstance(time, datetime):
            raise _Wrong(f"due.{name} must be a time like 2026-10-14T23:59:00, got {time!r}")
        due[name] = policy.utc(time)
    return replace(policy, due=due)


def _only(table: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise _Wrong(f"{what} may hold {', '.join(known)}; got {', '.join(unknown)}")


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name, {})
    if not isinstance(found, dict):
        raise _Wrong(f"{name} must be a section, [{name}], got {found!r}")
    return found


def _tables(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: _table(told, name) for name in told}


def _number(
    table: Mapping[str, Any], name: str, most: float = math.inf, whole: bool = False
) -> float:
    value = table.get(name, 0)
    right = isinstance(value, int) if whole else isinstance(value, (int, float))
    if not right or isinstance(value, bool) or not 0 <= value <= most or math.isinf(value):
        kind = "a whole number" if whole else "a number"
        limit = "" if math.isinf(most) else f" to {most:g}"
        raise _Wrong(f"{name} must be {kind} from 0{limit}, got {value!r}")
    return float(value)


# ---------------------------------------------------------------------------------------- gradebook


class LatePolicy(LateSubmissionPlugin):
    """nbgrader's late plugin, as ``course.toml`` says; without a policy there, nbgrader's own."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        course = Course(self.config.CourseDirectory.root)
        policy = read(course)
        if not policy.counts:
            penalty: float | None = super().late_submission_penalty(
                student_id, score, total_seconds_late
            )
            return penalty
        notebook = self.parent.assignment_id
        with reading(course) as database:
            others = dict(_hand_ins(database, student_id).get(student_id, {}))
            due = database.scalar(
                select(api.Assignment.duedate).where(api.Assignment.name == notebook)
            )
        if due is None:
            return None  # nothing is late that is never due
        # The gradebook may not know yet what is being graded now.
        others[notebook] = HandedInLate(notebook, due, timedelta(seconds=total_seconds_late))
        bill = bills(policy, student_id, others.values())[notebook]
        return policy.taken(score, bill.charged) or None


def _hand_ins(database: Session, student: str = "") -> dict[str, dict[str, HandedInLate]]:
    """Everything that has a due date, as {student: {notebook: how late}}."""
    made = api.SubmittedAssignment
    query = (
        select(
            made.student_id,
            api.Assignment.name,
            api.Assignment.duedate,
            made.timestamp,
            made.extension,
        )
        .join(api.Assignment, api.Assignment.id == made.assignment_id)
        .where(api.Assignment.duedate.is_not(None), made.timestamp.is_not(None))
    )
    if student:
        query = query.where(made.student_id == student)
    found: dict[str, dict[str, HandedInLate]] = {}
    for who, notebook, due, time, extension in database.execute(query):
        late = max(time - due - (extension or timedelta()), timedelta())
        found.setdefault(who, {})[notebook] = HandedInLate(notebook, due, late)
    return found


@dataclass(frozen=True)
class Settled:
    """One late hand-in. before, after : points taken off it."""

    student: str
    notebook: str
    bill: Bill
    before: float
    after: float


def put_due_dates(course: Course) -> None:
    """Put the due dates of ``course.toml`` into the gradebook, for what is released."""
    due = read(course).due
    if due:
        with _writing(course) as database, database.begin():
            _put(database, due)


def _put(database: Session, due: Mapping[str, datetime]) -> None:
    for assignment in database.scalars(
        select(api.Assignment).where(api.Assignment.name.in_(list(due)))
    ):
        assignment.duedate = due[assignment.name]


def settle(course: Course, dry_run: bool = False) -> list[Settled]:
    """Bring due dates and all late penalties up to date; returns who is late, and what it costs.

    Needed when something changed that grading does not see: ``course.toml``, a mark by hand, a bank
    that another notebook drew on. Without a policy in ``course.toml``, penalties are left alone.
    """
    policy = read(course)
    with _writing(course) as database:
        _put(database, policy.due)
        database.flush()
        found = _settle(database, policy)
        if dry_run:
            database.rollback()
        else:
            database.commit()
    return found


def _settle(database: Session, policy: Policy) -> list[Settled]:
    submissions = _notebooks(database)
    found = []
    for student, hand_ins in sorted(_hand_ins(database).items()):
        for notebook, bill in bills(policy, student, hand_ins.values()).items():
            row, score = submissions.get((student, notebook), (None, 0.0))
            before = after = 0.0
            if row is not None:
                before = after = row.late_submission_penalty or 0.0
                if policy.counts:
                    after = min(policy.taken(max(score, 0.0), bill.charged), score)
                    row.late_submission_penalty = after or None
            if bill.days or before != after:
                found.append(Settled(student, notebook, bill, before, after))
    return found


def _notebooks(database: Session) -> dict[tuple[str, str], tuple[Any, float]]:
    """Each submitted notebook and its points, as {(student, assignment): (row, points)}."""
    made, part, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
    total = (
        select(grade.notebook_id, func.sum(grade.score).label("points"))
        .group_by(grade.notebook_id)
        .subquery()
    )
    query = (
        select(made.student_id, api.Assignment.name, part, total.c.points)
        .join(made, made.id == part.assignment_id)
        .join(api.Assignment, api.Assignment.id == made.assignment_id)
        .outerjoin(total, total.c.notebook_id == part.id)
    )
    return {
        (student, name): (row, points or 0.0)
        for student, name, row, points in database.execute(query)
    }


@contextmanager
def _writing(course: Course) -> Iterator[Session]:
    engine = connect(course, write=True)
    try:
        with Session(engine) as session:
            yield session
    except Failure as error:
        raise AutograderError(explained(error, course.db_url)) from error
    finally:
        engine.dispose()
