"""Fully connected networks whose parameters are one flat vector with named views.

``two_layer_net`` is the function of the course's assignments and of the lecture's trainer call,
``Network`` the object of the lecture's main loop. Both do their arithmetic in ``stack``. The loss
is softmax cross-entropy plus ½ · reg · ΣW² (the ½ is CS231n's; biases, gamma and beta are not
regularised).

Every part can be a student's own. An activation is a name ("relu", "tanh", "sigmoid", "elu",
"leaky_relu") or a pair of functions ``(forward, backward)`` with the contract of ``activations``; a
normalization is "batchnorm", "layernorm" or a pair with the contract of ``normalization``; dropout
is the fraction to keep, or ``(fraction, forward, backward)`` with the contract of ``dropout``.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_lib import stack
from cs231n_lib.parameters import Parameters
from cs231n_lib.stack import Init, LayerParam, Pair, Parts

__all__ = ["Network", "Parameters", "init_two_layer_model", "two_layer_net"]

Batch = tuple[np.ndarray, np.ndarray]
Dropout = float | tuple[float, Callable[..., tuple[np.ndarray, Any]], Callable[..., np.ndarray]]


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
    return stack.initialised(sizes, scale, np.random.default_rng(0) if rng is None else rng)


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
    parts = Parts(activation)
    scores, caches, _ = stack.forward(X, model, parts)
    if y is None:
        return scores
    loss, dscores = stack.loss(scores, y, model, reg, parts)
    return loss, stack.backward(dscores, caches, model, reg, parts)


class Network:
    """A fully connected classifier: the ``network`` of the lecture's main loop.

    ``sizes``: numbers of inputs, hidden units per layer, and classes. ``activation``: see above.
    ``init``: "he" (std √(2/fan_in)), "xavier" (the slide's √(1/fan_in)), a number (that std), or a
    function ``(fan_in, fan_out, rng) -> (fan_in, fan_out)``. ``reg``: the strength of ½·reg·ΣW².
    ``rng``: None means ``default_rng(0)``. ``normalization``: None, a name or a pair, see above; it
    stands between the affine map and the activation of each hidden layer. ``affine``: a pair
    ``(forward, backward)`` and ``loss``: a function ``(scores, y) -> (loss, dscores)``, with the
    contracts of ``layers``, whose functions None means. ``dropout``: None, the fraction of the
    hidden units to keep, or a triple, see above; it stands after the activation of each layer.

    ``x`` is the flat parameter vector itself, so ``x = network.x; x += -rate * dx`` trains it.
    ``bn_params`` holds a dict per hidden layer, with the running statistics: ``forward`` normalizes
    with its batch ("train") and updates them, predictions use them ("test") and leave them alone.
    ``dropout_params`` holds a dict per hidden layer, too: ``forward`` drops units ("train"),
    predictions do not ("test"). The masks come from a Generator of their own, a child of ``rng``:
    weights, and batches that are drawn from ``rng``, are the same with and without dropout.

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
        dropout: Dropout | None = None,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be at least two positive numbers, got {list(sizes)}")
        if isinstance(normalization, str) and normalization not in ("batchnorm", "layernorm"):
            raise ValueError(
                "normalization must be None, 'batchnorm', 'layernorm' or a pair "
                f"(forward, backward), got {normalization!r}"
            )
        self.sizes, self.reg = tuple(sizes), reg
        keep, own_dropout = _dropout(dropout)
        self._parts = Parts(activation, normalization, affine, loss, own_dropout)
        rng = np.random.default_rng(0) if rng is None else rng
        self.params = stack.initialised(sizes, init, rng, normalization is not None)
        self.bn_params: list[LayerParam] = [{"mode": "train"} for _ in sizes[1:-1]]
        self.dropout_params: list[LayerParam] = []
        if keep is not None:
            masks = rng.spawn(1)[0]  # spawning takes no number out of rng
            self.dropout_params = [{"mode": "train", "p": keep, "rng": masks} for _ in sizes[1:-1]]
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
        layer_params = self.bn_params, self.dropout_params
        scores, caches, _ = stack.forward(X, self.params, self._parts, *layer_params)
        loss, dscores = stack.loss(scores, y, self.params, self.reg, self._parts)
        self._pending = (dscores, caches)
        return loss

    def backward(self) -> np.ndarray:
        """Gradient of the last ``forward``'s loss: a new flat vector, aligned with ``x``."""
        if self._pending is None:
            raise RuntimeError("backward needs a forward pass before it: call forward(batch) first")
        dscores, caches = self._pending
        dropped = bool(self.dropout_params)
        return stack.backward(dscores, caches, self.params, self.reg, self._parts, dropped).flat

    def loss_and_gradient(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """``forward`` and ``backward`` in one call."""
        return self.forward((X, y)), self.backward()

    def scores(self, X: np.ndarray, mode: str = "test") -> np.ndarray:
        """Class scores (N, C), before the softmax."""
        return self._look(X, mode)[0]

    def activations(self, X: np.ndarray, mode: str = "test") -> list[np.ndarray]:
        """Outputs of the hidden layers, after nonlinearity and dropout, first layer first."""
        return self._look(X, mode)[2]

    def _look(self, X: np.ndarray, mode: str) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
        """A forward pass with nothing kept: running values and the masks' Generator stay."""
        # Copied together, since layers may share a Generator.
        look_only = copy.deepcopy((self.bn_params, self.dropout_params))
        for layer_param in (*look_only[0], *look_only[1]):
            layer_param["mode"] = mode
        return stack.forward(X, self.params, self._parts, *look_only)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class with the highest score for each input, (N,)."""
        return np.argmax(self.scores(X), axis=1)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Fraction of inputs whose predicted class is right."""
        return float(np.mean(self.predict(X) == y))


def _dropout(dropout: Dropout | None) -> tuple[float | None, Pair | None]:
    """The fraction to keep (None: no dropout) and the pair of an own one."""
    keep, own = (dropout[0], dropout[1:]) if isinstance(dropout, tuple) else (dropout, None)
    if keep is not None and not 0 < keep <= 1:
        raise ValueError(f"dropout, the fraction of units to keep, must be in (0, 1], got {keep}")
    return keep, own
