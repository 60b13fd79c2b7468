"""Notebook 04: what it says of the length of steps, for six seeds that are not its own.

Claims: the ratio of 1e-3 is too small for 100 steps; the good rates' ratios; the number of steps is
the reason (the low rate catches up when it gets more of them); and what clipping does for rate 15.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import Names
from helpers.notebook_04 import NOTEBOOK, he, says

SEEDS = range(1, 7)


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


def test_the_rule_of_thumb_picks_a_rate_that_is_too_low_for_100_steps(notebook: Names) -> None:
    for seed in SEEDS:
        low, high = (notebook["steps_of"](rate, seed=seed) for rate in (0.02, 0.03))
        assert np.median(low[0][:, 0]) < 1e-3 < np.median(high[0][:, 0])
        assert len(low[0]) == 100
        assert max(low[2], high[2]) < 0.7
    says("belongs to a rate between 0.02 and 0.03", "right in at most 70 % of the cases")


def test_the_best_rates_take_longer_steps_and_get_farther(notebook: Names) -> None:
    for seed in SEEDS:
        runs = {rate: notebook["steps_of"](rate, seed=seed) for rate in (0.02, 0.3, 1, 3, 10)}
        best = sorted(runs, key=lambda rate: runs[rate][2])[-2:]
        assert {*best} == {1, 3}
        for rate in best:
            assert 0.0125 < np.median(runs[rate][0][:, 0]) < 0.0315
            assert 0.6 < runs[rate][1] < 1.0
        assert runs[0.02][1] < 0.1
        assert 0.4 < runs[10][0][0, 0] < 0.5
    says("median ratios of 0.013 to 0.031: more than ten times the rule (six other seeds)")
    says("have moved `W1` by 0.6 to 1.0 of its length", "a step of nearly half the length of `W1`")


@pytest.mark.nightly
def test_with_more_steps_the_low_rate_catches_up(notebook: Names) -> None:
    """Were the ratio itself too small, more steps would not help."""
    for seed in SEEDS:
        ratios, far, accuracy = notebook["steps_of"](0.02, epochs=250, seed=seed)
        _, as_far, as_good = notebook["steps_of"](1, seed=seed)
        assert ratios[:, 0].max() < 1.2e-3
        assert far == pytest.approx(as_far, abs=0.07)
        assert accuracy >= 0.945
        assert accuracy > as_good - 0.012
    says("0.945 or more with six other seeds", "by steps of a thousandth at most")


def test_a_frozen_layer_is_found_in_one_step(notebook: Names) -> None:
    pictures, before = notebook["pictures"], he(3)
    _, grads = notebook["frozen"](pictures.X_train, before, pictures.y_train)
    after = {name: before[name] - 0.5 * grads[name] for name in before}
    ratio = notebook["update_ratio"](before, after)
    assert ratio["W1"] == 0 < ratio["W2"]
    says("finds the frozen first layer in one step")


def test_short_gradients_save_rate_15_and_1_is_not_short(notebook: Names) -> None:
    for seed in range(10, 18):
        free, long, short, shorter = (
            notebook["clipped_run"](15, limit, seed) for limit in (np.inf, 1, 0.3, 0.1)
        )
        assert 0.05 < free < 0.47
        assert min(short, shorter) > 0.92
        assert long < min(short, shorter) - 0.1
    says("rate 15 ends between 0.1 and 0.45", "every run ends above 0.9 (eight other seeds agree)")
    says("A limit of 1 is not enough here")
