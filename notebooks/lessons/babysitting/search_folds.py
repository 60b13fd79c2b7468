"""Exercise of notebook 04: cross-validation folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, functions
from cs231n_lib import search

from . import search_probes as ask

__all__ = ["k_fold"]

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


def _rounded_up(X: Any, y: Any, k: int) -> Folds:
    size, rows = -(-len(X) // k), np.arange(len(X))
    return _folds_of(X, y, [rows[i * size : (i + 1) * size] for i in range(k)])


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
            "the size rounded up",
            "You round the size of a part up, so the last part gets what is left: with 23 rows and "
            "5 folds it has 3 and the others 5. Sizes may differ by one at most.",
            {"k_fold": _rounded_up},
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
