"""Batch normalization forward, while training."""

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
    signed,
    training,
)

# --- probes ---------------------------------------------------------------------------------------


def eps_given_or_not(forward, x, gamma, beta, given, not_given):
    return {
        "out, eps given": forward(x.copy(), gamma, beta, given)[0],
        "out, no eps given": forward(x, gamma, beta, not_given)[0],
    }


def running_values(forward, batches, gamma, beta, bn_param):
    for x in batches:
        forward(x, gamma, beta, bn_param)
    names = ["running_mean", "running_var"]
    return {f"bn_param[{name!r}]": bn_param.get(name) for name in names}


def momentum_given_or_not(forward, batches, gamma, beta, given, not_given):
    for x in batches:
        forward(x.copy(), gamma, beta, given)
        forward(x, gamma, beta, not_given)
    return {
        f"{name}, {case}": bn_param.get(name)
        for case, bn_param in (("momentum given", given), ("no momentum given", not_given))
        for name in ("running_mean", "running_var")
    }


def two_layers(forward, first, second):
    out: list[list[np.ndarray]] = [[], []]
    for step in range(3):
        for layer, results in zip([first, second], out, strict=True):
            x = layer["batches"][step]
            results.append(forward(x, layer["gamma"], layer["beta"], layer["bn_param"])[0])
    return {
        "out of the first layer": out[0],
        "out of the second layer": out[1],
        "first bn_param['running_mean']": first["bn_param"].get("running_mean"),
        "second bn_param['running_var']": second["bn_param"].get("running_var"),
    }


# --- inputs ---------------------------------------------------------------------------------------


def small_variances(rng: np.random.Generator) -> Inputs:
    """Variances against which the eps that is given and the one that is not both count."""
    made = training(var=1e-3, plain=True)(rng)
    not_given = made.pop("bn_param")
    return {**made, "given": {**not_given, "eps": 1e-2}, "not_given": not_given}


def far_from_zero(rng: np.random.Generator) -> Inputs:
    """x² is about 1e18, where neighbouring numbers are 128 apart: it has lost the variance."""
    x = columns(rng, 40, 5, VARIANCE) + 1e9 * signed(rng, 5, least=0.8, most=1.2)
    return {"x": x, **scale_and_shift(rng, 5, plain=True), "bn_param": {"mode": "train"}}


def batches(count: int, seeded: bool = False, **bn_param: Any) -> Draw:
    """Some batches of 4 rows in a row; `seeded`: running values are there already."""

    def inputs(rng: np.random.Generator) -> Inputs:
        stored = running_statistics(rng, 3) if seeded else {}
        return {
            "batches": [columns(rng, 4, 3, VARIANCE) for _ in range(count)],
            **scale_and_shift(rng, 3),
            "bn_param": {"mode": "train", "momentum": 0.9, **bn_param, **stored},
        }

    return inputs


def with_and_without_momentum(rng: np.random.Generator) -> Inputs:
    made = batches(2)(rng)
    del made["bn_param"]
    return {**made, "given": {"mode": "train", "momentum": 0.6}, "not_given": {"mode": "train"}}


def both_layers(rng: np.random.Generator) -> Inputs:
    return {"first": batches(3)(rng), "second": batches(3)(rng)}


# --- wrong answers --------------------------------------------------------------------------------

MEAN, VAR = "mean = x.mean(axis=0)", "var = ((x - mean) ** 2).mean(axis=0)"
INV_STD = "inv_std = 1 / np.sqrt(var + eps)"
OUT = "return gamma * x_hat + beta, (x_hat, inv_std, gamma)"
KEEP_MEAN = 'bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean'
KEEP_VAR = 'bn_param["running_var"] = momentum * running_var + (1 - momentum) * var'


def writes_into_x(x: Array, *others: Any) -> Any:
    out, cache = norm.batchnorm_forward(x.copy(), *others)
    x -= x.mean(axis=0)
    return out, cache


memory: dict[str, Any] = {}


def remembers_outside(x: Array, gamma: Array, beta: Array, bn_param: Any) -> Any:
    """Goes on from the running values that whichever layer was last has left."""
    if bn_param.get("seen"):
        bn_param.update(memory)
    result = norm.batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["seen"] = True
    memory.update({name: bn_param[name] for name in ("running_mean", "running_var")})
    return result


# --- the exercise ---------------------------------------------------------------------------------

batchnorm_forward = Exercise(
    name="batchnorm_forward",
    slide=SLIDE,
    answers=functions(norm.batchnorm_forward),
    tests=[
        Test("normalizes each column of a batch", one_batch, training(plain=True), 4, **CLOSE),
        Test(
            "scales by gamma and shifts by beta; x, gamma and beta stay as they were",
            one_batch,
            training(4, 3),
            untouched=("x", "gamma", "beta"),
            **CLOSE,
        ),
        Test("eps as given, and 1e-5 if not", eps_given_or_not, small_variances, **CLOSE),
        Test(
            "columns with means of 1e9 and standard deviations of 7",
            one_batch,
            far_from_zero,
            **CLOSE,
        ),
        Test("running values after the first batch", running_values, batches(1, eps=1.0), **CLOSE),
        Test(
            "running values go on from stored ones, over four batches",
            running_values,
            batches(4, seeded=True),
            2,
            **CLOSE,
        ),
        Test(
            "momentum as given, and 0.9 if not",
            momentum_given_or_not,
            with_and_without_momentum,
            **CLOSE,
        ),
        Test("two layers in turn", two_layers, both_layers, **CLOSE),
    ],
    mistakes=[
        Mistake(
            "eps outside the root",
            "You add eps to the standard deviation, after the root. Update rules do it that way "
            "(Adam). Here eps belongs to the variance, and where the two are of similar size the "
            "difference shows.",
            edit(norm.batchnorm_forward, (INV_STD, "inv_std = 1 / (np.sqrt(var) + eps)")),
            elsewhere=True,
        ),
        Mistake(
            "no eps",
            "Your result does not depend on eps. A column that is constant in some batch would "
            "then be 0 divided by 0, and one such NaN is enough to ruin a network.",
            edit(norm.batchnorm_forward, (INV_STD, "inv_std = 1 / np.sqrt(var)")),
        ),
        Mistake(
            "eps is hard-coded",
            "Your result does not depend on the eps in `bn_param`: a fixed number is written into "
            "the formula.",
            edit(norm.batchnorm_forward, (INV_STD, "inv_std = 1 / np.sqrt(var + 1e-5)")),
        ),
        Mistake(
            "eps in the running variance",
            "The output is right, but the running variance has collected eps as well. At test "
            "time eps is added to it once more: what is stored must be the variance alone.",
            edit(norm.batchnorm_forward, (KEEP_VAR, KEEP_VAR + " + (1 - momentum) * eps")),
        ),
        Mistake(
            "divided by N - 1",
            "You divide the sum of squares by N - 1. That estimates the variance of what a sample "
            "was drawn from; batch normalization normalizes the batch itself, by the mean of the "
            "N squares.",
            edit(norm.batchnorm_forward, (VAR, "var = x.var(axis=0, ddof=1)")),
        ),
        Mistake(
            "running variance with N - 1",
            "The output is right; the running variance is N / (N - 1) times too large. PyTorch "
            "does it so, and the paper at test time. This course, like Keras, averages the same "
            "variance that it divides by.",
            edit(norm.batchnorm_forward, (KEEP_VAR, KEEP_VAR + " * len(x) / (len(x) - 1)")),
            elsewhere=True,
        ),
        Mistake(
            "divided by the variance",
            "You divide by the variance, not by the standard deviation. Measure x in centimetres "
            "instead of metres: which of the two makes the result the same?",
            edit(norm.batchnorm_forward, (INV_STD, "inv_std = 1 / (var + eps)")),
        ),
        Mistake(
            "standard deviations averaged",
            "The output is right, but your running variance averages the standard deviation. At "
            "test time its root would be taken again.",
            edit(norm.batchnorm_forward, (KEEP_VAR, KEEP_VAR.replace("* var", "* np.sqrt(var)"))),
        ),
        Mistake(
            "momentum swapped",
            "In your running values the NEW batch gets the weight `momentum`. That is PyTorch's "
            "meaning of the word. In this course momentum is what remains of the old value: with "
            "0.9 yours would forget nearly everything in one step.",
            edit(
                norm.batchnorm_forward,
                (
                    "momentum * running_mean + (1 - momentum) * mean",
                    "(1 - momentum) * running_mean + momentum * mean",
                ),
                (
                    "momentum * running_var + (1 - momentum) * var",
                    "(1 - momentum) * running_var + momentum * var",
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "momentum is hard-coded",
            "Your running values do not depend on the momentum in `bn_param`: a fixed number is "
            "written into the formula.",
            edit(norm.batchnorm_forward, ('bn_param.get("momentum", 0.9)', "0.9")),
        ),
        Mistake(
            "running values not stored",
            "The output is right, but `bn_param` does not hold new running values afterwards. A "
            "variable inside the function is forgotten when it returns, and at test time there "
            "would be nothing to normalize with.",
            edit(norm.batchnorm_forward, (KEEP_MEAN, "pass"), (KEEP_VAR, "pass")),
        ),
        Mistake(
            "last batch stored",
            "Your running values are simply those of the last batch. They should be an average "
            "over many batches, old ones with less and less weight: what is momentum for?",
            edit(
                norm.batchnorm_forward,
                (KEEP_MEAN, 'bn_param["running_mean"] = mean'),
                (KEEP_VAR, 'bn_param["running_var"] = var'),
            ),
        ),
        Mistake(
            "running values of shape (1, D)",
            "The numbers are right, but your running values have the shape (1, D), with an axis "
            "of length 1 left over. Broadcasting hides that in some places and not in others. They "
            "have one number per column, like gamma.",
            edit(
                norm.batchnorm_forward,
                (KEEP_MEAN, KEEP_MEAN + "[None]"),
                (KEEP_VAR, KEEP_VAR + "[None]"),
            ),
        ),
        Mistake(
            "over each example",
            "You take mean and variance along each row: over the features of one example. That is "
            "layer normalization. Here every feature is compared with itself in the other examples "
            "of the batch.",
            edit(
                norm.batchnorm_forward,
                (MEAN, "mean = x.mean(axis=1, keepdims=True)"),
                (VAR, "var = x.var(axis=1, keepdims=True)"),
            ),
        ),
        Mistake(
            "one mean for all columns",
            "You take one mean and one variance over the whole array. Every feature has its own: "
            "along which axis do the examples lie?",
            edit(
                norm.batchnorm_forward,
                (MEAN, "mean = np.full(x.shape[1], x.mean())"),
                (VAR, "var = np.full(x.shape[1], x.var())"),
            ),
        ),
        Mistake(
            "no gamma and beta",
            "Your output is the normalized x. The second formula of the slide lets the network "
            "give each feature another scale and shift, if it wants to.",
            edit(norm.batchnorm_forward, (OUT, "return x_hat, (x_hat, inv_std, gamma)")),
        ),
        Mistake(
            "gamma and beta exchanged",
            "Your output is scaled with beta and shifted by gamma.",
            edit(norm.batchnorm_forward, ("gamma * x_hat + beta, (", "beta * x_hat + gamma, (")),
        ),
        Mistake(
            "normalized with the running values",
            "While training you normalize with the running values, the new ones. In mode "
            '"train" the batch is normalized with its own mean and variance; the running values '
            "are only kept for later.",
            edit(
                norm.batchnorm_forward,
                (
                    OUT,
                    'mean, var = bn_param["running_mean"], bn_param["running_var"]\n        '
                    "x_hat = (x - mean) / np.sqrt(var + eps)\n        " + OUT,
                ),
            ),
        ),
        Mistake(
            "mean of squares minus square of mean",
            "Right on paper, and ruined by rounding where the mean is much larger than the "
            "spread: two huge numbers are subtracted that agree in nearly all digits (the result "
            "may even be negative). Subtract the mean first, then square.",
            edit(
                norm.batchnorm_forward,
                (VAR, "var = (x**2).mean(axis=0) - mean**2"),
                (INV_STD, "inv_std = 1 / np.sqrt(np.maximum(var, 0) + eps)"),
            ),
        ),
        Mistake(
            "one memory for all layers",
            "Two layers that take turns get each other's running values. A network has many such "
            "layers: what one of them remembers belongs in its own `bn_param`, not in a variable "
            "outside.",
            {"batchnorm_forward": remembers_outside},
        ),
        Mistake(
            "writes into x",
            "The numbers are right, but your function changed the array `x` that it was given. The "
            "layer below may still need it for its own backward pass: make a new array.",
            {"batchnorm_forward": writes_into_x},
        ),
    ],
    styles=[
        Style("the course's steps", {"batchnorm_forward": by_the_course}),
        Style("in place, dict cache", {"batchnorm_forward": in_place}),
        Style("column by column", {"batchnorm_forward": column_by_column}),
        Style("keepdims, a list", {"batchnorm_forward": kept_axes}),
    ],
)
