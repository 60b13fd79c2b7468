"""Batch normalization, forward and two ways backward, and its sibling without a batch.

Contract (CS231n's): ``batchnorm_forward(x, gamma, beta, bn_param) -> (out, cache)`` and
``batchnorm_backward(dout, cache) -> (dx, dgamma, dbeta)``. ``x``, ``out``, ``dout`` and ``dx`` have
the shape (N, D), a row per example; everything else here has the shape (D,).

Conventions, which differ from library to library:

* ``eps`` is added to the variance, inside the square root (PyTorch, Keras and the paper, too);
* ``momentum`` weighs the OLD running value (Keras and the course; PyTorch's weighs the new one, so
  its 0.1 is our 0.9);
* the running variance averages the same biased variance that normalizes the batch (Keras and the
  course; PyTorch stores N / (N - 1) times as much, and the paper multiplies by that at the end);
* running values start at 0, as the course's do (PyTorch and Keras begin with a variance of 1).

Slide: "Batch Normalization"; Ioffe and Szegedy, 2015, algorithms 1 and 2.
"""

from collections.abc import MutableMapping
from typing import Any

import numpy as np

__all__ = [
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "layernorm_backward",
    "layernorm_forward",
    "variance_gradient",
]


def batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: MutableMapping[str, Any]
) -> tuple[np.ndarray, Any]:
    """Give every feature mean 0 and variance 1 over the batch, then a scale and a shift of its own.

    out = γ (x - μ) / √(σ² + eps) + β. ``bn_param["mode"]`` says where μ and σ² come from: "train",
    the mean and the (biased) variance of each column of this batch; "test", the running values.
    In "train" mode ``bn_param["running_mean"]`` and ``["running_var"]`` are replaced by
    momentum · old + (1 - momentum) · this batch's; that is the only change to an argument. Further
    keys: ``eps`` (1e-5), ``momentum`` (0.9). In "test" mode there is no cache (None).

    >>> bn_param = {"mode": "train"}
    >>> x = np.array([[1.0, 10.0], [3.0, 50.0]])
    >>> out, cache = batchnorm_forward(x, np.ones(2), np.array([0.0, 100.0]), bn_param)
    >>> out.round(3)
    array([[ -1.,  99.],
           [  1., 101.]])
    >>> bn_param["running_mean"]
    array([0.2, 3. ])
    """
    x = np.asarray(x)
    _require_shapes(x, gamma, beta)
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param.get("mode") == "train":
        mean = x.mean(axis=0)
        var = ((x - mean) ** 2).mean(axis=0)
        inv_std = 1 / np.sqrt(var + eps)
        x_hat = (x - mean) * inv_std
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        return gamma * x_hat + beta, (x_hat, inv_std, gamma)
    if bn_param.get("mode") == "test":
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        return gamma * x_hat + beta, None
    raise ValueError(f"bn_param['mode'] must be 'train' or 'test', got {bn_param.get('mode')!r}")


def variance_gradient(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient for the variance of each column, (D,), while x - μ is held fixed.

    dσ² = -½ (σ² + eps)^(-3/2) · sum over the rows of dout · γ · (x - μ)

    >>> x = np.array([[0.0], [2.0]])
    >>> _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train", "eps": 0.0})
    >>> variance_gradient(np.array([[0.0], [1.0]]), cache)
    array([-0.5])
    """
    x_hat, inv_std, gamma = _trained(cache)
    dinv_std = (dout * gamma * x_hat / inv_std).sum(axis=0)  # x_hat = (x - mean) · inv_std
    return dinv_std * -0.5 * inv_std**3  # inv_std = (var + eps)^(-1/2)


def batchnorm_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients ``(dx, dgamma, dbeta)`` of a "train" pass, node by node along the graph.

    An input reaches the output three ways: by itself, through the mean and through the variance of
    its column. Every node that sends its value to all rows collects the sum of their gradients.

    >>> x = np.array([[0.0], [1.0], [5.0]])
    >>> _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train"})
    >>> dx, dgamma, dbeta = batchnorm_backward(np.array([[1.0], [1.0], [4.0]]), cache)
    >>> dx.sum().round(6) + 0, dbeta  # moving all of x together changes nothing
    (np.float64(0.0), array([6.]))
    """
    x_hat, inv_std, gamma = _trained(cache)
    n = len(dout)
    x_mu = x_hat / inv_std
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dvar = variance_gradient(dout, cache)
    dx_mu = dx_hat * inv_std + dvar * 2 * x_mu / n  # var = mean of x_mu²
    dmean = -dx_mu.sum(axis=0)  # x_mu = x - mean
    dx = dx_mu + dmean / n
    return dx, dgamma, dbeta


def batchnorm_backward_alt(
    dout: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same gradients, with the graph's sums worked out on paper.

    dx = γ / √(σ² + eps) · (dout - mean of dout - x̂ · mean of dout · x̂): from the gradient, take
    away its mean and its component along x̂.

    >>> x = np.array([[0.0], [1.0], [5.0]])
    >>> _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train"})
    >>> dout = np.array([[1.0], [1.0], [4.0]])
    >>> other, (dx, _, _) = batchnorm_backward(dout, cache)[0], batchnorm_backward_alt(dout, cache)
    >>> np.allclose(dx, other)
    True
    """
    x_hat, inv_std, gamma = _trained(cache)
    total, along = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    dx = gamma * inv_std * (dout - (total + x_hat * along) / len(dout))
    return dx, along, total


def layernorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: MutableMapping[str, Any]
) -> tuple[np.ndarray, Any]:
    """Give every EXAMPLE mean 0 and variance 1 over its features; gamma and beta per feature.

    No example sees another, so there is nothing to remember, and no difference between training and
    test: ``ln_param`` holds ``eps`` (1e-5) at most. Ba, Kiros and Hinton, 2016, equation 3 (with
    ``eps`` inside the root, as everywhere in code).

    >>> x = np.array([[1.0, 3.0], [10.0, 50.0]])
    >>> layernorm_forward(x, np.ones(2), np.zeros(2), {})[0].round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    x = np.asarray(x)
    _require_shapes(x, gamma, beta)
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    normed = centred / spread
    return normed * gamma + beta, (normed, spread, gamma)


def layernorm_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients ``(dx, dgamma, dbeta)`` of layer normalization.

    >>> x = np.array([[0.0, 1.0, 5.0]])
    >>> _, cache = layernorm_forward(x, np.ones(3), np.zeros(3), {})
    >>> dx, dgamma, dbeta = layernorm_backward(np.array([[1.0, 1.0, 4.0]]), cache)
    >>> dx.sum().round(6) + 0, dbeta
    (np.float64(0.0), array([1., 1., 4.]))
    """
    normed, spread, gamma = cache
    dnormed = dout * gamma
    mean = dnormed.mean(axis=1, keepdims=True)
    projection = (dnormed * normed).mean(axis=1, keepdims=True)
    dx = (dnormed - mean - normed * projection) / spread
    return dx, np.sum(dout * normed, axis=0), np.sum(dout, axis=0)


def _require_shapes(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> None:
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"x must be (N, D) with at least one row, got shape {x.shape}")
    for name, array in (("gamma", gamma), ("beta", beta)):
        if np.shape(array) != x.shape[1:]:
            raise ValueError(
                f"{name} must have one number per column of x, shape {x.shape[1:]}, "
                f"got {np.shape(array)}"
            )


def _trained(cache: Any) -> Any:
    if cache is None:
        raise ValueError(
            "cache must come from a forward pass in 'train' mode, got None: in 'test' mode none is "
            "kept"
        )
    return cache
