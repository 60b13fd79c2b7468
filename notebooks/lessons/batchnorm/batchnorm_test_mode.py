"""Exercise of notebook 03: batch normalization forward, at test time."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, functions
from cs231n_lib import normalization

from . import batchnorm_probes as ask
from .batchnorm_forward import SLIDE, wrong
from .batchnorm_styles import FORWARD

__all__ = ["batchnorm_test_mode"]

X = ("x", "gamma", "beta")
TEST_X_HAT = "x_hat = (x - running_mean) / np.sqrt(running_var + eps)"
TEST_OUT = "return gamma * x_hat + beta, None"
OWN = "running_mean, running_var = x.mean(axis=0), x.var(axis=0)\n        "


def updates_too(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: Any) -> Any:
    result = normalization.batchnorm_forward(x, gamma, beta, bn_param)
    m = bn_param.get("momentum", 0.9)
    bn_param["running_mean"] = m * bn_param["running_mean"] + (1 - m) * x.mean(axis=0)
    bn_param["running_var"] = m * bn_param["running_var"] + (1 - m) * x.var(axis=0)
    return result


batchnorm_test_mode = Exercise(
    name="batchnorm_test_mode",
    slide=SLIDE,
    answers=functions(normalization.batchnorm_forward),
    tests=[
        Test(
            "normalizes with the running values", ask.one_batch, ask.at_test_time(), 2, **ask.LOOSE
        ),
        Test(
            "running variances as small as eps",
            ask.one_batch,
            ask.at_test_time(n=4, var=1e-3, eps=1e-3),
        ),
        Test(
            "one example gets what it gets in company",
            ask.one_by_one,
            ask.at_test_time(n=3),
            **ask.LOOSE,
        ),
        Test("running values stay as they were", ask.running_values, ask.batches_at_test_time),
        Test(
            "x, gamma and beta stay as they were",
            ask.one_batch,
            ask.at_test_time(n=4, d=3),
            untouched=X,
            **ask.LOOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "the batch's own values",
            "At test time you still normalize with the mean and variance of the batch. Then what "
            "is said about one example depends on who else is in the batch, and for one alone "
            "nothing is left: x minus its mean is 0.",
            wrong((TEST_X_HAT, OWN + TEST_X_HAT)),
        ),
        Mistake(
            "the batch's own variance",
            "The running mean is used, but not the running variance: you divide by the spread of "
            "the batch that happens to be there.",
            wrong((TEST_X_HAT, "x_hat = (x - running_mean) / np.sqrt(x.var(axis=0) + eps)")),
        ),
        Mistake(
            "no eps",
            "At test time your result takes no notice of eps. Training divided by the root of "
            "variance plus eps: at test time the same function has to be computed, or small "
            "variances come out too large.",
            wrong(("np.sqrt(running_var + eps)", "np.sqrt(running_var)")),
        ),
        Mistake(
            "eps outside the root",
            "At test time you add eps after the root; as in training, it belongs to the variance.",
            wrong(("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)")),
            elsewhere=True,
        ),
        Mistake(
            "divided by the running variance",
            "You divide by the running variance itself. What was averaged is the variance, so its "
            "root is still to be taken.",
            wrong(("np.sqrt(running_var + eps)", "(running_var + eps)")),
        ),
        Mistake(
            "no gamma and beta",
            "At test time your output is the normalized x, without gamma and beta. The layers "
            "above have learned to work with the scaled and shifted output.",
            wrong((TEST_OUT, "return x_hat, None")),
        ),
        Mistake(
            "gamma and beta exchanged",
            "At test time your output is scaled with beta and shifted by gamma.",
            wrong((TEST_OUT, "return beta * x_hat + gamma, None")),
        ),
        Mistake(
            "goes on updating",
            "The output is right, but the running values have changed. At test time nothing is "
            "learned: otherwise results would depend on the order of the questions, and the test "
            "set would leak into the model.",
            {"batchnorm_forward": updates_too},
        ),
    ],
    styles=FORWARD,
)
