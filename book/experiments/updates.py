"""What an answer does to the steps of a training: update rules, and the rate that they are given.

As in ``trainings``, each function is given the answers of an exercise and returns a ``Run``.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from autograder.book.drawing import Panel, Run, panel
from cs231n_lib import optim
from cs231n_lib.data import Dataset
from cs231n_lib.network import Network
from cs231n_lib.surfaces import valley
from cs231n_lib.training import minimize, train_with_schedule

from .trainings import BATCH, LOSS, STEPS, VALIDATION, Answers, digits, smooth

__all__ = ["look_ahead", "schedule", "update_rule"]

_RULES = {
    # rule: (rate in the valley, rate on the digits)
    "sgd": (0.08, 0.3),
    "sgd_momentum": (0.01, 0.05),
    "nesterov_momentum": (0.01, 0.05),
    "adagrad": (0.2, 0.03),
    "rmsprop": (0.03, 0.003),
}
_WITH_EPSILON = ("adagrad", "rmsprop", "adam_incomplete", "adam")


def update_rule(answers: Answers) -> Run:
    """A walk in the lecture's valley, and a net on the digits whose rate falls to a fifth.

    Rules with an epsilon get a large one in the valley, 0.01, so that one sees where it stands.
    """
    ((name, rule),) = answers.items()
    slow, fast = _RULES.get(name, (0.05, 0.005))
    surface = valley(20)

    def ask(p: np.ndarray) -> tuple[Any, np.ndarray]:
        return surface(p), surface.gradient(p)

    with np.errstate(all="ignore"):
        config = {"learning_rate": slow, **({"epsilon": 0.01} if name in _WITH_EPSILON else {})}
        path = minimize(ask, surface.start, rule, config, steps=60)
        data, network = digits(), Network((64, 32, 10))
        dataset = Dataset(data.X_train, data.y_train, BATCH)
        losses = train_with_schedule(
            dataset, network, rule, None, lambda t: fast if t < 100 else fast / 5, STEPS
        )
        numbers = {
            LOSS: float(np.mean(losses[-20:])),
            VALIDATION: network.accuracy(data.X_val, data.y_val),
            "loss in the valley after 60 steps": float(surface(path[-1])),
        }
    walk = Panel("path in the valley", "x", [path], behind=_contours())
    return Run([walk, panel("loss on the digits", "step", smooth(losses))], numbers)


def _contours() -> list[np.ndarray]:
    """Lines of equal loss of the valley ½ (x² + 20 y²)."""
    turn = np.linspace(0, 2 * np.pi, 40)
    return [
        r * np.column_stack([np.cos(turn), np.sin(turn) / np.sqrt(20)]) for r in (0.4, 0.8, 1.2)
    ]


_TIMES = {
    "lr0": 0.8,
    "drop": 0.4,
    "every": 40,
    "k": 0.02,
    "warmup": 30,
    "total": 140,
    "decay": 50,
    "final": 0.05,
}


def schedule(answers: Answers) -> Run:
    """The curve of a rate (or of the momentum), and a net that is trained with it.

    It is asked for each step twice; what it says the second time is used.
    """
    ((name, rate),) = answers.items()
    names = [key for key in inspect.signature(rate).parameters if key in _TIMES]
    settings = {key: _TIMES[key] for key in names}
    asked_twice = ((rate(t, **settings), rate(t, **settings)) for t in range(STEPS))
    values = [float(second) for _, second in asked_twice]

    def momentum(w: np.ndarray, dw: np.ndarray, config: Any) -> Any:
        changed = {**config, "momentum": config["learning_rate"], "learning_rate": 0.02}
        return optim.sgd_momentum(w, dw, changed)

    rule = momentum if name == "anneal_momentum" else "sgd"
    data, network = digits(), Network((64, 32, 10))
    dataset = Dataset(data.X_train, data.y_train, BATCH)
    losses = train_with_schedule(dataset, network, rule, None, lambda t: values[t], STEPS)
    what = "momentum" if name == "anneal_momentum" else "rate"
    numbers = {
        f"{what} in step 80": values[80],
        f"{what} in the last step": values[-1],
        LOSS: float(np.mean(losses[-20:])),
    }
    return Run([panel(what, "step", values), panel("loss", "step", smooth(losses))], numbers)


def look_ahead(answers: Answers) -> Run:
    """A walk in the valley with a rule that is given position, velocity and gradient function."""
    (step,) = answers.values()
    surface = valley(20)
    theta, v = np.array(surface.start), np.zeros(2)
    path = [theta]
    for _ in range(60):
        theta, v = step(theta.copy(), v.copy(), surface.gradient, 0.01, 0.9)
        path.append(theta)
    losses = [float(surface(p)) for p in path]
    walk = Panel("path in the valley", "x", [np.array(path)], behind=_contours())
    numbers = {"loss after 60 steps": losses[-1], "lowest loss": min(losses)}
    return Run([walk, panel("loss in the valley", "step", losses, log=True)], numbers)
