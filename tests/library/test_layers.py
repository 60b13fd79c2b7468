"""The affine layer and the softmax loss."""

import numpy as np
import pytest
from scipy import special

from cs231n_lib import layers
from cs231n_lib.gradcheck import numerical_gradient, relative_error


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize("shape", [(5, 12), (5, 3, 4), (5, 2, 3, 2), (1, 12)])
def test_affine_takes_inputs_of_any_rank(shape, rng):
    x, w, b = rng.normal(size=shape), rng.normal(size=(12, 3)), rng.normal(size=3)
    out, _ = layers.affine_forward(x, w, b)
    for n in range(shape[0]):
        np.testing.assert_allclose(out[n], [x[n].ravel() @ w[:, m] + b[m] for m in range(3)])


def test_affine_gradients_are_numeric_gradients(rng):
    inputs = [rng.normal(size=(4, 2, 3)), rng.normal(size=(6, 5)), rng.normal(size=5)]
    dout = rng.normal(size=(4, 5))
    gradients = layers.affine_backward(dout, layers.affine_forward(*inputs)[1])
    for i, gradient in enumerate(gradients):

        def f(value, i=i):
            return layers.affine_forward(*inputs[:i], value, *inputs[i + 1 :])[0]

        assert gradient.shape == inputs[i].shape
        assert relative_error(gradient, numerical_gradient(f, inputs[i], dout)) < 1e-7


def test_affine_names_the_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"x \(2, 3, 4\) needs \(12, M\), got \(11, 5\)"):
        layers.affine_forward(np.zeros((2, 3, 4)), np.zeros((11, 5)), np.zeros(5))


def test_softmax_loss_is_the_mean_negative_log_probability(rng):
    x, y = rng.normal(size=(6, 4)), rng.integers(4, size=6)
    loss, _ = layers.softmax_loss(x, y)
    assert loss == pytest.approx(-np.mean([special.log_softmax(x[n])[y[n]] for n in range(6)]))


def test_softmax_gradient_is_the_numeric_gradient(rng):
    x, y = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
    numeric = numerical_gradient(lambda x: layers.softmax_loss(x, y)[0], x)
    assert relative_error(layers.softmax_loss(x, y)[1], numeric) < 1e-6


def test_softmax_survives_huge_scores():
    loss, dx = layers.softmax_loss(np.array([[1000.0, 0.0], [-1000.0, 0.0]]), np.array([0, 0]))
    assert loss == 500.0  # right with certainty, and wrong by 1000
    np.testing.assert_allclose(dx, [[0, 0], [-0.5, 0.5]])


def test_softmax_ignores_a_shift_of_a_row(rng):
    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 2, 0])
    shifted = x + np.array([[0.0], [100.0], [-300.0], [7.0]])
    loss, dx = layers.softmax_loss(x, y)
    assert layers.softmax_loss(shifted, y)[0] == pytest.approx(loss)
    np.testing.assert_allclose(layers.softmax_loss(shifted, y)[1], dx, rtol=1e-9)


def test_softmax_refuses_labels_that_do_not_match():
    with pytest.raises(ValueError, match=r"y \(N,\), got \(4, 3\) and \(3,\)"):
        layers.softmax_loss(np.zeros((4, 3)), np.zeros(3, dtype=int))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([-1, 0, 1], "from 0 to 3; got -1 to 1"),
        ([1, 4, 2], "from 0 to 3; got 1 to 4"),  # labels that begin at 1
        ([0.0, 1.0, 2.0], "whole numbers, the indices of classes; got float64"),
        ([True, False, True], "got bool"),
    ],
)
def test_softmax_says_which_labels_it_needs(labels, said):
    with pytest.raises(ValueError, match=said):
        layers.softmax_loss(np.zeros((3, 4)), np.array(labels))


def test_softmax_takes_labels_of_any_whole_type():
    expected = layers.softmax_loss(np.eye(3), np.array([0, 1, 2]))[0]
    for kind in (np.uint8, np.int16, np.uint64):
        assert layers.softmax_loss(np.eye(3), np.array([0, 1, 2], dtype=kind))[0] == expected
