"""What 04_babysitting asks of layouts, of a narrower search and of folds, and with which inputs.

Layouts and folds may come in any order, and random ones are judged by their statistics: 200 trials,
and bounds that an honest draw misses less than once in a hundred thousand.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

# ----------------------------------------------------------------------------------------- probes


def grid_points(grid_layout, per_axis, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    trials = grid_layout(per_axis, given)
    if not isinstance(trials, list) or not all(isinstance(trial, dict) for trial in trials):
        raise TypeError("grid_layout must return a list of trials, each a dict {name: value}")
    table = np.array([[float(trial[name]) for name in given] for trial in trials])
    order = np.lexsort(np.round(table, 9).T)
    return {"trials, sorted": table[order]}


def random_points(random_layout, n, ranges, seed):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    trials = random_layout(n, given, np.random.default_rng(seed))
    if not isinstance(trials, list) or not all(isinstance(trial, dict) for trial in trials):
        raise TypeError("random_layout must return a list of trials, each a dict {name: value}")
    return {name: [float(trial[name]) for trial in trials] for name in given}


def drawn_again(random_layout, n, ranges, seed):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}

    def values(seed):
        trials = random_layout(n, given, np.random.default_rng(seed))
        return [float(trial[name]) for trial in trials for name in given]

    return {"first": values(seed), "same seed": values(seed), "other seed": values(seed + 1)}


def where_next(coarse_to_fine, results, ranges, more):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    narrower, _ = coarse_to_fine(results, given, **more)
    return {
        f"the new range of {name}": [float(narrower[name][0]), float(narrower[name][1])]
        for name in given
    }


def at_border(coarse_to_fine, searches, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    flags = []
    for results in searches:
        _, border = coarse_to_fine(results, given, shrink=0.5)
        flags.append([bool(border[name]) for name in given])
    return {"at the border": flags}


def scales_kept(coarse_to_fine, results, ranges):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    narrower, _ = coarse_to_fine(results, given)
    return {"scales": {name: str(narrower[name][2]) for name in given}}


def folds(k_fold, X, y, k):
    return {"folds": [[np.array(part) for part in fold] for fold in k_fold(X, y, k)]}


# -------------------------------------------------------------------------- properties of a layout


def within_ranges(inputs, values):
    for name, (low, high, _) in inputs["ranges"].items():
        found = np.asarray(values[name], dtype=float)
        if found.shape != (inputs["n"],):
            return f"There must be n trials, each with a value for `{name}`."
        if not np.isfinite(found).all() or found.min() <= 0:
            return f"A value of `{name}` is negative, 0 or not a number."
        width = np.ptp(np.log(found)) / np.log(high / low)
        where = "below" if found.min() < low * (1 - 1e-9) else ""
        where = where or ("above" if found.max() > high * (1 + 1e-9) else "")
        if where and width > 1.5:
            return f"The values of `{name}` span far more decades than its range."
        if where == "above" and found.min() >= 1 > high:
            return f"The values of `{name}` are above its range: none is less than 1."
        if where and width < 0.6:
            return f"Values of `{name}` are {where} its range, and span far fewer decades."
        if where:
            return f"A value of `{name}` is {where} its range."
    return ""


def log_uniform(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "log":
            found = np.sort(np.asarray(values[name], dtype=float))
            if found.min() <= 0:
                return f"`{name}` must be positive: it is on a log scale."
            share = np.log(found / low) / np.log(high / low)
            off = share - (np.arange(len(share)) + 0.5) / len(share)
            if np.abs(off).max() > 0.18 and 1 < len(np.unique(found)) < len(found) / 4:
                return f"`{name}` has only a few values, and not all over its log scale."
            if off.max() > 0.18:
                return f"The values of `{name}` crowd at the upper end of its log scale."
            if off.min() < -0.18:
                return f"The values of `{name}` crowd at the lower end of its log scale."
    return ""


def evenly_linear(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "linear":
            share = (np.sort(np.asarray(values[name], dtype=float)) - low) / (high - low)
            off = share - (np.arange(len(share)) + 0.5) / len(share)
            if np.abs(off).max() > 0.18:
                return f"The values of `{name}` are not spread evenly over its linear scale."
    return ""


def all_different(inputs, values):
    for name in inputs["ranges"]:
        different = len(set(np.asarray(values[name], dtype=float).tolist()))
        if different == 1:
            return f"All trials have the same value of `{name}`."
        if different < inputs["n"]:
            return f"Some trials share a value of `{name}`: n trials should try n values of it."
    return ""


def drawn_apart(inputs, values):
    columns = [np.argsort(np.argsort(values[name])) for name in inputs["ranges"]]
    for i in range(len(columns)):
        for j in range(i):
            if np.std(columns[i]) and abs(np.corrcoef(columns[i], columns[j])[0, 1]) > 0.4:
                return "Two parameters rise and fall together: each must be drawn by itself."
    return ""


def from_the_generator(inputs, values):
    if not np.array_equal(values["first"], values["same seed"]):
        return "A generator in the same state gave another layout: draw from `rng` only."
    if np.array_equal(values["first"], values["other seed"]):
        return "A generator in another state gave the same layout: draw from `rng`."
    return ""


# ------------------------------------------------------------------------------ properties of folds


def cover_all(inputs, values):
    if len(values["folds"]) != inputs["k"]:
        return "There must be k folds."
    rows = np.concatenate([np.asarray(fold[2])[:, 0] for fold in values["folds"]])
    if len(set(rows.tolist())) < len(rows):
        return "Some row is in the validation part more than once."
    if not np.array_equal(np.sort(rows), np.sort(inputs["X"][:, 0])):
        return "Some row is never in a validation part."
    return ""


def train_is_the_rest(inputs, values):
    for fold in values["folds"]:
        train, held_out = set(fold[0][:, 0].tolist()), set(fold[2][:, 0].tolist())
        if train & held_out:
            return "Rows of the validation part are in the training part of the same fold."
        if train | held_out != set(inputs["X"][:, 0].tolist()):
            return "Training and validation part together are not all the data."
        if len(train) < len(held_out):
            return "The training part is the smaller one: the two are exchanged."
        if len(fold[0]) != len(train):
            return "A training part holds a row twice."
    return ""


def stay_paired(inputs, values):
    label = dict(zip(inputs["X"][:, 0].tolist(), inputs["y"].tolist(), strict=True))
    for X_train, y_train, X_val, y_val in values["folds"]:
        for X, y in ((X_train, y_train), (X_val, y_val)):
            if len(X) != len(y) or X.shape[1:] != inputs["X"].shape[1:]:
                return "A part's rows and labels do not fit."
            if [label[key] for key in X[:, 0].tolist()] != np.asarray(y).tolist():
                return "Some row has another row's label."
    return ""


def even_sizes(inputs, values):
    sizes = [len(fold[3]) for fold in values["folds"]]
    if sum(sizes) < len(inputs["y"]):
        return "Some rows are left over, and are never validated on."
    if max(sizes) - min(sizes) > 1:
        odd = "larger" if sizes[-1] > min(sizes) else "smaller" if sizes[-1] < max(sizes) else ""
        last = f" The last one is {odd} than others." if odd else ""
        return f"The validation parts' sizes differ by more than one row.{last}"
    return ""


# ----------------------------------------------------------------------------------------- inputs


def decades(rng, least, most):
    """A range of two to four decades that begins somewhere between 10^least and 10^most."""
    low = 10 ** rng.uniform(least, most)
    return [float(low), float(low * 10 ** rng.uniform(2, 4)), "log"]


def stretch(rng):
    low = rng.uniform(0.2, 1)
    return [float(low), float(low + rng.uniform(2, 5)), "linear"]


def one_log(rng):
    return {"per_axis": int(rng.integers(4, 8)), "ranges": {"learning_rate": decades(rng, -4, -2)}}


def one_linear(rng):
    return {"per_axis": int(rng.integers(4, 8)), "ranges": {"keep": stretch(rng)}}


def two_logs(rng):
    ranges = {"learning_rate": decades(rng, -4, -2), "reg": decades(rng, -8, -6)}
    return {"per_axis": 3, "ranges": ranges}


def three_axes(rng):
    ranges = {
        "reg": decades(rng, -3, -1),
        "keep": stretch(rng),
        "learning_rate": decades(rng, 0, 1),
    }
    return {"per_axis": 4, "ranges": ranges}


def many(rng):
    low = 10 ** rng.uniform(-4, -3)
    rate = [float(low), float(low * 10 ** rng.uniform(2, 2.5)), "log"]
    low = rng.uniform(0.1, 0.2)  # logarithms of this range are far from evenly spread
    ranges = {"learning_rate": rate, "keep": [low, low + rng.uniform(3, 5), "linear"]}
    return {"n": 200, "ranges": ranges, "seed": int(rng.integers(1, 10**6))}


def a_few(rng):
    return {**many(rng), "n": 5}


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
    asked = two_scales(rng)
    worst = np.argsort([result["val"] for result in asked["results"]])[:4]
    for i in worst:
        asked["results"][i]["val"] = float("nan")
    asked["results"].insert(0, asked["results"].pop(int(worst[0])))  # `max` goes by the first
    return {**asked, "more": {}}


def close_to_ends(rng):
    ranges = {"learning_rate": decades(rng, -3, -2), "keep": stretch(rng)}
    places = [rng.choice([0.02, 0.98]), rng.choice([0.02, 0.98])]
    return {"results": a_search(rng, ranges, places), "ranges": ranges, "more": {"shrink": 0.5}}


def borders(rng):
    ranges = {
        "learning_rate": [1e-4, 1.0, "log"],
        "keep": [1.0, 1.0 + 2 * rng.uniform(1, 2), "linear"],
    }
    places = [
        (0.5, 0.5),
        (0.03, 0.5),
        (0.96, 0.4),
        (0.4, 0.04),
        (0.6, 0.97),
        (0.2, 0.2),
        (0.8, 0.8),
    ]
    moved = [np.array(place) + rng.uniform(-0.02, 0.02, 2) for place in places]
    moved += [np.array(place) + rng.uniform(-0.002, 0.002, 2) for place in ((0.905, 0.895),)]
    moved += [1 - moved[-1]]
    return {"searches": [a_search(rng, ranges, place) for place in moved], "ranges": ranges}


def both_scales(rng):
    asked = two_scales(rng)
    return {"results": asked["results"], "ranges": asked["ranges"]}


def rows_in(k, count):
    def inputs(rng):
        X = np.stack([rng.permutation(1000)[:count] + 0.5, rng.normal(size=count)], axis=1)
        return {"X": X, "y": rng.permutation(count), "k": k}

    return inputs
