"""What ``course.toml`` says of time: the zone, due dates, and what a late day costs.

A late day is a day of the calendar where the course is: it ends at the time of day at which the
notebook was due, so what is handed in on the next evening costs one, even if clocks were put back
in between. Each day that has begun counts.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..course import SETTINGS, Course
from ..errors import AutograderError
from .times import in_utc

__all__ = ["Bill", "HandedInLate", "Policy", "bills", "read"]

_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Policy:
    """The late policy of ``course.toml``. due : in UTC without a zone, as nbgrader keeps times.

    day_first : what 05/11/2025 means in a CSV that does not show it; None: it is not said.
    """

    bank: int = 0
    per_cent_a_day: float = 0.0
    grace: timedelta = timedelta()
    zone: str = "UTC"
    day_first: bool | None = None
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
        return in_utc(local, self.zone)

    def lateness(
        self, due: datetime, time: datetime, extension: timedelta = timedelta()
    ) -> timedelta:
        """How late `time` is by the clock on the wall of the course; all times are in UTC.

        extension : nbgrader's, which it adds to the due date; in time by that is in time here.

        >>> due, time = datetime(2026, 10, 24, 21, 59), datetime(2026, 10, 25, 22, 30)
        >>> time - due, Policy(zone="Europe/Zurich").lateness(due, time)
        (datetime.timedelta(days=1, seconds=1860), datetime.timedelta(seconds=84660))
        """
        if time <= due + extension:
            return timedelta()
        late = self._on_the_wall(time) - self._on_the_wall(due) - extension
        return max(late, timedelta())

    def _on_the_wall(self, time: datetime) -> datetime:
        return time.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


@dataclass(frozen=True)
class HandedInLate:
    """How late a notebook was handed in: :meth:`Policy.lateness`, with nbgrader's extension."""

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
    _refuse_unknown(
        settings, ("project", "timezone", "day_first", "due", "late", "extensions", "watch"), "it"
    )
    zone = settings.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise _InvalidSetting(f"timezone must be one like 'Europe/Zurich', got {zone!r}") from None
    day_first = settings.get("day_first")
    if not isinstance(day_first, bool | None):
        raise _InvalidSetting(f"day_first must be true or false, got {day_first!r}")
    late = _section(settings, "late")
    _refuse_unknown(late, ("bank", "per_cent_a_day", "grace_minutes"), "[late]")
    policy = Policy(
        bank=int(_number(late, "bank", whole=True)),
        per_cent_a_day=_number(late, "per_cent_a_day", most=100.0),
        grace=timedelta(minutes=_number(late, "grace_minutes")),
        zone=zone,
        day_first=day_first,
        extensions={
            str(student): {name: timedelta(days=_number(days, name)) for name in days}
            for student, days in _sections(_section(settings, "extensions")).items()
        },
        is_set=bool(late),
    )
    due = {}
    for name, time in _section(settings, "due").items():
        if not isinstance(time, datetime):
            quotes = " (a name with a dot or a blank needs quotes)" * isinstance(time, dict)
            raise _InvalidSetting(
                f"due.{name} must be a time like 2026-10-14T23:59:00, got {time!r}{quotes}"
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
