"""The gradient for the variance of each column: the first half of the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import normalization as norm

from .both_backwards import keeps_everything
from .shared import CLOSE, SLIDE, Array, by_the_course, column_by_column, training, two_ways

# --- probes: always with its own forward's cache --------------------------------------------------


def dvar_of_one_batch(forward, variance_gradient, x, gamma, beta, bn_param, dout, wanted):
    out, cache = forward(x, gamma, beta, bn_param)
    results = {"dvar": variance_gradient(dout, cache), "out": out}
    return {name: results[name] for name in wanted}


def dvar_of_two_batches(forward, variance_gradient, first, second, dout1, dout2):
    names = ["x", "gamma", "beta", "bn_param"]
    _, cache1 = forward(*[first[name] for name in names])
    _, cache2 = forward(*[second[name] for name in names])
    before = [layer["x"].copy() for layer in (first, second)]
    return {
        "second dvar": variance_gradient(dout2, cache2),
        "first dvar": variance_gradient(dout1, cache1),
        "x unchanged by variance_gradient": [
            np.array_equal(x, layer["x"]) for x, layer in zip(before, (first, second), strict=True)
        ],
    }


# --- other right answers --------------------------------------------------------------------------


def by_small_steps(dout: Array, cache: Any) -> Array:
    _, gamma, xmu, ivar, sqrtvar, var, eps = cache
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    return 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar


def one_expression(dout: Array, cache: Any) -> Array:
    x, mean, var, gamma = cache
    return np.sum(dout * gamma * (x - mean) * -0.5 * np.power(var, -1.5), axis=0)


def keeps_x(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
    out, _ = norm.batchnorm_forward(x, gamma, beta, bn_param)
    return out, (x, x.mean(axis=0), x.var(axis=0) + bn_param.get("eps", 1e-5), gamma)


def from_dgamma(dout: Array, cache: Any) -> Array:
    x_hat, inv_std, gamma = cache
    return -gamma / 2 * np.einsum("nd,nd->d", dout, x_hat) * inv_std * inv_std


def number_by_number(dout: Array, cache: Any) -> list[float]:
    """From the Jacobians of `column_by_column`, whose diagonal holds gamma / std."""
    jacobians, normed = cache
    n, result = len(dout), []
    for k, jacobian in enumerate(jacobians):
        scale = jacobian[0, 0] / (1 - 1 / n - normed[0, k] ** 2 / n)  # gamma / std
        result.append(sum(dout[i, k] * normed[i, k] for i in range(n)) * scale)
    return result


def keeps_jacobians(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
    out, cache = column_by_column(x, gamma, beta, bn_param)
    return out, (cache, np.sqrt(x.var(axis=0) + bn_param.get("eps", 1e-5)))


STYLES = [
    Style(
        "the course's steps",
        {"batchnorm_forward": by_the_course, "variance_gradient": by_small_steps},
    ),
    Style(
        "one expression, x in the cache",
        {"batchnorm_forward": keeps_x, "variance_gradient": one_expression},
    ),
    Style("from the gradient of gamma", {"variance_gradient": from_dgamma}),
    Style(
        "number by number, as a list",
        {
            "batchnorm_forward": keeps_jacobians,
            "variance_gradient": lambda dout, cache: [
                -total / (2 * std)
                for total, std in zip(number_by_number(dout, cache[0]), cache[1], strict=True)
            ],
        },
    ),
]

# --- wrong answers --------------------------------------------------------------------------------


def with_more(wrong: Callable[[Array, dict[str, Any]], Array]) -> dict[str, Any]:
    """Wrong answers that need more than the reference's cache holds."""
    return {"batchnorm_forward": keeps_everything, "variance_gradient": wrong}


def right(dout: Array, c: dict[str, Any], inv_std: str = "inv_std") -> Array:
    return -0.5 * c[inv_std] ** 3 * (dout * c["gamma"] * c["x_mu"]).sum(axis=0)


def writes_into_dout(dout: Array, c: dict[str, Any]) -> Array:
    result = right(dout, c)
    dout *= c["gamma"]
    return result


def overwrites_the_cached_x(dout: Array, c: dict[str, Any]) -> Array:
    result = right(dout, c)
    c["x"] -= c["x"].mean(axis=0)
    return result


MISTAKES = [
    Mistake(
        "a row for each example",
        "Your gradient still has a row for each example. There is one variance per column, and it "
        "reached every row: what comes back from the rows is added up.",
        edit(norm.variance_gradient, (".sum(axis=0)", "")),
    ),
    Mistake(
        "averaged over the batch",
        "You average over the rows. One variance serves all of them: how do contributions to one "
        "value combine?",
        edit(norm.variance_gradient, (".sum(axis=0)", ".mean(axis=0)")),
    ),
    Mistake(
        "an axis of length 1 left over",
        "Your gradient has an axis of length 1 left over. It has the shape of the variance, (D,).",
        edit(norm.variance_gradient, (".sum(axis=0)", ".sum(axis=0, keepdims=True)")),
    ),
    Mistake(
        "wrong sign",
        "The sign is wrong. If a column spreads more, do its normalized values grow or shrink?",
        edit(norm.variance_gradient, ("* -0.5 *", "* 0.5 *")),
    ),
    Mistake(
        "twice as large",
        "Your gradient is twice as large as it is. What factor does the derivative of a root have?",
        edit(norm.variance_gradient, ("* -0.5 *", "* -1.0 *")),
    ),
    Mistake(
        "another power of the standard deviation",
        "The way through the root has another power of the standard deviation than it should. "
        "Write the node as a power of (variance + eps) and differentiate that.",
        edit(norm.variance_gradient, ("inv_std**3", "inv_std**2")),
    ),
    Mistake(
        "gradient for one over the standard deviation",
        "You stopped one node early: this is the gradient for one over the standard deviation. "
        "One step is missing, from there to the variance.",
        edit(norm.variance_gradient, ("* -0.5 * inv_std**3", "* 1.0")),
    ),
    Mistake(
        "gradient for the standard deviation",
        "This is the gradient for the standard deviation. One step is missing, through the root, "
        "to the variance.",
        edit(norm.variance_gradient, ("* -0.5 * inv_std**3", "* -1.0 * inv_std**2")),
    ),
    Mistake(
        "gamma left out",
        "gamma is missing. What comes back to the normalized x is not dout itself: on the way out "
        "it was multiplied by something.",
        edit(norm.variance_gradient, ("dout * gamma", "dout")),
    ),
    Mistake(
        "dout left out",
        "dout does not enter, so the deviations from the mean are added up alone, which gives 0.",
        edit(norm.variance_gradient, ("dout * gamma", "gamma")),
    ),
    Mistake(
        "normalized x where x minus the mean belongs",
        "Where x minus its mean should stand, you have it divided by the standard deviation "
        "already. What is one over the standard deviation multiplied by on the way out?",
        edit(norm.variance_gradient, ("x_hat / inv_std", "x_hat")),
    ),
    Mistake(
        "x where x minus the mean belongs",
        "You use x as it came in. One over the standard deviation was multiplied by something else "
        "on the way out.",
        with_more(
            lambda dout, c: -0.5 * c["inv_std"] ** 3 * (dout * c["gamma"] * c["x"]).sum(axis=0)
        ),
    ),
    Mistake(
        "without eps",
        "This is the gradient of a forward pass without eps: the root on the way back is not the "
        "one on the way out.",
        with_more(lambda dout, c: right(dout, c, "without_eps")),
    ),
    Mistake(
        "writes into dout",
        "The numbers are right, but your function changed the array `dout` that it was given. The "
        "rest of the backward pass still needs it.",
        with_more(writes_into_dout),
    ),
    Mistake(
        "overwrites the cached x",
        "The gradient is right, but your function changed the x in the cache. That is the very "
        "array which the forward pass was given: make a new array.",
        with_more(overwrites_the_cached_x),
    ),
]

variance_gradient = Exercise(
    name="variance_gradient",
    slide=SLIDE,
    answers=functions(norm.batchnorm_forward, norm.variance_gradient),
    tests=[
        Test("dvar", dvar_of_one_batch, training(wanted="dvar"), 2, **CLOSE),
        Test(
            "out and dvar where eps is as large as the variance",
            dvar_of_one_batch,
            training(4, 3, 1.0, eps=1.0, wanted="out dvar"),
            **CLOSE,
        ),
        Test(
            "two layers: each uses its own cache; x and dout stay as they were",
            dvar_of_two_batches,
            two_ways(),
            untouched=("dout1", "dout2"),
            **CLOSE,
        ),
    ],
    mistakes=MISTAKES,
    styles=STYLES,
)
