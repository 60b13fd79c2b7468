"""Notebook 06, "Warm-up, and its rival": with eight seeds that are not the notebook's.

The claims, in their order:

* a short warm-up saves most runs at a bold rate; a long one is worse than none: `sweep`
* the cause is Adam's slow v: at the same rates a short memory makes long warm-ups harmless, and
  the larger of a quick and a slow v is enough, the smaller one is not (so v is late to rise)
* without a warm-up the short memory does not help: Adam's first step has the rate's length
* clipping saves SGD at rate 3, where a warm-up cannot, and Adam with no warm-up or a long one
* at a limit of 0.1 nearly all gradients are clipped
* a rate a quarter as high needs neither, and gets further
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import Names
from helpers.notebook_06 import NOTEBOOK, says

from cs231n_lib import optim

SEEDS = range(100, 108)


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def runs(notebook):
    """Accuracies, a run for each seed."""

    def of(warmup, **settings):
        return np.array([notebook["deep_run"](seed, warmup, **settings) for seed in SEEDS])

    return of


@pytest.fixture(scope="module")
def sweep(runs):
    return {warmup: runs(warmup) for warmup in (0, 5, 10, 20, 60, 100)}


@pytest.mark.nightly
def test_a_short_warm_up_saves_runs_and_a_long_one_loses_them(notebook, sweep):
    """Ten runs: .82 .90 .92 .90 .92 .82 .60 .36 for 0, 5, 10, 20, 30, 40, 60 and 100 steps.

    Single runs are erratic: the bounds hold for three other blocks of eight seeds as well.
    """
    mean = {warmup: accuracies.mean() for warmup, accuracies in sweep.items()}
    short = np.concatenate([sweep[warmup] for warmup in (5, 10, 20)])
    assert mean[0] < 0.87
    assert all(np.median(sweep[warmup]) > 0.9 for warmup in (5, 10, 20))
    assert np.mean(short > 0.88) > 0.75
    assert short.mean() > mean[0] + 0.03
    assert mean[60] < short.mean() - 0.08
    assert mean[100] < mean[0] - 0.3
    assert list(notebook["warm"]) == [0, 5, 10, 20, 30, 40, 60, 100]
    says("A short warm-up, 5 to 20 steps, saves most runs", "a *long* one is worse than none")


@pytest.mark.nightly
def test_the_cause_is_the_slow_v(notebook, runs, sweep):
    """Ten runs with beta2 0.9: .82 .93 .93 .92 for 0, 10, 60 and 100 steps."""
    short = {warmup: runs(warmup, config={"beta2": 0.9}) for warmup in (0, 10, 60, 100)}
    assert all(short[warmup].mean() > 0.92 for warmup in (10, 60))
    assert short[100].mean() == pytest.approx(0.915, abs=0.02)
    assert short[0].mean() < 0.9
    assert short[0].mean() == pytest.approx(sweep[0].mean(), abs=0.1)
    larger, smaller = (
        runs(100, rule=notebook["two_memories"](pick)) for pick in (np.maximum, np.minimum)
    )
    assert larger.mean() > 0.91
    assert smaller.mean() < 0.5
    assert notebook["late"]
    says("With the short memory a warm-up of 100 steps ends at about 0.92")
    says("So $v$ is late to *rise*", "At a warm-up of 0 the short memory does not help")


def test_two_memories_of_one_length_are_adam(notebook):
    """So the rule of that experiment differs from Adam in its v alone."""
    rng = np.random.default_rng(3)
    for pick, beta2 in ((lambda quick, slow: quick, 0.9), (lambda quick, slow: slow, 0.999)):
        rule, x = notebook["two_memories"](pick), np.ones(4)
        y, ours, theirs = x, {"learning_rate": 0.1}, {"learning_rate": 0.1, "beta2": beta2}
        for _ in range(20):
            dx = rng.normal(size=4)
            x, ours = rule(x, dx, ours)
            y, theirs = optim.adam(y, dx, theirs)
        np.testing.assert_allclose(x, y, rtol=1e-9)


def test_how_much_a_surge_counts_after_a_calm(notebook):
    """t steps with gradients of 1, then one of 10: what it adds to the corrected v."""
    for calm, share in ((10, 0.1), (100, 0.01)):
        weight = 0.001 / (1 - 0.999**calm)
        assert weight == pytest.approx(share, rel=0.06)
    first, _ = optim.adam(np.zeros(3), np.array([1e-3, 1.0, -50.0]), {"learning_rate": 0.12})
    assert np.abs(first) == pytest.approx(np.full(3, 0.12), rel=1e-3)
    says("a new one counts for a hundredth of $v$ after 100 calm steps, for a tenth of it after 10")
    says("Adam moves every weight by nearly the full rate, whatever the gradient")


@pytest.fixture(scope="module")
def clipped(notebook, runs):
    def of(rule, lr0, warmup, limit):
        return runs(warmup, lr0=lr0, rule=notebook["clipped"](rule, limit))

    return of


@pytest.mark.nightly
def test_clipping_saves_what_a_warm_up_cannot(clipped):
    for warmup in (0, 10):
        assert clipped(optim.sgd, 3.0, warmup, np.inf).mean() < 0.35
    for limit in (1.0, 0.1):
        assert clipped(optim.sgd, 3.0, 0, limit).mean() == pytest.approx(0.95, abs=0.01)
    says("SGD at rate 3 goes from hardly more than guessing to 0.95")


@pytest.mark.nightly
def test_clipping_makes_up_for_a_warm_up_and_for_a_slow_v(clipped, sweep):
    for warmup in (0, 100):
        accuracies = clipped(optim.adam, 0.12, warmup, 0.1)
        assert 0.85 < accuracies.mean() < 0.94
        assert accuracies.mean() > sweep[warmup].mean() + 0.04
    says("makes up for most of what a missing warm-up costs Adam, and what a long one does")


@pytest.mark.nightly
def test_at_a_low_limit_nearly_all_gradients_are_clipped(notebook):
    for rule, lr0 in ((optim.sgd, 3.0), (optim.adam, 0.12)):
        lengths = []

        def measured(x, dx, config, rule=rule, lengths=lengths):
            lengths.append(np.linalg.norm(dx))
            return notebook["clipped"](rule, 0.1)(x, dx, config)

        for seed in SEEDS:
            notebook["deep_run"](seed, 0, lr0, measured)
        assert np.mean(np.array(lengths) > 0.1) > 0.9
    says("nearly all gradients are clipped (more than 90 %)")


@pytest.mark.nightly
def test_a_rate_a_quarter_as_high_needs_neither(runs, clipped, sweep):
    calm = runs(0, lr0=0.03)
    assert calm.mean() == pytest.approx(0.955, abs=0.008)
    bold = [*sweep.values(), clipped(optim.adam, 0.12, 0, 0.1), runs(60, config={"beta2": 0.9})]
    assert calm.mean() > max(accuracies.mean() for accuracies in bold) + 0.005
    says("A rate a quarter as bold needs neither, and gets further than any Adam in this section")
