"""Batch and layer normalization against the papers' equations, number by number."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cs231n_lib import normalization as norm
from cs231n_lib.gradcheck import numerical_gradient

BACKWARDS = [norm.batchnorm_backward, norm.batchnorm_backward_alt]
SHAPES = [(4, 3), (6, 5), (2, 1), (9, 2)]


# --- the papers' equations, with Python floats ----------------------------------------------------


def algorithm_1(x, gamma, beta, eps):
    """Ioffe and Szegedy, 2015, algorithm 1, for one activation over a mini-batch of m values.

    Lines 1 to 4: μ_B = 1/m Σ x_i; σ²_B = 1/m Σ (x_i - μ_B)²; x̂_i; y_i = γ x̂_i + β.
    Returns y, μ, σ².
    """
    m = len(x)
    mu = sum(x) / m
    var = sum((x_i - mu) ** 2 for x_i in x) / m
    x_hat = [(x_i - mu) / sqrt(var + eps) for x_i in x]
    return [gamma * x_hat_i + beta for x_hat_i in x_hat], mu, var


def algorithm_2(x, gamma, beta, eps, mean, var):
    """Ioffe and Szegedy, 2015, algorithm 2, line 11: y = γ/√(Var+ε) x + (β - γ E/√(Var+ε)).

    The paper's Var[x] is m/(m-1) times the average variance; the course, like Keras, leaves that
    factor out, so ``var`` is taken as it is.
    """
    slope = gamma / sqrt(var + eps)
    return [slope * x_i + (beta - slope * mean) for x_i in x]


def section_3_gradients(x, gamma, eps, dy):
    """Ioffe and Szegedy, 2015, section 3, the six equations of the chain rule, in their order."""
    m = len(x)
    mu = sum(x) / m
    var = sum((x_i - mu) ** 2 for x_i in x) / m
    dx_hat = [dy_i * gamma for dy_i in dy]
    dvar = sum(
        d * (x_i - mu) * (-1 / 2) * (var + eps) ** (-3 / 2)
        for d, x_i in zip(dx_hat, x, strict=True)
    )
    dmu = sum(d * -1 / sqrt(var + eps) for d in dx_hat)
    dmu += dvar * sum(-2 * (x_i - mu) for x_i in x) / m
    dx = [
        d * 1 / sqrt(var + eps) + dvar * 2 * (x_i - mu) / m + dmu * 1 / m
        for d, x_i in zip(dx_hat, x, strict=True)
    ]
    dgamma = sum(d * (x_i - mu) / sqrt(var + eps) for d, x_i in zip(dy, x, strict=True))
    return dx, dgamma, sum(dy)


def layer_equations(row, gamma, beta, eps):
    """Ba, Kiros and Hinton, 2016, equations 3 and 4: μ and σ over the H units of ONE case."""
    h = len(row)
    mu = sum(row) / h
    sigma = sqrt(sum((a - mu) ** 2 for a in row) / h + eps)
    return [g / sigma * (a - mu) + b for a, g, b in zip(row, gamma, beta, strict=True)]


def draw(shape, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    x = spread * rng.normal(size=shape) + rng.normal(size=shape[1])
    return x, rng.normal(size=shape[1]), rng.normal(size=shape[1]), rng.normal(size=shape)


# --- batch norm, forward --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3), (1.0, 0.5)])
def test_training_is_algorithm_1_for_each_column(shape, spread, eps):
    x, gamma, beta, _ = draw(shape, spread=spread)
    bn_param = {"mode": "train", "eps": eps, "momentum": 0.0}
    out, _ = norm.batchnorm_forward(x, gamma, beta, bn_param)
    for k in range(shape[1]):
        y, mu, var = algorithm_1(x[:, k].tolist(), gamma[k], beta[k], eps)
        np.testing.assert_allclose(out[:, k], y, rtol=1e-9, atol=1e-12)
        assert bn_param["running_mean"][k] == pytest.approx(mu)
        assert bn_param["running_var"][k] == pytest.approx(var)


@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3)])
def test_test_mode_is_algorithm_2_for_each_column(spread, eps):
    x, gamma, beta, _ = draw((4, 3))
    stored, _, _, _ = draw((9, 3), seed=1, spread=spread)
    bn_param = {
        "mode": "test",
        "eps": eps,
        "running_mean": stored.mean(axis=0),
        "running_var": stored.var(axis=0),
    }
    out, cache = norm.batchnorm_forward(x, gamma, beta, bn_param)
    for k in range(3):
        values = [float(bn_param[name][k]) for name in ("running_mean", "running_var")]
        y = algorithm_2(x[:, k].tolist(), gamma[k], beta[k], eps, *values)
        np.testing.assert_allclose(out[:, k], y, rtol=1e-9)
    assert cache is None


def test_running_values_are_weighted_sums_over_all_batches():
    """momentum weighs the old: after t batches, batch i counts (1 - m) m^(t - i), the start m^t."""
    start_mean, start_var, m = np.array([3.0, -2.0]), np.array([0.5, 4.0]), 0.7
    bn_param = {
        "mode": "train",
        "momentum": m,
        "running_mean": start_mean,
        "running_var": start_var,
    }
    batches = [draw((5, 2), seed)[0] for seed in range(4)]
    for x in batches:
        norm.batchnorm_forward(x, np.ones(2), np.zeros(2), bn_param)
    for k in range(2):
        means = [algorithm_1(x[:, k].tolist(), 1, 0, 0)[1] for x in batches]
        variances = [algorithm_1(x[:, k].tolist(), 1, 0, 0)[2] for x in batches]
        for name, start, values in (
            ("running_mean", start_mean[k], means),
            ("running_var", start_var[k], variances),
        ):
            weighted = [(1 - m) * m ** (3 - i) * value for i, value in enumerate(values)]
            assert bn_param[name][k] == pytest.approx(m**4 * start + sum(weighted))


def test_defaults_are_eps_1e_5_momentum_0_9_and_a_start_at_zero():
    x, gamma, beta, _ = draw((6, 2), spread=3e-3)
    given_, defaults = {"mode": "train", "eps": 1e-5, "momentum": 0.9}, {"mode": "train"}
    given_ |= {"running_mean": np.zeros(2), "running_var": np.zeros(2)}
    outs = [norm.batchnorm_forward(x, gamma, beta, p)[0] for p in (given_, defaults)]
    np.testing.assert_array_equal(*outs)
    np.testing.assert_array_equal(given_["running_var"], defaults["running_var"])
    assert set(defaults) == {"mode", "running_mean", "running_var"}


def test_a_training_pass_changes_the_running_values_and_nothing_else():
    x, gamma, beta, dout = draw((4, 3))
    stored = np.ones(3)
    bn_param = {"mode": "train", "running_mean": stored, "running_var": stored}
    before = [array.copy() for array in (x, gamma, beta, dout)]
    _, cache = norm.batchnorm_forward(x, gamma, beta, bn_param)
    norm.batchnorm_backward(dout, cache)
    norm.batchnorm_backward_alt(dout, cache)
    for old, new in zip(before, (x, gamma, beta, dout), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(stored, 1)  # replaced, not written into
    assert bn_param["running_mean"].shape == bn_param["running_var"].shape == (3,)


def test_test_mode_changes_nothing_at_all():
    x, gamma, beta, _ = draw((4, 3))
    bn_param = {"mode": "test", "running_mean": np.ones(3), "running_var": np.full(3, 2.0)}
    before = {name: np.array(value) for name, value in bn_param.items()}
    norm.batchnorm_forward(x, gamma, beta, bn_param)
    assert {name: np.array_equal(bn_param[name], value) for name, value in before.items()} == {
        "mode": True,
        "running_mean": True,
        "running_var": True,
    }


def test_columns_far_from_zero_keep_their_variance():
    """E[x²] - E[x]² would have lost it: both are about 1e14, with 16 digits."""
    rng = np.random.default_rng(0)
    x = 1e7 + 0.05 * rng.normal(size=(40, 3))
    bn_param = {"mode": "train", "eps": 1e-12, "momentum": 0.0}
    out, _ = norm.batchnorm_forward(x, np.ones(3), np.zeros(3), bn_param)
    np.testing.assert_allclose(out.std(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(bn_param["running_var"], (x - 1e7).var(axis=0), rtol=1e-6)


def test_a_constant_column_gives_beta_and_no_warning():
    out, cache = norm.batchnorm_forward(
        np.full((3, 1), 7.0), np.array([5.0]), np.array([-1.0]), {"mode": "train"}
    )
    np.testing.assert_array_equal(out, -1)
    assert np.isfinite(norm.batchnorm_backward(np.ones((3, 1)), cache)[0]).all()


def test_one_example_alone_gives_beta():
    x, gamma, beta, _ = draw((1, 3))
    out, _ = norm.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    np.testing.assert_array_equal(out, [beta])


moderate = st.floats(-5, 5).filter(lambda v: abs(v) > 1e-3)
tables = arrays(np.float64, st.tuples(st.integers(3, 6), st.integers(1, 3)), elements=moderate)


@given(x=tables, factor=st.floats(0.1, 100), shift=st.floats(-50, 50))
def test_scale_and_shift_of_the_input_do_not_matter(x, factor, shift):
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])

    def normalized(x, eps):
        return norm.batchnorm_forward(x, ones, zeros, {"mode": "train", "eps": eps})[0]

    # eps has the unit of a variance, so it is scaled along.
    moved = normalized(factor * x + shift, 1e-3 * factor**2)
    np.testing.assert_allclose(moved, normalized(x, 1e-3), atol=1e-9)


@given(x=tables)
def test_order_of_the_examples_does_not_matter(x):
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    forward = [
        norm.batchnorm_forward(batch, ones, zeros, {"mode": "train", "eps": 1e-3})[0]
        for batch in (x, x[::-1])
    ]
    np.testing.assert_allclose(forward[0], forward[1][::-1], atol=1e-9)


# --- batch norm, backward -------------------------------------------------------------------------


@pytest.mark.parametrize("backward", BACKWARDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3)])
def test_gradients_are_the_paper_s(backward, shape, spread, eps):
    x, gamma, beta, dout = draw(shape, spread=spread)
    _, cache = norm.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": eps})
    dx, dgamma, dbeta = backward(dout, cache)
    for k in range(shape[1]):
        column = section_3_gradients(x[:, k].tolist(), gamma[k], eps, dout[:, k].tolist())
        np.testing.assert_allclose(dx[:, k], column[0], rtol=1e-9, atol=1e-9)
        assert (dgamma[k], dbeta[k]) == pytest.approx(column[1:])


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (norm.batchnorm_forward, norm.batchnorm_backward),
        (norm.batchnorm_forward, norm.batchnorm_backward_alt),
        (norm.layernorm_forward, norm.layernorm_backward),
    ],
)
@pytest.mark.parametrize("shape", [(4, 3), (6, 5), (3, 7)])
@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3)])
def test_gradients_are_numeric_gradients(forward, backward, shape, spread, eps):
    x, gamma, beta, dout = draw(shape, seed=5, spread=spread)

    def out(_):
        return forward(x, gamma, beta, {"mode": "train", "eps": eps})[0]

    gradients = backward(dout, forward(x, gamma, beta, {"mode": "train", "eps": eps})[1])
    for array, gradient in zip((x, gamma, beta), gradients, strict=True):
        numeric = numerical_gradient(out, array, dout, h=1e-6)
        assert gradient.shape == array.shape
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("backward", BACKWARDS)
def test_dx_is_at_right_angles_to_what_the_forward_pass_removes(backward):
    """Moving a column together, or stretching it, changes no output (with eps 0)."""
    x, gamma, beta, dout = draw((7, 4))
    _, cache = norm.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 0.0})
    dx = backward(dout, cache)[0]
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("backward", BACKWARDS)
def test_test_mode_has_no_way_back(backward):
    x, gamma, beta, dout = draw((4, 3))
    bn_param = {"mode": "test", "running_mean": np.zeros(3), "running_var": np.ones(3)}
    with pytest.raises(ValueError, match="cache must come from a forward pass in 'train' mode"):
        backward(dout, norm.batchnorm_forward(x, gamma, beta, bn_param)[1])


# --- layer norm -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 3), (1, 6), (5, 2)])
@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (0.03, 1e-3)])
def test_layer_norm_is_the_paper_s_for_each_example(shape, spread, eps):
    x, gamma, beta, _ = draw(shape, spread=spread)
    out, _ = norm.layernorm_forward(x, gamma, beta, {"eps": eps})
    for row, result in zip(x, out, strict=True):
        np.testing.assert_allclose(
            result, layer_equations(row.tolist(), gamma, beta, eps), rtol=1e-9
        )


def test_layer_norm_knows_no_mode_and_keeps_nothing():
    x, gamma, beta, dout = draw((4, 3))
    before = [array.copy() for array in (x, gamma, beta, dout)]
    train, test = {"mode": "train"}, {"mode": "test"}
    outs = [norm.layernorm_forward(x, gamma, beta, p)[0] for p in ({}, train, test)]
    np.testing.assert_array_equal(outs[0], outs[1])
    np.testing.assert_array_equal(outs[0], outs[2])
    norm.layernorm_backward(dout, norm.layernorm_forward(x, gamma, beta, train)[1])
    assert train == {"mode": "train"}
    for old, new in zip(before, (x, gamma, beta, dout), strict=True):
        np.testing.assert_array_equal(old, new)


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("forward", [norm.batchnorm_forward, norm.layernorm_forward])
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((4,), (4,), (4,)), r"x must be \(N, D\) with at least one row, got shape \(4,\)"),
        (((0, 3), (3,), (3,)), r"with at least one row, got shape \(0, 3\)"),
        (((4, 3), (1, 3), (3,)), r"gamma must have .* shape \(3,\), got \(1, 3\)"),
        (((4, 3), (3,), (4,)), r"beta must have .* shape \(3,\), got \(4,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(forward, shapes, message):
    with pytest.raises(ValueError, match=message):
        forward(*map(np.ones, shapes), {"mode": "train"})


@pytest.mark.parametrize("bn_param", [{}, {"mode": "eval"}])
def test_an_unknown_mode_is_named(bn_param):
    with pytest.raises(ValueError, match=r"bn_param\['mode'\] must be 'train' or 'test', got"):
        norm.batchnorm_forward(np.ones((2, 1)), np.ones(1), np.ones(1), bn_param)
