"""BFGS and L-BFGS: dense matrices, defining properties, and SciPy beside them."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import linalg, optimize

from cs231n_lib import quasi_newton
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.quasi_newton import Remembered
from cs231n_lib.surfaces import long_rosenbrock, rosenbrock

seeds = st.integers(0, 2**32 - 1)


def positive(rng, n):
    root = rng.normal(size=(n, n))
    return root @ root.T + 0.5 * np.eye(n)


def some_pairs(rng, count, n):
    """Pairs of different scales, with y·s > 0 each, that belong to no single quadratic."""
    S = rng.normal(size=(count, n))
    return list(S), [rng.uniform(0.5, 3) * positive(rng, n) @ s for s in S]


def dense_bfgs(Hinv, s, y):
    """N&W equation 6.17, as its product of three matrices and an outer product, by loops."""
    n, rho = len(s), 1 / sum(a * b for a, b in zip(y, s, strict=True))
    left = [[(i == j) - rho * s[i] * y[j] for j in range(n)] for i in range(n)]
    new = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            inner = sum(left[i][k] * Hinv[k][m] * left[j][m] for k in range(n) for m in range(n))
            new[i, j] = inner + rho * s[i] * s[j]
    return new


# ------------------------------------------------------------------------------------ bfgs_update


@given(seeds)
def test_the_update_is_the_dense_product(seed):
    rng = np.random.default_rng(seed)
    Hinv, s = positive(rng, 4), rng.normal(size=4)
    y = positive(rng, 4) @ s
    got = quasi_newton.bfgs_update(Hinv, s, y)
    np.testing.assert_allclose(got, dense_bfgs(Hinv, s, y), rtol=1e-7, atol=1e-7)


@given(seeds)
def test_the_update_explains_the_pair_and_stays_symmetric_and_positive(seed):
    rng = np.random.default_rng(seed)
    Hinv, s, y = positive(rng, 5), rng.normal(size=5), rng.normal(size=5)
    assume(y @ s > 0.05)
    new = quasi_newton.bfgs_update(Hinv, s, y)
    np.testing.assert_allclose(new @ y, s, atol=1e-7 * np.abs(new).max())
    np.testing.assert_allclose(new, new.T, rtol=1e-9, atol=1e-9 * np.abs(new).max())
    assert linalg.eigh(new, eigvals_only=True)[0] > -1e-12 * np.abs(new).max()
    assert np.linalg.matrix_rank(new - Hinv, tol=1e-9 * np.abs(new).max()) <= 2


@pytest.mark.parametrize("y", [[-1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1e-12, 1.0]])
def test_a_pair_that_does_not_curve_upward_is_skipped(y):
    Hinv = np.array([[2.0, 0.5], [0.5, 1.0]])
    got = quasi_newton.bfgs_update(Hinv, np.array([1.0, 0.0]), np.array(y))
    np.testing.assert_array_equal(got, Hinv)


def test_n_exact_steps_on_a_quadratic_give_the_true_inverse():
    """N&W theorem 6.4: with exact line searches BFGS ends with the inverse Hessian."""
    rng = np.random.default_rng(1)
    A, x, Hinv = positive(rng, 6), rng.normal(size=6), np.eye(6)
    for _ in range(6):
        g = A @ x
        d = -Hinv @ g
        s = -(g @ d) / (d @ A @ d) * d
        Hinv, x = quasi_newton.bfgs_update(Hinv, s, A @ s), x + s
    np.testing.assert_allclose(Hinv, linalg.inv(A), rtol=1e-6, atol=1e-8)


# -------------------------------------------------------------------------------- lbfgs_direction


@given(seeds, st.integers(1, 8))
def test_the_two_loops_are_the_dense_product(seed, count):
    rng = np.random.default_rng(seed)
    (S, Y), g = some_pairs(rng, count, 5), rng.normal(size=5)
    Hinv = np.eye(5) * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
    for s, y in zip(S, Y, strict=True):
        Hinv = dense_bfgs(Hinv, s, y)
    got = quasi_newton.lbfgs_direction(g, S, Y)
    np.testing.assert_allclose(got, -Hinv @ g, rtol=0, atol=1e-10 * np.abs(Hinv).max())


def test_the_two_loops_are_scipy_s_operator():
    """SciPy's LbfgsInvHessProduct starts from I, so γ is divided out of y and put back."""
    rng = np.random.default_rng(4)
    (S, Y), g = some_pairs(rng, 6, 7), rng.normal(size=7)
    gamma = (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
    scaled = optimize.LbfgsInvHessProduct(np.array(S), gamma * np.array(Y))
    np.testing.assert_allclose(quasi_newton.lbfgs_direction(g, S, Y), -gamma * (scaled @ g))


def test_without_pairs_the_direction_is_straight_down():
    np.testing.assert_array_equal(
        quasi_newton.lbfgs_direction(np.array([1.0, -2]), [], []), [-1, 2]
    )


def test_nothing_given_to_the_two_loops_is_changed():
    rng = np.random.default_rng(5)
    (S, Y), g = some_pairs(rng, 3, 4), rng.normal(size=4)
    before = [array.copy() for array in (*S, *Y, g)]
    quasi_newton.lbfgs_direction(g, S, Y)
    for now, then in zip((*S, *Y, g), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_two_loops_make_no_matrix():
    rng = np.random.default_rng(6)
    g, S = rng.normal(size=2000), list(rng.normal(size=(5, 2000)))
    Y = [s * np.linspace(1, 5, 2000) for s in S]
    tracemalloc.start()
    quasi_newton.lbfgs_direction(g, S, Y)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2000**2


# ------------------------------------------------------------------------------------------ lbfgs


def winding(seed, n=100):
    return np.tile([-1.2, 1.0], n // 2) + 0.1 * np.random.default_rng(seed).normal(size=n)


def scipy_evaluations(f, x0, **options):
    options = {"maxcor": 10, "maxiter": 5000, "maxfun": 10_000, "ftol": 0, "gtol": 1e-5, **options}
    counted = Remembered(f)
    found = optimize.minimize(counted, x0, jac=True, method="L-BFGS-B", options=options)
    return found, counted


def rosenbrock_2(x):
    return float(rosenbrock(x)), rosenbrock.gradient(x)


def evaluations_of_both(start):
    """Ours and SciPy's, until no element of the gradient is larger than 1e-5."""
    f = Remembered(rosenbrock_2)
    x, _ = quasi_newton.lbfgs(f, start, steps=1000)
    np.testing.assert_allclose(x, 1, atol=1e-4)
    return f.evaluations, scipy_evaluations(rosenbrock_2, start)[0].nfev


def test_rosenbrock_s_classic_start_takes_no_more_than_scipy_and_a_half():
    ours, theirs = evaluations_of_both(np.array([-1.2, 1.0]))
    assert ours <= 1.5 * theirs


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_starts_near_it_take_no_more_than_scipy_and_a_half(seed):
    starts = np.array([-1.2, 1.0]) + 0.1 * np.random.default_rng(seed).normal(size=(100, 2))
    ours, theirs = np.transpose([evaluations_of_both(start) for start in starts])
    assert np.median(ours) <= 1.5 * np.median(theirs)
    assert max(ours) <= 1.5 * max(theirs)
    assert np.median(theirs) == pytest.approx(45, abs=2)  # as notebook 08 prints it
    assert max(theirs) == pytest.approx(50, abs=3)


def test_no_pair_is_skipped_after_a_weak_wolfe_search(monkeypatch):
    skipped = []
    curves_upward = quasi_newton._curves_upward
    monkeypatch.setattr(
        quasi_newton, "_curves_upward", lambda s, y: skipped.append(not curves_upward(s, y)) or True
    )
    for start in ([-1.2, 1.0], [-1.0, 0.6], [1.5, -1.0]):
        quasi_newton.lbfgs(rosenbrock_2, np.array(start), steps=1000)
    assert len(skipped) > 60
    assert not any(skipped)


@pytest.mark.parametrize("seed", range(5))
def test_rosenbrock_100_takes_no_more_than_scipy_and_a_half(seed):
    f = Remembered(long_rosenbrock)
    x, losses = quasi_newton.lbfgs(f, winding(seed), m=10, steps=2000)
    found, _ = scipy_evaluations(long_rosenbrock, winding(seed))
    np.testing.assert_allclose(x, 1, atol=1e-4)
    np.testing.assert_allclose(found.x, 1, atol=1e-4)
    assert f.evaluations <= 1.5 * found.nfev
    assert (np.diff(losses) < 0).all()


def digits_loss(seed):
    digits = load_digits()
    network = Network(
        [64, 50, 10],
        activation="tanh",
        init="xavier",
        reg=1e-4,
        rng=np.random.default_rng(seed),
    )

    def f(x):
        network.x = x
        return network.loss_and_gradient(digits.X_train, digits.y_train)

    return f, network.x.copy()


@pytest.mark.parametrize("seed", range(2))
def test_the_digits_full_batch_takes_no_more_than_scipy_and_a_half(seed):
    """Evaluations until SciPy's loss after 100 evaluations is reached, within 1 %."""
    f, x0 = digits_loss(seed)
    own = Remembered(f)
    quasi_newton.lbfgs(own, x0, steps=150)
    _, theirs = scipy_evaluations(f, x0, maxfun=100)
    target = 1.01 * min(theirs.losses[:100])
    reached = next(k for k, loss in enumerate(own.losses, start=1) if loss <= target)
    assert reached <= 150


def armijo(f, x, d, g):
    return quasi_newton.backtracking(lambda point: f(point)[0], x, d, g)


def test_pairs_that_curve_downward_are_met_and_survived():
    """From a hilltop in every direction but one, in twenty runs; skipping ends in a minimum."""
    skipped = []
    curves_upward = quasi_newton._curves_upward

    def spy(s, y):
        skipped.append(not curves_upward(s, y))
        return curves_upward(s, y)

    for seed in range(20):
        rng = np.random.default_rng(seed)
        scales, x0 = rng.uniform(0.3, 5, 4), rng.uniform(0.01, 0.1, 4)

        def f(x, scales=scales):
            return float(np.sum(scales * (x**4 / 4 - x**2 / 2))), scales * (x**3 - x)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(quasi_newton, "_curves_upward", spy)
            x, losses = quasi_newton.lbfgs(f, x0, search=armijo)
        np.testing.assert_allclose(np.abs(x), 1, atol=1e-4)
        assert (np.diff(losses) < 0).all()
    assert sum(skipped) > 20


def test_only_the_last_m_pairs_are_kept_oldest_first(monkeypatch):
    held = []
    direction = quasi_newton.lbfgs_direction

    def spy(g, S, Y):
        held.append((list(S), list(Y), g))
        return direction(g, S, Y)

    monkeypatch.setattr(quasi_newton, "lbfgs_direction", spy)
    quasi_newton.lbfgs(long_rosenbrock, winding(0, 10), m=3, steps=8)
    assert [len(S) for S, _, _ in held] == [0, 1, 2, 3, 3, 3, 3, 3]
    np.testing.assert_array_equal(held[4][0][:2], held[3][0][1:])
    for (_, _, before), (_, Y, after) in pairwise(held):
        np.testing.assert_allclose(Y[-1], after - before)


def test_it_stops_where_it_is_done():
    x0 = np.ones(4)
    x, losses = quasi_newton.lbfgs(long_rosenbrock, x0)
    np.testing.assert_array_equal(x, x0)
    assert x is not x0
    assert losses == [0.0]
    _, losses = quasi_newton.lbfgs(long_rosenbrock, winding(0, 10), steps=5)
    assert len(losses) == 6


def test_it_gives_up_where_no_step_gets_lower():
    """A gradient that lies: the loss rises wherever it says down."""
    x, losses = quasi_newton.lbfgs(lambda x: (float(x @ x), -2 * x), np.array([1.0, 2.0]))
    np.testing.assert_array_equal(x, [1, 2])
    assert losses == [5.0]


# ------------------------------------------------------------------------------------- Remembered


def test_remembered_counts_what_was_really_computed():
    asked = []
    f = Remembered(lambda x: (asked.append(x.copy()) or float(x[0]), np.array([1.0])), size=2)
    for point in (1, 2, 1, 1, 3, 1, 2):  # 2 is the one forgotten when 3 comes
        f(np.array([float(point)]))
    assert [x[0] for x in asked] == f.losses == [1, 2, 3, 2]
    assert f.evaluations == 4


def test_remembered_gives_out_copies():
    f = Remembered(lambda x: (0.0, x))
    point = np.array([1.0, 2.0])
    f(point)[1][:] = 9
    np.testing.assert_array_equal(f(point)[1], [1, 2])
    np.testing.assert_array_equal(point, [1, 2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: quasi_newton.bfgs_update(np.eye(2), v, v), r"Hinv must be \(3, 3\) .* \(2, 2\)"),
        (lambda v: quasi_newton.bfgs_update(np.eye(3), v, v[:2]), "one length, got shapes"),
        (lambda v: quasi_newton.lbfgs_direction(v, [v], []), "as many steps as changes, got 1 and"),
        (lambda v: quasi_newton.lbfgs(lambda x: (0, x), v, m=0), "m must be at least 1 pair, got"),
        (lambda v: Remembered(lambda x: (0, x), size=0), "size must be at least 1 point, got 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones(3))
