"""Batch normalization forward, at test time."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import normalization as norm

from .shared import (
    CLOSE,
    SLIDE,
    VARIANCE,
    Array,
    Draw,
    Inputs,
    by_the_course,
    column_by_column,
    columns,
    in_place,
    kept_axes,
    one_batch,
    running_statistics,
    scale_and_shift,
)

# --- probes ---------------------------------------------------------------------------------------


def one_by_one(forward, x, gamma, beta, bn_param):
    rows = [forward(x[i : i + 1], gamma, beta, bn_param)[0] for i in range(len(x))]
    return {"out, for one example at a time": rows}


def out_and_memory(forward, batches, gamma, beta, bn_param):
    return {
        "out": [forward(x, gamma, beta, bn_param)[0] for x in batches],
        "bn_param['running_mean']": bn_param.get("running_mean"),
        "bn_param['running_var']": bn_param.get("running_var"),
    }


# --- inputs ---------------------------------------------------------------------------------------


def at_test_time(
    n: int = 5, d: int = 4, var: float = VARIANCE, *, plain: bool = True, **bn_param: Any
) -> Draw:
    """A batch in mode "test", with running values that are not the batch's."""

    def inputs(rng: np.random.Generator) -> Inputs:
        return {
            "x": columns(rng, n, d, VARIANCE),
            **scale_and_shift(rng, d, plain),
            "bn_param": {"mode": "test", **running_statistics(rng, d, var), **bn_param},
        }

    return inputs


def batches_at_test_time(rng: np.random.Generator) -> Inputs:
    made = at_test_time()(rng)
    made["batches"] = [made.pop("x"), columns(rng, 3, 4, VARIANCE)]
    return made


# --- wrong answers --------------------------------------------------------------------------------

X_HAT = "x_hat = (x - running_mean) / np.sqrt(running_var + eps)"
OUT = "return gamma * x_hat + beta, None"
FROM_BATCH = "running_mean, running_var = x.mean(axis=0), x.var(axis=0)\n        "


def updates_too(x: Array, gamma: Array, beta: Array, bn_param: Any) -> Any:
    result = norm.batchnorm_forward(x, gamma, beta, bn_param)
    m = bn_param.get("momentum", 0.9)
    bn_param["running_mean"] = m * bn_param["running_mean"] + (1 - m) * x.mean(axis=0)
    bn_param["running_var"] = m * bn_param["running_var"] + (1 - m) * x.var(axis=0)
    return result


# --- the exercise ---------------------------------------------------------------------------------

batchnorm_test_mode = Exercise(
    name="batchnorm_test_mode",
    slide=SLIDE,
    answers=functions(norm.batchnorm_forward),
    tests=[
        Test("normalizes with the running values", one_batch, at_test_time(), 2, **CLOSE),
        Test(
            "scales by gamma and shifts by beta; x, gamma and beta stay as they were",
            one_batch,
            at_test_time(plain=False),
            untouched=("x", "gamma", "beta"),
            **CLOSE,
        ),
        Test(
            "eps as large as the running variances",
            one_batch,
            at_test_time(n=4, var=1.0, eps=1.0),
            **CLOSE,
        ),
        Test(
            "one example alone gets what it gets in a batch", one_by_one, at_test_time(n=3), **CLOSE
        ),
        Test(
            "two batches, and the running values stay as they were",
            out_and_memory,
            batches_at_test_time,
            **CLOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "the batch's own values",
            "At test time you still normalize with the mean and variance of the batch. Then the "
            "output for one example depends on the others in the batch, and for one alone nothing "
            "is left: x minus its mean is 0.",
            edit(norm.batchnorm_forward, (X_HAT, FROM_BATCH + X_HAT)),
        ),
        Mistake(
            "the batch's own variance",
            "The running mean is used, but not the running variance: you divide by the spread of "
            "whatever batch comes in.",
            edit(
                norm.batchnorm_forward,
                (X_HAT, "x_hat = (x - running_mean) / np.sqrt(x.var(axis=0) + eps)"),
            ),
        ),
        Mistake(
            "no eps",
            "At test time your result does not depend on eps. Training divided by the root of "
            "variance plus eps. At test time the function must be the same, or columns of small "
            "variance come out too large.",
            edit(norm.batchnorm_forward, ("np.sqrt(running_var + eps)", "np.sqrt(running_var)")),
        ),
        Mistake(
            "eps outside the root",
            "At test time you add eps after the root; as in training, it belongs to the variance.",
            edit(
                norm.batchnorm_forward,
                ("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)"),
            ),
            elsewhere=True,
        ),
        Mistake(
            "divided by the running variance",
            "You divide by the running variance itself. What was averaged is the variance, so its "
            "root is still to be taken.",
            edit(norm.batchnorm_forward, ("np.sqrt(running_var + eps)", "(running_var + eps)")),
        ),
        Mistake(
            "running variance times N / (N - 1)",
            "At test time you multiply the running variance by N / (N - 1), as the paper does. "
            "Here it is used as it was stored: a correction by the size of the batch makes the "
            "output depend on the batch again, and one example alone would divide by 0.",
            edit(
                norm.batchnorm_forward,
                (
                    "np.sqrt(running_var + eps)",
                    "np.sqrt(len(x) / (len(x) - 1) * running_var + eps)",
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "no gamma and beta",
            "At test time your output is the normalized x, without gamma and beta. The layers "
            "above have learned to work with the scaled and shifted output.",
            edit(norm.batchnorm_forward, (OUT, "return x_hat, None")),
        ),
        Mistake(
            "gamma and beta exchanged",
            "At test time your output is scaled with beta and shifted by gamma.",
            edit(norm.batchnorm_forward, (OUT, "return beta * x_hat + gamma, None")),
        ),
        Mistake(
            "goes on updating",
            "The output is right, but the running values have changed. At test time nothing is "
            "learned: otherwise results would depend on the order of the examples, and the test "
            "set would leak into the model.",
            {"batchnorm_forward": updates_too},
        ),
    ],
    styles=[
        Style("the course's steps", {"batchnorm_forward": by_the_course}),
        Style("in place, dict cache", {"batchnorm_forward": in_place}),
        Style("column by column", {"batchnorm_forward": column_by_column}),
        Style("keepdims, a list", {"batchnorm_forward": kept_axes}),
    ],
)
