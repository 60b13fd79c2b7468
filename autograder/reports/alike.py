"""Which answers of a class are more alike than the exercise makes them.

An answer is cut into *parts*: runs of ``_PART_LENGTH`` tokens of its shape
(:mod:`autograder.reports.code_shapes`) within one statement, so that names, comments, layout and
the order of the lines do not matter. A part weighs ``log2(answers / answers with it)``: rare parts
weigh most. Parts of the released cell weigh nothing, nor do those that more than a third of the
class has: that is how everybody writes the formula. The similarity of two answers is

    2 · (weight of their common parts) / (weight of all parts of both).

The parts are those of winnowing (Schleimer, Wilkerson and Aiken, 2003), with the weights that
search engines give to words (Spärck Jones, 1972). Pairs that can be alike are found by their rarest
parts (prefix filtering: Chaudhuri, Ganti and Kaushik, 2006), so that a class of n does not need n²
comparisons, and no pair is missed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .code_shapes import Token, defined, statements

__all__ = ["Alike", "Class", "parts"]

_PART_LENGTH = 4
COMMON = 1 / 3
"""A part that a larger share of the class has weighs nothing (in a small class: more than two)."""
SHORTEST = 20
"""The number of uncommon parts that two answers must share to be reported."""

Part = tuple[tuple[str, ...], int]
"""Tokens, and how often they occurred in the answer before."""


def parts(source: str, required: frozenset[str]) -> dict[Part, Sequence[Token]] | None:
    """The parts of an answer with their tokens; None if it is not Python."""
    lines = statements(source, required)
    if lines is None:
        return None
    times: Counter[tuple[str, ...]] = Counter()
    positions: dict[Part, Sequence[Token]] = {}
    for line in lines:
        shapes = ["begin", *(token.shape for token in line), "end"]
        for first in range(max(len(shapes) - _PART_LENGTH + 1, 1)):
            run = tuple(shapes[first : first + _PART_LENGTH])
            positions[run, times[run]] = line[max(first - 1, 0) : first + _PART_LENGTH - 1]
            times[run] += 1
    return positions


@dataclass(frozen=True)
class Alike:
    """Two similar answers, each with the names of all students who gave it.

    similarity : from 0 to 1; parts : the number of uncommon parts that both have; weight : of these
    parts, doubled if both answers fail the tests in the same, rare way (`wrong`).
    """

    one: tuple[str, ...]
    other: tuple[str, ...]
    similarity: float
    parts: int
    weight: float
    wrong: bool = False


@dataclass(frozen=True)
class _Shape:
    """Answers with the same parts. counts : the weight of each part, the rarest first."""

    owners: tuple[str, ...]
    counts: Mapping[Part, float]

    @cached_property
    def total(self) -> float:
        return math.fsum(self.counts.values())

    def rarest(self, share: float) -> Iterator[Part]:
        """The rarest parts, until they weigh more than this share of all."""
        so_far = 0.0
        for part, count in self.counts.items():
            yield part
            so_far += count
            if so_far > share * self.total + 1e-9:
                return


class Class:
    """The answers of a class in one cell.

    answers : {student: source}; given : the released cell; wrong : {student: how the answer fails
    the tests, "" if it does not}, as far as that is known.
    """

    def __init__(
        self, answers: Mapping[str, str], given: str, wrong: Mapping[str, str] | None = None
    ) -> None:
        self._required, self._wrong = defined(given), wrong or {}
        self._given = frozenset(parts(given, self._required) or ())
        self.unread: list[str] = []
        """Students whose answer is not Python."""
        owners: dict[frozenset[Part], list[str]] = defaultdict(list)
        for student, source in answers.items():
            own_parts = self.own_parts(source)
            if own_parts is None:
                self.unread.append(student)
            elif own_parts:
                owners[own_parts].append(student)
        self.size = sum(map(len, owners.values()))
        """The number of answers that can be compared."""
        self._has = Counter[Part]()
        for own_parts, names in owners.items():
            self._has.update(dict.fromkeys(own_parts, len(names)))
        self._answers = dict(owners)
        self._shapes = [self._shape(tuple(names), own_parts) for own_parts, names in owners.items()]
        self._failing = Counter(filter(None, self._wrong.values()))

    def own_parts(self, source: str) -> frozenset[Part] | None:
        """The parts of an answer that were not given; None if it is not Python."""
        all_parts = parts(source, self._required)
        return None if all_parts is None else frozenset(all_parts) - self._given

    def parts(self, source: str) -> dict[Part, Sequence[Token]]:
        """The parts of an answer with their tokens; none if it is not Python."""
        return parts(source, self._required) or {}

    def count(self, part: Part) -> float:
        """The weight of a part; 0 if it was given or is common."""
        having = max(self._has[part], 1)
        if part in self._given or having > max(2, COMMON * self.size):
            return 0.0
        return math.log2(max(self.size, 1) / having)

    def alike(self, least: float) -> list[Alike]:
        """The pairs of answers with a similarity of `least` or more, the heaviest first."""
        same = [
            self._pair(*(replace(shape, owners=names) for names in (first, others)))
            for shape in self._shapes
            for first, others in [(shape.owners[:1], shape.owners[1:])]
            if others
        ]
        return _reportable([*same, *(self._pair(*two) for two in self._candidates(least))], least)

    def alike_to(self, source: str, name: str, least: float) -> list[Alike]:
        """The answers that are alike to `source`, which is not of the class."""
        target = self._shape((name,), self.own_parts(source) or ())
        return _reportable((self._pair(shape, target) for shape in self._shapes), least)

    def equal_to(self, source: str, least: float) -> int:
        """The number of answers that are alike to `source` if all parts weigh the same."""
        target = self.own_parts(source) or frozenset()
        return sum(
            len(names)
            for answer, names in self._answers.items()
            if 2 * len(answer & target) >= least * (len(answer) + len(target)) - 1e-9
        )

    def _shape(self, owners: tuple[str, ...], own_parts: Iterable[Part]) -> _Shape:
        counts = {part: count for part in own_parts if (count := self.count(part))}
        order = sorted(counts, key=lambda part: (-counts[part], part))
        return _Shape(owners, {part: counts[part] for part in order})

    def _candidates(self, least: float) -> Iterator[tuple[_Shape, _Shape]]:
        """All pairs that can be alike: these share `least / (2 - least)` of the weight of each, so
        that their rarest common part is among the rarest parts of both."""
        shapes_with: dict[Part, list[int]] = defaultdict(list)
        for index, shape in enumerate(self._shapes):
            candidates: set[int] = set()
            for part in shape.rarest(1 - least / (2 - least)):
                candidates.update(shapes_with[part])
                shapes_with[part].append(index)
            yield from ((self._shapes[other], shape) for other in sorted(candidates))

    def _pair(self, one: _Shape, other: _Shape) -> Alike:
        shared = one.counts.keys() & other.counts.keys()
        weight = math.fsum(one.counts[part] for part in shared)
        total = one.total + other.total
        faults = {self._wrong.get(student, "") for student in (*one.owners, *other.owners)}
        fault = next(iter(faults)) if len(faults) == 1 else ""
        wrong = bool(fault) and self._failing[fault] <= max(2, COMMON * self.size)
        return Alike(
            one=one.owners,
            other=other.owners,
            similarity=2 * weight / total if total else 0.0,
            parts=len(shared),
            weight=weight * (2 if wrong else 1),
            wrong=wrong,
        )


def _reportable(pairs: Iterable[Alike], least: float) -> list[Alike]:
    """The pairs that share enough parts; half as many are enough for wrong answers."""
    reportable = [
        pair
        for pair in pairs
        if pair.similarity >= least - 1e-9 and pair.parts * (1 + pair.wrong) >= SHORTEST
    ]
    return sorted(reportable, key=lambda pair: (-pair.weight, pair.one, pair.other))
