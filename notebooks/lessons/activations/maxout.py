"""The exercise `maxout`: the larger of two affine pieces, with weights of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import Array, signed

__all__ = ["maxout"]

# --- probes ---------------------------------------------------------------------------------------


def maxout_out(forward, backward, x, w1, b1, w2, b2):
    out, cache = forward(x, w1, b1, w2, b2)
    return {"out": out}


def maxout_dx(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    return {"dx": backward(dout, cache)[0]}


def maxout_dw(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    dx, dw1, db1, dw2, db2 = backward(dout, cache)
    return {"dw1": dw1, "dw2": dw2}


def maxout_db(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    dx, dw1, db1, dw2, db2 = backward(dout, cache)
    return {"db1": db1, "db2": db2}


def maxout_twice(forward, backward, first, second):
    names = ["x", "w1", "b1", "w2", "b2"]
    out1, cache1 = forward(*[first[name] for name in names])
    out2, cache2 = forward(*[second[name] for name in names])
    dx2 = backward(second["dout"], cache2)[0]
    dx1 = backward(first["dout"], cache1)[0]
    return {"dx2": dx2, "dx1": dx1}


# --- inputs ---------------------------------------------------------------------------------------


ORDERS = [[2, 1], [1, 2], [1, -1], [-1, 1], [-1, -2], [-2, -1]]
"""Of the two pieces and 0: every unit meets all six, so that each wrong mask shows."""


def layer(rng, whole=False):
    """Weights made to fit drawn pieces; the biases are too small to decide which piece wins.

    whole : x in whole numbers.
    """
    pieces = np.stack([rng.permutation(ORDERS) for _ in range(4)], axis=1)
    pieces = pieces + rng.uniform(-0.2, 0.2, pieces.shape)
    draw = rng.integers(-3, 4, (6, 8)) if whole else rng.uniform(-3, 3, (6, 8))
    x = draw + 20.0 * np.eye(6, 8)
    w1, w2 = (np.linalg.pinv(x) @ pieces[..., piece] for piece in (0, 1))
    b1, b2, dout = signed(rng, (4,))[0] / 20, signed(rng, (4,))[1] / 20, signed(rng, (6, 4))[1]
    return {"x": x, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "dout": dout}


def layer_without_dout(rng):
    inputs = layer(rng)
    del inputs["dout"]
    return inputs


def two_layers(rng):
    return {"first": layer(rng), "second": layer(rng)}


def layer_with_ties(rng):
    """Two of four units tie: in whole numbers, so that equal is equal however it is computed."""
    inputs = layer(rng, whole=True)
    inputs["w1"][:, :2] = inputs["w2"][:, :2] = rng.integers(-3, 4, (8, 2))
    inputs["b1"][:2] = inputs["b2"][:2] = rng.integers(1, 4, 2)
    inputs["dout"] = rng.uniform(1, 2, inputs["dout"].shape)
    return inputs


# --- other right answers --------------------------------------------------------------------------


def stacked(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    pieces = np.stack([x.dot(w1) + b1, x.dot(w2) + b2])
    winner = pieces.argmax(axis=0)
    return pieces.max(axis=0), {"x": x, "w": (w1, w2), "winner": winner}


def stacked_backward(dout: Array, cache: Any) -> list[Array]:
    x, dx, parts = cache["x"], 0, []
    for index, w in enumerate(cache["w"]):
        mine = dout * (cache["winner"] == index)
        dx = dx + mine.dot(w.T)
        parts += [x.T.dot(mine), mine.sum(0)]
    return [dx, *parts]


def second_wins_ties(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    first, second = np.einsum("nd,dm->nm", x, w1) + b1, np.einsum("nd,dm->nm", x, w2) + b2
    return np.where(first > second, first, second), (x, w1, w2, (first > second) * 1.0)


def shared_ties(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.maximum(first, second), (x, w1, w2, 0.5 * (1 + np.sign(first - second)))


def weighted_backward(dout: Array, cache: Any) -> tuple[Array, ...]:
    x, w1, w2, share = cache
    d1, d2 = dout * share, dout * (1 - share)
    return d1 @ w1.T + d2 @ w2.T, x.T @ d1, np.sum(d1, 0), x.T @ d2, np.sum(d2, 0)


# --- wrong answers --------------------------------------------------------------------------------

BACKWARD_WITH_TWO_MASKS = edit(
    activations.maxout_backward,
    ("first_won = cache", "first_won, second_won = cache"),
    ("np.where(first_won, 0.0, dout)", "np.where(second_won, dout, 0.0)"),
)

# --- the exercise ---------------------------------------------------------------------------------

maxout = Exercise(
    name="maxout",
    slide="Activation Functions",
    answers=functions(activations.maxout_forward, activations.maxout_backward),
    tests=[
        Test("forward: the larger of two affine pieces", maxout_out, layer_without_dout, points=2),
        Test("backward: the gradient for x", maxout_dx, layer),
        Test("backward: both weights", maxout_dw, layer),
        Test("backward: both biases", maxout_db, layer),
        Test("backward: x gets the gradient of a tie once", maxout_dx, layer_with_ties, points=2),
        Test(
            "two layers: each backward uses its own cache; inputs stay as they were",
            maxout_twice,
            two_layers,
            untouched=("first", "second"),
        ),
    ],
    mistakes=[
        Mistake(
            "sum of the pieces",
            "You add the two pieces. The sum of two affine functions is one affine function: the "
            "layer would be linear. Only the larger piece counts.",
            edit(activations.maxout_forward, ("np.maximum(first, second)", "first + second")),
        ),
        Mistake(
            "smaller piece",
            "Your output is the smaller of the two pieces, element by element.",
            edit(activations.maxout_forward, ("np.maximum", "np.minimum")),
        ),
        Mistake(
            "biases left out",
            "Your pieces lack their biases, so both are 0 at x = 0, and the kink cannot "
            "move away from there.",
            edit(activations.maxout_forward, ("x @ w1 + b1, x @ w2 + b2", "x @ w1, x @ w2")),
        ),
        Mistake(
            "gradient to both pieces",
            "Both pieces get all of dout. At each element one piece lost; changing it a little "
            "changes nothing, so what is its gradient?",
            edit(
                activations.maxout_backward,
                ("np.where(first_won, dout, 0.0)", "dout"),
                ("np.where(first_won, 0.0, dout)", "dout"),
            ),
        ),
        Mistake(
            "gradient to the loser",
            "The gradient goes to the piece that was NOT chosen: the two masks are exchanged.",
            edit(activations.maxout_forward, ("first >= second", "first < second")),
        ),
        Mistake(
            "tie counted twice",
            "Where the two pieces are exactly equal, both get the whole gradient, so x gets it "
            "twice. Any way of sharing is fine (one piece gets all, or each a half), as long as "
            "the shares add up to 1.",
            {
                **edit(
                    activations.maxout_forward,
                    ("first >= second", "first >= second, second >= first"),
                ),
                **BACKWARD_WITH_TWO_MASKS,
            },
        ),
        Mistake(
            "tie counted never",
            "Where the two pieces are exactly equal, neither gets a gradient: each of your masks "
            "leaves the tie to the other one.",
            {
                **edit(
                    activations.maxout_forward,
                    ("first >= second", "first > second, second > first"),
                ),
                **BACKWARD_WITH_TWO_MASKS,
            },
        ),
        Mistake(
            "db not summed",
            "A bias is added to every row, so its gradient collects from every row, and has the "
            "shape of the bias. Yours still has one row for each example.",
            edit(activations.maxout_backward, ("d1.sum(axis=0)", "d1"), ("d2.sum(axis=0)", "d2")),
        ),
        Mistake(
            "averaged over the batch",
            "You divide the gradients of weights and biases by N. Whether the loss is a mean was "
            "decided in the loss, and is in dout already; a layer sums.",
            edit(
                activations.maxout_backward,
                (
                    "x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)",
                    "x.T @ d1 / len(x), d1.mean(axis=0), x.T @ d2 / len(x), d2.mean(axis=0)",
                ),
            ),
        ),
        Mistake(
            "weight gradients exchanged",
            "What belongs to the first piece is returned for the second, and the other way round.",
            edit(
                activations.maxout_backward,
                (
                    "x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)",
                    "x.T @ d2, d2.sum(axis=0), x.T @ d1, d1.sum(axis=0)",
                ),
            ),
        ),
    ],
    styles=[
        Style(
            "stacked, dict cache, list of results",
            {"maxout_forward": stacked, "maxout_backward": stacked_backward},
        ),
        Style(
            "the second piece wins ties",
            {"maxout_forward": second_wins_ties, "maxout_backward": weighted_backward},
        ),
        Style(
            "a tie is shared half and half",
            {"maxout_forward": shared_ties, "maxout_backward": weighted_backward},
        ),
    ],
)
