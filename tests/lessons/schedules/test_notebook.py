"""Notebook 06: the numbers in its prose, and what its text promises.

The notebook's own cells run once, with the solutions. Its runs have few seeds; beside each pin
stands the range over more of them (12 or 20 single runs), which the tolerance comes from.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import CourseNotebook

from autograder.authoring import editions
from cs231n_lib import optim, schedules
from cs231n_lib.data import load_digits

NOTEBOOK = CourseNotebook("06_schedules")
says = NOTEBOOK.says
RULES = ("SGD", "momentum", "Adam")
HALVING = ("step", "exponential")


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("schedules", "step_decay"),
        ("schedules", "exponential_decay"),
        ("schedules", "inverse_time_decay"),
        ("schedules", "decay_constants"),
        ("schedules", "warmup_cosine"),
        ("training", "train_with_schedule"),
    ],
)
def test_what_is_built_here_cannot_be_imported_here(module, name):
    text = editions.sources(NOTEBOOK.name)[f"{module}.py"]
    assert f"def {name}(" not in text
    assert f"'{name}': '{NOTEBOOK.name}'" in text


def test_the_solutions_are_the_library_s_schedules(notebook):
    for name, settings in {
        "step_decay": (0.3, 0.2, 7),
        "exponential_decay": (0.3, 0.02),
        "inverse_time_decay": (0.3, 0.02),
        "warmup_cosine": (0.3, 5, 40, 0.01),
    }.items():
        solution, reference = notebook[name], getattr(schedules, name)
        for t in range(60):
            assert solution(t, *settings) == pytest.approx(reference(t, *settings)), name
    assert notebook["decay_constants"](0.01, 500) == pytest.approx(
        schedules.decay_constants(0.01, 500)
    )


# --------------------------------------------------------------------------------- the four rates


def test_the_lowest_loss_is_a_minimum(notebook):
    """The loss is convex, so a gradient of zero says it all."""
    assert np.abs(notebook["slope"]).max() < 1e-6
    assert notebook["lowest"] == pytest.approx(0.83085, abs=1e-5)
    wrong = notebook["y"] != load_digits().y_train[:500]
    assert 0.15 < wrong.mean() < 0.2
    says("Nearly a fifth of the labels that we fit are wrong")


def test_the_high_rate_leads_first_and_the_good_one_last(notebook):
    """20 runs: after 10 steps good .62 to .80, high .37 to .70, and high below good in every one;
    after 500 good .049 to .072, high .105 to .184, low .93 to .94, very high 3.8 to 8.3."""
    at = {int(t): i for i, t in enumerate(notebook["seen_at"])}
    low, good, high, very_high = notebook["picture"].values()
    assert good[at[10]] == pytest.approx(0.7, abs=0.05)
    assert high[at[10]] == pytest.approx(0.5, abs=0.1)
    assert high[at[50]] / good[at[50]] == pytest.approx(1, abs=0.2)
    assert good[at[500]] == pytest.approx(0.065, abs=0.015)
    assert high[at[500]] == pytest.approx(0.16, abs=0.04)
    assert low[[at[0], at[500]]] == pytest.approx([1.5, 0.93], abs=0.04)
    assert very_high[1:].min() > 3.5
    assert very_high[at[10]] > 5
    says(
        "0.5 above the minimum, and the good one 0.7", "is at 0.07, and the high one still at 0.16"
    )
    says("from 1.5 to 0.9 only", "went up to 5 and more")


def test_in_ten_runs_of_ten_the_high_rate_leads_at_first_and_loses(notebook):
    at = {int(t): i for i, t in enumerate(notebook["seen_at"])}
    good, high = (
        np.array([notebook["loss_curve"](rate, seed) for seed in range(10)]) for rate in (1, 3)
    )
    assert (high[:, at[10]] < good[:, at[10]]).sum() >= 9
    assert (high[:, at[500]] > good[:, at[500]]).all()
    stuck = high[:, at[200] :].mean(axis=0)
    assert 0.1 < stuck.min() < stuck.max() < 0.25
    says("where it has been for six epochs")


def test_the_noise_floor_is_the_formula_s(notebook):
    for label, squares in notebook["constant_rates"].items():
        rate = float(label.split()[1])
        assert squares[-100:].mean() == pytest.approx(rate / (2 - rate), rel=0.03)
    one, half = (notebook["bowl"](lambda t, a=a: a, 200)[100:].mean() for a in (0.1, 0.05))
    assert half / one == pytest.approx(0.5, abs=0.03)
    says("\\frac{\\alpha}{2 - \\alpha}")


# -------------------------------------------------------------------------------- the three decays


def test_the_trainer_s_decay_is_a_step_decay_once_an_epoch(notebook):
    np.testing.assert_allclose(notebook["stats"].learning_rate_history, notebook["yours"])
    assert len(notebook["stats"].loss_history) == 200
    assert notebook["yours"][9] / notebook["yours"][0] == pytest.approx(0.63, abs=0.001)
    assert np.log(3) / -np.log(0.95) == pytest.approx(21, abs=0.5)
    says("in the tenth epoch 63 % of the rate is left", "after 21 epochs")


def test_exponential_decay_gets_no_further_than_its_sum(notebook):
    last = {label: distance[-1] for label, distance in notebook["walked"].items()}
    assert list(last.values()) == pytest.approx([100, 31.7, 10.05, 3.38], abs=0.05)
    assert 0.1 / (1 - np.exp(-0.01)) == pytest.approx(10.05, abs=0.001)
    says("near 32, at 10 and at 3", "= 10.05$ here")


def test_one_over_t_makes_the_mean_of_the_noise(notebook):
    after = {label: squares[1999] for label, squares in notebook["in_the_bowl"].items()}
    assert after["1/t, 1, k = 1"] == pytest.approx(1 / 2000, rel=0.1)
    assert after["constant, 0.02"] == pytest.approx(0.02 / 1.98, rel=0.1)
    assert after["constant, 0.02"] / after["1/t, 1, k = 1"] == pytest.approx(20, rel=0.1)
    freezing = notebook["in_the_bowl"]["exponential, 0.4, k = 0.1"]
    assert freezing[1999] == pytest.approx(freezing[199], rel=0.01)
    assert min(after.values()) == after["1/t, 1, k = 1"]
    says("one over two thousand at the end, twenty times lower")


def test_a_tenth_of_the_perfect_rate_is_a_disaster(notebook):
    left = notebook["bowl"](lambda t: schedules.inverse_time_decay(t, 0.1, 1.0), 2000)
    before = 10 * np.prod([1 - 0.1 / (1 + t) for t in range(2000)])
    assert np.sqrt(left[-1]) == pytest.approx(before, rel=0.02)
    assert 4 < before < 5
    says("after 2000 steps less than 60 % of the way is behind it")


def test_all_schedules_end_at_a_hundredth_but_1_over_t_falls_first(notebook):
    rates = notebook["rates"]
    assert [round(rates[name][50], 2) for name in ("exponential", "1/t")] == [0.63, 0.09]
    for name in ("exponential", "1/t"):
        assert rates[name][-1] == pytest.approx(0.01, rel=0.01)
    assert rates["step"][-1] == 1 / 16
    says("1/t has 9 % of its rate left, the exponential 63 %")


# ------------------------------------------------------------------------------- where decay pays


def test_the_u_curves_have_their_bottoms_where_the_text_says(notebook):
    """12 runs: rate 3 constant .105 to .179, step .029 to .040, 1/t .148 to .163; rate 10 constant
    .75 to 1.24, step .032 to .054; exponential .050 to .054 at 3, .026 to .036 at 10, .036 to
    .053 at 30; best against best .049 to .072 constant, .025 to .040 decayed."""
    tried = notebook["initial_rates"].tolist()
    at = {
        name: dict(zip(tried, losses, strict=True))
        for name, losses in notebook["excess_at"].items()
    }
    best = {name: min(row, key=row.get) for name, row in at.items()}
    assert best["constant"] == 1
    assert best["step"] in (3, 10)
    assert best["exponential"] in (3, 10)
    assert best["1/t"] in (10, 30)
    for rate in (0.1, 0.3):
        assert min(at, key=lambda name: at[name][rate]) == "constant"
    assert at["constant"][3] == pytest.approx(0.16, abs=0.04)
    assert at["step"][3] < 0.04
    assert at["constant"][10] == pytest.approx(1, abs=0.25)
    assert at["step"][10] < 0.05
    assert min(at["exponential"][r] for r in (3, 10, 30)) > 0.025
    assert max(at["exponential"][r] for r in (3, 10, 30)) < 0.06
    assert at["1/t"][3] / at["constant"][3] == pytest.approx(1, abs=0.4)
    for name in HALVING:
        assert min(at[name].values()) == pytest.approx(0.5 * at["constant"][1], rel=0.25)
    says("from about 0.16 to less than 0.04; at 10 from about 1 to less than 0.05")
    says("all rates from 3 to 30 end at 0.03 to 0.05")
    says("about 1 for the constant one, 3 to 10 for step and exponential, 10 to 30 for 1/t")
    says("Best against best: decay halves what is left to do")


def means(results, column):
    return {key: values[:, column].mean() for key, values in results.items()}


def test_at_a_high_rate_decay_helps_every_rule(notebook):
    """12 runs each: constant .10 to .18 (SGD, momentum), .17 to .28 (Adam); step .025 to .041;
    mean gain in accuracy 5.6 points (SGD), 6.4 (momentum), 7.6 (Adam)."""
    loss, accuracy = means(notebook["at_high"], 0), means(notebook["at_high"], 1)
    for rule in RULES:
        assert loss[rule, "step"] < 0.35 * loss[rule, "constant"]
        assert loss[rule, "exponential"] < 0.5 * loss[rule, "constant"]
        assert loss[rule, "1/t"] > 0.5 * loss[rule, "constant"]
        assert accuracy[rule, "step"] - accuracy[rule, "constant"] > 0.04
        assert accuracy[rule, "exponential"] - accuracy[rule, "constant"] > 0.045
        assert accuracy[rule, "1/t"] == pytest.approx(0.906, abs=0.006)
    assert loss["Adam", "constant"] == pytest.approx(0.2, abs=0.03)
    assert loss["Adam", "step"] == pytest.approx(0.03, abs=0.005)
    says("decay brings its excess loss down from 0.2 to 0.03", "worth five points or more")


def test_at_its_own_best_rate_decay_is_worth_a_factor_of_two(notebook):
    """12 runs each: constant .047 to .074, step and exponential .025 to .042, whichever the rule;
    1/t .052 to .117. Mean accuracies .872 to .890."""
    loss, accuracy = means(notebook["at_best"], 0), means(notebook["at_best"], 1)
    for rule in RULES:
        assert loss[rule, "constant"] == pytest.approx(0.06, abs=0.01)
        assert loss[rule, "1/t"] > 0.85 * loss[rule, "constant"]
        for name in HALVING:
            assert loss[rule, name] == pytest.approx(0.031, abs=0.005)
    assert min(accuracy.values()) > 0.865
    assert max(accuracy.values()) < 0.9
    exact = notebook["patient"].accuracy(notebook["X_later"], notebook["y_later"])
    assert exact == pytest.approx(0.887, abs=5e-4)
    says("from 0.06 to 0.03: the same numbers as for SGD", "all are between 0.87 and 0.90")
    says("minimum itself gets only 0.887", "above 0.90, belongs to runs")


@pytest.mark.slow
def test_the_pinned_rates_are_good_ones(notebook):
    """No rate half or twice as large does better by more than the noise of three runs."""
    for rule, row in notebook["TUNED"].items():
        for name, rate in row.items():
            best = notebook["at_best"][rule, name][:3, 0].mean()
            for factor in (0.5, 2):
                other = notebook["trials"](rule, name, factor * rate, seeds=3)[:, 0].mean()
                assert other > 0.85 * best, (rule, name, factor)


def test_1_over_t_that_ends_at_a_tenth_does_better(notebook):
    """With ``fraction`` 0.1, as the text invites to try: 5 runs .048 against .156 at rate 3."""
    _, k = schedules.decay_constants(0.1, 500)
    runs = [
        notebook["train"](optim.sgd, lambda t: schedules.inverse_time_decay(t, 3.0, k), seed)
        for seed in range(5)
    ]
    slower = np.mean([notebook["excess"](network) for network in runs])
    assert slower < 0.5 * notebook["at_high"]["SGD", "1/t"][:, 0].mean()
    assert slower < 0.9 * notebook["at_best"]["SGD", "1/t"][:, 0].mean()


def test_without_noise_the_constant_rate_has_the_lowest_loss(notebook):
    """Clean labels, 12 runs: constant .0076 to .0104, step .026 to .033, exponential .052 to .059,
    1/t .26 to .32; accuracies .954 to .965, .954 to .961, .950 to .959, .903 to .937."""
    full = notebook["full_batch"]
    assert full["constant"] == pytest.approx(0.00077, abs=1e-5)
    assert full["step"] == pytest.approx(0.0128, abs=1e-4)
    clean = {name: runs.mean(axis=0) for name, runs in notebook["clean"].items()}
    for name in ("step", "exponential", "1/t"):
        assert full[name] > 3 * full["constant"]
        assert clean[name][0] > 2.5 * clean["constant"][0]
        assert clean[name][1] < clean["constant"][1] + 0.003
    says("the lowest loss, by a factor of three and more; in accuracy no decay gets past it")


# ---------------------------------------------------------------------------------------- the bonus


def test_the_cosine_is_as_good_as_stairs_and_no_better(notebook):
    """12 runs each: cosine .031 to .044, step .025 to .042."""
    for rule in RULES:
        stairs = notebook["at_best"][rule, "step"][:, 0].mean()
        assert 0.9 * stairs < notebook["with_cosine"][rule] < 1.4 * stairs
    says("The cosine is as good as stairs, no better")


def test_a_short_warm_up_saves_runs_at_a_bold_rate_and_nothing_at_a_good_one(notebook):
    """24 runs: rate .03: .955 .955 .953 for 0, 10 and 60 steps; rate .1: .86 ± .10, .931 ± .012
    (worst .897), .82 ± .14."""
    runs = notebook["warm"]
    for w in (0, 10, 60):
        assert runs[0.03, w].mean() == pytest.approx(0.955, abs=0.008)
        assert runs[0.03, w].mean() > runs[0.1, w].mean() + 0.01
    assert runs[0.1, 10].min() > 0.88
    assert runs[0.1, 10].mean() > 0.9
    for w in (0, 60):
        assert runs[0.1, w].mean() < runs[0.1, 10].mean() - 0.01
        assert runs[0.1, w].min() < 0.88
    says("ten steps of it save runs", "Sixty steps do not", "hardly any difference")
