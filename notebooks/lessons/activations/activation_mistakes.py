"""Builders of wrong answers for notebook 01: each changes one thing in the right one.

What exactly goes wrong, and what the student is told, stands in ``01_activations``.
"""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Mistake
from cs231n_lib import activations

__all__ = ["maxout_wrong", "report_wrong", "shared_mistakes", "wrong"]

Array = np.ndarray

_ALPHA = {"leaky_relu": (0.1,), "elu": (1.0,)}


def _right(name: str, which: str) -> Callable[..., Any]:
    return getattr(activations, f"{name}_{which}")


def wrong(
    name: str,
    value: Callable[..., Any] | None = None,
    slope: Callable[..., Any] | None = None,
    alpha: float | None = None,
) -> dict[str, Any]:
    """A wrong pair: out is `value(x[, alpha])`, the gradient is `dout * slope(x, out[, alpha])`.

    What is not given is the reference's; `alpha` is a wrong default.
    """
    default = _ALPHA.get(name, ()) if alpha is None else (alpha,)

    def forward(x: Array, *given: float) -> tuple[Array, Any]:
        given = given or default
        out, cache = _right(name, "forward")(x, *given)
        out = value(x, *given) if value else out
        return out, (cache, x, out, *given)

    def backward(dout: Array, cache: Any) -> Array:
        right_cache, *seen = cache
        return dout * slope(*seen) if slope else _right(name, "backward")(dout, right_cache)

    return {f"{name}_forward": forward, f"{name}_backward": backward}


def shared_mistakes(name: str) -> list[Mistake]:
    """What goes wrong with any of the elementwise functions: four mistakes about the contract."""
    forward, backward = _right(name, "forward"), _right(name, "backward")
    last: list[Any] = []

    def remembers(x: Array, *alpha: float) -> tuple[Array, None]:
        out, cache = forward(x, *alpha)
        last[:] = [cache]
        return out, None

    def overwrites_x(x: Array, *alpha: float) -> tuple[Array, Any]:
        out, cache = forward(x.copy(), *alpha)
        x[...] = out
        return out, cache

    def overwrites_dout(dout: Array, cache: Any) -> Array:
        dout *= backward(np.ones_like(dout), cache)
        return dout

    def takes(which: str, function: Callable[..., Any]) -> dict[str, Any]:
        return {f"{name}_{which}": function}

    return [
        Mistake(
            "dout left out",
            "This is the local slope alone. How the loss changes with x also depends on how it "
            "changes with this layer's output, and that is what `dout` tells (chain rule). Without "
            "it, no layer above has a say.",
            takes("backward", lambda dout, cache: backward(np.ones_like(dout), cache)),
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used what the LAST forward pass had "
            "seen. A network has many such layers: what a backward pass needs must come from the "
            "`cache` that it is given, not from a variable outside.",
            {
                **takes("forward", remembers),
                **takes("backward", lambda dout, _: backward(dout, last[0])),
            },
        ),
        Mistake(
            "forward writes into x",
            "The numbers are right, but your forward pass changed the array `x` that it was given. "
            "The layer below may still need it for its own backward pass.",
            takes("forward", overwrites_x),
        ),
        Mistake(
            "backward writes into dout",
            "The numbers are right, but your backward pass changed the array `dout` that it was "
            "given. Where a graph branches, somebody else still needs it.",
            takes("backward", overwrites_dout),
        ),
    ]


def maxout_wrong(
    out: Callable[..., Any] = np.maximum,
    shares: Callable[..., Any] = lambda first, second: (first >= second, first < second),
    change: Callable[..., Any] = lambda *gradients: gradients,
    sum_bias: bool = True,
) -> dict[str, Any]:
    """Wrong maxout: other outputs, other shares of dout for the two pieces, or changed results."""

    def forward(x, w1, b1, w2, b2):
        first, second = x @ w1 + b1, x @ w2 + b2
        return out(first, second), (x, w1, w2, *shares(first, second))

    def backward(dout, cache):
        x, w1, w2, share1, share2 = cache
        d1, d2 = dout * share1, dout * share2
        dx = d1 @ w1.T + d2 @ w2.T
        db1, db2 = (d1.sum(axis=0), d2.sum(axis=0)) if sum_bias else (d1, d2)
        return change(dx, x.T @ d1, db1, x.T @ d2, db2)

    return {"maxout_forward": forward, "maxout_backward": backward}


def report_wrong(
    stuck: Callable[..., Any] | None = None,
    saturated: Callable[..., Any] = lambda stuck: stuck.mean(axis=0),
    dead: Callable[..., Any] = lambda stuck: stuck.all(axis=0),
) -> dict[str, Any]:
    """A wrong report: other elements count as stuck, or they are counted in another way."""

    def right(out, kind):
        return out == 0 if kind == "relu" else np.abs(out if kind == "tanh" else 2 * out - 1) > 0.98

    def saturation_report(out, kind):
        found = (stuck or right)(out, kind)
        return {"saturated": saturated(found), "dead": dead(found)}

    return {"saturation_report": saturation_report}
