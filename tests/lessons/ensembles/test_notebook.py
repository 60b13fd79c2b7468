"""The numbers in the notebook's prose, over more seeds than it runs.

The notebook's own cells run once, with the solutions. "Seventeen ensembles" in the text are its own
five and the twelve of `MORE`.
"""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from helpers import PROJECT
from helpers.course_notebook import CourseNotebook

from autograder.authoring.pictures import stored
from cs231n_lib import ensembles

ensemble_size = PROJECT.module("09_ensembles", "picture")

NOTEBOOK = CourseNotebook("09_ensembles")
says = NOTEBOOK.says
MORE = range(5, 17)
MIDDLE = "300 examples, 10 hidden units"


@pytest.fixture(scope="module")
def notebook():
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def more(notebook):
    """Twelve more ensembles of each setting: {label: list of lists of networks}."""
    train = notebook["independent"]
    settings = notebook["SETTINGS"]
    return {label: [train(8, *how, seed=seed) for seed in MORE] for label, how in settings.items()}


# --------------------------------------------------------------------------- the student's edition


def test_the_solutions_earn_all_points():
    NOTEBOOK.earns_all_points()


def test_the_solutions_agree_with_the_library(notebook):
    models = notebook["ensembles"][0][:3]
    X, y = notebook["X_new"][:50], notebook["y_new"][:50]
    np.testing.assert_allclose(
        notebook["average_probabilities"](models, X), ensembles.average_probabilities(models, X)
    )
    np.testing.assert_allclose(
        notebook["ensemble_ladder"](models, X, y), ensembles.ensemble_ladder(models, X, y)
    )
    network, labels, saved = notebook["noisy_run"](3, steps=100)
    vectors = [checkpoint.x for checkpoint in saved]
    mine, library = (
        average(vectors, network, notebook["X_train"], labels)
        for average in (notebook["average_checkpoints"], ensembles.average_checkpoints)
    )
    np.testing.assert_allclose(mine.scores(X), library.scores(X))
    both = []
    for average in (notebook["running_average"], ensembles.running_average):
        net = notebook["Network"]([64, 10])
        data = notebook["Dataset"](notebook["X_train"], notebook["y_train"], 20)
        both.append(average(data, net, 0.1, 30))
    np.testing.assert_allclose(*both)


# ------------------------------------------------------------------------------- many networks


def test_the_eight_disagree_and_their_average_has_the_lower_loss(notebook):
    assert len(set(notebook["answers"][:, notebook["wavering"]].tolist())) >= 4
    assert notebook["joint_loss"] < min(notebook["single_losses"])
    says("the one new digit on which they disagree most")


def test_the_choice_about_the_four_and_the_nine_is_right():
    fours = np.array([0.55, 0.55, 0.05])
    assert np.mean(fours > 0.5) > 0.5 > np.mean(fours)


def test_the_gain_depends_on_how_good_the_single_networks_are(notebook):
    gains = {label: gain.mean() for label, (gain, _) in notebook["gain_table"].items()}
    bests = {label: over_best.mean() for label, (_, over_best) in notebook["gain_table"].items()}
    assert list(gains.values()) == pytest.approx([3.0, 1.8, 0.5], abs=0.15)
    assert list(bests.values()) == pytest.approx([1.4, 0.9, 0.1], abs=0.15)
    says(
        "gain 3.0 points", "with 300 examples it is 1.8", "strong networks on all the data gain 0.5"
    )
    says("the gain is 1.4, 0.9 and 0.1")
    for label, runs in notebook["ladders"].items():
        steps = np.mean([together - alone.mean() for alone, together in runs], axis=0)
        assert abs(steps[0]) < 1e-12, label
        assert steps[3] > 0.75 * steps[7], label
    says("Three quarters of the gain, and more, come with the first four networks")


@pytest.fixture(scope="module")
def shown():
    """What the playable picture shows: {(members, ensembles, k): its two panels}."""
    data = json.loads(stored(PROJECT, "ensemble_size").read_text(encoding="utf-8"))
    settings = itertools.product(*(control["values"] for control in data["controls"]))
    frames = data["frames"]
    return dict(zip(settings, (frame["panels"] for frame in frames), strict=True))


def test_the_playable_ensembles_begin_with_the_networks_of_this_notebook(notebook, shown):
    X, y = notebook["X_new"], notebook["y_new"]
    for setting, how in ensemble_size.SETTINGS.items():
        accuracy, loss = shown[setting, ensemble_size.SHOWN[0], "3"]
        several = 1 if setting == ensemble_size.CHECKPOINTS else 3
        for k, model in enumerate(notebook["independent"](several, *how)):
            expected = notebook["loss_of"](ensembles.average_probabilities([model], X))
            assert accuracy[0]["y"][k] == pytest.approx(model.accuracy(X, y), abs=0.004)
            assert loss[0]["y"][k] == pytest.approx(expected, abs=0.02)


def test_what_is_said_of_the_playable_ensembles_holds(shown):
    one, five = ensemble_size.SHOWN
    for setting in list(ensemble_size.SETTINGS)[:3]:
        accuracy, loss = shown[setting, five, "24"]
        assert (np.diff(loss[1]["y"]) < 0).all(), setting  # at each size that is shown
        assert accuracy[1]["y"][5] > accuracy[0]["y"][0] + 0.004
        assert (np.diff(shown[setting, one, "24"][0][1]["y"]) < 0).any()
    accuracy, _ = shown[ensemble_size.CHECKPOINTS, five, "24"]
    assert accuracy[1]["y"] == pytest.approx([accuracy[0]["y"][0]] * 9, abs=0.002)
    says("the loss falls as far as one looks, by less and less", "on average they gain nothing")


def test_so_it_does_over_seventeen_ensembles(notebook, more):
    X, y, average = notebook["X_new"], notebook["y_new"], ensembles.average_probabilities
    gains, over_best = {}, {}
    for label, models in more.items():
        alone = np.array([[network.accuracy(X, y) for network in of] for of in models])
        joint = np.array([np.mean(average(of, X).argmax(axis=1) == y) for of in models])
        gains[label] = np.append(
            notebook["gain_table"][label][0], 100 * (joint - alone.mean(axis=1))
        )
        over_best[label] = 100 * (joint - alone.max(axis=1))
    weak, middle, strong = gains.values()
    assert [g.mean() for g in gains.values()] == pytest.approx([3.0, 1.6, 0.5], abs=0.15)
    assert [weak.min(), weak.max()] == pytest.approx([1.2, 5.0], abs=0.3)
    assert all((g > 0).all() for g in (weak, middle, strong))
    assert [g.mean() for g in over_best.values()] == pytest.approx([1.1, 0.4, -0.05], abs=0.2)
    says("Over seventeen ensembles each instead of five: 3.0, 1.6 and 0.5", "from 1.2 to 5.0")


def test_probabilities_scores_and_votes_are_alike_and_weights_are_a_disaster(notebook, more):
    here = notebook["averaged"]
    all_17 = [*here, *map(notebook["four_averages"], more[MIDDLE])]

    def mean(key, of):
        return np.mean([accuracy[key] for accuracy in of])

    for runs in (here, all_17):
        assert abs(mean("scores", runs) - mean("probabilities", runs)) < 0.003
        assert 0.001 < mean("probabilities", runs) - mean("votes", runs) < 0.006
        assert 0.4 < mean("weights", runs) < 0.55
    worst, best = (pick(accuracy["weights"] for accuracy in all_17) for pick in (min, max))
    assert [worst, best] == pytest.approx([0.31, 0.74], abs=0.04)
    assert mean("a single one", here) == pytest.approx(0.916, abs=0.003)
    says("votes come last, by 0.2 to 0.4 points", "on about half of the digits (31 % to 74 %")
    says("each about 92 % right", "one flat vector `x` of 760 parameters")
    assert notebook["ensembles"][0][0].x.size == 760


def test_the_line_to_a_twin_is_as_bad_as_that_to_a_stranger(notebook, more):
    stranger, twin, later = (values.mean() for values in notebook["middle"].values())
    assert [stranger, twin, later] == pytest.approx([0.715, 0.712, 0.913], abs=0.01)
    says("is 0.715 on average, and halfway to *its own twin* it is 0.712", "0.913, as at the ends")
    X, line = notebook["X_new"], notebook["along_the_line"]
    for seed, (network, *_) in zip(MORE, more[MIDDLE], strict=True):
        permuted = notebook["permuted"](network, seed)
        np.testing.assert_allclose(permuted.scores(X), network.scores(X), atol=1e-9)
        assert line(network, permuted)[10] < network.accuracy(X, notebook["y_new"]) - 0.1
        way = line(network, notebook["trained_on"](network, seed))
        assert way.min() > min(way[0], way[-1]) - 0.012


def test_the_random_start_makes_networks_independent(notebook):
    shared = notebook["sharing"]
    disagree = [shared[kind][0] for kind in ("nothing", "the batches", "the start")]
    assert disagree == pytest.approx([0.075, 0.075, 0.035], abs=0.004)
    gain = [shared[kind][1].mean() for kind in ("nothing", "the batches", "the start")]
    assert gain == pytest.approx([1.8, 1.6, 0.4], abs=0.15)
    assert shared["the start"][2].mean() == pytest.approx(0.914, abs=0.005)
    says("gain 0.4 points instead of 1.8", "the *weights* may be averaged: 0.914")


def test_a_common_start_leaves_a_third_of_the_gain_over_seventeen_ensembles(notebook):
    runs = [notebook["four_averages"](notebook["eight_that_share"]("start", s)) for s in MORE]
    gains = 100 * np.array([f["probabilities"] - f["a single one"] for f in runs])
    all_17 = np.append(notebook["sharing"]["the start"][1], gains)
    assert all_17.mean() == pytest.approx(0.5, abs=0.1)
    assert min(f["weights"] - f["a single one"] for f in runs) > -0.02
    says("over seventeen ensembles 0.5 instead of 1.6: about a third")


# --------------------------------------------------------------------------------- one network


def test_the_average_of_checkpoints_beats_the_best_of_them(notebook):
    boost = {name: values.mean() for name, values in notebook["boost"].items()}
    assert list(boost.values()) == pytest.approx([0.856, 0.901, 0.935, 0.926, 0.933], abs=0.006)
    says("right on 85.6 %", "their average on 93.3 %", "the best of the ten (90.1 %)")
    says("some 85 % of the new digits", "brings 0.7 points")


def test_so_it_does_in_twelve_more_runs_and_new_statistics_never_hurt(notebook):
    single, best, probabilities, old, new = np.array(
        [list(notebook["compare_checkpoints"](seed)[0].values()) for seed in MORE]
    ).T
    assert (new - best).min() > 0
    assert (new - single).min() > 0.04
    gain = 100 * (new - old)
    assert gain.mean() == pytest.approx(0.7, abs=0.1)
    assert [gain.min(), gain.max()] == pytest.approx([0.1, 1.3], abs=0.15)
    assert 0 < (probabilities - new).mean() < 0.01
    says("over twelve more runs 0.7 as well, from 0.1 to 1.3, never a loss")


def test_appending_the_array_itself_keeps_the_last_step_only(notebook):
    network, kept = notebook["Network"]([64, 10]), []
    for _ in range(3):
        network.x -= 0.1
        kept.append(network.x)
    np.testing.assert_allclose(np.mean(kept, axis=0), network.x, rtol=1e-12)
    assert not np.allclose(network.x + 0.1, network.x)


def test_half_life_and_zero_start():
    life = np.log(0.5) / np.log([0.9, 0.995, 0.999])
    assert life == pytest.approx([6.6, 138.3, 692.8], abs=0.05)
    left = 0.995 ** np.array([100, 1000])
    assert 100 * left == pytest.approx([60.6, 0.7], abs=0.05)
    says("138.3", "0.995^{100} = 60.6\\,\\%", "still 0.7 % at step 1000")


def test_the_lecture_s_line_does_the_same(notebook):
    assert notebook["lecture_gap"] < 1e-13
    assert "x_test = 0.995*x_test + 0.005*x # use for test set" in NOTEBOOK.text


def test_the_running_average_pays_where_the_run_is_noisy(notebook):
    pairs = {label: np.ravel(pair) for label, pair in notebook["steadier"].items()}
    gentle, high, noisy = pairs.values()  # mean of x, of x_test; jitter of x, of x_test
    assert gentle[:2] == pytest.approx([0.955, 0.955], abs=0.002)
    assert high[1] > high[0]
    assert high[3] < 0.8 * high[2]
    assert noisy[:2] == pytest.approx([0.846, 0.908], abs=0.006)
    assert noisy[3] / noisy[2] == pytest.approx(0.25, abs=0.06)
    says("0.955 for both", "6 points, from 0.85 to 0.91", "a quarter of that of `x`")
    runs = np.array(notebook["watched"]["noisy labels (rate 0.5)"]).mean(axis=0)
    assert (runs[10:20].mean(axis=0) - runs[-10:].mean(axis=0) > 0.01).all()
    says("Over the last thousand steps both get slowly worse")


def test_so_it_does_over_twelve_more_runs(notebook):
    gains = []
    for run, seeds in zip(notebook["RUNS"].values(), (range(5, 9), MORE, MORE), strict=True):
        last = [notebook["x_and_x_test"](*run, seed)[-10:].mean(axis=0) for seed in seeds]
        gains.append(100 * np.diff(last)[:, 0])
    gentle, high, noisy = gains
    assert np.abs(gentle).max() < 0.4
    assert 0.7 < high.mean() < 2.5  # chaotic: 1.2 to 1.8 by the rounding alone
    assert -1 < high.min() < 1
    assert 2 < high.max() < 9
    assert noisy.min() > 4
    says("by one to two points on average over a dozen runs", "next to nothing or by five")


# --------------------------------------------------------------------------------- in practice


def test_the_table_reads_as_told(notebook):
    practice, problems = notebook["practice"], list(notebook["PROBLEMS"])
    tuned = np.array([practice[rule, rates[0]][1] for rule, rates in notebook["RATES"].items()])
    assert (tuned.max(axis=0) < 1.5 * tuned.min(axis=0)).all()
    for rule in ("sgd", "momentum", "nesterov"):
        given = practice[rule, notebook["RATES"][rule][0]][0]
        assert given[0] < 0.03
        assert not min(given[1:]) < 2.3, rule
    for rule, rate in (("adagrad", 0.1), ("rmsprop", 0.01)):
        given, best = practice[rule, rate][0], tuned.min(axis=0)
        assert (given < 1.8 * best).all(), rule
    assert [round(loss, 2) for loss in practice["adam", 0.001][0]] == pytest.approx(
        [0.2, 0.05, 0.03], abs=0.011
    )
    lbfgs, adam = notebook["full_batch"]["L-BFGS"], notebook["full_batch"]["Adam"]
    assert [lbfgs[problems[0]][59], adam[problems[0]][59]] == pytest.approx(
        [0.018, 0.031], abs=6e-4
    )
    assert [lbfgs[problems[1]][59], adam[problems[1]][59]] == pytest.approx(
        [0.002, 0.010], abs=6e-4
    )
    assert lbfgs[problems[2]][59] < adam[problems[2]][59]
    assert lbfgs[problems[2]][19] > 2 * adam[problems[2]][19]
    assert (tuned.max(axis=0) < [adam[problem][59] for problem in problems]).all()
    says("0.018 against 0.031 after 60 passes on the digits, 0.002 against 0.010 on raw pixels")
    says("within a factor of 1.5")


def test_rates_that_were_best_on_the_digits_fail_elsewhere_in_every_run(notebook):
    for rule in ("sgd", "momentum", "nesterov"):
        rate = notebook["RATES"][rule][0]
        for problem in ("raw pixels", "five layers"):
            for seed in range(7):
                loss = notebook["loss_after"](problem, rule, rate, seed)
                assert not loss < 2.3, (rule, problem, seed)
    says("on five layers they blow up or learn nothing, in each of seven runs")


def test_adam_at_its_best_rate_for_the_digits_survives_but_ends_high_elsewhere(notebook):
    loss_after, best = notebook["loss_after"], {"raw pixels": 0.006, "five layers": 0.025}
    for problem, usual in (("raw pixels", 10), ("five layers", 4)):
        times = [loss_after(problem, "adam", 0.03, seed) / best[problem] for seed in range(7)]
        assert 1.5 < min(times) < max(times) < 2.3 / best[problem]
        assert np.median(times) > usual  # one run tells nothing: 7 to 100 times on raw pixels
    says("ends as a rule with several times the loss", "on raw pixels ten times and more")


@pytest.mark.parametrize("seed", [1, 2])
def test_the_dividers_survive_with_other_seeds(notebook, seed):
    loss, problems = notebook["loss_after"], list(notebook["PROBLEMS"])
    worst = {  # on five layers Adam's 0.01 has a run in thirty that ends higher
        ("adagrad", 0.1): (0.03, 0.009, 0.04),
        ("rmsprop", 0.01): (0.03, 0.009, 0.04),
        ("adam", 0.01): (0.03, 0.009, 0.15),
        ("adam", 0.001): (0.25, 0.07, 0.05),
    }
    for how, limits in worst.items():
        losses = [loss(problem, *how, seed) for problem in problems]
        assert (np.array(losses) < limits).all(), how
    for problem, ahead in zip(problems, (True, True, False), strict=True):
        by_lbfgs = notebook["lbfgs_losses"](problem, 60, seed)
        by_adam = notebook["adam_losses"](problem, 60, seed)
        assert by_lbfgs[59] < by_adam[59]
        assert (by_lbfgs[19] < by_adam[19]) == ahead


def test_adam_at_a_hundredth_is_good_on_all_three(notebook):
    problems = notebook["PROBLEMS"]
    runs = [[notebook["loss_after"](p, "adam", 0.01, seed) for p in problems] for seed in range(7)]
    tuned = np.array([notebook["practice"][rule, r[0]][1] for rule, r in notebook["RATES"].items()])
    assert (np.median(runs, axis=0) < np.array([1.25, 1.25, 2]) * tuned.min(axis=0)).all()
    says("about as good as anybody on the first two, and on five layers as a rule within twice")
