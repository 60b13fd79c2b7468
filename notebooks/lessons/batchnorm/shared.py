"""What the exercises of 03_batchnorm share: probes, inputs, batch norm in other handwritings.

One tolerance serves all tests: an eps forgotten, or outside the root, stays below it where
variances are about 50, half precision does not. So eps costs points only where variances are small.
Inputs keep away from 0, so that each mistake moves results by many tolerances, for every seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray
Inputs = dict[str, Any]
Draw = Callable[[np.random.Generator], Inputs]

SLIDE = "Batch Normalization"

CLOSE: Inputs = {"rtol": 1e-5, "atol": 1e-5}
VARIANCE = 50.0

# --- probes of a forward pass ---------------------------------------------------------------------


def one_batch(forward, x, gamma, beta, bn_param):
    out, cache = forward(x, gamma, beta, bn_param)
    return {"out": out}


# --- probes of a backward pass: always with its own forward's cache -------------------------------


def gradients_of_one_batch(forward, backward, x, gamma, beta, bn_param, dout, wanted):
    out, cache = forward(x, gamma, beta, bn_param)
    dx, dgamma, dbeta = backward(dout, cache)
    gradients = {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}
    return {name: gradients[name] for name in wanted}


def two_ways_back(forward, backward, first, second, dout1, dout2):
    names = ["x", "gamma", "beta", "bn_param"]
    _, cache1 = forward(*[first[name] for name in names])
    _, cache2 = forward(*[second[name] for name in names])
    before = [layer["x"].copy() for layer in (first, second)]
    dx2, dgamma2, _ = backward(dout2, cache2)
    dx1, dgamma1, _ = backward(dout1, cache1)
    return {
        "first dx": dx1,
        "first dgamma": dgamma1,
        "second dx": dx2,
        "second dgamma": dgamma2,
        "x unchanged by the backward pass": [
            np.array_equal(x, layer["x"]) for x, layer in zip(before, (first, second), strict=True)
        ],
    }


# --- inputs ---------------------------------------------------------------------------------------


def signed(rng: np.random.Generator, *shape: int, least: float = 0.5, most: float = 2.0) -> Array:
    """Numbers of both signs, none near zero."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(least, most, shape)


def columns(rng: np.random.Generator, n: int, d: int, var: float, axis: int = 0) -> Array:
    """Columns (axis 1: rows) with means of about 1 and variances of about `var`, off by a factor
    of 0.6 to 1.6; exactly so, not only on average."""
    kept = (1, d) if axis == 0 else (n, 1)
    z = rng.normal(size=(n, d))
    z -= z.mean(axis=axis, keepdims=True)
    z /= z.std(axis=axis, keepdims=True)
    return np.sqrt(var * rng.uniform(0.6, 1.6, kept)) * z + signed(rng, *kept)


def scale_and_shift(rng: np.random.Generator, d: int, plain: bool = False) -> Inputs:
    """gamma and beta; `plain`: those that change nothing."""
    if plain:
        return {"gamma": np.ones(d), "beta": np.zeros(d)}
    return {"gamma": signed(rng, d), "beta": signed(rng, d)}


def running_statistics(rng: np.random.Generator, d: int, var: float = VARIANCE) -> Inputs:
    return {"running_mean": signed(rng, d), "running_var": var * rng.uniform(0.6, 1.6, d)}


def training(
    n: int = 6,
    d: int = 5,
    var: float = VARIANCE,
    *,
    wanted: str = "",
    plain: bool = False,
    axis: int = 0,
    **bn_param: Any,
) -> Draw:
    """One batch in mode "train"; also the gradient that comes back, if gradients are `wanted`."""

    def inputs(rng: np.random.Generator) -> Inputs:
        made = {
            "x": columns(rng, n, d, var, axis),
            **scale_and_shift(rng, d, plain),
            "bn_param": {"mode": "train", **bn_param},
        }
        return {**made, "dout": 4 * signed(rng, n, d), "wanted": wanted.split()} if wanted else made

    return inputs


def two_ways(axis: int = 0) -> Draw:
    """Two layers of one shape, so that caches that are mixed up give wrong numbers, not errors."""

    def inputs(rng: np.random.Generator) -> Inputs:
        draw = training(4, 3, axis=axis)
        douts = {name: 4 * signed(rng, 4, 3) for name in ("dout1", "dout2")}
        return {"first": draw(rng), "second": draw(rng), **douts}

    return inputs


# --- other right forward passes, and the ways back from their caches ------------------------------


def by_the_course(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
    """Small steps, everything in the cache, running values written back in both modes."""
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        mu = 1.0 / N * np.sum(x, axis=0)
        xmu = x - mu
        sq = xmu**2
        var = 1.0 / N * np.sum(sq, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def back_by_the_course(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


def in_place(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
    """Running values are made at once and then changed in place; the cache is a dict."""
    for name in ("running_mean", "running_var"):
        bn_param.setdefault(name, np.zeros(x.shape[1]))
    eps, keep = bn_param.setdefault("eps", 1e-5), bn_param.setdefault("momentum", 0.9)
    if bn_param["mode"] == "test":
        centre, spread = bn_param["running_mean"], np.sqrt(bn_param["running_var"] + eps)
        return (x - centre) / spread * gamma + beta, None
    centre, var = np.mean(x, 0), np.var(x, 0)
    for name, new in (("running_mean", centre), ("running_var", var)):
        bn_param[name] *= keep
        bn_param[name] += (1 - keep) * new
    out = x - centre
    out /= np.sqrt(var + eps)
    cache = {"normed": out.copy(), "scale": gamma / np.sqrt(var + eps)}
    out *= gamma
    out += beta
    return out, cache


def back_short(dout: Array, cache: Any) -> list[Array]:
    normed, scale = cache["normed"], cache["scale"]
    dgamma, dbeta = np.einsum("nd,nd->d", dout, normed), np.einsum("nd->d", dout)
    return [scale * (dout - dbeta / len(dout) - normed * dgamma / len(dout)), dgamma, dbeta]


def column_by_column(x: Array, gamma: Array, beta: Array, bn_param: Any) -> tuple[Array, Any]:
    """Plain loops over numbers; the cache holds a Jacobian matrix for each column."""
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    n, d = x.shape
    out, normed, jacobians, new = np.empty((n, d)), np.empty((n, d)), [], np.empty((2, d))
    for k in range(d):
        column = x[:, k].tolist()
        if bn_param["mode"] == "test":
            mean, var = bn_param["running_mean"][k], bn_param["running_var"][k]
        else:
            mean = math.fsum(column) / n
            var = math.fsum((value - mean) ** 2 for value in column) / n
        z = np.array([(value - mean) / math.sqrt(var + eps) for value in column])
        out[:, k], normed[:, k], new[:, k] = gamma[k] * z + beta[k], z, (mean, var)
        jacobians.append(gamma[k] / math.sqrt(var + eps) * (np.eye(n) - 1 / n - np.outer(z, z) / n))
    if bn_param["mode"] == "test":
        return out, None
    for name, value in zip(("running_mean", "running_var"), new, strict=True):
        bn_param[name] = momentum * bn_param.get(name, 0) + (1 - momentum) * value
    return out, (jacobians, normed)


def back_by_jacobians(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    jacobians, normed = cache
    dx = [matrix.T @ dout[:, k] for k, matrix in enumerate(jacobians)]
    return np.stack(dx, axis=1), np.diag(dout.T @ normed), dout.sum(0)


def kept_axes(x: Array, gamma: Array, beta: Array, bn_param: Any) -> list[Any]:
    """With keepdims, squeezed to be stored; the cache is a function; a list comes back."""
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if bn_param["mode"] == "train":
        mean = np.mean(x, axis=0, keepdims=True)
        var = np.mean(np.square(x - mean), axis=0, keepdims=True)
        old = [np.array(bn_param.get(n, 0.0 * mean[0])) for n in ("running_mean", "running_var")]
        bn_param["running_mean"] = old[0] + (1 - m) * (mean.squeeze(0) - old[0])
        bn_param["running_var"] = old[1] + (1 - m) * (var.squeeze(0) - old[1])
    else:
        mean, var = bn_param["running_mean"][None], bn_param["running_var"][None]
    xc, std = x - mean, np.power(var + eps, 0.5)

    def back(dout: Array) -> tuple[Array, Array, Array]:
        n = x.shape[0]
        dxhat = dout * gamma
        dvar = np.sum(dxhat * xc * -0.5 * np.power(std, -3), axis=0)
        dmean = np.sum(-dxhat / std, axis=0) + dvar * np.mean(-2 * xc, axis=0)
        dx = dxhat / std + dvar * 2 * xc / n + dmean / n
        return dx, np.sum(dout * xc / std, axis=0), np.sum(dout, axis=0)

    return [xc / std * gamma + beta, back]
