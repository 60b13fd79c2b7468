"""What the five functions that take each number by itself share: probes, inputs, five mistakes.

A backward pass is always given the cache of its own forward pass, and nobody looks into it. Inputs
stay away from 0, where the slope is a convention, except in the tests that are about just that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Mistake

Array = np.ndarray

# --- probes ---------------------------------------------------------------------------------------


def forward_only(forward, backward, x):
    out, cache = forward(x)
    return {"out": out}


def forward_with_alpha(forward, backward, x, alpha):
    out, cache = forward(x, alpha)
    return {"out": out}


def forward_then_backward(forward, backward, x, dout):
    out, cache = forward(x)
    return {"dx": backward(dout, cache)}


def backward_with_alpha(forward, backward, x, dout, alpha):
    out, cache = forward(x, alpha)
    return {"dx": backward(dout, cache)}


def backward_at_extremes(forward, backward, x, dout):
    with np.errstate(all="ignore"):  # the forward pass has a test of its own
        out, cache = forward(x)
    return {"dx": backward(dout, cache)}


def two_layers(forward, backward, x1, x2, dout1, dout2):
    out1, cache1 = forward(x1)
    out2, cache2 = forward(x2)
    dx2 = backward(dout2, cache2)
    dx1 = backward(dout1, cache1)
    return {"dx2": dx2, "dx1": dx1}


def two_layers_with_alpha(forward, backward, x1, x2, dout1, dout2, alpha1, alpha2):
    out1, cache1 = forward(x1, alpha1)
    out2, cache2 = forward(x2, alpha2)
    dx2 = backward(dout2, cache2)
    dx1 = backward(dout1, cache1)
    return {"dx2": dx2, "dx1": dx1}


# --- inputs ---------------------------------------------------------------------------------------


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """x and dout, away from 0 and ±1, with each combination of their signs and of the size of x."""
    size = int(np.prod(shape))
    order = rng.permutation(size)
    x_signs, dout_signs, large = (
        np.resize(pattern, size)[order]
        for pattern in ([1, 1, -1, -1], [1, -1, 1, -1], [0, 0, 0, 0, 1, 1, 1, 1])
    )
    x = x_signs * np.where(large, rng.uniform(1.2, 2.5, size), rng.uniform(0.3, 0.9, size))
    dout = dout_signs * rng.uniform(1.2, 2.5, size)
    return x.reshape(shape), dout.reshape(shape)


def batch(rng):
    x, dout = signed(rng, (5, 4))
    return {"x": x, "dout": dout}


def only_x(rng):
    return {"x": signed(rng, (5, 4))[0]}


def with_alpha(rng):
    return {**batch(rng), "alpha": float(rng.uniform(0.25, 0.7))}


def x_with_alpha(rng):
    return {**only_x(rng), "alpha": float(rng.uniform(0.25, 0.7))}


def two_inputs(rng):
    """Of one shape, so that caches that are mixed up give wrong numbers, not an error."""
    x1, dout1 = signed(rng, (2, 3, 4))
    _, dout2 = signed(rng, (2, 3, 4))
    signs = rng.permutation(np.resize([1, -1], 24)).reshape(2, 3, 4)
    return {"x1": x1, "x2": 1.1 * signs * x1, "dout1": dout1, "dout2": dout2}


def two_alphas(rng):
    return {
        **two_inputs(rng),
        "alpha1": float(rng.uniform(0.2, 0.4)),
        "alpha2": float(rng.uniform(0.6, 0.8)),
    }


def extremes(rng):
    far, near = rng.uniform(720, 1000, 3), signed(rng, (8,))[0]
    return {"x": np.concatenate([[-1000.0, 1000.0], far, -far, near])}


def extremes_with_dout(rng):
    x = extremes(rng)["x"]
    return {"x": x, "dout": rng.uniform(1.2, 2.5, x.shape)}


# --- wrong answers --------------------------------------------------------------------------------


def contract_mistakes(forward: Callable[..., Any], backward: Callable[..., Any]) -> list[Mistake]:
    """What goes wrong with any of the five pairs: five mistakes about the contract."""
    last: list[Any] = []

    def remembers(x: Array, *alpha: float) -> tuple[Array, None]:
        out, cache = forward(x, *alpha)
        last[:] = [cache]
        return out, None

    def overwrites_x(x: Array, *alpha: float) -> tuple[Array, Any]:
        out, cache = forward(x.copy(), *alpha)
        x[...] = out
        return out, cache

    def caches_x(x: Array, *alpha: float) -> tuple[Array, Any]:
        out, cache = forward(x, *alpha)
        return out, (x, cache)

    def overwrites_cached_x(dout: Array, cache: Any) -> Array:
        x, kept = cache
        dx = backward(dout, kept)
        x[...] = dx
        return dx

    def overwrites_dout(dout: Array, cache: Any) -> Array:
        dout *= backward(np.ones_like(dout), cache)
        return dout

    return [
        Mistake(
            "dout left out",
            "This is the local slope alone. How the loss changes with x also depends on how it "
            "changes with this layer's output, and `dout` holds that (chain rule). Without it, "
            "the layers above have no influence.",
            {backward.__name__: lambda dout, cache: backward(np.ones_like(dout), cache)},
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used what the LAST forward pass had "
            "seen. A network has many such layers: what a backward pass needs must come from the "
            "`cache` that it is given, not from a variable outside.",
            {
                forward.__name__: remembers,
                backward.__name__: lambda dout, _: backward(dout, last[0]),
            },
        ),
        Mistake(
            "forward writes into x",
            "The numbers are right, but your forward pass changed the array `x` that it was given. "
            "The layer below may still need it for its own backward pass.",
            {forward.__name__: overwrites_x},
        ),
        Mistake(
            "backward writes into the cached x",
            "The numbers are right, but your backward pass changed the array `x` that the forward "
            "pass was given: what lies in the cache is that same array, not a copy. Select or "
            "multiply into a new array.",
            {forward.__name__: caches_x, backward.__name__: overwrites_cached_x},
        ),
        Mistake(
            "backward writes into dout",
            "The numbers are right, but your backward pass changed the array `dout` that it was "
            "given. Where a graph branches, other code still needs it.",
            {backward.__name__: overwrites_dout},
        ),
    ]
