"""Which answers of a class are alike beyond what the exercise makes them.

An answer is cut into *parts*: runs of ``_LONG`` tokens of its shape
(:mod:`autograder.reports.code_shapes`) within one statement, so that names, comments, layout and
the order of the lines do not matter. A part that the release gave counts nothing, nor does one
that more than a third of the class has: it is how everybody writes the formula. Any other counts
the more the fewer have it, ``log2(answers / answers with it)``. Two answers are alike to the share

    2 · (what their common parts count) / (what all parts of the one and of the other count).

Parts as in winnowing (Schleimer, Wilkerson and Aiken, 2003), counted as search engines count words
(Spärck Jones, 1972). Who can be alike at all is found from the rarest parts (Chaudhuri, Ganti and
Kaushik, 2006: prefix filtering), so that a class of n is not compared n² times, and nobody is
missed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .code_shapes import Token, defined, statements

__all__ = ["Alike", "Class", "parts"]

_LONG = 4
COMMON = 1 / 3
"""A part that more of the class have counts nothing (of a small class: more than two)."""
SHORTEST = 20
"""Parts beyond what is common that two answers must share, to be told."""

Part = tuple[tuple[str, ...], int]
"""Tokens, and the how manyeth time they occur in the answer."""


def parts(source: str, asked: frozenset[str]) -> dict[Part, Sequence[Token]] | None:
    """The parts of an answer, and where they stand; None if it cannot be read."""
    lines = statements(source, asked)
    if lines is None:
        return None
    times: Counter[tuple[str, ...]] = Counter()
    found: dict[Part, Sequence[Token]] = {}
    for line in lines:
        shapes = ["begin", *(token.shape for token in line), "end"]
        for first in range(max(len(shapes) - _LONG + 1, 1)):
            run = tuple(shapes[first : first + _LONG])
            found[run, times[run]] = line[max(first - 1, 0) : first + _LONG - 1]
            times[run] += 1
    return found


@dataclass(frozen=True)
class Alike:
    """Two answers, by the names of all who gave such a one.

    similarity : from 0 to 1; parts : how many that are not common they share; weight : what
    these count, twice if the answers are wrong in the same way and few others are (`wrong`).
    """

    one: tuple[str, ...]
    other: tuple[str, ...]
    similarity: float
    parts: int
    weight: float
    wrong: bool = False


@dataclass(frozen=True)
class _Shape:
    """Answers with the same parts. counts : what each part counts, the rarest first."""

    owners: tuple[str, ...]
    counts: Mapping[Part, float]

    @cached_property
    def total(self) -> float:
        return math.fsum(self.counts.values())

    def rarest(self, share: float) -> Iterator[Part]:
        """The rarest parts, until they count more than this share of all."""
        so_far = 0.0
        for part, count in self.counts.items():
            yield part
            so_far += count
            if so_far > share * self.total + 1e-9:
                return


class Class:
    """The answers of a class in one cell.

    answers : {who: source}; given : the cell as it was released; wrong : {who: how the answer is
    wrong, "" if it is not}, as far as it is known.
    """

    def __init__(
        self, answers: Mapping[str, str], given: str, wrong: Mapping[str, str] | None = None
    ) -> None:
        self._asked, self._wrong = defined(given), wrong or {}
        self._given = frozenset(parts(given, self._asked) or ())
        self.unread: list[str] = []
        """Whose answer is not Python."""
        owners: dict[frozenset[Part], list[str]] = defaultdict(list)
        for who, source in answers.items():
            own = self.own(source)
            if own is None:
                self.unread.append(who)
            elif own:
                owners[own].append(who)
        self.size = sum(map(len, owners.values()))
        """How many wrote something that can be read."""
        self._has = Counter[Part]()
        for own, names in owners.items():
            self._has.update(dict.fromkeys(own, len(names)))
        self._answers = dict(owners)
        self._shapes = [self._shape(tuple(names), own) for own, names in owners.items()]
        self._failing = Counter(filter(None, self._wrong.values()))

    def own(self, source: str) -> frozenset[Part] | None:
        """The parts of an answer that were not given; None if it cannot be read."""
        found = parts(source, self._asked)
        return None if found is None else frozenset(found) - self._given

    def parts(self, source: str) -> dict[Part, Sequence[Token]]:
        """The parts of an answer, and where they stand; none if it cannot be read."""
        return parts(source, self._asked) or {}

    def count(self, part: Part) -> float:
        """What a part counts; 0 if it was given, or is common."""
        having = max(self._has[part], 1)
        if part in self._given or having > max(2, COMMON * self.size):
            return 0.0
        return math.log2(max(self.size, 1) / having)

    def alike(self, least: float) -> list[Alike]:
        """The pairs of answers that are alike to `least` or more, what counts most first."""
        same = [
            self._pair(replace(each, owners=each.owners[:1]), replace(each, owners=each.owners[1:]))
            for each in self._shapes
            if len(each.owners) > 1
        ]
        return _enough([*same, *(self._pair(*two) for two in self._candidates(least))], least)

    def alike_to(self, source: str, name: str, least: float) -> list[Alike]:
        """The answers that are alike to this one, which is nobody's of the class."""
        one = self._shape((name,), self.own(source) or ())
        return _enough((self._pair(each, one) for each in self._shapes), least)

    def equal_to(self, source: str, least: float) -> int:
        """How many answers are alike to this one where what is common counts like all else."""
        own = self.own(source) or frozenset()
        return sum(
            len(names)
            for shape, names in self._answers.items()
            if 2 * len(shape & own) >= least * (len(shape) + len(own)) - 1e-9
        )

    def _shape(self, owners: tuple[str, ...], own: Iterable[Part]) -> _Shape:
        counts = {part: count for part in own if (count := self.count(part))}
        order = sorted(counts, key=lambda part: (-counts[part], part))
        return _Shape(owners, {part: counts[part] for part in order})

    def _candidates(self, least: float) -> Iterator[tuple[_Shape, _Shape]]:
        """All pairs that can be alike: each has `least / (2 - least)` of its parts in common with
        the other, so the rarest of these is among the first of both."""
        listed: dict[Part, list[int]] = defaultdict(list)
        for place, shape in enumerate(self._shapes):
            near: set[int] = set()
            for part in shape.rarest(1 - least / (2 - least)):
                near.update(listed[part])
                listed[part].append(place)
            yield from ((self._shapes[other], shape) for other in sorted(near))

    def _pair(self, one: _Shape, other: _Shape) -> Alike:
        shared = one.counts.keys() & other.counts.keys()
        counts = math.fsum(one.counts[part] for part in shared)
        total = one.total + other.total
        hows = {self._wrong.get(who, "") for who in (*one.owners, *other.owners)}
        how = next(iter(hows)) if len(hows) == 1 else ""
        wrong = bool(how) and self._failing[how] <= max(2, COMMON * self.size)
        return Alike(
            one=one.owners,
            other=other.owners,
            similarity=2 * counts / total if total else 0.0,
            parts=len(shared),
            weight=counts * (2 if wrong else 1),
            wrong=wrong,
        )


def _enough(found: Iterable[Alike], least: float) -> list[Alike]:
    """Those that share enough to be told; of a wrong answer half is enough."""
    told = [
        each
        for each in found
        if each.similarity >= least - 1e-9 and each.parts * (1 + each.wrong) >= SHORTEST
    ]
    return sorted(told, key=lambda each: (-each.weight, each.one, each.other))
