"""Exercises of notebook 04: where to try. Grid layout and random layout."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

from . import search_probes as ask

__all__ = ["grid_layout", "random_layout"]

Layout = list[dict[str, float]]


def _grid(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(search.grid_layout, *changes)


def _random(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(search.random_layout, *changes)


# ------------------------------------------------------------------------------------ grid_layout


def _values(bounds: tuple[float, float, str], count: int) -> list[float]:
    low, high, scale = bounds
    if scale == "log":
        return [low * (high / low) ** (i / (count - 1)) for i in range(count)]
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def _grown(per_axis: int, ranges: Any) -> Layout:
    trials: Layout = [{}]
    for name, bounds in ranges.items():
        values = _values(bounds, per_axis)
        trials = [{**trial, name: value} for trial in trials for value in values]
    return trials


def _meshed(per_axis: int, ranges: Any) -> Layout:
    axes = []
    for low, high, scale in ranges.values():
        if scale == "log":
            axes.append(np.logspace(np.log10(low), np.log10(high), per_axis))
        else:
            axes.append(np.linspace(low, high, per_axis))
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
    return [dict(zip(ranges, point, strict=True)) for point in points]


def _counted(per_axis: int, ranges: Any) -> Layout:
    trials: Layout = []
    for number in range(per_axis ** len(ranges)):
        trial = {}
        for name, bounds in ranges.items():
            number, place = divmod(number, per_axis)
            trial[name] = _values(bounds, per_axis)[place]
        trials.append(trial)
    return trials


def _one_at_a_time(per_axis: int, ranges: Any) -> Layout:
    middle = {name: _values(bounds, 3)[1] for name, bounds in ranges.items()}
    return [
        {**middle, name: value}
        for name, bounds in ranges.items()
        for value in _values(bounds, per_axis)
    ]


def _cells(per_axis: int, ranges: Any) -> Layout:
    axes = [_values(bounds, 2 * per_axis + 1)[1::2] for bounds in ranges.values()]
    return [dict(zip(ranges, point, strict=True)) for point in itertools.product(*axes)]


def _no_last(per_axis: int, ranges: Any) -> Layout:
    axes = [_values(bounds, per_axis + 1)[:-1] for bounds in ranges.values()]
    return [dict(zip(ranges, point, strict=True)) for point in itertools.product(*axes)]


def _aliased(per_axis: int, ranges: Any) -> Layout:
    return [_counted(per_axis, ranges)[-1]] * per_axis ** len(ranges)


grid_layout = Exercise(
    name="grid_layout",
    slide="Grid Layout",
    answers=functions(search.grid_layout),
    tests=[
        Test("one parameter on a log scale", ask.grid_points, ask.one_log, atol=0),
        Test("one parameter on a linear scale", ask.grid_points, ask.one_linear),
        Test("two parameters: every combination", ask.grid_points, ask.two_logs, atol=0),
        Test("three parameters, two kinds of scale", ask.grid_points, ask.three_axes),
    ],
    mistakes=[
        Mistake(
            "linear steps on a log scale",
            "Your values have equal DIFFERENCES on the log scale too. From 0.0001 to 1 in five "
            "steps, four of them are then within one factor of four. There it is the factor from "
            "one value to the next that must be equal.",
            _grid(('np.geomspace if scale == "log" else np.linspace', "np.linspace")),
        ),
        Mistake(
            "the ends taken for exponents",
            "You hand the ends to a function that wants exponents of ten. The ends of the range "
            "are the rates themselves.",
            _grid(
                (
                    'np.geomspace if scale == "log" else np.linspace',
                    'np.logspace if scale == "log" else np.linspace',
                )
            ),
        ),
        Mistake(
            "log steps on a linear scale",
            "Your values have equal factors on the linear scale as well. Each range says its own "
            "scale: it is the third entry.",
            _grid(('np.geomspace if scale == "log" else np.linspace', "np.geomspace")),
        ),
        Mistake(
            "along the diagonal",
            "You pair the first value of each parameter with the first of the others, the second "
            "with the second, and so on. A grid holds every combination.",
            _grid(("product(*axes)", "zip(*axes, strict=True)")),
        ),
        Mistake(
            "one parameter at a time",
            "You vary one parameter while the others stay in the middle: a cross, not a grid. It "
            "sees nothing of how the parameters work together.",
            {"grid_layout": _one_at_a_time},
        ),
        Mistake(
            "middles of cells",
            "You take the middles of equal cells. That is a fine grid too (it is drawn so on some "
            "slides), but this one has both ends of the range among its values.",
            {"grid_layout": _cells},
            elsewhere=True,
        ),
        Mistake(
            "the upper end left out",
            "Your values stop short of the upper end. Both ends belong to the grid.",
            {"grid_layout": _no_last},
        ),
        Mistake(
            "ten to the power of a natural logarithm",
            "You mix two logarithms: `np.log` is the natural one, and `np.logspace` raises 10. So "
            "your values span more than twice as many decades as the range.",
            _grid(
                ("spaced(low, high, per_axis)", "spaced(*ends, per_axis)"),
                (
                    'np.geomspace if scale == "log" else np.linspace',
                    'np.logspace if scale == "log" else np.linspace\n'
                    '        ends = np.log([low, high]) if scale == "log" else (low, high)',
                ),
            ),
        ),
        Mistake(
            "one dictionary for all trials",
            "All your trials are the same: the last one. You fill ONE dictionary again and again, "
            "and the list holds it many times. Make a new one for each trial.",
            {"grid_layout": _aliased},
        ),
    ],
    styles=[
        Style("grown parameter by parameter", {"grid_layout": _grown}),
        Style("meshgrid and logspace", {"grid_layout": _meshed}),
        Style("counted in base per_axis", {"grid_layout": _counted}),
    ],
)


# ---------------------------------------------------------------------------------- random_layout


def _by_columns(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    columns = {}
    for name, (low, high, scale) in ranges.items():
        u = rng.random(n)
        columns[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return [{name: values[i] for name, values in columns.items()} for i in range(n)]


def _by_exponents(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    layout = []
    for _ in range(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            if scale == "log":
                trial[name] = 10 ** rng.uniform(np.log10(low), np.log10(high))
            else:
                trial[name] = rng.uniform(low, high)
        layout.append(trial)
    return layout


def _stratified(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    layout: Layout = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        for trial, u in zip(layout, (rng.permutation(n) + rng.random(n)) / n, strict=True):
            trial[name] = low * (high / low) ** u if scale == "log" else low + u * (high - low)
    return layout


def _disguised(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    side = round(n ** (1 / len(ranges)))
    axes = {name: _values(bounds, side) for name, bounds in ranges.items()}
    return [{name: float(rng.choice(axis)) for name, axis in axes.items()} for _ in range(n)]


def _together(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    layout = []
    for u in rng.random(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            trial[name] = low * (high / low) ** u if scale == "log" else low + u * (high - low)
        layout.append(trial)
    return layout


def _once(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    return _by_exponents(1, ranges, rng) * n


def _own_generator(n: int, ranges: Any, rng: np.random.Generator) -> Layout:
    return _by_exponents(n, ranges, np.random.default_rng(231))


random_layout = Exercise(
    name="random_layout",
    slide="Random Layout",
    answers=functions(search.random_layout),
    tests=[
        Test("n trials within the ranges", ask.random_points, ask.many, holds=ask.within_ranges),
        Test(
            "log scale: every factor is as likely",
            ask.random_points,
            ask.many,
            points=2,
            holds=ask.log_uniform,
        ),
        Test("linear scale", ask.random_points, ask.many, holds=ask.evenly_linear),
        Test(
            "n trials see n values of each parameter",
            ask.random_points,
            ask.many,
            holds=ask.all_different,
        ),
        Test("parameters are drawn apart", ask.random_points, ask.many, holds=ask.drawn_apart),
        Test("draws from rng", ask.drawn_again, ask.a_few, holds=ask.from_the_generator),
    ],
    mistakes=[
        Mistake(
            "uniform in linear space",
            "You draw rates uniformly between the two ends. Nine of ten trials then fall into the "
            "uppermost factor of ten, and the decades below are hardly tried at all. On a log "
            "scale each decade deserves as many.",
            _random(
                ("np.exp(rng.uniform(np.log(low), np.log(high)))", "rng.uniform(low, high)"),
            ),
        ),
        Mistake(
            "logarithmic everywhere",
            "You draw the parameters on linear scales logarithmically too: they crowd at their "
            "lower end. Each range says its own scale.",
            _random(('scale == "log"', "scale")),
        ),
        Mistake(
            "a grid in disguise",
            "You pick at random among a few fixed values. That is a grid with holes: n trials "
            "still try only a handful of values of each parameter. Draw from the whole range.",
            {"random_layout": _disguised},
        ),
        Mistake(
            "one draw for all parameters",
            "Within a trial all your parameters sit at the same place of their ranges: the trials "
            "lie on a diagonal. Each parameter needs a draw of its own.",
            {"random_layout": _together},
        ),
        Mistake(
            "one draw for all trials",
            "All your trials are the same one. Either you draw only once, or you fill ONE "
            "dictionary again and again and put it into the list n times.",
            {"random_layout": _once},
        ),
        Mistake(
            "the logarithm is not undone",
            "Your log-scale values are negative: they are logarithms. You drew the exponent "
            "rightly; now turn it back into a rate.",
            _random(
                (
                    "np.exp(rng.uniform(np.log(low), np.log(high)))",
                    "rng.uniform(np.log(low), np.log(high))",
                )
            ),
        ),
        Mistake(
            "the ends taken for exponents",
            "You raise 10 to a number between low and high. The ends of the range are rates "
            "already, not exponents of 10: so you land far above the range.",
            _random(
                (
                    "np.exp(rng.uniform(np.log(low), np.log(high)))",
                    "10 ** rng.uniform(low, high)",
                )
            ),
        ),
        Mistake(
            "ten to the power of a natural logarithm",
            "You mix two logarithms: the natural one on the way in, powers of ten on the way back. "
            "So your rates span more than twice as many decades as the range.",
            _random(
                (
                    "np.exp(rng.uniform(np.log(low), np.log(high)))",
                    "10 ** rng.uniform(np.log(low), np.log(high))",
                )
            ),
        ),
        Mistake(
            "e to the power of a decimal logarithm",
            "You mix two logarithms: the decimal one on the way in, powers of e on the way back. "
            "So your rates span fewer than half of the range's decades, in the wrong place.",
            _random(
                (
                    "np.exp(rng.uniform(np.log(low), np.log(high)))",
                    "np.exp(rng.uniform(np.log10(low), np.log10(high)))",
                )
            ),
        ),
        Mistake(
            "a generator of its own",
            "Your layout does not depend on `rng`. A generator with a fixed seed inside gives the "
            "same 'random' layout to everybody, every time; an unseeded one can never be repeated.",
            {"random_layout": _own_generator},
        ),
    ],
    styles=[
        Style("parameter by parameter", {"random_layout": _by_columns}),
        Style("powers of ten", {"random_layout": _by_exponents}),
        Style("stratified (Latin hypercube)", {"random_layout": _stratified}),
    ],
)
