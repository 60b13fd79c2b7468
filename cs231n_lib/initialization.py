"""Weight matrices to start from: random, and of a size that suits the layer's inputs.

An initialiser is ``init(fan_in, fan_out, rng) -> W`` of shape (fan_in, fan_out): normal numbers of
mean 0. ``fan_in`` is the number of inputs of each unit, ``fan_out`` the number of units. What
differs is the standard deviation.

Conventions: Glorot and Bengio's own rule (``xavier_normal_`` in PyTorch) has the variance
2 / (fan_in + fan_out); the slide's 1 / fan_in is elsewhere named after LeCun (``lecun_normal`` in
JAX and Keras). With equal numbers of inputs and units the two are the same. PyTorch stores W as
(fan_out, fan_in).
"""

import numpy as np

__all__ = ["he", "small_random", "xavier"]


def small_random(
    fan_in: int, fan_out: int, rng: np.random.Generator, scale: float = 0.01
) -> np.ndarray:
    """Weights of one size for every layer: standard deviation ``scale``.

    Good enough for a layer or two; in ten layers the signal vanishes (0.01) or saturates (1.0).

    >>> W = small_random(500, 300, np.random.default_rng(0))
    >>> W.shape, round(float(W.std()), 4)
    ((500, 300), 0.01)
    """
    return scale * rng.standard_normal(_shape(fan_in, fan_out))


def xavier(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Variance 1 / fan_in: the sum of fan_in products then has the variance of one input.

    Slide "Xavier initialization": ``np.random.randn(fan_in, fan_out) / np.sqrt(fan_in)``.
    Glorot and Bengio, 2010, section 4.2.1.

    >>> W = xavier(400, 300, np.random.default_rng(0))
    >>> W.shape, round(float(W.std()), 3)
    ((400, 300), 0.05)
    """
    return rng.standard_normal(_shape(fan_in, fan_out)) / np.sqrt(fan_in)


def he(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Variance 2 / fan_in: for ReLU, which lets half of a signal's mean square through.

    He, Zhang, Ren and Sun, 2015, "Delving deep into rectifiers", equation 10.

    >>> W = he(200, 300, np.random.default_rng(0))
    >>> W.shape, round(float(W.std()), 2)
    ((200, 300), 0.1)
    """
    return rng.standard_normal(_shape(fan_in, fan_out)) * np.sqrt(2 / fan_in)


def _shape(fan_in: int, fan_out: int) -> tuple[int, int]:
    if fan_in < 1 or fan_out < 1:
        raise ValueError(f"fan_in and fan_out must be at least 1, got {fan_in} and {fan_out}")
    return fan_in, fan_out
