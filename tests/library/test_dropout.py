"""Dropout: what a mask is, judged by counting; its gradient, measured; its mean, enumerated."""

import itertools

import numpy as np
import pytest

from cs231n_lib.dropout import dropout_backward, dropout_forward, generator, mc_average
from cs231n_lib.gradcheck import numerical_gradient


def train(p, **more):
    return {"mode": "train", "p": p, **more}


@pytest.mark.parametrize("shape", [(7,), (50, 40), (3, 4, 5, 6)])
@pytest.mark.parametrize("p", [0.25, 0.6])
def test_an_element_is_gone_or_grown_so_that_its_mean_stays(shape, p):
    x = np.random.default_rng(0).uniform(1, 2, shape)
    out, _ = dropout_forward(x, train(p, seed=1))
    assert out.shape == shape
    gone = out == 0
    assert 0 < gone.sum() < x.size
    # p of an element's outcomes are out, the others 0: its mean is p · out.
    np.testing.assert_allclose(p * out[~gone], x[~gone])


def test_every_pattern_of_three_elements_comes_as_often_as_it_should():
    """Independent elements: the chance of a pattern is the product over its elements."""
    p, n = 0.7, 40_000
    kept = dropout_forward(np.ones((n, 3)), train(p, seed=2))[0] != 0
    for pattern in itertools.product([False, True], repeat=3):
        chance = 1.0
        for element in pattern:
            chance *= p if element else 1 - p
        share = np.mean((kept == pattern).all(axis=1))
        assert share == pytest.approx(chance, abs=6 * np.sqrt(chance * (1 - chance) / n))


def test_rows_that_follow_each_other_are_dropped_independently_too():
    kept = dropout_forward(np.ones((2, 40_000)), train(0.5, seed=3))[0] != 0
    assert abs(np.corrcoef(kept)[0, 1]) < 0.03


def test_the_second_moment_grows_by_one_over_p():
    x = np.random.default_rng(4).normal(size=(400, 500))
    out, _ = dropout_forward(x, train(0.25, seed=5))
    assert np.mean(out**2) / np.mean(x**2) == pytest.approx(4, rel=0.03)


def test_keeping_everything_changes_nothing():
    x = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_array_equal(dropout_forward(x, train(1, seed=0))[0], x)


def test_a_test_needs_no_generator_and_is_the_identity_both_ways():
    x = np.random.default_rng(0).normal(size=(4, 5))
    out, cache = dropout_forward(x, {"mode": "test", "p": 0.5})
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(dropout_backward(2 * x, cache), 2 * x)


def test_a_seed_repeats_and_a_generator_goes_on():
    x = np.ones((5, 30))
    again = [dropout_forward(x, train(0.5, seed=7))[0] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    rng = np.random.default_rng(7)
    on = [dropout_forward(x, train(0.5, rng=rng))[0] for _ in range(2)]
    np.testing.assert_array_equal(on[0], again[0])
    assert (on[1] != on[0]).any()
    # The seed wins where both are there.
    np.testing.assert_array_equal(dropout_forward(x, train(0.5, rng=rng, seed=7))[0], again[0])


def test_the_gradient_is_the_numeric_one_of_the_same_mask():
    rng = np.random.default_rng(8)
    x, dout = rng.normal(size=(2, 6, 5))
    x[2] = 0.0
    param = train(0.4, seed=9)
    dx = dropout_backward(dout, dropout_forward(x, param)[1])
    numeric = numerical_gradient(lambda x: dropout_forward(x, param)[0], x, dout)
    np.testing.assert_allclose(dx, numeric, atol=1e-8)
    assert dx[2].any()


def test_inputs_stay_as_they_were():
    x, dout, param = np.ones((3, 4)), np.ones((3, 4)), train(0.5, seed=1)
    dropout_backward(dout, dropout_forward(x, param)[1])
    mc_average(dropout_forward, x, param, 3)
    assert (x == 1).all()
    assert (dout == 1).all()
    assert param == {"mode": "train", "p": 0.5, "seed": 1}


# --------------------------------------------------------------------------------- mc_average


def net(x, dropout_param):
    """Two units, both dropped or kept, then squared: not linear after the mask."""
    out, cache = dropout_forward(x, dropout_param)
    return out.sum(axis=1) ** 2, cache


def test_the_average_is_the_mean_over_all_masks_weighted_by_their_chance():
    x, p = np.array([[1.0, 3.0], [2.0, -1.0]]), 0.6
    exact = 0.0
    for mask in itertools.product([0, 1], repeat=2):
        kept = sum(mask)
        exact = exact + p**kept * (1 - p) ** (2 - kept) * (x @ np.array(mask) / p) ** 2
    found = mc_average(net, x, {"mode": "test", "p": p, "seed": 0}, 40_000)
    np.testing.assert_allclose(found, exact, rtol=0.03)
    assert abs(net(x, {"mode": "test", "p": p})[0] / exact - 1).min() > 0.2  # not the test's own


def test_three_outputs_have_the_mean_of_three():
    outs = [np.array([3.0, 0.0]), np.array([6.0, 9.0]), np.array([0.0, 0.0])]
    given = iter(outs)
    found = mc_average(lambda x, param: (next(given), None), np.ones(7), train(0.5, seed=0), 3)
    np.testing.assert_allclose(found, [3.0, 3.0])


def test_the_average_of_a_linear_pass_is_its_test():
    x = np.random.default_rng(0).normal(size=(3, 4))
    found = mc_average(dropout_forward, x, train(0.5, seed=1), 40_000)
    np.testing.assert_allclose(found, x, atol=6 * np.abs(x).max() / 200)


def test_the_error_of_an_average_falls_like_one_over_the_root_of_n():
    x = np.ones(2000)
    few, many = (
        np.sqrt(np.mean((mc_average(dropout_forward, x, train(0.5, seed=s), n) - 1) ** 2))
        for s, n in ((1, 25), (2, 400))
    )
    assert few == pytest.approx(0.2, rel=0.1)  # one mask of p = 0.5 is off by 1
    assert many == pytest.approx(0.05, rel=0.1)


def test_an_average_draws_on_from_a_generator():
    rng = np.random.default_rng(0)
    first, second = (mc_average(dropout_forward, np.ones(50), train(0.5, rng=rng), 2) for _ in "12")
    assert (first != second).any()


# ----------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"p": 0}, r"dropout_param\['p'\], the probability to keep, must be in \(0, 1\], got 0"),
        ({"p": 1.5}, "got 1.5"),
        ({"mode": "training"}, "must be 'train' or 'test', got 'training'"),
        ({"rng": 3}, r"must hold 'rng' \(a numpy Generator\) or 'seed' \(a number\)"),
    ],
)
def test_what_cannot_be_is_refused(change, says):
    param = {**train(0.5, rng=np.random.default_rng(0)), **change}
    with pytest.raises(ValueError, match=says):
        dropout_forward(np.ones(3), param)


def test_no_source_of_randomness_is_refused_and_so_is_an_average_of_nothing():
    with pytest.raises(ValueError, match="got nothing"):
        generator({})
    with pytest.raises(ValueError, match="number of masks, must be at least 1, got 0"):
        mc_average(dropout_forward, np.ones(3), train(0.5, seed=0), 0)
