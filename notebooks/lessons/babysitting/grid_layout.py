"""Where to try: every combination of a few values. Trials may come in any order."""

from __future__ import annotations

import itertools

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

from .shared import decades, stretch

# --- probe ----------------------------------------------------------------------------------------


def grid_points(grid_layout, per_axis, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    trials = grid_layout(per_axis, given)
    if not isinstance(trials, list) or not all(isinstance(trial, dict) for trial in trials):
        raise TypeError("grid_layout must return a list of trials, each a dict {name: value}")
    table = np.array([[float(trial[name]) for name in given] for trial in trials])
    order = np.lexsort(np.round(table, 9).T)
    return {"trials, sorted": table[order]}


# --- inputs ---------------------------------------------------------------------------------------


def one_log(rng):
    return {"per_axis": int(rng.integers(4, 8)), "ranges": {"learning_rate": decades(rng, -4, -2)}}


def one_linear(rng):
    return {"per_axis": int(rng.integers(4, 8)), "ranges": {"keep": stretch(rng)}}


def two_logs(rng):
    ranges = {"learning_rate": decades(rng, -4, -2), "reg": decades(rng, -8, -6)}
    return {"per_axis": 3, "ranges": ranges}


def three_axes(rng):
    ranges = {
        "reg": decades(rng, -3, -1),
        "keep": stretch(rng),
        "learning_rate": decades(rng, 0, 1),
    }
    return {"per_axis": 4, "ranges": ranges}


# --- other right answers --------------------------------------------------------------------------


def values_on_axis(bounds, count):
    low, high, scale = bounds
    if scale == "log":
        return [low * (high / low) ** (i / (count - 1)) for i in range(count)]
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def parameter_by_parameter(per_axis, ranges):
    trials: list[dict] = [{}]
    for name, bounds in ranges.items():
        values = values_on_axis(bounds, per_axis)
        trials = [{**trial, name: value} for trial in trials for value in values]
    return trials


def meshgrid_and_logspace(per_axis, ranges):
    axes = []
    for low, high, scale in ranges.values():
        if scale == "log":
            axes.append(np.logspace(np.log10(low), np.log10(high), per_axis))
        else:
            axes.append(np.linspace(low, high, per_axis))
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
    return [dict(zip(ranges, point, strict=True)) for point in points]


def counted_in_base_per_axis(per_axis, ranges):
    trials = []
    for number in range(per_axis ** len(ranges)):
        trial = {}
        for name, bounds in ranges.items():
            number, place = divmod(number, per_axis)
            trial[name] = values_on_axis(bounds, per_axis)[place]
        trials.append(trial)
    return trials


# --- wrong answers --------------------------------------------------------------------------------


def one_parameter_at_a_time(per_axis, ranges):
    middle = {name: values_on_axis(bounds, 3)[1] for name, bounds in ranges.items()}
    return [
        {**middle, name: value}
        for name, bounds in ranges.items()
        for value in values_on_axis(bounds, per_axis)
    ]


def middles_of_cells(per_axis, ranges):
    axes = [values_on_axis(bounds, 2 * per_axis + 1)[1::2] for bounds in ranges.values()]
    return [dict(zip(ranges, point, strict=True)) for point in itertools.product(*axes)]


def upper_end_left_out(per_axis, ranges):
    axes = [values_on_axis(bounds, per_axis + 1)[:-1] for bounds in ranges.values()]
    return [dict(zip(ranges, point, strict=True)) for point in itertools.product(*axes)]


def one_dictionary_for_all_trials(per_axis, ranges):
    return [counted_in_base_per_axis(per_axis, ranges)[-1]] * per_axis ** len(ranges)


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
SPACED = 'np.geomspace if scale == "log" else np.linspace'

grid_layout = Exercise(
    name="grid_layout",
    slide="Grid Layout",
    answers=functions(search.grid_layout),
    tests=[
        Test("one parameter on a log scale", grid_points, one_log, atol=0),
        Test("one parameter on a linear scale", grid_points, one_linear),
        Test("two parameters: every combination", grid_points, two_logs, atol=0),
        Test("three parameters, two kinds of scale", grid_points, three_axes),
    ],
    mistakes=[
        Mistake(
            "linear steps on a log scale",
            "Your values have equal DIFFERENCES on the log scale too. From 0.0001 to 1 in five "
            "steps, four of them are then within one factor of four. There it is the factor from "
            "one value to the next that must be equal.",
            edit(search.grid_layout, (SPACED, "np.linspace")),
        ),
        Mistake(
            "the ends taken for exponents",
            "You hand the ends to a function that wants exponents of ten. The ends of the range "
            "are the rates themselves.",
            edit(search.grid_layout, (SPACED, 'np.logspace if scale == "log" else np.linspace')),
        ),
        Mistake(
            "log steps on a linear scale",
            "Your values have equal factors on the linear scale as well. Each range says its own "
            "scale: it is the third entry.",
            edit(search.grid_layout, (SPACED, "np.geomspace")),
        ),
        Mistake(
            "along the diagonal",
            "You pair the first value of each parameter with the first of the others, the second "
            "with the second, and so on. A grid holds every combination.",
            edit(search.grid_layout, ("product(*axes)", "zip(*axes, strict=True)")),
        ),
        Mistake(
            "one parameter at a time",
            "You vary one parameter while the others stay in the middle: a cross, not a grid. It "
            "sees nothing of how the parameters work together.",
            {"grid_layout": one_parameter_at_a_time},
        ),
        Mistake(
            "middles of cells",
            "You take the middles of equal cells. That is a fine grid too (it is drawn so on some "
            "slides), but this one has both ends of the range among its values.",
            {"grid_layout": middles_of_cells},
            elsewhere=True,
        ),
        Mistake(
            "the upper end left out",
            "Your values stop short of the upper end. Both ends belong to the grid.",
            {"grid_layout": upper_end_left_out},
        ),
        Mistake(
            "ten to the power of a natural logarithm",
            "You mix two logarithms: `np.log` is the natural one, and `np.logspace` raises 10. So "
            "your values span more than twice as many decades as the range.",
            edit(
                search.grid_layout,
                ("spaced(low, high, per_axis)", "spaced(*ends, per_axis)"),
                (
                    SPACED,
                    'np.logspace if scale == "log" else np.linspace\n'
                    '        ends = np.log([low, high]) if scale == "log" else (low, high)',
                ),
            ),
        ),
        Mistake(
            "one dictionary for all trials",
            "All your trials are the same: the last one. You fill ONE dictionary again and again, "
            "and the list holds it many times. Make a new one for each trial.",
            {"grid_layout": one_dictionary_for_all_trials},
        ),
    ],
    styles=[
        Style("grown parameter by parameter", {"grid_layout": parameter_by_parameter}),
        Style("meshgrid and logspace", {"grid_layout": meshgrid_and_logspace}),
        Style("counted in base per_axis", {"grid_layout": counted_in_base_per_axis}),
    ],
)
