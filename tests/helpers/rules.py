"""The tables that the tests of update rules share: rules, and problems to run them on."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cs231n_lib import optim, surfaces
from helpers import oracles


class Row(NamedTuple):
    """A rule, its settings, and the oracle with the same settings under its own names."""

    rule: Callable[..., Any]
    config: dict[str, float]
    oracle: Callable[..., list[list[float]]]
    settings: dict[str, float]


RULES = {
    "sgd": Row(optim.sgd, {"learning_rate": 0.02}, oracles.sgd, {"lr": 0.02}),
    "momentum": Row(
        optim.sgd_momentum,
        {"learning_rate": 0.01, "momentum": 0.8},
        oracles.momentum,
        {"lr": 0.01, "mu": 0.8},
    ),
    "momentum, defaults": Row(optim.sgd_momentum, {}, oracles.momentum, {"lr": 1e-2, "mu": 0.9}),
    "nesterov": Row(
        optim.nesterov_momentum,
        {"learning_rate": 0.01, "momentum": 0.8},
        oracles.nesterov,
        {"lr": 0.01, "mu": 0.8},
    ),
    "adagrad": Row(
        optim.adagrad,
        {"learning_rate": 0.3, "epsilon": 0.02},
        oracles.adagrad,
        {"lr": 0.3, "eps": 0.02},
    ),
    "adagrad, defaults": Row(optim.adagrad, {}, oracles.adagrad, {"lr": 1e-2, "eps": 1e-7}),
    "rprop": Row(
        optim.rprop,
        {"learning_rate": 0.05, "up": 1.5, "down": 0.4, "least": 0.01, "most": 0.3},
        oracles.rprop,
        {"lr": 0.05, "up": 1.5, "down": 0.4, "least": 0.01, "most": 0.3},
    ),
    "rprop, defaults": Row(
        optim.rprop,
        {},
        oracles.rprop,
        {"lr": 1e-2, "up": 1.2, "down": 0.5, "least": 1e-6, "most": 50.0},
    ),
    "rmsprop": Row(
        optim.rmsprop,
        {"learning_rate": 0.02, "decay_rate": 0.9, "epsilon": 0.03},
        oracles.rmsprop,
        {"lr": 0.02, "decay": 0.9, "eps": 0.03},
    ),
    "rmsprop, defaults": Row(
        optim.rmsprop, {}, oracles.rmsprop, {"lr": 1e-2, "decay": 0.99, "eps": 1e-7}
    ),
    "adam_incomplete": Row(
        optim.adam_incomplete,
        {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.02},
        oracles.adam_incomplete,
        {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 0.02},
    ),
    "adam": Row(
        optim.adam,
        {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.02},
        oracles.adam,
        {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 0.02},
    ),
    "adam, defaults": Row(
        optim.adam, {}, oracles.adam, {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7}
    ),
    "adamw": Row(
        optim.adamw,
        {
            "learning_rate": 0.05,
            "beta1": 0.8,
            "beta2": 0.95,
            "epsilon": 0.02,
            "weight_decay": 0.3,
        },
        oracles.adamw,
        {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 0.02, "decay": 0.3},
    ),
    "adamw, defaults": Row(
        optim.adamw,
        {},
        oracles.adamw,
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "decay": 0.01},
    ),
}


class Problem(NamedTuple):
    """A start and a gradient, ``gradient(w, t)`` at step t = 1, 2, ..."""

    start: list[float]
    gradient: Callable[[Any, int], Any]


PROBLEMS = {
    "a rotated valley": Problem(
        [-1.0, 0.4], lambda w, t: surfaces.valley(30, 0.5).gradient(np.array(w))
    ),
    "Beale's long valley": Problem([1.0, 1.0], lambda w, t: surfaces.beale.gradient(np.array(w))),
    "a saddle": Problem([-1.0, 1e-3], lambda w, t: surfaces.saddle.gradient(np.array(w))),
    "a gradient that never changes": Problem([0.0, 5.0], lambda w, t: [3.0, -0.01]),
    "gradients that are mostly zero": Problem(
        [1.0, 1.0], lambda w, t: [2.0 if t % 5 == 0 else 0.0, 0.0]
    ),
    "a noisy gradient": Problem(
        [0.5, -0.5], lambda w, t: [w[0] + math.sin(7 * t), 10 * w[1] + math.cos(11 * t)]
    ),
}


def follow(rule, problem, config, steps):
    """The points that a rule of the library visits, as ``(steps + 1, 2)``."""
    w = np.array(problem.start)
    points = [w]
    for t in range(1, steps + 1):
        w, config = rule(w, np.array(problem.gradient(w, t), dtype=float), config)
        points.append(w)
    return np.array(points)
