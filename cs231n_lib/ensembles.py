"""Several networks are better than one: averages of answers, of checkpoints, and along a run.

What is averaged, and of what, makes all the difference:

* the *probabilities* of independent networks: any networks, as many passes at test time as there
  are networks (``average_probabilities``, ``ensemble_ladder``);
* the *parameters* at several moments of ONE run: one network, one pass (``average_checkpoints``,
  and ``running_average`` while it trains). Parameters of independent runs must not be averaged:
  unit 3 of one network has nothing to do with unit 3 of another.

A *model* is anything with ``scores(X) -> (N, C)``, such as a ``Network``.

Convention: in a running average ``decay`` weighs the OLD value, as in the lecture (the ``weight``
of PyTorch's ``lerp`` and the ``alpha`` of pandas' ``ewm`` weigh the new one).

Slides "Evaluation: Model Ensembles" and "Fun Tips/Tricks".
"""

import copy
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

__all__ = [
    "average_checkpoints",
    "average_probabilities",
    "ensemble_ladder",
    "running_average",
]


class Model(Protocol):
    """What an ensemble is made of."""

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Class scores (N, C), before the softmax."""


class Trainable(Protocol):
    """The ``network`` of the lecture's main loop: one flat vector ``x`` of parameters."""

    x: np.ndarray

    def forward(self, batch: Any) -> float:
        """Loss on a batch."""

    def backward(self) -> np.ndarray:
        """Gradient of the last forward's loss, aligned with ``x``."""


class Batches(Protocol):
    """The ``dataset`` of the lecture's main loop."""

    def sample_data_batch(self) -> Any:
        """The next random batch."""


class Normalized(Protocol):
    """A network that may have batch normalization, with one ``bn_param`` dict for each layer."""

    x: np.ndarray
    bn_params: list[dict[str, Any]]

    def forward(self, batch: Any) -> float:
        """Loss on a batch, each layer in the mode of its ``bn_param``."""


AnyNormalized = TypeVar("AnyNormalized", bound=Normalized)


def average_probabilities(models: Sequence[Model], X: np.ndarray) -> np.ndarray:
    """The mean over ``models`` of the probabilities that each gives to the classes, (N, C).

    1/k Σ softmax(model.scores(X)), row by row. Slide "Model Ensembles", step 2.
    The loss of this average is at most the average of the losses (Jensen: -log is convex); for
    accuracies there is no such law.

    >>> class Sure:
    ...     def __init__(self, scores): self.row = np.array(scores)
    ...     def scores(self, X): return np.tile(self.row, (len(X), 1))
    >>> average_probabilities([Sure([50.0, 0.0]), Sure([0.0, 0.0])], np.zeros((1, 3)))
    array([[0.75, 0.25]])
    """
    if len(models) == 0:
        raise ValueError("models must hold at least one model, got none")
    total: Any = 0.0
    for model in models:
        scores = np.asarray(model.scores(X))
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        total = total + exps / exps.sum(axis=1, keepdims=True)
    return total / len(models)


def ensemble_ladder(
    models: Sequence[Model], X: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies ``(alone, together)``, each (k,), of k models in the order given.

    ``alone[j]`` is that of ``models[j]``, ``together[j]`` that of the averaged probabilities of the
    first j + 1 models: so the first entries are equal. ``y`` (N,) holds the right classes.

    >>> class Says:
    ...     def __init__(self, *scores): self.table = np.array(scores)
    ...     def scores(self, X): return self.table
    >>> models = Says([2.0, 0.0], [0.0, 1.0]), Says([0.0, 1.0], [2.0, 0.0])
    >>> alone, together = ensemble_ladder(models, np.zeros((2, 1)), np.array([0, 0]))
    >>> alone, together
    (array([0.5, 0.5]), array([0.5, 1. ]))
    """
    alone, together = [], []
    for j in range(len(models)):
        own = np.argmax(models[j].scores(X), axis=1)
        joint = np.argmax(average_probabilities(models[: j + 1], X), axis=1)
        alone.append(np.mean(own == y))
        together.append(np.mean(joint == y))
    return np.array(alone), np.array(together)


def average_checkpoints(
    checkpoints: Sequence[np.ndarray], network: AnyNormalized, X: np.ndarray, y: np.ndarray
) -> AnyNormalized:
    """A copy of ``network`` with the mean of several checkpoints of its run as parameters.

    ``checkpoints``: parameter vectors like ``network.x``, each a copy taken at some step. The
    running statistics of batch normalization belong to other weights than the averaged ones, so
    they are measured anew: one pass in "train" mode over all of ``X`` (N, D), ``y`` (N,), during
    which the old value weighs nothing. Then ``running_mean`` and ``running_var`` are the mean and
    the (biased) variance over ``X``, ``momentum`` is what it was. ``network`` is left alone.

    Slide "Fun Tips/Tricks"; Izmailov et al., 2018, "Averaging weights leads to wider optima and
    better generalization", algorithm 1, whose last step is this pass.

    >>> from cs231n_lib.network import Network
    >>> network = Network([2, 3, 2], normalization="batchnorm")
    >>> X, y = np.random.default_rng(0).normal(size=(50, 2)), np.zeros(50, dtype=int)
    >>> mean = average_checkpoints([network.x - 1, network.x + 1], network, X, y)
    >>> bool(np.allclose(mean.x, network.x))
    True
    >>> bool(np.allclose(mean.bn_params[0]["running_mean"], (X @ mean.params["W1"]).mean(axis=0)))
    True
    """
    if len(checkpoints) == 0:
        raise ValueError("checkpoints must hold at least one vector, got none")
    averaged = copy.deepcopy(network)
    averaged.x = np.mean(checkpoints, axis=0)
    kept = [bn_param.get("momentum", 0.9) for bn_param in averaged.bn_params]
    for bn_param in averaged.bn_params:
        bn_param["momentum"] = 0.0
    averaged.forward((X, y))
    for bn_param, momentum in zip(averaged.bn_params, kept, strict=True):
        bn_param["momentum"] = momentum
    return averaged


def running_average(
    dataset: Batches,
    network: Trainable,
    learning_rate: float,
    steps: int,
    decay: float = 0.995,
    x_test: np.ndarray | None = None,
) -> np.ndarray:
    """Train ``network`` by SGD for ``steps`` steps; returns the running average of its parameters.

    The lecture's loop: after each step ``x_test = decay·x_test + (1 - decay)·x``. The average
    starts at ``x``, not at 0 (a start at 0 would still weigh decay^t after t steps: 60.6 % at step
    100), or goes on from a given ``x_test``. It never enters the training. A vector that is n steps
    old has the weight decay^n of a new one, so the half-life is ln 2 / -ln decay: 138 steps.

    Slide "Fun Tips/Tricks"; Polyak and Juditsky, 1992, average with equal weights instead.

    >>> class Slope:
    ...     x = np.zeros(1)
    ...     def sample_data_batch(self): return None
    ...     def forward(self, batch): return 0.0
    ...     def backward(self): return np.array([-1.0])
    >>> slope = Slope()
    >>> running_average(slope, slope, learning_rate=1.0, steps=2, decay=0.5), slope.x
    (array([1.25]), array([2.]))
    """
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    if not 0 <= decay < 1:
        raise ValueError(f"decay must be from 0 to below 1, got {decay}")
    x_test = network.x.copy() if x_test is None else x_test
    for _step in range(steps):
        data_batch = dataset.sample_data_batch()
        network.forward(data_batch)
        dx = network.backward()
        network.x = network.x - learning_rate * dx
        x_test = decay * x_test + (1 - decay) * network.x
    return x_test
