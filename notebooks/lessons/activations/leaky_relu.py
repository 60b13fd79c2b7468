"""The exercise `leaky_relu`: a small slope, `alpha`, for negative inputs."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import (
    backward_with_alpha,
    contract_mistakes,
    forward_only,
    forward_with_alpha,
    only_x,
    two_alphas,
    two_layers_with_alpha,
    with_alpha,
    x_with_alpha,
)

__all__ = ["leaky_relu"]

leaky_relu = Exercise(
    name="leaky_relu",
    slide="Activation Functions",
    answers=functions(activations.leaky_relu_forward, activations.leaky_relu_backward),
    tests=[
        Test("forward: the slide's slope, when none is given", forward_only, only_x),
        Test(
            "forward: another alpha; x stays as it was",
            forward_with_alpha,
            x_with_alpha,
            untouched=("x",),
        ),
        Test(
            "backward: the gradient for x, with another alpha",
            backward_with_alpha,
            with_alpha,
            points=2,
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
            "slope on the wrong side",
            "The small slope belongs to the negative inputs: they leak. Yours shrinks the positive "
            "ones. Draw the curve, and compare it with the slide's.",
            {
                **edit(activations.leaky_relu_forward, ("x, alpha * x)", "alpha * x, x)")),
                **edit(
                    activations.leaky_relu_backward, ("dout, alpha * dout", "alpha * dout, dout")
                ),
            },
        ),
        Mistake(
            "0.01 by default",
            "0.01 is the slope of the first paper (Maas et al., 2013) and PyTorch's default. This "
            "lecture's slide has another number.",
            edit(activations.leaky_relu_forward, ("alpha: float = 0.1", "alpha: float = 0.01")),
            elsewhere=True,
        ),
        Mistake(
            "alpha ignored",
            "Whatever alpha is given, you use the slide's slope. It is an argument: a caller may "
            "pass another.",
            edit(activations.leaky_relu_forward, ("x = np.asarray(x)", "alpha = 0.1")),
        ),
        Mistake(
            "always 0.01",
            "The slope is 0.01 whatever alpha is given. 0.01 is a common choice elsewhere "
            "(PyTorch's default); here it is an argument, and its default is the slide's.",
            edit(activations.leaky_relu_forward, ("x = np.asarray(x)", "alpha = 0.01")),
        ),
        Mistake(
            "nothing leaks back",
            "Your backward pass is that of the plain ReLU: no gradient for negative inputs. But "
            "that gradient is the whole point of the leak.",
            edit(activations.leaky_relu_backward, ("alpha * dout", "0 * dout")),
        ),
        Mistake(
            "alpha on both sides",
            "In your backward pass every element is scaled by alpha. On the positive side the "
            "function is x itself: what is its slope?",
            edit(
                activations.leaky_relu_backward,
                ("np.where(x > 0, dout, alpha * dout)", "alpha * dout"),
            ),
        ),
        *contract_mistakes(activations.leaky_relu_forward, activations.leaky_relu_backward),
    ],
    styles=[
        Style(
            "maximum",
            {
                "leaky_relu_forward": lambda x, alpha=0.1: (np.maximum(alpha * x, x), (x, alpha)),
                "leaky_relu_backward": lambda dout, c: np.where(c[0] >= 0, dout, c[1] * dout),
            },
        ),
        Style(
            "keeps the slopes",
            {
                "leaky_relu_forward": lambda x, alpha=0.1: (
                    x * np.where(x < 0, alpha, 1),
                    np.where(x < 0, alpha, 1),
                ),
                "leaky_relu_backward": lambda dout, slope: slope * dout,
            },
        ),
        Style(
            "two parts, dict cache",
            {
                "leaky_relu_forward": lambda x, alpha=0.1: (
                    np.maximum(x, 0) + alpha * np.minimum(x, 0),
                    {"x": x, "a": alpha},
                ),
                "leaky_relu_backward": lambda dout, c: (
                    dout * ((c["x"] > 0) + c["a"] * (c["x"] <= 0))
                ),
            },
        ),
    ],
)
