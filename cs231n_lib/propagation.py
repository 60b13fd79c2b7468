"""How large a signal is after each of many random layers, and its gradient on the way back.

The stack is the lecture's: for each W of a list ``weights`` a matrix product and an activation, no
biases. Means and standard deviations are over all the numbers of a layer, all examples and all
units together.

Slides: the table above "Xavier initialization".
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cs231n_lib import stack
from cs231n_lib.stack import Parts

__all__ = [
    "forward_statistics",
    "gain_for",
    "gradient_statistics",
    "predicted_std",
    "slide_lines",
]

Function = Callable[[np.ndarray], np.ndarray]
Pair = tuple[Callable[..., tuple[np.ndarray, Any]], Callable[..., np.ndarray]]


def forward_statistics(
    X: np.ndarray, weights: Sequence[np.ndarray], activation: Function
) -> list[tuple[float, float]]:
    """Mean and standard deviation of each hidden layer's output, the first layer first.

    ``X`` (N, D); ``weights`` matrices that fit one behind the other, (D, H1), (H1, H2), ...;
    ``activation`` a function of an array, such as ``np.tanh``.

    >>> forward_statistics(np.array([[3.0, -3.0]]), [np.eye(2), 2 * np.eye(2)], lambda z: z)
    [(0.0, 3.0), (0.0, 6.0)]
    """
    statistics = []
    h = _matching(X, weights)
    for W in weights:
        h = activation(h @ W)
        statistics.append((float(np.mean(h)), float(np.std(h))))
    return statistics


def predicted_std(layers: int, activation: Function = np.tanh, gain: float = 1.0) -> np.ndarray:
    """The standard deviations that theory expects in ``layers`` very wide layers, (layers,).

    The input has mean 0 and standard deviation 1, the weights are independent, with mean 0 and
    variance ``gain`` / fan_in: 1 for the slide's Xavier, 2 for He's. (PyTorch calls the ROOT of
    this number gain.) Before the activation a unit of a wide layer then is a normal variable,

        z ~ N(0, gain · E[h²]),   h' = activation(z),

    with h and h' the outputs of the layer before and of this one. What is handed on is the mean
    square E[h²], not the variance: they differ where the mean is not 0, as for ReLU (He et al.,
    2015, equation 7). The expectations are integrals over one normal variable, computed by
    Gauss-Hermite quadrature with 150 nodes. For tanh that gives 13 digits at gain 1, 9 at gain 2
    and 6 at gain 4, but only 2 at gain 500, where tanh is steep between two nodes; for ReLU, which
    has a kink, 3 digits at any gain.

    >>> predicted_std(10)[[0, 1, 9]].round(6)
    array([0.627929, 0.486262, 0.228473])
    >>> predicted_std(3, lambda z: z, gain=4.0)
    array([2., 4., 8.])
    """
    if layers < 1:
        raise ValueError(f"layers must be at least 1, got {layers}")
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(150)
    node_weights = node_weights / node_weights.sum()
    mean_square, stds = 1.0, []
    for _ in range(layers):
        h = activation(np.sqrt(gain * mean_square) * nodes)
        mean, mean_square = node_weights @ h, node_weights @ h**2
        stds.append(np.sqrt(node_weights @ (h - mean) ** 2))
    return np.array(stds)


def gain_for(predict: Callable[[float], float], level: float) -> float:
    """The gain between 1 and 10 at which ``predict(gain)`` equals ``level``, by bisection.

    ``predict`` must rise with the gain, as the signal in the last of many tanh layers does. Half of
    the range is left after each call, 8e-15 of it after fifty. ValueError if no gain between 1 and
    10 gives the level. Source: bisection, Burden and Faires, "Numerical Analysis", section 2.1.

    >>> round(gain_for(lambda gain: gain**2, 9.0), 12)
    3.0
    >>> round(gain_for(lambda gain: predicted_std(200, gain=gain)[-1], 0.65), 3)
    2.763
    """
    low, high = 1.0, 10.0
    if not predict(low) <= level <= predict(high):
        raise ValueError(
            f"level must be from predict(1) = {predict(low):g} to predict(10) = {predict(high):g},"
            f" got {level!r}"
        )
    for _ in range(50):
        middle = (low + high) / 2
        if predict(middle) < level:
            low = middle
        else:
            high = middle
    return middle


def gradient_statistics(
    X: np.ndarray, weights: Sequence[np.ndarray], activation: Pair, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Standard deviations (of dh, of dW) for each hidden layer, the first layer first.

    ``activation`` is a pair ``(forward, backward)`` with the contract of ``activations``. A
    gradient of standard deviation 1, drawn from ``rng`` for each example, arrives at the last
    layer's output and is propagated back. dh is the gradient with respect to a layer's output, for
    each example, dW the one with respect to its weights, averaged over the examples.

    >>> both = (lambda z: (z, None), lambda dout, cache: dout)  # no activation at all
    >>> rng = np.random.default_rng(0)
    >>> stds = gradient_statistics(np.ones((5, 3)), [np.eye(3), np.eye(3)], both, rng)
    >>> stds[0][0] == stds[1][0]  # the identity passes a gradient on as it is
    True
    """
    forward, backward = activation
    stds_of_dh: list[float] = []

    def measured_backward(dh: np.ndarray, cache: Any) -> np.ndarray:
        stds_of_dh.append(float(np.std(dh)))
        return backward(dh, cache)

    h = _matching(X, weights)
    # The stack ends with an affine layer: an identity, which passes the gradient on as it is.
    matrices = [*weights, np.eye([h, *weights][-1].shape[1])]
    params = {f"W{i}": W for i, W in enumerate(matrices, start=1)}
    params |= {f"b{i}": np.zeros(W.shape[1]) for i, W in enumerate(matrices, start=1)}
    parts = Parts(activation=(forward, measured_backward))
    out, caches, _ = stack.forward(h, params, parts)
    grads = stack.backward(rng.standard_normal(out.shape), caches, params, 0.0, parts)
    stds_of_dW = [float(np.std(grads[f"W{i}"] / len(h))) for i in range(1, len(matrices))]
    return list(zip(reversed(stds_of_dh), stds_of_dW, strict=True))


def slide_lines(X: np.ndarray, statistics: Sequence[tuple[float, float]]) -> str:
    """The input's mean and standard deviation, and each layer's, in the words of the lecture.

    >>> print(slide_lines(np.array([1.0, -1.0]), [(0.25, 0.5)]))
    input layer had mean 0.000000 and std 1.000000
    hidden layer 1 had mean 0.250000 and std 0.500000
    """
    lines = [f"input layer had mean {np.mean(X):f} and std {np.std(X):f}"]
    for layer, (mean, std) in enumerate(statistics, start=1):
        lines.append(f"hidden layer {layer} had mean {mean:f} and std {std:f}")
    return "\n".join(lines)


def _matching(X: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
    """X, after a look at whether the weights fit it and each other."""
    width = np.shape(X)[-1]
    for i, W in enumerate(weights):
        if W.ndim != 2 or len(W) != width:
            raise ValueError(f"weights[{i}] must have {width} rows, got shape {W.shape}")
        width = W.shape[1]
    return np.asarray(X)
