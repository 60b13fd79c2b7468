"""Tests that ask for a property: what they make of results that no property was written for."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from autograder.exercise import Exercise, Test, functions


def halves(halve, x):
    return {"y": halve(x)}


def halves_and_mean(halve, x):
    return {"y": halve(x), "kept": {"mean": float(np.mean(halve(x)))}}


def positive(rng):
    return {"x": rng.uniform(1, 2, size=4)}


def is_half(inputs, values):
    spread = values["y"] - values["y"].mean()
    most = sum(abs(2 * y - x) for x, y in zip(inputs["x"], values["y"], strict=False))
    if most / values["y"].size > 1e-9 or abs(spread.sum()) > 1e-9:
        return "That is not the half."
    return ""


def halve(x):
    return x / 2


def asked_of(function, probe=halves, inputs=positive, reference=halve, holds=is_half):
    """The verdict on `function`, in a test that asks for a property."""
    test = Test("a half", probe, inputs, holds=holds)
    exercise = Exercise("halve", "Halves", functions(reference), [test])
    (verdict,) = exercise.examine({reference.__name__: function}).verdicts
    return verdict


def test_what_has_the_property_passes():
    assert asked_of(lambda x: 0.5 * x).status == "passed"
    assert asked_of(lambda x: x).message == "That is not the half."


def with_nan(x):
    return np.where(x == x.max(), np.nan, x / 2)


def test_nan_has_no_property():
    """`abs(nan - 1) > 1e-9` is False: a property that asks for a difference sees none."""
    verdict = asked_of(with_nan)
    assert verdict.status == "failed"
    assert verdict.message == "`y` is NaN at 1 of 4 places."


def test_nan_is_found_in_a_dict():
    calls = iter([1, np.nan])
    verdict = asked_of(lambda x: x / 2 * next(calls), halves_and_mean)
    assert verdict.message == "`kept`['mean'] is NaN at 1 of 1 places."


def signs(rng):
    return {"x": np.array([1.0, -1.0])}


def half_or_nan(x):
    return np.where(x > 0, x / 2, np.nan)


def says_where_it_is_undefined(inputs, values):
    same = np.array_equal(np.isnan(values["y"]), inputs["x"] <= 0)
    return "" if same else "NaN belongs where x is not positive."


def test_a_property_may_be_about_nan_where_the_reference_gives_it():
    def asked(function):
        return asked_of(function, halves, signs, half_or_nan, says_where_it_is_undefined).message

    assert asked(half_or_nan) == ""
    assert asked(halve) == "NaN belongs where x is not positive."


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.zeros((0, 2)),  # ZeroDivisionError in the property above
        lambda x: "half",
        lambda x: None,
        lambda x: [1.0, [2.0]],
        lambda x: np.array(["a", "b"]),
        lambda x: {"half": x / 2},
    ],
)
def test_a_property_that_cannot_be_asked_is_a_failed_test(function):
    verdict = asked_of(function)
    assert verdict.status == "failed"
    assert verdict.message.startswith("The result has the wrong form (type or shape)")


def is_close_to_its_mean(inputs, values):
    return "Too far." if abs(values["y"] - values["y"].mean()).max() > 1 else ""


def test_infinity_has_no_property():
    """The difference of two infinities is NaN."""
    verdict = asked_of(lambda x: x * np.inf, holds=is_close_to_its_mean)
    assert verdict.message == "`y` is infinite at 4 of 4 places."


def test_what_a_property_says_of_nan_comes_first():
    def complains(inputs, values):
        return "You divide by zero." if np.isnan(values["y"]).any() else ""

    assert asked_of(with_nan, holds=complains).message == "You divide by zero."


def test_a_column_that_would_be_stretched_over_a_row_is_not_asked_about():
    verdict = asked_of(lambda x: np.ones((100_000, 1)))
    assert verdict.message == "The result holds far more numbers than it should."


def test_a_property_warns_nobody():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        verdict = asked_of(lambda x: np.full(4, 1.7e308))  # whose sum overflows
    assert verdict.message == "That is not the half."
    assert caught == []
