"""Notebook 09: what it says of many networks, over more seeds than it runs.

The claims (those on one network: `test_notebook`; on practice and soups: `test_practice`):

* two networks differ on some 8 %; of its mistakes any other one makes two thirds, or three quarters
* what eight gain over the mean and over the best of them, and how much of it comes with four
* probabilities, scores and votes are alike; the mean of the weights is right on half of the digits
* the line to one's own twin leads through bad parameters, that to one's later self does not
* it is the start that makes networks independent, not the order of the batches
* the playable ensembles are the notebook's; the loss falls with each member, the accuracy may not
"""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from helpers import PROJECT
from helpers.notebook_09 import MORE, NOTEBOOK, says

from autograder.authoring.pictures import stored
from cs231n_lib import ensembles

ensemble_size = PROJECT.module("09_ensembles", "picture")

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


# ------------------------------------------------------------------------------- many networks


def test_the_eight_disagree_and_their_average_has_the_lower_loss(notebook):
    assert len(set(notebook["answers"][:, notebook["wavering"]].tolist())) >= 4
    assert notebook["joint_loss"] < min(notebook["single_losses"])
    assert notebook["accuracies"].mean() == pytest.approx(0.911, abs=0.003)
    assert notebook["disagreement"](notebook["eight"]) == pytest.approx(0.076, abs=0.001)
    says("about 91 % of the new digits", "two of them differ on 7.6 %")


def shared(models, X, y):
    """The share of a network's mistakes that another one makes as well, over all pairs."""
    wrong = np.array([network.predict(X) != y for network in models])
    others = wrong.sum(axis=0) - wrong
    return others[wrong].mean() / (len(models) - 1)


@pytest.mark.nightly
def test_how_many_of_its_mistakes_a_network_shares_with_any_other(notebook, more):
    X, y = notebook["X_new"], notebook["y_new"]
    weak, middle, strong = ([shared(of, X, y) for of in models] for models in more.values())
    for models in (weak, middle):
        assert 0.55 < min(models) < max(models) < 0.85  # one ensemble in 24 has 0.81
        assert np.mean(models) == pytest.approx(2 / 3, abs=0.04)
    assert 0.7 < min(strong) < max(strong) < 0.85
    assert np.mean(strong) == pytest.approx(3 / 4, abs=0.03)
    says("any other makes about two thirds as well", "three quarters of its mistakes as well")


def test_the_choice_about_the_four_and_the_nine_is_right():
    fours = np.array([0.55, 0.55, 0.05])
    assert np.mean(fours > 0.5) > 0.5 > np.mean(fours)


@pytest.mark.nightly
def test_the_gain_depends_on_how_good_the_single_networks_are(notebook, more):
    gains = {label: gain.mean() for label, (gain, _) in notebook["gain_table"].items()}
    bests = {label: over_best.mean() for label, (_, over_best) in notebook["gain_table"].items()}
    assert list(gains.values()) == pytest.approx([3.0, 1.8, 0.5], abs=0.15)
    assert list(bests.values()) == pytest.approx([1.4, 0.9, 0.1], abs=0.15)
    says("gain 3.0 points over a single one, with 300 examples 1.8, and strong networks")
    says("with all the data 0.5.")
    says("the gain is 1.4, 0.9 and 0.1")
    for label, runs in notebook["ladders"].items():
        steps = np.mean([together - alone.mean() for alone, together in runs], axis=0)
        assert abs(steps[0]) < 1e-12, label
        assert steps[3] > 0.75 * steps[7], label
    for label, models in more.items():
        runs = [notebook["in_turns"](of) for of in models]
        steps = np.mean([together - alone.mean() for alone, together in runs], axis=0)
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


@pytest.mark.nightly
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


@pytest.mark.nightly
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
    says("Votes come last, by 0.2 to 0.4 points", "on about half of the digits (31 % to 74 %")
    says("each about 92 % right", "one flat vector `x` of 760 parameters")
    assert notebook["ensembles"][0][0].x.size == 760


@pytest.mark.nightly
def test_the_line_to_a_twin_is_as_bad_as_that_to_a_stranger(notebook, more):
    stranger, twin, later = (values.mean() for values in notebook["middle"].values())
    assert [stranger, twin, later] == pytest.approx([0.715, 0.712, 0.913], abs=0.01)
    says("is 0.715 on average, and halfway to *its own twin* it is 0.712", "0.913, as at the ends")
    X, line = notebook["X_new"], notebook["along_the_line"]
    to_strangers = []
    for seed, (network, other, *_) in zip(MORE, more[MIDDLE], strict=True):
        to_strangers.append(line(network, other)[10])
        permuted = notebook["permuted"](network, seed)
        np.testing.assert_allclose(permuted.scores(X), network.scores(X), atol=1e-9)
        assert line(network, permuted)[10] < network.accuracy(X, notebook["y_new"]) - 0.1
        way = line(network, notebook["trained_on"](network, seed))
        assert way.min() > min(way[0], way[-1]) - 0.012
    assert max(to_strangers) < 0.88
    assert np.mean(to_strangers) == pytest.approx(0.72, abs=0.06)


def test_the_random_start_makes_networks_independent(notebook):
    shared = notebook["sharing"]
    disagree = [shared[kind][0] for kind in ("nothing", "the batches", "the start")]
    assert disagree == pytest.approx([0.075, 0.075, 0.035], abs=0.004)
    gain = [shared[kind][1].mean() for kind in ("nothing", "the batches", "the start")]
    assert gain == pytest.approx([1.8, 1.6, 0.4], abs=0.15)
    assert shared["the start"][2].mean() == pytest.approx(0.914, abs=0.005)
    says("gain 0.4 points instead of 1.8", "the *weights* may be averaged: 0.914")


@pytest.mark.nightly
def test_the_order_of_the_batches_does_not_matter_in_twelve_more_ensembles(notebook, more):
    disagreement, four_averages = notebook["disagreement"], notebook["four_averages"]
    same = [notebook["eight_that_share"]("batches", seed) for seed in MORE]
    apart = [np.mean([disagreement(of) for of in models]) for models in (same, more[MIDDLE])]
    assert apart[0] == pytest.approx(apart[1], rel=0.07)
    runs = [[four_averages(of) for of in models] for models in (same, more[MIDDLE])]
    gains = [np.mean([run["probabilities"] - run["a single one"] for run in of]) for of in runs]
    assert 100 * abs(gains[0] - gains[1]) < 0.3
    says("they disagree as often, and gain as much")


@pytest.mark.nightly
def test_a_common_start_leaves_a_third_of_the_gain_over_seventeen_ensembles(notebook):
    runs = [notebook["four_averages"](notebook["eight_that_share"]("start", s)) for s in MORE]
    gains = 100 * np.array([f["probabilities"] - f["a single one"] for f in runs])
    all_17 = np.append(notebook["sharing"]["the start"][1], gains)
    assert all_17.mean() == pytest.approx(0.5, abs=0.1)
    assert min(f["weights"] - f["a single one"] for f in runs) > -0.02
    says("over seventeen ensembles 0.5 instead of 1.6: about a third")
