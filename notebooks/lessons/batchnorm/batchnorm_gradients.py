"""Wrong ways back through batch normalization, for either of the two backward functions of 03."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Mistake
from cs231n_lib import normalization

__all__ = ["dx_of", "mistakes", "seen", "wrong_gradients"]

Array = np.ndarray
Gradients = tuple[Array, Array, Array]


def seen(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, dict[str, Any]]:
    """The right output, and a cache with all that a wrong backward pass could ask for."""
    out, (x_hat, inv_std, _) = normalization.batchnorm_forward(x, gamma, beta, bn_param)
    without_eps = 1 / np.sqrt(x.var(axis=0))
    kept = {"x": x, "x_hat": x_hat, "inv_std": inv_std, "gamma": gamma, "out": out}
    return out, {**kept, "without_eps": without_eps, "x_mu": x - x.mean(axis=0)}


def dx_of(dout: Array, c: dict[str, Any], mean: float = 1, along: float = 1) -> Array:
    """The right dx; with other weights for the paths through the mean and through the variance."""
    through_mean = mean * dout.mean(axis=0)
    through_var = along * c["x_hat"] * (dout * c["x_hat"]).mean(axis=0)
    return c["gamma"] * c["inv_std"] * (dout - through_mean - through_var)


def wrong_gradients(
    dx: Callable[[Array, dict[str, Any]], Array] = dx_of,
    dgamma: Callable[[Array, dict[str, Any]], Array] = lambda d, c: (d * c["x_hat"]).sum(axis=0),
    dbeta: Callable[[Array, dict[str, Any]], Array] = lambda d, c: d.sum(axis=0),
) -> Callable[[Array, Any], Gradients]:
    return lambda dout, c: (dx(dout, c), dgamma(dout, c), dbeta(dout, c))


def _own_jacobian(dout: Array, c: dict[str, Any]) -> Array:
    n = len(dout)
    return c["gamma"] * c["inv_std"] * dout * (1 - 1 / n - c["x_hat"] ** 2 / n)


def _no_eps(dout: Array, c: dict[str, Any]) -> Array:
    return dx_of(dout, {**c, "inv_std": c["without_eps"], "x_hat": c["x_mu"] * c["without_eps"]})


def _overwrites(dout: Array, c: dict[str, Any]) -> Array:
    dx = dx_of(dout, c)
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


def mistakes(name: str) -> list[Mistake]:
    """What goes wrong with either of the two backward functions."""

    def back(wrong: Callable[[Array, Any], Any]) -> dict[str, Any]:
        return {"batchnorm_forward": seen, name: wrong}

    def also_forward(size: str) -> dict[str, Any]:
        return {"batchnorm_forward": _other_forward(OTHER_SIZES[size]), name: _other_backward}

    last: list[Any] = []

    def remembers(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, None]:
        out, cache = seen(x, gamma, beta, bn_param)
        last[:] = [cache]
        return out, None

    return [
        Mistake(
            "path through the mean missing",
            "Your dx leaves out that x also moves the mean of its column, and with it every other "
            "row. A test that you can do yourself: adding one number to a whole column changes no "
            "output, so each column of dx must add up to 0.",
            back(wrong_gradients(lambda d, c: dx_of(d, c, mean=0))),
        ),
        Mistake(
            "path through the variance missing",
            "Nothing comes back through the variance. Either its path is missing, or the "
            "gradient that goes into it does not come from dout: then the deviations from the mean "
            "are added up alone, which gives 0.",
            back(wrong_gradients(lambda d, c: dx_of(d, c, along=0))),
        ),
        Mistake(
            "mean and variance taken for constants",
            "Your dx treats mean and variance as constants. That is right at test time; while "
            "training, each x moves both, and so every output of its column.",
            back(wrong_gradients(lambda d, c: dx_of(d, c, mean=0, along=0))),
        ),
        Mistake(
            "each output depends on its own input only",
            "You multiply dout by the slope of each output with respect to its OWN input. But "
            "every input of a column moves every output of it: the other rows' share of dout is "
            "missing.",
            back(wrong_gradients(_own_jacobian)),
        ),
        Mistake(
            "not divided by N",
            "The paths through mean and variance come back N times too strong. Both are averages: "
            "what does one of N numbers contribute to their average?",
            back(wrong_gradients(lambda d, c: dx_of(d, c, mean=len(d), along=len(d)))),
        ),
        Mistake(
            "wrong sign through the variance",
            "The path through the variance has the wrong sign. If a column spreads more, do its "
            "normalized values grow or shrink?",
            back(wrong_gradients(lambda d, c: dx_of(d, c, along=-1))),
        ),
        Mistake(
            "mean not divided by N",
            "The path through the mean comes back N times too strong. What does one of N numbers "
            "contribute to their average?",
            back(wrong_gradients(lambda d, c: dx_of(d, c, mean=len(d)))),
        ),
        Mistake(
            "variance not divided by N",
            "The path through the variance comes back N times too strong. It is an average of N "
            "squares: what does each of them contribute?",
            back(wrong_gradients(lambda d, c: dx_of(d, c, along=len(d)))),
        ),
        Mistake(
            "wrong sign through the mean",
            "The path through the mean has the wrong sign. If the mean of a column grows, what "
            "happens to x minus the mean?",
            back(wrong_gradients(lambda d, c: dx_of(d, c, mean=-1))),
        ),
        Mistake(
            "gamma left out of dx",
            "dx is without gamma. On the way out x was multiplied by it, so the gradient is on the "
            "way back.",
            back(wrong_gradients(lambda d, c: dx_of(d, {**c, "gamma": 1.0}))),
        ),
        Mistake(
            "gradient without eps",
            "dx is the gradient of a forward pass without eps: the root on the way back is "
            "another one than on the way out.",
            back(wrong_gradients(_no_eps)),
        ),
        Mistake(
            "dgamma without eps",
            "dgamma is computed from an x that was normalized once more, without eps. Use the "
            "very numbers that gamma was multiplied by.",
            back(
                wrong_gradients(dgamma=lambda d, c: (d * c["x_mu"] * c["without_eps"]).sum(axis=0))
            ),
        ),
        Mistake(
            "dgamma from x",
            "dgamma is computed from x as it came in. gamma was multiplied by something else.",
            back(wrong_gradients(dgamma=lambda d, c: (d * c["x"]).sum(axis=0))),
        ),
        Mistake(
            "dgamma from out",
            "dgamma is computed from the output, in which gamma and beta are contained already.",
            back(wrong_gradients(dgamma=lambda d, c: (d * c["out"]).sum(axis=0))),
        ),
        Mistake(
            "dgamma and dbeta not summed",
            "gamma and beta serve every row, so their gradients collect from every row, and have "
            "the shape (D,). Yours still have a row for each example.",
            back(wrong_gradients(dgamma=lambda d, c: d * c["x_hat"], dbeta=lambda d, c: d)),
        ),
        Mistake(
            "dgamma and dbeta of shape (1, D)",
            "The gradients of gamma and beta have an axis of length 1 left over. They have the "
            "shape of gamma and beta themselves, (D,).",
            back(
                wrong_gradients(
                    dgamma=lambda d, c: (d * c["x_hat"]).sum(axis=0, keepdims=True),
                    dbeta=lambda d, c: d.sum(axis=0, keepdims=True),
                )
            ),
        ),
        Mistake(
            "averaged over the batch",
            "You divide the gradients of gamma and beta by N. Whether the loss is a mean was "
            "decided in the loss, and is in dout already; a layer sums.",
            back(
                wrong_gradients(
                    dgamma=lambda d, c: (d * c["x_hat"]).mean(axis=0),
                    dbeta=lambda d, c: d.mean(axis=0),
                )
            ),
        ),
        Mistake(
            "dgamma and dbeta exchanged",
            "The gradients of gamma and beta are returned in each other's place.",
            back(
                wrong_gradients(
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
            {
                "batchnorm_forward": remembers,
                name: lambda dout, _: wrong_gradients()(dout, last[0]),
            },
        ),
        Mistake(
            "writes into dout",
            "The numbers are right, but your backward pass changed the array `dout` that it was "
            "given. Where a graph branches, somebody else still needs it.",
            back(lambda dout, c: (wrong_gradients()(dout.copy(), c), _overwrites(dout, c))[0]),
        ),
    ]
