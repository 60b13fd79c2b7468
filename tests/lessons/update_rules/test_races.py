"""Notebook 05: the rules compared with each other, as told in its prose. The claims:

* who is first in the long valley and off the saddle; the table of tuned rules
* Adam leaves the minimum again, unless v may not fall; RMSProp never comes to rest
* a fixed momentum gives another order; too much of it harms Nesterov less; with a matrix AdaGrad
  needs no axes
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook, Names

from cs231n_lib import optim
from cs231n_lib.surfaces import beale, saddle, valley

NOTEBOOK = CourseNotebook("05_update_rules")
PICTURE: Any = PROJECT.module("05_update_rules", "picture")
says = NOTEBOOK.says


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


def walk(*arguments: Any, **more: Any) -> Any:
    """The notebook's, without warnings of overflow."""
    with np.errstate(all="ignore"):
        return NOTEBOOK.names["walk"](*arguments, **more)


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
        ours, nesterov = (PICTURE.best(rule, condition, mu)[2] for rule in ("momentum", "Nesterov"))
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


@pytest.mark.nightly
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
    assert PICTURE.factor("momentum", h, rate, 0.9) == pytest.approx(0.949, abs=5e-4)
    along, across = PICTURE.factor("Nesterov", h, rate, 0.9)
    assert along == pytest.approx(0.944, abs=5e-4)
    assert across < 1e-6
    says("a step leaves 0.944 of the distance along the floor (momentum: 0.949)")


@pytest.mark.nightly
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
