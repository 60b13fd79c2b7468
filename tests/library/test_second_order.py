"""The quadratic model, Newton's step and Hessians, against sums, SciPy and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, optimize
from scipy.sparse import linalg as sparse

from cs231n_lib import second_order, surfaces

seeds = st.integers(0, 2**32 - 1)


def symmetric(rng, eigenvalues):
    turn = linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    return turn @ np.diag(eigenvalues) @ turn.T


# --------------------------------------------------------------------------------------- taylor2


def expansion_by_sums(f0, g, H, d):
    """Σ_i g_i d_i + ½ Σ_ij H_ij d_i d_j, term by term (the slide's formula, written out)."""
    total = f0
    for i in range(len(g)):
        total += g[i] * d[i]
        for j in range(len(g)):
            total += H[i][j] * d[i] * d[j] / 2
    return total


@given(seeds)
def test_the_model_is_the_sum_of_its_terms(seed):
    rng = np.random.default_rng(seed)
    f0, g, H, d = rng.normal(), rng.normal(size=4), symmetric(rng, rng.normal(size=4)), None
    many = rng.normal(size=(2, 3, 4))
    got = second_order.taylor2(f0, g, H, many)
    assert got.shape == (2, 3)
    for place in np.ndindex(2, 3):
        d = many[place]
        expected = expansion_by_sums(f0, g.tolist(), H.tolist(), d.tolist())
        assert got[place] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert second_order.taylor2(f0, g, H, d) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_model_is_exact_on_a_quadratic_and_of_third_order_elsewhere():
    f, gradient = surfaces.valley(30, 0.4)
    x, d = np.array([0.3, -0.8]), np.array([1.5, 2.0])
    H = second_order.hessian(gradient, x)
    assert second_order.taylor2(f(x), gradient(x), H, d) == pytest.approx(f(x + d), rel=1e-8)
    f, gradient = surfaces.rosenbrock
    H = second_order.hessian(gradient, x)
    gaps = [second_order.taylor2(f(x), gradient(x), H, t * d) - f(x + t * d) for t in (0.02, 0.01)]
    assert gaps[0] / gaps[1] == pytest.approx(8, rel=0.05)


# ------------------------------------------------------------------------------------ newton_step


@given(seeds)
def test_one_step_solves_a_quadratic_from_anywhere(seed):
    rng = np.random.default_rng(seed)
    H, target = symmetric(rng, rng.uniform(0.1, 100, 5)), rng.normal(size=5)
    x = 10 * rng.normal(size=5)
    step = second_order.newton_step(H @ (x - target), H)
    np.testing.assert_allclose(x + step, target, atol=1e-8)


@given(seeds, st.floats(1e-3, 10))
def test_an_indefinite_hessian_is_damped_as_much_as_needed(seed, least):
    rng = np.random.default_rng(seed)
    H, g = symmetric(rng, rng.normal(size=5)), rng.normal(size=5)
    step = second_order.newton_step(g, H, least)
    lowest = linalg.eigh(H, eigvals_only=True)[0]
    damped = H + max(0, least - lowest) * np.eye(5)
    assert linalg.eigh(damped, eigvals_only=True)[0] >= least * (1 - 1e-9)
    expected = linalg.cho_solve(linalg.cho_factor(damped), -g)
    np.testing.assert_allclose(step, expected, rtol=1e-6, atol=1e-9)
    assert step @ g < 0


def test_the_undamped_step_would_walk_uphill():
    H, g = np.diag([1.0, -1.0]), np.array([0.1, 1.0])
    assert linalg.solve(H, -g) @ g > 0
    assert second_order.newton_step(g, H) @ g < 0


def test_equations_are_solved_and_not_inverted():
    """The residual is that of a solver: an inverse leaves one that is larger by the condition."""
    rng = np.random.default_rng(3)
    H = symmetric(rng, np.logspace(0, 10, 8))
    H = (H + H.T) / 2
    g = -H @ rng.uniform(0.5, 1, 8)

    def residual(d):
        return np.abs(H @ d + g).max() / (np.abs(H).max() * np.abs(d).max())

    assert residual(second_order.newton_step(g, H)) < 1e-14
    assert residual(-linalg.inv(H) @ g) > 1e-12


def test_inputs_stay_as_they_were():
    g, H = np.array([1.0, 2.0]), np.diag([1.0, -3.0])
    second_order.newton_step(g, H)
    second_order.taylor2(0.0, g, H, g)
    np.testing.assert_array_equal(g, [1, 2])
    np.testing.assert_array_equal(H, np.diag([1, -3]))


# --------------------------------------------------------------------------------------- hessian


def test_the_hessian_of_rosenbrock_is_scipy_s():
    for point in np.random.default_rng(0).uniform(-2, 2, (5, 2)):
        got = second_order.hessian(surfaces.rosenbrock.gradient, point)
        np.testing.assert_allclose(got, optimize.rosen_hess(point), rtol=1e-7, atol=1e-6)
        np.testing.assert_array_equal(got, got.T)


def test_the_hessian_of_a_valley_has_its_curvatures():
    found = second_order.hessian(surfaces.valley(50, 0.3).gradient, np.array([0.2, 0.1]))
    np.testing.assert_allclose(np.linalg.eigvalsh(found), [1, 50], rtol=1e-8)


# ------------------------------------------------------------------------- without the Hessian


@given(seeds)
def test_products_are_those_with_rosenbrock_s_hessian(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.uniform(-2, 2, 6), rng.normal(size=6) * 10.0 ** rng.integers(-8, 9)
    got = second_order.hessian_vector(lambda p: surfaces.long_rosenbrock(p)[1], x, v)
    expected = optimize.rosen_hess_prod(x, v)
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_a_product_takes_two_gradients_and_zeros_none():
    asked = []
    x = np.array([0.1, 2.0])
    second_order.hessian_vector(lambda p: asked.append(p) or p, x, np.array([1e6, 0.0]))
    np.testing.assert_allclose(asked, [[0.1 + 1e-5, 2], [0.1 - 1e-5, 2]])
    zeros = second_order.hessian_vector(lambda p: asked.append(p) or p, x, np.zeros(2))
    np.testing.assert_array_equal(zeros, [0, 0])
    assert len(asked) == 2


@given(seeds)
def test_conjugate_gradients_solve_in_n_steps(seed):
    rng = np.random.default_rng(seed)
    H, b = symmetric(rng, rng.uniform(1, 30, 6)), rng.normal(size=6)
    got = second_order.conjugate_gradients(lambda v: H @ v, b, steps=6, tolerance=0)
    np.testing.assert_allclose(got, linalg.solve(H, b), rtol=1e-6, atol=1e-8)


@given(seeds, st.integers(1, 8))
def test_each_step_of_conjugate_gradients_is_scipy_s(seed, steps):
    rng = np.random.default_rng(seed)
    H, b = symmetric(rng, np.logspace(0, 2, 10)), rng.normal(size=10)
    got = second_order.conjugate_gradients(lambda v: H @ v, b, steps=steps, tolerance=0)
    expected, _ = sparse.cg(H, b, rtol=0, maxiter=steps)
    np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-10)


@given(seeds)
def test_where_it_curves_downward_the_step_still_leads_downhill(seed):
    rng = np.random.default_rng(seed)
    H, g = symmetric(rng, rng.normal(size=6)), rng.normal(size=6)
    d = second_order.conjugate_gradients(lambda v: H @ v, -g)
    assert g @ d < 0
    if g @ H @ g <= 0:
        np.testing.assert_array_equal(d, -g)


def test_conjugate_gradients_stop_at_a_relative_residual():
    H, products = np.diag([1.0, 2.0, 3.0]), []
    for scale in (1e-9, 1.0, 1e9):
        count = []
        b = scale * np.array([1.0, 2.0, 3.0])
        d = second_order.conjugate_gradients(lambda v, n=count: n.append(1) or H @ v, b, 50, 0.1)
        assert np.linalg.norm(H @ d - b) <= 0.1 * np.linalg.norm(b)
        products.append(len(count))
    assert products[0] == products[1] == products[2] < 3
    zeros = second_order.conjugate_gradients(lambda v: H @ v, np.zeros(3))
    np.testing.assert_array_equal(zeros, [0, 0, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g, H: second_order.newton_step(g, H[:2]), r"H \(n, n\), got shapes \(3,\) and \(2"),
        (lambda g, H: second_order.taylor2(0, g[:2], H, g), r"got shapes \(2,\) and \(3, 3\)"),
        (lambda g, H: second_order.taylor2(0, g, H, g[:2]), r"d must have 3 numbers .* \(2,\)"),
        (lambda g, H: second_order.hessian(lambda x: x, H), r"x must be one vector, got .* \(3, 3"),
        (lambda g, H: second_order.hessian_vector(abs, g, g[:2]), r"got shapes \(3,\) and \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones(3), np.eye(3))
