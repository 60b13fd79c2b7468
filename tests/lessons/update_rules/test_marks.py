"""Answers to notebook 05 as a student would write them: what they lose, and how they are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import load

from autograder.exercise import PUBLIC

EXERCISES = {exercise.name: exercise for exercise in load("05_update_rules")}
KEYS = [PUBLIC, b"one secret", b"another", b"a third"]
MOMENTUM = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0}
RMSPROP = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-7, "cache": 0.0}
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "m": 0.0, "v": 0.0}


def velocity_subtracted(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, **(config or {})}
    c["velocity"] = c["momentum"] * c["velocity"] + c["learning_rate"] * dw
    return w - c["velocity"], c


def nesterov_subtracted(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, **(config or {})}
    old = c["velocity"]
    c["velocity"] = c["momentum"] * old + c["learning_rate"] * dw
    return w + c["momentum"] * old - (1 + c["momentum"]) * c["velocity"], c


def slow_by_default(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, "learning_rate": 1e-3, **(config or {})}
    c["velocity"] = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + c["velocity"], c


def velocity_elsewhere(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, "v": 0.0, **(config or {})}
    c["v"] = c["momentum"] * c["v"] - c["learning_rate"] * dw
    return w + c["v"], c


def as_in_pytorch(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, **(config or {})}
    c["velocity"] = c["momentum"] * c["velocity"] + dw
    return w - c["learning_rate"] * c["velocity"], c


def as_in_deeplearning_ai(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**MOMENTUM, **(config or {})}
    c["velocity"] = c["momentum"] * c["velocity"] + (1 - c["momentum"]) * dw
    return w - c["learning_rate"] * c["velocity"], c


def fixed_limits(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    return 0.5 + 0.49 * min(t / (total - 1), 1)


def constant_momentum(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    return end


def epsilon_after_the_fraction(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**RMSPROP, **(config or {})}
    c["cache"] = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * dw**2
    return w - c["learning_rate"] * dw / np.sqrt(c["cache"]) + c["epsilon"], c


def no_epsilon(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**RMSPROP, **(config or {})}
    c["cache"] = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * dw**2
    return w - c["learning_rate"] * dw / np.sqrt(c["cache"]), c


def adam_with(first: int, raised_before: bool) -> Any:
    def adam(w: Any, dw: Any, config: Any = None) -> Any:
        c = {**ADAM, "t": first, **(config or {})}
        t = c["t"] + raised_before
        c["t"] += 1
        c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
        c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
        m, v = c["m"] / (1 - c["beta1"] ** t), c["v"] / (1 - c["beta2"] ** t)
        return w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"]), c

    return adam


CASES = [  # the answer, the points that it loses, the mistake that it is
    ("sgd_momentum", velocity_subtracted, 0, ""),
    ("nesterov_momentum", nesterov_subtracted, 0, ""),
    ("sgd_momentum", slow_by_default, 1, ""),
    ("sgd_momentum", velocity_elsewhere, 2, ""),
    ("sgd_momentum", as_in_pytorch, 1, "PyTorch's velocity"),
    ("sgd_momentum", as_in_deeplearning_ai, 7, "averaged gradient, rate outside"),
    ("anneal_momentum", fixed_limits, 3, "start and end have no effect"),
    ("anneal_momentum", constant_momentum, 4, ""),
    ("rmsprop", epsilon_after_the_fraction, 1, "epsilon added to the parameter"),
    ("rmsprop", no_epsilon, 1, "epsilon is not taken from config"),
    ("adam", adam_with(0, raised_before=True), 0, ""),
    ("adam", adam_with(1, raised_before=False), 1, "t counts from 1"),
    ("adam", adam_with(1, raised_before=True), 9, "t is one too large"),
]


@pytest.mark.parametrize(("name", "answer", "lost", "mistake"), CASES)
def test_an_answer_gets_its_points_and_no_false_name(
    name: str, answer: Any, lost: int, mistake: str
) -> None:
    for key in KEYS:
        report = EXERCISES[name].examine({name: answer}, key)
        assert report.points - report.earned == lost
        assert report.mistakes == [mistake] * bool(mistake)
