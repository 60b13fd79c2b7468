"""Right answers to 09_ensembles in other handwritings: each must get full points."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograder.exercise import Style

__all__ = ["STYLES"]


def log_sum_exp(models: Any, X: Any) -> Any:
    shares = []
    for model in models:
        s = model.scores(X)
        top = np.max(s, 1)[:, None]
        shares.append(np.exp(s - top - np.log(np.sum(np.exp(s - top), 1))[:, None]))
    return np.mean(shares, axis=0)


def all_at_once(models: Any, X: Any) -> Any:
    scores = np.stack([model.scores(X) for model in models])
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores.mean(axis=0)


def step_by_step(models: Any, X: Any) -> Any:
    """The mean of the first j, moved towards the next one: nothing is divided at the end."""
    mean: Any = 0
    for j, model in enumerate(models):
        p = np.array([np.exp(row - max(row)) for row in model.scores(X)])
        mean = mean + (p / p.sum(1, keepdims=True) - mean) / (j + 1)
    return mean


def ladder_running_sum(models: Any, X: Any, y: Any) -> Any:
    """Divided by nothing: a sum has the same largest entry as its mean."""
    total: Any = 0
    alone, together = [], []
    for model in models:
        p = log_sum_exp([model], X)
        total = total + p
        alone.append(model.accuracy(X, y))
        together.append(np.mean(total.argmax(axis=1) == y))
    return alone, together


def ladder_cumulated(models: Any, X: Any, y: Any) -> Any:
    p = np.array([all_at_once([model], X) for model in models])
    return (p.argmax(2) == y).mean(1), (p.cumsum(0).argmax(2) == y).mean(1)


def ladder_counting(models: Any, X: Any, y: Any) -> Any:
    def right(some: Any) -> float:
        hits = [
            int(np.argmax(row)) == label
            for row, label in zip(step_by_step(some, X), y, strict=True)
        ]
        return sum(hits) / len(y)

    k = len(models)
    return np.array([right([m]) for m in models]), np.array(
        [right(models[: i + 1]) for i in range(k)]
    )


def many_passes(checkpoints: Any, network: Any, X: Any, y: Any) -> Any:
    """At the usual momentum, until nothing is left of the old values."""
    averaged = copy.deepcopy(network)
    averaged.x = sum(checkpoints) / len(checkpoints)
    for _ in range(300):
        averaged.forward((X, y))
    return averaged


def cumulative_in_batches(checkpoints: Any, network: Any, X: Any, y: Any) -> Any:
    """The n-th batch gets the weight 1/n: with all of X in one batch that is one pass."""
    averaged = copy.deepcopy(network)
    averaged.x[:] = np.stack(checkpoints).mean(axis=0)
    usual = [dict(bn_param) for bn_param in averaged.bn_params]
    for n, first in enumerate(range(0, len(X), 100)):
        for bn_param in averaged.bn_params:
            bn_param["momentum"] = n / (n + 1)
        averaged.forward((X[first : first + 100], y[first : first + 100]))
    for bn_param, before in zip(averaged.bn_params, usual, strict=True):
        bn_param.pop("momentum")
        if "momentum" in before:
            bn_param["momentum"] = before["momentum"]
    return averaged


def fresh_dicts(checkpoints: Any, network: Any, X: Any, y: Any) -> Any:
    averaged = copy.deepcopy(network)
    averaged.x = np.average(np.array(checkpoints), axis=0)
    before = averaged.bn_params
    averaged.bn_params = [{**p, "momentum": 0} for p in before]
    averaged.forward((X, y))
    new = averaged.bn_params
    averaged.bn_params = [
        {**n, "momentum": p.get("momentum", 0.9)} for n, p in zip(new, before, strict=True)
    ]
    return averaged


def the_slide(
    dataset: Any,
    network: Any,
    rate: Any,
    steps: Any,
    decay: Any = 0.995,
    x_test: Any = None,
) -> Any:
    x = network.x
    if x_test is None:
        x_test = x.copy()
    for _ in range(steps):
        data_batch = dataset.sample_data_batch()
        loss = network.forward(data_batch)  # noqa: F841
        dx = network.backward()
        x += -rate * dx
        x_test = decay * x_test + (1 - decay) * x
    return x_test


def towards_x(
    dataset: Any,
    network: Any,
    rate: Any,
    steps: Any,
    decay: Any = 0.995,
    x_test: Any = None,
) -> Any:
    x_test = np.array(network.x if x_test is None else x_test)
    while steps > 0:
        network.forward(dataset.sample_data_batch())
        network.x = network.x - rate * network.backward()
        x_test += (1 - decay) * (network.x - x_test)
        steps -= 1
    return x_test


def weighted_sum(
    dataset: Any,
    network: Any,
    rate: Any,
    steps: Any,
    decay: Any = 0.995,
    x_test: Any = None,
) -> Any:
    """Keeps every vector, and sums them with their weights at the end."""
    kept = [np.copy(network.x) if x_test is None else x_test]
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x = network.x - rate * network.backward()
        kept.append(np.copy(network.x))
    weights = [decay**steps] + [(1 - decay) * decay ** (steps - t) for t in range(1, steps + 1)]
    return np.tensordot(weights, np.array(kept), axes=1)


_STYLES: dict[str, dict[str, Any]] = {
    "average_probabilities": {
        "log-sum-exp": log_sum_exp,
        "all at once": all_at_once,
        "step by step": step_by_step,
    },
    "ensemble_ladder": {
        "a running sum, lists": ladder_running_sum,
        "cumulated": ladder_cumulated,
        "counting": ladder_counting,
    },
    "average_checkpoints": {
        "many passes": many_passes,
        "cumulative, in batches": cumulative_in_batches,
        "fresh dicts": fresh_dicts,
    },
    "running_average": {
        "the slide": the_slide,
        "towards x": towards_x,
        "a weighted sum": weighted_sum,
    },
}

STYLES = {
    exercise: [Style(name, {exercise: answer}) for name, answer in answers.items()]
    for exercise, answers in _STYLES.items()
}
