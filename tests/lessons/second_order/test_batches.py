"""Notebook 08: who is ahead on the digits, and what mini-batches do to L-BFGS."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from helpers.notebook_08 import MORE, NOTEBOOK, says

from cs231n_lib.network import Network


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


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_validation_hardly_profits_from_the_last_passes(notebook):
    digits, gains = notebook["digits"], []
    for seed in range(5, 13):
        rng = np.random.default_rng(seed)
        network = Network([64, 50, 10], activation="tanh", init="xavier", reg=1e-4, rng=rng)
        on, start = notebook["digits_network"](seed)
        np.testing.assert_array_equal(start, network.x)
        accuracies = []
        for steps in (18, 190):
            network.x, _ = notebook["lbfgs"](on(*notebook["everything"]), start, steps=steps)
            accuracies.append(network.accuracy(digits.X_val, digits.y_val))
        gains.append(accuracies[1] - accuracies[0])
    assert -0.005 < np.mean(gains) < 0.0125
    says("from pass 20 to pass 200 the validation accuracy of L-BFGS gains a point at most")


@pytest.mark.nightly
def test_the_order_of_merit_changes_on_the_way(full_batch):
    means = {name: runs.mean(axis=0) for name, runs in full_batch.items()}
    others = np.minimum(means["L-BFGS"], np.minimum(means[0.03], means[0.05]))
    assert (means["batches"][:20] < others[:20]).all()
    crossing = 1 + np.argmax(means["L-BFGS"][:50] < means["batches"])
    assert 25 <= crossing <= 35
    assert (full_batch["L-BFGS"][:, 49] < full_batch["batches"][:, 49]).all()
    assert (means["L-BFGS"][14:] < np.minimum(means[0.03], means[0.05])[14:]).all()
    says("near pass 30, and is the lowest from there on", "crosses both curves of full-batch Adam")


@pytest.mark.nightly
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
    run, lengths = notebook["noise_in_y"], (1.0, 0.1, 0.01, 0.001)
    more = {r: np.mean([run(seed, r) for seed in MORE], axis=0) for r in lengths}
    for table in (notebook["noise_table"], more):
        ratios = [ratio for ratio, _ in table.values()]
        assert 6 < ratios[1] / ratios[0] < 13
        for longer, shorter in pairwise(ratios[1:]):
            assert shorter / longer == pytest.approx(10, rel=0.03)
        assert 1 < ratios[0] < 4
        assert table[1.0][1] < 0.1
        for length in (0.01, 0.001):
            assert 0.3 < table[length][1] < 0.65
    says("Make a short step ten times shorter, and there is ten times more noise in $y$")


@pytest.mark.nightly
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
