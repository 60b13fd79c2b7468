"""What to do with the results of a search: narrow the ranges, or move them."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

from .shared import decades, stretch

# --- probes ---------------------------------------------------------------------------------------


def where_next(coarse_to_fine, results, ranges, more):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    narrower, _ = coarse_to_fine(results, given, **more)
    return {
        f"the new range of {name}": [float(narrower[name][0]), float(narrower[name][1])]
        for name in given
    }


def at_border(coarse_to_fine, searches, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    borders = [coarse_to_fine(results, given, shrink=0.5)[1] for results in searches]
    return {
        f"{name} at the border": np.array([bool(border[name]) for border in borders])
        for name in given
    }


def scales_kept(coarse_to_fine, results, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    narrower, _ = coarse_to_fine(results, given)
    scales = [str(narrower[name][2]) for name in given]
    return {"on a log scale": np.array([["linear", "log"].index(scale) for scale in scales])}


# --- inputs ---------------------------------------------------------------------------------------


def a_search(rng, ranges, places):
    """Results of nine trials; the best by validation stands at `places` (shares of the ranges).

    The best by training and by test accuracy, and the worst by validation, are other trials.
    """
    val = rng.permutation(np.linspace(0.2, 0.8, 9))
    best = int(val.argmax())
    others = [i for i in range(9) if i != best]
    train, test = rng.uniform(0.3, 0.6, 9), rng.uniform(0.3, 0.6, 9)
    train[others[0]], test[others[1]] = 0.99, 0.9
    results = []
    for i in range(9):
        params = {}
        for (name, (low, high, scale)), place in zip(ranges.items(), places, strict=True):
            elsewhere = (place + 0.3 + 0.4 * rng.uniform()) % 1
            share = place if i == best else elsewhere
            if scale == "log":
                params[name] = float(low * (high / low) ** share)
            else:
                params[name] = float(low + share * (high - low))
        scores = {"train": float(train[i]), "val": float(val[i]), "test": float(test[i])}
        results.append({"params": params, **scores})
    return results


def inside(rng):
    ranges = {"learning_rate": decades(rng, -3, -2)}
    results = a_search(rng, ranges, rng.uniform(0.3, 0.7, 1))
    return {"results": results, "ranges": ranges, "more": {}}


def two_scales(rng):
    ranges = {"keep": stretch(rng), "learning_rate": decades(rng, -1, 0)}
    results = a_search(rng, ranges, rng.uniform(0.3, 0.7, 2))
    shrink = float(rng.uniform(0.4, 0.6))
    return {"results": results, "ranges": ranges, "more": {"shrink": shrink}}


def blown_up(rng):
    inputs = two_scales(rng)
    worst = np.argsort([result["val"] for result in inputs["results"]])[:4]
    for i in worst:
        inputs["results"][i]["val"] = float("nan")
    inputs["results"].insert(0, inputs["results"].pop(int(worst[0])))  # `max` goes by the first
    return {**inputs, "more": {}}


def close_to_ends(rng):
    ranges = {"learning_rate": decades(rng, -3, -2), "keep": stretch(rng)}
    places = [rng.choice([0.02, 0.98]), rng.choice([0.02, 0.98])]
    return {"results": a_search(rng, ranges, places), "ranges": ranges, "more": {"shrink": 0.5}}


def borders(rng):
    """In an order that is drawn, so that nobody can tell the flags without looking."""
    ranges = {
        "learning_rate": [1e-4, 1.0, "log"],
        "keep": [1.0, 1.0 + 2 * rng.uniform(1, 2), "linear"],
    }
    places = np.array(
        [(0.5, 0.5), (0.03, 0.5), (0.96, 0.4), (0.4, 0.04), (0.6, 0.97), (0.2, 0.2), (0.8, 0.8)]
    )
    places += rng.uniform(-0.02, 0.02, places.shape)
    close = np.array([0.905, 0.895]) + rng.uniform(-0.002, 0.002, 2)
    places = np.concatenate([places, [close, 1 - close]])
    places = rng.permutation(np.concatenate([places, places[:, ::-1]]))
    return {"searches": [a_search(rng, ranges, place) for place in places], "ranges": ranges}


def many_scales(rng):
    scales = rng.permutation(24) < 12
    ranges = {
        f"parameter {i}": decades(rng, -3, 0) if log else stretch(rng)
        for i, log in enumerate(scales)
    }
    return {"results": a_search(rng, ranges, rng.uniform(0.3, 0.7, 24)), "ranges": ranges}


# --- other right answers --------------------------------------------------------------------------


def factors_instead_of_logarithms(results, ranges, shrink=0.25):
    best = max((r for r in results if r["val"] == r["val"]), key=lambda r: r["val"])["params"]
    new, border = {}, {}
    for name, (low, high, scale) in ranges.items():
        value = best[name]
        if scale == "log":
            factor = (high / low) ** (shrink / 2)
            new[name] = (value / factor, value * factor, scale)
            share = np.log(value / low) / np.log(high / low)
        else:
            step = (high - low) * shrink / 2
            new[name] = (value - step, value + step, scale)
            share = (value - low) / (high - low)
        border[name] = share < 0.1 or share > 0.9
    return new, border


def sorted_trials(results, ranges, shrink=0.25):
    good = [r for r in results if not np.isnan(r["val"])]
    best = sorted(good, key=lambda r: -r["val"])[0]["params"]
    new, border = dict(ranges), dict.fromkeys(ranges, False)
    for name, (low, high, scale) in ranges.items():
        ends, at = np.array([low, high]), best[name]
        if scale == "log":
            ends, at = np.log10(ends), np.log10(at)
        around = at + np.array([-0.5, 0.5]) * shrink * np.ptp(ends)
        new[name] = [*(10**around if scale == "log" else around), scale]
        border[name] = np.abs(ends - at).min() < 0.1 * np.ptp(ends)
    return new, border


def remembers_the_best(results, ranges, shrink=0.25):
    highest, chosen = -1.0, None
    for result in results:
        if result["val"] > highest:
            highest, chosen = result["val"], result["params"]
    assert chosen is not None
    new, border = {}, {}
    for name, (low, high, scale) in ranges.items():
        a, b, c = low, high, chosen[name]
        if scale == "log":
            a, b, c = np.log([low, high, chosen[name]])
        left, right = c - shrink * (b - a) / 2, c + shrink * (b - a) / 2
        if scale == "log":
            left, right = np.exp(left), np.exp(right)
        new[name] = (left, right, scale)
        border[name] = bool(c - a < (b - a) / 10) or bool(b - c < (b - a) / 10)
    return new, border


# --- wrong answers --------------------------------------------------------------------------------


def cut_off_at_the_old_ends(results, ranges, shrink=0.25):
    new, border = search.coarse_to_fine(results, ranges, shrink)
    for name, (low, high, scale) in ranges.items():
        new[name] = (max(new[name][0], low), min(new[name][1], high), scale)
    return new, border


def border_on_the_wrong_scale(results, ranges, shrink=0.25):
    new, _ = search.coarse_to_fine(results, ranges, shrink)
    linear = {name: (low, high, "linear") for name, (low, high, _) in ranges.items()}
    return new, search.coarse_to_fine(results, linear)[1]


def sticking_out_taken_for_the_border(results, ranges, shrink=0.25):
    new, _ = search.coarse_to_fine(results, ranges, shrink)
    return new, {name: new[name][0] < r[0] or new[name][1] > r[1] for name, r in ranges.items()}


def scale_lost(results, ranges, shrink=0.25):
    new, border = search.coarse_to_fine(results, ranges, shrink)
    return {name: (low, high, "linear") for name, (low, high, _) in new.items()}, border


# --- the exercise ---------------------------------------------------------------------------------

coarse_to_fine = Exercise(
    name="coarse_to_fine",
    slide="Cross-validation",
    answers=functions(search.coarse_to_fine),
    tests=[
        Test("around the best trial, on a log scale", where_next, inside, atol=0),
        Test("two scales, another shrink", where_next, two_scales, points=2, atol=0),
        Test("trials that blew up have accuracy nan", where_next, blown_up, atol=0),
        Test(
            "a best trial near the end: the new range sticks out", where_next, close_to_ends, atol=0
        ),
        Test("says which best values are at the border", at_border, borders, points=2),
        Test("each range keeps its scale", scales_kept, many_scales),
    ],
    mistakes=[
        Mistake(
            "test data in the search",
            "You choose the trial with the best TEST accuracy. From then on the test set is a "
            "validation set, and nothing is left to measure your choice with.",
            edit(search.coarse_to_fine, ('float(result["val"])', 'float(result["test"])')),
        ),
        Mistake(
            "chosen by training accuracy",
            "You choose the trial with the best training accuracy. That one may have memorised "
            "its data. Which data were kept apart for choosing?",
            edit(search.coarse_to_fine, ('float(result["val"])', 'float(result["train"])')),
        ),
        Mistake(
            "the worst trial",
            "Your new range lies around the trial with the LOWEST accuracy.",
            edit(search.coarse_to_fine, ("np.nanargmax", "np.nanargmin")),
        ),
        Mistake(
            "nan wins",
            "Where a trial blew up, its nan is taken for the best accuracy: `np.argmax` and "
            "`max` cannot be trusted with nan among the numbers.",
            edit(search.coarse_to_fine, ("np.nanargmax", "np.argmax")),
        ),
        Mistake(
            "linear on a log scale",
            "You cut every range linearly. From 0.001 to 1 the lower end of your new range is then "
            "below zero as often as not. On a log scale, take logarithms, cut, and go back.",
            edit(
                search.coarse_to_fine,
                ('(np.log, np.exp) if scale == "log" else (float, float)', "(float, float)"),
            ),
        ),
        Mistake(
            "the logarithm is not undone",
            "Your new ends on the log scale are logarithms. You cut in the right place; now turn "
            "the two ends back into rates.",
            edit(search.coarse_to_fine, ("(np.log, np.exp)", "(np.log, float)")),
        ),
        Mistake(
            "twice as wide",
            "Your new range is twice as wide as it should be: `shrink` is the part of the whole "
            "width, not of the way to each side.",
            edit(search.coarse_to_fine, ("shrink * width / 2", "shrink * width")),
        ),
        Mistake(
            "shrink not used",
            "Your new range is a quarter of the old one whatever `shrink` says.",
            edit(search.coarse_to_fine, ("shrink * width / 2", "width / 8")),
        ),
        Mistake(
            "cut off at the old ends",
            "You cut the new range off at the ends of the old one. But when the best value lies at "
            "the end, better ones probably lie beyond it: let the range stick out.",
            {"coarse_to_fine": cut_off_at_the_old_ends},
        ),
        Mistake(
            "the border on the wrong scale",
            "You measure the way to the border in plain differences, on the log scale too. From "
            "0.0001 to 1 that makes every value below 0.1 a neighbour of the lower end.",
            {"coarse_to_fine": border_on_the_wrong_scale},
        ),
        Mistake(
            "sticking out taken for the border",
            "You report a border wherever the NEW range sticks out of the old one. That depends on "
            "`shrink`; being at the border depends on the old range alone: a tenth of its width.",
            {"coarse_to_fine": sticking_out_taken_for_the_border},
        ),
        Mistake(
            "lower border only",
            "You report the lower border only. A best value at the upper end is as suspicious.",
            edit(
                search.coarse_to_fine,
                ("min(middle - ends[0], ends[1] - middle)", "(middle - ends[0])"),
            ),
        ),
        Mistake(
            "upper border only",
            "You report the upper border only. A best value at the lower end is as suspicious.",
            edit(
                search.coarse_to_fine,
                ("min(middle - ends[0], ends[1] - middle)", "(ends[1] - middle)"),
            ),
        ),
        Mistake(
            "never at the border",
            "You never report a border. A best value at the edge of the searched range means that "
            "the range was in the wrong place: tell the caller.",
            edit(
                search.coarse_to_fine,
                ("bool(min(middle - ends[0], ends[1] - middle) < width / 10)", "False"),
            ),
        ),
        Mistake(
            "the flag upside down",
            "Your flag is True where the best value is well inside, and False at the border.",
            edit(search.coarse_to_fine, ("< width / 10", ">= width / 10")),
        ),
        Mistake(
            "the scale is lost",
            "Your new ranges all say 'linear'. The next round would draw the rates linearly.",
            {"coarse_to_fine": scale_lost},
        ),
    ],
    styles=[
        Style("factors instead of logarithms", {"coarse_to_fine": factors_instead_of_logarithms}),
        Style("sorted, powers of ten, lists", {"coarse_to_fine": sorted_trials}),
        Style("a loop that remembers the best", {"coarse_to_fine": remembers_the_best}),
    ],
)
