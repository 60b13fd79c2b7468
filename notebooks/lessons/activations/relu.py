"""The exercise `relu`: its value and its slope, also at the kink."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import (
    Array,
    batch,
    contract_mistakes,
    forward_only,
    forward_then_backward,
    only_x,
    signed,
    two_inputs,
    two_layers,
)

__all__ = ["relu"]

# --- inputs ---------------------------------------------------------------------------------------


def infinities(rng):
    return {"x": np.append(signed(rng, (6,))[0], [-np.inf, np.inf])}


def at_zero(rng):
    """Zeros among other numbers: a gradient of zeros everywhere is not right."""
    x, dout = signed(rng, (12,))
    x[rng.permutation(12)[:4]] = 0
    return {"x": x, "dout": dout}


# --- a property -----------------------------------------------------------------------------------


def slope_is_zero_or_one(inputs, values, expected):
    dx, kink = values["dx"], inputs["x"] == 0
    if not np.allclose(dx[~kink], expected["dx"][~kink]):
        return "`dx` is wrong where x is not 0."
    slope = dx[kink] / inputs["dout"][kink]
    if np.allclose(slope, 0) or np.allclose(slope, 1):
        return ""
    return "Where x is exactly 0, the slope is neither that of the left side nor of the right side."


# --- other right answers --------------------------------------------------------------------------


def selected(x: Array) -> tuple[Array, Array]:
    out = x.copy()
    out[x < 0] = 0
    return out, x >= 0


def gradient_in_a_copy(dout: Array, cache: Array) -> Array:
    dx = np.array(dout)
    dx[~cache] = 0
    return dx


# --- the exercise ---------------------------------------------------------------------------------

relu = Exercise(
    name="relu",
    slide="Activation Functions",
    answers=functions(activations.relu_forward, activations.relu_backward),
    tests=[
        Test("forward: the values; x stays as it was", forward_only, only_x, untouched=("x",)),
        Test("forward: minus infinity gives 0", forward_only, infinities),
        Test("backward: the gradient for x", forward_then_backward, batch, points=2),
        Test(
            "backward: zeros among the inputs, where the slope is 0 or 1",
            forward_then_backward,
            at_zero,
            holds=slope_is_zero_or_one,
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
            "NaN at infinity",
            "Your forward pass computes 0·inf or inf - inf, and both are NaN. Selecting numbers "
            "is safer than doing arithmetic with numbers that you want to discard.",
            edit(activations.relu_forward, ("np.maximum(0, x)", "x * (x > 0)")),
        ),
        Mistake(
            "mask from the sign of dout",
            "You let the positive GRADIENTS pass. Which elements pass was decided in the forward "
            "pass, by x: where the output was cut to 0, changing x changes nothing.",
            edit(activations.relu_backward, ("x > 0", "dout > 0")),
        ),
        Mistake(
            "two masks",
            "You stop the gradient where x was negative (right) and also where the gradient itself "
            "is. That is 'guided backpropagation', made for pictures of what a network sees; it is "
            "not the gradient of anything, and weights could then only be pushed one way.",
            edit(activations.relu_backward, ("x > 0", "(x > 0) & (dout > 0)")),
            elsewhere=True,
        ),
        Mistake(
            "no mask",
            "The gradient passes everywhere, as if there were no ReLU. What is the slope of the "
            "function on the flat side?",
            edit(activations.relu_backward, ("np.where(x > 0, dout, 0.0)", "1.0 * dout")),
        ),
        Mistake(
            "gradient on the wrong side",
            "The gradient passes where x is negative and is stopped where it is positive: the mask "
            "is upside down.",
            edit(activations.relu_backward, ("x > 0", "x <= 0")),
        ),
        Mistake(
            "half a slope at 0",
            "Half-way between the two sides is a valid subgradient, but not what libraries do: "
            "they decide for one of the sides, and so does this course.",
            edit(
                activations.relu_backward,
                ("np.where(x > 0, dout, 0.0)", "dout * np.heaviside(x, 0.5)"),
            ),
            elsewhere=True,
        ),
        *contract_mistakes(activations.relu_forward, activations.relu_backward),
    ],
    styles=[
        Style(
            "selected, slope 1 at 0",
            {"relu_forward": selected, "relu_backward": gradient_in_a_copy},
        ),
        Style(
            "keeps out",
            {
                "relu_forward": lambda x: (np.clip(x, 0, None),) * 2,
                "relu_backward": lambda dout, out: dout * (out > 0),
            },
        ),
        Style(
            "where, dict cache",
            {
                "relu_forward": lambda x: (np.where(x > 0, x, 0), {"x": x}),
                "relu_backward": lambda dout, c: np.where(c["x"] >= 0, dout, 0),
            },
        ),
    ],
)
