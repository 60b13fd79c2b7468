"""Do random weights have the shape, the spread and the effect that they promise?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cs231n_lib import initialization
from cs231n_lib.initialization import he, small_random, xavier

INITS = {"small_random": small_random, "xavier": xavier, "he": he}
# Variances, written as powers and products of their own.
VARIANCES = {
    "small_random": lambda fan_in: 1e-4,
    "xavier": lambda fan_in: fan_in**-1.0,
    "he": lambda fan_in: fan_in**-1.0 + fan_in**-1.0,
}
each = pytest.mark.parametrize("name", INITS)


@each
@given(fan_in=st.integers(1, 40), fan_out=st.integers(1, 40))
def test_is_there_one_row_per_input_and_one_column_per_unit(name, fan_in, fan_out):
    W = INITS[name](fan_in, fan_out, np.random.default_rng(0))
    assert W.shape == (fan_in, fan_out)
    assert W.dtype == np.float64


@each
@pytest.mark.parametrize(("fan_in", "fan_out"), [(20, 5000), (5000, 20), (300, 300)])
def test_are_the_weights_normal_with_the_variance_of_the_rule(name, fan_in, fan_out):
    W = INITS[name](fan_in, fan_out, np.random.default_rng(1))
    expected = stats.norm(0, np.sqrt(VARIANCES[name](fan_in)))
    # 90,000 numbers: a spread that is off by 2 % has a p-value below 1e-4.
    assert stats.kstest(W.ravel(), expected.cdf).pvalue > 0.01
    assert np.var(W) == pytest.approx(VARIANCES[name](fan_in), rel=0.03)


@each
def test_does_the_same_seed_give_the_same_weights_and_the_next_call_others(name):
    rng = np.random.default_rng(3)
    first, second = INITS[name](7, 5, rng), INITS[name](7, 5, rng)
    assert np.array_equal(first, INITS[name](7, 5, np.random.default_rng(3)))
    assert not np.array_equal(first, second)


def test_is_the_scale_the_standard_deviation():
    W = small_random(200, 500, np.random.default_rng(0), scale=3.0)
    assert W.std() == pytest.approx(3.0, rel=0.01)


def test_does_xavier_keep_the_variance_of_a_linear_layer_of_any_shape():
    rng = np.random.default_rng(0)
    for fan_in, fan_out in ((50, 2000), (2000, 50)):
        X = rng.uniform(-3, 3, (2000, fan_in))
        assert (X @ xavier(fan_in, fan_out, rng)).var() == pytest.approx(X.var(), rel=0.1)


def test_does_he_keep_the_mean_square_of_a_relu_layer():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 800))
    h = np.maximum(0, X @ he(800, 800, rng))
    assert np.mean(h**2) == pytest.approx(np.mean(X**2), rel=0.05)


@each
@pytest.mark.parametrize(("fan_in", "fan_out"), [(0, 3), (3, 0), (-1, 3)])
def test_is_a_layer_without_inputs_or_units_refused(name, fan_in, fan_out):
    message = f"fan_in and fan_out must be at least 1, got {fan_in} and {fan_out}"
    with pytest.raises(ValueError, match=message):
        INITS[name](fan_in, fan_out, np.random.default_rng(0))


def test_is_everything_exported():
    assert set(initialization.__all__) == set(INITS)
