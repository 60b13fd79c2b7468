"""Step 2 of the loop: the softmax loss and its gradient."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import layers

# --- probes ---------------------------------------------------------------------------------------


def losses_only(softmax_loss, xs, ys):
    batches = enumerate(zip(xs, ys, strict=True), 1)
    return {f"loss of batch {number}": softmax_loss(x, y)[0] for number, (x, y) in batches}


def gradient_only(softmax_loss, x, y):
    return {"dx": softmax_loss(x, y)[1]}


def loss_and_gradient(softmax_loss, x, y):
    loss, dx = softmax_loss(x, y)
    return {"loss": loss, "dx": dx}


def growth_and_gradient(softmax_loss, x, further, y):
    loss, dx = softmax_loss(x, y)
    return {"growth of the loss": softmax_loss(further, y)[0] - loss, "dx": dx}


ATOL = 5e-6  # a small number inside the logarithm, up to 1e-6, costs the test about it only

# --- inputs ---------------------------------------------------------------------------------------


def some_scores(rng):
    """More examples than classes, every class is somebody's, and no two numbers are equal.

    The right class has the highest score, except in one row. No probability of a right class is
    below 10 %: a small number inside the logarithm does not show here.
    """
    x, y = rng.uniform(-0.25, 0.25, (6, 4)), rng.permutation([0, 1, 2, 3, 0, 1])
    x[np.arange(6), (y + rng.permutation([0, 0, 0, 0, 0, 1])) % 4] += 1
    return {"x": x, "y": y}


def many_scores(rng):
    batches = [some_scores(rng) for _ in range(8)]
    return {"xs": [batch["x"] for batch in batches], "ys": [batch["y"] for batch in batches]}


def high_scores(rng):
    inputs = some_scores(rng)
    inputs["x"] += 1000.0
    return inputs


def far_rows(rng):
    inputs = some_scores(rng)
    inputs["x"] += rng.permutation([1000.0, -1000.0, 0.0, 1000.0, 0.0, -1000.0])[:, None]
    return inputs


def sure_and_wrong(rng):
    """The right class is 1000 behind, then further: no float can hold its probability.

    Whatever small number stands inside the logarithm, the loss does not grow.
    """
    inputs = some_scores(rng)
    ahead = np.arange(6), (inputs["y"] + 1) % 4
    inputs["x"][ahead] += 1000.0
    further = inputs["x"].copy()
    further[ahead] += rng.uniform(500, 1000, 6)
    return {**inputs, "further": further}


# --- other right answers --------------------------------------------------------------------------


def with_probabilities(x, y):
    n = x.shape[0]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    right = x[np.arange(n), y] - np.max(x, axis=1)
    loss = np.mean(np.log(e.sum(axis=1)) - right)
    onehot = np.zeros_like(p)
    onehot[np.arange(n), y] = 1
    return loss, (p - onehot) / n


def with_logaddexp(x, y):
    total = np.logaddexp.reduce(x, axis=1)
    picked = np.take_along_axis(x, y[:, None], axis=1)[:, 0]
    dx = np.exp(x - total[:, None])
    dx[np.arange(len(y)), y] -= 1.0
    return np.sum(total - picked) / len(y), dx * (1 / len(y))


def row_by_row(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i, (scores, label) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        total = sum(powers)
        loss += math.log(total) + top - scores[label]
        for j, power in enumerate(powers):
            dx[i, j] = (power / total - (j == label)) / len(y)
    return loss / len(y), dx


# --- wrong answers --------------------------------------------------------------------------------

NO_SHIFT = (
    "exp(1000) is more than a float can hold, and inf/inf is NaN. Softmax does not change when "
    "the same number is subtracted from all scores of a row: which one would make every exp safe?"
)
ONE_SHIFT = (
    "You subtract the maximum of the whole batch. A row that lies far below it is left with exp "
    "of hugely negative numbers: all zeros. Each row has a maximum of its own."
)
SHIFT = "x - x.max(axis=1, keepdims=True)"
PICKED = "-float(log_p[rows, y].mean())"


def softmax_with(change):
    def softmax_loss(x, y):
        return change(*layers.softmax_loss(x, y), x, y)

    return {"softmax_loss": softmax_loss}


def by_probabilities(shift):
    """The formula as it is written, and the log of what comes out."""

    def softmax_loss(x, y):
        rows, e = np.arange(len(x)), np.exp(shift(x))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        return loss, p / len(x)

    return {"softmax_loss": softmax_loss}


def subtracts_maximum_in_place(x, y):
    result = layers.softmax_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return result


# --- the exercise ---------------------------------------------------------------------------------

softmax_loss = Exercise(
    name="softmax_loss",
    slide="Mini-batch SGD, step 2: forward prop it through the graph, get loss",
    answers=functions(layers.softmax_loss),
    tests=[
        Test(
            "loss: the mean of -log p of the right class",
            losses_only,
            many_scores,
            points=2,
            atol=ATOL,
        ),
        Test("dx: the gradient of that mean", gradient_only, some_scores, points=2),
        Test(
            "scores around 1000: loss and dx, no warning",
            loss_and_gradient,
            high_scores,
            atol=ATOL,
            quiet=True,
        ),
        Test(
            "rows at -1000, 0 and 1000 in one batch, no warning",
            loss_and_gradient,
            far_rows,
            atol=ATOL,
            quiet=True,
        ),
        Test(
            "the right class is 1000 or more behind: how the loss grows, and dx, no warning",
            growth_and_gradient,
            sure_and_wrong,
            quiet=True,
        ),
        Test(
            "x and y stay as they were",
            loss_and_gradient,
            some_scores,
            atol=ATOL,
            untouched=["x", "y"],
        ),
    ],
    mistakes=[
        Mistake("no shift", NO_SHIFT, by_probabilities(lambda x: x)),
        Mistake("no shift before the log", NO_SHIFT, edit(layers.softmax_loss, (SHIFT, "x - 0"))),
        Mistake("one maximum for all rows", ONE_SHIFT, by_probabilities(lambda x: x - x.max())),
        Mistake(
            "one maximum for the whole batch",
            ONE_SHIFT,
            edit(layers.softmax_loss, ("x.max(axis=1, keepdims=True)", "x.max()")),
        ),
        Mistake(
            "log of a vanished probability",
            "The right class is so far behind that its probability is rounded to 0, and log 0 is "
            "minus infinity. Simplify the logarithm of the fraction on paper: the exp and the log "
            "of the right class cancel.",
            edit(
                layers.softmax_loss,
                (
                    "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
                    "e = np.exp(shifted)\n    log_p = np.log(e / e.sum(axis=1, keepdims=True))",
                ),
            ),
        ),
        Mistake(
            "a small number inside the log",
            "A small number inside the logarithm keeps it finite. It also puts a ceiling on the "
            "loss (27.6 for 1e-12): however far the right class falls behind, it costs no more. "
            "The exp and the log of the right class can be made to cancel.",
            edit(
                layers.softmax_loss,
                ("log_p[rows, y].mean()", "np.log(np.exp(log_p[rows, y]) + 1e-12).mean()"),
            ),
        ),
        Mistake(
            "not divided by N",
            "Loss and gradient are sums over the batch. As means, they do not depend on the size "
            "of the batch, and neither does a good learning rate.",
            softmax_with(lambda loss, dx, x, y: (loss * len(x), dx * len(x))),
        ),
        Mistake(
            "only the loss is divided by N",
            "Your loss is a mean over the batch, but the gradient is that of the sum: N times too "
            "long.",
            edit(layers.softmax_loss, ("dx / len(x)", "dx")),
        ),
        Mistake(
            "only the gradient is divided by N",
            "Your gradient is that of a mean over the batch, but the loss is a sum.",
            softmax_with(lambda loss, dx, x, y: (loss * len(x), dx)),
        ),
        Mistake(
            "averaged over the classes too",
            "You divide by the number of all scores, N times C. The mean is over the examples.",
            softmax_with(lambda loss, dx, x, y: (loss / x.shape[1], dx / x.shape[1])),
        ),
        Mistake(
            "sum over the wrong axis",
            "Your probabilities add up to 1 down each column, over the examples. Each example has "
            "to distribute its own 100 % over the classes.",
            edit(
                layers.softmax_loss, ("np.exp(shifted).sum(axis=1,", "np.exp(shifted).sum(axis=0,")
            ),
        ),
        Mistake(
            "every row against every label",
            "Indexing with `[:, y]` picks, for EACH row, the columns of ALL labels: an N by N "
            "table. You need one number for each row.",
            edit(layers.softmax_loss, (PICKED, "-float(log_p[:, y].mean())")),
        ),
        Mistake(
            "1 subtracted from whole columns",
            "You subtract 1 in every row of the columns in `y`. You need one place for each row: "
            "pair the number of the row with its label.",
            edit(layers.softmax_loss, ("dx[rows, y] -= 1", "dx[:, y] -= 1")),
        ),
        Mistake(
            "the right class is not treated apart",
            "Your dx is the probabilities (over N): every score is pushed down, that of the right "
            "class as well. Derive the one for the right class once more.",
            edit(layers.softmax_loss, ("dx[rows, y] -= 1", "dx")),
        ),
        Mistake(
            "sign of the loss",
            "Your loss is negative: the log of a probability is. The loss is minus that.",
            softmax_with(lambda loss, dx, x, y: (-loss, dx)),
        ),
        Mistake(
            "sign of the gradient",
            "The gradient has the wrong sign: with it, a step downhill would go up.",
            softmax_with(lambda loss, dx, x, y: (loss, -dx)),
        ),
        Mistake(
            "another logarithm",
            "Your logarithm has base 2 (the loss is in bits). The derivative of the natural one "
            "has no factor, and so the lecture uses that: 10 equal scores cost 2.302585.",
            softmax_with(lambda loss, dx, x, y: (loss / np.log(2), dx)),
        ),
        Mistake(
            "writes into x",
            "The numbers are right, but the array of scores was changed: a shift in place, most "
            "likely. It belongs to the caller.",
            {"softmax_loss": subtracts_maximum_in_place},
        ),
    ],
    styles=[
        Style("probabilities", {"softmax_loss": with_probabilities}),
        Style("logaddexp", {"softmax_loss": with_logaddexp}),
        Style("row by row", {"softmax_loss": row_by_row}),
    ],
)
