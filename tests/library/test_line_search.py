"""The two line searches of L-BFGS: what their steps fulfil, and where they come from."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cs231n_lib import quasi_newton

seeds = st.integers(0, 2**32 - 1)


def positive(rng, n):
    root = rng.normal(size=(n, n))
    return root @ root.T + 0.5 * np.eye(n)


# ----------------------------------------------------------------------------------- backtracking


@given(seeds, st.floats(1e-4, 0.9))
def test_the_step_is_the_longest_power_of_a_half_that_is_good_enough(seed, c):
    rng = np.random.default_rng(seed)
    A, x = positive(rng, 3), rng.normal(size=3)
    g = A @ x
    d = -g * rng.uniform(0.1, 10) + 0.1 * rng.normal(size=3)
    assume(g @ d < -1e-3)

    def f(p):
        return 0.5 * p @ A @ p

    t = quasi_newton.backtracking(f, x, d, g, c)
    # On a quadratic f(x + t d) = f(x) + t g·d + ½ t² d·A·d: good are all t up to one border.
    border = -2 * (1 - c) * (g @ d) / (d @ A @ d)
    assume(abs(np.log2(border) - np.round(np.log2(border))) > 1e-6)
    assert t == min(1.0, 2.0 ** np.floor(np.log2(border)))


def test_the_whole_step_is_tried_first_and_taken_where_it_is_good():
    step = quasi_newton.backtracking(
        lambda x: float(x @ x), np.ones(2), np.full(2, -1.0), np.full(2, 2.0)
    )
    assert step == 1.0


@pytest.mark.parametrize("beyond", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_not_low_enough(beyond):
    step = quasi_newton.backtracking(
        lambda x: -x[0] if x[0] < 0.3 else beyond, np.zeros(1), np.ones(1), -np.ones(1)
    )
    assert step == 0.25


def test_where_no_step_will_do_it_says_zero_after_so_many_tries():
    asked = []

    def f(x):
        asked.append(x[0])
        return x[0] ** 2

    up = quasi_newton.backtracking(f, np.ones(1), np.ones(1), np.full(1, 2.0), tries=7)
    assert up == 0.0
    assert len(asked) == 8


# ------------------------------------------------------------------------------------- weak_wolfe


def crooked_valley(seed):
    """A loss that curves both ways, a point on it, and a direction that leads down."""
    rng = np.random.default_rng(seed)
    A, waves = positive(rng, 4), rng.uniform(0.5, 3, 4)

    def f(x):
        return (
            float(0.5 * x @ A @ x + np.sum(np.cos(waves * x))),
            A @ x - waves * np.sin(waves * x),
        )

    x = 3 * rng.normal(size=4)
    g = f(x)[1]
    return f, x, -g * 10 ** rng.uniform(-4, 2) + 0.1 * rng.normal(size=4), g


@given(seeds, st.floats(1e-4, 0.3), st.floats(0.4, 0.9))
def test_the_step_fulfils_both_conditions(seed, c1, c2):
    """N&W equations 3.6a and 3.6b; so y·s > 0."""
    f, x, d, g = crooked_valley(seed)
    assume(g @ d < -1e-6)
    t = quasi_newton.weak_wolfe(f, x, d, g, c1, c2)
    loss, g_new = f(x + t * d)
    assert loss <= f(x)[0] + c1 * t * (g @ d)
    assert g_new @ d >= c2 * (g @ d)
    assert (g_new - g) @ (t * d) > 0


@given(seeds)
def test_the_step_comes_from_the_binary_digits_of_an_interval(seed):
    """Each end of the last interval was tried, and was too short or too long."""
    f, x, d, g = crooked_valley(seed)
    assume(g @ d < -1e-6)
    tried = []

    def spy(point):
        tried.append((point - x) @ d / (d @ d))
        return f(point)

    t = quasi_newton.weak_wolfe(spy, x, d, g)
    assert tried[0] == 0
    assert tried[1] == pytest.approx(1)
    assert tried[-1] == pytest.approx(t)
    long = [u for u in tried[1:-1] if f(x + u * d)[0] > f(x)[0] + 1e-4 * u * (g @ d)]
    short = [0, *(u for u in tried[1:-1] if u not in long)]
    if len(tried) > 2:
        expected = (max(short) + min(long)) / 2 if long else 2 * max(short)
        assert t == pytest.approx(expected)


@pytest.mark.parametrize("beyond", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_too_long(beyond):
    def f(x):
        value = (x[0] - 0.2) ** 2
        return (value, 2 * (x - 0.2)) if x[0] < 0.3 else (beyond, np.full(1, np.nan))

    assert quasi_newton.weak_wolfe(f, np.zeros(1), np.ones(1), np.full(1, -0.4)) == 0.25


def test_a_search_that_finds_nothing_says_so():
    bowl = (lambda x: (float(x @ x), 2 * x)), np.ones(1)
    assert quasi_newton.weak_wolfe(*bowl, d=np.ones(1), g=np.full(1, 2.0), tries=7) == 0.0
    slope = (lambda x: (-float(x[0]), -np.ones(1))), np.ones(1)  # falls forever, as steeply
    assert quasi_newton.weak_wolfe(*slope, d=np.ones(1), g=-np.ones(1), tries=7) == 64
