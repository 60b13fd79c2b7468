"""Notebook 05: the numbers in its prose, recomputed. `says` holds the prose to the numbers.

What happens in a valley has no chance in it. Where there is chance, the bounds hold over five seeds
or more that are not the notebook's (test_with_chance.py has those of networks). The claims:

* SGD jitters across a valley and creeps along it; momentum overshoots, and Nesterov by less
* the best momentum of a valley, and its factor, with the root of the condition number in it
* terminal speed; at one rate momentum looks better than it is; annealing against a fixed momentum
* AdaGrad loves axes, and its step falls like one over the root of t; with a matrix it needs none
* signs, Lion's too, drift in the ten mini-batches, and RMSProp hardly does; rprop in the valleys
* RMSProp recovers when the gradient falls; AdaGrad's step stays flat
* the correction's ratio, for two thousand steps
* who is first in the long valley and off the saddle; the table of tuned rules
* Adam leaves the minimum again, unless v may not fall; RMSProp never comes to rest
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook, Names

from cs231n_lib import optim
from cs231n_lib.surfaces import Surface, beale, saddle, valley
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


def test_the_long_valley_ends_as_told(notebook: Names) -> None:
    within = notebook["first_within"]
    steps = {name: within(path, (3, 0.5), 0.1) for name, path in notebook["long_valley"].items()}
    expected = {"Adam": 38, "Nesterov": 44, "AdaGrad": 48, "momentum": 67, "SGD": 137}
    assert steps == {**expected, "RMSProp": None}
    assert notebook["long_valley"]["momentum"][:, 1].min() == pytest.approx(-0.97, abs=5e-3)
    says("Adam is there after 38 steps, Nesterov after 44, AdaGrad after 48. Momentum needs 67")
    says("$y = -0.97$", "and 137 steps")


def test_high_on_the_wall_only_the_dividers_survive(notebook: Names) -> None:
    for name, rate in notebook["valley_rates"].items():
        survives = np.isfinite(walk(beale, name.lower(), rate, 150, start=(4, 2))).all()
        assert survives == (name in ("AdaGrad", "RMSProp", "Adam")), name


def test_who_leaves_the_saddle_first() -> None:
    rules = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
    away = {r: int(np.argmax(np.abs(walk(saddle, r, 0.1, 80)[:, 1]) > 0.5)) for r in rules}
    assert away == dict(zip(rules, (66, 25, 22, 6, 1, 6), strict=True))
    says("SGD needs 66 steps", "Momentum needs 25, Nesterov 22", "6 steps for AdaGrad and Adam")


def test_nesterov_ends_nearest_of_the_six_after_60_steps(notebook: Names) -> None:
    assert notebook["nearest"] == "Nesterov"


def test_the_table_of_steps_is_as_told(notebook: Names) -> None:
    table = {c: {n: round(s) for n, s in row.items()} for c, row in notebook["table"].items()}
    # RMSProp's last steps are jitter: its counts differ a little with the processor's rounding.
    jittery = [row.pop("RMSProp") for row in table.values()]
    assert jittery == pytest.approx([2340, 2250, 3885], rel=0.02)
    names = ("SGD", "momentum", "Nesterov", "AdaGrad", "Adam")
    assert table == {
        10: dict(zip(names, (34, 12, 14, 35, 126), strict=True)),
        100: dict(zip(names, (330, 40, 51, 339, 133), strict=True)),
        1000: dict(zip(names, (3328, 133, 174, 3380, 372), strict=True)),
    }
    says("SGD needs 34, 330 and 3328", "12, 40 and 133 steps", "lies between: 14, 51 and 174")
    says("3380 steps at condition 1000", "needs 126, 133 and 372")
    momenta = [notebook["TUNED"][c]["momentum"][1] for c in (10, 100, 1000)]
    law = [((np.sqrt(c) - 1) / (np.sqrt(c) + 1)) ** 2 for c in (10, 100, 1000)]
    assert momenta == pytest.approx(law, abs=0.04)
    assert [round(mu, 2) for mu in law] == [0.27, 0.67, 0.88]
    says("with μ = 0.3, 0.7 and 0.89", "The law gives μ = 0.27, 0.67 and 0.88")


def test_with_a_fixed_momentum_the_order_is_another(notebook: Names) -> None:
    steps = {rule: [round(n) for n in counts] for rule, counts in notebook["at_fixed"].items()}
    assert steps == {"momentum": [120, 124, 135], "Nesterov": [52, 100, 434]}
    says("momentum 120, 124 and 135, Nesterov 52, 100 and 434")


def test_with_a_matrix_adagrad_does_not_notice_a_turn(notebook: Names) -> None:
    assert {angle: steps[1] for angle, steps in notebook["matrix_steps"].items()} == {
        0: 8, 0.5: 8, 1: 8,
    }  # fmt: skip
    assert [steps[0] for steps in notebook["matrix_steps"].values()] == [6, None, None]
    for angle in np.random.default_rng(5).uniform(0, np.pi, 6):
        surface = valley(1000, angle)
        path = walk(surface, notebook["full_adagrad"], 1.0, 500)
        assert notebook["first_within"](path, np.zeros(2), 0.001) == 8
    says("With a matrix, 8 steps at every angle")


def test_too_much_momentum_harms_nesterov_less() -> None:
    for condition, mu in (
        (10, 0.7),
        (10, 0.9),
        (100, 0.9),
        (100, 0.99),
        (1000, 0.95),
        (1000, 0.99),
    ):
        ours, nesterov = (
            NOTEBOOK_PICTURE.best(rule, condition, mu)[2] for rule in ("momentum", "Nesterov")
        )
        assert nesterov < ours
    says("it is less sensitive to too much momentum")


def amsgrad(w: np.ndarray, dw: np.ndarray, config: Any) -> Any:
    """Adam with the largest corrected v so far (Reddi et al., 2018, do not correct)."""
    _, config = optim.adam(w, dw, config)
    c, t = config, config["t"]
    c["most"] = np.maximum(c.get("most", 0), c["v"] / (1 - 0.999**t))
    return w - c["learning_rate"] * c["m"] / (1 - 0.9**t) / (np.sqrt(c["most"]) + 1e-7), c


def test_adam_at_a_high_rate_arrives_and_leaves_again(notebook: Names) -> None:
    distance = notebook["distances"]
    momentum, high, low = distance.values()
    assert high[600:1000].max() < 1e-3
    assert 0.1 < high[1000:].max() < 1
    assert momentum[1000:].max() < 1e-9
    assert low[2000:].max() < 1e-3
    later = walk(valley(100, 0.5), "adam", 0.02, 10_000)
    assert np.hypot(*later[4000:].T).max() > 1e-3


def test_with_a_v_that_never_falls_adam_stays() -> None:
    """From the notebook's start, and from six others: then Adam leaves from most, AMSGrad never."""
    surface = valley(100, 0.5)
    starts = [surface.start, *(np.random.default_rng(seed).normal(size=2) for seed in range(6))]
    left = {}
    for rule in (optim.adam, amsgrad):
        paths = (walk(surface, rule, 0.72, 4000, start=start) for start in starts)
        left[rule] = [np.hypot(*path[1000:].T).max() for path in paths]
    assert left[amsgrad][0] < 1e-12
    assert max(left[amsgrad]) < 0.02
    assert sum(np.array(left[optim.adam]) > 0.2) >= 6
    says("the same run stays below $10^{-12}$ after step 1000")


@pytest.mark.parametrize("rate", [0.001, 0.003, 0.01])
def test_rmsprop_never_comes_to_rest(rate: float) -> None:
    end = np.hypot(*walk(valley(100, 0.5), "rmsprop", rate, 6000)[5000:].T)
    assert end.max() / rate == pytest.approx(0.7, abs=0.02)
    says("jitters at a distance of 0.7 rates")


def test_nesterov_gains_across_the_valley() -> None:
    h, rate = np.array([1.0, 100.0]), np.array(0.01)
    assert NOTEBOOK_PICTURE.factor("momentum", h, rate, 0.9) == pytest.approx(0.949, abs=5e-4)
    along, across = NOTEBOOK_PICTURE.factor("Nesterov", h, rate, 0.9)
    assert along == pytest.approx(0.944, abs=5e-4)
    assert across < 1e-6
    says("a step leaves 0.944 of the distance along the floor (momentum: 0.949)")


@pytest.mark.slow
@pytest.mark.parametrize("condition", [10, 100, 1000])
def test_the_pinned_rates_are_good_ones(notebook: Names, condition: int) -> None:
    for name, (rate, *momentum) in notebook["TUNED"][condition].items():
        best = notebook["table"][condition][name]
        others = [[factor * rate, *momentum] for factor in (0.5, 0.7, 1.5, 2)]
        others += [[rate, mu + change * (1 - mu)] for mu in momentum for change in (-0.3, 0.3)]
        with np.errstate(all="ignore"):
            steps = [
                notebook["steps_to_target"](notebook["RULES"][name], settings, condition)
                for settings in others
            ]
        assert best <= 1.02 * min(steps), name


def test_along_the_axes_adagrad_needs_five_steps(notebook: Names) -> None:
    steps = notebook["along_axes"]
    assert [round(steps["AdaGrad", c]) for c in (10, 100, 1000)] == [5, 5, 5]
    assert [round(steps["Adam", c]) for c in (10, 100, 1000)] == [123, 123, 123]
    says("Five steps, whatever the condition number, against thousands after a turn")
