"""The passes through a stack of layers: forward, loss and backward, and the weights to start with.

    hidden layer:  affine - [normalization] - activation - [dropout]
    last layer:    affine

``network`` says what the parts are for a user; here are the functions that its nets share. The
library's own parts are looked up when they are needed, so an edition may lack them.

Three things here are for speed alone: some of the library's functions have a faster twin for nets
(``_twin``), the memory of a step serves the next one (``_keep_freed_memory``), and where ``reg`` is
0 no penalty is computed. No array is used twice: what a function returns stays as it is.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from cs231n_lib import activations, dropout, initialization, layers, normalization
from cs231n_lib.parameters import Parameters

__all__ = ["Init", "LayerParam", "Pair", "Parts", "backward", "forward", "initialised", "loss"]

Pair = tuple[Callable[..., tuple[np.ndarray, Any]], Callable[..., Any]]
Init = str | float | Callable[[int, int, np.random.Generator], np.ndarray]
LayerParam = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """What the layers are made of; a name or None is looked up by ``_functions`` and the like."""

    activation: str | Pair = "relu"
    normalization: str | Pair | None = None
    affine: Pair | None = None
    loss: Callable[..., tuple[float, np.ndarray]] | None = None
    dropout: Pair | None = None


def _activation(parts: Parts) -> Pair:
    """The pair for a name, looked up now; a pair is returned as it is."""
    activation = parts.activation
    if isinstance(activation, str):
        if activation == "maxout" or f"{activation}_forward" not in vars(activations):
            # Asking the module for the name lets one that withholds it say so itself.
            getattr(activations, f"{activation}_forward", None)
            raise ValueError(
                "activation must be 'relu', 'leaky_relu', 'elu', 'tanh', 'sigmoid' or a pair "
                f"(forward, backward), got {activation!r}"
            )
        forward = getattr(activations, f"{activation}_forward")
        backward = getattr(activations, f"{activation}_backward")
        return forward, _twin(backward) or backward
    return activation


def _normalization(parts: Parts) -> Pair | None:
    """The pair for a name, looked up now; a pair or None is returned as it is."""
    chosen = parts.normalization
    if isinstance(chosen, str):
        # The same gradients in half as many passes over the batch.
        short = "_alt" if chosen == "batchnorm" else ""
        return (
            getattr(normalization, f"{chosen}_forward"),
            getattr(normalization, f"{chosen}_backward{short}"),
        )
    return chosen


def _affine(parts: Parts) -> Pair:
    """The pair of an own affine layer, or the library's, looked up now."""
    return parts.affine or (layers.affine_forward, layers.affine_backward)


def _dropout(parts: Parts) -> Pair:
    """The pair of an own dropout, or the library's, looked up now."""
    return parts.dropout or (dropout.dropout_forward, dropout.dropout_backward)


def _twin(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The faster form for nets that one of the library's functions has, or None.

    Its name is put together here, and written nowhere: an edition without the function lacks both.
    """
    module = sys.modules.get(function.__module__)
    return getattr(module, f"_{function.__name__}_in_nets", None)


@lru_cache
def _weight_layers(names: tuple[str, ...]) -> int:
    """How many layers ``W1, b1, ..., Wn, bn`` there are; anything else is refused.

    The hidden ones may also have a gamma and a beta, all or none of them.
    """
    n = sum(name.startswith("W") for name in names)
    wanted = {f"{kind}{i}" for i in range(1, n + 1) for kind in "Wb"}
    scaled = {f"{kind}{i}" for i in range(1, n) for kind in ("gamma", "beta")}
    if n == 0 or set(names) not in (wanted, wanted | scaled):
        raise ValueError(f"parameters must be named W1, b1, W2, b2, ...; got {', '.join(names)}")
    return n


def forward(
    X: np.ndarray,
    params: Mapping[str, np.ndarray],
    parts: Parts,
    bn_params: Sequence[LayerParam] = (),
    dropout_params: Sequence[LayerParam] = (),
) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
    """Scores, the caches that ``backward`` unwinds, and the outputs of the hidden layers.

    Without ``dropout_params`` there is no dropout.
    """
    affine_forward, act_forward = _affine(parts)[0], _activation(parts)[0]
    norm = _normalization(parts)
    n = _weight_layers(tuple(params))
    caches: list[Any] = []
    hidden = []
    out = np.asarray(X)
    for i in range(1, n + 1):
        out, cache = affine_forward(out, params[f"W{i}"], params[f"b{i}"])
        caches.append(cache)
        if i < n:
            if norm:
                scale_and_shift = params[f"gamma{i}"], params[f"beta{i}"]
                out, cache = norm[0](out, *scale_and_shift, bn_params[i - 1])
                caches.append(cache)
            out, cache = act_forward(out)
            caches.append(cache)
            if dropout_params:
                out, cache = _dropout(parts)[0](out, dropout_params[i - 1])
                caches.append(cache)
            hidden.append(out)
    return out, caches, hidden


def loss(
    scores: np.ndarray, y: np.ndarray, params: Mapping[str, np.ndarray], reg: float, parts: Parts
) -> tuple[float, np.ndarray]:
    """Data loss plus ½ · reg · ΣW², and the gradient with respect to the scores."""
    data_loss, dscores = (parts.loss or layers.softmax_loss)(scores, y)
    if reg:
        penalty = sum(float(np.sum(w**2)) for name, w in params.items() if name.startswith("W"))
        data_loss = data_loss + 0.5 * reg * penalty
    return data_loss, dscores


def backward(
    dscores: np.ndarray,
    caches: Sequence[Any],
    params: Mapping[str, np.ndarray],
    reg: float,
    parts: Parts,
    dropped: bool = False,
) -> Parameters:
    """Gradients of ``loss``, named and laid out like ``params``; ``dropped``: with dropout."""
    affine_backward, act_backward = _affine(parts)[1], _activation(parts)[1]
    affine_in_place = None if parts.affine else _twin(affine_backward)
    norm = _normalization(parts)
    grads = Parameters({name: np.shape(array) for name, array in params.items()})
    n = _weight_layers(tuple(params))
    dout, stack = dscores, list(caches)
    for i in range(n, 0, -1):
        if i < n:
            if dropped:
                dout = _dropout(parts)[1](dout, stack.pop())
            dout = act_backward(dout, stack.pop())
            if norm:
                dout, grads[f"gamma{i}"], grads[f"beta{i}"] = norm[1](dout, stack.pop())
        if affine_in_place:
            dout = affine_in_place(dout, stack.pop(), grads[f"W{i}"], grads[f"b{i}"], i == 1)
        else:
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, stack.pop())
        if reg:
            dw = grads[f"W{i}"]
            dw += reg * params[f"W{i}"]
    return grads


def initialised(
    sizes: Sequence[int], init: Init, rng: np.random.Generator, normalized: bool = False
) -> Parameters:
    """Parameters for layers of these sizes: weights by ``init``, gamma 1, biases and beta zero."""
    _keep_freed_memory()
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        shapes[f"W{i}"], shapes[f"b{i}"] = (fan_in, fan_out), (fan_out,)
        if normalized and i < len(sizes) - 1:
            shapes[f"gamma{i}"] = shapes[f"beta{i}"] = (fan_out,)
    params = Parameters(shapes)
    for name, shape in shapes.items():
        if name.startswith("W"):
            fan_in, fan_out = shape
            params[name] = _weights(init, fan_in, fan_out, rng)
        elif name.startswith("gamma"):
            params[name] = np.ones(shape)
    return params


def _keep_freed_memory() -> None:
    """Ask for 31 MB and free them untouched: from then on glibc keeps up to 62 MB that are freed.

    Each step makes and frees arrays of megabytes. By default glibc gives them back to the system,
    which clears every page again in the next step; that takes longer than the step's arithmetic.
    (Its thresholds follow the largest block that was freed, up to 32 MB: ``man mallopt``.)
    """
    np.empty(31 * 2**20, np.uint8)


def _weights(init: Init, fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """One weight matrix: a number is a standard deviation, a name is looked up now."""
    if isinstance(init, str):
        if init not in ("he", "xavier"):
            raise ValueError(
                "init must be 'he', 'xavier', a number or a function (fan_in, fan_out, rng), "
                f"got {init!r}"
            )
        init = getattr(initialization, init)
    if callable(init):
        return init(fan_in, fan_out, rng)
    return float(init) * rng.standard_normal((fan_in, fan_out))
