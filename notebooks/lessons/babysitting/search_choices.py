"""Exercise of notebook 04: what to do with the results of a search. Narrowing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

from . import search_probes as ask

__all__ = ["coarse_to_fine"]


def _fine(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(search.coarse_to_fine, *changes)


def _by_ratio(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    best = max((r for r in results if r["val"] == r["val"]), key=lambda r: r["val"])["params"]
    new, border = {}, {}
    for name, (low, high, scale) in ranges.items():
        value = best[name]
        if scale == "log":
            factor = (high / low) ** (shrink / 2)
            new[name] = (value / factor, value * factor, scale)
            share = np.log(value / low) / np.log(high / low)
        else:
            step = (high - low) * shrink / 2
            new[name] = (value - step, value + step, scale)
            share = (value - low) / (high - low)
        border[name] = share < 0.1 or share > 0.9
    return new, border


def _with_sort(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    good = [r for r in results if not np.isnan(r["val"])]
    best = sorted(good, key=lambda r: -r["val"])[0]["params"]
    new, border = dict(ranges), dict.fromkeys(ranges, False)
    for name, (low, high, scale) in ranges.items():
        ends, at = np.array([low, high]), best[name]
        if scale == "log":
            ends, at = np.log10(ends), np.log10(at)
        around = at + np.array([-0.5, 0.5]) * shrink * np.ptp(ends)
        new[name] = [*(10**around if scale == "log" else around), scale]
        border[name] = np.abs(ends - at).min() < 0.1 * np.ptp(ends)
    return new, border


def _with_loop(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    highest, chosen = -1.0, None
    for result in results:
        if result["val"] > highest:
            highest, chosen = result["val"], result["params"]
    assert chosen is not None
    new, border = {}, {}
    for name, (low, high, scale) in ranges.items():
        a, b, c = low, high, chosen[name]
        if scale == "log":
            a, b, c = np.log([low, high, chosen[name]])
        left, right = c - shrink * (b - a) / 2, c + shrink * (b - a) / 2
        if scale == "log":
            left, right = np.exp(left), np.exp(right)
        new[name] = (left, right, scale)
        border[name] = bool(c - a < (b - a) / 10) or bool(b - c < (b - a) / 10)
    return new, border


def _clipped(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    new, border = search.coarse_to_fine(results, ranges, shrink)
    for name, (low, high, scale) in ranges.items():
        new[name] = (max(new[name][0], low), min(new[name][1], high), scale)
    return new, border


def _linear_border(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    new, _ = search.coarse_to_fine(results, ranges, shrink)
    linear = {name: (low, high, "linear") for name, (low, high, _) in ranges.items()}
    return new, search.coarse_to_fine(results, linear)[1]


def _sticks_out(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    new, _ = search.coarse_to_fine(results, ranges, shrink)
    return new, {name: new[name][0] < r[0] or new[name][1] > r[1] for name, r in ranges.items()}


def _scale_lost(results: Any, ranges: Any, shrink: float = 0.25) -> Any:
    new, border = search.coarse_to_fine(results, ranges, shrink)
    return {name: (low, high, "linear") for name, (low, high, _) in new.items()}, border


coarse_to_fine = Exercise(
    name="coarse_to_fine",
    slide="Cross-validation",
    answers=functions(search.coarse_to_fine),
    tests=[
        Test("around the best trial, on a log scale", ask.where_next, ask.inside, atol=0),
        Test("two scales, another shrink", ask.where_next, ask.two_scales, points=2, atol=0),
        Test("trials that blew up have accuracy nan", ask.where_next, ask.blown_up, atol=0),
        Test(
            "a best trial near the end: the new range sticks out",
            ask.where_next,
            ask.close_to_ends,
            atol=0,
        ),
        Test("says which best values are at the border", ask.at_border, ask.borders, points=2),
        Test("each range keeps its scale", ask.scales_kept, ask.both_scales),
    ],
    mistakes=[
        Mistake(
            "test data in the search",
            "You choose the trial with the best TEST accuracy. From then on the test set is a "
            "validation set, and there is nothing left that tells honestly how good the choice is.",
            _fine(('float(result["val"])', 'float(result["test"])')),
        ),
        Mistake(
            "chosen by training accuracy",
            "You choose the trial with the best training accuracy. That one may have learned its "
            "data by heart. Which data were kept apart for choosing?",
            _fine(('float(result["val"])', 'float(result["train"])')),
        ),
        Mistake(
            "the worst trial",
            "Your new range lies around the trial with the LOWEST accuracy.",
            _fine(("np.nanargmax", "np.nanargmin")),
        ),
        Mistake(
            "nan wins",
            "Where a trial blew up, its nan is taken for the best accuracy: `np.argmax` and "
            "`max` cannot be trusted with nan among the numbers.",
            _fine(("np.nanargmax", "np.argmax")),
        ),
        Mistake(
            "linear on a log scale",
            "You cut every range linearly. From 0.001 to 1 the lower end of your new range is then "
            "below zero as often as not. On a log scale, take logarithms, cut, and go back.",
            _fine(('(np.log, np.exp) if scale == "log" else (float, float)', "(float, float)")),
        ),
        Mistake(
            "the logarithm is not undone",
            "Your new ends on the log scale are logarithms. You cut in the right place; now turn "
            "the two ends back into rates.",
            _fine(("(np.log, np.exp)", "(np.log, float)")),
        ),
        Mistake(
            "twice as wide",
            "Your new range is twice as wide as it should be: `shrink` is the part of the whole "
            "width, not of the way to each side.",
            _fine(("shrink * width / 2", "shrink * width")),
        ),
        Mistake(
            "shrink not used",
            "Your new range is a quarter of the old one whatever `shrink` says.",
            _fine(("shrink * width / 2", "width / 8")),
        ),
        Mistake(
            "cut off at the old ends",
            "You cut the new range off at the ends of the old one. But when the best value lies at "
            "the end, the still better ones are likely to be beyond: let it stick out.",
            {"coarse_to_fine": _clipped},
        ),
        Mistake(
            "the border on the wrong scale",
            "You measure the way to the border in plain differences, on the log scale too. From "
            "0.0001 to 1 that makes every value below 0.1 a neighbour of the lower end.",
            {"coarse_to_fine": _linear_border},
        ),
        Mistake(
            "sticking out taken for the border",
            "You report a border wherever the NEW range sticks out of the old one. That depends on "
            "`shrink`; being at the border depends on the old range alone: a tenth of its width.",
            {"coarse_to_fine": _sticks_out},
        ),
        Mistake(
            "lower border only",
            "You report the lower border only. A best value at the upper end is as suspicious.",
            _fine(("min(middle - ends[0], ends[1] - middle)", "(middle - ends[0])")),
        ),
        Mistake(
            "upper border only",
            "You report the upper border only. A best value at the lower end is as suspicious.",
            _fine(("min(middle - ends[0], ends[1] - middle)", "(ends[1] - middle)")),
        ),
        Mistake(
            "never at the border",
            "You never report a border. A best value at the edge of the searched range means that "
            "the range was in the wrong place: somebody must be told.",
            _fine(("bool(min(middle - ends[0], ends[1] - middle) < width / 10)", "False")),
        ),
        Mistake(
            "the flag upside down",
            "Your flag is True where the best value is well inside, and False at the border.",
            _fine(("< width / 10", ">= width / 10")),
        ),
        Mistake(
            "the scale is lost",
            "Your new ranges all say 'linear'. The next round would draw the rates linearly.",
            {"coarse_to_fine": _scale_lost},
        ),
    ],
    styles=[
        Style("factors instead of logarithms", {"coarse_to_fine": _by_ratio}),
        Style("sorted, powers of ten, lists", {"coarse_to_fine": _with_sort}),
        Style("a loop that remembers the best", {"coarse_to_fine": _with_loop}),
    ],
)
