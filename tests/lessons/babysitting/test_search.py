"""Notebook 04: its numbers about searching and choosing, for ten seeds and more."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.course_notebook import Names
from helpers.notebook_04 import NOTEBOOK, says


@pytest.fixture(scope="module")
def notebook() -> Names:
    return NOTEBOOK.names


def test_the_grid_misses_the_hill_and_the_random_layout_does_not(notebook: Names) -> None:
    assert max(notebook["reached"]["grid layout"]) < 0.4
    assert max(notebook["reached"]["random layout"]) == pytest.approx(0.899, abs=0.01)
    assert sum(accuracy > 0.7 for accuracy in notebook["reached"]["random layout"]) == 2
    rates, accuracies = notebook["rates"], notebook["accuracies"].mean(axis=1)
    high = rates[accuracies > 0.8]
    assert 0.05 < high.min() < 0.2
    assert 5 < high.max() < 15
    says("high only between about 0.1 and 10", "two stand on its slope")


def test_the_strength_does_not_matter(notebook: Names) -> None:
    """On the hill, the accuracy averaged over rates is the same for all nine strengths."""
    rates, accuracies = notebook["rates"], notebook["accuracies"]
    by_strength = accuracies[(rates > 0.1) & (rates < 8)].mean(axis=0)
    assert np.ptp(by_strength) < 0.004
    says("The regularisation strength hardly matters here (below")


def test_plain_draws_crowd_in_the_uppermost_decade(notebook: Names) -> None:
    plain, on_log_scale = np.array(notebook["per_decade"]).T
    assert plain.sum() == on_log_scale.sum() == 100
    share = [(10.0**up - 10.0 ** (up - 1)) / (1 - 1e-4) for up in (-3, -2, -1, 0)]
    np.testing.assert_allclose(plain, 100 * np.array(share), atol=3)
    assert all(15 <= count <= 35 for count in on_log_scale)
    assert sum(share[:2]) == pytest.approx(0.01, abs=2e-4)
    says("some ninety fall into the uppermost decade, and *one*, on average, into the lower two")


def test_random_wins_where_the_box_is_wide(notebook: Names) -> None:
    means = {
        key: tuple(values.mean() for values in pair)
        for key, pair in notebook["results"].items()
        if not isinstance(key, str)
    }
    for key, expected in {
        (12, 9): (0.51, 0.85),
        (12, 25): (0.86, 0.95),
        (4, 9): (0.944, 0.955),
        (1, 9): (0.962, 0.959),
    }.items():
        near = 0.02 if key == (12, 9) else 0.01
        assert means[key] == pytest.approx(expected, abs=near), key
    says("about 0.85 against 0.51 (ten repetitions of the contest stay within 0.02 of that)")
    says("With 25 trials, 0.95 against 0.86")


def test_the_contest_does_not_depend_on_the_seed(notebook: Names) -> None:
    for seed in range(10):
        wide, four, narrow = (notebook["contest"](decades, 3, seed=seed) for decades in (12, 4, 1))
        assert four[1].mean() - four[0].mean() == pytest.approx(0.011, abs=0.003)
        assert (wide[0].mean(), wide[1].mean()) == pytest.approx((0.51, 0.85), abs=0.03)
        assert 0.18 < np.mean(wide[0] > wide[1]) < 0.3
        assert 0.001 < narrow[0].mean() - narrow[1].mean() < 0.006
        assert np.mean(narrow[0] > narrow[1]) > 0.5
    says("the grid wins about every fourth time", "Over four decades one point is left of it")
    says("A hair: 0.3 points, about one of 297 validation images")


def test_the_grid_gambles_on_its_place(notebook: Names) -> None:
    grid, drawn = notebook["results"]["lucky"]
    assert np.mean(grid > drawn) > 0.95
    grid, drawn = notebook["results"]["unlucky"]
    assert np.mean(grid > drawn) < 0.13
    lucky, unlucky = (notebook["results"][name][1].mean() for name in ("lucky", "unlucky"))
    assert abs(lucky - unlucky) < 0.03
    says("nearly every time (98 %)", "loses in nine cases of ten")


def test_the_grid_s_curve_is_the_hill_and_the_random_layout_s_is_flat(notebook: Names) -> None:
    grid, drawn = (np.array(notebook["by_place"][name]) for name in ("grid", "random"))
    middles = notebook["middles"]
    assert grid.max() == pytest.approx(0.963, abs=0.01)
    assert np.ptp(middles[grid > 0.9]) == pytest.approx(1.65, abs=0.2)
    assert np.mean(grid < 0.25) == pytest.approx(0.44, abs=0.06)
    assert drawn.mean() == pytest.approx(0.85, abs=0.01)
    assert np.abs(drawn - 0.85).max() < 0.05
    says("above 0.9 for less than two of the six decades, and below 0.25 for nearly half")
    says("is flat, at about 0.85")


@pytest.mark.slow
def test_a_search_that_moves_at_the_border_ends_higher(notebook: Names) -> None:
    def best(shrink: float, seed: int) -> float:
        story = notebook["search"](notebook["misplaced"], shrink, seed=seed)
        return max(result["val"] for _, result, _ in story)

    moves, shrinks = (np.array([best(s, seed) for seed in range(12)]) for s in (1.0, 0.4))
    assert (moves >= shrinks - 1e-9).all()
    assert np.sum(moves > shrinks + 1e-9) == 9
    astray = (moves < 0.95) & (moves == shrinks)
    assert shrinks[astray] == pytest.approx([0.912, 0.943], abs=4e-3)
    says("With two of the twelve seeds", "shrank alike, and ended at 0.91 and 0.94")
    assert (moves.mean(), shrinks.mean()) == pytest.approx((0.957, 0.948), abs=2e-3)
    says("better accuracy nine times and never with the worse (0.957 against 0.948")


def test_the_two_searches_end_where_the_text_says(notebook: Names) -> None:
    ends = [story[-1][1]["params"]["learning_rate"] for story in notebook["stories"].values()]
    assert ends == pytest.approx([0.56, 0.24], abs=0.005)
    assert notebook["stories"]["moves at the border"][1][2]
    says("ends at a rate of 0.56, the one that always shrinks at 0.24")


def test_the_best_of_many_is_lucky(notebook: Names) -> None:
    assert len(notebook["untrained"]) == 288
    assert notebook["untrained"].mean() == pytest.approx(0.1, abs=0.005)
    assert notebook["lucky"][40] == pytest.approx(0.2, abs=0.01)
    says("288 runs with a rate below 0.001", "about 20 % of the cases")


def test_five_turns_are_steadier_than_one(notebook: Names) -> None:
    once, turns = np.array(notebook["once"]), np.array(notebook["in_turns"])
    assert turns.std() < 0.5 * once.std()
    assert abs(turns.mean() - once.mean()) < 0.04
    says("The same accuracy on average, with much less spread")


def test_folds_of_sorted_data_are_useless(notebook: Names) -> None:
    assert max(notebook["sorted_scores"]) < 0.6
    assert min(notebook["mixed_scores"]) > 0.88


def test_the_winner_is_worth_about_as_much_on_the_test_set(notebook: Names) -> None:
    assert notebook["on_val"] < notebook["winner"]["val"]
    assert notebook["on_test"] == pytest.approx(0.945, abs=0.015)
