"""Dropout, inverted, and the mean over its masks.

Contract (CS231n's): ``dropout_forward(x, dropout_param) -> (out, cache)`` and
``dropout_backward(dout, cache) -> dx``, all arrays of one shape. ``dropout_param`` holds

* ``mode``: "train" (a new mask in every call) or "test" (the identity);
* ``p``: the probability to KEEP an element, 0 < p <= 1;
* ``rng``: a Generator, from which each call draws on, or ``seed``: a number, with which every call
  draws the same mask (for a gradient check, say). The seed wins where both are there.

Conventions, which differ from library to library:

* ``p`` in PyTorch (``nn.Dropout(p)``) and ``rate`` in Keras and Flax are the probability to DROP;
  the lecture's and TensorFlow 1's ``keep_prob`` is the probability to keep, as here;
* what is kept is divided by ``p`` in training ("inverted" dropout), so that a test changes nothing.
  The paper's own dropout leaves training alone and multiplies by ``p`` in the test.

Slide: "Dropout" (a TODO of this lecture); Srivastava, Hinton, Krizhevsky, Sutskever and
Salakhutdinov, 2014, "Dropout: a simple way to prevent neural networks from overfitting".
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["dropout_backward", "dropout_forward", "generator", "mc_average"]

DropoutParam = Mapping[str, Any]


def generator(dropout_param: DropoutParam) -> np.random.Generator:
    """What a mask is to be drawn from: ``rng`` as it stands, or a new Generator for ``seed``.

    >>> generator({"seed": 5}).random() == generator({"seed": 5}).random()
    True
    """
    if "seed" in dropout_param:
        return np.random.default_rng(dropout_param["seed"])
    if not isinstance(dropout_param.get("rng"), np.random.Generator):
        raise ValueError(
            "dropout_param must hold 'rng' (a numpy Generator) or 'seed' (a number), "
            f"got {', '.join(map(repr, dropout_param)) or 'nothing'}"
        )
    rng: np.random.Generator = dropout_param["rng"]
    return rng


def dropout_forward(x: np.ndarray, dropout_param: DropoutParam) -> tuple[np.ndarray, Any]:
    """In "train" mode each element is kept with probability p and divided by p, or set to 0.

    out = x · m / p with independent m, 1 with probability p and 0 otherwise: E[out] = x. In "test"
    mode out = x. ``x`` of any shape; a mask for every element, the batch included. Raises
    ``ValueError`` for another mode, for p outside (0, 1], and without ``rng`` and ``seed``.

    >>> x = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> dropout_forward(x, {"mode": "train", "p": 0.5, "seed": 1})[0]
    array([[0., 0., 6., 0.]])
    >>> dropout_forward(x, {"mode": "test", "p": 0.5})[0]
    array([[1., 2., 3., 4.]])
    """
    x, p = np.asarray(x), dropout_param["p"]
    if not 0 < p <= 1:
        raise ValueError(f"dropout_param['p'], the probability to keep, must be in (0, 1], got {p}")
    if dropout_param["mode"] == "test":
        return x, None
    if dropout_param["mode"] == "train":
        mask = (generator(dropout_param).random(x.shape) < p) / p
        return x * mask, mask
    raise ValueError(
        f"dropout_param['mode'] must be 'train' or 'test', got {dropout_param['mode']!r}"
    )


def dropout_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient with respect to ``x``: ``dout`` times the same mask, scale included.

    >>> x = np.array([[0.0, 2.0, 0.0, 4.0]])
    >>> out, cache = dropout_forward(x, {"mode": "train", "p": 0.5, "seed": 1})
    >>> dropout_backward(np.ones((1, 4)), cache)
    array([[0., 0., 2., 0.]])
    """
    return dout if cache is None else dout * cache


def mc_average(
    forward: Callable[..., tuple[np.ndarray, Any]],
    x: np.ndarray,
    dropout_param: DropoutParam,
    n: int,
) -> np.ndarray:
    """The mean of ``forward(x, dropout_param)[0]`` over n different masks, in "train" mode.

    ``forward`` is ``dropout_forward``, or anything with its contract, such as a whole network.
    ``dropout_param`` is not changed, whatever its mode; n masks are drawn from its ``rng``, or from
    one Generator for its ``seed``. The standard error falls like 1 / √n ("Monte Carlo" average).
    Srivastava et al., 2014, section 7.5; Gal and Ghahramani, 2016, equation 6.

    >>> dropout_param = {"mode": "test", "p": 0.5, "seed": 0}
    >>> mc_average(dropout_forward, np.ones(3), dropout_param, 5000).round(1)
    array([1., 1., 1.])
    """
    if n < 1:
        raise ValueError(f"n, the number of masks, must be at least 1, got {n}")
    each = {"mode": "train", "p": dropout_param["p"], "rng": generator(dropout_param)}
    total = np.zeros(())
    for _ in range(n):
        total = total + forward(x, each)[0]
    return total / n
