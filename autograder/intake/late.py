"""The price of handing in late: a bank of late days, then per cent a day, from ``course.toml``.

A student's late days are taken from the bank in the order of due dates. Each further day that has
begun costs ``per_cent_a_day`` of the notebook's points. nbgrader applies this through its late
plugin (:class:`LatePolicy`), so its own commands and the formgrader agree. The plugin is called for
one notebook at a time: when another notebook has used the bank since, :func:`settle` brings all
penalties up to date.
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
from ..grading.database import FAILURES, connect, explain, reading

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
    """The late policy of ``course.toml``. due : in UTC without a zone, as nbgrader keeps times."""

    bank: int = 0
    per_cent_a_day: float = 0.0
    grace: timedelta = timedelta()
    zone: str = "UTC"
    due: Mapping[str, datetime] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, timedelta]] = field(default_factory=dict)
    is_set: bool = False
    """Whether ``course.toml`` has a policy; without one, nbgrader's applies."""

    def extension(self, student: str, notebook: str) -> timedelta:
        """The student's extra time."""
        extensions = self.extensions.get(student, {})
        return extensions.get(notebook, extensions.get("*", timedelta()))

    def days(self, late: timedelta) -> int:
        """The late days that have begun.

        >>> Policy(grace=timedelta(minutes=15)).days(timedelta(minutes=15))
        0
        >>> Policy(grace=timedelta(minutes=15)).days(timedelta(days=1, minutes=16))
        2
        """
        if late <= self.grace:
            return 0
        return math.ceil(late.total_seconds() / _DAY)

    def penalty(self, score: float, days: int) -> float:
        """Points that so many days cost, beyond the bank.

        >>> Policy(per_cent_a_day=20).penalty(10.0, 2), Policy(per_cent_a_day=20).penalty(10.0, 9)
        (4.0, 10.0)
        """
        return score * min(days * self.per_cent_a_day / 100, 1.0)

    def utc(self, local: datetime) -> datetime:
        """A time of the course's zone (or of its own, if it has one) as UTC without a zone."""
        zoned = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(self.zone))
        return zoned.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class HandedInLate:
    """How late a notebook was handed in, with nbgrader's extension but without the policy's."""

    notebook: str
    due: datetime
    late: timedelta


@dataclass(frozen=True)
class Bill:
    """Late days, and how many of them the bank does not cover."""

    days: int
    charged: int


def bills(policy: Policy, student: str, hand_ins: Iterable[HandedInLate]) -> dict[str, Bill]:
    """A student's bills, by notebook: the bank pays for what was due first."""
    bank, by_notebook = policy.bank, {}
    for hand_in in sorted(hand_ins, key=lambda hand_in: (hand_in.due, hand_in.notebook)):
        days = policy.days(hand_in.late - policy.extension(student, hand_in.notebook))
        paid = min(days, bank)
        bank -= paid
        by_notebook[hand_in.notebook] = Bill(days, days - paid)
    return by_notebook


# -------------------------------------------------------------------------------------- course.toml


def read(course: Course) -> Policy:
    """The course's policy; lateness costs nothing if there is no ``course.toml``.

    Raises AutograderError for an invalid setting, which it names.
    """
    path = course.root / SETTINGS
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise AutograderError(f"{path} cannot be read: {error}") from None
    try:
        return _policy(settings)
    except _InvalidSetting as error:
        raise AutograderError(f"{path}: {error}") from None


class _InvalidSetting(ValueError):
    pass


def _policy(settings: Mapping[str, Any]) -> Policy:
    _refuse_unknown(settings, ("project", "timezone", "due", "late", "extensions"), "it")
    zone = settings.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise _InvalidSetting(f"timezone must be one like 'Europe/Zurich', got {zone!r}") from None
    late = _section(settings, "late")
    _refuse_unknown(late, ("bank", "per_cent_a_day", "grace_minutes"), "[late]")
    policy = Policy(
        bank=int(_number(late, "bank", whole=True)),
        per_cent_a_day=_number(late, "per_cent_a_day", most=100.0),
        grace=timedelta(minutes=_number(late, "grace_minutes")),
        zone=zone,
        extensions={
            str(student): {name: timedelta(days=_number(days, name)) for name in days}
            for student, days in _sections(_section(settings, "extensions")).items()
        },
        is_set=bool(late),
    )
    due = {}
    for name, time in _section(settings, "due").items():
        if not isinstance(time, datetime):
            raise _InvalidSetting(
                f"due.{name} must be a time like 2026-10-14T23:59:00, got {time!r}"
            )
        due[name] = policy.utc(time)
    return replace(policy, due=due)


def _refuse_unknown(section: Mapping[str, Any], known: tuple[str, ...], title: str) -> None:
    unknown = sorted(set(section) - set(known))
    if unknown:
        raise _InvalidSetting(f"{title} may hold {', '.join(known)}; got {', '.join(unknown)}")


def _section(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = settings.get(name, {})
    if not isinstance(section, dict):
        raise _InvalidSetting(f"{name} must be a section, [{name}], got {section!r}")
    return section


def _sections(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: _section(settings, name) for name in settings}


def _number(
    section: Mapping[str, Any], name: str, most: float = math.inf, whole: bool = False
) -> float:
    value = section.get(name, 0)
    is_number = isinstance(value, int) if whole else isinstance(value, (int, float))
    if not is_number or isinstance(value, bool) or not 0 <= value <= most or math.isinf(value):
        kind = "a whole number" if whole else "a number"
        limit = "" if math.isinf(most) else f" to {most:g}"
        raise _InvalidSetting(f"{name} must be {kind} from 0{limit}, got {value!r}")
    return float(value)


# ---------------------------------------------------------------------------------------- gradebook


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
            hand_ins = _hand_ins(database, student_id).get(student_id, {})
            due = database.scalar(
                select(api.Assignment.duedate).where(api.Assignment.name == notebook)
            )
        if due is None:
            return None
        # The gradebook may not hold yet what is being graded.
        hand_ins[notebook] = HandedInLate(notebook, due, timedelta(seconds=total_seconds_late))
        bill = bills(policy, student_id, hand_ins.values())[notebook]
        return policy.penalty(score, bill.charged) or None


def _hand_ins(database: Session, student: str = "") -> dict[str, dict[str, HandedInLate]]:
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
        late = max(time - due - (extension or timedelta()), timedelta())
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
        settled = _settle(database, policy)
        if dry_run:
            database.rollback()
        else:
            database.commit()
    return settled


def _settle(database: Session, policy: Policy) -> list[Settled]:
    submissions = _notebooks(database)
    settled = []
    for student, hand_ins in sorted(_hand_ins(database).items()):
        for notebook, bill in bills(policy, student, hand_ins.values()).items():
            row, score = submissions.get((student, notebook), (None, 0.0))
            before = after = 0.0
            if row is not None:
                before = after = row.late_submission_penalty or 0.0
                if policy.is_set:
                    after = min(policy.penalty(max(score, 0.0), bill.charged), score)
                    row.late_submission_penalty = after or None
            if bill.days or before != after:
                settled.append(Settled(student, notebook, bill, before, after))
    return settled


def _notebooks(database: Session) -> dict[tuple[str, str], tuple[Any, float]]:
    """Each submitted notebook and its points, as {(student, assignment): (row, points)}."""
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
    except FAILURES as error:
        raise AutograderError(explain(error, course.db_url)) from error
    finally:
        engine.dispose()
