"""The two layers around every activation: the affine map, and the softmax loss at the end.

Contract as in ``activations``: ``x_forward(...) -> (out, cache)``, ``x_backward(dout, cache)``.
"""

import math
from typing import Any

import numpy as np

__all__ = ["affine_backward", "affine_forward", "softmax_loss"]


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Every input times a matrix, plus a bias: ``out = x w + b``.

    ``x`` (N, d1, ..., dk), each input flattened to D = d1·...·dk numbers; ``w`` (D, M); ``b`` (M,);
    ``out`` (N, M). Raises ``ValueError`` where the shapes do not fit.

    >>> affine_forward(np.ones((1, 2, 2)), np.ones((4, 1)), np.array([0.5]))[0]
    array([[4.5]])
    """
    x = np.asarray(x)
    features = math.prod(x.shape[1:])
    if x.ndim < 2 or w.ndim != 2 or w.shape[0] != features:
        raise ValueError(
            f"w must have one row per number of an input: x {x.shape} needs ({features}, M), "
            f"got {w.shape}"
        )
    return x.reshape(len(x), features) @ w + b, (x, w)


def affine_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients ``(dx, dw, db)`` of the affine layer, shaped like ``x``, ``w`` and ``b``.

    ``dx = dout wᵀ``, ``dw = xᵀ dout``, ``db`` = ``dout`` summed over the batch. (In nets it has a
    twin, ``_affine_backward_in_nets``.)

    >>> x, w = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    >>> dx, dw, db = affine_backward(np.array([[2.0]]), affine_forward(x, w, np.zeros(1))[1])
    >>> dx, dw.ravel(), db
    (array([[6., 8.]]), array([2., 4.]), array([2.]))
    """
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def _affine_backward_in_nets(
    dout: np.ndarray, cache: Any, dw: np.ndarray, db: np.ndarray, is_first: bool
) -> np.ndarray | None:
    """``affine_backward`` into given arrays; nobody needs the gradient of a first layer's input."""
    x, w = cache
    np.matmul(x.reshape(len(x), -1).T, dout, out=dw)
    np.sum(dout, axis=0, out=db)
    return None if is_first else (dout @ w.T).reshape(x.shape)


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean cross-entropy of softmax(x) against the right classes, and its gradient.

    ``x`` (N, C) scores; ``y`` (N,) integers, the index of the right class in each row.
    loss = -1/N Σ log p[i, y_i] with p = softmax(x);  dx = (p - onehot(y)) / N.
    The largest score of a row is subtracted first: softmax does not change, and exp cannot
    overflow. Raises ``ValueError`` where ``y`` is no index: labels that begin at 1, or floats.

    >>> loss, dx = softmax_loss(np.zeros((1, 10)), np.array([3]))
    >>> round(loss, 6), dx[0, 2:5].round(6)  # ln 10: all ten classes equally likely
    (2.302585, array([ 0.1, -0.9,  0.1]))
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"x must be (N, C) and y (N,), got {x.shape} and {y.shape}")
    if y.dtype.kind not in "iu":
        raise ValueError(f"y must hold whole numbers, the indices of classes; got {y.dtype}")
    if y.size and not 0 <= y.min() <= y.max() < x.shape[1]:
        raise ValueError(
            f"y must hold indices of classes, from 0 to {x.shape[1] - 1}; "
            f"got {y.min()} to {y.max()}"
        )
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return -float(log_p[rows, y].mean()), dx / len(x)
