"""Batch normalization backward, in closed form: it is asked what `batchnorm_backward` is asked."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, functions
from cs231n_lib import normalization as norm

from .both_backwards import TESTS, back, dx_of, other_ways, wrong_ways
from .shared import SLIDE

batchnorm_backward_alt = Exercise(
    name="batchnorm_backward_alt",
    slide=SLIDE,
    answers=functions(norm.batchnorm_forward, norm.batchnorm_backward_alt),
    tests=TESTS,
    mistakes=[
        *wrong_ways("batchnorm_backward_alt"),
        Mistake(
            "deviations that are not normalized",
            "Where the normalized x should stand, you have x minus its mean, not yet divided by "
            "the standard deviation.",
            back("batchnorm_backward_alt", dx=lambda d, c: dx_of(d, {**c, "x_hat": c["x_mu"]})),
        ),
        Mistake(
            "not divided by the standard deviation",
            "dx is not divided by the standard deviation. On the way out x was, so the gradient is "
            "on the way back.",
            back("batchnorm_backward_alt", dx=lambda d, c: dx_of(d, {**c, "inv_std": 1.0})),
        ),
    ],
    styles=other_ways("batchnorm_backward_alt"),
)
