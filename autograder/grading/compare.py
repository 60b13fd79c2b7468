"""What grading again would change: who gains, who loses, on which exercise and test.

Pure functions of two results, which are what :func:`autograder.grading.submission.grade` leaves in
a graded notebook's metadata: what would change is shown before it is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Change", "Comparison", "Results", "compare", "difference"]

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Points of one test, before and after; None where there was, or is, no such test.

    test : its name, empty for a cell with hand-written tests; by_hand : a person gave the points
    of this exercise, and they stay whatever the test says.
    """

    exercise: str
    test: str
    before: float | None
    after: float | None
    by_hand: bool = False

    @property
    def gain(self) -> float:
        return 0.0 if self.by_hand else (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True)
class Comparison:
    """One submission, graded again. before, after : its points, with those given by hand.

    before is None where the submission was never graded. Extra credit and late penalties are aside.
    """

    student: str
    before: float | None
    after: float
    changes: tuple[Change, ...]

    @property
    def gain(self) -> float:
        return self.after - (self.before or 0.0)

    @property
    def differs(self) -> bool:
        return self.before != self.after or bool(self.changes)


def difference(
    old: Results, new: Results, by_hand: Collection[str] = frozenset()
) -> tuple[Change, ...]:
    """The tests whose points differ, in the order of the new results, then those that are gone.

    by_hand : exercises (grade cells) that a person marked.

    >>> test = {"test": "rows", "points": 2.0, "status": "passed"}
    >>> new = {"marks": {"affine": 2.0}, "reports": [{"exercise": "affine", "verdicts": [test]}]}
    >>> failed = {**test, "status": "failed"}
    >>> old = {"marks": {"affine": 0}, "reports": [{"exercise": "affine", "verdicts": [failed]}]}
    >>> difference(old, new)
    (Change(exercise='affine', test='rows', before=0.0, after=2.0, by_hand=False),)
    """
    were, are = _points(old), _points(new)
    return tuple(
        Change(exercise, test, were.get((exercise, test)), are.get((exercise, test)), hand)
        for exercise, test in {**are, **were}
        if were.get((exercise, test)) != are.get((exercise, test))
        for hand in [exercise in by_hand]
    )


def _points(results: Results) -> dict[tuple[str, str], float | None]:
    """Points by exercise and test; of a cell that is no exercise of ours, by cell."""
    points: dict[tuple[str, str], float | None] = {
        (report["exercise"], verdict["test"]): (
            verdict["points"] if verdict["status"] == "passed" else 0.0
        )
        for report in results.get("reports", ())
        for verdict in report["verdicts"]
    }
    exercises = {exercise for exercise, _ in points}
    for cell, mark in results.get("marks", {}).items():
        if cell not in exercises:
            points[cell, ""] = mark
    return points


def compare(
    student: str, old: Results, new: Results, by_hand: Mapping[str, float] | None = None
) -> Comparison:
    """Compare a submission's results. by_hand : the points that a person gave, by grade cell."""
    by_hand = by_hand or {}
    return Comparison(
        student,
        before=_total(old, by_hand) if old else None,
        after=_total(new, by_hand),
        changes=difference(old, new, by_hand) if old else (),
    )


def _total(results: Results, by_hand: Mapping[str, float]) -> float:
    return sum(by_hand.get(cell, mark or 0.0) for cell, mark in results["marks"].items())
