"""Notebook 08: what it says of BFGS, of L-BFGS and of two line searches, over other seeds."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load
from helpers.notebook_08 import MORE, NOTEBOOK, armijo, says, winding
from scipy import optimize

from cs231n_lib import quasi_newton
from cs231n_lib.quasi_newton import Remembered
from cs231n_lib.surfaces import long_rosenbrock, rosenbrock


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


def both(x):
    return float(rosenbrock(x)), rosenbrock.gradient(x)


def scipy_evaluations(f, start):
    options = {"maxcor": 10, "maxiter": 5000, "maxfun": 9999, "ftol": 0, "gtol": 1e-5}
    return optimize.minimize(f, start, jac=True, method="L-BFGS-B", options=options).nfev


# ------------------------------------------------------------------------------------------- BFGS


def inverse_errors(seed, n=20):
    """The error of the estimate before each step, on a quadratic with condition number 100."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    A = turn @ np.diag(np.logspace(0, 2, n)) @ turn.T
    x, Hinv, errors = rng.normal(size=n), np.eye(n), []
    for _ in range(n + 2):
        g = A @ x
        errors.append(np.linalg.norm(Hinv @ A - np.eye(n)))
        d = -Hinv @ g
        s = -(g @ d) / (d @ A @ d) * d
        x, Hinv = x + s, quasi_newton.bfgs_update(Hinv, s, A @ s)
    return errors


def test_bfgs_knows_the_inverse_after_as_many_steps_as_parameters(notebook):
    assert notebook["ranks"][:10] == [2] * 10
    for errors in (notebook["inverse_errors"], *(inverse_errors(seed) for seed in range(1, 7))):
        assert min(errors[:20]) > 0.1
        assert errors[20] < 1e-6
    says("After 20 steps, one for each parameter", "a matrix of rank **two**")


def test_closest_is_meant_in_a_weighted_norm():
    """Of the updates that fulfil Hinv y = s, BFGS's changes Hinv least in the norm weighted by a
    matrix that takes s to y, and not in the plain one."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        root, change = rng.normal(size=(2, 4, 4))
        B = root @ root.T + np.eye(4)  # takes s to y
        s, half = rng.normal(size=4), np.linalg.cholesky(B)
        update = quasi_newton.bfgs_update(np.eye(4), s, B @ s) - np.eye(4)
        free = np.eye(4) - np.outer(B @ s, B @ s) / ((B @ s) @ (B @ s))
        change = 1e-2 * free @ (change + change.T) @ free  # keeps Hinv y = s
        plain = free @ update @ free  # what the plain norm does not need
        for other in (change, -change, -plain):
            weighted = [np.linalg.norm(half.T @ D @ half) for D in (update, update + other)]
            assert weighted[0] < weighted[1]
        assert np.linalg.norm(update - plain) < np.linalg.norm(update)
    says("in a norm weighted by the curvature", "in the plain sum of squares it would be another")


def test_two_loops_and_the_matrix_agree(notebook):
    assert notebook["gap"] < 1e-10


def wrong_direction(name):
    (exercise,) = (e for e in load(NOTEBOOK.name) if e.name == "lbfgs_direction")
    (mistake,) = (m for m in exercise.mistakes if m.name == name)
    return mistake.replaces["lbfgs_direction"]


def test_wrong_loops_train_the_network_just_as_well(notebook, monkeypatch):
    after = {}
    for name in ("right", "both loops, order", "beta is missing"):
        if name != "right":
            monkeypatch.setattr(quasi_newton, "lbfgs_direction", wrong_direction(name))
        after[name] = []
        for seed in MORE:
            on, x = notebook["digits_network"](seed)
            f = Remembered(on(*notebook["everything"]))
            quasi_newton.lbfgs(f, x, steps=25, search=armijo)
            after[name].append(min(f.losses[:20]))
    means = {name: np.mean(losses) for name, losses in after.items()}
    assert means["right"] == pytest.approx(0.026, abs=1e-3)
    assert means["both loops, order"] == pytest.approx(0.025, abs=1e-3)
    assert means["beta is missing"] == pytest.approx(0.025, abs=1e-3)
    says("(loss 0.025 after 20 evaluations, the right one 0.026). With β forgotten, too.")


def test_in_rosenbrock_s_valley_wrong_loops_show(monkeypatch):
    for seed in range(1, 6):
        counts = {}
        for name in ("right", "both loops, order", "beta is missing"):
            with monkeypatch.context() as patch:
                if name != "right":
                    patch.setattr(quasi_newton, "lbfgs_direction", wrong_direction(name))
                f = Remembered(long_rosenbrock)
                x, _ = quasi_newton.lbfgs(f, winding(seed), steps=3000, search=armijo)
            counts[name] = f.evaluations
            assert (np.abs(x - 1).max() < 1e-3) == (name != "beta is missing")
        assert 4.2 < counts["both loops, order"] / counts["right"] < 5.2
    says("nearly five times the evaluations, and the second never arrives")


# ------------------------------------------------------------------------------------------ Armijo


def test_a_line_search_keeps_newton_from_rising(notebook):
    losses, steps = zip(*notebook["searched"], strict=True)
    assert len(steps) == 22
    assert steps[1] == 0.125
    assert (np.diff(losses) < 0).all()
    assert set(steps[-6:]) == {1.0}
    lowest = notebook["ts"][np.argmin(notebook["along"]["the loss"])]
    assert lowest == pytest.approx(0.11, abs=0.01)
    says("cut to $t = 0.125$", "22 steps, not 7", "lowest near t = 0.11")


@pytest.mark.nightly
def test_evaluations_in_rosenbrock_s_valley(notebook):
    """Ten starts: ours and SciPy's, both with ten pairs."""
    ours, theirs = [], []
    for seed in range(1, 11):
        f = Remembered(long_rosenbrock)
        notebook["lbfgs"](f, winding(seed), m=10, steps=2000)
        ours.append(f.evaluations)
        theirs.append(scipy_evaluations(long_rosenbrock, winding(seed)))
    assert np.mean(ours) == pytest.approx(603, abs=12)
    assert np.mean(theirs) == pytest.approx(620, abs=12)
    assert max(ours) < 1.1 * min(theirs)
    for seed in range(1, 6):
        counts = {}
        for m in (1, 3, 10, 30):
            f = Remembered(long_rosenbrock)
            notebook["lbfgs"](f, winding(seed), m=m, steps=2000)
            counts[m] = f.evaluations
        assert 1.6 < counts[1] / counts[10] < 2
        assert counts[3] < 1.1 * counts[10]
        assert counts[30] > 0.9 * counts[10]
    says("about 620 evaluations", "About 600 evaluations with ten pairs")
    says("not quite twice the price")


# ------------------------------------------------------------------------------- steps too short


def test_from_the_classic_start_639_pairs_are_skipped(notebook):
    seen, skipped = notebook["by_armijo"], notebook["skipped"]
    assert (len(seen), notebook["evaluations"]) == (672, 699)
    assert skipped == list(range(4, 643))
    assert {t for t, *_ in seen[3:642]} == {1.0}
    falls = -np.diff([loss for _, _, loss, _ in seen[2:642]])
    assert (falls > 0).all()
    assert np.mean(falls) == pytest.approx(0.003, abs=1e-3)
    assert scipy_evaluations(both, np.array([-1.2, 1.0])) == pytest.approx(45, abs=2)
    says("672 steps, where seven of Newton's", "639 pairs skipped in a row", "SciPy needs 45")


def test_it_is_the_length_of_the_step_that_keeps_pairs_out(notebook):
    """The cause: the same direction, the same three pairs, but a longer step, and it goes on.

    A search that tries longer steps in this one place, and is Armijo's everywhere else, arrives
    before a hundred evaluations.
    """
    for seed in range(5):
        start = np.array([-1.2, 1.0]) + 1e-6 * np.random.default_rng(seed).normal(size=2)
        steps = []

        def longer_once(f, x, d, g, steps=steps):
            steps.append(1)
            return (256.0 if len(steps) == 4 else 1.0) * armijo(f, x, d, g)

        caught, seen = notebook["from_the_classic_start"](armijo, start)[1], []
        f = Remembered(both)
        x, _ = notebook["lbfgs"](f, start, steps=3000, search=longer_once)
        assert caught > 600, seen
        assert f.evaluations < 100
        np.testing.assert_allclose(x, 1, atol=1e-4)


@pytest.mark.nightly
def test_weak_wolfe_is_not_caught(notebook):
    assert (notebook["by_wolfe"][3][0], notebook["fewer"]) == (256, 61)
    assert len(notebook["by_wolfe"]) == 35
    assert all(curvature > 0 for _, curvature, _, _ in notebook["by_wolfe"])
    caught, most = [], []
    for seed in (0, *range(2, 7)):  # the notebook draws 1
        near = np.array([-1.2, 1.0]) + 0.1 * np.random.default_rng(seed).normal(size=(100, 2))
        by_armijo = [notebook["from_the_classic_start"](armijo, x)[1] for x in near]
        by_wolfe = [notebook["from_the_classic_start"](notebook["weak_wolfe"], x)[1] for x in near]
        caught.append(sum(count > 300 for count in by_armijo))
        assert 50 < np.median(by_wolfe) < 65
        most.append(max(by_wolfe))
    assert max(most) <= 75
    assert max(caught) <= 5
    assert sum(caught) >= 5
    says("61 evaluations instead of 699", "weak Wolfe never needs more than 75")


@pytest.mark.nightly
def test_in_many_directions_the_two_searches_cost_the_same(notebook):
    for seed in range(1, 6):
        counts = []
        for search in (armijo, notebook["weak_wolfe"]):
            f = Remembered(long_rosenbrock)
            notebook["lbfgs"](f, winding(seed), steps=2000, search=search)
            counts.append(f.evaluations)
        assert counts[1] == pytest.approx(counts[0], rel=0.06)
    for seed in MORE:
        by_armijo, by_wolfe = (
            notebook["full_lbfgs"](seed, search) for search in (armijo, notebook["weak_wolfe"])
        )
        assert by_wolfe[19] == pytest.approx(by_armijo[19], rel=0.15)
        assert by_wolfe[49] == pytest.approx(by_armijo[49], rel=0.02)
    says("In 100 parameters the two searches cost the same", "changes next to nothing here")
