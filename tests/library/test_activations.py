"""Activations: against closed forms and numeric gradients, and at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import special

from cs231n_lib import activations as act
from cs231n_lib.gradcheck import numerical_gradient, relative_error

# name: (forward, backward, the function as somebody else writes it)
PAIRS = {
    "sigmoid": (act.sigmoid_forward, act.sigmoid_backward, special.expit),
    "tanh": (act.tanh_forward, act.tanh_backward, lambda x: 2 * special.expit(2 * x) - 1),
    "relu": (act.relu_forward, act.relu_backward, lambda x: (x + np.abs(x)) / 2),
    "leaky_relu": (
        act.leaky_relu_forward,
        act.leaky_relu_backward,
        lambda x: 0.55 * x + 0.45 * np.abs(x),
    ),
    "leaky_relu .3": (
        lambda x: act.leaky_relu_forward(x, alpha=0.3),
        act.leaky_relu_backward,
        lambda x: 0.65 * x + 0.35 * np.abs(x),
    ),
    "elu": (
        act.elu_forward,
        act.elu_backward,
        lambda x: np.piecewise(x, [x > 0], [lambda v: v, lambda v: special.expm1(v)]),
    ),
    "elu 2.5": (
        lambda x: act.elu_forward(x, alpha=2.5),
        act.elu_backward,
        lambda x: np.piecewise(x, [x > 0], [lambda v: v, lambda v: 2.5 * special.expm1(v)]),
    ),
}
LIMITS = {  # at minus and plus infinity
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, np.inf),
    "leaky_relu": (-np.inf, np.inf),
    "elu": (-1, np.inf),
}

pairs = pytest.mark.parametrize("name", PAIRS)
numbers = arrays(
    np.float64, array_shapes(max_dims=4, max_side=3), elements=st.floats(-1e300, 1e300)
)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pairs
def test_forward_is_the_closed_form(name, rng):
    forward, _, closed_form = PAIRS[name]
    x = rng.normal(scale=4, size=(40, 7))
    np.testing.assert_allclose(forward(x)[0], closed_form(x), rtol=1e-12, atol=1e-15)


@pairs
def test_backward_is_the_numeric_gradient(name, rng):
    forward, backward, _ = PAIRS[name]
    x, dout = rng.normal(scale=2, size=(2, 5, 6))
    x[np.abs(x) < 1e-3] = 1.0  # not across a kink
    numeric = numerical_gradient(lambda x: forward(x)[0], x, dout)
    assert relative_error(backward(dout, forward(x)[1]), numeric) < 1e-6


@pairs
@given(x=numbers)
def test_any_finite_input_gives_finite_results_without_a_warning(name, x):
    forward, backward, _ = PAIRS[name]
    before = x.copy()
    out, cache = forward(x)
    dx = backward(np.ones_like(x), cache)
    assert out.shape == dx.shape == x.shape
    assert np.isfinite(out).all()
    assert np.isfinite(dx).all()
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", LIMITS)
def test_infinite_inputs_reach_the_limits(name):
    forward, _, _ = PAIRS[name]
    np.testing.assert_array_equal(forward(np.array([-np.inf, np.inf]))[0], LIMITS[name])


@pairs
def test_backward_leaves_dout_alone(name, rng):
    forward, backward, _ = PAIRS[name]
    dout = rng.normal(size=9)
    before = dout.copy()
    backward(dout, forward(rng.normal(size=9))[1])
    np.testing.assert_array_equal(dout, before)


@pairs
def test_float32_stays_float32(name):
    forward, backward, _ = PAIRS[name]
    x = np.array([-1.5, 0.0, 2.0], dtype=np.float32)
    out, cache = forward(x)
    assert out.dtype == backward(np.ones_like(x), cache).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "at_zero"), [("relu", 0), ("leaky_relu .3", 0.3), ("elu 2.5", 2.5)]
)
def test_at_the_kink_the_left_piece_decides(name, at_zero):
    forward, backward, _ = PAIRS[name]
    assert backward(np.ones(1), forward(np.zeros(1))[1]) == pytest.approx(at_zero)


def test_a_relu_that_is_off_stops_even_an_infinite_gradient():
    _, cache = act.relu_forward(np.array([-1.0]))
    assert act.relu_backward(np.array([np.inf]), cache) == 0


@pytest.fixture
def maxout_inputs(rng):
    return [rng.normal(size=shape) for shape in ((6, 4), (4, 3), (3,), (4, 3), (3,))]


def test_maxout_is_the_larger_piece(maxout_inputs):
    x, w1, b1, w2, b2 = maxout_inputs
    out, _ = act.maxout_forward(*maxout_inputs)
    for n, m in np.ndindex(6, 3):
        pieces = [sum(x[n] * w[:, m]) + b[m] for w, b in ((w1, b1), (w2, b2))]
        assert out[n, m] == pytest.approx(max(pieces))


def test_maxout_gradients_are_numeric_gradients(maxout_inputs, rng):
    dout = rng.normal(size=(6, 3))
    _, cache = act.maxout_forward(*maxout_inputs)
    for i, gradient in enumerate(act.maxout_backward(dout, cache)):

        def f(value, i=i):
            return act.maxout_forward(*maxout_inputs[:i], value, *maxout_inputs[i + 1 :])[0]

        assert gradient.shape == maxout_inputs[i].shape
        assert relative_error(gradient, numerical_gradient(f, maxout_inputs[i], dout)) < 1e-6


def test_a_maxout_tie_is_counted_once_and_for_the_first_piece():
    x, w, b = np.array([[2.0, 1.0]]), np.array([[3.0], [5.0]]), np.zeros(1)
    dx, dw1, db1, dw2, db2 = act.maxout_backward(
        np.array([[10.0]]), act.maxout_forward(x, w, b, w.copy(), b)[1]
    )
    np.testing.assert_array_equal(dx, [[30.0, 50.0]])
    np.testing.assert_array_equal(dw1, [[20.0], [10.0]])
    assert db1 == 10
    assert not dw2.any()
    assert not db2.any()


@pytest.mark.parametrize(
    ("kind", "column", "stuck"),
    [
        ("sigmoid", [0.009, 0.991, 0.011, 0.989], 0.5),
        ("sigmoid", [0.01, 0.99, 0.5, 0.5], 0.0),
        ("tanh", [-0.981, 0.981, 0.979, 0.0], 0.5),
        ("tanh", [-0.98, 0.98, 0.0, 0.0], 0.0),
        ("relu", [0.0, 0.0, 0.0, 1e-300], 0.75),
    ],
)
def test_saturation_is_the_fraction_of_rows_at_the_edge(kind, column, stuck):
    report = act.saturation_report(np.array(column)[:, None], kind)
    assert report["saturated"] == pytest.approx(stuck)
    assert not report["dead"].any()


def test_a_unit_is_dead_when_every_row_is_stuck():
    out = np.array([[0.0, 0.0, 1.0], [0.0, 3.0, 1.0]])
    np.testing.assert_array_equal(act.saturation_report(out, "relu")["dead"], [True, False, False])
    np.testing.assert_array_equal(
        act.saturation_report(out[:, [0, 2]], "sigmoid")["dead"], [True, True]
    )


def test_saturation_report_says_what_it_needs():
    with pytest.raises(ValueError, match=r"kind must be .* got 'elu'"):
        act.saturation_report(np.zeros((2, 2)), "elu")
    with pytest.raises(ValueError, match=r"out must have shape \(N, units\).* got shape \(4,\)"):
        act.saturation_report(np.zeros(4), "relu")


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint32, np.int64, np.bool_])
def test_sigmoid_of_whole_numbers_is_that_of_the_same_floats(kind):
    """-1 of an unsigned integer is its largest number, and -(-128) of an int8 is -128."""
    x = np.array([0, 1, np.iinfo(np.int8).max], dtype=kind)
    if kind is np.int8:
        x = np.array([-128, -1, 127], dtype=kind)
    out = act.sigmoid_forward(x)[0]
    assert out.dtype == np.float64
    np.testing.assert_allclose(out, special.expit(x.astype(float)), rtol=1e-12)
