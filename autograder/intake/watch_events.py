"""Events of watching a course, one a line with ``watch --json``, between those of grading.

``handled``
    What became of a hand-in. notebook; name: of its file or folder; student; outcome: graded,
    scored, passed over, refused or waits (:class:`autograder.intake.journal.Record`); score, max:
    points if it was graded now, else null; shows: what its feedback shows; reason: of all outcomes
    but graded, and why a whole submission got zero.
``renewed``
    notebook; student; shows: feedback was given back again, since it may show more now.
``trouble``
    notebook; reason: something failed. It is tried again from time to time, and told once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from ..grading import events
from ..grading.events import Event

__all__ = ["Handled", "Renewed", "Tell", "Trouble", "as_record"]


@dataclass(frozen=True)
class Handled:
    notebook: str
    name: str
    student: str
    outcome: str
    score: float | None = None
    max: float | None = None
    shows: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Renewed:
    notebook: str
    student: str
    shows: str


@dataclass(frozen=True)
class Trouble:
    notebook: str
    reason: str


Tell = Callable[[Event | Handled | Renewed | Trouble], None]


def as_record(event: Event | Handled | Renewed | Trouble) -> dict[str, Any]:
    """The event as ``--json`` prints it.

    >>> as_record(Trouble("01_smoothing", "the disk is full"))
    {'event': 'trouble', 'notebook': '01_smoothing', 'reason': 'the disk is full'}
    """
    if isinstance(event, Handled | Renewed | Trouble):
        return {"event": type(event).__name__.lower(), **asdict(event)}
    return events.as_record(event)
