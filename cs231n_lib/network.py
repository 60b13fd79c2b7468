"""Fully connected networks whose parameters are one flat vector with named views.

``two_layer_net`` is the function of the course's assignments and of the lecture's trainer call,
``Network`` the object of the lecture's main loop. Both do their arithmetic in the same few private
functions. The loss is softmax cross-entropy plus ½ · reg · ΣW² (the ½ is CS231n's; biases, gamma
and beta are not regularised).

Every part can be a student's own. An activation is a name ("relu", "tanh", "sigmoid", "elu",
"leaky_relu") or a pair of functions ``(forward, backward)`` with the contract of ``activations``; a
normalization is "batchnorm", "layernorm" or a pair with the contract of ``normalization``. The
library's functions are looked up when they are needed, so an edition may lack them.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cs231n_lib import activations, initialization, layers, normalization
from cs231n_lib.parameters import Parameters

__all__ = ["Network", "Parameters", "init_two_layer_model", "two_layer_net"]

Pair = tuple[Callable[..., tuple[np.ndarray, Any]], Callable[..., Any]]
Batch = tuple[np.ndarray, np.ndarray]
BNParam = dict[str, Any]


@dataclass(frozen=True)
class _Parts:
    """What the layers are made of; a name or None is looked up by ``_functions`` and the like."""

    activation: str | Pair = "relu"
    normalization: str | Pair | None = None
    affine: Pair | None = None
    loss: Callable[..., tuple[float, np.ndarray]] | None = None


def _activation(parts: _Parts) -> Pair:
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
        return (
            getattr(activations, f"{activation}_forward"),
            getattr(activations, f"{activation}_backward"),
        )
    return activation


def _normalization(parts: _Parts) -> Pair | None:
    """The pair for a name, looked up now; a pair or None is returned as it is."""
    chosen = parts.normalization
    if isinstance(chosen, str):
        return (
            getattr(normalization, f"{chosen}_forward"),
            getattr(normalization, f"{chosen}_backward"),
        )
    return chosen


def _affine(parts: _Parts) -> Pair:
    """The pair of an own affine layer, or the library's, looked up now."""
    return parts.affine or (layers.affine_forward, layers.affine_backward)


def _weight_layers(params: Mapping[str, np.ndarray]) -> int:
    """How many layers ``W1, b1, ..., Wn, bn`` there are; anything else is refused.

    The hidden ones may also have a gamma and a beta, all or none of them.
    """
    n = sum(name.startswith("W") for name in params)
    wanted = {f"{kind}{i}" for i in range(1, n + 1) for kind in "Wb"}
    scaled = {f"{kind}{i}" for i in range(1, n) for kind in ("gamma", "beta")}
    if n == 0 or set(params) not in (wanted, wanted | scaled):
        raise ValueError(f"parameters must be named W1, b1, W2, b2, ...; got {', '.join(params)}")
    return n


def _forward(
    X: np.ndarray,
    params: Mapping[str, np.ndarray],
    parts: _Parts,
    bn_params: Sequence[BNParam] = (),
) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
    """Scores, the caches that ``_backward`` unwinds, and the outputs of the hidden layers."""
    affine_forward, act_forward = _affine(parts)[0], _activation(parts)[0]
    norm = _normalization(parts)
    n = _weight_layers(params)
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
            hidden.append(out)
    return out, caches, hidden


def _loss(
    scores: np.ndarray, y: np.ndarray, params: Mapping[str, np.ndarray], reg: float, parts: _Parts
) -> tuple[float, np.ndarray]:
    """Data loss plus ½ · reg · ΣW², and the gradient with respect to the scores."""
    data_loss, dscores = (parts.loss or layers.softmax_loss)(scores, y)
    penalty = sum(float(np.sum(w**2)) for name, w in params.items() if name.startswith("W"))
    return data_loss + 0.5 * reg * penalty, dscores


def _backward(
    dscores: np.ndarray,
    caches: Sequence[Any],
    params: Mapping[str, np.ndarray],
    reg: float,
    parts: _Parts,
) -> Parameters:
    """Gradients of ``_loss``, named and laid out like ``params``."""
    affine_backward, act_backward = _affine(parts)[1], _activation(parts)[1]
    norm = _normalization(parts)
    grads = Parameters({name: np.shape(array) for name, array in params.items()})
    n = _weight_layers(params)
    dout, stack = dscores, list(caches)
    for i in range(n, 0, -1):
        if i < n:
            dout = act_backward(dout, stack.pop())
            if norm:
                dout, grads[f"gamma{i}"], grads[f"beta{i}"] = norm[1](dout, stack.pop())
        dout, dw, grads[f"b{i}"] = affine_backward(dout, stack.pop())
        grads[f"W{i}"] = dw + reg * params[f"W{i}"]
    return grads


def init_two_layer_model(
    input_size: int,
    hidden_size: int,
    num_classes: int,
    rng: np.random.Generator | None = None,
    scale: float = 1e-4,
) -> Parameters:
    """A two-layer model with normal weights of standard deviation ``scale`` and zero biases.

    ``rng`` None means ``default_rng(0)``: the same model in every run. Slide "Babysitting".

    >>> init_two_layer_model(32 * 32 * 3, 50, 10).shapes
    {'W1': (3072, 50), 'b1': (50,), 'W2': (50, 10), 'b2': (10,)}
    """
    sizes = (input_size, hidden_size, num_classes)
    return _initialised(sizes, scale, np.random.default_rng(0) if rng is None else rng)


def two_layer_net(
    X: np.ndarray,
    model: Mapping[str, np.ndarray],
    y: np.ndarray | None = None,
    reg: float = 0.0,
    activation: str | Pair = "relu",
) -> Any:
    """affine - activation - affine - softmax, as a function of data and parameters.

    ``X`` (N, ...), ``model`` with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,). Without labels returns
    the scores (N, C); with ``y`` (N,) returns ``(loss, grads)``, the loss including ½·reg·ΣW²,
    the gradients as ``Parameters`` in the order of ``model``.

    >>> model = init_two_layer_model(4, 5, 10)
    >>> loss, grads = two_layer_net(np.ones((2, 4)), model, np.array([3, 7]))
    >>> round(loss, 4), grads["W1"].shape
    (2.3026, (4, 5))
    """
    if set(model) != {"W1", "b1", "W2", "b2"}:
        raise ValueError(f"model must hold W1, b1, W2 and b2, got {', '.join(model)}")
    parts = _Parts(activation)
    scores, caches, _ = _forward(X, model, parts)
    if y is None:
        return scores
    loss, dscores = _loss(scores, y, model, reg, parts)
    return loss, _backward(dscores, caches, model, reg, parts)


Init = str | float | Callable[[int, int, np.random.Generator], np.ndarray]


def _initialised(
    sizes: Sequence[int], init: Init, rng: np.random.Generator, normalized: bool = False
) -> Parameters:
    """Parameters for layers of these sizes: weights by ``init``, gamma 1, biases and beta zero."""
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


class Network:
    """A fully connected classifier: the ``network`` of the lecture's main loop.

    ``sizes``: numbers of inputs, hidden units per layer, and classes. ``activation``: see above.
    ``init``: "he" (std √(2/fan_in)), "xavier" (the slide's √(1/fan_in)), a number (that std), or a
    function ``(fan_in, fan_out, rng) -> (fan_in, fan_out)``. ``reg``: the strength of ½·reg·ΣW².
    ``rng``: None means ``default_rng(0)``. ``normalization``: None, a name or a pair, see above; it
    stands between the affine map and the activation of each hidden layer. ``affine``: a pair
    ``(forward, backward)`` and ``loss``: a function ``(scores, y) -> (loss, dscores)``, with the
    contracts of ``layers``, whose functions None means.

    ``x`` is the flat parameter vector itself, so ``x = network.x; x += -rate * dx`` trains it.
    ``bn_params`` holds a dict per hidden layer, with the running statistics: ``forward`` normalizes
    with its batch ("train") and updates them, predictions use them ("test") and leave them alone.

    >>> network = Network([64, 20, 10])
    >>> x = network.x
    >>> loss = network.forward((np.ones((5, 64)), np.arange(5)))
    >>> dx = network.backward()
    >>> x += -0.1 * dx
    >>> network.forward((np.ones((5, 64)), np.arange(5))) < loss
    True
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Pair = "relu",
        init: Init = "he",
        reg: float = 0.0,
        rng: np.random.Generator | None = None,
        normalization: str | Pair | None = None,
        affine: Pair | None = None,
        loss: Callable[..., tuple[float, np.ndarray]] | None = None,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be at least two positive numbers, got {list(sizes)}")
        if isinstance(normalization, str) and normalization not in ("batchnorm", "layernorm"):
            raise ValueError(
                "normalization must be None, 'batchnorm', 'layernorm' or a pair "
                f"(forward, backward), got {normalization!r}"
            )
        self.sizes, self.reg = tuple(sizes), reg
        self._parts = _Parts(activation, normalization, affine, loss)
        rng = np.random.default_rng(0) if rng is None else rng
        self.params = _initialised(sizes, init, rng, normalization is not None)
        self.bn_params: list[BNParam] = [{"mode": "train"} for _ in sizes[1:-1]]
        self._pending: tuple[np.ndarray, list[Any]] | None = None

    @property
    def x(self) -> np.ndarray:
        """The flat parameter vector, not a copy; assigning copies the values into it."""
        return self.params.flat

    @x.setter
    def x(self, values: np.ndarray) -> None:
        self.params.flat = values

    def forward(self, batch: Batch) -> float:
        """Loss on a batch ``(X, y)``; keeps what ``backward`` needs."""
        X, y = batch
        scores, caches, _ = _forward(X, self.params, self._parts, self.bn_params)
        loss, dscores = _loss(scores, y, self.params, self.reg, self._parts)
        self._pending = (dscores, caches)
        return loss

    def backward(self) -> np.ndarray:
        """Gradient of the last ``forward``'s loss: a new flat vector, aligned with ``x``."""
        if self._pending is None:
            raise RuntimeError("backward needs a forward pass before it: call forward(batch) first")
        dscores, caches = self._pending
        return _backward(dscores, caches, self.params, self.reg, self._parts).flat

    def loss_and_gradient(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """``forward`` and ``backward`` in one call."""
        return self.forward((X, y)), self.backward()

    def scores(self, X: np.ndarray, mode: str = "test") -> np.ndarray:
        """Class scores (N, C), before the softmax."""
        return self._look(X, mode)[0]

    def activations(self, X: np.ndarray, mode: str = "test") -> list[np.ndarray]:
        """Outputs of the hidden layers, after the nonlinearity, first layer first."""
        return self._look(X, mode)[2]

    def _look(self, X: np.ndarray, mode: str) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
        """A forward pass with nothing kept: also in mode "train" the running values stay."""
        look_only = [{**copy.deepcopy(bn_param), "mode": mode} for bn_param in self.bn_params]
        return _forward(X, self.params, self._parts, look_only)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class with the highest score for each input, (N,)."""
        return np.argmax(self.scores(X), axis=1)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Fraction of inputs whose predicted class is right."""
        return float(np.mean(self.predict(X) == y))
