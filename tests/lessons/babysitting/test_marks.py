"""Answers as a student writes them: the points that they get, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load

from cs231n_lib import babysitting, search

EXERCISES = {exercise.name: exercise for exercise in load("04_babysitting")}
KEYS = [b"public", b"one", b"another"]


def first_rule_only(log, start):
    label = babysitting.diagnose(log, start)
    return label if label == "rate too high" else "good"


def nan_by_its_name(log, start):
    cost = log["cost"]
    if any(np.isnan(cost)) or max(cost) > 3 * start or cost[-1] >= 1.1 * start:
        return "rate too high"
    return babysitting.diagnose(log, start)


def never_trains(loss_function, model, X, y, n=20, learning_rate=0.5, max_steps=200):
    return model, 0


def a_generator_without_a_seed(n, ranges, rng):
    return search.random_layout(n, ranges, np.random.default_rng())


def other_ranges(n, ranges, rng):
    ranges = {name: (1e-4, 1.0, scale) for name, (_, _, scale) in ranges.items()}
    return search.random_layout(n, ranges, rng)


def nan_counts_as_minus_infinity(results, ranges, shrink=0.25):
    val = np.array([result["val"] for result in results])
    best = int(np.argmax(np.where(np.isnan(val), -np.inf, val)))
    return search.coarse_to_fine([results[best]], ranges, shrink)


def without_flags(results, ranges, shrink=0.25):
    return search.coarse_to_fine(results, ranges, shrink)[0], {}


def always_at_the_border(results, ranges, shrink=0.25):
    return search.coarse_to_fine(results, ranges, shrink)[0], dict.fromkeys(ranges, True)


def empty_folds(X, y, k):
    return [(X[:0], y[:0], X[:0], y[:0])] * k


CASES = [
    ("diagnose", lambda log, start: "good", 0, []),
    ("diagnose", first_rule_only, 2, []),
    ("diagnose", nan_by_its_name, 8, []),
    ("overfit_small", never_trains, 0, []),
    ("random_layout", a_generator_without_a_seed, 6, []),
    ("random_layout", other_ranges, 0, []),
    ("coarse_to_fine", nan_counts_as_minus_infinity, 8, []),
    ("coarse_to_fine", without_flags, 6, []),
    ("coarse_to_fine", always_at_the_border, 6, []),
    ("k_fold", empty_folds, 0, []),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("name", "answer", "points", "mistakes"), CASES)
def test_an_answer_gets_these_points_and_no_false_name(name, answer, points, mistakes, key):
    report = EXERCISES[name].examine({name: answer}, key)
    assert (report.earned, report.mistakes) == (points, mistakes)
