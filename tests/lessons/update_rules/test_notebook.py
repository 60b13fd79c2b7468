"""Notebook 05: the numbers in its prose, recomputed. `says` holds the prose to the numbers.

What happens in a valley has no chance in it. Where there is chance, the bounds hold over five seeds
or more that are not the notebook's (test_with_chance.py has those of networks;
test_races.py compares the rules). The claims:

* SGD jitters across a valley and creeps along it; momentum overshoots, and Nesterov by less
* the best momentum of a valley, and its factor, with the root of the condition number in it
* terminal speed; at one rate momentum looks better than it is; annealing against a fixed momentum
* AdaGrad loves axes, and its step falls like one over the root of t
* signs, Lion's too, drift in the ten mini-batches, and RMSProp hardly does; rprop in the valleys
* RMSProp recovers when the gradient falls; AdaGrad's step stays flat
* the correction's ratio, for two thousand steps
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook, Names

from cs231n_lib import optim
from cs231n_lib.surfaces import Surface, beale, valley
from cs231n_lib.training import minimize

NOTEBOOK = CourseNotebook("05_update_rules")
NOTEBOOK_PICTURE: Any = PROJECT.module("05_update_rules", "picture")
says = NOTEBOOK.says


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


def test_the_solutions_earn_all_points() -> None:
    NOTEBOOK.earns_all_points()


def walk(surface: Surface, rule: Any, rate: float, steps: int, **start: Any) -> np.ndarray:
    where = start.get("start", surface.start)
    given = {"learning_rate": rate}
    with np.errstate(all="ignore"):
        return minimize(
            lambda p: (surface(p), surface.gradient(p)), where, rule, given, steps=steps
        )


def test_the_solutions_are_the_library_s_rules(notebook: Names) -> None:
    for name in ("sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam"):
        rules = (notebook[name], getattr(optim, name))
        paths = [
            minimize(lambda p: (0, beale.gradient(p)), [1, 1], rule, {"learning_rate": 1e-3})
            for rule in rules
        ]
        np.testing.assert_allclose(*paths, rtol=1e-12)


def test_sgd_jitters_across_the_valley_and_creeps_along_it() -> None:
    path = walk(valley(100), "sgd", 0.018, 60)
    assert np.all(path[1:, 1] * path[:-1, 1] < 0)
    assert -path[-1, 0] == pytest.approx(0.336, abs=5e-4)
    too_fast = walk(valley(100), "sgd", 0.0202, 60)
    assert np.all(np.diff(np.abs(too_fast[:, 1])) > 0)
    says("$x$ has 0.336 of its way left after 60")


def test_momentum_overshoots_and_nesterov_overshoots_less() -> None:
    surface = valley(100)
    paths = {r: walk(surface, r, 0.01, 400, start=(1, 1)) for r in ("sgd", "momentum", "nesterov")}
    least = {rule: path[:, 0].min() for rule, path in paths.items()}
    loss = {rule: surface(path[100]) for rule, path in paths.items()}
    assert least["momentum"] == pytest.approx(-0.153, abs=5e-4)
    assert least["nesterov"] == pytest.approx(-0.121, abs=5e-4)
    assert least["sgd"] > 0
    assert loss["sgd"] / loss["momentum"] == pytest.approx(700, rel=0.05)
    assert 200 < loss["momentum"] / loss["nesterov"] < 500
    says(
        "rolls past by 0.153", "700 times lower", "from 0.153 to 0.121", "a few hundred times lower"
    )


def test_speed_on_a_slope_tends_to_the_terminal_velocity(notebook: Names) -> None:
    last = {label: speed[-1] for label, speed in notebook["speeds"].items()}
    assert last["momentum 0.5"] == pytest.approx(0.1 / 0.5)
    assert last["momentum 0.9"] == pytest.approx(0.1 / 0.1)
    assert last["momentum 0.99"] == pytest.approx(0.1 / 0.01, rel=0.01)
    for label, speed in notebook["speeds"].items():
        assert speed[0] == pytest.approx(0.1), label


def test_the_best_momentum_has_the_root_of_the_condition_number_in_it() -> None:
    picture = NOTEBOOK_PICTURE
    for condition in picture.CONDITIONS:
        root = np.sqrt(condition)
        law = ((root - 1) / (root + 1)) ** 2
        factors = {
            mu: picture.best("momentum", condition, mu)[2] for mu in (law - 0.03, law, law + 0.03)
        }
        assert min(factors, key=lambda mu: factors[mu]) == law
        assert factors[law] == pytest.approx((root - 1) / (root + 1), abs=2e-3)
        low, high, _ = picture.best("momentum", condition, law)
        assert low * 0.98 < 4 / (root + 1) ** 2 < high * 1.02
        slow = picture.best("momentum", condition, 0.0)[2]
        assert slow == pytest.approx((condition - 1) / (condition + 1), abs=1e-4)
    says("about 0.3, 0.7 and 0.9 for condition numbers")


def test_more_momentum_than_needed_makes_the_rate_easy_and_nesterov_allows_lower_rates() -> None:
    low, high, _ = NOTEBOOK_PICTURE.best("momentum", 100, 0.9)
    assert (low, high) == pytest.approx((0.0026, 0.038), rel=0.03)
    says("at κ = 100 and μ = 0.9, all from 0.0026 to 0.038")
    for condition in (10, 100, 1000):
        for mu in (0.5, 0.9, 0.99):
            rates = np.array([2 * (1 + mu) * 0.99, 1.34]) / condition
            curvature = np.array(float(condition))
            assert NOTEBOOK_PICTURE.factor("momentum", curvature, rates, mu).max() < 1
            assert NOTEBOOK_PICTURE.factor("Nesterov", curvature, rates, mu)[0] > 1


@pytest.mark.parametrize("rule", ["momentum", "Nesterov"])
def test_the_picture_s_factor_is_what_a_long_walk_measures(rule: str) -> None:
    given = {"learning_rate": 0.012, "momentum": 0.8}
    surface = valley(100)
    path = minimize(
        lambda p: (surface(p), surface.gradient(p)), (1, 1), rule.lower(), given, steps=160
    )
    expected = max(NOTEBOOK_PICTURE.factor(rule, np.array([1.0, 100.0]), np.array(0.012), 0.8))
    length = np.hypot(*path.T)
    measured = (length[120:160].max() / length[40:80].max()) ** (1 / 80)
    assert measured == pytest.approx(expected, abs=0.01)


def test_at_one_rate_momentum_looks_better_than_it_is(notebook: Names) -> None:
    last = {label: losses[-20:].mean() for label, losses in notebook["same_rate"].items()}
    assert [round(float(loss), 2) for loss in last.values()] == [2.15, 0.97, 0.85]
    says("2.15 against 0.97", "gets to 0.85")


def test_annealing_beats_a_momentum_that_is_too_high_and_not_the_right_one(
    notebook: Names,
) -> None:
    last = {label: losses[-1] for label, losses in notebook["annealed"].items()}
    order = ["always 0.9", "annealed", "always 0.5", "always 0.99"]
    assert sorted(last, key=lambda label: last[label]) == order
    says("a fixed 0.9 beats a straight-line schedule here, and on the digits as well")


def test_looking_ahead_turns_the_ball_back_earlier(notebook: Names) -> None:
    assert notebook["plain"][1] == pytest.approx(-0.140, abs=5e-4)
    assert notebook["looked"][1] == pytest.approx(-0.032, abs=5e-4)
    assert max(notebook["gaps"]) < 1e-14
    says("to $y = -0.140$", "ends at $-0.032$")


def test_adagrad_loves_axes_and_nothing_else() -> None:
    along, turned = valley(100), valley(100, 0.5)
    assert np.hypot(*walk(along, "adagrad", 0.2, 60)[-1]) < 1e-3
    left = [np.hypot(*walk(turned, "adagrad", rate, 60)[-1]) for rate in np.geomspace(0.01, 5, 60)]
    way = np.hypot(*turned.start)
    assert min(left) / way == pytest.approx(1 / 3, abs=0.03)
    assert np.hypot(*walk(turned, "sgd", 0.018, 60)[-1]) / way == pytest.approx(1 / 3, abs=0.03)
    says("about a third of the way is left (try), just as with SGD")


def test_adagrad_s_step_falls_like_one_over_the_root_of_t(notebook: Names) -> None:
    steps = notebook["adagrad_moves"]
    assert [round(float(steps[t - 1]), 3) for t in (10, 100, 1000)] == [0.316, 0.1, 0.032]
    assert steps.sum() == pytest.approx(62, abs=0.5)
    says("0.316, 0.100 and 0.032", "62 learning rates in a thousand steps")


def test_rmsprop_recovers_and_adagrad_does_not(notebook: Names) -> None:
    steps = notebook["forgetting"]
    slow, quick = steps["RMSProp, decay rate 0.99"], steps["RMSProp, decay rate 0.9"]
    assert slow[0] == pytest.approx(10, abs=1e-3)
    assert quick[0] == pytest.approx(3.2, abs=0.05)
    assert quick[200] < 0.15
    assert quick[260] > 0.9
    assert slow[200] < 0.15
    assert 0.5 < slow[599] < 0.9
    adagrad = steps["AdaGrad"]
    assert adagrad[200] == pytest.approx(adagrad[199] / 10, rel=0.02)
    assert adagrad[599] == pytest.approx(adagrad[200], rel=0.02)
    says("10 learning rates for decay rate 0.99, 3.2 for 0.9", "and stays flat from there")


def lion(w: np.ndarray, dw: np.ndarray, config: Any) -> Any:
    """Chen et al., 2023, program 1: the sign of a momentum, with betas 0.9 and 0.99."""
    m = config.get("m", np.zeros_like(w))
    step = np.sign(0.9 * m + 0.1 * dw)
    return w - config["learning_rate"] * step, {**config, "m": 0.99 * m + 0.01 * dw}


def test_signs_drift_in_the_ten_mini_batches_and_rmsprop_hardly_does(notebook: Names) -> None:
    """In the notebook's order, and shuffled anew in each of 300 epochs, for five seeds."""
    drift, ten = notebook["drift"], notebook["ten_batches"]
    assert ten.sum() == pytest.approx(0, abs=1e-12)
    assert drift(notebook["by_sign"])[-1] == drift(lion)[-1] == 8
    assert drift(optim.rprop)[0] > 16
    last = [drift(optim.rmsprop, decay_rate=decay)[-1] for decay in (0.9, 0.99, 0.999)]
    assert 0.9 > last[0] > 5 * last[1] > 5 * last[2] > 0
    for seed in range(1, 6):
        rng = np.random.default_rng(seed)
        shuffled = np.concatenate([rng.permutation(ten) for _ in range(300)])
        for rule, config, least, most in (
            (notebook["by_sign"], {}, 7.99, 8.01),
            (lion, {}, 7.99, 8.01),
            (optim.rmsprop, {"decay_rate": 0.9}, 0.6, 0.9),
            (optim.rmsprop, {"decay_rate": 0.99}, 0.04, 0.1),
        ):
            moved = notebook["moves"](rule, shuffled, {"learning_rate": 1.0, **config})
            assert least < moved[1000:].sum() / 200 < most
    says("drifts by 8 step lengths in every epoch", "Lion drifts by 8 steps per epoch")


def test_rprop_too_loves_axes_and_nothing_else(notebook: Names) -> None:
    losses = notebook["rprop_losses"]
    assert all(losses[0, condition] < 1e-9 for condition in (10, 100, 1000))
    assert all(losses[0.5, condition] > 0.02 for condition in (100, 1000))
    says("the loss is below $10^{-9}$ for each condition number")


def test_the_bias_correction_matters_for_two_thousand_steps(notebook: Names) -> None:
    ratio = notebook["ratio"]
    at = {t: float(ratio[t - 1]) for t in (1, 10, 100, 1000)}
    assert at[1] == pytest.approx(3.162, abs=5e-4)
    assert at[10] == pytest.approx(6.53, abs=5e-3)
    assert at[100] == pytest.approx(3.24, abs=5e-3)
    assert at[1000] == pytest.approx(1.26, abs=5e-3)
    assert ratio.argmax() + 1 == 12
    assert 2000 < np.argmax(ratio < 1.05) < 3000
    says("3.162 in the first step, 6.53 in the tenth, 3.24 in the hundredth, and still 1.26")
