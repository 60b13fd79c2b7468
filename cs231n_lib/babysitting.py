"""Babysitting a training run: checks before it starts, its log, and the length of its steps.

Slides "Babysitting the learning process". A *loss function* here is what ``network.two_layer_net``
is: called with data and parameters it gives scores (N, C), with labels too it gives
``(loss, grads)``. A *log* is a dict of lists with one number per epoch, as ``read_log`` makes it
from what ``ClassifierTrainer`` prints: "cost", "train", "val" and "lr".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["diagnose", "overfit_small", "read_log", "sanity_loss", "update_ratio"]

Log = Mapping[str, Sequence[float]]


def sanity_loss(num_classes: int, reg: float = 0.0, weights: Iterable[np.ndarray] = ()) -> float:
    """The loss that a softmax classifier should start with, while its scores are all nearly equal.

    ``ln(num_classes) + ½ · reg · ΣW²``, the sum over every number of every array in ``weights``
    (biases are not regularised). Assumes weights so small that no class is preferred yet.

    >>> round(sanity_loss(10), 6)
    2.302585
    >>> round(sanity_loss(10, reg=0.5, weights=[np.ones((2, 3)), np.ones((3, 2))]), 6)
    5.302585
    """
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1, got {num_classes}")
    penalty = sum(float(np.sum(np.square(w))) for w in weights)
    return float(np.log(num_classes)) + 0.5 * reg * penalty


def overfit_small(
    loss_function: Callable[..., Any],
    model: Mapping[str, np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    n: int = 20,
    learning_rate: float = 0.5,
    max_steps: int = 200,
) -> tuple[dict[str, np.ndarray], int | None]:
    """Gradient descent on the first ``n`` examples until all of them are classified right.

    All ``n`` in every step, no regularisation. Returns the parameters and the number of steps that
    it took (0 if all were right at the start); None in its place if after ``max_steps`` some are
    still wrong: then something is broken. ``model`` is left as it was.

    >>> from cs231n_lib.network import init_two_layer_model, two_layer_net
    >>> X, y = np.random.default_rng(0).normal(size=(100, 8)), np.arange(100) % 4
    >>> _, steps = overfit_small(two_layer_net, init_two_layer_model(8, 50, 4, scale=0.5), X, y)
    >>> 0 < steps < 100
    True
    """
    params = {name: np.array(array, dtype=np.float64) for name, array in model.items()}
    few_X, few_y = X[:n], y[:n]
    for step in range(max_steps + 1):
        predicted = np.argmax(loss_function(few_X, params), axis=1)
        if np.array_equal(predicted, few_y):
            return params, step
        if step < max_steps:
            _, grads = loss_function(few_X, params, few_y)
            params = {name: params[name] - learning_rate * grads[name] for name in params}
    return params, None


def diagnose(log: Log, start: float) -> str:
    """What a training log says: the first of these that is true.

    ``start`` is the cost before the first step (see ``sanity_loss``).

    - "rate too high": some cost is not finite, or above 3·start, or the last is above 1.1·start
    - "rate too low": the last cost is above 0.95·start: it has hardly come down
    - "overfitting": at the end, training accuracy is more than 0.1 above validation accuracy
    - "underfitting": at the end, training accuracy is below 0.8
    - "good"

    0.1 and 0.8 are of a size for the digits; what "underfitting" means depends on the task.

    >>> diagnose({"cost": [2.30258, 2.30242], "train": [0.08, 0.19], "val": [0.1, 0.19]}, 2.302585)
    'rate too low'
    """
    cost = np.asarray(log["cost"], dtype=np.float64)
    train, val = log["train"][-1], log["val"][-1]
    if not np.isfinite(cost).all() or cost.max() > 3 * start or cost[-1] > 1.1 * start:
        return "rate too high"
    if cost[-1] > 0.95 * start:
        return "rate too low"
    if train - val > 0.1:
        return "overfitting"
    return "underfitting" if train < 0.8 else "good"


def update_ratio(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """How long a step was, by the length of what it changed: |after - before| / |before|.

    ``before``, ``after``: the parameters around one step, by name. A length is the root of the sum
    of all squares. The ratio is that of each array of weights, whose names begin with "W"; biases
    start at 0, where there is no ratio. The CS231n notes call 1e-3 a good value ("somewhere around
    1e-3"); some plot the ratio of standard deviations instead, which differs little.

    >>> before = {"W1": np.array([[3.0, 4.0]]), "b1": np.zeros(2)}
    >>> after = {"W1": np.array([[3.0, 4.1]]), "b1": np.ones(2)}
    >>> {name: round(ratio, 4) for name, ratio in update_ratio(before, after).items()}
    {'W1': 0.02}
    """
    ratios = {}
    for name in before:
        if name.startswith("W"):
            step = np.linalg.norm(after[name] - before[name])
            ratios[name] = float(step / np.linalg.norm(before[name]))
    return ratios


_LINE = re.compile(
    r"Finished epoch \d+ / \d+: cost (?P<cost>\S+), train: (?P<train>\S+), "
    r"val (?P<val>\S+), lr (?P<lr>\S+)"
)


def read_log(text: str) -> dict[str, list[float]]:
    """The numbers in a log that ``ClassifierTrainer`` printed; other lines are passed over.

    >>> read_log("Finished epoch 1 / 10: cost nan, train: 0.08, val 0.103, lr 1.0e-06")
    {'cost': [nan], 'train': [0.08], 'val': [0.103], 'lr': [1e-06]}
    """
    lines = [found.groupdict() for found in _LINE.finditer(text)]
    if not lines:
        raise ValueError(
            "text must hold lines such as 'Finished epoch 1 / 10: cost …, train: …, val …, lr …', "
            f"got {text[:60]!r}"
        )
    return {name: [float(line[name]) for line in lines] for name in ("cost", "train", "val", "lr")}
