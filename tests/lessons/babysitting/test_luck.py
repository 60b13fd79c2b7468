"""Notebook 04: what it says of a winner's luck, for five sets of 120 seeds that are not its own.

Claims: with one setting the best of 40 leads on the validation set alone; with different settings
a part of the lead is real; and two runs of one setting often differ by half a point.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from helpers.course_notebook import Names
from helpers.notebook_04 import NOTEBOOK, says

from cs231n_lib import search


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


@pytest.fixture(scope="module")
def one_setting(notebook: Names) -> list[np.ndarray]:
    run = notebook["val_and_test"]
    return [np.array([run(1.0, 1000 * b + seed) for seed in range(120)]).T for b in range(1, 6)]


def forty_each(number: int) -> np.ndarray:
    order = np.tile(np.arange(120), (1000, 1))
    return np.random.default_rng(number).permuted(order, axis=1)[:, :40]


def leads(sets: list[np.ndarray]) -> Iterator[tuple[float, float]]:
    """By how much the best of 40 is better than the mean, on validation and test data."""
    for number, (val, test) in enumerate(sets):
        best = search.winner_and_its_test(val, test, forty_each(number))
        yield best[0].mean() - val.mean(), best[1].mean() - test.mean()


@pytest.mark.nightly
def test_with_one_setting_the_lead_is_luck(one_setting: list[np.ndarray]) -> None:
    for (on_val, on_test), (val, test) in zip(leads(one_setting), one_setting, strict=True):
        assert 0.010 < on_val < 0.016
        assert abs(on_test) < 0.006
        assert -0.15 < np.corrcoef(val, test)[0, 1] < 0.2
        assert abs(val.mean() - test.mean()) < 0.003
    says("(0.010 to 0.016 over five other sets of 120 seeds)", "lead is between −0.006 and 0.006")
    says("the correlation is between −0.15 and 0.2")


@pytest.mark.nightly
def test_two_runs_of_one_setting_differ_by_half_a_point(one_setting: list[np.ndarray]) -> None:
    for val, _ in one_setting:
        apart = np.abs(val[:, None] - val)[np.triu_indices(120, k=1)]
        assert 0.4 < np.mean(apart >= 0.005) < 0.65
    says("differ by half a point or more about every other time")


@pytest.mark.nightly
def test_with_different_settings_a_part_of_the_lead_is_real(notebook: Names) -> None:
    run, sets = notebook["val_and_test"], []
    for number in range(1, 6):
        rng = np.random.default_rng(100 + number)
        rates = 10 ** rng.uniform(np.log10(0.3), np.log10(3), 120)
        sets.append([run(rate, 1000 * number + 500 + i) for i, rate in enumerate(rates)])
    various = [np.array(pairs).T for pairs in sets]
    for (on_val, on_test), (val, test) in zip(leads(various), various, strict=True):
        assert 0.1 < on_test / on_val < 0.67
        assert np.corrcoef(val, test)[0, 1] == pytest.approx(0.5, abs=0.1)
    says("between a tenth and two thirds of it, over five other draws", "correlation of about 0.5")


def test_the_notebook_shows_what_its_text_says(notebook: Names) -> None:
    lead = {name: np.array(values) for name, values in notebook["leads"].items()}
    assert np.all(np.diff(lead["validation"]) > 0)
    assert 0.010 < lead["validation"][-1] < 0.016
    assert np.abs(lead["test"]).max() < 0.006
    says("from 0 to more than a point; on the test set the curve stays near 0")


def test_the_student_s_function_is_the_library_s(notebook: Names) -> None:
    val, test = notebook["val"], notebook["test"]
    rows = forty_each(9)
    for one, other in zip(
        notebook["winner_and_its_test"](val, test, rows),
        search.winner_and_its_test(val, test, rows),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
