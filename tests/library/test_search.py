"""Layouts, narrowing, folds, and the table of a search that is paid for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cs231n_lib import search
from cs231n_lib.data import load_digits

RATE = {"learning_rate": (1e-4, 1.0, "log")}
BOTH = {**RATE, "keep": (0.5, 1.0, "linear")}


def rows(layout, ranges):
    return np.array([[trial[name] for name in ranges] for trial in layout])


# ---------------------------------------------------------------------------------------- layouts


def test_a_grid_has_every_combination_of_even_steps():
    found = {tuple(np.round(row, 12)) for row in rows(search.grid_layout(3, BOTH), BOTH)}
    assert found == {(rate, keep) for rate in (1e-4, 1e-2, 1.0) for keep in (0.5, 0.75, 1.0)}


@given(st.integers(2, 6), st.integers(1, 3))
def test_a_grid_of_d_parameters_has_k_to_the_d_trials_and_k_values_each(k, d):
    ranges = {f"p{i}": (1.0, 2.0 + i, "log") for i in range(d)}
    table = rows(search.grid_layout(k, ranges), ranges)
    assert len(table) == len(np.unique(table, axis=0)) == k**d
    assert [len(np.unique(column)) for column in table.T] == [k] * d
    for (low, high, _), column in zip(ranges.values(), table.T, strict=True):
        assert (column.min(), column.max()) == pytest.approx((low, high))


def test_a_grid_of_one_value_is_refused():
    with pytest.raises(ValueError, match=r"per_axis must be at least 2 \(both ends\), got 1"):
        search.grid_layout(1, RATE)


def test_random_rates_are_uniform_in_their_logarithm_and_others_are_uniform():
    table = rows(search.random_layout(2000, BOTH, np.random.default_rng(5)), BOTH)
    assert stats.kstest(np.log10(table[:, 0]), "uniform", (-4, 4)).pvalue > 0.01
    assert stats.kstest(table[:, 1], "uniform", (0.5, 0.5)).pvalue > 0.01
    assert abs(stats.spearmanr(*table.T).statistic) < 0.06


def test_n_random_trials_see_n_values_of_each_parameter():
    table = rows(search.random_layout(100, BOTH, np.random.default_rng(0)), BOTH)
    assert [len(np.unique(column)) for column in table.T] == [100, 100]


def test_a_random_layout_can_be_repeated():
    one, two, other = (
        search.random_layout(5, BOTH, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one == two != other


@given(st.integers(1, 30), st.integers(0, 10**6))
def test_a_latin_layout_has_one_value_in_each_cell_of_each_parameter(n, seed):
    table = rows(search.latin_layout(n, BOTH, np.random.default_rng(seed)), BOTH)
    cells = n * np.stack([np.log(table[:, 0] / 1e-4) / np.log(1e4), 2 * table[:, 1] - 1])
    np.testing.assert_array_equal(np.sort(np.floor(cells)), np.tile(np.arange(n), (2, 1)))


def test_a_latin_layout_s_values_lie_anywhere_in_their_cells_and_apart():
    table = rows(search.latin_layout(2000, BOTH, np.random.default_rng(5)), BOTH)
    inside = (2000 * (2 * table[:, 1] - 1)) % 1
    assert stats.kstest(inside, "uniform").pvalue > 0.01
    assert abs(stats.spearmanr(*table.T).statistic) < 0.06


def test_scipy_s_latin_hypercube_has_the_same_projections():
    """Both have one point in each cell; SciPy's without scrambling stand in the middles."""
    n, ranges = 7, {"a": (0.0, 1.0, "linear"), "b": (0.0, 1.0, "linear")}
    ours = rows(search.latin_layout(n, ranges, np.random.default_rng(0)), ranges)
    theirs = stats.qmc.LatinHypercube(2, rng=0).random(n)
    middles = stats.qmc.LatinHypercube(2, scramble=False, rng=0).random(n)
    for table in (ours, theirs, middles):
        np.testing.assert_array_equal(np.sort(np.floor(n * table), axis=0)[:, 0], np.arange(n))
    np.testing.assert_allclose(np.sort(middles[:, 0]), (np.arange(n) + 0.5) / n)


# --------------------------------------------------------------------------------------- the winner


def test_a_winner_is_measured_on_both_sets():
    val, test = np.array([0.5, np.nan, 0.9, 0.7]), np.array([0.1, 0.9, 0.2, 0.3])
    best, worth = search.winner_and_its_test(val, test, np.array([[0, 1], [1, 3], [3, 2]]))
    assert (best.tolist(), worth.tolist()) == ([0.5, 0.7, 0.9], [0.1, 0.3, 0.2])


def test_the_expected_maximum_of_noise_is_found():
    """The best of 40 normal numbers is 2.16 deviations above the mean, its other number 0."""
    rng = np.random.default_rng(3)
    val, test = rng.normal(size=(2, 200_000))
    best, worth = search.winner_and_its_test(val, test, np.arange(200_000).reshape(-1, 40))
    assert best.mean() == pytest.approx(2.16, abs=0.03)
    assert worth.mean() == pytest.approx(0, abs=0.06)


# ---------------------------------------------------------------------------------- coarse to fine


def results(trials, val, **others):
    made = [{"params": trial, "val": v} for trial, v in zip(trials, val, strict=True)]
    for name, values in others.items():
        for result, value in zip(made, values, strict=True):
            result[name] = value
    return made


def test_the_new_range_is_centred_on_the_best_and_shrink_times_as_wide():
    trials = [{"learning_rate": 1e-3, "keep": 0.6}, {"learning_rate": 1e-2, "keep": 0.8}]
    found, border = search.coarse_to_fine(results(trials, [0.5, 0.9]), BOTH, shrink=0.5)
    low, high, scale = found["learning_rate"]
    assert (np.log10(low), np.log10(high), scale) == pytest.approx((-3, -1, "log"))
    assert found["keep"] == pytest.approx((0.675, 0.925, "linear"))
    assert border == {"learning_rate": False, "keep": False}


@given(st.floats(0.0, 1.0).filter(lambda share: abs(abs(share - 0.5) - 0.4) > 1e-6))
def test_the_outer_tenths_are_the_border(share):
    trials = [{"learning_rate": 1e-4 * 1e4**share}]
    _, border = search.coarse_to_fine(results(trials, [0.9]), RATE)
    assert border == {"learning_rate": share < 0.1 or share > 0.9}


def test_only_validation_accuracy_chooses():
    trials = [{"learning_rate": rate} for rate in (1e-3, 1e-2, 1e-1)]
    found, _ = search.coarse_to_fine(
        results(trials, [0.1, 0.9, np.nan], train=[1.0, 0.2, 0.3], test=[0.2, 0.3, 1.0]), RATE
    )
    assert np.sqrt(np.prod(found["learning_rate"][:2])) == pytest.approx(1e-2)


def test_ranges_stay_as_they_were():
    before = dict(BOTH)
    search.coarse_to_fine(results([{"learning_rate": 1.0, "keep": 1.0}], [0.9]), BOTH)
    assert before == BOTH


# ------------------------------------------------------------------------------------------- folds


@given(st.integers(2, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(2, n))))
def test_folds_are_disjoint_and_cover_all(numbers):
    n, k = numbers
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    folds = search.k_fold(X, y, k)
    assert len(folds) == k
    held_out = np.concatenate([y_val for _, _, _, y_val in folds])
    np.testing.assert_array_equal(np.sort(held_out), y)
    sizes = [len(y_val) for _, _, _, y_val in folds]
    assert max(sizes) - min(sizes) <= 1
    for X_train, y_train, X_val, y_val in folds:
        assert sorted([*y_train, *y_val]) == list(range(n))
        np.testing.assert_array_equal(X_train[:, 0], 2 * y_train)
        np.testing.assert_array_equal(X_val[:, 0], 2 * y_val)


@pytest.mark.parametrize("k", [1, 6])
def test_more_folds_than_rows_are_refused(k):
    with pytest.raises(ValueError, match=f"k must be from 2 to 5.*got {k}"):
        search.k_fold(np.zeros((5, 2)), np.zeros(5), k)


# ---------------------------------------------------------------------------- trials and the table


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def test_a_trial_is_the_same_every_time_and_another_with_another_seed(digits):
    one, two, other = (search.try_out(digits, 0.1, 1e-5, seed=seed) for seed in (0, 0, 1))
    assert one == two != other


def test_a_trial_that_blows_up_is_worth_a_guess(digits):
    assert search.try_out(digits, 1e6, 1e-5) < 0.2


def test_a_trial_looks_at_four_parts_only(digits):
    four = search.try_out(digits[:4], 0.3, 1e-5)
    assert search.try_out((*digits[:4], None, None), 0.3, 1e-5) == four


def test_the_table_covers_eight_decades_of_the_rate_and_four_of_the_strength():
    rates, strengths, accuracies = search.digits_table()
    assert accuracies.shape == (129, 9)
    np.testing.assert_allclose(rates, np.geomspace(1e-5, 1e3, 129))
    np.testing.assert_allclose(strengths, np.geomspace(1e-8, 1e-4, 9))


@pytest.mark.parametrize("row", [0, 60, 80, 90, 128])
def test_the_table_is_what_trials_give(row, digits):
    """Entries recomputed. A run at a high rate is chaotic: another machine rounds differently."""
    rates, strengths, accuracies = search.digits_table()
    columns = [0, 4, 8]
    anew = search.measured([row], columns)[0]
    np.testing.assert_allclose(anew, accuracies[row, columns], atol=0.02)
    one = search.try_out(digits, float(rates[row]), float(strengths[4]), seed=100 * row + 4)
    assert anew[1] == one


def test_one_command_makes_the_table_again(monkeypatch, tmp_path, capsys):
    """What `python -m cs231n_lib.search` does, with a stand-in for the 1,161 trainings."""
    asked = []
    monkeypatch.setattr(
        search, "try_out", lambda parts, rate, reg, seed: asked.append((rate, reg)) or seed
    )
    search.write_table(tmp_path / "table.npz")
    rates, strengths, accuracies = search.digits_table()
    with np.load(tmp_path / "table.npz") as made:
        np.testing.assert_array_equal(made["rates"], rates)
        np.testing.assert_array_equal(made["strengths"], strengths)
        seeds = 100 * np.arange(129)[:, None] + np.arange(9)
        np.testing.assert_array_equal(made["accuracies"], seeds)
    np.testing.assert_allclose(asked, [(rate, reg) for rate in rates for reg in strengths])
    assert accuracies.shape == seeds.shape
    assert "1161 runs" in capsys.readouterr().out
