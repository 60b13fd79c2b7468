"""What the two backward passes of batch normalization are asked, right answers and wrong ones.

What is expected is the gradient of the REFERENCE's forward pass (tests/library compares that
with a numeric one), while a student's backward pass is given its own forward's cache: so a right
gradient of a wrong function is caught, and any cache will do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Mistake, Style, Test
from cs231n_lib import normalization as norm

from .shared import (
    CLOSE,
    Array,
    back_by_jacobians,
    back_by_the_course,
    back_short,
    by_the_course,
    column_by_column,
    gradients_of_one_batch,
    in_place,
    kept_axes,
    training,
    two_ways,
    two_ways_back,
)

# --- tests ----------------------------------------------------------------------------------------

TESTS = [
    Test("dx", gradients_of_one_batch, training(wanted="dx"), 3, **CLOSE),
    Test("dgamma", gradients_of_one_batch, training(wanted="dgamma"), **CLOSE),
    Test("dbeta", gradients_of_one_batch, training(wanted="dbeta"), **CLOSE),
    Test(
        "dx and dgamma where eps is as large as the variance",
        gradients_of_one_batch,
        training(4, 3, 1.0, eps=1.0, wanted="dx dgamma"),
        **CLOSE,
    ),
    Test(
        "two layers: each backward uses its own cache; x and dout stay as they were",
        two_ways_back,
        two_ways(),
        untouched=("dout1", "dout2"),
        **CLOSE,
    ),
]

# --- other right answers --------------------------------------------------------------------------


def other_ways(name: str) -> list[Style]:
    """Right pairs of a forward pass and the backward function called `name`."""
    return [
        Style("the course's steps", {"batchnorm_forward": by_the_course, name: back_by_the_course}),
        Style("closed form, dict cache", {"batchnorm_forward": in_place, name: back_short}),
        Style(
            "a Jacobian per column",
            {"batchnorm_forward": column_by_column, name: back_by_jacobians},
        ),
        Style(
            "the cache is a function",
            {"batchnorm_forward": kept_axes, name: lambda dout, cache: cache(dout)},
        ),
    ]


# --- wrong answers --------------------------------------------------------------------------------

Gradients = tuple[Array, Array, Array]
Part = Callable[[Array, dict[str, Any]], Array]
"""One of the three gradients, from dout and the cache of `keeps_everything`."""


def keeps_everything(
    x: Array, gamma: Array, beta: Array, bn_param: Any
) -> tuple[Array, dict[str, Any]]:
    """The right output, and a cache with all that a wrong backward pass could ask for."""
    out, (x_hat, inv_std, _) = norm.batchnorm_forward(x, gamma, beta, bn_param)
    without_eps = 1 / np.sqrt(x.var(axis=0))
    kept = {"x": x, "x_hat": x_hat, "inv_std": inv_std, "gamma": gamma, "out": out}
    return out, {**kept, "without_eps": without_eps, "x_mu": x - x.mean(axis=0)}


def dx_of(dout: Array, c: dict[str, Any], mean: float = 1, along: float = 1) -> Array:
    """The right dx; with other weights for the paths through the mean and through the variance."""
    through_mean = mean * dout.mean(axis=0)
    through_var = along * c["x_hat"] * (dout * c["x_hat"]).mean(axis=0)
    return c["gamma"] * c["inv_std"] * (dout - through_mean - through_var)


def gradients(
    dx: Part = dx_of,
    dgamma: Part = lambda d, c: (d * c["x_hat"]).sum(axis=0),
    dbeta: Part = lambda d, c: d.sum(axis=0),
) -> Callable[[Array, Any], Gradients]:
    """A backward pass: the right one, but for the parts that are given."""
    return lambda dout, c: (dx(dout, c), dgamma(dout, c), dbeta(dout, c))


def back(name: str, **parts: Part) -> dict[str, Any]:
    """Right answers, but for these parts of the backward function called `name`."""
    return {"batchnorm_forward": keeps_everything, name: gradients(**parts)}


def own_input_only(dout: Array, c: dict[str, Any]) -> Array:
    n = len(dout)
    return c["gamma"] * c["inv_std"] * dout * (1 - 1 / n - c["x_hat"] ** 2 / n)


def dx_without_eps(dout: Array, c: dict[str, Any]) -> Array:
    return dx_of(dout, {**c, "inv_std": c["without_eps"], "x_hat": c["x_mu"] * c["without_eps"]})


def writes_into_dout(dout: Array, c: dict[str, Any]) -> Gradients:
    result = gradients()(dout, c)
    dout *= c["gamma"]
    return result


def overwrites_the_cached_x(dout: Array, c: dict[str, Any]) -> Gradients:
    result = gradients()(dout, c)
    c["x"] -= c["x"].mean(axis=0)
    return result


def one_memory(name: str) -> dict[str, Any]:
    last_cache: list[Any] = []

    def forward(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, None]:
        out, cache = keeps_everything(x, gamma, beta, bn_param)
        last_cache[:] = [cache]
        return out, None

    return {"batchnorm_forward": forward, name: lambda dout, _: gradients()(dout, last_cache[0])}


def of_another_forward(name: str, size: Callable[[Array, float, int], Array]) -> dict[str, Any]:
    """A forward pass that divides by size(variance, eps, N), and its own right gradient.

    Checks that compare a student's backward pass with the same student's forward pass would let
    this through.
    """

    def forward(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
        eps, var, n = bn_param.get("eps", 1e-5), x.var(axis=0), len(x)
        x_mu, inv, step = x - x.mean(axis=0), 1 / size(var, eps, n), 1e-6 * var
        slope = (size(var + step, eps, n) - size(var - step, eps, n)) / (2 * step)
        return gamma * x_mu * inv + beta, (x_mu, inv, slope, gamma)

    def backward(dout: Array, cache: Any) -> Gradients:
        x_mu, inv, slope, gamma = cache
        d = dout * gamma
        dvar = -(d * x_mu).sum(axis=0) * inv**2 * slope
        dx_mu = d * inv + dvar * 2 * x_mu / len(d)
        return dx_mu - dx_mu.mean(axis=0), (dout * x_mu * inv).sum(axis=0), dout.sum(axis=0)

    return {"batchnorm_forward": forward, name: backward}


def wrong_ways(name: str) -> list[Mistake]:
    """What goes wrong with either of the two backward functions."""
    return [
        Mistake(
            "path through the mean missing",
            "Your dx leaves out that x also moves the mean of its column, and with it every other "
            "row. You can test this yourself: adding one number to a whole column changes no "
            "output, so each column of dx must sum to 0.",
            back(name, dx=lambda d, c: dx_of(d, c, mean=0)),
        ),
        Mistake(
            "path through the variance missing",
            "Nothing comes back through the variance. Either its path is missing, or the "
            "gradient that goes into it does not come from dout: then the deviations from the mean "
            "are added up alone, which gives 0.",
            back(name, dx=lambda d, c: dx_of(d, c, along=0)),
        ),
        Mistake(
            "mean and variance taken for constants",
            "Your dx treats mean and variance as constants. That is right at test time; while "
            "training, each x moves both, and so every output of its column.",
            back(name, dx=lambda d, c: dx_of(d, c, mean=0, along=0)),
        ),
        Mistake(
            "each output depends on its own input only",
            "Each row of your dx comes from its own row of dout alone. But every input of a "
            "column moves every output of it: what comes back from the other rows has to be added "
            "up on the way into mean and variance.",
            back(name, dx=own_input_only),
        ),
        Mistake(
            "not divided by N",
            "The paths through mean and variance come back N times too strong. Both are averages: "
            "what does one of N numbers contribute to their average?",
            back(name, dx=lambda d, c: dx_of(d, c, mean=len(d), along=len(d))),
        ),
        Mistake(
            "wrong sign through the variance",
            "The path through the variance has the wrong sign. If a column spreads more, do its "
            "normalized values grow or shrink?",
            back(name, dx=lambda d, c: dx_of(d, c, along=-1)),
        ),
        Mistake(
            "mean not divided by N",
            "The path through the mean comes back N times too strong. What does one of N numbers "
            "contribute to their average?",
            back(name, dx=lambda d, c: dx_of(d, c, mean=len(d))),
        ),
        Mistake(
            "variance not divided by N",
            "The path through the variance comes back N times too strong. It is an average of N "
            "squares: what does each of them contribute?",
            back(name, dx=lambda d, c: dx_of(d, c, along=len(d))),
        ),
        Mistake(
            "wrong sign through the mean",
            "The path through the mean has the wrong sign. If the mean of a column grows, what "
            "happens to x minus the mean?",
            back(name, dx=lambda d, c: dx_of(d, c, mean=-1)),
        ),
        Mistake(
            "gamma left out of dx",
            "dx is without gamma. On the way out x was multiplied by it, so the gradient is on the "
            "way back.",
            back(name, dx=lambda d, c: dx_of(d, {**c, "gamma": 1.0})),
        ),
        Mistake(
            "gradient without eps",
            "dx is the gradient of a forward pass without eps: the root on the way back is not "
            "the one on the way out.",
            back(name, dx=dx_without_eps),
        ),
        Mistake(
            "dgamma without eps",
            "dgamma is computed from an x that was normalized once more, without eps. Use the "
            "very numbers that gamma was multiplied by.",
            back(name, dgamma=lambda d, c: (d * c["x_mu"] * c["without_eps"]).sum(axis=0)),
        ),
        Mistake(
            "dgamma from x",
            "dgamma is computed from x as it came in. gamma was multiplied by something else.",
            back(name, dgamma=lambda d, c: (d * c["x"]).sum(axis=0)),
        ),
        Mistake(
            "dgamma from out",
            "dgamma is computed from the output, in which gamma and beta are contained already.",
            back(name, dgamma=lambda d, c: (d * c["out"]).sum(axis=0)),
        ),
        Mistake(
            "dgamma and dbeta not summed",
            "gamma and beta serve every row, so their gradients collect from every row, and have "
            "the shape (D,). Yours still have a row for each example.",
            back(name, dgamma=lambda d, c: d * c["x_hat"], dbeta=lambda d, c: d),
        ),
        Mistake(
            "dgamma and dbeta of shape (1, D)",
            "The gradients of gamma and beta have an axis of length 1 left over. They have the "
            "shape of gamma and beta themselves, (D,).",
            back(
                name,
                dgamma=lambda d, c: (d * c["x_hat"]).sum(axis=0, keepdims=True),
                dbeta=lambda d, c: d.sum(axis=0, keepdims=True),
            ),
        ),
        Mistake(
            "averaged over the batch",
            "You divide the gradients of gamma and beta by N. Whether the loss is a mean was "
            "decided in the loss, and is in dout already; a layer sums.",
            back(
                name,
                dgamma=lambda d, c: (d * c["x_hat"]).mean(axis=0),
                dbeta=lambda d, c: d.mean(axis=0),
            ),
        ),
        Mistake(
            "dgamma and dbeta exchanged",
            "The gradients of gamma and beta are returned in each other's place.",
            back(
                name,
                dgamma=lambda d, c: d.sum(axis=0),
                dbeta=lambda d, c: (d * c["x_hat"]).sum(axis=0),
            ),
        ),
        Mistake(
            "gradient of a forward pass with eps outside the root",
            "These may be the right gradients of your own forward pass, but that one adds eps "
            "after the root. (A numeric gradient of the same forward pass cannot tell.) Correct "
            "the forward pass first.",
            of_another_forward(name, lambda var, eps, n: np.sqrt(var) + eps),
        ),
        Mistake(
            "gradient of a forward pass without eps",
            "These may be the right gradients of your own forward pass, but that one has no eps. "
            "(A numeric gradient of the same forward pass cannot tell.) Correct the forward pass "
            "first.",
            of_another_forward(name, lambda var, eps, n: np.sqrt(var)),
        ),
        Mistake(
            "gradient of a forward pass with N - 1",
            "Your forward pass divides by N - 1, so its gradients differ as well, even if they "
            "are right for it. Correct the forward pass first.",
            of_another_forward(name, lambda var, eps, n: np.sqrt(var * n / (n - 1) + eps)),
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used what the LAST one had seen. What "
            "a backward pass needs must come from the `cache` that it is given.",
            one_memory(name),
        ),
        Mistake(
            "writes into dout",
            "The numbers are right, but your backward pass changed the array `dout` that it was "
            "given. Where a graph branches, another path still needs it.",
            {"batchnorm_forward": keeps_everything, name: writes_into_dout},
        ),
        Mistake(
            "overwrites the cached x",
            "The gradients are right, but your backward pass changed the x in the cache. That is "
            "the very array which the forward pass was given, and the layer below may still need "
            "it: make a new array.",
            {"batchnorm_forward": keeps_everything, name: overwrites_the_cached_x},
        ),
    ]
