"""What 03_batchnorm asks of the functions: the probes, and the inputs that go with them.

Where eps is the question, variances are about as large as eps, and batches have 4 rows, so that
N and N - 1 are far apart. Numbers keep away from 0, so that each mistake moves hundreds of
tolerances, for every seed.
"""
# mypy: disallow-untyped-defs=False
# (Probes and properties carry no annotations: their source travels to where only numpy is known.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Inputs = dict[str, Any]
Draw = Callable[[np.random.Generator], Inputs]

# Where eps is not the question it must not cost points: against variances of about 2 an eps of 1e-5
# moves results by about 1e-5 of their size. Mistakes move them by 1e-2 and more.
LOOSE: Inputs = {"rtol": 1e-4, "atol": 1e-7}

# --- probes of a forward pass ---------------------------------------------------------------------


def one_batch(forward, x, gamma, beta, bn_param):
    out, cache = forward(x, gamma, beta, bn_param)
    return {"out": out}


def running_values(forward, batches, gamma, beta, bn_param):
    for x in batches:
        forward(x, gamma, beta, bn_param)
    names = ["running_mean", "running_var"]
    return {f"bn_param[{name!r}]": bn_param.get(name) for name in names}


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


def one_by_one(forward, x, gamma, beta, bn_param):
    rows = [forward(x[i : i + 1], gamma, beta, bn_param)[0] for i in range(len(x))]
    return {"out, for one example at a time": rows}


# --- probes of a backward pass: always with its own forward's cache -------------------------------


def gradient_of_x(forward, backward, x, gamma, beta, bn_param, dout):
    out, cache = forward(x, gamma, beta, bn_param)
    dx, dgamma, dbeta = backward(dout, cache)
    return {"dx": dx}


def gradients_of_gamma_and_beta(forward, backward, x, gamma, beta, bn_param, dout):
    out, cache = forward(x, gamma, beta, bn_param)
    dx, dgamma, dbeta = backward(dout, cache)
    return {"dgamma": dgamma, "dbeta": dbeta}


def two_ways_back(forward, backward, first, second, dout1, dout2):
    names = ["x", "gamma", "beta", "bn_param"]
    _, cache1 = forward(*[first[name] for name in names])
    _, cache2 = forward(*[second[name] for name in names])
    dx2, dgamma2, _ = backward(dout2, cache2)
    dx1, dgamma1, _ = backward(dout1, cache1)
    return {"first dx": dx1, "first dgamma": dgamma1, "second dx": dx2, "second dgamma": dgamma2}


# --- probes of layer norm -------------------------------------------------------------------------


def layer_out(forward, backward, x, gamma, beta, bn_param):
    out, cache = forward(x, gamma, beta, bn_param)
    return {"out": out}


def layer_alone(forward, backward, x, gamma, beta, bn_param):
    rows = [forward(x[i : i + 1], gamma, beta, bn_param)[0] for i in range(len(x))]
    return {"out, for one example at a time": rows}


# --- properties -----------------------------------------------------------------------------------


def mean_zero_variance_one(inputs, values):
    out = np.asarray(values["out"], dtype=float)
    if out.shape != inputs["x"].shape:
        return f"`out` has shape {out.shape}; expected shape {inputs['x'].shape}."
    off = [np.abs(out.mean(axis=0)), np.abs(out.std(axis=0) - 1)]
    if not np.all(np.array(off) < 1e-3):  # NaN is not below anything
        return (
            "These columns have means that are a hundred million times their standard deviations; "
            "your result does not have mean 0 and standard deviation 1."
        )
    return ""


# --- inputs ---------------------------------------------------------------------------------------


def signed(
    rng: np.random.Generator, *shape: int, least: float = 0.5, most: float = 2.0
) -> np.ndarray:
    """Numbers of both signs, none near zero."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(least, most, shape)


def columns(rng: np.random.Generator, n: int, d: int, var: float, axis: int = 0) -> np.ndarray:
    """Columns (axis 1: rows) with means of about 1 and variances of about `var`, off by a factor
    of 0.6 to 1.6; exactly so, not only on average."""
    kept = (1, d) if axis == 0 else (n, 1)
    z = rng.normal(size=(n, d))
    z -= z.mean(axis=axis, keepdims=True)
    z /= z.std(axis=axis, keepdims=True)
    return np.sqrt(var * rng.uniform(0.6, 1.6, kept)) * z + signed(rng, *kept)


def _scale_and_shift(rng: np.random.Generator, d: int) -> Inputs:
    return {"gamma": signed(rng, d), "beta": signed(rng, d)}


def training(
    n: int = 6, d: int = 5, var: float = 2.0, *, dout: bool = False, axis: int = 0, **bn_param: Any
) -> Draw:
    """One batch in mode "train"; with `dout`, also the gradient that comes back."""

    def inputs(rng: np.random.Generator) -> Inputs:
        made = {
            "x": columns(rng, n, d, var, axis),
            **_scale_and_shift(rng, d),
            "bn_param": {"mode": "train", **bn_param},
        }
        return {**made, "dout": signed(rng, n, d)} if dout else made

    return inputs


def far_from_zero(rng: np.random.Generator) -> Inputs:
    """Means of about 1e7 and standard deviations of about 0.05: x² has lost the variance."""
    x = 1e7 * signed(rng, 5, least=0.8, most=1.2) + 0.05 * rng.normal(size=(40, 5))
    ones = {"gamma": np.ones(5), "beta": np.zeros(5)}
    return {"x": x, **ones, "bn_param": {"mode": "train", "eps": 1e-9}}


def batches(count: int, var: float = 2.0, *, seeded: bool = False, **bn_param: Any) -> Draw:
    """Some batches of 4 rows in a row; `seeded`: running values are there already."""

    def inputs(rng: np.random.Generator) -> Inputs:
        stored = _stored(rng, 3, 1.0) if seeded else {}
        return {
            "batches": [columns(rng, 4, 3, var) for _ in range(count)],
            **_scale_and_shift(rng, 3),
            "bn_param": {"mode": "train", **bn_param, **stored},
        }

    return inputs


def _stored(rng: np.random.Generator, d: int, var: float) -> Inputs:
    return {"running_mean": signed(rng, d), "running_var": var * rng.uniform(0.6, 1.6, d)}


def both_layers(rng: np.random.Generator) -> Inputs:
    draw = batches(3, momentum=0.6)
    return {"first": draw(rng), "second": draw(rng)}


def at_test_time(n: int = 5, d: int = 4, var: float = 1.0, **bn_param: Any) -> Draw:
    """A batch in mode "test", with running values that are not the batch's."""

    def inputs(rng: np.random.Generator) -> Inputs:
        return {
            "x": columns(rng, n, d, 2.0),
            **_scale_and_shift(rng, d),
            "bn_param": {"mode": "test", **_stored(rng, d, var), **bn_param},
        }

    return inputs


def batches_at_test_time(rng: np.random.Generator) -> Inputs:
    made = at_test_time(momentum=0.7)(rng)
    made["batches"] = [made.pop("x"), columns(rng, 3, 4, 2.0)]
    return made


def two_ways(axis: int = 0) -> Draw:
    """Two layers of one shape, so that caches that are mixed up give wrong numbers, not errors."""

    def inputs(rng: np.random.Generator) -> Inputs:
        draw = training(4, 3, axis=axis)
        douts = {"dout1": signed(rng, 4, 3), "dout2": signed(rng, 4, 3)}
        return {"first": draw(rng), "second": draw(rng), **douts}

    return inputs
