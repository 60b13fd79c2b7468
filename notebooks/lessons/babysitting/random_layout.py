"""Where to try: at random places.

A layout is judged by its statistics: 200 trials, and bounds that an honest draw misses less than
once in a hundred thousand. All ranges are as wide as each other and lie far apart from secret to
secret, so a layout that was drawn for other ranges belongs to none of them.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import search

# --- probes ---------------------------------------------------------------------------------------


def random_points(random_layout, n, ranges, seed):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}
    trials = random_layout(n, given, np.random.default_rng(seed))
    if not isinstance(trials, list) or not all(isinstance(trial, dict) for trial in trials):
        raise TypeError("random_layout must return a list of trials, each a dict {name: value}")
    return {name: np.array([float(trial[name]) for trial in trials]) for name in given}


def drawn_again(random_layout, n, ranges, seed):
    given = {name: (float(r[0]), float(r[1]), str(r[2])) for name, r in ranges.items()}

    def values(seed):
        trials = random_layout(n, given, np.random.default_rng(seed))
        return np.array([[float(trial[name]) for trial in trials] for name in given])

    return {"first": values(seed), "same seed": values(seed), "other seed": values(seed + 1)}


# --- inputs ---------------------------------------------------------------------------------------


def many(rng):
    """One range on a log scale, and three on linear scales, whose ends differ by a factor of 20:
    logarithms of such a range are far from evenly spread."""
    ranges = {"learning_rate": [10 ** rng.uniform(-9, -4), "log"]}
    for name in ("momentum", "keep", "dropout"):
        ranges[name] = [10 ** rng.uniform(-6, 6), "linear"]
    factors = {"log": 200, "linear": 20}
    ranges = {name: [low, low * factors[scale], scale] for name, (low, scale) in ranges.items()}
    return {"n": 200, "ranges": ranges, "seed": int(rng.integers(1, 10**6))}


def a_few(rng):
    return {**many(rng), "n": 20}


# --- properties -----------------------------------------------------------------------------------


def within_ranges(inputs, values):
    for name, (low, high, _) in inputs["ranges"].items():
        if values[name].shape != (inputs["n"],):
            return f"There must be n trials, each with a value for `{name}`."
        if not np.isfinite(values[name]).all() or values[name].min() <= 0:
            return f"A value of `{name}` is negative, 0 or not a number."
        if values[name].min() < low * (1 - 1e-9):
            return f"A value of `{name}` is below its range."
        if values[name].max() > high * (1 + 1e-9):
            return f"A value of `{name}` is above its range."
    return ""


def log_uniform(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "log":
            if values[name].min() <= 0:
                return f"`{name}` must be positive: it is on a log scale."
            share = np.log(np.sort(values[name]) / low) / np.log(high / low)
            off = share - (np.arange(len(share)) + 0.5) / len(share)
            if np.abs(off).max() > 0.18:
                end = "upper" if off.max() > -off.min() else "lower"
                return f"Too many values of `{name}` are near the {end} end of its log scale."
        elif max(low - values[name].min(), values[name].max() - high) > 1e-9 * high:
            return f"A value of `{name}` is outside of its range."
    return ""


def evenly_linear(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        if scale == "linear":
            share = (np.sort(values[name]) - low) / (high - low)
            off = share - (np.arange(len(share)) + 0.5) / len(share)
            if np.abs(off).max() > 0.18:
                return f"The values of `{name}` are not spread evenly over its linear scale."
    return ""


def all_different(inputs, values):
    for name, (low, high, scale) in inputs["ranges"].items():
        off = max(low - values[name].min(), values[name].max() - high)
        if scale == "linear" and off > 1e-9 * high:
            return f"A value of `{name}` is outside of its range."
        different = len(np.unique(values[name]))
        if different == 1:
            return f"All trials have the same value of `{name}`."
        if different < inputs["n"]:
            return f"Some trials share a value of `{name}`: n trials should try n values of it."
    return ""


def drawn_apart(inputs, values):
    columns = []
    for name, (low, high, scale) in inputs["ranges"].items():
        off = max(low - values[name].min(), values[name].max() - high)
        if scale == "linear" and off > 1e-9 * high:
            return f"A value of `{name}` is outside of its range."
        columns.append(np.argsort(np.argsort(values[name])))
    for i in range(len(columns)):
        for j in range(i):
            if np.std(columns[i]) and abs(np.corrcoef(columns[i], columns[j])[0, 1]) > 0.4:
                return "Two parameters rise and fall together: each must be drawn by itself."
    return ""


def from_the_generator(inputs, values):
    for name, row in zip(inputs["ranges"], values["first"], strict=True):
        low, high, scale = inputs["ranges"][name]
        if scale == "linear" and max(low - row.min(), row.max() - high) > 1e-9 * high:
            return f"A value of `{name}` is outside of its range."
    if not np.array_equal(values["first"], values["same seed"]):
        return "A generator in the same state gave another layout: draw from `rng` only."
    if np.array_equal(values["first"], values["other seed"]):
        return "A generator in another state gave the same layout: draw from `rng`."
    return ""


# --- other right answers --------------------------------------------------------------------------


def parameter_by_parameter(n, ranges, rng):
    columns = {}
    for name, (low, high, scale) in ranges.items():
        u = rng.random(n)
        columns[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return [{name: values[i] for name, values in columns.items()} for i in range(n)]


def powers_of_ten(n, ranges, rng):
    layout = []
    for _ in range(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            if scale == "log":
                trial[name] = 10 ** rng.uniform(np.log10(low), np.log10(high))
            else:
                trial[name] = rng.uniform(low, high)
        layout.append(trial)
    return layout


def stratified(n, ranges, rng):
    layout: list[dict] = [{} for _ in range(n)]
    for name, (low, high, scale) in ranges.items():
        for trial, u in zip(layout, (rng.permutation(n) + rng.random(n)) / n, strict=True):
            trial[name] = low * (high / low) ** u if scale == "log" else low + u * (high - low)
    return layout


# --- wrong answers --------------------------------------------------------------------------------


def grid_in_disguise(n, ranges, rng):
    axes = {}
    for name, (low, high, scale) in ranges.items():
        axes[name] = (np.geomspace if scale == "log" else np.linspace)(low, high, 14)
    return [{name: float(rng.choice(axis)) for name, axis in axes.items()} for _ in range(n)]


def one_draw_for_all_parameters(n, ranges, rng):
    layout = []
    for u in rng.random(n):
        trial = {}
        for name, (low, high, scale) in ranges.items():
            trial[name] = low * (high / low) ** u if scale == "log" else low + u * (high - low)
        layout.append(trial)
    return layout


def one_draw_for_all_trials(n, ranges, rng):
    return powers_of_ten(1, ranges, rng) * n


def generator_of_its_own(n, ranges, rng):
    return powers_of_ten(n, ranges, np.random.default_rng(231))


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
DRAW = "np.exp(rng.uniform(np.log(low), np.log(high)))"

random_layout = Exercise(
    name="random_layout",
    slide="Random Layout",
    answers=functions(search.random_layout),
    tests=[
        Test("n trials within the ranges", random_points, many, holds=within_ranges),
        Test(
            "log scale: every factor is as likely", random_points, many, points=2, holds=log_uniform
        ),
        Test("linear scale", random_points, many, holds=evenly_linear),
        Test("n trials see n values of each parameter", random_points, many, holds=all_different),
        Test("parameters are drawn apart", random_points, many, holds=drawn_apart),
        Test("draws from rng", drawn_again, a_few, holds=from_the_generator),
    ],
    mistakes=[
        Mistake(
            "uniform in linear space",
            "You draw rates uniformly between the two ends. Nine of ten trials then fall into the "
            "uppermost factor of ten, and the decades below are hardly tried at all. On a log "
            "scale each decade deserves as many.",
            edit(search.random_layout, (DRAW, "rng.uniform(low, high)")),
        ),
        Mistake(
            "logarithmic everywhere",
            "You draw the parameters on linear scales logarithmically too: they crowd at their "
            "lower end. Each range says its own scale.",
            edit(search.random_layout, ('scale == "log"', "scale")),
        ),
        Mistake(
            "a grid in disguise",
            "You pick at random among a few fixed values. That is a grid with holes: n trials "
            "still try only a handful of values of each parameter. Draw from the whole range.",
            {"random_layout": grid_in_disguise},
        ),
        Mistake(
            "one draw for all parameters",
            "Within a trial all your parameters sit at the same place of their ranges: the trials "
            "lie on a diagonal. Each parameter needs a draw of its own.",
            {"random_layout": one_draw_for_all_parameters},
        ),
        Mistake(
            "one draw for all trials",
            "All your trials are the same one. Either you draw only once, or you fill ONE "
            "dictionary again and again and put it into the list n times.",
            {"random_layout": one_draw_for_all_trials},
        ),
        Mistake(
            "the logarithm is not undone",
            "Your log-scale values are negative: they are logarithms. You drew the exponent "
            "rightly; now turn it back into a rate.",
            edit(search.random_layout, (DRAW, "rng.uniform(np.log(low), np.log(high))")),
        ),
        Mistake(
            "the ends taken for exponents",
            "You raise 10 to a number between low and high. The ends of the range are rates "
            "already, not exponents of 10: so you land far above the range.",
            edit(search.random_layout, (DRAW, "10 ** rng.uniform(low, high)")),
        ),
        Mistake(
            "ten to the power of a natural logarithm",
            "You mix two logarithms: the natural one on the way in, powers of ten on the way back. "
            "So your rates span more than twice as many decades as the range.",
            edit(search.random_layout, (DRAW, "10 ** rng.uniform(np.log(low), np.log(high))")),
        ),
        Mistake(
            "e to the power of a decimal logarithm",
            "You mix two logarithms: the decimal one on the way in, powers of e on the way back. "
            "So your rates span fewer than half of the range's decades, in the wrong place.",
            edit(
                search.random_layout, (DRAW, "np.exp(rng.uniform(np.log10(low), np.log10(high)))")
            ),
        ),
        Mistake(
            "a generator of its own",
            "Your layout does not depend on `rng`. A generator with a fixed seed inside gives the "
            "same 'random' layout to everybody, every time; an unseeded one can never be repeated.",
            {"random_layout": generator_of_its_own},
        ),
    ],
    styles=[
        Style("parameter by parameter", {"random_layout": parameter_by_parameter}),
        Style("powers of ten", {"random_layout": powers_of_ten}),
        Style("stratified (Latin hypercube)", {"random_layout": stratified}),
    ],
)
