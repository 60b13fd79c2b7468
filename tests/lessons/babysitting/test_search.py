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
    assert max(notebook["reached"]["Latin layout"]) > 0.9
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


PLACES = {
    # in the order of PLANS: grid on the ends, grid of cell centres, random, Latin
    (12, 9): (0.52, 0.63, 0.85, 0.944),
    (12, 25): (0.86, 0.93, 0.95, 0.957),
    (4, 9): (0.944, 0.957, 0.955, 0.958),
    (1, 9): (0.962, 0.958, 0.960, 0.960),
}


def test_distinct_values_win_where_the_box_is_wide(notebook: Names) -> None:
    for key, expected in PLACES.items():
        means = [values.mean() for values in notebook["results"][key].values()]
        assert means == pytest.approx(expected, abs=0.03 if key == (12, 9) else 0.01), key
    says("about 0.85 against 0.63, or 0.52 on the box's ends", "just as clearly, with 0.94")
    says("the order is the same and the distances are smaller: 0.86, 0.93, 0.95, 0.96")


@pytest.mark.nightly
def test_the_contest_does_not_depend_on_the_seed(notebook: Names) -> None:
    for seed in range(1, 7):

        def means(decades: int, per_axis: int, seed: int = seed) -> list[float]:
            found = notebook["contest"](notebook["PLANS"], decades, per_axis, seed=seed)
            return [float(values.mean()) for values in found.values()]

        wide = means(12, 3)
        assert wide == pytest.approx(PLACES[12, 9], abs=0.03)
        assert wide == sorted(wide)
        many = means(12, 5)
        assert many == pytest.approx(PLACES[12, 25], abs=0.012)
        assert many == sorted(many)
        four = means(4, 3)
        assert min(four[1:]) - four[0] == pytest.approx(0.011, abs=0.004)
        assert max(four[1:]) - min(four[1:]) < 0.005
        assert np.ptp(means(1, 3)) < 0.005
    says("six repetitions of the contest stay within 0.03 of that")
    says("only the grid on the ends is behind, by a point")
    says("all four are within half a point of each other")


def test_distinct_projections_help_and_chance_does_not(notebook: Names) -> None:
    """The two by two table, over other seeds: rows are chance, columns the number of rates."""
    plans = {
        **notebook["PLANS"],
        "tilted": notebook["tilted_grid"],
        "crossed": notebook["crossed_random"],
    }
    for seed in range(1, 7):
        found = notebook["contest"](plans, 12, 3, seed=seed, searches=600)
        means = {name: values.mean() for name, values in found.items()}
        assert means["tilted"] == pytest.approx(0.95, abs=0.005)
        assert means["tilted"] > means["Latin"] > means["random"] + 0.05
        assert means["crossed"] == pytest.approx(0.58, abs=0.04)
        assert max(means["crossed"], means["grid, centres"]) < means["random"] - 0.15
    says("does best of all: 0.95", "are no better than a grid: 0.58")


def test_plans_try_as_many_values_as_the_text_says(notebook: Names) -> None:
    box = {"learning_rate": (1e-3, 1e3, "log"), "reg": (1e-8, 1e-4, "log")}
    rng = np.random.default_rng(3)
    for plan, count in (
        (notebook["tilted_grid"], 9),
        (notebook["crossed_random"], 3),
        (notebook["PLANS"]["grid, centres"], 3),
        (notebook["PLANS"]["Latin"], 9),
    ):
        trials = plan(3, box, rng)
        assert len(trials) == 9
        for name, (low, high, _) in box.items():
            values = np.array([trial[name] for trial in trials])
            assert len(np.unique(values.round(12))) == count
            assert low < values.min() < values.max() < high
    says("no two of its trials share a rate or a strength", "only three rates and three strengths")


def test_nine_draws_leave_three_of_nine_cells_empty() -> None:
    assert pytest.approx(3.1, abs=0.02) == 9 * (1 - 1 / 9) ** 9
    says("on average, three of the cells stay empty")


def test_a_grid_gambles_on_its_place_and_the_others_hardly_mind(notebook: Names) -> None:
    by_place = {name: np.array(values) for name, values in notebook["by_place"].items()}
    grid, centres, drawn, latin = by_place.values()
    middles = notebook["middles"]
    assert grid.max() == pytest.approx(0.963, abs=0.01)
    assert np.ptp(middles[grid > 0.9]) == pytest.approx(1.65, abs=0.2)
    assert np.mean(grid < 0.25) == pytest.approx(0.44, abs=0.06)
    assert grid[np.abs(middles - 0.5).argmin()] > latin.max()
    assert grid[np.abs(middles - 2).argmin()] < 0.25
    assert centres.min() < 0.25
    assert np.mean(centres < 0.25) < np.mean(grid < 0.25) / 2
    assert np.abs(drawn - 0.85).max() < 0.07
    assert np.abs(latin - 0.94).max() < 0.03
    says("above 0.9 for less than two of the six decades, and below 0.25 for nearly half")
    says("with the middle column at $10^{0.5}$ it wins, at $10^2$ it finds nothing")
    says("layout's curve is flat, at about 0.85, the Latin layout's flat at about 0.94")
    says("its gaps are narrower, and as deep")


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_five_turns_are_steadier_than_one(notebook: Names) -> None:
    """Five other sets of thirty draws."""
    pictures, k_fold, try_out = (notebook[name] for name in ("pictures", "k_fold", "try_out"))
    for first in range(100, 250, 30):
        scores = []
        for seed in range(first, first + 30):
            rows = np.random.default_rng(seed).permutation(len(pictures.X_train))[:125]
            folds = k_fold(pictures.X_train[rows], pictures.y_train[rows], 5)
            scores.append([try_out(f, 0.5, 1e-6, epochs=10, seed=seed) for f in folds])
        once, turns = np.array(scores)[:, 0], np.mean(scores, axis=1)
        assert 0.055 < once.std() < 0.115
        assert 0.025 < turns.std() < 0.055
        assert 0.3 < turns.std() / once.std() < 0.65
        assert abs(turns.mean() - once.mean()) < 0.04
    assert np.std(notebook["once"]) == pytest.approx(0.1, abs=0.01)
    says("gives accuracies with a standard deviation of about 0.1")
    says("about half the spread: 0.03 to 0.05 instead of 0.06 to 0.11, over five other sets")


def test_folds_of_sorted_data_are_useless(notebook: Names) -> None:
    assert max(notebook["sorted_scores"]) < 0.6
    assert min(notebook["mixed_scores"]) > 0.88


def test_the_winner_is_worth_about_as_much_on_the_test_set(notebook: Names) -> None:
    assert notebook["on_val"] < notebook["winner"]["val"]
    assert notebook["on_test"] == pytest.approx(0.945, abs=0.015)
