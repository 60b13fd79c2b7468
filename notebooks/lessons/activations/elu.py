"""The exercise `elu`: a straight line for positive inputs, an exponential for negative ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import (
    Array,
    backward_at_extremes,
    backward_with_alpha,
    contract_mistakes,
    extremes,
    extremes_with_dout,
    forward_only,
    forward_with_alpha,
    only_x,
    two_alphas,
    two_layers_with_alpha,
    with_alpha,
    x_with_alpha,
)

__all__ = ["elu"]

# --- other right answers --------------------------------------------------------------------------


def selected(x: Array, alpha: float = 1.0) -> tuple[Array, Any]:
    out = np.array(x, dtype=float)
    low = out <= 0
    out[low] = alpha * (np.exp(out[low]) - 1)
    return out, {"out": out, "alpha": alpha}


def gradient_from_out(dout: Array, cache: Any) -> Array:
    dx = dout.copy()
    low = cache["out"] <= 0
    dx[low] *= cache["out"][low] + cache["alpha"]
    return dx


# --- wrong answers --------------------------------------------------------------------------------


def with_slope(slope: str) -> dict[str, Any]:
    """A backward pass with another slope, written in `x`, `alpha` and the forward pass's `out`."""
    return edit(
        activations.elu_backward,
        ("x, alpha = cache", "x, alpha = cache\n    out = elu_forward(x, alpha)[0]"),
        ("np.where(x > 0, dout, alpha * np.exp(np.minimum(x, 0)) * dout)", f"dout * ({slope})"),
    )


# --- the exercise ---------------------------------------------------------------------------------

elu = Exercise(
    name="elu",
    slide="Activation Functions",
    answers=functions(activations.elu_forward, activations.elu_backward),
    tests=[
        Test("forward: alpha = 1, when none is given", forward_only, only_x),
        Test(
            "forward: another alpha; x stays as it was",
            forward_with_alpha,
            x_with_alpha,
            untouched=("x",),
        ),
        Test("forward: ±1000 gives no warning and no NaN", forward_only, extremes, quiet=True),
        Test(
            "backward: the gradient for x, with another alpha",
            backward_with_alpha,
            with_alpha,
            points=2,
        ),
        Test(
            "backward: ±1000 gives no warning and no NaN",
            backward_at_extremes,
            extremes_with_dout,
            quiet=True,
        ),
        Test(
            "two layers: each backward uses its own cache; x and dout stay as they were",
            two_layers_with_alpha,
            two_alphas,
            untouched=("x1", "x2", "dout1", "dout2"),
        ),
    ],
    mistakes=[
        Mistake(
            "overflow in the branch that is not used",
            "The numbers are right, but numpy warns: both branches are computed everywhere before "
            "one is selected, and exp of a large positive x overflows. Make sure that exp never "
            "receives a positive number.",
            edit(activations.elu_forward, ("np.expm1(np.minimum(x, 0))", "(np.exp(x) - 1)")),
        ),
        Mistake(
            "the gradient overflows in the branch that is not used",
            "The gradient's numbers are right, but numpy warns: exp is also computed for the large "
            "positive x, whose result is thrown away afterwards.",
            edit(activations.elu_backward, ("np.exp(np.minimum(x, 0))", "np.exp(x)")),
        ),
        Mistake(
            "alpha missing",
            "Your result is the one for alpha = 1, whatever alpha is given. alpha says how far "
            "down the curve goes: it ends at -alpha.",
            edit(activations.elu_forward, ("x = np.asarray(x)", "alpha = 1.0")),
        ),
        Mistake(
            "minus one forgotten",
            "On the negative side your curve ends at 0 and jumps at x = 0. ELU goes through the "
            "origin without a jump: something is subtracted inside the bracket.",
            edit(activations.elu_forward, ("np.expm1", "np.exp")),
        ),
        Mistake(
            "out + alpha on the positive side",
            "Your slope on the positive side is made from out and alpha: that is the short form "
            "for the NEGATIVE side. Where the function is x itself, what is its slope?",
            with_slope("out + alpha"),
        ),
        Mistake(
            "branches exchanged in the gradient",
            "The exponential's slope is used for positive x, the straight line's for negative x.",
            with_slope("np.where(x > 0, out + alpha, 1)"),
        ),
        Mistake(
            "out + 1",
            "This short form is right for alpha = 1 only. Take the derivative of the negative "
            "branch again, with alpha in it, and then express it by out.",
            with_slope("np.where(x > 0, 1, out + 1)"),
        ),
        Mistake(
            "out instead of the slope",
            "On the negative side you multiply by the function's value. The value there is "
            "negative and the curve rises: can its slope be negative?",
            with_slope("np.where(x > 0, 1, out)"),
        ),
        *contract_mistakes(activations.elu_forward, activations.elu_backward),
    ],
    styles=[
        Style("selected, from out", {"elu_forward": selected, "elu_backward": gradient_from_out}),
        Style(
            "two parts",
            {
                "elu_forward": lambda x, alpha=1.0: (
                    np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1),
                    (x, alpha),
                ),
                "elu_backward": lambda dout, c: (
                    dout * ((c[0] > 0) + (c[0] <= 0) * c[1] * np.exp(-abs(c[0])))
                ),
            },
        ),
        Style(
            "keeps the slopes",
            {
                "elu_forward": lambda x, alpha=1.0: (
                    np.where(x > 0, x, alpha * np.expm1(-abs(x))),
                    np.where(x >= 0, 1, alpha * np.exp(-abs(x))),
                ),
                "elu_backward": lambda dout, slope: dout * slope,
            },
        ),
    ],
)
