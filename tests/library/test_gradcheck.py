"""The gradient check itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n_lib.gradcheck import numerical_gradient, relative_error

numbers = st.floats(-1e100, 1e100)


def test_gradient_of_a_polynomial():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    got = numerical_gradient(lambda x: float(np.sum(x**3)), x)
    np.testing.assert_allclose(got, [[3, 12], [0.75, 27]], rtol=1e-8)


def test_differences_are_centred():
    """x² has no third derivative, so a centred difference is exact even with a coarse step."""
    got = numerical_gradient(lambda x: float(x[0] ** 2), np.array([3.0]), h=0.5)
    assert got == pytest.approx(6.0, rel=1e-14)


def test_upstream_gradient_weighs_each_output():
    def f(x):
        return np.array([x[0] * x[1], x[0] + x[1]])

    got = numerical_gradient(f, np.array([2.0, 5.0]), df=np.array([1.0, 100.0]))
    np.testing.assert_allclose(got, [105, 102], rtol=1e-8)


def test_a_function_may_return_the_very_array():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(numerical_gradient(lambda x: x, x, np.array([3.0, 4.0])), [3, 4])


def test_x_is_restored_bit_for_bit_even_by_a_function_that_fails():
    x = np.array([0.1, 1e17, -0.0])  # at 1e17 adding and taking away h would not come back
    before = x.tobytes()
    numerical_gradient(lambda x: float(x.sum()), x)
    assert x.tobytes() == before

    def fails(x):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        numerical_gradient(fails, x)
    assert x.tobytes() == before


def test_integers_cannot_be_nudged():
    with pytest.raises(TypeError, match=r"x must be an array of floats.*got int64 array"):
        numerical_gradient(lambda x: 0.0, np.array([1, 2]))
    with pytest.raises(TypeError, match="got list"):
        numerical_gradient(lambda x: 0.0, [1.0])


def test_an_array_valued_function_needs_its_upstream_gradient():
    with pytest.raises(ValueError, match=r"df is required.*shape \(2,\)"):
        numerical_gradient(lambda x: x, np.ones(2))
    with pytest.raises(ValueError, match="h must be positive, got 0"):
        numerical_gradient(lambda x: 0.0, np.ones(2), h=0)


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 0.0),
        (1.0, 0.0, 1.0),
        (1.0, -1.0, 2.0),
        (100.0, 99.0, 0.01),
        (99.0, 100.0, 0.01),
        (1e-300, 2e-300, 0.5),
        (np.inf, np.inf, 0.0),
    ],
)
def test_relative_error_of_two_numbers(a, b, error):
    assert relative_error(a, b) == pytest.approx(error)


def test_relative_error_is_that_of_the_worst_element():
    assert relative_error([1.0, 0.0, 8.0], [1.0, 0.0, 10.0]) == pytest.approx(0.2)
    assert relative_error(np.zeros(0), np.zeros(0)) == 0.0
    assert np.isnan(relative_error([1.0, np.nan], [1.0, 2.0]))
    assert np.isnan(relative_error([1.0, np.inf], [1.0, 2.0]))


def test_relative_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"got \(2, 1\) and \(2,\)"):
        relative_error(np.ones((2, 1)), np.ones(2))


@given(a=numbers, b=numbers)
def test_relative_error_is_symmetric_and_bounded(a, b):
    error = relative_error(a, b)
    assert error == relative_error(b, a)
    assert 0 <= error <= 2
