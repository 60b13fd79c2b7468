"""The numbers in the notebook's prose, over more seeds than it runs, and what its text promises.

The notebook's own cells run once, with the solutions, and once more in the student edition: what
this notebook builds cannot be imported there. Nothing is asserted about times.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from helpers import PROJECT, load
from helpers.course_notebook import CourseNotebook
from scipy import optimize

from cs231n_lib import quasi_newton, second_order
from cs231n_lib.quasi_newton import Remembered
from cs231n_lib.surfaces import long_rosenbrock, rosenbrock

newton_steps = PROJECT.module("08_second_order", "picture")

NOTEBOOK = CourseNotebook("08_second_order")
says = NOTEBOOK.says
MORE = range(5, 10)  # the notebook itself runs seeds 0 to 4


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


def with_more(notebook, name, run):
    """The notebook's five runs of a method, and five others."""
    return np.concatenate([notebook["by_method"][name], [run(seed) for seed in MORE]])


@pytest.fixture(scope="module")
def full_batch(notebook):
    """The lowest loss after each pass, ten runs a method."""
    return {
        "L-BFGS": with_more(notebook, "L-BFGS", notebook["full_lbfgs"]),
        0.03: with_more(
            notebook, "Adam, full batch, 0.03", lambda seed: notebook["full_adam"](seed, 0.03)
        ),
        0.05: with_more(
            notebook, "Adam, full batch, 0.05", lambda seed: notebook["full_adam"](seed, 0.05)
        ),
        "batches": with_more(notebook, "Adam, batches of 50, 0.02", notebook["batch_adam"]),
    }


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize("name", ["bfgs_update", "lbfgs_direction", "backtracking", "lbfgs"])
def test_what_is_built_here_is_asked_for_by_its_name(name, tmp_path):
    errors = NOTEBOOK.run_in_edition(tmp_path, f"from cs231n_lib.quasi_newton import {name}").stderr
    last = errors.splitlines()[-1]
    assert last.startswith(f"ImportError: {name} is what you build in {NOTEBOOK.name}"), last


# ------------------------------------------------------------------------------- models and Newton


def test_the_solutions_agree_with_the_library(notebook):
    rng = np.random.default_rng(5)
    root, g, d = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=(3, 4))
    H = root + root.T
    for mine, theirs in (
        (notebook["taylor2"](2.0, g, H, d), second_order.taylor2(2.0, g, H, d)),
        (notebook["newton_step"](g, H), second_order.newton_step(g, H)),
        (
            notebook["bfgs_update"](root @ root.T, g, g + 0.1),
            quasi_newton.bfgs_update(root @ root.T, g, g + 0.1),
        ),
        (
            notebook["lbfgs_direction"](g, list(d), list(2 * d)),
            quasi_newton.lbfgs_direction(g, list(d), list(2 * d)),
        ),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def test_the_models_are_wrong_by_the_second_and_the_third_order(notebook):
    assert notebook["error_orders"]["linear"] == pytest.approx(2, abs=0.05)
    assert notebook["error_orders"]["quadratic"] == pytest.approx(3, abs=0.05)
    assert np.linalg.eigvalsh(second_order.hessian(rosenbrock.gradient, notebook["spot"]))[0] > 1
    says("half the length, a quarter of the error", "an eighth")


def test_one_newton_step_against_a_hundred_of_sgd(notebook):
    by_sgd, by_newton = notebook["one_against_hundred"][1]
    assert by_sgd == pytest.approx(0.16, abs=0.005)
    assert by_newton < 1e-8
    by_sgd, by_newton = notebook["one_against_hundred"][1000]
    assert not np.isfinite(by_sgd)
    assert by_newton < 1e-8
    says("SGD has 0.16 left to go", "some 330 steps to come within 0.001")


def test_newton_in_the_curved_valley(notebook):
    losses, distances = notebook["newton_losses"], notebook["newton_distances"]
    np.testing.assert_allclose(losses[:5], [24.2, 4.732, 1411.8, 0.05597, 0.3132], rtol=1e-3)
    assert distances[4] == pytest.approx(0.056, abs=5e-4)
    assert distances[5] == pytest.approx(8.6e-6, rel=0.05)
    assert distances[6] < 1e-9
    assert distances[7] < 1e-14
    says("Seven steps to machine precision", "(0.06, 0.000009, then $10^{-11}$", "from 4.7 to 1400")


def test_the_undamped_step_ends_on_the_saddle_and_the_damped_one_leaves(notebook):
    walks = notebook["walks"]
    np.testing.assert_allclose(walks["undamped"][1], [0, 0], atol=1e-8)
    np.testing.assert_allclose(walks["damped"][1], [-0.5, 1.0], atol=1e-2)
    says("1.0 away from the ridge at once")


def test_the_playable_landscapes_are_as_told():
    slide, mended = newton_steps.METHODS[1:3]
    losses = newton_steps.losses(slide, "Rosenbrock")
    assert losses[1:3] == pytest.approx([4, 960], rel=0.03)
    assert [len(newton_steps.losses(way, "Rosenbrock")) - 1 for way in (mended, slide)] == [20, 6]
    assert (np.diff(newton_steps.losses(mended, "Rosenbrock")) < 0).all()
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


def test_fresh_networks_have_indefinite_hessians(notebook):
    """Ten networks: the undamped step gains nothing, one that is damped enough does."""
    for seed in range(10):
        f, x = notebook["small_network"](seed)
        loss, g = f(x)
        H = second_order.hessian(lambda p, f=f: f(p)[1], x)
        curvatures = np.linalg.eigvalsh(H)
        assert 30 <= np.sum(curvatures < -1e-9) <= 60
        assert -0.3 < curvatures[0] < -0.15
        assert 2.2 < loss < 2.45
        assert f(x + np.linalg.solve(H, -g))[0] > loss - 0.12
        assert 1.6 < f(x + second_order.newton_step(g, H, 0.1))[0] < 2.1
        assert f(x + second_order.newton_step(g, H, 1e-3))[0] > 5
    assert len(curvatures) == 235
    assert notebook["curvatures"][0] == pytest.approx(-0.23, abs=0.02)
    assert notebook["curvatures"][-1] == pytest.approx(0.58, abs=0.03)
    says("About one direction in six", "falls by 0.1 at most", "from 2.3–2.4 to 1.7–2.1")
    says("to 5 and more in each of ten nets", "470 for our network of 235")


def test_the_memory_of_a_hessian():
    assert round(4 * 1e6**2 / 2**30) == 3725
    assert round(4 * 60e6**2 / 2**30 / 1e6) == 13
    days = 0.13 * (1e6 / 2000) ** 3 / 86400
    assert days == pytest.approx(365 / 2, rel=0.05)
    assert round(2 * 10 * 4e6 / 2**20) == 76
    assert NOTEBOOK.prose.count("3,725 GiB") == 3
    says("13 million GiB", "0.13 s for 2000 parameters; that makes half a year")


# ---------------------------------------------------------------------------------- BFGS, L-BFGS


def test_bfgs_knows_the_inverse_after_as_many_steps_as_parameters(notebook):
    errors = notebook["inverse_errors"]
    assert min(errors[:20]) > 0.1
    assert errors[20] < 1e-9
    assert notebook["ranks"][:10] == [2] * 10
    says("After 20 steps, one for each parameter", "a matrix of rank **two**")


def test_two_loops_and_the_matrix_agree(notebook):
    assert notebook["gap"] < 1e-10


def wrong_direction(name):
    (exercise,) = (e for e in load(NOTEBOOK.name) if e.name == "lbfgs_direction")
    (mistake,) = (m for m in exercise.mistakes if m.name == name)
    return mistake.replaces["lbfgs_direction"]


def winding(seed):
    return np.tile([-1.2, 1.0], 50) + 0.1 * np.random.default_rng(seed).normal(size=100)


def test_wrong_loops_train_the_network_just_as_well(notebook, monkeypatch):
    after = {"right": notebook["by_method"]["L-BFGS"][:, 19]}
    for name in ("both loops, order", "beta is missing"):
        monkeypatch.setattr(quasi_newton, "lbfgs_direction", wrong_direction(name))
        after[name] = []
        for seed in range(5):
            on, x = notebook["digits_network"](seed)
            f = Remembered(on(notebook["digits"].X_train, notebook["digits"].y_train))
            quasi_newton.lbfgs(f, x, steps=25)
            after[name].append(min(f.losses[:20]))
    means = {name: np.mean(losses) for name, losses in after.items()}
    assert means["right"] == pytest.approx(0.026, abs=6e-4)
    assert means["both loops, order"] == pytest.approx(0.025, abs=6e-4)
    assert means["beta is missing"] == pytest.approx(0.025, abs=1e-3)
    says("(loss 0.025 after 20 evaluations, the right one 0.026). With β forgotten, too.")


def test_in_rosenbrock_s_valley_wrong_loops_show(monkeypatch):
    for seed in range(3):
        counts = {}
        for name in ("right", "both loops, order", "beta is missing"):
            with monkeypatch.context() as patch:
                if name != "right":
                    patch.setattr(quasi_newton, "lbfgs_direction", wrong_direction(name))
                f = Remembered(long_rosenbrock)
                x, _ = quasi_newton.lbfgs(f, winding(seed), steps=3000)
            counts[name] = f.evaluations
            assert (np.abs(x - 1).max() < 1e-3) == (name != "beta is missing")
        assert 4.4 < counts["both loops, order"] / counts["right"] < 5.1
    says("nearly five times the evaluations, and the second never arrives")


def test_a_line_search_keeps_newton_from_rising(notebook):
    losses, steps = zip(*notebook["searched"], strict=True)
    assert len(steps) == 22
    assert steps[1] == 0.125
    assert (np.diff(losses) < 0).all()
    assert set(steps[-8:]) == {1.0}
    lowest = notebook["ts"][np.argmin(notebook["along"]["the loss"])]
    assert lowest == pytest.approx(0.11, abs=0.01)
    says("cut to $t = 0.125$", "22 steps, not 7", "lowest near t = 0.11")


def test_evaluations_in_rosenbrock_s_valley(notebook):
    """Ten starts: ours and SciPy's, both with ten pairs."""
    ours, theirs = [], []
    for seed in range(10):
        f = Remembered(long_rosenbrock)
        notebook["lbfgs"](f, winding(seed), m=10, steps=2000)
        ours.append(f.evaluations)
        options = {"maxcor": 10, "maxiter": 5000, "maxfun": 9999, "ftol": 0, "gtol": 1e-5}
        result = optimize.minimize(
            long_rosenbrock, winding(seed), jac=True, method="L-BFGS-B", options=options
        )
        theirs.append(result.nfev)
    assert np.mean(ours) == pytest.approx(603, abs=12)
    assert np.mean(theirs) == pytest.approx(620, abs=12)
    assert max(ours) < 1.1 * min(theirs)
    counts = notebook["counts"]
    assert 1.7 < counts[1] / counts[10] < 2
    assert counts[3] < 1.06 * counts[10]
    assert counts[30] > 0.9 * counts[10]
    says(
        "about 620 evaluations", "About 600 evaluations with ten pairs", "not quite twice the price"
    )


# -------------------------------------------------------------------------------------- the digits


def test_on_the_full_batch_lbfgs_beats_adam(full_batch):
    ours, best = full_batch["L-BFGS"], np.minimum(full_batch[0.03], full_batch[0.05])
    for passes in (20, 50):
        assert (ours[:, passes - 1] < 0.62 * best[:, passes - 1]).all()
    means = {name: runs.mean(axis=0) for name, runs in full_batch.items()}
    assert means["L-BFGS"][19] == pytest.approx(0.026, abs=6e-4)
    assert means["L-BFGS"][49] == pytest.approx(0.018, abs=3e-4)
    assert means[0.05][19] == pytest.approx(0.049, abs=1.5e-3)
    assert means[0.03][49] == pytest.approx(0.032, abs=1e-3)
    assert means["batches"][19] == pytest.approx(0.022, abs=6e-4)
    says("(0.026 against 0.049), and so it is after 50 (0.018 against 0.032)")
    says("ahead of all for the first 20 passes, 0.022 then | 0.049 after 20, 0.032 after 50")
    says("0.026 after 20; the lowest after 50, with 0.018")


def test_the_order_of_merit_changes_on_the_way(full_batch):
    means = {name: runs.mean(axis=0) for name, runs in full_batch.items()}
    others = np.minimum(means["L-BFGS"], np.minimum(means[0.03], means[0.05]))
    assert (means["batches"][:20] < others[:20]).all()
    crossing = 1 + np.argmax(means["L-BFGS"][:50] < means["batches"])
    assert 25 <= crossing <= 35
    assert (full_batch["L-BFGS"][:, 49] < full_batch["batches"][:, 49]).all()
    assert (means["L-BFGS"][14:] < np.minimum(means[0.03], means[0.05])[14:]).all()
    says("near pass 30, and is the lowest from there on", "crosses both curves of full-batch Adam")


@pytest.mark.slow
def test_adam_s_rates_are_its_best_ones(notebook, full_batch):
    full = {rate: [] for rate in (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2)}
    for rate, runs in full.items():
        for seed in range(3):
            runs.append(notebook["full_adam"](seed, rate))
    means = {rate: np.mean(runs, axis=0) for rate, runs in full.items()}
    assert min(means, key=lambda rate: means[rate][19]) in (0.05, 0.07)
    assert means[0.05][19] < 1.01 * min(mean[19] for mean in means.values())
    assert min(means, key=lambda rate: means[rate][49]) == 0.03
    ours = full_batch["L-BFGS"].mean(axis=0)
    assert means[0.1][4] < ours[4]  # "even full-batch Adam is ahead if its rate is high enough"
    assert means[0.1][19] > 2 * ours[19]
    batches = {
        rate: np.mean([notebook["batch_adam"](seed, rate, 20)[-1] for seed in range(3)])
        for rate in (0.003, 0.005, 0.01, 0.02, 0.03)
    }
    assert min(batches, key=batches.__getitem__) in (0.02, 0.03)
    assert batches[0.02] < 1.03 * min(batches.values())


def test_the_noise_in_y_does_not_shrink_with_the_step(notebook):
    table = notebook["noise_table"]
    ratios = [ratio for ratio, _ in table.values()]
    for longer, shorter in pairwise(ratios):
        assert shorter / longer == pytest.approx(10, rel=0.15)
    assert 1 < ratios[0] < 4
    assert table[1.0][1] < 0.1
    for length in (0.01, 0.001):
        assert 0.3 < table[length][1] < 0.65
    says("Ten times shorter a step, ten times more noise in $y$")


def test_on_mini_batches_lbfgs_does_badly(notebook):
    """Chaotic runs: only what holds for every one of fourteen, and for most, is asserted."""
    run, more = notebook["batch_lbfgs"], range(5, 14)
    naive = np.concatenate([notebook["naive"], [run(seed, False) for seed in more]])
    peaks = naive.max(axis=1)
    assert np.sort(peaks)[1] > 3  # all but one at most
    assert np.median(peaks) > 300
    assert peaks.max() > 1e4
    assert np.median(naive.min(axis=1)) < 1
    careful = np.concatenate([notebook["careful"], [run(seed, True) for seed in more]])
    adam = [notebook["batch_adam"](seed, passes=20)[-1] for seed in range(14)]
    assert careful.max() < 2.3
    assert (careful[:, -1] > 1.15 * np.array(adam)).all()
    assert (careful[:, 6:].min(axis=1) > 0.02).all()
    says("soon gets below 1", "it stays above Adam in each run")


# ---------------------------------------------------------------------------------- the text itself


def test_both_questions_of_the_slides_are_asked():
    says("Q: what is nice about this update?", "Q2: why is this impractical for training Deep")
