"""Exercises of notebook 03: batch normalization backward, along the graph and in closed form.

What is expected is the gradient of the REFERENCE's forward pass (tests/test_normalization.py
compares that with a numeric one), while a student's backward pass is given its own forward's cache:
so a right gradient of a wrong function is caught, and any cache will do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n_lib import normalization

from . import batchnorm_probes as ask
from .batchnorm_forward import SLIDE
from .batchnorm_styles import BACKWARD, BACKWARD_ALT
from .model import Exercise, Mistake, Test, edit, functions

__all__ = ["batchnorm_backward", "batchnorm_backward_alt"]

Array = np.ndarray
Gradients = tuple[Array, Array, Array]
TINY: ask.Inputs = {"n": 4, "d": 3, "var": 1e-3, "eps": 1e-3}


def _seen(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, dict[str, Any]]:
    """The right output, and a cache with all that a wrong backward pass could ask for."""
    out, (x_hat, inv_std, _) = normalization.batchnorm_forward(x, gamma, beta, bn_param)
    without_eps = 1 / np.sqrt(x.var(axis=0))
    kept = {"x": x, "x_hat": x_hat, "inv_std": inv_std, "gamma": gamma, "out": out}
    return out, {**kept, "without_eps": without_eps, "x_mu": x - x.mean(axis=0)}


def _dx(dout: Array, c: dict[str, Any], mean: float = 1, along: float = 1) -> Array:
    """The right dx; with other weights for the paths through the mean and through the variance."""
    through_mean = mean * dout.mean(axis=0)
    through_var = along * c["x_hat"] * (dout * c["x_hat"]).mean(axis=0)
    return c["gamma"] * c["inv_std"] * (dout - through_mean - through_var)


def _wrong(
    dx: Callable[[Array, dict[str, Any]], Array] = _dx,
    dgamma: Callable[[Array, dict[str, Any]], Array] = lambda d, c: (d * c["x_hat"]).sum(axis=0),
    dbeta: Callable[[Array, dict[str, Any]], Array] = lambda d, c: d.sum(axis=0),
) -> Callable[[Array, Any], Gradients]:
    return lambda dout, c: (dx(dout, c), dgamma(dout, c), dbeta(dout, c))


def _own_jacobian(dout: Array, c: dict[str, Any]) -> Array:
    n = len(dout)
    return c["gamma"] * c["inv_std"] * dout * (1 - 1 / n - c["x_hat"] ** 2 / n)


def _no_eps(dout: Array, c: dict[str, Any]) -> Array:
    return _dx(dout, {**c, "inv_std": c["without_eps"], "x_hat": c["x_mu"] * c["without_eps"]})


def _overwrites(dout: Array, c: dict[str, Any]) -> Array:
    dx = _dx(dout, c)
    dout *= c["gamma"]
    return dx


# Two other forward passes, with right gradients of their own: what checks that compare a student's
# backward pass with a student's forward pass would let through.


Size = Callable[[Array, float, int], Array]
"""What x - mean is divided by, given variance, eps and N."""


def _other_forward(size: Size) -> Callable[..., Any]:
    def forward(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
        eps, var, n = bn_param.get("eps", 1e-5), x.var(axis=0), len(x)
        x_mu, inv, step = x - x.mean(axis=0), 1 / size(var, eps, n), 1e-6 * var
        slope = (size(var + step, eps, n) - size(var - step, eps, n)) / (2 * step)
        return gamma * x_mu * inv + beta, (x_mu, inv, slope, gamma)

    return forward


def _other_backward(dout: Array, cache: Any) -> Gradients:
    x_mu, inv, slope, gamma = cache
    d = dout * gamma
    dvar = -(d * x_mu).sum(axis=0) * inv**2 * slope
    dx_mu = d * inv + dvar * 2 * x_mu / len(d)
    return dx_mu - dx_mu.mean(axis=0), (dout * x_mu * inv).sum(axis=0), dout.sum(axis=0)


OTHER_SIZES: dict[str, Size] = {
    "eps outside": lambda var, eps, n: np.sqrt(var) + eps,
    "no eps": lambda var, eps, n: np.sqrt(var),
    "N - 1": lambda var, eps, n: np.sqrt(var * n / (n - 1) + eps),
}


def _mistakes(name: str) -> list[Mistake]:
    """What goes wrong with either of the two backward functions."""

    def back(wrong: Callable[[Array, Any], Any]) -> dict[str, Any]:
        return {"batchnorm_forward": _seen, name: wrong}

    def also_forward(size: str) -> dict[str, Any]:
        return {"batchnorm_forward": _other_forward(OTHER_SIZES[size]), name: _other_backward}

    last: list[Any] = []

    def remembers(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, None]:
        out, cache = _seen(x, gamma, beta, bn_param)
        last[:] = [cache]
        return out, None

    return [
        Mistake(
            "path through the mean missing",
            "Your dx leaves out that x also moves the mean of its column, and with it every other "
            "row. A test that you can do yourself: adding one number to a whole column changes no "
            "output, so each column of dx must add up to 0.",
            back(_wrong(lambda d, c: _dx(d, c, mean=0))),
        ),
        Mistake(
            "path through the variance missing",
            "Nothing comes back through the variance. Either its path is missing, or the "
            "gradient that goes into it does not come from dout: then the deviations from the mean "
            "are added up alone, which gives 0.",
            back(_wrong(lambda d, c: _dx(d, c, along=0))),
        ),
        Mistake(
            "mean and variance taken for constants",
            "Your dx treats mean and variance as constants. That is right at test time; while "
            "training, each x moves both, and so every output of its column.",
            back(_wrong(lambda d, c: _dx(d, c, mean=0, along=0))),
        ),
        Mistake(
            "each output depends on its own input only",
            "You multiply dout by the slope of each output with respect to its OWN input. But "
            "every input of a column moves every output of it: the other rows' share of dout is "
            "missing.",
            back(_wrong(_own_jacobian)),
        ),
        Mistake(
            "not divided by N",
            "The paths through mean and variance come back N times too strong. Both are averages: "
            "what does one of N numbers contribute to their average?",
            back(_wrong(lambda d, c: _dx(d, c, mean=len(d), along=len(d)))),
        ),
        Mistake(
            "wrong sign through the variance",
            "The path through the variance has the wrong sign. If a column spreads more, do its "
            "normalized values grow or shrink?",
            back(_wrong(lambda d, c: _dx(d, c, along=-1))),
        ),
        Mistake(
            "gamma left out of dx",
            "dx is without gamma. On the way out x was multiplied by it, so the gradient is on the "
            "way back.",
            back(_wrong(lambda d, c: _dx(d, {**c, "gamma": 1.0}))),
        ),
        Mistake(
            "gradient without eps",
            "dx is the gradient of a forward pass without eps: the root on the way back is "
            "another one than on the way out.",
            back(_wrong(_no_eps)),
        ),
        Mistake(
            "dgamma without eps",
            "dgamma is computed from an x that was normalized once more, without eps. Use the "
            "very numbers that gamma was multiplied by.",
            back(_wrong(dgamma=lambda d, c: (d * c["x_mu"] * c["without_eps"]).sum(axis=0))),
        ),
        Mistake(
            "dgamma from x",
            "dgamma is computed from x as it came in. gamma was multiplied by something else.",
            back(_wrong(dgamma=lambda d, c: (d * c["x"]).sum(axis=0))),
        ),
        Mistake(
            "dgamma from out",
            "dgamma is computed from the output, in which gamma and beta are contained already.",
            back(_wrong(dgamma=lambda d, c: (d * c["out"]).sum(axis=0))),
        ),
        Mistake(
            "dgamma and dbeta not summed",
            "gamma and beta serve every row, so their gradients collect from every row, and have "
            "the shape (D,). Yours still have a row for each example.",
            back(_wrong(dgamma=lambda d, c: d * c["x_hat"], dbeta=lambda d, c: d)),
        ),
        Mistake(
            "averaged over the batch",
            "You divide the gradients of gamma and beta by N. Whether the loss is a mean was "
            "decided in the loss, and is in dout already; a layer sums.",
            back(
                _wrong(
                    dgamma=lambda d, c: (d * c["x_hat"]).mean(axis=0),
                    dbeta=lambda d, c: d.mean(axis=0),
                )
            ),
        ),
        Mistake(
            "dgamma and dbeta exchanged",
            "The gradients of gamma and beta are returned in each other's place.",
            back(
                _wrong(
                    dgamma=lambda d, c: d.sum(axis=0),
                    dbeta=lambda d, c: (d * c["x_hat"]).sum(axis=0),
                )
            ),
        ),
        Mistake(
            "gradient of a forward pass with eps outside the root",
            "These may be the right gradients of your own forward pass, but that one adds eps "
            "after the root. (A numeric gradient of the same forward pass cannot tell.) Mend the "
            "forward pass first.",
            also_forward("eps outside"),
        ),
        Mistake(
            "gradient of a forward pass without eps",
            "These may be the right gradients of your own forward pass, but that one has no eps. "
            "(A numeric gradient of the same forward pass cannot tell.) Mend the forward pass "
            "first.",
            also_forward("no eps"),
        ),
        Mistake(
            "gradient of a forward pass with N - 1",
            "Your forward pass divides by N - 1, and so its gradients are others, too, however "
            "right they may be for it. Mend the forward pass first.",
            also_forward("N - 1"),
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used what the LAST one had seen. What "
            "a backward pass needs must come from the `cache` that it is given.",
            {"batchnorm_forward": remembers, name: lambda dout, _: _wrong()(dout, last[0])},
        ),
        Mistake(
            "writes into dout",
            "The numbers are right, but your backward pass changed the array `dout` that it was "
            "given. Where a graph branches, somebody else still needs it.",
            back(lambda dout, c: (_wrong()(dout.copy(), c), _overwrites(dout, c))[0]),
        ),
    ]


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
        *_mistakes("batchnorm_backward"),
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
        *_mistakes("batchnorm_backward_alt"),
        Mistake(
            "deviations that are not normalized",
            "Where the normalized x should stand, you have x minus its mean, not yet divided by "
            "the standard deviation.",
            {
                "batchnorm_forward": _seen,
                "batchnorm_backward_alt": _wrong(
                    lambda d, c: _dx(d, {**c, "x_hat": c["x_mu"]}),
                ),
            },
        ),
        Mistake(
            "not divided by the standard deviation",
            "dx is not divided by the standard deviation. On the way out x was, so the gradient is "
            "on the way back.",
            {
                "batchnorm_forward": _seen,
                "batchnorm_backward_alt": _wrong(lambda d, c: _dx(d, {**c, "inv_std": 1.0})),
            },
        ),
    ],
    styles=BACKWARD_ALT,
)
