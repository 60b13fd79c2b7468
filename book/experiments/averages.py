"""What an answer does to an average: over masks, over nets, over the checkpoints of one run.

As in ``trainings``, each function is given the answers of an exercise and returns a ``Run``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.book.drawing import Panel, Run, panel
from cs231n_lib import dropout
from cs231n_lib.data import Dataset
from cs231n_lib.layers import softmax_loss
from cs231n_lib.network import Network
from cs231n_lib.training import fit

from .measurements import only
from .trainings import VALIDATION, digits

__all__ = ["checkpoints", "ensemble", "ladder", "mask_average", "weight_average"]

Answers = Mapping[str, Any]


def mask_average(answers: Answers) -> Run:
    """How far the mean over n masks is from the test-mode output."""
    x = np.random.default_rng(0).normal(size=(4, 25))
    counts = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144]
    gaps = []
    for n in counts:
        param = {"mode": "test", "p": 0.5, "seed": 1}
        mean = only(answers)(dropout.dropout_forward, x.copy(), param, n)
        gaps.append(float(np.sqrt(np.mean((np.asarray(mean) - x) ** 2))))
    line = np.column_stack([np.log10(counts), gaps])
    numbers = {"distance after 1 mask": gaps[0], "after 144 masks": gaps[-1]}
    return Run([Panel("distance to the test-mode output", "log n", [line], log=True)], numbers)


@lru_cache(maxsize=1)
def _members() -> tuple[Network, ...]:
    """Six nets, each from a start of its own, one of them trained far too little."""
    data, members = digits(), []
    for seed in range(6):
        network = Network((64, 12, 10), rng=np.random.default_rng(seed))
        config = {"learning_rate": 0.3}
        rng, epochs = np.random.default_rng(seed), 1 if seed == 2 else 3
        X, y = data.X_train[:400], data.y_train[:400]
        fit(network, X, y, "sgd", config, epochs=epochs, batch_size=50, rng=rng)
        members.append(network)
    return tuple(members)


def ensemble(answers: Answers) -> Run:
    """Accuracy and loss of the average of k nets on the validation images."""
    data, members = digits(), copy.deepcopy(_members())
    accuracies, losses = [], []
    for k in range(1, len(members) + 1):
        mean = np.asarray(only(answers)(members[:k], data.X_val), dtype=float)
        rows = mean.reshape(len(data.X_val), -1)
        accuracies.append(float(np.mean(rows.argmax(axis=1) == data.y_val)))
        given = np.maximum(rows[np.arange(len(rows)), np.minimum(data.y_val, rows.shape[1] - 1)], 0)
        losses.append(float(-np.mean(np.log(given + 1e-12))))
    numbers = {
        "accuracy of six": accuracies[-1],
        "loss of six": losses[-1],
        "a row of probabilities adds up to": float(rows.sum(axis=1).mean()),
    }
    return Run([panel("accuracy", "nets", accuracies), panel("loss", "nets", losses)], numbers)


def ladder(answers: Answers) -> Run:
    """Accuracies of six nets, each alone and together with those before it."""
    data, members = digits(), copy.deepcopy(_members())
    alone, together = only(answers)(members, data.X_val, data.y_val)
    alone, together = (np.asarray(part, dtype=float).ravel() for part in (alone, together))
    numbers = {
        "accuracy of the third net alone": float(alone[2]),
        "accuracy of all six together": float(together[-1]),
    }
    return Run([panel("alone", "net", alone), panel("together", "nets", together)], numbers)


@lru_cache(maxsize=1)
def _run_of_checkpoints() -> tuple[Network, tuple[np.ndarray, ...]]:
    """A net with batch normalisation and its parameters after each of eight noisy epochs."""
    data, points = digits(), []
    network = Network((64, 24, 24, 10), normalization="batchnorm")
    rng = np.random.default_rng(0)
    for _ in range(8):
        X, y = data.X_train[:300], data.y_train[:300]
        fit(network, X, y, "sgd", {"learning_rate": 1.0}, epochs=1, batch_size=10, rng=rng)
        points.append(network.x.copy())
    return network, tuple(points)


def checkpoints(answers: Answers) -> Run:
    """The validation loss of the mean of the last k checkpoints of one run."""
    data = digits()
    network, points = _run_of_checkpoints()
    losses, accuracies = [], []
    for k in range(2, len(points) + 1):
        given = copy.deepcopy(network)
        latest = [x.copy() for x in points[-k:]]
        mean = only(answers)(latest, given, data.X_train[:300], data.y_train[:300])
        losses.append(softmax_loss(mean.scores(data.X_val), data.y_val)[0])
        accuracies.append(mean.accuracy(data.X_val, data.y_val))
    numbers = {
        "validation loss of eight": losses[-1],
        VALIDATION: accuracies[-1],
        "momentum afterwards": float(mean.bn_params[0].get("momentum", 0.9)),
        "change in the network that was given": float(np.abs(given.x - network.x).max()),
    }
    of_k = panel("validation loss", "checkpoints - 1", losses)
    return Run([of_k, panel(VALIDATION, "checkpoints - 1", accuracies)], numbers)


def weight_average(answers: Answers) -> Run:
    """The validation loss of averaged parameters after 25 to 400 steps, and of the last ones."""
    data, shadow = digits(), Network((64, 24, 10))
    averaged, last = [], []

    def loss_of(x: np.ndarray) -> float:
        shadow.x = x
        return softmax_loss(shadow.scores(data.X_val), data.y_val)[0]

    with np.errstate(all="ignore"):
        for steps in (25, 50, 100, 200, 400):
            network, dataset = Network((64, 24, 10)), Dataset(data.X_train, data.y_train, 10)
            averaged.append(loss_of(only(answers)(dataset, network, 0.3, steps, decay=0.98)))
            last.append(loss_of(network.x))
        zeros = np.zeros(network.x.size)
        held = only(answers)(dataset, network, 0.3, 0, decay=0.98, x_test=zeros)
    numbers = {
        "validation loss of the average": averaged[-1],
        "of the last parameters": last[-1],
        "size of an average that was 0, after no step": float(np.abs(held).max()),
    }
    first = panel("validation loss of the average", "doublings", averaged)
    return Run([first, panel("of the last parameters", "doublings", last)], numbers)
