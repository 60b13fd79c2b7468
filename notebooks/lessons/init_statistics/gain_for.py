"""Theory put to use: the gain at which a signal settles at the level that one wants."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import propagation

# --- probes ---------------------------------------------------------------------------------------


def gains_of_levels(gain_for, heights, scales, shares):
    """Curves that flatten, as the signal of tanh layers does."""
    gains = []
    for height, scale, share in zip(heights, scales, shares, strict=True):

        def predict(gain, height=height, scale=scale):
            return float(height * (1 - np.exp(-gain / scale)))

        lowest, highest = predict(1.0), predict(10.0)
        gains.append(float(gain_for(predict, lowest + share * (highest - lowest))))
    return {"gain": np.array(gains)}


# --- inputs ---------------------------------------------------------------------------------------


def levels_between(rng):
    """Signals from 0.01 to 100, whose gains lie between 2.4 and 8, where all searches look."""
    return {
        "heights": 10.0 ** (rng.permutation(6) * 0.8 - 2) * rng.uniform(0.9, 1.1, 6),
        "scales": rng.uniform(2.5, 4.0, 6),
        "shares": rng.permutation(np.array([0.48, 0.56, 0.64, 0.72, 0.8, 0.88]))
        + rng.uniform(-0.02, 0.02, 6),
    }


def levels_near_the_ends(rng):
    return {
        "heights": rng.uniform(0.5, 2.0, 4),
        "scales": rng.uniform(2.5, 4.0, 4),
        "shares": rng.uniform(0.002, 0.01, 4) + np.array([0.0, 0.985, 0.0, 0.985]),
    }


# --- other right answers --------------------------------------------------------------------------


def recursive(predict, level, low=1.0, high=10.0):
    middle = (low + high) / 2
    if high - low < 1e-9:
        return middle
    below = predict(middle) < level
    return recursive(predict, level, *((middle, high) if below else (low, middle)))


def magnified(predict, level):
    """A grid of ten points between the two neighbours of the level, again and again."""
    low, high = 1, 10
    for _ in range(9):
        points = np.linspace(low, high, 11)
        above = max(1, int(np.searchsorted([predict(point) for point in points], level)))
        low, high = points[above - 1], points[above]
    return low


def illinois(predict, level):
    """Straight lines between the ends, with the end that stays weighed less each time."""
    a, b = 1.0, 10.0
    fa, fb = predict(a) - level, predict(b) - level
    for _ in range(60):
        if fa == fb:
            break
        c = b - fb * (b - a) / (fb - fa)
        fc = predict(c) - level
        if fc * fb <= 0:
            a, fa = b, fb
        else:
            fa /= 2
        b, fb = c, fc
    return b


def until_it_fits(predict, level):
    low, high = 1.0, 10.0
    while high - low > 1e-8:
        guess = low + 0.5 * (high - low)
        if predict(guess) > level:
            high = guess
        else:
            low = guess
    return np.float64(high)


# --- wrong answers --------------------------------------------------------------------------------

COMPARE = "if predict(middle) < level:"
RETURN = "return middle"


def nearest_of_a_grid(predict, level):
    grid = np.linspace(1, 10, 100)
    return grid[np.argmin([abs(predict(gain) - level) for gain in grid])]


def up_to_five(predict, level):
    low, high = 1.0, 5.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if predict(middle) < level else (low, middle)
    return middle


def near_in_level(predict, level):
    low, high = 1.0, 10.0
    middle = (low + high) / 2
    while abs(predict(middle) - level) > 1e-2:
        low, high = (middle, high) if predict(middle) < level else (low, middle)
        middle = (low + high) / 2
    return middle


# --- the exercise ---------------------------------------------------------------------------------

gain_for = Exercise(
    name="gain_for",
    slide="Weight Initialization: Xavier initialization",
    answers=functions(propagation.gain_for),
    tests=[
        Test(
            "gains amid the range, signals from 0.01 to 100",
            gains_of_levels,
            levels_between,
            points=2,
            rtol=1e-5,
        ),
        Test(
            "gains close to 1 and close to 10", gains_of_levels, levels_near_the_ends, rtol=1e-5
        ),
    ],
    mistakes=[
        Mistake(
            "the wrong half",
            "Your search runs to an end of the range. Each time it keeps the half in which the "
            "level does not lie.",
            edit(propagation.gain_for, (COMPARE, "if predict(middle) > level:")),
        ),
        Mistake(
            "one end never moves",
            "Your search moves the lower end only. When the middle gives too much, which end has "
            "to come nearer?",
            edit(propagation.gain_for, ("            high = middle", "            pass")),
        ),
        Mistake(
            "level instead of gain",
            "You return a level. What is asked for is the gain that leads to it.",
            edit(propagation.gain_for, (RETURN, "return predict(middle)")),
        ),
        Mistake(
            "root of the gain",
            "You return the root: a factor of the standard deviation, which PyTorch calls gain. "
            "In this notebook gain is the factor of the variance.",
            edit(propagation.gain_for, (RETURN, "return middle**0.5")),
            elsewhere=True,
        ),
        Mistake(
            "compares squares",
            "You compare the SQUARE of what `predict` gives with the level. Both are standard "
            "deviations already.",
            edit(propagation.gain_for, (COMPARE, "if predict(middle) ** 2 < level:")),
        ),
        Mistake(
            "nearest of a grid",
            "You take the nearest of some fixed gains. It is close; how would you get from there "
            "to six digits?",
            {"gain_for": nearest_of_a_grid},
        ),
        Mistake(
            "too few halvings",
            "Right in principle, but you stop too early: each halving gives one more binary digit, "
            "and a decimal digit costs between three and four of them.",
            edit(propagation.gain_for, ("range(50)", "range(10)")),
        ),
        Mistake(
            "stops by the level",
            "You stop as soon as the level is met to a fixed accuracy. Where the curve is flat, or "
            "the signal small, many gains meet it. What is to be known to six digits?",
            {"gain_for": near_in_level},
        ),
        Mistake(
            "looks up to 5",
            "Your search ends below the largest gain that was asked for: the range is from 1 to "
            "10.",
            {"gain_for": up_to_five},
        ),
    ],
    styles=[
        Style("recursive", {"gain_for": recursive}),
        Style("a grid, magnified", {"gain_for": magnified}),
        Style("Illinois", {"gain_for": illinois}),
        Style("until the range is small", {"gain_for": until_it_fits}),
    ],
)
