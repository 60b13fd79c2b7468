"""Bonus: layer normalization, forward and backward."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import normalization as norm

from .shared import (
    CLOSE,
    Array,
    Inputs,
    back_by_the_course,
    by_the_course,
    gradients_of_one_batch,
    training,
    two_ways,
    two_ways_back,
)

# --- probes ---------------------------------------------------------------------------------------


def layer_out(forward, backward, x, gamma, beta, bn_param):
    out, cache = forward(x, gamma, beta, bn_param)
    return {"out": out}


def eps_given_or_not(forward, backward, x, gamma, beta, dout, given, not_given):
    results = {}
    for case, ln_param in (("eps given", given), ("no eps given", not_given)):
        out, cache = forward(x.copy(), gamma, beta, ln_param)
        results[f"out, {case}"] = out
        results[f"dx, {case}"] = backward(dout.copy(), cache)[0]
    return results


def layer_alone(forward, backward, x, gamma, beta, bn_param):
    rows = [forward(x[i : i + 1], gamma, beta, bn_param)[0] for i in range(len(x))]
    return {"out, for one example at a time": rows}


# --- inputs ---------------------------------------------------------------------------------------

SMALL: Inputs = {"n": 4, "d": 6, "axis": 1}


def small_variances(rng: np.random.Generator) -> Inputs:
    """Variances against which the eps that is given and the one that is not both count."""
    drawn = training(**SMALL, var=1e-3, wanted="dx")(rng)
    kept = {name: drawn[name] for name in ("x", "gamma", "beta", "dout")}
    return {**kept, "given": {"eps": 1e-2}, "not_given": {}}


# --- other right answers --------------------------------------------------------------------------


def transposed(x: Array, gamma: Array, beta: Array, ln_param: Any) -> tuple[Array, Any]:
    """Batch norm of the transposed batch, without its gamma and beta."""
    bn_param = {"mode": "train", "eps": ln_param.get("eps", 1e-5)}
    out, cache = by_the_course(x.T, np.ones(len(x)), np.zeros(len(x)), bn_param)
    return out.T * gamma + beta, (cache, out.T, gamma)


def transposed_back(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    inner, normed, gamma = cache
    dx, _, _ = back_by_the_course((dout * gamma).T, inner)
    return dx.T, (dout * normed).sum(0), dout.sum(0)


def row_by_row(x: Array, gamma: Array, beta: Array, ln_param: Any) -> tuple[Array, Any]:
    rows = [(row - row.mean()) / math.sqrt(row.var() + ln_param.get("eps", 1e-5)) for row in x]
    spreads = [math.sqrt(row.var() + ln_param.get("eps", 1e-5)) for row in x]
    cache = {"rows": rows, "spreads": spreads, "gamma": gamma}
    return np.array([gamma * row + beta for row in rows]), cache


def row_by_row_back(dout: Array, cache: Any) -> list[Array]:
    dx = []
    for d, row, spread in zip(dout * cache["gamma"], cache["rows"], cache["spreads"], strict=True):
        matrix = np.eye(len(row)) - 1 / len(row) - np.outer(row, row) / len(row)
        dx.append(matrix @ d / spread)
    return [np.array(dx), (dout * np.array(cache["rows"])).sum(0), dout.sum(0)]


def kept_rows(x: Array, gamma: Array, beta: Array, ln_param: Any) -> tuple[Array, Any]:
    eps = ln_param.get("eps", 1e-5)
    xc = x - np.sum(x, axis=1, keepdims=True) / x.shape[1]
    ivar = np.power(np.var(x, axis=1)[:, None] + eps, -0.5)
    return xc * ivar * gamma[None] + beta[None], (xc, ivar, gamma)


def kept_rows_back(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    xc, ivar, gamma = cache
    d = xc.shape[1]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xc, axis=1, keepdims=True) * -0.5 * ivar**3
    dmean = -np.sum(dxhat * ivar, axis=1, keepdims=True)
    return dxhat * ivar + dvar * 2 * xc / d + dmean / d, sum(dout * xc * ivar), sum(dout)


# --- wrong answers --------------------------------------------------------------------------------

MEAN_OVER_BATCH = ("dnormed.mean(axis=1, keepdims=True)", "dnormed.mean(axis=0)")
VARIANCE_OVER_BATCH = (
    "(dnormed * normed).mean(axis=1, keepdims=True)",
    "(dnormed * normed).mean(axis=0)",
)


def over_the_batch(x: Array, gamma: Array, beta: Array, ln_param: Any) -> Any:
    bn_param = {"mode": "train", "eps": ln_param.get("eps", 1e-5)}
    return norm.batchnorm_forward(x, gamma, beta, bn_param)


# --- the exercise ---------------------------------------------------------------------------------

layernorm = Exercise(
    name="layernorm",
    slide="Batch Normalization (and Ba, Kiros and Hinton, 2016)",
    answers=functions(norm.layernorm_forward, norm.layernorm_backward),
    tests=[
        Test(
            "forward: each example over its own features",
            layer_out,
            training(**SMALL),
            untouched=("x", "gamma", "beta"),
            **CLOSE,
        ),
        Test(
            "forward and backward: eps as given, and 1e-5 if not",
            eps_given_or_not,
            small_variances,
            **CLOSE,
        ),
        Test(
            "forward: one example alone gets what it gets in a batch",
            layer_alone,
            training(**SMALL),
            **CLOSE,
        ),
        Test("backward: dx", gradients_of_one_batch, training(**SMALL, wanted="dx"), **CLOSE),
        Test(
            "backward: dgamma and dbeta",
            gradients_of_one_batch,
            training(**SMALL, wanted="dgamma dbeta"),
            **CLOSE,
        ),
        Test(
            "backward: two layers, each with its own cache; x and dout stay as they were",
            two_ways_back,
            two_ways(axis=1),
            untouched=("dout1", "dout2"),
            **CLOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "over the batch",
            "You take mean and variance along the columns: this is batch normalization. Here every "
            "example is normalized over its own features, without the others.",
            {"layernorm_forward": over_the_batch, "layernorm_backward": norm.batchnorm_backward},
        ),
        Mistake(
            "eps outside the root",
            "You add eps after the root; as in batch normalization, it belongs to the variance.",
            edit(
                norm.layernorm_forward,
                ('True) + ln_param.get("eps", 1e-5))', 'True)) + ln_param.get("eps", 1e-5)'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "no eps",
            "Your result does not depend on eps: an example with equal features would be 0 divided "
            "by 0.",
            edit(norm.layernorm_forward, (' + ln_param.get("eps", 1e-5)', "")),
        ),
        Mistake(
            "divided by D - 1",
            "You divide the sum of squares by D - 1. It is the mean of the D squares that "
            "normalizes an example.",
            edit(
                norm.layernorm_forward,
                ("(centred**2).mean(axis=1, keepdims=True)", "x.var(axis=1, ddof=1)[:, None]"),
            ),
        ),
        Mistake(
            "divided by the variance",
            "You divide by the variance, not by the standard deviation.",
            edit(norm.layernorm_forward, ("np.sqrt(", "(")),
        ),
        Mistake(
            "no gamma and beta",
            "Your output is the normalized x: gamma and beta, one number per feature as in batch "
            "normalization, are missing.",
            edit(norm.layernorm_forward, ("normed * gamma + beta", "normed")),
        ),
        Mistake(
            "gamma outside the sums",
            "This is batch normalization's gradient with the axis changed, but gamma does not go "
            "along: here it differs within the sums, from feature to feature, so it must come in "
            "before them.",
            edit(
                norm.layernorm_backward,
                ("dnormed = dout * gamma", "dnormed = dout"),
                ("dx = (", "dx = gamma * ("),
            ),
        ),
        Mistake(
            "gamma left out of dx",
            "dx is without gamma. On the way out x was multiplied by it, so the gradient is on the "
            "way back.",
            edit(norm.layernorm_backward, ("dnormed = dout * gamma", "dnormed = dout")),
        ),
        Mistake(
            "mean multiplied by the standard deviation",
            "The path through the mean is not divided by the standard deviation, while the others "
            "are.",
            edit(norm.layernorm_backward, ("- mean -", "- mean * spread -")),
        ),
        Mistake(
            "path through the mean missing",
            "Your dx leaves out that each x moves the mean of its row. Adding one number to all "
            "features of an example changes no output: what must each row of dx add up to?",
            edit(norm.layernorm_backward, ("dnormed - mean", "dnormed")),
        ),
        Mistake(
            "path through the variance missing",
            "Nothing comes back through the variance of the row.",
            edit(norm.layernorm_backward, (" - normed * projection", "")),
        ),
        Mistake(
            "mean's gradient averaged over the batch",
            "What comes back through the mean is averaged over the examples. Each example has a "
            "mean of its own, so this is an average over its features.",
            edit(norm.layernorm_backward, MEAN_OVER_BATCH),
        ),
        Mistake(
            "variance's gradient averaged over the batch",
            "What comes back through the variance is averaged over the examples. Each example has "
            "a variance of its own, so this is an average over its features.",
            edit(norm.layernorm_backward, VARIANCE_OVER_BATCH),
        ),
        Mistake(
            "both gradients averaged over the batch",
            "What comes back through mean and variance is averaged over the examples, as in batch "
            "normalization. Each example has its own two: average over its features.",
            edit(norm.layernorm_backward, MEAN_OVER_BATCH, VARIANCE_OVER_BATCH),
        ),
        Mistake(
            "not divided by D",
            "The paths through mean and variance come back D times too strong. Both are averages "
            "over the D features.",
            edit(
                norm.layernorm_backward,
                ("dnormed.mean(axis=1", "dnormed.sum(axis=1"),
                ("(dnormed * normed).mean(", "(dnormed * normed).sum("),
            ),
        ),
        Mistake(
            "dgamma and dbeta summed over the features",
            "gamma and beta have one number per feature and serve every example: their gradients "
            "are sums over the examples. The axis of these sums is not that of the normalization.",
            edit(
                norm.layernorm_backward,
                (
                    "np.sum(dout * normed, axis=0), np.sum(dout, axis=0)",
                    "np.sum(dout * normed, axis=1), np.sum(dout, axis=1)",
                ),
            ),
        ),
    ],
    styles=[
        Style(
            "batch norm, transposed",
            {"layernorm_forward": transposed, "layernorm_backward": transposed_back},
        ),
        Style(
            "row by row", {"layernorm_forward": row_by_row, "layernorm_backward": row_by_row_back}
        ),
        Style(
            "keepdims, by the graph",
            {"layernorm_forward": kept_rows, "layernorm_backward": kept_rows_back},
        ),
    ],
)
