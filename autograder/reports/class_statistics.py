"""Statistics of a class's results: pure functions of points, reports and seconds.

Points are ``{student: {item: points}}``, None if an answer waits for a grader; reports are
``{student: [report, ...]}``.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..check.judge import Report, Verdict

__all__ = [
    "NEVER_TRIED",
    "OUTCOMES",
    "AtRisk",
    "Cause",
    "Item",
    "Slow",
    "Topic",
    "at_risk",
    "causes",
    "discrimination",
    "histogram",
    "items",
    "slowest",
    "topics",
    "worth_teaching",
]

Points = Mapping[str, Mapping[str, float | None]]
Reports = Mapping[str, Sequence[Report]]

FEWEST = 10
"""With fewer students no correlation is computed, as it would mean nothing."""

FAR_BELOW = 0.5
"""At risk is who has less than this part of what the median student has: however hard the
assignments are, and however the class did."""

FALLING = 0.25
"""At risk is whose share of the points, beside the class's median, is this much lower than before.
A student's results scatter by about 0.1 from one assignment to the next; this is well beyond."""

MASTERED = 0.8
"""A class goes on when so many have understood, as is usual in mastery learning: teaching again
takes everybody's time. The others are better helped one by one."""

OUTCOMES = {
    "not written": "not written",
    "missing": "not defined",
    "error": "raised an error",
    "lost": "hung or ended the process",
    "failed": "another difference",
}
"""The outcome of a test that failed without a known mistake, in words for an instructor."""

NEVER_TRIED = frozenset({OUTCOMES["not written"], OUTCOMES["missing"]})


def histogram(shares: Iterable[float], bins: int = 10) -> list[int]:
    """The number of shares (of 1) in each of `bins` intervals; a limit belongs to the upper one.

    >>> histogram([0.0, 0.1, 0.15, 1.0])
    [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    counts = Counter(min(max(int(share * bins + 1e-9), 0), bins - 1) for share in shares)
    return [counts[index] for index in range(bins)]


# ---------------------------------------------------------------------------------------- the items


@dataclass(frozen=True)
class Item:
    """An exercise or question over the class.

    share : mean of earned points / points, which item analysis calls difficulty (the higher, the
    easier); full : students with all points; of : students who were marked; waiting : answers that
    are not marked yet, which make `share` unfair; discrimination : see :func:`discrimination`.
    """

    name: str
    points: float
    share: float
    full: int
    of: int
    waiting: int
    discrimination: float | None


def items(points: Points, most: Mapping[str, float]) -> list[Item]:
    """The items of `most` ({item: maximum points}), in order, without those that have no marks.

    >>> items({"one": {"q": 2.0}, "two": {"q": 1.0}, "three": {"q": None}}, {"q": 2.0})
    [Item(name='q', points=2.0, share=0.75, full=1, of=2, waiting=1, discrimination=None)]
    """
    results = []
    totals = {
        student: sum(value or 0.0 for value in cells.values()) for student, cells in points.items()
    }
    for name, possible in most.items():
        marked = {
            student: value
            for student, cells in points.items()
            if (value := cells.get(name)) is not None
        }
        if not marked or not possible:
            continue
        rest = [round(totals[student] - value, 9) for student, value in marked.items()]
        results.append(
            Item(
                name=name,
                points=possible,
                share=statistics.fmean(marked.values()) / possible,
                full=sum(value >= possible for value in marked.values()),
                of=len(marked),
                waiting=sum(name in cells for cells in points.values()) - len(marked),
                discrimination=discrimination(list(marked.values()), rest),
            )
        )
    return results


def discrimination(item: Sequence[float], rest: Sequence[float]) -> float | None:
    """Correlation of students' points in an item with their points in all the rest, -1 to 1.

    If the item is all or nothing, this is the corrected point-biserial correlation: the total does
    not include the item, which would raise the correlation (S. Henrysson, "Correction of item-total
    correlations in item analysis", Psychometrika 28, 1963). None if it means nothing: there are
    fewer than 10 students, or all have the same points.

    >>> discrimination([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    0.870...
    """
    if len(item) < FEWEST or len(set(item)) < 2 or len(set(rest)) < 2:
        return None
    return statistics.correlation(item, rest)


# ------------------------------------------------------------------------ why points are missing


@dataclass(frozen=True)
class Cause:
    """One reason for missing points in one exercise: a known mistake, or another outcome.

    lost : the points of the tests that failed for this reason, over all `students`.
    """

    exercise: str
    slide: str
    name: str
    message: str
    known: bool
    elsewhere: bool
    students: tuple[str, ...]
    lost: float

    @property
    def tried(self) -> bool:
        return self.known or self.name not in NEVER_TRIED

    @property
    def is_of_one(self) -> bool:
        return len(self.students) == 1


def causes(reports: Reports) -> list[Cause]:
    """All reasons for missing points, the most expensive first."""
    cases: dict[tuple[str, str, bool], list[_Case]] = {}
    for student, exercises in reports.items():
        for report in exercises:
            for verdict in report.verdicts:
                if verdict.status == "passed":
                    continue
                name = verdict.mistake or OUTCOMES.get(verdict.status, verdict.status)
                key = (report.exercise, name, bool(verdict.mistake))
                cases.setdefault(key, []).append((student, report, verdict))
    all_causes = [_cause(*key, group) for key, group in cases.items()]
    return sorted(all_causes, key=lambda cause: (-cause.lost, -len(cause.students), cause.exercise))


_Case = tuple[str, Report, Verdict]


def _cause(exercise: str, name: str, known: bool, cases: Sequence[_Case]) -> Cause:
    _, report, verdict = cases[0]
    return Cause(
        exercise=exercise,
        slide=report.slide,
        name=name,
        message=verdict.message if known else "",
        known=known,
        elsewhere=known and verdict.elsewhere,
        students=tuple(dict.fromkeys(student for student, _, _ in cases)),
        lost=float(sum(verdict.points for _, _, verdict in cases)),
    )


@dataclass(frozen=True)
class Topic:
    """A slide of the lecture. lost : the points that the class lost on it; share : of all."""

    slide: str
    lost: float
    share: float
    students: tuple[str, ...]
    causes: tuple[Cause, ...]


def topics(reports: Reports) -> list[Topic]:
    """The slides to teach again, the one that cost the class most points first.

    Exercises that a student never tried do not count: those are a matter of time.
    """
    possible: dict[str, float] = defaultdict(float)
    for exercises in reports.values():
        for report in exercises:
            possible[report.slide] += report.points
    by_slide: dict[str, list[Cause]] = {}
    for cause in causes(reports):
        if cause.tried:
            by_slide.setdefault(cause.slide, []).append(cause)
    results = [
        Topic(
            slide=slide,
            lost=(lost := sum(cause.lost for cause in group)),
            share=lost / possible[slide] if possible[slide] else 0.0,
            students=tuple(dict.fromkeys(name for cause in group for name in cause.students)),
            causes=tuple(group),
        )
        for slide, group in by_slide.items()
    ]
    return sorted(results, key=lambda topic: (-topic.lost, topic.slide))


def worth_teaching(students: int, of: int) -> bool:
    """Whether so many students lost points on a slide that the class should hear it again.

    >>> worth_teaching(1, 3), worth_teaching(1, 13), worth_teaching(2, 13), worth_teaching(3, 13)
    (False, False, False, True)
    """
    return students > 1 and students > (1 - MASTERED) * of


# -------------------------------------------------------------------------------- who needs help


@dataclass(frozen=True)
class AtRisk:
    """A student to talk to.

    shares : of the points of each assignment so far, None where nothing was handed in; fall : how
    much lower the last one is than those before, beside the class's median; is_far_below : the
    median student has more than twice as much over all assignments.
    """

    student: str
    shares: tuple[float | None, ...]
    fall: float
    is_far_below: bool

    @property
    def is_falling(self) -> bool:
        return self.fall >= FALLING


def at_risk(shares: Sequence[Mapping[str, float]]) -> list[AtRisk]:
    """Those who handed in the last assignment and are falling or far below, the lowest first.

    shares : for each assignment so far, {student: earned points / points}.

    >>> at_risk([{"one": 0.9, "two": 0.8, "three": 0.9}, {"one": 0.8, "two": 0.3, "three": 0.8}])
    [AtRisk(student='two', shares=(0.8, 0.3), fall=0.4, is_far_below=False)]
    """
    medians = [statistics.median(assignment.values()) for assignment in shares if assignment]
    shares = [assignment for assignment in shares if assignment]
    if not shares:
        return []
    everyone = set().union(*shares)
    means = {
        student: statistics.fmean(assignment.get(student, 0.0) for assignment in shares)
        for student in everyone
    }
    middle = statistics.median(means.values())
    results = []
    for student in sorted(shares[-1], key=lambda student: (means[student], student)):
        beside = [
            assignment[student] - median
            for assignment, median in zip(shares, medians, strict=True)
            if student in assignment
        ]
        fall = statistics.fmean(beside[:-1]) - beside[-1] if len(beside) > 1 else 0.0
        one = AtRisk(
            student=student,
            shares=tuple(assignment.get(student) for assignment in shares),
            fall=round(fall, 6),
            is_far_below=means[student] < FAR_BELOW * middle,
        )
        if one.is_falling or one.is_far_below:
            results.append(one)
    return results


# -------------------------------------------------------------------------------------- the seconds


@dataclass(frozen=True)
class Slow:
    """A cell's seconds over the class: the median, and the longest with its student."""

    cell: str
    median: float
    longest: float
    student: str
    of: int


def slowest(seconds: Mapping[str, Mapping[str, float]], count: int = 8) -> list[Slow]:
    """The `count` cells with the longest median, of those that more than half of the class has.

    >>> slowest({"one": {"a": 1.0, "b": 0.1}, "two": {"a": 3.0, "b": 0.1, "own": 9.0}}, count=1)
    [Slow(cell='a', median=2.0, longest=3.0, student='two', of=2)]
    """
    cells: dict[str, list[tuple[float, str]]] = {}
    for student, took in seconds.items():
        for cell, value in took.items():
            cells.setdefault(cell, []).append((value, student))
    results = []
    for cell, times in cells.items():
        if 2 * len(times) <= len(seconds):
            continue
        longest, student = max(times)
        middle = statistics.median(value for value, _ in times)
        results.append(Slow(cell, middle, longest, student, len(times)))
    return sorted(results, key=lambda slow: (-slow.median, slow.cell))[:count]
