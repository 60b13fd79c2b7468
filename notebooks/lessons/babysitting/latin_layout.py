"""Where to try: at random, but one trial in each of n cells of every parameter.

Judged as `random_layout` is: 200 trials, in ranges that lie far apart from secret to secret.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

from .random_layout import (
    drawn_again,
    drawn_apart,
    from_the_generator,
    random_points,
    within_ranges,
)
from .random_layout import many as as_random

# --- inputs ---------------------------------------------------------------------------------------


def many(rng):
    """The log scale reaches from above 1 to some hundreds: there, an exponential is no straight
    line, and logarithms are positive."""
    inputs = as_random(rng)
    low = rng.uniform(1.5, 3)
    inputs["ranges"]["learning_rate"] = [low, low * 200, "log"]
    return inputs


def a_few(rng):
    return {**many(rng), "n": 20}


# --- properties -----------------------------------------------------------------------------------


def one_in_each_cell_log(inputs, values):
    n = inputs["n"]
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "log":
            if values[name].min() <= 0:
                return f"`{name}` must be positive: it is on a log scale."
            off = n * np.log(np.sort(values[name]) / low) / np.log(high / low) - np.arange(n)
            if off.min() < -1e-6 or off.max() > 1 + 1e-6:
                return f"Some of the n cells of `{name}` (log scale) hold no value, or several."
        elif max(low - values[name].min(), values[name].max() - high) > 1e-9 * high:
            return f"A value of `{name}` is outside of its range."
    return ""


def one_in_each_cell_linear(inputs, values):
    n = inputs["n"]
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "linear":
            off = n * (np.sort(values[name]) - low) / (high - low) - np.arange(n)
            if off.min() < -1e-6 or off.max() > 1 + 1e-6:
                return f"Some of the n cells of `{name}` (linear scale) hold no value, or several."
    return ""


def anywhere_in_its_cell(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        share = (values[name] - low) / (high - low)
        if scale == "log":
            share = np.log(np.maximum(values[name], 1e-300) / low) / np.log(high / low)
        if share.min() < -1e-9 or share.max() > 1 + 1e-9:
            return f"A value of `{name}` is outside of its range."
        inside = np.sort(share * inputs["n"] % 1)
        off = inside - (np.arange(len(inside)) + 0.5) / len(inside)
        if np.abs(off).max() > 0.18:
            return f"Within their cells, the values of `{name}` are not spread evenly."
    return ""


# --- other right answers --------------------------------------------------------------------------


def shares_of_the_range(n, ranges, rng):
    columns = {}
    for name, (low, high, scale) in ranges.items():
        u = (rng.permutation(n) + rng.random(n)) / n
        columns[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return [{name: values[i] for name, values in columns.items()} for i in range(n)]


def shuffled_after_drawing(n, ranges, rng):
    layout: list[dict] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        a, b = (np.log10(low), np.log10(high)) if scale == "log" else (low, high)
        values = [a + (b - a) * rng.uniform(i, i + 1) / n for i in range(n)]
        rng.shuffle(values)
        for trial, value in zip(layout, values, strict=True):
            trial[name] = 10**value if scale == "log" else value
    return layout


def cells_picked_one_by_one(n, ranges, rng):
    left = {name: list(range(n)) for name in ranges}
    layout = []
    for _ in range(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            cell = left[name].pop(int(rng.integers(len(left[name]))))
            share = (cell + rng.random()) / n
            if scale == "log":
                trial[name] = np.exp(np.log(low) + share * (np.log(high) - np.log(low)))
            else:
                trial[name] = low + share * (high - low)
        layout.append(trial)
    return layout


# --- wrong answers --------------------------------------------------------------------------------


def one_order_for_all_parameters(n, ranges, rng):
    order = rng.permutation(n)
    layout: list[dict] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        for trial, u in zip(layout, (order + rng.random(n)) / n, strict=True):
            trial[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return layout


def one_place_for_all_cells(n, ranges, rng):
    layout: list[dict] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        for trial, u in zip(layout, (rng.permutation(n) + rng.random()) / n, strict=True):
            trial[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return layout


def one_dictionary_for_all_trials(n, ranges, rng):
    return search.latin_layout(n, ranges, rng)[-1:] * n


def generator_of_its_own(n, ranges, rng):
    return search.latin_layout(n, ranges, np.random.default_rng(231))


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
CELLS = "rng.permutation(n)"
DRAW = "rng.uniform(edges[cell], edges[cell + 1])"

latin_layout = Exercise(
    name="latin_layout",
    slide="Random Layout",
    answers=functions(search.latin_layout),
    tests=[
        Test("n trials within the ranges", random_points, many, holds=within_ranges),
        Test(
            "log scale: one value in each of n cells",
            random_points,
            many,
            points=2,
            holds=one_in_each_cell_log,
        ),
        Test(
            "linear scale: one value in each of n cells",
            random_points,
            many,
            holds=one_in_each_cell_linear,
        ),
        Test("anywhere in its cell", random_points, many, holds=anywhere_in_its_cell),
        Test("parameters are drawn apart", random_points, many, holds=drawn_apart),
        Test("draws from rng", drawn_again, a_few, holds=from_the_generator),
    ],
    mistakes=[
        Mistake(
            "a random layout",
            "You draw each value from the whole range. Then some of the n cells get several "
            "values, and more than every third gets none.",
            edit(search.latin_layout, (DRAW, "rng.uniform(edges[0], edges[-1])")),
        ),
        Mistake(
            "cells drawn with repetition",
            "You draw the cell of each trial by itself, so that some cells are drawn twice and "
            "others never. Each cell is to be used once.",
            edit(search.latin_layout, (CELLS, "rng.integers(0, n, n)")),
        ),
        Mistake(
            "not shuffled",
            "Your first trial has the lowest cell of every parameter, the last the highest: all "
            "trials lie along the diagonal. Each parameter needs its cells in an order of its own.",
            edit(search.latin_layout, (CELLS, "range(n)")),
        ),
        Mistake(
            "one order for all parameters",
            "You shuffle once and use that order for every parameter: a trial has the same cell "
            "of each, and all trials lie along the diagonal.",
            {"latin_layout": one_order_for_all_parameters},
        ),
        Mistake(
            "the middles of the cells",
            "Your values are the middles of the cells. That is a Latin hypercube too (SciPy's "
            "with scramble=False), but here each value is drawn from its whole cell.",
            edit(search.latin_layout, (DRAW, "(edges[cell] + edges[cell + 1]) / 2")),
            elsewhere=True,
        ),
        Mistake(
            "the edges of the cells",
            "Your values are the lower edges of the cells. Each value is to be drawn from its "
            "whole cell.",
            edit(search.latin_layout, (DRAW, "edges[cell]")),
        ),
        Mistake(
            "one place for all cells",
            "Within the cells, all your values sit at the same place: one draw serves for all. "
            "Each value needs its own.",
            {"latin_layout": one_place_for_all_cells},
        ),
        Mistake(
            "linear cells on a log scale",
            "Your cells have equal widths in plain numbers, on the log scale too: nearly all lie "
            "in the uppermost decade. There it is the factor from edge to edge that is equal.",
            edit(
                search.latin_layout,
                ('(np.log, np.exp) if scale == "log" else (float, float)', "(float, float)"),
            ),
        ),
        Mistake(
            "logarithmic everywhere",
            "Your cells have equal factors on the linear scales as well. Each range says its own "
            "scale: it is the third entry.",
            edit(search.latin_layout, (' if scale == "log" else (float, float)', "")),
        ),
        Mistake(
            "the logarithm is not undone",
            "Your log-scale values are logarithms. You drew in the right cell; now turn the value "
            "back into a rate.",
            edit(search.latin_layout, ("(np.log, np.exp)", "(np.log, float)")),
        ),
        Mistake(
            "cells that reach beyond the range",
            "Your cells are too wide: you divide the range by n - 1, so that the last of the n "
            "cells lies beyond the upper end. n cells have n + 1 edges.",
            edit(
                search.latin_layout,
                ("+ 1)\n", "+ 1)\n        edges += (edges - edges[0]) / (n - 1)\n"),
            ),
        ),
        Mistake(
            "one dictionary for all trials",
            "All your trials are the same: you fill ONE dictionary again and again, and the list "
            "holds it n times. Make a new one for each trial.",
            {"latin_layout": one_dictionary_for_all_trials},
        ),
        Mistake(
            "a generator of its own",
            "Your layout does not depend on `rng`. With a fixed seed inside, everybody gets the "
            "same layout every time; without a seed, no search can be repeated.",
            {"latin_layout": generator_of_its_own},
        ),
    ],
    styles=[
        Style("shares of the range", {"latin_layout": shares_of_the_range}),
        Style("shuffled after drawing", {"latin_layout": shuffled_after_drawing}),
        Style("cells picked one by one", {"latin_layout": cells_picked_one_by_one}),
    ],
)
