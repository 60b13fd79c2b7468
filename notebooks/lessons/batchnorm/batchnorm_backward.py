"""Exercises of notebook 03: batch normalization backward, along the graph and in closed form.

What is expected is the gradient of the REFERENCE's forward pass (tests/test_normalization.py
compares that with a numeric one), while a student's backward pass is given its own forward's cache:
so a right gradient of a wrong function is caught, and any cache will do.
"""

from __future__ import annotations

from typing import Any

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import normalization

from . import batchnorm_probes as ask
from .batchnorm_forward import SLIDE
from .batchnorm_gradients import dx_of, mistakes, seen, wrong_gradients
from .batchnorm_styles import BACKWARD, BACKWARD_ALT

__all__ = ["batchnorm_backward", "batchnorm_backward_alt"]

TINY: ask.Inputs = {"n": 4, "d": 3, "var": 1e-3, "eps": 1e-3}


TESTS = [
    Test("dx", ask.gradient_of_x, ask.training(dout=True), 2, **ask.LOOSE),
    Test("dgamma and dbeta", ask.gradients_of_gamma_and_beta, ask.training(dout=True), **ask.LOOSE),
    Test(
        "dx where the variance is as small as eps",
        ask.gradient_of_x,
        ask.training(**TINY, dout=True),
        2,
    ),
    Test(
        "dgamma and dbeta where the variance is as small as eps",
        ask.gradients_of_gamma_and_beta,
        ask.training(**TINY, dout=True),
    ),
    Test(
        "two layers: each backward uses its own cache; dout stays as it was",
        ask.two_ways_back,
        ask.two_ways(),
        untouched=("dout1", "dout2"),
        **ask.LOOSE,
    ),
]


def _graph(*changes: tuple[str, str]) -> dict[str, Any]:
    return dict(edit(normalization.batchnorm_backward, *changes))


D_INV_STD = "dinv_std = (dx_hat * x_mu).sum(axis=0)"

batchnorm_backward = Exercise(
    name="batchnorm_backward",
    slide=SLIDE,
    answers=functions(normalization.batchnorm_forward, normalization.batchnorm_backward),
    tests=TESTS,
    mistakes=[
        *mistakes("batchnorm_backward"),
        Mistake(
            "no sum on the way into the variance",
            "The gradient that goes into the variance still has a row for each example. There is "
            "one variance per column, and it reached every row: what comes back from the rows is "
            "added up.",
            _graph((D_INV_STD, "dinv_std = dx_hat * x_mu")),
        ),
        Mistake(
            "half the way through the variance",
            "The path through the variance comes back with half its strength. The square's slope "
            "has a factor of 2, the root's a factor of one half: is one of them missing?",
            _graph(("dvar * 2 * x_mu", "dvar * x_mu")),
        ),
        Mistake(
            "twice the way through the variance",
            "The path through the variance comes back twice as strong as it is. The square's slope "
            "has a factor of 2, the root's a factor of one half: is one of them missing?",
            _graph(("* -0.5 *", "* -1.0 *")),
        ),
        Mistake(
            "another power of the standard deviation",
            "The way through the root has another power of the standard deviation than it should. "
            "Write the node as a power of (variance + eps) and differentiate that.",
            _graph(("inv_std**3", "inv_std**2")),
        ),
    ],
    styles=BACKWARD,
)

batchnorm_backward_alt = Exercise(
    name="batchnorm_backward_alt",
    slide=SLIDE,
    answers=functions(normalization.batchnorm_forward, normalization.batchnorm_backward_alt),
    tests=TESTS,
    mistakes=[
        *mistakes("batchnorm_backward_alt"),
        Mistake(
            "deviations that are not normalized",
            "Where the normalized x should stand, you have x minus its mean, not yet divided by "
            "the standard deviation.",
            {
                "batchnorm_forward": seen,
                "batchnorm_backward_alt": wrong_gradients(
                    lambda d, c: dx_of(d, {**c, "x_hat": c["x_mu"]}),
                ),
            },
        ),
        Mistake(
            "not divided by the standard deviation",
            "dx is not divided by the standard deviation. On the way out x was, so the gradient is "
            "on the way back.",
            {
                "batchnorm_forward": seen,
                "batchnorm_backward_alt": wrong_gradients(
                    lambda d, c: dx_of(d, {**c, "inv_std": 1.0})
                ),
            },
        ),
    ],
    styles=BACKWARD_ALT,
)
