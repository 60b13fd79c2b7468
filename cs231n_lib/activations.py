"""The six activation functions of the lecture, forward and backward.

Contract, the same for every pair:

* ``x_forward(x, ...) -> (out, cache)`` applies the function to each element of ``x``, an array of
  any shape. ``cache`` is whatever the backward pass needs; nobody else looks inside it.
* ``x_backward(dout, cache) -> dx`` takes the gradient of the loss with respect to ``out`` and
  returns the gradient with respect to ``x``, of the same shape.

``maxout`` has weights of its own, so its signature is longer. No function changes its inputs.
At a kink the derivative is a convention: the piece written with ``x <= 0`` decides at 0.

Slides: "Activation Functions" (lecture 6).
"""

from typing import Any

import numpy as np

__all__ = [
    "elu_backward",
    "elu_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "maxout_backward",
    "maxout_forward",
    "relu_backward",
    "relu_forward",
    "saturation_report",
    "sigmoid_backward",
    "sigmoid_forward",
    "tanh_backward",
    "tanh_forward",
]


def sigmoid_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Squash each number into [0, 1]: σ(x) = 1 / (1 + exp(-x)).

    Only exp(-|x|) is ever computed, which lies in [0, 1]: no overflow at any input.

    >>> sigmoid_forward(np.array([-1000.0, 0.0, 1000.0]))[0]
    array([0. , 0.5, 1. ])
    """
    x = np.asarray(x, np.result_type(np.asarray(x), 1.0))  # -1 of an unsigned integer is large
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1.0, e) / (1.0 + e)
    return out, out


def sigmoid_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient through the sigmoid: σ' = σ (1 - σ), at most 1/4.

    >>> sigmoid_backward(np.array([8.0]), sigmoid_forward(np.array([0.0]))[1])
    array([2.])
    """
    out = cache
    return dout * out * (1.0 - out)


def tanh_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Squash each number into [-1, 1], centred on zero: tanh(x).

    >>> tanh_forward(np.array([-1000.0, 0.0, 1000.0]))[0]
    array([-1.,  0.,  1.])
    """
    out = np.tanh(x)
    return out, out


def tanh_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient through tanh: tanh' = 1 - tanh².

    >>> tanh_backward(np.array([3.0]), tanh_forward(np.array([0.0]))[1])
    array([3.])
    """
    out = cache
    return dout * (1.0 - out**2)


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Rectified linear unit: max(0, x).

    >>> relu_forward(np.array([-np.inf, -2.0, 3.0]))[0]
    array([0., 0., 3.])
    """
    x = np.asarray(x)
    return np.maximum(0, x), x


def relu_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient through the ReLU: passed on where x > 0, stopped elsewhere (also at 0).

    (In nets it has a twin, ``_relu_backward_in_nets``.)

    >>> relu_backward(np.array([5.0, 5.0, 5.0]), relu_forward(np.array([-2.0, 0.0, 3.0]))[1])
    array([0., 0., 5.])
    """
    x = cache
    return np.where(x > 0, dout, 0.0)


def _relu_backward_in_nets(dout: np.ndarray, cache: Any) -> np.ndarray:
    """``relu_backward`` by a product: five times as fast, for no processor can guess random signs.

    But 0 · inf is NaN: where a gradient is not finite, the choice is made after all.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        dx = dout * (cache > 0) + 0.0  # + 0.0: no minus zero
        is_finite = np.isfinite(dx.sum())
    return dx if is_finite else np.where(cache > 0, dout, 0.0)


def leaky_relu_forward(x: np.ndarray, alpha: float = 0.1) -> tuple[np.ndarray, Any]:
    """ReLU with a small slope ``alpha`` for negative inputs: max(αx, x).

    The slide's slope is 0.1; PyTorch's default is 0.01. ``alpha`` must be below 1 for the two
    forms (the maximum, and "slope α where x <= 0") to agree; the second is what is computed.

    >>> leaky_relu_forward(np.array([-2.0, 3.0]))[0]
    array([-0.2,  3. ])
    """
    x = np.asarray(x)
    return np.where(x > 0, x, alpha * x), (x, alpha)


def leaky_relu_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient through the leaky ReLU: slope 1 where x > 0, ``alpha`` elsewhere.

    >>> leaky_relu_backward(np.array([5.0, 5.0]), leaky_relu_forward(np.array([-2.0, 3.0]))[1])
    array([0.5, 5. ])
    """
    x, alpha = cache
    return np.where(x > 0, dout, alpha * dout)


def maxout_forward(
    x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, Any]:
    """The larger of two affine pieces: max(x w1 + b1, x w2 + b2), element by element.

    Shapes: ``x`` (N, D); ``w1``, ``w2`` (D, M); ``b1``, ``b2`` (M,); ``out`` (N, M).
    Goodfellow et al., 2013. ReLU is the case w2 = 0, b2 = 0.

    >>> x = np.array([[1.0, -1.0]])
    >>> maxout_forward(x, np.eye(2), np.zeros(2), -np.eye(2), np.zeros(2))[0]  # |x|
    array([[1., 1.]])
    """
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.maximum(first, second), (x, w1, w2, first >= second)


def maxout_backward(
    dout: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradient through maxout: each element of ``dout`` goes to the piece that won there.

    Where both pieces are equal the first one gets all of it, and gets it once.
    Returns ``(dx, dw1, db1, dw2, db2)``, each shaped like the input that it belongs to.

    >>> x, w, b = np.array([[2.0]]), np.array([[1.0]]), np.zeros(1)
    >>> dx, dw1, db1, dw2, db2 = maxout_backward(np.ones((1, 1)), maxout_forward(x, w, b, w, b)[1])
    >>> dx.item(), dw1.item(), dw2.item()  # a tie
    (1.0, 2.0, 0.0)
    """
    x, w1, w2, first_won = cache
    d1 = np.where(first_won, dout, 0.0)
    d2 = np.where(first_won, 0.0, dout)
    dx = d1 @ w1.T + d2 @ w2.T
    return dx, x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)


def elu_forward(x: np.ndarray, alpha: float = 1.0) -> tuple[np.ndarray, Any]:
    """Exponential linear unit: x where x > 0, α (exp(x) - 1) where x <= 0.

    ``np.where`` evaluates both pieces everywhere, so the exponent is cut at 0: large positive
    inputs would overflow it. Clevert et al., 2015.

    >>> elu_forward(np.array([-1000.0, 0.0, 1000.0]))[0]
    array([  -1.,    0., 1000.])
    """
    x = np.asarray(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), (x, alpha)


def elu_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient through the ELU: slope 1 where x > 0, α exp(x) elsewhere.

    >>> elu_backward(np.array([5.0, 5.0]), elu_forward(np.array([-1000.0, 1000.0]))[1])
    array([0., 5.])
    """
    x, alpha = cache
    return np.where(x > 0, dout, alpha * np.exp(np.minimum(x, 0)) * dout)


def saturation_report(out: np.ndarray, kind: str) -> dict[str, np.ndarray]:
    """How much of a layer's output is stuck where the gradient (nearly) vanishes.

    ``out`` (N, units): the layer's activations for N inputs, after the nonlinearity.
    ``kind``: which nonlinearity made them. An element counts as stuck when it is

    * "sigmoid" (range 0 to 1): below 0.01 or above 0.99;
    * "tanh" (range -1 to 1): above 0.98 in absolute value;
    * "relu": exactly 0, that is, off.

    For the first two that is "closer to an asymptote than 1 % of the range".

    Returns ``{"saturated": (units,) float, "dead": (units,) bool}``: the fraction of the N inputs
    for which a unit is stuck, and whether it is stuck for every one of them. A ReLU that is dead
    on all training inputs gets no gradient from any, and stays as it is.

    >>> report = saturation_report(np.array([[0.0, 0.0], [0.0, 2.0]]), "relu")
    >>> report["saturated"], report["dead"]
    (array([1. , 0.5]), array([ True, False]))
    """
    out = np.asarray(out)
    if out.ndim != 2 or len(out) == 0:
        raise ValueError(f"out must have shape (N, units) with N >= 1, got shape {out.shape}")
    if kind == "sigmoid":
        stuck = (out < 0.01) | (out > 0.99)
    elif kind == "tanh":
        stuck = np.abs(out) > 0.98
    elif kind == "relu":
        stuck = out == 0
    else:
        raise ValueError(f"kind must be 'sigmoid', 'tanh' or 'relu', got {kind!r}")
    return {"saturated": stuck.mean(axis=0), "dead": stuck.all(axis=0)}
