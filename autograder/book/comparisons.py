"""Each mistake of an exercise tried out beside the right answer, and the difference in words."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..check.judge import judge
from ..check.pack import Pack
from ..exercise import Exercise, Mistake
from .drawing import Run, picture
from .experiments import Experiment, experiment_of
from .trainings import AFTERWARDS, LOSS, VALIDATION

__all__ = ["Shown", "compared", "shown"]


@dataclass(frozen=True)
class Shown:
    """One mistake as the gallery shows it.

    `told`: what it changed, in numbers; `found`: which tests find it. `svg`: "" where nothing is
    drawn. `trained`: whether a net was trained with it. `visible`: whether the picture shows it.
    `flatters`: the loss ends lower than the right answer's, and the net is no worse for it.
    """

    mistake: Mistake
    told: str
    found: str
    svg: str = ""
    alt: str = ""
    trained: bool = False
    visible: bool = False
    flatters: bool = False


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


def shown(exercise: Exercise) -> list[Shown]:
    """The mistakes of an exercise that asks for functions, in their order."""
    experiment = experiment_of(exercise)
    with _settled():
        pack = exercise.pack("")
        right = experiment(exercise.answers) if experiment else Run()
    return [_tried(exercise, mistake, experiment, right, pack) for mistake in exercise.mistakes]


def _tried(
    exercise: Exercise, mistake: Mistake, experiment: Experiment | None, right: Run, pack: Pack
) -> Shown:
    found = _found_by(pack, mistake.name)
    if experiment is None:
        return Shown(mistake, "", found)
    with _settled():
        try:
            wrong = experiment({**exercise.answers, **mistake.replaces})
        except Exception as error:  # a mistake is wrong code: whatever it raises is what it does
            words = str(error).strip().splitlines() or [""]
            wrong = Run(stopped=f"{type(error).__name__}: {words[0]}"[:120])
    told, visible = compared(right, wrong)
    drawn = "; ".join(one.title for one in right.panels)
    alt = f"{drawn}; grey: right, orange: this mistake. {told}"
    svg = picture(right, wrong, mistake.name)
    trained = not {LOSS, AFTERWARDS}.isdisjoint(right.numbers)
    flatters = visible and _flatters(right, wrong)
    return Shown(mistake, told, found, svg, alt, trained, visible, flatters)


def _flatters(right: Run, wrong: Run) -> bool:
    """Whether the mistake would be taken for an improvement."""
    if LOSS not in right.numbers or wrong.stopped:
        return False
    lower = 0 < wrong.numbers[LOSS] < 0.97 * right.numbers[LOSS]
    return lower and wrong.numbers.get(VALIDATION, 0) >= right.numbers.get(VALIDATION, 1)


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
    """A number as a reader wants it: accuracies in per cent, a few digits else.

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


def _found_by(pack: Pack, name: str) -> str:
    """Which tests of the check find a mistake, and what is wrong in the first of them."""
    found = [case for case in pack.cases if name in case.mistakes]
    if not found:
        return "found with other inputs only."
    first = found[0]
    alone = Pack(pack.exercise, "", "", pack.names, [replace(first, mistakes={})])
    (verdict,) = judge(alone, [first.mistakes[name]]).verdicts
    # Of an error the last line, which says what it is; the others quote the code.
    words = verdict.message.strip().splitlines() or ["it fails."]
    of = f"{len(found)} of {len(pack.cases)} tests" if len(pack.cases) > 1 else "its one test"
    return f"found by {of}, first by “{first.name}”: {words[-1]}"
