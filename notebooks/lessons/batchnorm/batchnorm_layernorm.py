"""Bonus exercise of notebook 03: layer normalization, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import normalization

from . import batchnorm_probes as ask
from .batchnorm_styles import LAYERNORM

__all__ = ["layernorm"]

SLIDE = "Batch Normalization (and Ba, Kiros and Hinton, 2016)"
TINY: ask.Inputs = {"n": 3, "d": 4, "var": 1e-3, "eps": 1e-3, "axis": 1}
PLAIN: ask.Inputs = {"n": 4, "d": 6, "axis": 1}


def _forward(*changes: tuple[str, str]) -> dict[str, Any]:
    return dict(edit(normalization.layernorm_forward, *changes))


def _backward(*changes: tuple[str, str]) -> dict[str, Any]:
    return dict(edit(normalization.layernorm_backward, *changes))


def _over_the_batch(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: Any) -> Any:
    eps = ln_param.get("eps", 1e-5)
    return normalization.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": eps})


SPREAD = 'np.sqrt((centred**2).mean(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))'
DX = "dx = (dnormed - mean - normed * projection) / spread"

layernorm = Exercise(
    name="layernorm",
    slide=SLIDE,
    answers=functions(normalization.layernorm_forward, normalization.layernorm_backward),
    tests=[
        Test(
            "forward: each example over its own features",
            ask.layer_out,
            ask.training(**PLAIN),
            untouched=("x", "gamma", "beta"),
            **ask.LOOSE,
        ),
        Test(
            "forward: variances as small as eps",
            ask.layer_out,
            ask.training(**TINY),
        ),
        Test(
            "forward: one example gets what it gets in company",
            ask.layer_alone,
            ask.training(**PLAIN),
            **ask.LOOSE,
        ),
        Test("backward: dx", ask.gradient_of_x, ask.training(**TINY, dout=True)),
        Test(
            "backward: dgamma and dbeta",
            ask.gradients_of_gamma_and_beta,
            ask.training(**TINY, dout=True),
        ),
        Test(
            "backward: two layers, each with its own cache; dout stays as it was",
            ask.two_ways_back,
            ask.two_ways(axis=1),
            untouched=("dout1", "dout2"),
            **ask.LOOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "over the batch",
            "You take mean and variance along the columns: this is batch normalization. Here every "
            "example is normalized over its own features, and does not know the others.",
            {
                "layernorm_forward": _over_the_batch,
                "layernorm_backward": normalization.batchnorm_backward,
            },
        ),
        Mistake(
            "eps outside the root",
            "You add eps after the root; as in batch normalization, it belongs to the variance.",
            _forward((SPREAD, SPREAD.replace(" + ln", ") + ln").removesuffix(")"))),
            elsewhere=True,
        ),
        Mistake(
            "no eps",
            "Your result takes no notice of eps: an example with equal features would be 0 divided "
            "by 0.",
            _forward((' + ln_param.get("eps", 1e-5)', "")),
        ),
        Mistake(
            "divided by D - 1",
            "You divide the sum of squares by D - 1. It is the mean of the D squares that "
            "normalizes an example.",
            _forward(
                ("(centred**2).mean(axis=1, keepdims=True)", "x.var(axis=1, ddof=1)[:, None]")
            ),
        ),
        Mistake(
            "divided by the variance",
            "You divide by the variance, not by the standard deviation.",
            _forward((SPREAD, SPREAD.removeprefix("np.sqrt"))),
        ),
        Mistake(
            "no gamma and beta",
            "Your output is the normalized x: gamma and beta, one number per feature as in batch "
            "normalization, are missing.",
            _forward(("normed * gamma + beta", "normed")),
        ),
        Mistake(
            "gamma outside the sums",
            "This is batch normalization's gradient with the axis changed, but gamma does not go "
            "along: here it differs within the sums, from feature to feature, so it must come in "
            "before them.",
            _backward(
                ("dnormed = dout * gamma", "dnormed = dout"), (DX, DX.replace("= ", "= gamma * "))
            ),
        ),
        Mistake(
            "gamma left out of dx",
            "dx is without gamma. On the way out x was multiplied by it, so the gradient is on the "
            "way back.",
            _backward(("dnormed = dout * gamma", "dnormed = dout")),
        ),
        Mistake(
            "mean multiplied by the standard deviation",
            "The path through the mean is not divided by the standard deviation, while the others "
            "are.",
            _backward((DX, DX.replace("- mean -", "- mean * spread -"))),
        ),
        Mistake(
            "path through the mean missing",
            "Your dx leaves out that each x moves the mean of its row. Adding one number to all "
            "features of an example changes no output: what must each row of dx add up to?",
            _backward((DX, DX.replace(" - mean", ""))),
        ),
        Mistake(
            "path through the variance missing",
            "Nothing comes back through the variance of the row.",
            _backward((DX, DX.replace(" - normed * projection", ""))),
        ),
        Mistake(
            "not divided by D",
            "The paths through mean and variance come back D times too strong. Both are averages "
            "over the D features.",
            _backward(
                ("dnormed.mean(axis=1", "dnormed.sum(axis=1"),
                ("(dnormed * normed).mean(", "(dnormed * normed).sum("),
            ),
        ),
        Mistake(
            "dgamma and dbeta summed over the features",
            "gamma and beta have one number per feature and serve every example: their gradients "
            "are sums over the examples. The axis of these sums is not that of the normalization.",
            _backward(
                (
                    "np.sum(dout * normed, axis=0), np.sum(dout, axis=0)",
                    "np.sum(dout * normed, axis=1), np.sum(dout, axis=1)",
                ),
            ),
        ),
    ],
    styles=LAYERNORM,
)
