"""Other right ways to write the activation functions: all of them must get full points.

A cache may be anything (a dict, a tuple, the slopes, a function), a formula any that is equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.exercise import Style

__all__ = ["STYLES"]

Array = np.ndarray


def _style(name: str, **replaces: Callable[..., Any]) -> Style:
    return Style(name, replaces)


# ------------------------------------------------------------------------------------ right answers


def _one_by_one(x: Array) -> tuple[Array, dict[str, Array]]:
    def one(number: float) -> float:
        small = math.exp(-abs(number))
        return 1 / (1 + small) if number > 0 else small / (1 + small)

    out = np.array([one(number) for number in x.ravel().tolist()]).reshape(x.shape)
    return out, {"out": out}


def _relu_selected(x: Array) -> tuple[Array, Array]:
    out = x.copy()
    out[x < 0] = 0
    return out, x >= 0


def _relu_gradient_in_copy(dout: Array, cache: Array) -> Array:
    dx = np.array(dout)
    dx[~cache] = 0
    return dx


def _maxout_stacked(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    pieces = np.stack([x.dot(w1) + b1, x.dot(w2) + b2])
    winner = pieces.argmax(axis=0)
    return pieces.max(axis=0), {"x": x, "w": (w1, w2), "winner": winner}


def _maxout_stacked_back(dout: Array, cache: Any) -> list[Array]:
    x, dx, parts = cache["x"], 0, []
    for index, w in enumerate(cache["w"]):
        mine = dout * (cache["winner"] == index)
        dx = dx + mine.dot(w.T)
        parts += [x.T.dot(mine), mine.sum(0)]
    return [dx, *parts]


def _maxout_last_wins(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    first, second = np.einsum("nd,dm->nm", x, w1) + b1, np.einsum("nd,dm->nm", x, w2) + b2
    return np.where(first > second, first, second), (x, w1, w2, (first > second) * 1.0)


def _maxout_shared_tie(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Any]:
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.maximum(first, second), (x, w1, w2, 0.5 * (1 + np.sign(first - second)))


def _maxout_weighted_back(dout: Array, cache: Any) -> tuple[Array, ...]:
    x, w1, w2, share = cache
    d1, d2 = dout * share, dout * (1 - share)
    return d1 @ w1.T + d2 @ w2.T, x.T @ d1, np.sum(d1, 0), x.T @ d2, np.sum(d2, 0)


def _elu_gradient(dout: Array, cache: Any) -> Array:
    dx = dout.copy()
    low = cache["out"] <= 0
    dx[low] *= cache["out"][low] + cache["alpha"]
    return dx


def _elu_selected(x: Array, alpha: float = 1.0) -> tuple[Array, Any]:
    out = np.array(x, dtype=float)
    low = out <= 0
    out[low] = alpha * (np.exp(out[low]) - 1)
    return out, {"out": out, "alpha": alpha}


def _report_by_loops(out: Array, kind: str) -> dict[str, list[Any]]:
    low, high = {"sigmoid": (0.01, 0.99), "tanh": (-0.98, 0.98), "relu": (0, np.inf)}[kind]
    saturated = []
    for unit in range(out.shape[1]):
        stuck = [
            value <= low if kind == "relu" else value < low or value > high
            for value in out[:, unit].tolist()
        ]
        saturated.append(sum(stuck) / len(stuck))
    return {"saturated": saturated, "dead": [share == 1 for share in saturated]}


def _report_as_numbers(out: Array, kind: str) -> dict[str, Array]:
    if kind == "relu":
        stuck = ~(out > 0)
    elif kind == "tanh":
        stuck = 1 - np.abs(out) < 0.02
    else:
        stuck = np.minimum(out, 1 - out) < 0.01
    return {"saturated": np.mean(stuck, axis=0), "dead": np.prod(stuck, axis=0)}


def _report_by_distance(out: Array, kind: str) -> dict[str, Array]:
    middle, half = {"sigmoid": (0.5, 0.5), "tanh": (0.0, 1.0), "relu": (np.inf, np.inf)}[kind]
    if kind == "relu":
        live = np.count_nonzero(out, axis=0)
    else:
        live = np.count_nonzero(np.abs(out - middle) <= 0.98 * half, axis=0)
    return {"saturated": 1 - live / len(out), "dead": live == 0}


STYLES: Mapping[str, list[Style]] = {
    "sigmoid": [
        _style(
            "number by number, dict cache",
            sigmoid_forward=_one_by_one,
            sigmoid_backward=lambda dout, c: dout * c["out"] * (1 - c["out"]),
        ),
        _style(
            "by tanh, tuple cache",
            sigmoid_forward=lambda x: (0.5 * (1 + np.tanh(x / 2)), (x,)),
            sigmoid_backward=lambda dout, c: dout / (4 * np.cosh(np.clip(c[0] / 2, -99, 99)) ** 2),
        ),
        _style(
            "clipped exponent",
            sigmoid_forward=lambda x: (1 / (1 + np.exp(-np.clip(x, -500, 500))),) * 2,
            sigmoid_backward=lambda dout, out: dout * (out - out**2),
        ),
        _style(
            "by logaddexp, cache is a function",
            sigmoid_forward=lambda x: (np.exp(-np.logaddexp(0, -x)), lambda: np.logaddexp(0, x)),
            sigmoid_backward=lambda dout, c: dout * (1 - np.exp(-c())) * np.exp(-c()),
        ),
    ],
    "tanh": [
        _style(
            "keeps x",
            tanh_forward=lambda x: (np.tanh(x), (x,)),
            tanh_backward=lambda dout, c: dout * (1 - np.tanh(c[0]) ** 2),
        ),
        _style(
            "by an exponential that cannot overflow, 1/cosh²",
            tanh_forward=lambda x: (
                -np.sign(x) * np.expm1(-2 * abs(x)) / (1 + np.exp(-2 * abs(x))),
                {"x": x},
            ),
            tanh_backward=lambda dout, c: dout / np.cosh(c["x"]) ** 2,
        ),
        _style(
            "factored",
            tanh_forward=lambda x: (np.tanh(x),) * 2,
            tanh_backward=lambda dout, out: dout * (1 - out) * (1 + out),
        ),
    ],
    "relu": [
        _style(
            "selected, slope 1 at 0",
            relu_forward=_relu_selected,
            relu_backward=_relu_gradient_in_copy,
        ),
        _style(
            "keeps out",
            relu_forward=lambda x: (np.clip(x, 0, None),) * 2,
            relu_backward=lambda dout, out: dout * (out > 0),
        ),
        _style(
            "where, dict cache",
            relu_forward=lambda x: (np.where(x > 0, x, 0), {"x": x}),
            relu_backward=lambda dout, c: np.where(c["x"] >= 0, dout, 0),
        ),
    ],
    "leaky_relu": [
        _style(
            "maximum",
            leaky_relu_forward=lambda x, alpha=0.1: (np.maximum(alpha * x, x), (x, alpha)),
            leaky_relu_backward=lambda dout, c: np.where(c[0] >= 0, dout, c[1] * dout),
        ),
        _style(
            "keeps the slopes",
            leaky_relu_forward=lambda x, alpha=0.1: (
                x * np.where(x < 0, alpha, 1),
                np.where(x < 0, alpha, 1),
            ),
            leaky_relu_backward=lambda dout, slope: slope * dout,
        ),
        _style(
            "two parts, dict cache",
            leaky_relu_forward=lambda x, alpha=0.1: (
                np.maximum(x, 0) + alpha * np.minimum(x, 0),
                {"x": x, "a": alpha},
            ),
            leaky_relu_backward=lambda dout, c: dout * ((c["x"] > 0) + c["a"] * (c["x"] <= 0)),
        ),
    ],
    "maxout": [
        _style(
            "stacked, dict cache, list of results",
            maxout_forward=_maxout_stacked,
            maxout_backward=_maxout_stacked_back,
        ),
        _style(
            "the second piece wins ties",
            maxout_forward=_maxout_last_wins,
            maxout_backward=_maxout_weighted_back,
        ),
        _style(
            "a tie is shared half and half",
            maxout_forward=_maxout_shared_tie,
            maxout_backward=_maxout_weighted_back,
        ),
    ],
    "elu": [
        _style("selected, from out", elu_forward=_elu_selected, elu_backward=_elu_gradient),
        _style(
            "two parts",
            elu_forward=lambda x, alpha=1.0: (
                np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1),
                (x, alpha),
            ),
            elu_backward=lambda dout, c: (
                dout * ((c[0] > 0) + (c[0] <= 0) * c[1] * np.exp(-abs(c[0])))
            ),
        ),
        _style(
            "keeps the slopes",
            elu_forward=lambda x, alpha=1.0: (
                np.where(x > 0, x, alpha * np.expm1(-abs(x))),
                np.where(x >= 0, 1, alpha * np.exp(-abs(x))),
            ),
            elu_backward=lambda dout, slope: dout * slope,
        ),
    ],
    "saturation_report": [
        _style("loops and lists", saturation_report=_report_by_loops),
        _style("dead as 0 and 1", saturation_report=_report_as_numbers),
        _style("distance from the middle", saturation_report=_report_by_distance),
    ],
}
