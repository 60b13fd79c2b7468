"""Events of grading a class, for progress bars and ``--json``.

``grade --json`` writes one event a line, with its name under ``event`` and these fields:

``start``
    notebook; total: submissions to grade; unchanged: how many keep their marks; workers: how many
    submissions are graded at once; isolation: the level of the sandbox.
``graded``
    student; score: points so far, max: all points of the notebook (both with points that a person
    gives); seconds: how long its worker took; reason: why the whole submission got zero, or "";
    cells: the seconds of each cell, by its id.
``comparison``
    With ``--dry-run`` (which records nothing), before ``graded``. student; before, after: points
    in the gradebook with those that a person gave (before is null if there were none); changes: a
    list of exercise, test, before, after, by_hand (a person's mark stays); versions: a list of
    exercise, old, new, why, before, after, by_hand, where the tests have a new version.
``failed``
    student; reason: why there are no new marks. Earlier marks, if any, stay.
``end``
    graded, failed: how many; seconds: of the whole run. Without this line the run was stopped:
    what is graded stays, and the same command grades the rest.

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
    """The event as ``--json`` prints it.

    >>> as_record(Failed("student-07", "the disk is full"))
    {'event': 'failed', 'student': 'student-07', 'reason': 'the disk is full'}
    """
    return {"event": type(event).__name__.lower(), **asdict(event)}
