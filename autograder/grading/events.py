"""What happens while a class is graded, for whoever shows it.

``grade --json`` writes one event a line, with its name under ``event`` and these fields:

``start``
    notebook; total: submissions to grade; unchanged: those that keep their marks; workers: how
    many at once; isolation: the level of the sandbox.
``graded``
    student; score: points so far, max: all points of the notebook (those that a person gives
    included); seconds: what it took its worker; reason: why there is nothing but a zero, or "";
    cells: the seconds of each cell, by its id.
``comparison``
    With ``--dry-run``, before ``graded`` (nothing is recorded then). student; before, after: points
    in the gradebook, those that a person gave included (before is null if there were none);
    changes: a list of exercise, test, before, after, by_hand (a person's mark stays); versions: a
    list of exercise, old, new, why, before, after, by_hand, where the tests have a new version.
``failed``
    student; reason: why there are no new marks. Those of before, if any, are as they were.
``end``
    graded, failed: how many; seconds: of the whole run. Without this line the run was stopped:
    what is graded stays, and the same command does the rest.

Counts, points and seconds are numbers. More fields may be added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .compare import Comparison

__all__ = ["End", "Event", "Failed", "Graded", "Start", "Tell", "as_record"]


@dataclass(frozen=True)
class Start:
    notebook: str
    total: int
    unchanged: int
    workers: int
    isolation: str


@dataclass(frozen=True)
class Graded:
    student: str
    score: float
    max: float
    seconds: float
    reason: str = ""
    cells: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    student: str
    reason: str


@dataclass(frozen=True)
class End:
    graded: int
    failed: int
    seconds: float


Event = Start | Graded | Comparison | Failed | End
Tell = Callable[[Event], None]


def as_record(event: Event) -> dict[str, Any]:
    """The event as ``--json`` writes it.

    >>> as_record(Failed("student-07", "the disk is full"))
    {'event': 'failed', 'student': 'student-07', 'reason': 'the disk is full'}
    """
    return {"event": type(event).__name__.lower(), **asdict(event)}
