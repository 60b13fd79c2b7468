"""Answers as a student writes them: the points that they get, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load

EXERCISES = {exercise.name: exercise for exercise in load("01_activations")}
KEYS = [b"public", b"one", b"another"]


def relu_forward(x):
    return np.maximum(0, x), x


def slope_in_the_cached_x(dout, x):
    x[x > 0] = 1
    x[x <= 0] = 0
    return dout * x


def cuts_x(x):
    x[x < 0] = 0
    return x.copy(), x


def zero_gradient(dout, cache):
    return np.zeros_like(dout)


def report_with_borders(sigmoid, tanh):
    def saturation_report(out, kind):
        if kind == "relu":
            stuck = out == 0
        else:
            low, high = sigmoid if kind == "sigmoid" else tanh
            stuck = (out < low) | (out > high)
        return {"saturated": stuck.mean(axis=0), "dead": stuck.all(axis=0)}

    return {"saturation_report": saturation_report}


CASES = [
    (
        "relu",
        {"relu_forward": relu_forward, "relu_backward": slope_in_the_cached_x},
        5,
        ["backward writes into the cached x"],
    ),
    ("relu", {"relu_forward": cuts_x}, 5, ["forward writes into x"]),
    ("relu", {"relu_backward": zero_gradient}, 2, []),
    ("saturation_report", report_with_borders((0.01, 0.99), (-0.98, 0.98)), 5, []),
    (
        "saturation_report",
        report_with_borders((0.01, 0.99), (-0.99, 0.99)),
        2,
        ["1 % of 1 instead of 1 % of the range"],
    ),
    (
        "saturation_report",
        report_with_borders((0.005, 0.995), (-0.99, 0.99)),
        1,
        ["1 % of the range shared by the two ends"],
    ),
    ("saturation_report", report_with_borders((0.005, 0.995), (-0.98, 0.98)), 2, []),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("name", "answer", "points", "mistakes"), CASES)
def test_an_answer_gets_these_points_and_no_false_name(name, answer, points, mistakes, key):
    report = EXERCISES[name].examine(answer, key)
    assert (report.earned, report.mistakes) == (points, mistakes)
