"""Surfaces: gradients, minima, and the numbers that the lectures and papers give for them."""

import numpy as np
import pytest
from scipy import optimize

from cs231n_lib import surfaces
from cs231n_lib.gradcheck import numerical_gradient, relative_error

ALL = [
    surfaces.valley(),
    surfaces.valley(10, 0.7),
    surfaces.beale,
    surfaces.rosenbrock,
    surfaces.saddle,
]
every = pytest.mark.parametrize("surface", ALL, ids=lambda s: s.name)


@every
def test_gradient_is_the_numeric_gradient(surface):
    for point in np.random.default_rng(5).uniform(-1.5, 1.5, size=(10, 2)):
        numeric = numerical_gradient(lambda p: float(surface(p)), point)
        assert relative_error(surface.gradient(point), numeric) < 1e-5


@every
def test_a_grid_is_evaluated_at_once(surface):
    points = np.random.default_rng(6).normal(size=(3, 4, 2))
    values, gradients = surface(points), surface.gradient(points)
    assert values.shape == (3, 4)
    assert gradients.shape == (3, 4, 2)
    assert values[2, 1] == pytest.approx(surface(points[2, 1]))
    np.testing.assert_allclose(gradients[2, 1], surface.gradient(points[2, 1]))


@every
def test_start_and_minimum_are_in_view(surface):
    left, right, low, high = surface.view
    for x, y in filter(None, (surface.start, surface.minimum)):
        assert left < x < right
        assert low < y < high


@pytest.mark.parametrize("surface", [s for s in ALL if s.minimum], ids=lambda s: s.name)
def test_the_minimum_is_zero_and_nothing_near_it_is_lower(surface):
    minimum = np.array(surface.minimum)
    assert surface(minimum) == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(surface.gradient(minimum), 0, atol=1e-12)
    around = minimum + 0.01 * np.random.default_rng(7).normal(size=(100, 2))
    assert (surface(around) > 0).all()


@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0])
def test_a_valley_has_the_curvatures_it_was_asked_for(angle):
    surface = surfaces.valley(50, angle)
    hessian = np.stack([surface.gradient(np.array(e)) for e in ([1.0, 0.0], [0.0, 1.0])])
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [1, 50])


def test_an_angle_turns_the_flat_direction_counter_clockwise():
    along = np.array([np.cos(0.5), np.sin(0.5)])
    np.testing.assert_allclose(surfaces.valley(50, 0.5).gradient(along), along)


def test_values_that_are_known():
    assert surfaces.beale(np.array([0.0, 0.0])) == pytest.approx(14.203125)
    assert surfaces.rosenbrock(np.array([-1.2, 1.0])) == pytest.approx(24.2)


def test_the_saddle_is_left_along_y_only():
    np.testing.assert_array_equal(surfaces.saddle.gradient(np.array([2.0, 0.0])), [2, 0])
    assert surfaces.saddle(np.array([0.0, 3.0])) == -4.5


def test_a_surface_unpacks_into_function_and_gradient():
    f, gradient = surfaces.saddle
    assert f(np.array([2.0, 0.0])) == 2
    assert gradient(np.array([0.0, 1.0]))[1] == -1


def test_a_valley_needs_a_positive_condition():
    with pytest.raises(ValueError, match="condition must be positive, got 0"):
        surfaces.valley(0)


def test_rosenbrock_in_many_parameters_is_scipy_s():
    for x in np.random.default_rng(8).normal(size=(5, 9)):
        loss, gradient = surfaces.long_rosenbrock(x)
        assert loss == pytest.approx(optimize.rosen(x))
        np.testing.assert_allclose(gradient, optimize.rosen_der(x))
    point = np.array([-0.4, 0.7])
    assert surfaces.long_rosenbrock(point)[0] == pytest.approx(surfaces.rosenbrock(point))
    with pytest.raises(ValueError, match=r"at least 2 numbers, got shape \(1,\)"):
        surfaces.long_rosenbrock(np.ones(1))
