"""Step 1 of the loop: draw a batch.

Samples are random, so properties judge them. The labels are drawn as well: a batch of other data
holds labels that these data have not.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import data

# --- probes ---------------------------------------------------------------------------------------


def one_batch(sample_batch, X, y, batch_size, seed):
    X_batch, y_batch = sample_batch(X, y, batch_size, np.random.default_rng(seed))
    return {"X_batch": X_batch, "y_batch": y_batch}


def many_batches(sample_batch, X, y, batch_size, seed, times):
    rng = np.random.default_rng(seed)
    return {"labels": np.array([sample_batch(X, y, batch_size, rng)[1] for _ in range(times)])}


def whose_randomness(sample_batch, X, y, batch_size, seed):
    def labels():
        rng = np.random.default_rng(seed)
        batches = [sample_batch(X.copy(), y.copy(), batch_size, rng) for _ in range(6)]
        return np.array([y_batch for _, y_batch in batches])

    # So that a batch drawn from the global state is the same for everybody: a known mistake.
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    values = {"six batches": labels(), "from the same seed": labels()}
    np.random.set_state(before)  # noqa: NPY002
    return values


# --- inputs ---------------------------------------------------------------------------------------


def labelled(rng, n, *shape):
    """Rows that are all different, and labels that are all different and in no order."""
    return {"X": rng.normal(size=(n, *shape)), "y": rng.choice(10**6, n, replace=False)}


def small_images(rng):
    """Enough of them: rows drawn twice are others, and drawn rows are not sorted by chance."""
    return {**labelled(rng, 24, 2, 3), "batch_size": 12, "seed": int(rng.integers(1e6))}


def all_of_it(rng):
    return {**labelled(rng, 15, 2), "batch_size": 15, "seed": int(rng.integers(1e6))}


def most_of_it(rng):
    return {**labelled(rng, 20, 2), "batch_size": 15, "seed": int(rng.integers(1e6)), "times": 8}


def a_few_often(rng):
    """300 batches of 4 from 12: a fair sampler leaves out a pair once in 1e10 times."""
    return {**labelled(rng, 12, 1), "batch_size": 4, "seed": int(rng.integers(1e6)), "times": 300}


def some_of_many(rng):
    return {**labelled(rng, 40, 2), "batch_size": 12, "seed": int(rng.integers(1e6))}


# --- properties -----------------------------------------------------------------------------------


def rows_beside_their_labels(inputs, values):
    X, y, size = inputs["X"], inputs["y"], inputs["batch_size"]
    X_batch, y_batch = np.asarray(values["X_batch"]), np.asarray(values["y_batch"])
    if X_batch.shape != (size, *X.shape[1:]):
        return "`X_batch` must be (batch_size, …), each row shaped like a row of `X`."
    if y_batch.shape != (size,):
        return "`y_batch` must hold one label for each row: its shape is (batch_size,)."
    same = (X_batch[:, None] == X[None]).reshape(size, len(X), -1).all(axis=2)
    if not same.any(axis=1).all():
        return "There is a row in the batch that is no row of `X`."
    if (y[same.argmax(axis=1)] != y_batch).any():
        if (np.sort(y[same.argmax(axis=1)]) == np.sort(y_batch)).all():
            return "The labels are those of these rows, but they stand in another order."
        return "Rows stand beside the labels of other rows."
    return ""


def no_row_twice(inputs, values):
    labels = values["labels"]
    if labels.shape != (inputs["times"], inputs["batch_size"]):
        return "Not every batch has `batch_size` labels."
    if not np.isin(labels, inputs["y"]).all():
        return "There is a label in a batch that is no label of the data."
    if (np.diff(np.sort(labels, axis=1), axis=1) == 0).any():
        return "A row comes twice in one batch: is it drawn with replacement?"
    return ""


def every_row_comes(inputs, values):
    y, n = inputs["y"], len(inputs["y"])
    together = np.zeros((n, n), dtype=int)
    for batch in values["labels"]:
        rows = [y.tolist().index(label) for label in batch.tolist()]
        together[np.ix_(rows, rows)] += 1
    counts = together.diagonal()
    if counts[-1] == 0 and (counts[:-1] > 0).all():
        return "The last row never comes."
    if (counts == 0).any():
        return "There are rows that never come."
    if (together == 0).any():
        return "There are pairs of rows that never come in one batch together."
    fair = len(values["labels"]) * inputs["batch_size"] / n
    if (np.abs(counts - fair) > 0.5 * fair).any():
        return "Some rows come far more often than others."
    return ""


def from_the_generator(inputs, values):
    y, size, batches = inputs["y"], inputs["batch_size"], values["six batches"]
    if batches.shape != (6, size) or not np.isin(batches, y).all():
        return "A batch does not hold `batch_size` labels of the data."
    if (batches == y[:size]).all():
        return "Each batch is the beginning of the data."
    if (batches == batches[0]).all():
        return "The next batch from the same generator is the first one again."
    if not np.array_equal(values["from the same seed"], batches):
        return "Two generators in the same state gave different batches: `rng` is not used."
    return ""


# --- other right answers --------------------------------------------------------------------------


def first_of_a_permutation(X, y, batch_size, rng):
    chosen = rng.permutation(len(y))[:batch_size]
    return np.take(X, chosen, axis=0), y.take(chosen)


def sorted_by_noise(X, y, batch_size, rng):
    chosen = np.argsort(rng.random(len(X)))[:batch_size]
    return X[chosen], y[chosen]


def one_after_the_other(X, y, batch_size, rng):
    left = list(range(len(X)))
    rows = [left.pop(int(rng.integers(len(left)))) for _ in range(batch_size)]
    return np.array([X[row] for row in rows]), [y[row] for row in rows]


def shuffled_copy(X, y, batch_size, rng):
    chosen = np.arange(len(X))
    rng.shuffle(chosen)
    return X[chosen][:batch_size], y[chosen][:batch_size]


# --- wrong answers --------------------------------------------------------------------------------

DRAW = "rng.choice(len(X), size=batch_size, replace=False)"


def drawn_by(how):
    return edit(data.sample_batch, (DRAW, how))


def shuffles_in_place(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    return X[:batch_size].copy(), y[:batch_size].copy()


# --- the exercise ---------------------------------------------------------------------------------

sample_batch = Exercise(
    name="sample_batch",
    slide="Mini-batch SGD, step 1: sample a batch of data",
    answers=functions(data.sample_batch),
    tests=[
        Test(
            "rows of any shape, each beside its own label",
            one_batch,
            small_images,
            points=2,
            holds=rows_beside_their_labels,
        ),
        Test(
            "a batch may be all of the data; X and y stay as they were",
            one_batch,
            all_of_it,
            holds=rows_beside_their_labels,
            untouched=["X", "y"],
        ),
        Test("no row twice in a batch", many_batches, most_of_it, holds=no_row_twice),
        Test(
            "300 batches: every row comes, as often as the others and with all of them",
            many_batches,
            a_few_often,
            points=2,
            holds=every_row_comes,
        ),
        Test(
            "all randomness comes from rng",
            whose_randomness,
            some_of_many,
            holds=from_the_generator,
        ),
    ],
    mistakes=[
        Mistake(
            "labels drawn apart",
            "Rows and labels are drawn separately, so each image gets another image's label. "
            "Nothing crashes, but there is nothing left to learn. One draw must choose both.",
            edit(data.sample_batch, ("return X[rows], y[rows]", f"return X[rows], y[{DRAW}]")),
        ),
        Mistake(
            "labels in another order",
            "These are the labels of these rows, but in another order: the rows as they were "
            "drawn, the labels sorted (or the other way round).",
            edit(data.sample_batch, ("y[rows]", "y[np.sort(rows)]")),
        ),
        Mistake(
            "with replacement",
            "The same row can come twice in one batch: this draws with replacement, which is the "
            "default of some of NumPy's functions. Look at their arguments.",
            drawn_by("rng.integers(0, len(X), batch_size)"),
        ),
        Mistake(
            "always the first rows",
            "Every batch is the beginning of the data, in order. The net would see the same few "
            "rows again and again, and never the rest of the data.",
            drawn_by("np.arange(batch_size)"),
        ),
        Mistake(
            "the last row never comes",
            "The last row never comes. An upper limit in NumPy is exclusive already; there is no "
            "need to subtract 1 from it.",
            drawn_by("rng.choice(len(X) - 1, size=min(batch_size, len(X) - 1), replace=False)"),
        ),
        Mistake(
            "a block of neighbours",
            "A batch is a block of rows that follow each other, from a random start. If the data "
            "are sorted by class, a batch sees one class only: draw each row by itself.",
            drawn_by("(rng.integers(len(X)) + np.arange(batch_size)) % len(X)"),
        ),
        Mistake(
            "randomness from elsewhere",
            "The batch does not depend on `rng`: the randomness comes from NumPy's global state. "
            "Then a run cannot be repeated from the seed of its generator.",
            drawn_by("np.random.choice(len(X), batch_size, False)"),
        ),
        Mistake(
            "a new generator in every call",
            "Each call makes a new generator with the same seed, so each batch is the first one "
            "again. Use the `rng` that you are given: it remembers where it was.",
            drawn_by("np.random.default_rng(0).choice(len(X), batch_size, False)"),
        ),
        Mistake(
            "shuffles the data themselves",
            "The batch is right, but `X` and `y` are shuffled in place, and they belong to the "
            "caller. If only one of them had been, all later batches would be wrong.",
            {"sample_batch": shuffles_in_place},
        ),
    ],
    styles=[
        Style("first of a permutation", {"sample_batch": first_of_a_permutation}),
        Style("sorted by noise", {"sample_batch": sorted_by_noise}),
        Style("one after the other, labels as a list", {"sample_batch": one_after_the_other}),
        Style("shuffled copy", {"sample_batch": shuffled_copy}),
    ],
)
