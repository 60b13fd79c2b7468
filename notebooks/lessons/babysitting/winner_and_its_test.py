"""What a search reports of its winner, and what that winner is worth.

No two runs have the same accuracy, so it does not matter which one wins at a tie.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

# --- probe ----------------------------------------------------------------------------------------


def winners(winner_and_its_test, val, test, searches):
    chosen, measured = winner_and_its_test(val, test, searches)
    return {"the winners on validation": chosen, "the winners on test": measured}


# --- inputs ---------------------------------------------------------------------------------------


def runs(rng, count, searches, size):
    """Accuracies that differ from each other by a thousandth and more, and `searches` of `size`.

    The best runs by validation and by test are others, in every search.
    """
    places = rng.permutation(count)
    val = 0.6 + 0.3 * (places + rng.uniform(0.2, 0.8, count)) / count
    turned = (places + count // 2) % count
    test = 0.5 + 0.3 * (turned + rng.uniform(0.2, 0.8, count)) / count
    rows = np.array([rng.permutation(count)[:size] for _ in range(searches)])
    return {"val": val, "test": test, "searches": rows}


def some_searches(rng):
    while True:
        inputs = runs(rng, 30, 12, 6)
        tried = inputs["searches"]
        by_val = inputs["val"][tried].argmax(axis=1)
        if (by_val != inputs["test"][tried].argmax(axis=1)).all():
            return inputs


def some_blew_up(rng):
    """Six of the runs that were tried and won nowhere have no accuracy."""
    inputs = some_searches(rng)
    rows = inputs["searches"]
    winners = {int(row[inputs["val"][row].argmax()]) for row in rows}
    losers = [int(run) for run in np.unique(rows) if run not in winners]
    inputs["val"][rng.permutation(losers)[:6]] = float("nan")
    return inputs


def one_run_each(rng):
    return runs(rng, 20, 9, 1)


# --- other right answers --------------------------------------------------------------------------


def search_by_search(val, test, searches):
    reported, worth = [], []
    for row in searches:
        winner = max((run for run in row if not np.isnan(val[run])), key=lambda run: val[run])
        reported.append(val[winner])
        worth.append(test[winner])
    return np.array(reported), np.array(worth)


def taken_along_the_axis(val, test, searches):
    tried = np.where(np.isnan(val), -1.0, val)[searches]
    place = tried.argmax(axis=1)[:, None]
    best = np.take_along_axis(searches, place, axis=1).ravel()
    return tried.max(axis=1), test[best]


def sorted_runs(val, test, searches):
    reported, worth = np.zeros(len(searches)), np.zeros(len(searches))
    for number, row in enumerate(searches):
        pairs = sorted((val[run], test[run]) for run in row if val[run] == val[run])
        reported[number], worth[number] = pairs[-1]
    return reported, worth


def tables_of_both(val, test, searches):
    vals, tests = val[searches], test[searches]
    is_winner = vals == np.nanmax(vals, axis=1, keepdims=True)
    return vals[is_winner], tests[is_winner]


# --- wrong answers --------------------------------------------------------------------------------


def chosen_on_the_test_set(val, test, searches):
    tried = np.where(np.isnan(val), -1.0, test)[searches]
    winner = searches[np.arange(len(searches)), tried.argmax(axis=1)]
    return val[winner], test[winner]


def best_of_each_column(val, test, searches):
    tried = np.where(np.isnan(val), -1.0, test)[searches]
    return np.nanmax(val[searches], axis=1), tried.max(axis=1)


def means(val, test, searches):
    return np.nanmean(val[searches], axis=1), test[searches].mean(axis=1)


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
PLACES = "np.nanargmax(val[searches], axis=1)"
WINNERS = "searches[np.arange(len(searches)), places]"

winner_and_its_test = Exercise(
    name="winner_and_its_test",
    slide="Cross-validation",
    answers=functions(search.winner_and_its_test),
    tests=[
        Test(
            "twelve searches of six runs",
            winners,
            some_searches,
            points=2,
            untouched=["val", "test", "searches"],
        ),
        Test("some runs blew up: their accuracy is nan", winners, some_blew_up),
        Test("searches that tried one run", winners, one_run_each),
    ],
    mistakes=[
        Mistake(
            "chosen on the test set",
            "You let the TEST accuracy choose. Then it is the test accuracy that is too high, and "
            "nothing independent is left to measure the winner with.",
            {"winner_and_its_test": chosen_on_the_test_set},
        ),
        Mistake(
            "the best test accuracy of the search",
            "Your test accuracy is the highest of the search, and belongs to another run than "
            "your validation accuracy. One run wins; both numbers are that run's.",
            {"winner_and_its_test": best_of_each_column},
        ),
        Mistake(
            "the place taken for the run",
            "You use the winner's place within its search as if it were the number of a run. "
            "The run that stands at that place is written in `searches`.",
            edit(search.winner_and_its_test, (WINNERS, "places")),
        ),
        Mistake(
            "one winner for all searches",
            "You report the best of ALL runs, for each search. A search knows only the runs that "
            "it tried.",
            edit(
                search.winner_and_its_test,
                (PLACES, "np.zeros(len(searches), dtype=int)"),
                (WINNERS, "np.full(len(searches), np.nanargmax(val))"),
            ),
        ),
        Mistake(
            "nan wins",
            "Where a run blew up, its nan wins: `np.argmax` and `max` cannot be trusted with nan "
            "among the numbers.",
            edit(search.winner_and_its_test, ("np.nanargmax", "np.argmax")),
        ),
        Mistake(
            "the worst run",
            "Your winners are the runs with the LOWEST validation accuracy.",
            edit(search.winner_and_its_test, ("np.nanargmax", "np.nanargmin")),
        ),
        Mistake(
            "the mean of the search",
            "You average over the runs of each search. A search does not report its mean: it "
            "reports its best run.",
            {"winner_and_its_test": means},
        ),
        Mistake(
            "the two results exchanged",
            "You return the test accuracies first. The order is: validation, then test.",
            edit(
                search.winner_and_its_test,
                ("val[winners], test[winners]", "test[winners], val[winners]"),
            ),
        ),
        Mistake(
            "one number for all searches",
            "You return one number for all searches together. What is asked for are two arrays, "
            "with one entry for each search; the caller may average them.",
            edit(
                search.winner_and_its_test,
                ("val[winners], test[winners]", "val[winners].mean(), test[winners].mean()"),
            ),
        ),
        Mistake(
            "the wrong axis",
            "You look for the best run down the columns. Each ROW of `searches` is one search.",
            edit(
                search.winner_and_its_test,
                (PLACES, "np.nanargmax(val[searches], axis=0)"),
                ("np.arange(len(searches)), places", "places, np.arange(searches.shape[1])"),
            ),
        ),
    ],
    styles=[
        Style("search by search", {"winner_and_its_test": search_by_search}),
        Style("taken along the axis", {"winner_and_its_test": taken_along_the_axis}),
        Style("sorted runs", {"winner_and_its_test": sorted_runs}),
        Style("tables of both, and a mask", {"winner_and_its_test": tables_of_both}),
    ],
)
