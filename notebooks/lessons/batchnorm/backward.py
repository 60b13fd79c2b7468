"""Batch normalization backward, along the graph."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, edit, functions
from cs231n_lib import normalization as norm

from .both_backwards import TESTS, other_ways, wrong_ways
from .shared import SLIDE

VARIANCE = "variance_gradient(dout, cache)"
UNSUMMED = (VARIANCE, "dx_hat * x_mu * -0.5 * inv_std**3")

batchnorm_backward = Exercise(
    name="batchnorm_backward",
    slide=SLIDE,
    answers=functions(norm.batchnorm_forward, norm.batchnorm_backward),
    tests=TESTS,
    mistakes=[
        *wrong_ways("batchnorm_backward"),
        Mistake(
            "no sum on the way into the variance",
            "The gradient that goes into the variance still has a row for each example. There is "
            "one variance per column, and it reached every row: what comes back from the rows is "
            "added up.",
            edit(
                norm.batchnorm_backward,
                UNSUMMED,
            ),
        ),
        Mistake(
            "no sums on the way into variance and mean",
            "The gradients that go into the variance and into the mean still have a row for each "
            "example. Each of the two is one number per column that reached every row: what comes "
            "back from the rows is added up.",
            edit(
                norm.batchnorm_backward,
                UNSUMMED,
                ("dmean = -dx_mu.sum(axis=0)", "dmean = -dx_mu"),
            ),
        ),
        Mistake(
            "half the way through the variance",
            "The path through the variance comes back with half its strength. The square's slope "
            "has a factor of 2, the root's a factor of one half: is one of them missing?",
            edit(norm.batchnorm_backward, ("dvar * 2 * x_mu", "dvar * x_mu")),
        ),
        Mistake(
            "twice the way through the variance",
            "The path through the variance comes back twice as strong as it is. The square's slope "
            "has a factor of 2, the root's a factor of one half: is one of them missing?",
            edit(norm.batchnorm_backward, (VARIANCE, f"2 * {VARIANCE}")),
        ),
        Mistake(
            "another power of the standard deviation",
            "The way through the root has another power of the standard deviation than it should. "
            "Write the node as a power of (variance + eps) and differentiate that.",
            edit(norm.batchnorm_backward, (VARIANCE, f"{VARIANCE} / inv_std")),
        ),
    ],
    styles=other_ways("batchnorm_backward"),
)
