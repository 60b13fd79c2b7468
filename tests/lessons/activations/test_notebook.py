"""Notebook 01: the numbers in its prose, recomputed with the library, and what its text promises.

The bounds are wider than the prose, and hold over more seeds than the notebook runs.
"""

from __future__ import annotations

import numpy as np
import pytest

from cs231n_lib import activations as act
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.training import fit


def pair(name):
    return getattr(act, f"{name}_forward"), getattr(act, f"{name}_backward")


def sigmoid(z):
    return act.sigmoid_forward(z)[0]


# ------------------------------------------------------------------------------- not zero-centred


def one_sign(x, df, size):
    """Share of batches in which all gradients of w have one sign."""
    dw = (df * x).reshape(-1, size, x.shape[1]).mean(axis=1)
    return np.mean((dw > 0).all(axis=1) | (dw < 0).all(axis=1))


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(1)
    return rng.standard_normal((20_000, 10)), rng.standard_normal((20_000, 1))


def test_sigmoid_inputs_give_every_example_gradients_of_one_sign(drawn):
    z, df = drawn
    assert one_sign(sigmoid(z), df, 1) == 1


def test_centred_inputs_give_one_sign_about_once_in_500(drawn):
    z, df = drawn
    for x in (np.tanh(z), sigmoid(z) - 0.5):
        assert one_sign(x, df, 1) == pytest.approx(2 * 2**-10, abs=0.0015)


@pytest.mark.parametrize("size", [10, 100])
def test_in_batches_more_than_half_of_the_gradients_still_have_one_sign(drawn, size):
    z, df = drawn
    assert one_sign(sigmoid(z), df, size) > 0.5
    assert one_sign(np.tanh(z), df, size) < 0.02


def steps_to_goal(shift, rate, seed):
    rng = np.random.default_rng(seed)
    w, goal, last = np.zeros(2), np.array([1.0, -1.0]), 0
    for step in range(1, 401):
        x = sigmoid(rng.standard_normal(2)) - shift
        w = w - rate * ((w - goal) @ x) * x
        if not np.linalg.norm(w - goal) <= 0.1:
            last = step
    return last + 1


def test_inputs_that_are_not_centred_need_about_twice_the_steps_even_at_their_best_rate():
    def median(shift, rate):
        return np.median([steps_to_goal(shift, rate, seed) for seed in range(25)])

    rates = (0.5, 1, 1.5, 2, 2.5, 3)
    best = min(median(0.0, rate) for rate in rates)
    assert best <= median(0.0, 2) <= 1.3 * best  # the notebook's rate is among the best
    assert best / min(median(0.5, 3 * rate) for rate in rates) > 1.5
    assert 1.5 < median(0.0, 2) / median(0.5, 6) < 3


# --------------------------------------------------------------- a gradient through ten layers


def left_after(name, gain, depth, seed):
    rng = np.random.default_rng(seed)
    x, ways = rng.standard_normal((200, 100)), []
    for _ in range(depth):
        w1, w2 = rng.standard_normal((2, 100, 100)) * np.sqrt(gain / 100)
        if name == "maxout":
            x, cache = act.maxout_forward(x, w1, np.zeros(100), w2, np.zeros(100))
            ways.append(lambda d, cache=cache: act.maxout_backward(d, cache)[0])
        else:
            forward, backward = pair(name)
            x, cache = forward(x @ w1)
            ways.append(lambda d, cache=cache, w=w1, backward=backward: backward(d, cache) @ w.T)
    gradient = rng.standard_normal(x.shape)
    for back in reversed(ways):
        gradient = back(gradient)
    return np.sqrt(np.mean(gradient**2))


@pytest.mark.parametrize(
    ("name", "gain", "least", "most"),
    [
        ("sigmoid", 1, 1e-7, 1e-5),
        ("sigmoid", 2, 1e-6, 1e-5),
        ("relu", 1, 0.5**5 / 2, 0.5**5 * 2),  # 1/sqrt(2) a layer
        ("leaky_relu", 1, 0.5**5 / 2, 0.5**5 * 2),
        ("relu", 2, 0.5, 2),
        ("leaky_relu", 2, 0.5, 2),
        ("tanh", 1, 0.15, 0.5),
        ("elu", 1, 0.15, 0.5),
        ("maxout", 1, 0.7, 1.4),
        ("maxout", 2, 20, 50),
    ],
)
def test_what_is_left_of_a_gradient_after_ten_layers(name, gain, least, most):
    for seed in range(5):
        assert least < left_after(name, gain, 10, seed) < most


# -------------------------------------------------------------------------------- stuck and dead


def test_larger_weights_leave_more_tanh_units_stuck_and_less_gradient():
    X, stuck, passes = load_digits().X_train, [], []
    for std in (0.05, 0.2, 0.5, 1, 3):
        w = std * np.random.default_rng(0).standard_normal((64, 100))
        out, cache = act.tanh_forward(X @ w)
        stuck.append(act.saturation_report(out, "tanh")["saturated"].mean())
        passes.append(act.tanh_backward(np.ones_like(out), cache).mean())
    assert stuck[0] == 0
    assert stuck[-1] > 0.6
    assert stuck == sorted(stuck)
    assert passes == sorted(passes, reverse=True)


def life(name, rate, seed):
    """Dead units after each of three epochs at `rate` and seven at 0.3; final accuracy."""
    digits, rng, dead = load_digits(), np.random.default_rng(seed), []
    network = Network([64, 100, 10], activation=pair(name), rng=rng)
    for epoch in range(10):
        config = {"learning_rate": rate if epoch < 3 else 0.3}
        fit(
            network, digits.X_train, digits.y_train, "sgd", config, epochs=1, batch_size=50, rng=rng
        )
        dead.append((network.activations(digits.X_train)[0] <= 0).all(axis=0))
    return np.array(dead), network.accuracy(digits.X_val, digits.y_val)


@pytest.fixture(scope="module")
def lives():
    trials = (("relu", 0.5), ("relu", 10), ("relu", 20), ("leaky_relu", 10), ("leaky_relu", 20))
    return {trial: [life(*trial, seed) for seed in range(5)] for trial in trials}


def shares(lives, *trial):
    return np.array([dead[-1].mean() for dead, _ in lives[trial]])


def accuracies(lives, *trial):
    return np.array([accuracy for _, accuracy in lives[trial]])


def test_no_relu_dies_at_a_sensible_rate(lives):
    assert shares(lives, "relu", 0.5).max() == 0
    assert accuracies(lives, "relu", 0.5).min() > 0.93


def test_about_half_die_at_rate_10_and_around_nine_tenths_at_20(lives):
    assert 0.4 < shares(lives, "relu", 10).mean() < 0.7
    assert shares(lives, "relu", 20).min() > 0.85


def test_a_dead_relu_never_comes_back(lives):
    for rate in (10, 20):
        for dead, _ in lives["relu", rate]:
            assert (dead[1:] >= dead[:-1]).all()


def test_most_of_those_that_die_at_rate_10_die_in_the_first_epoch(lives):
    for dead, _ in lives["relu", 10]:
        assert dead[0].sum() > 0.5 * dead[-1].sum()


def test_leaky_units_do_come_back(lives):
    returned = sum((dead[:-1] & ~dead[1:]).sum() for dead, _ in lives["leaky_relu", 20])
    assert returned > 20


def test_half_a_net_is_enough_and_a_tenth_is_not(lives):
    assert accuracies(lives, "relu", 10).mean() > 0.87
    leaky, plain = accuracies(lives, "leaky_relu", 10), accuracies(lives, "relu", 10)
    assert abs(leaky.mean() - plain.mean()) < 0.05
    assert accuracies(lives, "relu", 20).max() < 0.5
    assert accuracies(lives, "leaky_relu", 20).min() > 0.7
