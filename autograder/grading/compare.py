"""What grading again would change: who gains, who loses, on which exercise and test.

Pure functions of two results, which are what :func:`autograder.grading.submission.grade` leaves in
a graded notebook's metadata: what would change is shown before it is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = [
    "Change", "Comparison", "NewVersion", "Results", "compare", "difference", "new_versions",
    "regraded", "version_lines",
]  # fmt: skip

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
class NewVersion:
    """An exercise that was graded with another version of its tests; why : what it says of that.

    before, after : its points then and now; by_hand : a person gave them, and they stay.
    """

    exercise: str
    old: int
    new: int
    why: str
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
    versions : exercises whose tests have another version by now.
    """

    student: str
    before: float | None
    after: float
    changes: tuple[Change, ...]
    versions: tuple[NewVersion, ...] = ()

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
        versions=new_versions(old, new, by_hand),
    )


def _total(results: Results, by_hand: Mapping[str, float]) -> float:
    return sum(by_hand.get(cell, mark or 0.0) for cell, mark in results["marks"].items())


def new_versions(
    old: Results, new: Results, by_hand: Collection[str] = frozenset()
) -> tuple[NewVersion, ...]:
    """The exercises whose tests had another version in the old results; none if there are none.

    >>> old = {"marks": {"affine": 3.0}}
    >>> new = {"marks": {"affine": 4.5}, "changes": {"affine": ["images may be grey"]}}
    >>> (found,) = new_versions(old, new)
    >>> found.old, found.new, found.why, found.gain
    (1, 2, 'images may be grey', 1.5)
    """
    were, are = old.get("changes", {}), new.get("changes", {})
    return tuple(
        NewVersion(
            name,
            old=1 + len(were.get(name, ())),
            new=1 + len(are.get(name, ())),
            why="; ".join(are.get(name, ())[len(were.get(name, ())) :]),
            before=old["marks"][name],
            after=mark,
            by_hand=name in by_hand,
        )
        for name, mark in new.get("marks", {}).items()
        if name in old.get("marks", {})
        if len(were.get(name, ())) != len(are.get(name, ()))
    )


def regraded(
    old: Results, new: Results, by_hand: Collection[str] = frozenset()
) -> list[dict[str, Any]]:
    """What is kept in a graded notebook of its grading again: the new versions, and older ones."""
    return [*old.get("regraded", ()), *map(asdict, new_versions(old, new, by_hand))]


def version_lines(found: Iterable[NewVersion]) -> list[str]:
    """A line for each new version: who gains and who loses by it.

    >>> mended = NewVersion("affine", 1, 2, "images may be grey", 3.0, 4.5)
    >>> version_lines([mended, mended])
    ['affine: version 1 → 2 (images may be grey): 2 gain, 0 lose']
    """
    gains: dict[str, list[float]] = {}
    for each in found:
        why = f" ({each.why})" if each.why else ""
        said = f"{each.exercise}: version {each.old} → {each.new}{why}"
        gains.setdefault(said, []).append(each.gain)
    return [
        f"{said}: {sum(each > 0 for each in own)} gain, {sum(each < 0 for each in own)} lose"
        for said, own in gains.items()
    ]
