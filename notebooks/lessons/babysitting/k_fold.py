"""Cross-validation: every row is validated on once. Folds may come in any order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

# --- probe ----------------------------------------------------------------------------------------


def folds(k_fold, X, y, k):
    return {"folds": [[np.array(part) for part in fold] for fold in k_fold(X, y, k)]}


# --- inputs ---------------------------------------------------------------------------------------


def rows_in(k, count):
    def inputs(rng):
        X = np.stack([rng.permutation(1000)[:count] + 0.5, rng.normal(size=count)], axis=1)
        return {"X": X, "y": rng.permutation(count), "k": k}

    return inputs


# --- properties -----------------------------------------------------------------------------------


def cover_all(inputs, values):
    if len(values["folds"]) != inputs["k"]:
        return "There must be k folds."
    rows = np.concatenate([np.asarray(fold[2])[:, 0] for fold in values["folds"]])
    if len(set(rows.tolist())) < len(rows):
        return "Some row is in the validation part more than once."
    if not np.array_equal(np.sort(rows), np.sort(inputs["X"][:, 0])):
        return "Some row is never in a validation part."
    return ""


def train_is_the_rest(inputs, values):
    for fold in values["folds"]:
        train, held_out = set(fold[0][:, 0].tolist()), set(fold[2][:, 0].tolist())
        if train & held_out:
            return "Rows of the validation part are in the training part of the same fold."
        if train | held_out != set(inputs["X"][:, 0].tolist()):
            return "Training and validation part together are not all the data."
        if len(train) < len(held_out):
            return "The training part is the smaller one: the two are exchanged."
        if len(fold[0]) != len(train):
            return "A training part holds a row twice."
    return ""


def stay_paired(inputs, values):
    label = dict(zip(inputs["X"][:, 0].tolist(), inputs["y"].tolist(), strict=True))
    for X_train, y_train, X_val, y_val in values["folds"]:
        for X, y in ((X_train, y_train), (X_val, y_val)):
            if len(X) == 0:
                return "A part is empty."
            if len(X) != len(y) or X.shape[1:] != inputs["X"].shape[1:]:
                return "A part's rows and labels do not fit."
            if [label[key] for key in X[:, 0].tolist()] != np.asarray(y).tolist():
                return "Some row has another row's label."
    return ""


def even_sizes(inputs, values):
    sizes = [len(fold[3]) for fold in values["folds"]]
    if sum(sizes) < len(inputs["y"]):
        return "Some rows are left over, and are never validated on."
    if max(sizes) - min(sizes) > 1:
        return f"The sizes of the validation parts differ by more than one row: {sizes}."
    rows = np.concatenate([fold[2][:, 0] for fold in values["folds"]])
    if len(rows) != sum(sizes) or not np.isin(rows, inputs["X"][:, 0]).all():
        return "The validation parts hold rows that are not in X, or not as many as labels."
    return ""


# --- other right answers --------------------------------------------------------------------------


def folds_of(X, y, groups):
    """Folds whose validation rows are the given index arrays."""
    rows = np.arange(len(X))
    return [(X[np.setdiff1d(rows, g)], y[np.setdiff1d(rows, g)], X[g], y[g]) for g in groups]


def every_kth_row(X, y, k):
    turn = np.arange(len(X)) % k
    return [(X[turn != i], y[turn != i], X[turn == i], y[turn == i]) for i in range(k)]


def shuffled(X, y, k):
    return folds_of(X, y, np.array_split(np.random.default_rng(0).permutation(len(X)), k))


def parts_put_together_again(X, y, k):
    parts_X, parts_y = np.array_split(X, k), np.array_split(y, k)
    folds = []
    for i in range(k):
        rest_X, rest_y = parts_X[:i] + parts_X[i + 1 :], parts_y[:i] + parts_y[i + 1 :]
        folds.append((np.concatenate(rest_X), np.concatenate(rest_y), parts_X[i], parts_y[i]))
    return folds


def borders_by_linspace(X, y, k):
    at = np.linspace(0, len(X), k + 1).astype(int)
    return folds_of(X, y, [np.arange(a, b) for a, b in pairwise(at)])


# --- wrong answers --------------------------------------------------------------------------------


def remainder_dropped(X, y, k):
    size = len(X) // k
    return folds_of(X, y, [np.arange(i * size, (i + 1) * size) for i in range(k)])


def remainder_in_the_last_fold(X, y, k):
    size, rows = len(X) // k, np.arange(len(X))
    return folds_of(X, y, [*np.split(rows[: size * (k - 1)], k - 1), rows[size * (k - 1) :]])


def size_rounded_up(X, y, k):
    size, rows = -(-len(X) // k), np.arange(len(X))
    return folds_of(X, y, [rows[i * size : (i + 1) * size] for i in range(k)])


def drawn_anew_for_each_fold(X, y, k):
    rng, size = np.random.default_rng(0), len(X) // k
    return folds_of(X, y, [rng.permutation(len(X))[:size] for _ in range(k)])


# --- the exercise ---------------------------------------------------------------------------------

k_fold = Exercise(
    name="k_fold",
    slide="Cross-validation",
    answers=functions(search.k_fold),
    tests=[
        Test(
            "k folds; every row is validated on exactly once",
            folds,
            rows_in(4, 12),
            points=2,
            holds=cover_all,
            untouched=["X", "y"],
        ),
        Test(
            "the training part is the rest",
            folds,
            rows_in(4, 12),
            holds=train_is_the_rest,
            untouched=["X", "y"],
        ),
        Test("labels stay with their rows", folds, rows_in(3, 12), holds=stay_paired),
        Test(
            "23 rows in 5 folds: sizes differ by one at most",
            folds,
            rows_in(5, 23),
            holds=even_sizes,
        ),
    ],
    mistakes=[
        Mistake(
            "validation data in the training part",
            "Each training part holds all the data, the validation rows included. So the network "
            "is tested on what it was trained on, and every setting looks good.",
            edit(search.k_fold, ("X[kept], y[kept]", "X, y")),
        ),
        Mistake(
            "training and validation exchanged",
            "You train on the small part and validate on the large one. With k folds each network "
            "should see k - 1 parts of the data.",
            edit(
                search.k_fold,
                (
                    "X[kept], y[kept], X[held_out], y[held_out]",
                    "X[held_out], y[held_out], X[kept], y[kept]",
                ),
            ),
        ),
        Mistake(
            "labels left behind",
            "Rows and labels are taken from different places: most rows get another row's label. "
            "The same indices must pick both.",
            edit(search.k_fold, ("y[kept]", "y[kept][::-1]"), ("y[held_out]", "y[held_out][::-1]")),
        ),
        Mistake(
            "the remainder is dropped",
            "When k does not divide the number of rows, the last few rows are never validated on.",
            {"k_fold": remainder_dropped},
        ),
        Mistake(
            "the remainder in the last fold",
            "You put all left-over rows into the last fold: with 23 rows and 5 folds it has 7 and "
            "the others 4. Give one to each instead.",
            {"k_fold": remainder_in_the_last_fold},
        ),
        Mistake(
            "the size rounded up",
            "You round the size of a part up, so the last part gets what is left: with 23 rows and "
            "5 folds it has 3 and the others 5. Sizes may differ by one at most.",
            {"k_fold": size_rounded_up},
        ),
        Mistake(
            "drawn anew for each fold",
            "You draw each validation part anew, so some rows come twice and some never. The parts "
            "must be cut from ONE order of the rows.",
            {"k_fold": drawn_anew_for_each_fold},
        ),
        Mistake(
            "one fold only",
            "You return a single division. k-fold cross-validation needs k, so that each part is "
            "left out once.",
            edit(search.k_fold, ("return folds", "return folds[:1]")),
        ),
    ],
    styles=[
        Style("every k-th row", {"k_fold": every_kth_row}),
        Style("shuffled", {"k_fold": shuffled}),
        Style("parts put together again", {"k_fold": parts_put_together_again}),
        Style("borders by linspace", {"k_fold": borders_by_linspace}),
    ],
)
