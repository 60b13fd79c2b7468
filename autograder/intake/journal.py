"""What became of each hand-in that the watcher saw: a line of JSON each, in ``watch.jsonl``.

A line is written when all is done for its hand-in, so whatever has no line is done (again) by the
next run. Of a line that a kill cut in two, nothing is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

from ..course import Course
from .arrivals import Arrival

__all__ = ["JOURNAL", "Journal", "Record"]

JOURNAL = "watch.jsonl"


@dataclass(frozen=True)
class Record:
    """What became of a hand-in; without a `name`, a feedback page that was given back anew.

    outcome : "graded"; "scored" (graded to find the best, which is another one); "passed over";
    "refused"; or "waits". day : in the course's time zone; shows : what the page shows.
    """

    notebook: str
    student: str
    outcome: str
    day: str
    name: str = ""
    signature: str = ""
    shows: str = ""


class Journal:
    """The journal of a course, read once and then kept in step."""

    def __init__(self, course: Course) -> None:
        self._path = course.root / JOURNAL
        self._by_name: dict[tuple[str, str], Record] = {}
        self._used: dict[tuple[str, str, str], int] = {}
        self._shown: dict[tuple[str, str], str] = {}
        for record in self._read():
            self._add(record)

    def _read(self) -> Iterator[Record]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with suppress(ValueError, TypeError):
                yield Record(**json.loads(line))

    def write(self, record: Record) -> None:
        """Add a record, which is on the disk when this returns."""
        line = json.dumps(asdict(record)).encode()
        with self._path.open("ab") as file:
            # The line break comes first: the line before may have been cut.
            file.write(b"\n" * bool(file.tell()) + line)
            file.flush()
            os.fsync(file.fileno())
        self._add(record)

    def _add(self, record: Record) -> None:
        if record.name:
            self._by_name[record.notebook, record.name] = record
        if record.outcome in ("graded", "scored") and record.name:
            key = record.notebook, record.student, record.day
            self._used[key] = self._used.get(key, 0) + 1
        if record.shows:
            self._shown[record.notebook, record.student] = record.shows

    def of(self, notebook: str, arrival: Arrival) -> Record | None:
        """What became of the arrival; None if it is new, or has changed."""
        record = self._by_name.get((notebook, arrival.name))
        return record if record and record.signature == arrival.signature else None

    def used(self, notebook: str, student: str, day: str) -> int:
        """How many of the student's hand-ins were graded on that day."""
        return self._used.get((notebook, student, day), 0)

    def shown(self, notebook: str) -> dict[str, str]:
        """What each student's feedback page shows that was given back."""
        return {who: shows for (name, who), shows in self._shown.items() if name == notebook}
