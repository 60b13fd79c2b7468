"""The exercise `sigmoid`: its value and its slope, also far from 0."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import (
    Array,
    backward_at_extremes,
    batch,
    contract_mistakes,
    extremes,
    extremes_with_dout,
    forward_only,
    forward_then_backward,
    only_x,
    two_inputs,
    two_layers,
)

__all__ = ["sigmoid"]

# --- other right answers --------------------------------------------------------------------------


def number_by_number(x: Array) -> tuple[Array, dict[str, Array]]:
    def one(number: float) -> float:
        small = math.exp(-abs(number))
        return 1 / (1 + small) if number > 0 else small / (1 + small)

    out = np.array([one(number) for number in x.ravel().tolist()]).reshape(x.shape)
    return out, {"out": out}


# --- the exercise ---------------------------------------------------------------------------------

sigmoid = Exercise(
    name="sigmoid",
    slide="Activation Functions",
    answers=functions(activations.sigmoid_forward, activations.sigmoid_backward),
    tests=[
        Test("forward: the values; x stays as it was", forward_only, only_x, untouched=("x",)),
        Test("forward: ±1000 gives no warning and no NaN", forward_only, extremes, quiet=True),
        Test("backward: the gradient for x", forward_then_backward, batch, points=2),
        Test(
            "backward: ±1000 gives no warning and no NaN",
            backward_at_extremes,
            extremes_with_dout,
            quiet=True,
        ),
        Test(
            "two layers: each backward uses its own cache; x and dout stay as they were",
            two_layers,
            two_inputs,
            untouched=("x1", "x2", "dout1", "dout2"),
        ),
    ],
    mistakes=[
        Mistake(
            "overflow",
            "For inputs far from 0 you take exp of a large positive number: that is more than a "
            "float can hold (the limit is near exp(709)), so numpy warns, even where the final "
            "value happens to come out right. Can you arrange it so that exp only ever sees "
            "numbers that are not positive?",
            edit(
                activations.sigmoid_forward, ("return out, out", "return 1 / (1 + np.exp(-x)), out")
            ),
        ),
        Mistake(
            "NaN for large positive inputs",
            "Numerator and denominator both overflow for large x, and inf/inf is NaN. This form "
            "is safe on one side of 0 only.",
            edit(
                activations.sigmoid_forward,
                ("return out, out", "return np.exp(x) / (1 + np.exp(x)), out"),
            ),
        ),
        Mistake(
            "sign of the exponent",
            "Your curve falls from 1 to 0; the sigmoid rises from 0 to 1. Look at the sign in the "
            "exponent, and try x = 5.",
            edit(activations.sigmoid_forward, ("return out, out", "return 1 - out, out")),
        ),
        Mistake(
            "derivative from x instead of out",
            "The short form of the derivative uses the sigmoid's VALUE; you put its input there. "
            "So it grows without bound, where the true slope never exceeds 1/4.",
            edit(activations.sigmoid_forward, ("return out, out", "return out, x")),
        ),
        Mistake(
            "sigmoid taken twice",
            "What your forward pass stored was already the sigmoid's value, and your backward pass "
            "squashed it once more.",
            edit(activations.sigmoid_backward, ("out = cache", "out = 1 / (1 + np.exp(-cache))")),
        ),
        Mistake(
            "the gradient overflows",
            "Written with exponentials of x, the slope becomes inf/inf far from 0. The value that "
            "the forward pass has already computed is enough to find it.",
            {
                **edit(activations.sigmoid_forward, ("return out, out", "return out, x")),
                **edit(
                    activations.sigmoid_backward,
                    ("out = cache", "x = cache"),
                    ("out * (1.0 - out)", "(np.exp(-x) / (1 + np.exp(-x)) ** 2)"),
                ),
            },
        ),
        *contract_mistakes(activations.sigmoid_forward, activations.sigmoid_backward),
    ],
    styles=[
        Style(
            "number by number, dict cache",
            {
                "sigmoid_forward": number_by_number,
                "sigmoid_backward": lambda dout, c: dout * c["out"] * (1 - c["out"]),
            },
        ),
        Style(
            "by tanh, tuple cache",
            {
                "sigmoid_forward": lambda x: (0.5 * (1 + np.tanh(x / 2)), (x,)),
                "sigmoid_backward": lambda dout, c: (
                    dout / (4 * np.cosh(np.clip(c[0] / 2, -99, 99)) ** 2)
                ),
            },
        ),
        Style(
            "clipped exponent",
            {
                "sigmoid_forward": lambda x: (1 / (1 + np.exp(-np.clip(x, -500, 500))),) * 2,
                "sigmoid_backward": lambda dout, out: dout * (out - out**2),
            },
        ),
        Style(
            "by logaddexp, cache is a function",
            {
                "sigmoid_forward": lambda x: (
                    np.exp(-np.logaddexp(0, -x)),
                    lambda: np.logaddexp(0, x),
                ),
                "sigmoid_backward": lambda dout, c: dout * (1 - np.exp(-c())) * np.exp(-c()),
            },
        ),
    ],
)
