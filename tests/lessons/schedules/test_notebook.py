"""Notebook 06: its form, and the numbers of its first half.

Its runs have few seeds. What the text claims of them is tested here with six others (``SEEDS``), or
for a closed form. The claims, in their order:

* the high rate leads first and then gets stuck, the good one ends lowest: `four_rates`, ten runs
* the variance in the bowl is α / (2 - α), so half the rate leaves about half of it
* the trainer's decay is a step decay; an exponential one gets no further than α0 / k
* 1/(1 + t) makes the mean of the noise; a tenth of it is a disaster
* after a tenth of the run 1/t has 9 % left, the exponential 63 %
* decay pays at high rates, costs at low ones; each schedule has its own best rate; best against
  best it halves what is left: `where_decay_pays`
* Adam gains as much as SGD; at their best all rules are equal; 1/t needs a larger end: `every_rule`
* accuracies: five points at a high rate, next to nothing at the best ones
* without noise the constant rate ends lowest: `without_noise`

The second half: `test_today` and `test_warmup`.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import Names
from helpers.notebook_06 import NOTEBOOK, SEEDS, excess_after, says

from autograder.authoring import editions
from cs231n_lib import schedules
from cs231n_lib.data import load_digits

RULES = ("SGD", "momentum", "Adam")
HALVING = ("step", "exponential")


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


# --------------------------------------------------------------------------- the student's edition


@pytest.mark.slow
def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("schedules", "step_decay"),
        ("schedules", "exponential_decay"),
        ("schedules", "inverse_time_decay"),
        ("schedules", "decay_constants"),
        ("schedules", "linear_to_zero"),
        ("schedules", "warmup_stable_decay"),
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
        "linear_to_zero": (0.3, 50),
        "warmup_stable_decay": (0.3, 5, 50, 20),
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


@pytest.fixture(scope="module")
def four_rates(notebook):
    """Curves of ten runs that are not the notebook's, (run, step), and where a step stands."""
    at = {int(t): i for i, t in enumerate(notebook["seen_at"])}
    curve = notebook["loss_curve"]
    rates = (0.01, 1, 3, 30)
    return at, [np.array([curve(rate, seed) for seed in range(100, 110)]) for rate in rates]


@pytest.mark.nightly
def test_the_high_rate_leads_first_and_the_good_one_last(four_rates):
    at, (low, good, high, very_high) = four_rates
    assert (high[:, at[10]] < good[:, at[10]]).sum() >= 9
    assert good[:, at[10]].mean() == pytest.approx(0.7, abs=0.06)
    assert high[:, at[10]].mean() == pytest.approx(0.5, abs=0.1)
    assert high[:, at[50]].mean() / good[:, at[50]].mean() == pytest.approx(1, abs=0.25)
    assert (high[:, at[500]] > good[:, at[500]]).all()
    assert good[:, at[500]].mean() == pytest.approx(0.065, abs=0.015)
    assert high[:, at[500]].mean() == pytest.approx(0.16, abs=0.04)
    assert low[:, [at[0], at[500]]].mean(axis=0) == pytest.approx([1.5, 0.93], abs=0.04)
    assert very_high[:, at[10]].mean() > 5
    assert very_high[:, 1:].mean(axis=0).min() > 3.5
    stuck = high[:, at[200] :].mean(axis=0)
    assert 0.1 < stuck.min() < stuck.max() < 0.25
    says("0.5 above the minimum, where the good one is 0.7", "the high one still at 0.16")
    says("only come down from 1.5 to 0.9", "went up to 5 and more", "for six epochs")


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
    says("In the tenth epoch 63 % of the rate is left", "after 21 epochs")


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
    says("after 2000 steps the balls have covered less than 60 % of the way")


def test_all_schedules_end_at_a_hundredth_but_1_over_t_falls_first(notebook):
    rates = notebook["rates"]
    assert [round(rates[name][50], 2) for name in ("exponential", "1/t")] == [0.63, 0.09]
    for name in ("exponential", "1/t"):
        assert rates[name][-1] == pytest.approx(0.01, rel=0.01)
    assert rates["step"][-1] == 1 / 16
    says("1/t has 9 % of its rate left, the exponential 63 %")


# ------------------------------------------------------------------------------- where decay pays


@pytest.fixture(scope="module")
def where_decay_pays(notebook):
    """Mean excess loss of SGD after the schedule, from the initial rate."""

    def mean(name, lr0):
        return excess_after(notebook["schedules"](lr0)[name]).mean()

    rates = (0.1, 0.3, 1, 3, 10, 30)
    return {name: {rate: mean(name, rate) for rate in rates} for name in notebook["schedules"](1)}


@pytest.mark.nightly
def test_the_u_curves_have_their_bottoms_where_the_text_says(where_decay_pays):
    at = where_decay_pays
    best = {name: min(row, key=row.get) for name, row in at.items()}
    assert best["constant"] == 1
    assert best["step"] in (3, 10)
    assert best["exponential"] in (3, 10)
    assert best["1/t"] in (10, 30)
    for rate in (0.1, 0.3):
        assert min(at, key=lambda name: at[name][rate]) == "constant"
    assert at["constant"][0.1] == pytest.approx(0.19, abs=0.01)
    assert at["constant"][3] == pytest.approx(0.16, abs=0.04)
    assert at["step"][3] < 0.04
    assert at["constant"][10] == pytest.approx(1, abs=0.3)
    assert at["step"][10] < 0.06
    assert min(at["exponential"][r] for r in (3, 10, 30)) > 0.025
    assert max(at["exponential"][r] for r in (3, 10, 30)) < 0.06
    assert at["1/t"][3] / at["constant"][3] == pytest.approx(1, abs=0.4)
    for name in HALVING:
        assert min(at[name].values()) == pytest.approx(0.5 * at["constant"][1], rel=0.25)
    says("from about 0.16 to less than 0.04; at 10 from about 1 to less than 0.06")
    says("all rates from 3 to 30 end at 0.03 to 0.06", "At a constant 0.1 it ends 0.19 above")
    says("about 1 for the constant one, 3 to 10 for step and exponential, 10 to 30 for 1/t")
    says("Best against best: decay halves what is left to do")


@pytest.fixture(scope="module")
def every_rule(notebook):
    """Means of excess loss and accuracy over the SEEDS: at one high rate, at the best rates."""
    trials, high, tuned = (notebook[name] for name in ("trials", "HIGH", "TUNED"))
    pairs = [(rule, name) for rule in RULES for name in notebook["schedules"](1)]
    return (
        {(r, n): trials(r, n, high[r], SEEDS).mean(axis=0) for r, n in pairs},
        {(r, n): trials(r, n, tuned[r][n], SEEDS).mean(axis=0) for r, n in pairs},
    )


@pytest.mark.nightly
def test_at_a_high_rate_decay_helps_every_rule(every_rule):
    mean = every_rule[0]
    for rule in RULES:
        constant, step, exponential, inverse = (
            mean[rule, name] for name in ("constant", "step", "exponential", "1/t")
        )
        assert step[0] < 0.35 * constant[0]
        assert exponential[0] < 0.5 * constant[0]
        assert inverse[0] > 0.5 * constant[0]
        assert step[1] - constant[1] > 0.04
        assert exponential[1] - constant[1] > 0.045
        assert inverse[1] == pytest.approx(0.906, abs=0.007)
    assert mean["Adam", "constant"][0] == pytest.approx(0.23, abs=0.05)
    assert mean["Adam", "step"][0] == pytest.approx(0.03, abs=0.005)
    says("decay brings its excess loss down from 0.2 or more to 0.03", "five points or more")


@pytest.mark.nightly
def test_at_its_own_best_rate_decay_is_worth_a_factor_of_two(notebook, every_rule):
    mean = every_rule[1]
    for rule in RULES:
        assert mean[rule, "constant"][0] == pytest.approx(0.06, abs=0.01)
        assert mean[rule, "1/t"][0] > 0.85 * mean[rule, "constant"][0]
        for name in HALVING:
            assert mean[rule, name][0] == pytest.approx(0.031, abs=0.006)
    accuracies = [accuracy for _, accuracy in mean.values()]
    assert 0.86 < min(accuracies) < max(accuracies) < 0.9
    exact = notebook["patient"].accuracy(notebook["X_later"], notebook["y_later"])
    assert exact == pytest.approx(0.887, abs=5e-4)
    says("from 0.06 to 0.03, as it does for SGD", "all are between 0.86 and 0.90")
    says("minimum itself gets only 0.887", "above 0.90, belongs to runs")


@pytest.mark.nightly
def test_the_pinned_rates_are_good_ones(notebook):
    """No rate half or twice as large does better by more than the noise of three runs."""
    for rule, row in notebook["TUNED"].items():
        for name, rate in row.items():
            best = notebook["at_best"][rule, name][:3, 0].mean()
            for factor in (0.5, 2):
                other = notebook["trials"](rule, name, factor * rate, range(3))[:, 0].mean()
                assert other > 0.85 * best, (rule, name, factor)


@pytest.mark.nightly
def test_1_over_t_that_ends_at_a_tenth_does_better(every_rule):
    """With ``fraction`` 0.1, as the text invites to try: .048 against .156 at rate 3."""
    _, k = schedules.decay_constants(0.1, 500)
    slower = excess_after(lambda t: schedules.inverse_time_decay(t, 3.0, k)).mean()
    assert slower < 0.5 * every_rule[0]["SGD", "1/t"][0]
    assert slower < 0.9 * every_rule[1]["SGD", "1/t"][0]


@pytest.mark.nightly
def test_without_noise_the_constant_rate_has_the_lowest_loss(notebook):
    full = notebook["full_batch"]  # nothing is drawn there
    assert full["constant"] == pytest.approx(0.00077, abs=1e-5)
    clean = {
        name: np.mean([notebook["clean_run"](schedule, seed) for seed in SEEDS], axis=0)
        for name, schedule in notebook["schedules"](1.0).items()
    }
    for name in ("step", "exponential", "1/t"):
        assert full[name] > 3 * full["constant"]
        assert clean[name][0] > 2.5 * clean["constant"][0]
        assert clean[name][1] < clean["constant"][1] + 0.003
    says("the lowest loss, by a factor of two and a half or more; in accuracy no decay gets past")
