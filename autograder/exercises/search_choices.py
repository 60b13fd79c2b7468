"""Exercises of notebook 04: what to do with the results. Narrowing the search, and folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from cs231n_lib import search

from . import search_probes as ask
from .model import Exercise, Mistake, Style, Test, edit, functions

__all__ = ["coarse_to_fine", "k_fold"]


def _fine(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(search.coarse_to_fine, *changes)


# --------------------------------------------------------------------------------- coarse_to_fine


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


# ----------------------------------------------------------------------------------------- k_fold

Folds = list[Any]


def _folds_of(X: Any, y: Any, groups: Any) -> Folds:
    """Folds whose validation rows are the given index arrays."""
    every = np.arange(len(X))
    return [(X[np.setdiff1d(every, g)], y[np.setdiff1d(every, g)], X[g], y[g]) for g in groups]


def _every_kth(X: Any, y: Any, k: int) -> Folds:
    turn = np.arange(len(X)) % k
    return [(X[turn != i], y[turn != i], X[turn == i], y[turn == i]) for i in range(k)]


def _shuffled(X: Any, y: Any, k: int) -> Folds:
    return _folds_of(X, y, np.array_split(np.random.default_rng(0).permutation(len(X)), k))


def _concatenated(X: Any, y: Any, k: int) -> Folds:
    parts_X, parts_y = np.array_split(X, k), np.array_split(y, k)
    folds = []
    for i in range(k):
        rest_X, rest_y = parts_X[:i] + parts_X[i + 1 :], parts_y[:i] + parts_y[i + 1 :]
        folds.append((np.concatenate(rest_X), np.concatenate(rest_y), parts_X[i], parts_y[i]))
    return folds


def _by_borders(X: Any, y: Any, k: int) -> Folds:
    at = np.linspace(0, len(X), k + 1).astype(int)
    return _folds_of(X, y, [np.arange(a, b) for a, b in pairwise(at)])


def _wrong(change: Callable[[Folds, Any, Any], Folds]) -> Mapping[str, Callable[..., Any]]:
    return {"k_fold": lambda X, y, k: change(search.k_fold(X, y, k), X, y)}


def _remainder_dropped(X: Any, y: Any, k: int) -> Folds:
    size = len(X) // k
    return _folds_of(X, y, [np.arange(i * size, (i + 1) * size) for i in range(k)])


def _remainder_last(X: Any, y: Any, k: int) -> Folds:
    size, rows = len(X) // k, np.arange(len(X))
    return _folds_of(X, y, [*np.split(rows[: size * (k - 1)], k - 1), rows[size * (k - 1) :]])


def _drawn_anew(X: Any, y: Any, k: int) -> Folds:
    rng, size = np.random.default_rng(0), len(X) // k
    return _folds_of(X, y, [rng.permutation(len(X))[:size] for _ in range(k)])


k_fold = Exercise(
    name="k_fold",
    slide="Cross-validation",
    answers=functions(search.k_fold),
    tests=[
        Test(
            "k folds; every row is validated on exactly once",
            ask.folds,
            ask.rows_in(4, 12),
            points=2,
            holds=ask.cover_all,
            untouched=["X", "y"],
        ),
        Test(
            "the training part is the rest",
            ask.folds,
            ask.rows_in(4, 12),
            holds=ask.train_is_the_rest,
        ),
        Test("labels stay with their rows", ask.folds, ask.rows_in(3, 12), holds=ask.stay_paired),
        Test(
            "23 rows in 5 folds: sizes differ by one at most",
            ask.folds,
            ask.rows_in(5, 23),
            holds=ask.even_sizes,
        ),
    ],
    mistakes=[
        Mistake(
            "validation data in the training part",
            "Each training part holds all the data, the validation rows included. So the network "
            "is tested on what it was trained on, and every setting looks good.",
            _wrong(lambda folds, X, y: [(X, y, X_val, y_val) for _, _, X_val, y_val in folds]),
        ),
        Mistake(
            "training and validation exchanged",
            "You train on the small part and validate on the large one. With k folds each network "
            "should see k - 1 parts of the data.",
            _wrong(lambda folds, X, y: [(c, d, a, b) for a, b, c, d in folds]),
        ),
        Mistake(
            "labels left behind",
            "Rows and labels are taken from different places: most rows get another row's label. "
            "The same indices must pick both.",
            _wrong(lambda folds, X, y: [(a, b[::-1], c, d[::-1]) for a, b, c, d in folds]),
        ),
        Mistake(
            "the remainder is dropped",
            "When k does not divide the number of rows, the last few rows are never validated on.",
            {"k_fold": _remainder_dropped},
        ),
        Mistake(
            "the remainder in the last fold",
            "You put all left-over rows into the last fold: with 23 rows and 5 folds it has 7 and "
            "the others 4. Give one to each instead.",
            {"k_fold": _remainder_last},
        ),
        Mistake(
            "drawn anew for each fold",
            "You draw each validation part anew, so some rows come twice and some never. The parts "
            "must be cut from ONE order of the rows.",
            {"k_fold": _drawn_anew},
        ),
        Mistake(
            "one fold only",
            "You return a single division. k-fold cross-validation needs k, so that each part is "
            "left out once.",
            _wrong(lambda folds, X, y: folds[:1]),
        ),
    ],
    styles=[
        Style("every k-th row", {"k_fold": _every_kth}),
        Style("shuffled", {"k_fold": _shuffled}),
        Style("parts put together again", {"k_fold": _concatenated}),
        Style("borders by linspace", {"k_fold": _by_borders}),
    ],
)
