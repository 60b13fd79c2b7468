"""Notebook 08: its form, and its numbers up to conjugate gradients, over seeds of their own.

Nothing is asserted about times. The claims of its prose, and the tests they rest on:

* the two models' errors shrink to a quarter and to an eighth — here, with the next eight
* one Newton step solves a quadratic in any units of the loss, unless it is damped
* from Rosenbrock's classic start: seven steps, and a loss of 1400 on the way
* damping cures the saddle, shorter steps cure Rosenbrock's valley, and not the other way round
* an explicit inverse: its d is about as near, but does not fulfil the equations
* a fresh network: a sixth of the curvatures is negative, and what three steps do to the loss
* memory and time of a Hessian
* Newton's steps by conjugate gradients: below 0.02 after 200 passes, 0.03 to 0.2 after 50
* Shampoo's step with a memory of one is Muon's
* BFGS knows the inverse after n steps, by changes of rank two — `test_lbfgs`, with the next five
* wrong loops train the network as well, and fail in Rosenbrock's valley
* with a line search Newton takes 22 steps and never rises
* L-BFGS in 100 parameters: evaluations, ours and SciPy's, and what more pairs gain
* Armijo's 639 skipped pairs; that they come from steps that are too short; how often that happens
* weak Wolfe: 61 evaluations, at most 75 nearby, no difference in 100 parameters and on the digits
* who is ahead on the digits, and when; Adam's rates are its best — `test_batches`, with the rest
* noise in y does not shrink with the step
* on mini-batches the naive way is thrown far out, and the careful one stays above Adam
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import PROJECT
from helpers.notebook_08 import NOTEBOOK, says

from cs231n_lib import quasi_newton, second_order
from cs231n_lib.surfaces import rosenbrock, saddle, valley

newton_steps = PROJECT.module("08_second_order", "picture")


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("quasi_newton", "bfgs_update"),
        ("quasi_newton", "lbfgs_direction"),
        ("quasi_newton", "backtracking"),
        ("quasi_newton", "lbfgs"),
        ("quasi_newton", "weak_wolfe"),
        ("second_order", "hessian_vector"),
        ("second_order", "conjugate_gradients"),
    ],
)
def test_what_is_built_here_is_asked_for_by_its_name(module, name, tmp_path):
    errors = NOTEBOOK.run_in_edition(tmp_path, f"from cs231n_lib.{module} import {name}").stderr
    last = errors.splitlines()[-1]
    assert last.startswith(f"ImportError: {name} is what you build in {NOTEBOOK.name}"), last


def test_both_questions_of_the_slides_are_asked():
    says("Q: what is nice about this update?", "Q2: why is this impractical for training Deep")


# ------------------------------------------------------------------------------- models and Newton


def test_the_solutions_agree_with_the_library(notebook):
    rng = np.random.default_rng(5)
    root, g, d = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=(3, 4))
    H = root + root.T
    for name, library, arguments in (
        ("taylor2", second_order, (2.0, g, H, d)),
        ("newton_step", second_order, (g, H)),
        ("hessian_vector", second_order, (lambda x: H @ x**2, g, d[0])),
        ("conjugate_gradients", second_order, (lambda v: root @ root.T @ v, g)),
        ("conjugate_gradients", second_order, (lambda v: H @ v, g)),
        ("bfgs_update", quasi_newton, (root @ root.T, g, g + 0.1)),
        ("lbfgs_direction", quasi_newton, (g, list(d), list(2 * d))),
        ("weak_wolfe", quasi_newton, (lambda x: (x @ x, 2 * x), g, -0.01 * g, 2 * g)),
    ):
        ours, theirs = notebook[name](*arguments), getattr(library, name)(*arguments)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_the_models_are_wrong_by_the_second_and_the_third_order(notebook):
    assert notebook["shrinks"]["linear"] == pytest.approx(4, abs=0.05)
    assert notebook["shrinks"]["quadratic"] == pytest.approx(8, abs=0.15)
    f, gradient = rosenbrock
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, angle = rng.uniform(-2, 2, 2), rng.uniform(0, 2 * np.pi)
        way, H = np.array([np.cos(angle), np.sin(angle)]), second_order.hessian(gradient, x)
        linear, quadratic = [], []
        for r in (2e-3, 1e-3):
            linear.append(f(x) + r * way @ gradient(x) - f(x + r * way))
            quadratic.append(second_order.taylor2(f(x), gradient(x), H, r * way) - f(x + r * way))
        assert linear[0] / linear[1] == pytest.approx(4, rel=0.1)
        assert quadratic[0] / quadratic[1] == pytest.approx(8, rel=0.1)
    says("half the length, a quarter of the error", "an eighth")


def test_one_newton_step_against_a_hundred_of_sgd(notebook):
    by_sgd, by_newton = notebook["by_sgd"], notebook["by_newton"]
    assert by_sgd[1] == pytest.approx(0.16, abs=0.005)
    assert not np.isfinite(by_sgd[1000])
    assert max(by_newton[1], by_newton[1000]) < 1e-8
    says("SGD has 0.16 left to go", "some 330 steps to come within 0.001")


def test_a_damped_step_is_not_indifferent_to_units(notebook):
    start = np.hypot(*valley(condition=100, angle=0.5).start)
    assert start == pytest.approx(1.04, abs=0.005)
    assert 1 - notebook["by_newton"][1e-5] / start == pytest.approx(0.04, abs=0.005)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        root, g = rng.normal(size=(4, 4)), rng.normal(size=4)
        H = root @ root.T + 0.1 * np.eye(4)
        step = second_order.newton_step(g, H)
        np.testing.assert_allclose(second_order.newton_step(1e3 * g, 1e3 * H), step)
        damped = second_order.newton_step(1e-5 * g, 1e-5 * H)
        assert np.linalg.norm(damped) < 0.5 * np.linalg.norm(step)
    says("the step covers 4 % of the way", "the start is 1.04 away")


def test_newton_in_the_curved_valley(notebook):
    losses, distances = notebook["newton_losses"], notebook["newton_distances"]
    np.testing.assert_allclose(losses[:5], [24.2, 4.732, 1411.8, 0.05597, 0.3132], rtol=1e-3)
    assert distances[4] == pytest.approx(0.056, abs=5e-4)
    assert distances[5] == pytest.approx(8.6e-6, rel=0.05)
    assert distances[6] < 1e-9
    assert distances[7] < 1e-14
    says("Seven steps to machine precision", "(0.06, 0.000009, then $10^{-11}$", "from 4.7 to 1400")


def test_the_undamped_step_ends_on_the_saddle_and_the_damped_one_leaves():
    x = np.array(saddle.start)
    g, H = saddle.gradient(x), second_order.hessian(saddle.gradient, x)
    np.testing.assert_allclose(x + np.linalg.solve(H, -g), [0, 0], atol=1e-8)
    np.testing.assert_allclose(x + second_order.newton_step(g, H), [-0.5, 1.0], atol=1e-2)
    assert "undamped: after one step at x = 0.00, y = 0.00" in NOTEBOOK.printed
    says("1.0 away from the ridge at once")


def newton_walk(surface, start, damped, searched, steps=60):
    """The losses of Newton's method, with either remedy or without; the last gradient."""
    x, losses = np.array(start, dtype=float), []
    for _ in range(steps):
        g, H = surface.gradient(x), second_order.hessian(surface.gradient, x)
        losses.append(float(surface(x)))
        if np.abs(g).max() < 1e-8 or losses[-1] < -10:
            break
        d = second_order.newton_step(g, H) if damped else np.linalg.solve(H, -g)
        x = x + d * (quasi_newton.backtracking(surface, x, d, g) if searched else 1.0)
    return losses


def test_each_fault_has_its_own_remedy():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        for start in (
            [-1.0, 0.6] + 0.02 * rng.normal(size=2),
            [-1.2, 1] + 0.02 * rng.normal(size=2),
        ):
            for damped in (False, True):  # damping does nothing here
                assert max(newton_walk(rosenbrock, start, damped, False)) > 500
                losses = newton_walk(rosenbrock, start, damped, True)
                assert (np.diff(losses) < 0).all()
                assert losses[-1] < 1e-12
        start = [-rng.uniform(0.5, 1.5), 1e-3 * rng.uniform(0.5, 2)]
        for searched in (False, True):  # shorter steps do nothing here
            assert newton_walk(saddle, start, False, searched)[-1] > -0.01
            assert newton_walk(saddle, start, True, searched)[-1] < -10
    says("damping cures the saddle and does nothing in Rosenbrock's valley", "shorter steps cure")


def test_the_playable_landscapes_are_as_told():
    slide, mended = newton_steps.METHODS[1:3]
    losses = newton_steps.losses(slide, "Rosenbrock")
    assert losses[1:3] == pytest.approx([4, 960], rel=0.03)
    assert [len(newton_steps.losses(way, "Rosenbrock")) - 1 for way in (mended, slide)] == [20, 6]
    assert (np.diff(newton_steps.losses(mended, "Rosenbrock")) < 0).all()
    for x in newton_steps.path(slide, "Rosenbrock"):
        assert np.linalg.eigvalsh(second_order.hessian(rosenbrock.gradient, x))[0] > 1e-3
    for method in newton_steps.METHODS:
        stuck = len(newton_steps.path(method, "saddle")) == 2
        assert stuck == (method == slide)
    assert np.abs(newton_steps.path(slide, "saddle")[1]).max() < 1e-9
    says("from a loss of 4 to one of 960", "20 steps to the minimum, not 6")
    rates = [rate for *_, rate in newton_steps.SURFACES.values()]
    says("at a rate that suits each: {}, {} and {}".format(*rates))


@pytest.mark.parametrize("name", newton_steps.SURFACES)
def test_contours_are_where_the_loss_is_as_said(name):
    surface = newton_steps.SURFACES[name][0]
    for level in newton_steps.MAPS[name][1]:
        losses = surface(newton_steps.contours(name, level))
        losses = losses[~np.isnan(losses)]
        assert len(losses) > 40
        np.testing.assert_allclose(losses, level, atol=1e-9)


def test_an_inverse_leaves_a_residual_and_hardly_a_worse_step():
    """Condition 1e9, twenty equations' worth of seeds: errors within two digits, residuals not."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
        H = turn @ np.diag(np.logspace(0, 9, 8)) @ turn.T
        H = 0.5 * (H + H.T)
        d = rng.uniform(0.5, 1, 8)
        g = -H @ d
        solved, inverted = np.linalg.solve(H, -g), -np.linalg.inv(H) @ g
        assert np.abs(solved - d).max() < 1e-6
        assert np.abs(inverted - d).max() < 1e-5
        residuals = [np.abs(H @ step + g).max() / np.abs(g).max() for step in (solved, inverted)]
        assert residuals[0] < 1e-14
        assert residuals[1] > 1e-11
    says("about as near to the true one, but $Hd + g$ is far from zero")


def test_fresh_networks_have_indefinite_hessians(notebook):
    """Fifteen networks, ten of them not the notebook's."""
    shares = []
    for seed in range(15):
        curvatures, (loss, undamped, damped, strongly) = notebook["first_step"](seed)
        shares.append(np.mean(curvatures < -1e-9))
        assert -0.4 < curvatures[0] < -0.15
        assert 0.35 < curvatures[-1] < 0.8
        assert 2.2 < loss < 2.45
        assert undamped > loss - 0.12
        assert 1.6 < strongly < 2.15
        assert damped > 5
    assert np.mean(shares) == pytest.approx(1 / 6, abs=0.03)
    assert len(curvatures) == 235
    says("About one direction in six", "falls by 0.1 at most", "from 2.2–2.4 to 1.7–2.1")
    says("to 5 and more in each of them", "470 for our network of 235")


def test_the_memory_of_a_hessian():
    assert round(4 * 1e6**2 / 2**30) == 3725
    assert round(4 * 60e6**2 / 2**30 / 1e6) == 13
    days = 0.13 * (1e6 / 2000) ** 3 / 86400
    assert days == pytest.approx(365 / 2, rel=0.05)
    assert round(2 * 10 * 4e6 / 2**20) == 76
    assert NOTEBOOK.prose.count("3,725 GiB") == 3
    says("13 million GiB", "0.13 s for 2000 parameters; that makes half a year")


# ------------------------------------------------------------------------ without the Hessian


def test_newton_steps_by_conjugate_gradients(notebook):
    runs = notebook["cg_runs"] + [notebook["newton_cg"](seed) for seed in range(5, 10)]
    for run in runs:
        assert run[-1][1] < 0.02
        assert 15 <= len(run) <= 20
        after_50 = next(loss for passes, loss in run[::-1] if passes <= 50)
        assert 0.025 < after_50 < 0.22
    _, x = notebook["digits_network"](0)
    assert 2 * len(x) == 7520
    says("Below 0.02, in 15 to 20 steps", "would cost 7,520 gradients", "between 0.03 and 0.2")


def test_shampoo_with_a_memory_of_one_is_muon(notebook):
    power = notebook["power"]
    for seed in range(1, 6):
        G = np.random.default_rng(seed).normal(size=(4, 4))
        left, _, right = np.linalg.svd(G)
        step = power(G @ G.T, -0.25) @ G @ power(G.T @ G, -0.25)
        np.testing.assert_allclose(step, left @ right, atol=1e-6)
