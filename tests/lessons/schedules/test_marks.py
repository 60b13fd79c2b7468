"""Answers to notebook 06 as a student would write them: what they earn, and how they are named."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers import load

from autograder.exercise import PUBLIC

EXERCISES = {exercise.name: exercise for exercise in load("06_schedules")}
KEYS = [PUBLIC, b"one secret", b"another", b"a third"]


def cosine(first=1, start=lambda warmup: warmup, length=lambda warmup, total: total - warmup):
    def warmup_cosine(t, lr0, warmup, total, final=0.0):
        if t < warmup:
            return lr0 * (t + first) / warmup
        s = min((t - start(warmup)) / length(warmup, total), 1)
        return final + 0.5 * (lr0 - final) * (1 + math.cos(math.pi * s))

    return warmup_cosine


def wsd(first=1, left=lambda t, total: max(total - t, 0)):
    def warmup_stable_decay(t, lr0, warmup, total, decay):
        if t < warmup:
            return lr0 * (t + first) / warmup
        return lr0 if t <= total - decay else lr0 * left(t, total) / decay

    return warmup_stable_decay


def train(first=0, rate=lambda schedule, t, old: schedule(t), losses=list):
    def train_with_schedule(dataset, network, rule, config, schedule, steps):
        config, history = dict(config), losses()
        for t in range(first, first + steps):
            config["learning_rate"] = rate(schedule, t, config["learning_rate"])
            history.append(network.forward(dataset.sample_data_batch()))
            network.x, config = rule(network.x, network.backward(), config)
        return history

    return train_with_schedule


def losses_never_filled(dataset, network, rule, config, schedule, steps):
    train()(dataset, network, rule, config, schedule, steps)
    return np.empty(steps)


CASES = [  # exercise, answer, points, mistake
    ("step_decay", lambda t, lr0, drop, every: lr0 * drop ** int(t / every), 6, ""),
    ("step_decay", lambda t, lr0, drop, every: lr0 * drop ** (t / every), 1, "no stairs"),
    ("step_decay", lambda t, lr0, drop, every: lr0, 0, ""),
    ("exponential_decay", lambda t, lr0, k: lr0 * np.exp(-k * t), 5, ""),
    ("exponential_decay", lambda t, lr0, k: lr0, 0, ""),
    ("inverse_time_decay", lambda t, lr0, k: lr0 / (1.0 + k * t), 5, ""),
    ("inverse_time_decay", lambda t, lr0, k: lr0 / (1 + k * t**2), 1, ""),
    ("decay_constants", lambda f, n: (np.log(1 / f) / n, (1 - f) / f / n), 4, ""),
    (
        "decay_constants",
        lambda f, n: (math.log(f) / n, (1 - f) / f / n),
        0,
        "negative exponential constant",
    ),
    ("train_with_schedule", train(), 7, ""),
    ("train_with_schedule", train(first=1), 5, "counts from 1"),
    ("train_with_schedule", train(rate=lambda schedule, t, old: old * schedule(t)), 0, "compounds"),
    ("train_with_schedule", losses_never_filled, 6, ""),
    ("linear_to_zero", lambda t, lr0, total: max(0.0, lr0 - lr0 * t / total), 4, ""),
    ("linear_to_zero", lambda t, lr0, total: lr0 - lr0 * t / total, 3, "goes below 0"),
    ("linear_to_zero", lambda t, lr0, total: lr0 * abs(1 - t / total), 3, "rises again"),
    ("linear_to_zero", lambda t, lr0, total: lr0, 0, "never falls"),
    ("linear_to_zero", lambda t, lr0, total: 0.0, 0, ""),
    ("warmup_stable_decay", wsd(), 7, ""),
    ("warmup_stable_decay", wsd(first=0), 5, "begins with a rate of 0"),
    ("warmup_stable_decay", wsd(left=lambda t, total: total - t), 6, "goes below 0"),
    ("warmup_stable_decay", lambda t, lr0, warmup, total, decay: lr0, 0, ""),
    ("warmup_stable_decay", lambda t, lr0, warmup, total, decay: 0.0, 0, ""),
    ("warmup_cosine", cosine(), 6, ""),
    ("warmup_cosine", lambda t, lr0, warmup, total, final=0.0: final, 0, ""),
    ("warmup_cosine", cosine(first=0), 5, "begins with a rate of 0"),
    ("warmup_cosine", cosine(length=lambda warmup, total: total), 3, "ends too late"),
    ("warmup_cosine", cosine(length=lambda warmup, total: total - warmup + 1), 2, ""),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("name", "answer", "points", "mistake"), CASES)
def test_an_answer_gets_its_points_and_no_false_name(name, answer, points, mistake, key):
    report = EXERCISES[name].examine({name: answer}, key)
    assert (report.earned, report.mistakes) == (points, [mistake] * bool(mistake))
