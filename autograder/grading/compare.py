"""What grading again changes: who gains, who loses, on which exercise and test.

Pure functions of two results of a submission, so that changes can be shown before they are
recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ..results import NewVersion, SubmissionResults

__all__ = [
    "Change",
    "Comparison",
    "compare",
    "difference",
    "new_versions",
    "recorded",
    "version_lines",
]


@dataclass(frozen=True)
class Change:
    """Points of one test, before and after; None where the test did not exist.

    test : its name, empty for a cell with hand-written tests; by_hand : a person gave the points
    of this exercise, so they stay.
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

    before is None if the submission was never graded. Extra credit and late penalties do not count.
    versions : exercises whose tests have a new version.
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
    old: SubmissionResults, new: SubmissionResults, by_hand: Collection[str] = frozenset()
) -> tuple[Change, ...]:
    """The tests whose points differ: first in the order of the new results, then removed tests.

    by_hand : exercises (grade cells) that a person marked.

    >>> from autograder.check.judge import Report, Verdict
    >>> def graded(status):
    ...     report = Report("affine", "01_small", "", [Verdict("rows", 2.0, status)])
    ...     return SubmissionResults(marks={"affine": report.earned}, reports=[report])
    >>> difference(graded("failed"), graded("passed"))
    (Change(exercise='affine', test='rows', before=0.0, after=2.0, by_hand=False),)
    """
    no_tests = _without_tests(old) | _without_tests(new)
    before, after = _points(old, no_tests), _points(new, no_tests)
    return tuple(
        Change(*key, before.get(key), after.get(key), by_hand=key[0] in by_hand)
        for key in {**after, **before}
        if before.get(key) != after.get(key)
    )


def _without_tests(results: SubmissionResults) -> set[str]:
    """The cells whose points are known, but not those of single tests."""
    return results.marks.keys() - {report.exercise for report in results.reports}


def _points(
    results: SubmissionResults, no_tests: Collection[str]
) -> dict[tuple[str, str], float | None]:
    """Points by (exercise, test); those of the cells in `no_tests` by (cell, "")."""
    points: dict[tuple[str, str], float | None] = {
        (report.exercise, verdict.test): verdict.earned
        for report in results.reports
        for verdict in report.verdicts
        if report.exercise not in no_tests
    }
    points |= {(cell, ""): mark for cell, mark in results.marks.items() if cell in no_tests}
    return points


def recorded(
    saved: Mapping[str, float | None] | None, results: SubmissionResults | None
) -> SubmissionResults | None:
    """What counts now: the gradebook's points `saved`, and `results` where they are of these.

    None if the gradebook has no points: whatever was graded does not count.
    """
    if not saved:
        return None
    results = results or SubmissionResults()
    of_these = [
        report
        for report in results.reports
        if report.exercise in saved and results.marks.get(report.exercise) == saved[report.exercise]
    ]
    return replace(results, marks=dict(saved), reports=of_these)


def compare(
    student: str,
    old: SubmissionResults | None,
    new: SubmissionResults,
    by_hand: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare two results of a submission.

    old : None if it was never graded; by_hand : the points that a person gave, by grade cell.
    """
    by_hand = by_hand or {}
    return Comparison(
        student,
        before=_total(old, by_hand) if old else None,
        after=_total(new, by_hand),
        changes=difference(old, new, by_hand) if old else (),
        versions=new_versions(old, new, by_hand) if old else (),
    )


def _total(results: SubmissionResults, by_hand: Mapping[str, float]) -> float:
    return sum(by_hand.get(cell, mark or 0.0) for cell, mark in results.marks.items())


def new_versions(
    old: SubmissionResults, new: SubmissionResults, by_hand: Collection[str] = frozenset()
) -> tuple[NewVersion, ...]:
    """The exercises whose tests had another version in the old results.

    >>> changes = {"affine": ["images may be grey"]}
    >>> old = SubmissionResults(marks={"affine": 3.0})
    >>> (new,) = new_versions(old, SubmissionResults(marks={"affine": 4.5}, changes=changes))
    >>> new.old, new.new, new.why, new.gain
    (1, 2, 'images may be grey', 1.5)
    """
    return tuple(
        NewVersion(
            name,
            old=old.version(name),
            new=new.version(name),
            why="; ".join(new.changes.get(name, [])[old.version(name) - 1 :]),
            before=old.marks[name],
            after=mark,
            by_hand=name in by_hand,
        )
        for name, mark in new.marks.items()
        if name in old.marks and old.version(name) != new.version(name)
    )


def version_lines(versions: Iterable[NewVersion]) -> list[str]:
    """A line for each new version: how many students gain and lose by it.

    >>> mended = NewVersion("affine", 1, 2, "images may be grey", 3.0, 4.5)
    >>> version_lines([mended, mended])
    ['affine: version 1 → 2 (images may be grey): 2 gain, 0 lose']
    """
    gains_by_version: dict[str, list[float]] = {}
    for version in versions:
        why = f" ({version.why})" if version.why else ""
        title = f"{version.exercise}: version {version.old} → {version.new}{why}"
        gains_by_version.setdefault(title, []).append(version.gain)
    return [
        f"{title}: {sum(gain > 0 for gain in gains)} gain, {sum(gain < 0 for gain in gains)} lose"
        for title, gains in gains_by_version.items()
    ]
