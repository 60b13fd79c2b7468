"""Are the sizes of signals and gradients in a deep stack measured, and predicted, rightly?"""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from cs231n_lib import activations
from cs231n_lib.gradcheck import numerical_gradient, relative_error
from cs231n_lib.propagation import (
    forward_statistics,
    gradient_statistics,
    predicted_std,
    slide_lines,
)

TEN = (0.627929, 0.486262, 0.408236, 0.357638, 0.321622, 0.294390, 0.272911, 0.255430, 0.240856,
       0.228473)  # fmt: skip
TANH = (activations.tanh_forward, activations.tanh_backward)


def relu(z):
    return np.maximum(0, z)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def some_stack(rng, widths=(4, 6, 3, 5)):
    weights = [rng.normal(size=(a, b)) for a, b in pairwise(widths)]
    return rng.normal(size=(7, widths[0])), weights


def test_are_the_statistics_those_of_naive_loops():
    X, weights = some_stack(np.random.default_rng(0))
    layer, expected = X.tolist(), []
    for W in weights:
        layer = [
            [math.tanh(math.fsum(x * w for x, w in zip(row, W[:, j], strict=True)))
             for j in range(W.shape[1])]
            for row in layer
        ]  # fmt: skip
        numbers = [number for row in layer for number in row]
        expected.append((statistics.fmean(numbers), statistics.pstdev(numbers)))
    np.testing.assert_allclose(forward_statistics(X, weights, np.tanh), expected, rtol=1e-12)


def test_are_inputs_left_alone_even_by_an_activation_that_works_in_place():
    X, weights = some_stack(np.random.default_rng(1))
    before = X.copy(), [W.copy() for W in weights]
    forward_statistics(X, weights, lambda z: np.tanh(z, out=z))
    assert np.array_equal(X, before[0])
    assert all(np.array_equal(a, b) for a, b in zip(weights, before[1], strict=True))


def by_adaptive_integration(layers, activation, gain):
    """He et al., 2015, equations 4 to 7, with SciPy's adaptive quadrature instead of Hermite's."""
    found, mean_square = [], 1.0
    for _ in range(layers):
        scale = math.sqrt(gain * mean_square)

        def expect(power, scale=scale):
            def integrand(z):
                return activation(scale * z) ** power * math.exp(-z * z / 2)

            parts = [
                integrate.quad(integrand, a, b, epsabs=1e-13)[0] for a, b in ((-12, 0), (0, 12))
            ]
            return sum(parts) / math.sqrt(2 * math.pi)

        mean, mean_square = expect(1), expect(2)
        found.append(math.sqrt(mean_square - mean**2))
    return found


@pytest.mark.parametrize(
    ("activation", "gain", "tolerance"),
    [
        (np.tanh, 1.0, 1e-11),
        (np.tanh, 0.05, 1e-8),
        (np.tanh, 2.0, 1e-9),
        (np.tanh, 4.0, 1e-6),
        (np.tanh, 500.0, 0.03),
        (logistic, 2.5, 1e-10),
        (relu, 1.0, 2e-3),
    ],
)
def test_does_the_prediction_agree_with_an_adaptive_integral(activation, gain, tolerance):
    expected = by_adaptive_integration(10, activation, gain)
    np.testing.assert_allclose(predicted_std(10, activation, gain), expected, rtol=tolerance)


def test_are_the_ten_numbers_those_that_the_course_states():
    np.testing.assert_allclose(predicted_std(10), TEN, atol=1e-6)


@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_does_a_linear_stack_multiply_by_the_root_of_the_gain(gain):
    expected = [math.sqrt(gain) ** layer for layer in range(1, 6)]
    np.testing.assert_allclose(predicted_std(5, lambda z: z, gain), expected, rtol=1e-12)


def test_do_relu_layers_halve_the_mean_square():
    # E[h²] = q/2 and E[h] = √(q/2π) for z ~ N(0, q).
    q = 0.5 ** np.arange(6)
    expected = np.sqrt(q / 2 - q / (2 * np.pi))
    np.testing.assert_allclose(predicted_std(6, relu), expected, rtol=2e-3)
    np.testing.assert_allclose(predicted_std(6, relu, 2.0), np.sqrt(1 - 1 / np.pi), rtol=2e-3)


def test_is_a_constant_output_without_spread():
    assert predicted_std(2, lambda z: np.full_like(z, 0.1)).tolist() == pytest.approx([0, 0])


@pytest.mark.parametrize("activation", [np.tanh, logistic])
def test_do_wide_random_layers_do_what_is_predicted(activation):
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, np.sqrt(1.5 / 800), (800, 800)) for _ in range(4)]
    found = forward_statistics(rng.standard_normal((400, 800)), weights, activation)
    predicted = predicted_std(4, activation, 1.5)
    np.testing.assert_allclose([std for _, std in found], predicted, rtol=0.03)


def test_are_the_gradients_those_of_finite_differences():
    X, weights = some_stack(np.random.default_rng(2))
    found = gradient_statistics(X, weights, TANH, np.random.default_rng(5))
    dout = np.random.default_rng(5).standard_normal((7, 5))

    def loss_from(layer, h):
        for W in weights[layer:]:
            h = np.tanh(h @ W)
        return float(np.sum(h * dout))

    h = X
    for layer, W in enumerate(weights, start=1):
        out = np.tanh(h @ W)
        dh = numerical_gradient(lambda h, layer=layer: loss_from(layer, h), out.copy())
        start = h.copy()
        # W is nudged in place, so that `weights` holds the nudged one.
        dW = numerical_gradient(lambda _, i=layer - 1, h=start: loss_from(i, h), W) / len(X)
        assert relative_error(found[layer - 1][0], dh.std()) < 1e-8
        assert relative_error(found[layer - 1][1], dW.std()) < 1e-8
        h = out


def test_is_the_slide_s_format_kept():
    text = slide_lines(np.array([[0.0018, -0.0018]]), [(-0.000175, 0.486051), (1e-9, 3e-7)])
    assert text.splitlines() == [
        "input layer had mean 0.000000 and std 0.001800",
        "hidden layer 1 had mean -0.000175 and std 0.486051",
        "hidden layer 2 had mean 0.000000 and std 0.000000",
    ]


def test_do_errors_say_what_came():
    X = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"weights\[1\] must have 5 rows, got shape \(4, 5\)"):
        forward_statistics(X, [np.ones((3, 5)), np.ones((4, 5))], np.tanh)
    with pytest.raises(ValueError, match=r"weights\[0\] must have 3 rows, got shape \(4,\)"):
        gradient_statistics(X, [np.ones(4)], TANH, np.random.default_rng(0))
    with pytest.raises(ValueError, match="layers must be at least 1, got 0"):
        predicted_std(0)
