"""Each mistake of an exercise tried out beside the right answer, and the difference in words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..check.judge import judge
from ..check.pack import Pack
from ..exercise import Exercise, Mistake
from .drawing import Run, picture

__all__ = ["Experiment", "Shown", "compared", "shown"]

Experiment = Callable[[Mapping[str, Any]], Run]
"""Tries out the answers of an exercise, given by name: the right ones, or those of a mistake."""


@dataclass(frozen=True)
class Shown:
    """One mistake as the gallery shows it.

    `effect`: what it changes, in numbers; `caught`: which tests find it. `svg`: "" where nothing is
    drawn. `visible`: whether the picture shows it. `right` and `wrong`: what was drawn.
    """

    mistake: Mistake
    effect: str
    caught: str
    svg: str = ""
    alt: str = ""
    visible: bool = False
    right: Run = field(default_factory=Run, compare=False)
    wrong: Run = field(default_factory=Run, compare=False)


@contextmanager
def _settled() -> Iterator[None]:
    """Mistakes that draw from nowhere draw the same each time; what they warn of is not printed."""
    fresh, legacy = np.random.default_rng, np.random.RandomState
    state = np.random.get_state()  # noqa: NPY002  (some mistakes draw from it: that is the mistake)
    seeds = iter(range(10**9))

    def seeded(seed: Any = None) -> np.random.Generator:
        return fresh(next(seeds) if seed is None else seed)

    class Seeded(legacy):  # type: ignore[misc,valid-type]
        def __init__(self, seed: Any = None) -> None:
            super().__init__(next(seeds) if seed is None else seed)

    np.random.default_rng, np.random.RandomState = seeded, Seeded  # type: ignore[misc]
    np.random.seed(0)  # noqa: NPY002
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.default_rng, np.random.RandomState = fresh, legacy  # type: ignore[misc]
        np.random.set_state(state)  # noqa: NPY002


def shown(exercise: Exercise, experiment: Experiment | None) -> list[Shown]:
    """The mistakes of an exercise that asks for functions, in their order."""
    with _settled():
        pack = exercise.pack("")
        right = experiment(exercise.answers) if experiment else Run()
    return [_tried(exercise, mistake, experiment, right, pack) for mistake in exercise.mistakes]


def _tried(
    exercise: Exercise, mistake: Mistake, experiment: Experiment | None, right: Run, pack: Pack
) -> Shown:
    caught = _caught_by(pack, mistake.name)
    if experiment is None:
        return Shown(mistake, "", caught)
    with _settled():
        try:
            wrong = experiment({**exercise.answers, **mistake.replaces})
        except Exception as error:  # a mistake is wrong code: whatever it raises is what it does
            words = str(error).strip().splitlines() or [""]
            wrong = Run(stopped=f"{type(error).__name__}: {words[0]}"[:120])
    effect, visible = compared(right, wrong)
    titles = "; ".join(one.title for one in right.panels)
    alt = f"{titles}; grey: right, orange: this mistake. {effect}"
    svg = picture(right, wrong, mistake.name)
    return Shown(mistake, effect, caught, svg, alt, visible, right, wrong)


# ------------------------------------------------------------------------------------ in words


def compared(right: Run, wrong: Run) -> tuple[str, bool]:
    """What the mistake changed, in numbers; and whether a picture shows it.

    >>> compared(Run(numbers={"loss": 0.5}), Run(numbers={"loss": 2.0}))
    ('Loss: 2 instead of 0.5.', True)
    >>> compared(Run(numbers={"loss": 0.5}), Run(stopped="ValueError: too short"))
    ('It stops with `ValueError: too short`.', True)
    """
    if wrong.stopped:
        return f"It stops with `{wrong.stopped.replace('`', '')}`.", True
    names = list(right.numbers)
    pairs = [
        (_number(n, wrong.numbers.get(n, np.nan)), _number(n, right.numbers[n])) for n in names
    ]
    changed = [f"{n}: {a} instead of {b}" for n, (a, b) in zip(names, pairs, strict=True) if a != b]
    equal = [f"{n} {b}" for n, (a, b) in zip(names, pairs, strict=True) if a == b]
    gap = _gap(right, wrong)
    if gap == 0:
        return f"**Nothing to see:** {', '.join(equal)}, exactly as with the right answer.", False
    if gap < _VISIBLE:
        return f"**Hardly anything to see:** {'; '.join(changed + equal)}.", False
    numbers = "; ".join(changed) or f"the picture differs, these numbers do not: {', '.join(equal)}"
    return f"{numbers[0].upper()}{numbers[1:]}.", True


_VISIBLE = 0.03
"""The part of a picture's height by which lines must differ to be told apart."""


def _gap(right: Run, wrong: Run) -> float:
    """The largest distance between lines of the two runs, in heights of the right one's picture.

    Numbers that differ in the digits which are told count as well, by their relative difference.
    """
    largest = 0.0
    for one, other in zip(right.panels, wrong.panels, strict=True):
        lines, others = _points(one.lines, one.log), _points(other.lines, one.log)
        if lines.shape != others.shape:
            return np.inf
        height = np.ptp(lines[np.isfinite(lines[:, 1]), 1]) or 1.0
        same = (lines == others) | (np.isnan(lines) & np.isnan(others))
        gaps = np.where(same, 0.0, np.abs(lines - others) / height)
        largest = max(largest, float(np.nan_to_num(gaps, nan=np.inf).max(initial=0.0)))
    for name, value in right.numbers.items():
        other_value = wrong.numbers.get(name, np.nan)
        if _number(name, value) != _number(name, other_value):
            apart = abs(value - other_value) / max(abs(value), abs(other_value), 1e-300)
            largest = max(largest, np.inf if np.isnan(apart) else apart)
    return largest


def _points(lines: Sequence[np.ndarray], log: bool) -> np.ndarray:
    points = np.concatenate([np.array(line, dtype=float).reshape(-1, 2) for line in lines])
    if log:
        points[:, 1] = np.log10(np.maximum(points[:, 1], 1e-17))
    return points


def _number(name: str, value: float) -> str:
    """A number as a reader wants it: what is called an accuracy in per cent, a few digits else.

    >>> [_number("loss", v) for v in (0.0123456, 1234.5, 2e31)], _number("accuracy", 0.95)
    (['0.0123', '1,234', '2e+31'], '95.0 %')
    """
    if np.isnan(value):
        return "none" if name.startswith("steps") else "NaN"
    if "accuracy" in name:
        return f"{100 * value:.1f} %"
    if np.isinf(value):
        return "infinite"
    if 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0e}"


def _caught_by(pack: Pack, name: str) -> str:
    """Which tests of the check find a mistake, and what is wrong in the first of them."""
    cases = [case for case in pack.cases if name in case.mistakes]
    if not cases:
        return "found with other inputs only."
    first = cases[0]
    alone = Pack(pack.exercise, "", "", pack.names, [replace(first, mistakes={})])
    (verdict,) = judge(alone, [first.mistakes[name]]).verdicts
    # Of an error the last line, which says what it is; the others quote the code.
    words = verdict.message.strip().splitlines() or ["it fails."]
    of = f"{len(cases)} of {len(pack.cases)} tests" if len(pack.cases) > 1 else "its one test"
    return f"found by {of}, first by “{first.name}”: {words[-1]}"
