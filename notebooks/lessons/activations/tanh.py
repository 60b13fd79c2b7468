"""The exercise `tanh`: its value and its slope."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import (
    batch,
    contract_mistakes,
    extremes,
    forward_only,
    forward_then_backward,
    only_x,
    two_inputs,
    two_layers,
)

__all__ = ["tanh"]

tanh = Exercise(
    name="tanh",
    slide="Activation Functions",
    answers=functions(activations.tanh_forward, activations.tanh_backward),
    tests=[
        Test("forward: the values; x stays as it was", forward_only, only_x, untouched=("x",)),
        Test("forward: ±1000 gives no warning and no NaN", forward_only, extremes, quiet=True),
        Test("backward: the gradient for x", forward_then_backward, batch, points=2),
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
            "The textbook's quotient of exponentials overflows far from 0, and inf/inf is NaN. "
            "NumPy has a function that takes care of this.",
            edit(
                activations.tanh_forward,
                (
                    "return out, out",
                    "return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), out",
                ),
            ),
        ),
        Mistake(
            "derivative from x instead of out",
            "You squared the input; the formula squares the function's VALUE. At x = 3 the true "
            "slope is 0.0099, yours is -8.",
            edit(activations.tanh_forward, ("return out, out", "return out, x")),
        ),
        Mistake(
            "square forgotten",
            "The value is not squared in your slope. The slope of tanh depends on |x| only: it is "
            "the same at -2 and at 2; yours is not.",
            edit(activations.tanh_backward, ("out**2", "out")),
        ),
        Mistake(
            "tanh taken twice",
            "What your forward pass stored was already the value of tanh, and your backward pass "
            "took its tanh again.",
            edit(activations.tanh_backward, ("out = cache", "out = np.tanh(cache)")),
        ),
        Mistake(
            "slope of the sigmoid",
            "That is the short form of the sigmoid's slope, with tanh in it. tanh has a short form "
            "of its own: at 0 it must give 1.",
            edit(activations.tanh_backward, ("(1.0 - out**2)", "out * (1 - out)")),
        ),
        *contract_mistakes(activations.tanh_forward, activations.tanh_backward),
    ],
    styles=[
        Style(
            "keeps x",
            {
                "tanh_forward": lambda x: (np.tanh(x), (x,)),
                "tanh_backward": lambda dout, c: dout * (1 - np.tanh(c[0]) ** 2),
            },
        ),
        Style(
            "by an exponential that cannot overflow, 1/cosh²",
            {
                "tanh_forward": lambda x: (
                    -np.sign(x) * np.expm1(-2 * abs(x)) / (1 + np.exp(-2 * abs(x))),
                    {"x": x},
                ),
                "tanh_backward": lambda dout, c: dout / np.cosh(c["x"]) ** 2,
            },
        ),
        Style(
            "factored",
            {
                "tanh_forward": lambda x: (np.tanh(x),) * 2,
                "tanh_backward": lambda dout, out: dout * (1 - out) * (1 + out),
            },
        ),
    ],
)
