"""Fully connected networks whose parameters are one flat vector with named views.

One vector, because an update rule then is one line for the whole network, and so are a running
average of the parameters or L-BFGS. Named views, because a layer wants its own ``W`` and ``b``.

``two_layer_net`` is the function of the course's assignments and of the lecture's trainer call,
``Network`` the object of the lecture's main loop. Both do their arithmetic in the same few private
functions. The loss is softmax cross-entropy plus ½ · reg · ΣW² (the ½ is CS231n's; biases are not
regularised).

An activation is a name ("relu", "tanh", "sigmoid", "elu", "leaky_relu") or a pair of functions
``(forward, backward)`` with the contract of ``activations``, such as a student's own.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cs231n_lib import activations, layers

__all__ = ["Network", "Parameters", "init_two_layer_model", "two_layer_net"]

Activation = str | tuple[Callable[..., tuple[np.ndarray, Any]], Callable[..., np.ndarray]]
Batch = tuple[np.ndarray, np.ndarray]


class Parameters(Mapping[str, np.ndarray]):
    """Named arrays that are all views into one float64 vector, ``.flat``.

    ``shapes`` gives names and shapes in order; without ``flat`` the vector starts at zero, with it
    that very array is used, not a copy. Reading ``p["W1"]`` gives a view: change it and the vector
    changes. Assigning ``p["W1"] = a`` copies ``a`` into the view, as does ``p.flat = a``.

    >>> p = Parameters({"W1": (2, 3), "b1": (3,)})
    >>> p["b1"] = [1, 2, 3]
    >>> p.flat += 1
    >>> p["b1"], p.flat.size
    (array([2., 3., 4.]), 9)
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray | None = None
    ) -> None:
        self._places: dict[str, tuple[slice, tuple[int, ...]]] = {}
        size = 0
        for name, shape in shapes.items():
            stop = size + math.prod(shape)
            self._places[name] = (slice(size, stop), tuple(shape))
            size = stop
        if flat is None:
            flat = np.zeros(size)
        elif flat.shape != (size,) or flat.dtype != np.float64:
            raise ValueError(
                f"flat must be {size} float64 numbers for {dict(shapes)}, "
                f"got {flat.dtype} of shape {flat.shape}"
            )
        self._flat = flat

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> "Parameters":
        """Parameters with the names and a copy of the values of ``arrays``.

        >>> Parameters.of({"W": np.eye(2), "b": np.ones(2)}).flat
        array([1., 0., 0., 1., 1., 1.])
        """
        made = cls({name: np.shape(array) for name, array in arrays.items()})
        for name, array in arrays.items():
            made[name] = array
        return made

    @property
    def flat(self) -> np.ndarray:
        """All parameters as one vector: the storage itself, not a copy."""
        return self._flat

    @flat.setter
    def flat(self, values: np.ndarray) -> None:
        if np.shape(values) != self._flat.shape:
            raise ValueError(f"flat must have shape {self._flat.shape}, got {np.shape(values)}")
        self._flat[:] = values

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes, in the order of the vector."""
        return {name: shape for name, (_, shape) in self._places.items()}

    def copy(self) -> "Parameters":
        """The same names and values, in a vector of their own."""
        return Parameters(self.shapes, self._flat.copy())

    def __getitem__(self, name: str) -> np.ndarray:
        place, shape = self._places[name]
        return self._flat[place].reshape(shape)

    def __setitem__(self, name: str, values: Any) -> None:
        if name not in self._places:
            raise KeyError(f"{name!r} is not a parameter; there are {', '.join(self)}")
        place, shape = self._places[name]
        if np.shape(values) != shape:
            raise ValueError(f"{name} must have shape {shape}, got {np.shape(values)}")
        self._flat[place] = np.ravel(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"Parameters({self.shapes})"


def _functions(activation: Activation) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The pair for a name, looked up now; a pair is returned as it is."""
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
    forward, backward = activation
    return forward, backward


def _weight_layers(params: Mapping[str, np.ndarray]) -> int:
    """How many layers ``W1, b1, ..., Wn, bn`` there are; anything else is refused."""
    n = len(params) // 2
    wanted = {f"{kind}{i}" for i in range(1, n + 1) for kind in "Wb"}
    if n == 0 or set(params) != wanted:
        raise ValueError(f"parameters must be named W1, b1, W2, b2, ...; got {', '.join(params)}")
    return n


def _forward(
    X: np.ndarray, params: Mapping[str, np.ndarray], activation: Activation
) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
    """Scores, the caches that ``_backward`` unwinds, and the outputs of the hidden layers."""
    act_forward, _ = _functions(activation)
    n = _weight_layers(params)
    caches: list[Any] = []
    hidden = []
    out = np.asarray(X)
    for i in range(1, n + 1):
        out, affine_cache = layers.affine_forward(out, params[f"W{i}"], params[f"b{i}"])
        caches.append(affine_cache)
        if i < n:
            out, act_cache = act_forward(out)
            caches.append(act_cache)
            hidden.append(out)
    return out, caches, hidden


def _loss(
    scores: np.ndarray, y: np.ndarray, params: Mapping[str, np.ndarray], reg: float
) -> tuple[float, np.ndarray]:
    """Data loss plus ½ · reg · ΣW², and the gradient with respect to the scores."""
    data_loss, dscores = layers.softmax_loss(scores, y)
    penalty = sum(float(np.sum(w**2)) for name, w in params.items() if name.startswith("W"))
    return data_loss + 0.5 * reg * penalty, dscores


def _backward(
    dscores: np.ndarray,
    caches: Sequence[Any],
    params: Mapping[str, np.ndarray],
    reg: float,
    activation: Activation,
) -> Parameters:
    """Gradients of ``_loss``, named and laid out like ``params``."""
    _, act_backward = _functions(activation)
    grads = Parameters({name: np.shape(array) for name, array in params.items()})
    dout, stack = dscores, list(caches)
    for i in range(_weight_layers(params), 0, -1):
        dout, dw, db = layers.affine_backward(dout, stack.pop())
        grads[f"W{i}"] = dw + reg * params[f"W{i}"]
        grads[f"b{i}"] = db
        if i > 1:
            dout = act_backward(dout, stack.pop())
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
    activation: Activation = "relu",
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
    scores, caches, _ = _forward(X, model, activation)
    if y is None:
        return scores
    loss, dscores = _loss(scores, y, model, reg)
    return loss, _backward(dscores, caches, model, reg, activation)


Init = str | float | Callable[[int, int, np.random.Generator], np.ndarray]


def _initialised(sizes: Sequence[int], init: Init, rng: np.random.Generator) -> Parameters:
    """Parameters for layers of these sizes: weights by ``init``, biases zero."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        shapes[f"W{i}"], shapes[f"b{i}"] = (fan_in, fan_out), (fan_out,)
    params = Parameters(shapes)
    for name, shape in shapes.items():
        if name.startswith("W"):
            fan_in, fan_out = shape
            if callable(init):
                params[name] = init(fan_in, fan_out, rng)
            else:
                params[name] = _std(init, fan_in) * rng.standard_normal(shape)
    return params


def _std(init: str | float, fan_in: int) -> float:
    """Standard deviation of the weights: a number, or the rule of that name."""
    if not isinstance(init, str):
        return float(init)
    if init == "he":
        return float(np.sqrt(2 / fan_in))
    if init == "xavier":
        return float(np.sqrt(1 / fan_in))
    raise ValueError(
        f"init must be 'he', 'xavier', a number or a function (fan_in, fan_out, rng), got {init!r}"
    )


class Network:
    """A fully connected classifier: the ``network`` of the lecture's main loop.

    ``sizes`` numbers of inputs, hidden units per layer, and classes; ``activation`` see above;
    ``init`` "he" (std √(2/fan_in)), "xavier" (the slide's √(1/fan_in)), a number (that std), or a
    function ``(fan_in, fan_out, rng) -> (fan_in, fan_out)``; ``reg`` the strength of ½·reg·ΣW²;
    ``rng`` None means ``default_rng(0)``.

    ``x`` is the flat parameter vector itself, so ``x = network.x; x += -rate * dx`` trains it.

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
        activation: Activation = "relu",
        init: Init = "he",
        reg: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be at least two positive numbers, got {list(sizes)}")
        self.sizes, self.activation, self.reg = tuple(sizes), activation, reg
        self.params = _initialised(sizes, init, np.random.default_rng(0) if rng is None else rng)
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
        scores, caches, _ = _forward(X, self.params, self.activation)
        loss, dscores = _loss(scores, y, self.params, self.reg)
        self._pending = (dscores, caches)
        return loss

    def backward(self) -> np.ndarray:
        """Gradient of the last ``forward``'s loss: a new flat vector, aligned with ``x``."""
        if self._pending is None:
            raise RuntimeError("backward needs a forward pass before it: call forward(batch) first")
        dscores, caches = self._pending
        return _backward(dscores, caches, self.params, self.reg, self.activation).flat

    def loss_and_gradient(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """``forward`` and ``backward`` in one call."""
        return self.forward((X, y)), self.backward()

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Class scores (N, C), before the softmax."""
        return _forward(X, self.params, self.activation)[0]

    def activations(self, X: np.ndarray) -> list[np.ndarray]:
        """Outputs of the hidden layers, after the nonlinearity, first layer first."""
        return _forward(X, self.params, self.activation)[2]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class with the highest score for each input, (N,)."""
        return np.argmax(self.scores(X), axis=1)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Fraction of inputs whose predicted class is right."""
        return float(np.mean(self.predict(X) == y))
