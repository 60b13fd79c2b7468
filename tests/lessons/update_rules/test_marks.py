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
RPROP = {"learning_rate": 1e-2, "up": 1.2, "down": 0.5, "least": 1e-6, "most": 50.0}
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


def adagrad_with_epsilon_after_the_fraction(w: Any, dw: Any, config: Any = None) -> Any:
    c = {"learning_rate": 1e-2, "epsilon": 1e-7, "cache": 0.0, **(config or {})}
    c["cache"] = c["cache"] + dw**2
    return w - c["learning_rate"] * (dw / np.sqrt(c["cache"]) + c["epsilon"]), c


def forgotten_half_life(w: Any, dw: Any, config: Any = None) -> Any:
    c = {**RMSPROP, **(config or {})}
    c["cache"] = c["decay_rate"] * c["cache"] + dw**2
    return w - c["learning_rate"] * dw / (np.sqrt(c["cache"]) + c["epsilon"]), c


def swapped(theta: Any, v: Any, grad: Any, lr: float, mu: float) -> Any:
    v = mu * v - lr * grad(theta + mu * v)
    return v, theta + v


def adamw_with(before: float = 0.0, after: float = 0.0, penalty: float = 0.0) -> Any:
    """A right Adam; each number is 1 where the weight decay acts."""

    def adamw(w: Any, dw: Any, config: Any = None) -> Any:
        c = {**ADAM, "weight_decay": 0.01, **(config or {})}
        decay = c["weight_decay"]
        w_next, c = adam_with(0, raised_before=True)(w, dw + penalty * decay * w, c)
        w_next = w_next - before * c["learning_rate"] * decay * w
        return w_next * (1 - after * c["learning_rate"] * decay), c

    return adamw


def rprop_by_quotient(w: Any, dw: Any, config: Any = None) -> Any:
    """Compares signs by == and !=, with a first step that has nothing to compare with."""
    c = {**RPROP, **(config or {})}
    steps, now = c.get("steps", np.full(w.shape, c["learning_rate"])), np.sign(dw)
    last = np.sign(c.get("last_dw", np.zeros(w.shape)))
    known = (now != 0) & (last != 0)
    steps = np.where(known & (now == last), steps * c["up"], steps)
    steps = np.where(known & (now != last), steps * c["down"], steps)
    c["steps"], c["last_dw"] = np.clip(steps, c["least"], c["most"]), dw.copy()
    return w - c["steps"] * now, c


def rprop_that_shrinks_at_first(w: Any, dw: Any, config: Any = None) -> Any:
    """No agreement with the zeros before the first step is taken for a change of sign."""
    c = {**RPROP, **(config or {})}
    steps = c.get("steps", np.full(w.shape, c["learning_rate"]))
    agree = dw * c.get("last_dw", np.zeros(w.shape)) > 0
    steps = np.clip(steps * np.where(agree, c["up"], c["down"]), c["least"], c["most"])
    return w - steps * np.sign(dw), {**c, "steps": steps, "last_dw": dw.copy()}


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
    ("rmsprop", forgotten_half_life, 8, "new square at full weight"),
    ("adagrad", adagrad_with_epsilon_after_the_fraction, 1, "epsilon is not in the denominator"),
    ("nesterov_lookahead", swapped, 2, "velocity and position exchanged"),
    ("rprop", rprop_by_quotient, 0, ""),
    ("rprop", rprop_that_shrinks_at_first, 6, ""),
    ("adamw", adamw_with(before=1), 0, ""),
    ("adamw", adamw_with(penalty=1), 7, "decay in the gradient"),
    ("adamw", adamw_with(after=1), 5, "decay of the new weights"),
    ("adamw", adamw_with(), 7, "no decay"),
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
