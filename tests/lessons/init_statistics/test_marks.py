"""Answers to notebook 02 as a student would write them: what they lose, and how they are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import load

from autograder.exercise import PUBLIC, source_of

EXERCISES = {exercise.name: exercise for exercise in load("02_init_statistics")}
KEYS = [PUBLIC, b"one secret", b"another", b"a third"]


def from_a_child_generator(fan_in: int, fan_out: int, rng: Any) -> Any:
    child = np.random.default_rng(rng.integers(2**32))
    return child.normal(0, 1 / np.sqrt(fan_in), (fan_in, fan_out))


def by_box_and_muller(fan_in: int, fan_out: int, rng: Any, scale: float = 0.01) -> Any:
    u, v = rng.random((2, fan_in, fan_out))
    return scale * np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)


def of_its_own(fan_in: int, fan_out: int, rng: Any) -> Any:
    return np.random.default_rng().normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


def fixed_seed(fan_in: int, fan_out: int, rng: Any) -> Any:
    return np.random.default_rng(0).normal(0, fan_in**-0.5, (fan_in, fan_out))


def half_precision(fan_in: int, fan_out: int, rng: Any) -> Any:
    return (rng.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5).astype(np.float16)


def another_default(fan_in: int, fan_out: int, rng: Any, scale: float = 0.1) -> Any:
    return rng.normal(0, scale, (fan_in, fan_out))


def stored_by_units(fan_in: int, fan_out: int, rng: Any) -> Any:
    return rng.normal(0, (2 / fan_in) ** 0.5, (fan_out, fan_in))


def shared_with_the_units(fan_in: int, fan_out: int, rng: Any) -> Any:
    return rng.normal(0, (1 / (fan_in + fan_out)) ** 0.5, (fan_in, fan_out))


def zero_and_no_nan(X_train: Any, X_test: Any) -> Any:
    return 0.0 * X_train, 0.0 * X_test


CASES = [  # the answer, the points that it loses, the mistake that it is
    ("xavier", from_a_child_generator, 0, ""),
    ("small_random", by_box_and_muller, 0, ""),
    ("he", of_its_own, 1, "a generator of its own"),
    ("xavier", fixed_seed, 1, "a generator of its own"),
    ("he", half_precision, 1, ""),
    ("small_random", another_default, 1, ""),
    ("he", stored_by_units, 1, "shape (fan_out, fan_in)"),
    ("xavier", shared_with_the_units, 3, ""),
    ("preprocess", zero_and_no_nan, 6, ""),
]


@pytest.mark.parametrize(("name", "answer", "lost", "mistake"), CASES)
def test_an_answer_gets_its_points_and_no_false_name(
    name: str, answer: Any, lost: int, mistake: str
) -> None:
    for key in KEYS:
        report = EXERCISES[name].examine({name: answer}, key)
        assert report.points - report.earned == lost
        assert report.mistakes == [mistake] * bool(mistake)


@pytest.mark.parametrize("name", ["small_random", "xavier", "he"])
def test_the_text_of_a_property_does_not_give_the_scale_away(name: str) -> None:
    for test in EXERCISES[name].tests:
        assert test.holds is not None
        assert not [word for word in ("sqrt", "** 0.5", "0.01") if word in source_of(test.holds)]
