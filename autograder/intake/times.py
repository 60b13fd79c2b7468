"""Times as other programs write them: each by its own pattern, none by a guess.

======================================  ========================================================
``2025-10-14T21:05:00-07:00``, ``…Z``   ISO 8601: Gradescope, GitHub Classroom, APIs
``2025-10-14 21:05:00.000000 UTC``      nbgrader's ``timestamp.txt`` and exchange
``2025-10-14-21-05-33``                 Blackboard, in the names of files
``20251014210533``                      ILIAS, in the names of files
``Tuesday, 14 October 2025, 9:05 PM``   Moodle, in English; mail and git
``Dienstag, 14. Oktober 2025, 21:05``   Moodle, in German (and French, Spanish, Italian, …)
``Oct 14 at 9:05pm``                    Canvas, which leaves the year out while it is the current
``Oct 14, 2025 905 PM``                 Brightspace, in the names of folders; Moodle in the USA
``14.10.2025 21:05``                    spreadsheets with dots: the day is first
``10/14/2025 9:05 PM``                  spreadsheets with slashes: the day or the month is first
======================================  ========================================================

The last of them can be two days, as in 05/11/2025: a whole column tells which is meant, if one of
its dates can be read in one way only. A time without an offset is the local time of a zone, the
earlier one where clocks are put back; a date alone is the beginning of its day. Both are the
readings that cost a student less.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["Column", "in_utc", "read", "read_column"]

_CLOCK = (
    r"(?P<hour>\d{1,2})(?=[:.h\d]|\s*[ap])(?:[:.h]?(?P<minute>\d\d)"
    r"(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?(?:\s*(?P<half>[ap])\.?m\.?|\s*uhr)?"
    r"(?:\s*(?P<offset>z|[+-]\d\d(?::?\d\d)?|[a-z]{3,5}))?"
)
_WEEKDAY = r"(?:[^\W\d][\w-]*\.?,?\s+)?"
_NAME = r"(?P<name>[^\W\d]{3,})\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>\d{4})"
_SPOKEN_CLOCK = rf"(?:,?\s+(?:(?:at|um|à|às|a las|alle|om)\s+)?{_CLOCK})?"
_FORMATS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}([-/.])(?P<month>\d{{1,2}})\2{_DAY}(?:(?:t|,?\s+){_CLOCK})?",
        rf"{_YEAR}-(?P<month>\d\d)-{_DAY}-(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)",
        rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
        rf"{_WEEKDAY}{_DAY}\.?\s+(?:de\s+)?{_NAME}(?:,?\s+(?:de\s+)?{_YEAR})?{_SPOKEN_CLOCK}",
        rf"{_WEEKDAY}{_NAME}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?{_SPOKEN_CLOCK}",
        rf"{_DAY}\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}|\d\d){_SPOKEN_CLOCK}",
        rf"(?P<one>\d{{1,2}})([-/])(?P<two>\d{{1,2}})\2(?P<year>\d{{4}}|\d\d){_SPOKEN_CLOCK}",
    )
)
_MONTHS = (
    "january januar jänner janvier enero gennaio januari janeiro",
    "february februar feber février febrero febbraio februari fevereiro",
    "march märz mars marzo maart mrt março",
    "april avril abril aprile",
    "may mai mayo maggio mei maio",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août agosto augustus",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre diciembre dicembre dezembro",
)
"""English, German, French, Spanish, Italian, Dutch, Portuguese."""


def read(
    text: str | datetime,
    zone: str,
    near: datetime | None = None,
    day_first: bool | None = None,
) -> datetime | None:
    """The time in `text`, in UTC without a zone, as nbgrader keeps it; None if it is not clear.

    zone : of a time without an offset; near : in UTC, where a missing year is chosen by it
    (default: now); day_first : what 05/11/2025 means (None: it is not clear).

    >>> read("2025-10-14 21:05:00 -0700", "Europe/Zurich")
    datetime.datetime(2025, 10, 15, 4, 5)
    >>> read("Dienstag, 14. Oktober 2025, 21:05", "Europe/Zurich")
    datetime.datetime(2025, 10, 14, 19, 5)
    >>> read("05/11/2025", "UTC") is None
    True
    """
    if isinstance(text, datetime):
        return in_utc(text, zone)
    parts = next(filter(None, (form.fullmatch(_one_line(text)) for form in _FORMATS)), None)
    if parts is None:
        return None
    groups = {name: value for name, value in parts.groupdict().items() if value}
    try:
        times = [
            _with_offset(local, groups.get("offset", ""), zone)
            for local in _local_times(groups, near or _now(), day_first)
        ]
    except (ValueError, OverflowError):
        return None
    return times[0] if len(set(times)) == 1 else None


def in_utc(local: datetime, zone: str) -> datetime:
    """A time of `zone` (or of its own, if it has one) as UTC without a zone."""
    zoned = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
    return zoned.astimezone(UTC).replace(tzinfo=None)


def _one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _local_times(
    groups: Mapping[str, str], near: datetime, day_first: bool | None
) -> list[datetime]:
    """What a text can mean: several times if days and months can be exchanged."""
    clock = time(
        _hour(int(groups.get("hour", 0)), groups.get("half", "").casefold()),
        int(groups.get("minute", 0)),
        int(groups.get("second", 0)),
        int(groups.get("fraction", "0").ljust(6, "0")[:6]),
    )
    if "one" in groups:
        one, two = int(groups["one"]), int(groups["two"])
        days = [(month, day) for month, day in ((two, one), (one, two)) if month <= 12]
        if day_first is not None and len(days) == 2:
            days = days[:1] if day_first else days[1:]
    else:
        name = groups.get("name")
        days = [(_month(name) if name else int(groups["month"]), int(groups["day"]))]
    if "year" in groups:
        year = int(groups["year"]) + (2000 if len(groups["year"]) == 2 else 0)
        return [datetime.combine(date(year, month, day), clock) for month, day in days]
    (month, day), times = days[0], []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            times.append(datetime.combine(date(year, month, day), clock))
        except ValueError:  # 29 February
            continue
    return [min(times, key=lambda local: abs(local - near))]


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"an hour with am or pm must be 1 to 12, got {hour}")
    return hour % 12 + (12 if half == "p" else 0)


def _month(name: str) -> int:
    """The month that a name, or the beginning of it, stands for in any of the languages."""
    numbers = {
        number
        for number, names in enumerate(_MONTHS, start=1)
        if any(_plain(full).startswith(_plain(name)) for full in names.split())
    }
    if len(numbers) != 1:
        raise ValueError(f"a month must have a name that is known, got {name!r}")
    return numbers.pop()


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


def _with_offset(local: datetime, offset: str, zone: str) -> datetime:
    if not offset:
        return in_utc(local, zone)
    if offset.upper() in ("Z", "UTC", "GMT"):
        return local
    if offset[0] in "+-":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        exact: tzinfo = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
        return in_utc(local.replace(tzinfo=exact), zone)
    # CST is six zones: an abbreviation says no more than which half of the year it is here.
    for fold in (0, 1):
        zoned = local.replace(tzinfo=ZoneInfo(zone), fold=fold)
        if zoned.tzname() == offset.upper():
            return in_utc(zoned, zone)
    raise ValueError(f"a zone must be an offset like +02:00, or {zone}'s own; got {offset!r}")


# ----------------------------------------------------------------------------------- a whole column


@dataclass(frozen=True)
class Column:
    """The times of a column by whose they are, and who has none that is clear, with the reasons."""

    times: Mapping[str, datetime]
    notes: Sequence[str] = ()


def read_column(
    texts: Mapping[str, str],
    zone: str,
    near: datetime | None = None,
    day_first: bool | None = None,
) -> Column:
    """The times of many: whether days come first is seen in the column, else it is `day_first`.

    >>> column = {"a": "05/11/2025", "b": "25/11/2025"}
    >>> read_column(column, "UTC").times["a"]
    datetime.datetime(2025, 11, 5, 0, 0)
    """
    texts = {name: text for name, text in texts.items() if any(map(str.isdigit, text))}
    orders = _orders(texts.values())
    if orders:
        day_first = orders.pop() if len(orders) == 1 else None
    times, two_ways, unknown = dict[str, datetime](), list[str](), list[str]()
    for name, text in texts.items():
        clear = read(text, zone, near, day_first)
        if clear is not None:
            times[name] = clear
        else:
            is_unclear = read(text, zone, near, day_first=True) is not None
            (two_ways if is_unclear else unknown).append(f"{name} ({text[:40]})")
    notes = []
    if two_ways:
        notes.append(
            "day or month first? These times are ignored until course.toml says `day_first = true` "
            f"or `false`: {', '.join(two_ways)}"
        )
    if unknown:
        notes.append(
            "these times cannot be read and are ignored until they are written like "
            f"2025-10-14 21:05 in the CSV: {', '.join(unknown)}"
        )
    return Column(times, notes)


def _orders(texts: Iterable[str]) -> set[bool]:
    """The orders (day first or not) that dates show which can be read in one way only."""
    orders = set()
    for text in texts:
        if _FORMATS[-1].fullmatch(_one_line(text)):
            first, second, *_ = map(int, re.findall(r"\d+", text))
            if (first > 12) != (second > 12):
                orders.add(first > 12)
    return orders
