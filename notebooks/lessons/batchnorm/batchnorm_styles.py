"""Right answers to 03_batchnorm in other handwritings: each must get full points.

One column at a time, with a dict, a tuple or a function for a cache, by the course's steps, by a
Jacobian matrix: what is computed counts, not how it is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Style

__all__ = ["BACKWARD", "BACKWARD_ALT", "FORWARD", "LAYERNORM"]

Array = np.ndarray
Param = dict[str, Any]

# --- batch norm, forward --------------------------------------------------------------------------


def by_the_course(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, Any]:
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


def in_place(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, Any]:
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


def column_by_column(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, Any]:
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


def kept_axes(x: Array, gamma: Array, beta: Array, bn_param: Param) -> list[Any]:
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


FORWARD = [
    Style("the course's steps", {"batchnorm_forward": by_the_course}),
    Style("in place, dict cache", {"batchnorm_forward": in_place}),
    Style("column by column", {"batchnorm_forward": column_by_column}),
    Style("keepdims, a list", {"batchnorm_forward": kept_axes}),
]

# --- batch norm, backward -------------------------------------------------------------------------


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


def back_short(dout: Array, cache: Any) -> list[Array]:
    normed, scale = cache["normed"], cache["scale"]
    dgamma, dbeta = np.einsum("nd,nd->d", dout, normed), np.einsum("nd->d", dout)
    return [scale * (dout - dbeta / len(dout) - normed * dgamma / len(dout)), dgamma, dbeta]


def back_by_jacobians(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    jacobians, normed = cache
    columns = [matrix.T @ dout[:, k] for k, matrix in enumerate(jacobians)]
    return np.stack(columns, axis=1), np.diag(dout.T @ normed), dout.sum(0)


def _styles(name: str) -> list[Style]:
    pairs: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "the course's steps": (by_the_course, back_by_the_course),
        "closed form, dict cache": (in_place, back_short),
        "a Jacobian per column": (column_by_column, back_by_jacobians),
        "the cache is a function": (kept_axes, lambda dout, cache: cache(dout)),
    }
    return [
        Style(style, {"batchnorm_forward": forward, name: backward})
        for style, (forward, backward) in pairs.items()
    ]


BACKWARD, BACKWARD_ALT = _styles("batchnorm_backward"), _styles("batchnorm_backward_alt")

# --- layer norm -----------------------------------------------------------------------------------


def _ready(gamma: Array, beta: Array, ln_param: Param) -> Param:
    """What batch norm needs to normalize the columns of a transposed batch."""
    return {"mode": "train", "eps": ln_param.get("eps", 1e-5)}


def transposed(x: Array, gamma: Array, beta: Array, ln_param: Param) -> tuple[Array, Any]:
    """Batch norm of the transposed batch, without its gamma and beta."""
    plain = np.ones(len(x)), np.zeros(len(x))
    out, cache = by_the_course(x.T, *plain, _ready(gamma, beta, ln_param))
    return out.T * gamma + beta, (cache, out.T, gamma)


def transposed_back(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    inner, normed, gamma = cache
    dx, _, _ = back_by_the_course((dout * gamma).T, inner)
    return dx.T, (dout * normed).sum(0), dout.sum(0)


def row_by_row(x: Array, gamma: Array, beta: Array, ln_param: Param) -> tuple[Array, Any]:
    rows = [(row - row.mean()) / math.sqrt(row.var() + ln_param.get("eps", 1e-5)) for row in x]
    spreads = [math.sqrt(row.var() + ln_param.get("eps", 1e-5)) for row in x]
    return np.array([gamma * row + beta for row in rows]), {
        "rows": rows,
        "spreads": spreads,
        "gamma": gamma,
    }


def row_by_row_back(dout: Array, cache: Any) -> list[Array]:
    dx = []
    for d, row, spread in zip(dout * cache["gamma"], cache["rows"], cache["spreads"], strict=True):
        matrix = np.eye(len(row)) - 1 / len(row) - np.outer(row, row) / len(row)
        dx.append(matrix @ d / spread)
    return [np.array(dx), (dout * np.array(cache["rows"])).sum(0), dout.sum(0)]


def kept_rows(x: Array, gamma: Array, beta: Array, ln_param: Param) -> tuple[Array, Any]:
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


LAYERNORM = [
    Style(name, {"layernorm_forward": forward, "layernorm_backward": backward})
    for name, (forward, backward) in {
        "batch norm, transposed": (transposed, transposed_back),
        "row by row": (row_by_row, row_by_row_back),
        "keepdims, by the graph": (kept_rows, kept_rows_back),
    }.items()
]
