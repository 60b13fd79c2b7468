"""The constants that let two decays end at the same rate."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

# --- probe ----------------------------------------------------------------------------------------


def constants(decay_constants, fractions, steps):
    pairs = []
    for fraction, n in zip(fractions, steps, strict=True):
        k_exponential, k_inverse = decay_constants(float(fraction), int(n))
        pairs.append([float(k_exponential), float(k_inverse)])
    return {
        "k of exponential decay": [pair[0] for pair in pairs],
        "k of 1/t decay": [pair[1] for pair in pairs],
    }


# --- inputs ---------------------------------------------------------------------------------------


def fractions_and_steps(rng):
    return {"fractions": rng.uniform(0.02, 0.4, 4), "steps": rng.integers(20, 1000, 4)}


def nearly_constant(rng):
    return {"fractions": np.r_[1.0, rng.uniform(0.6, 0.9, 3)], "steps": rng.integers(2, 50, 4)}


# --- other right answers --------------------------------------------------------------------------


def an_array(fraction, steps):
    return np.array([np.log(1 / fraction), 1 / fraction - 1]) / steps


def by_the_factor_per_step(fraction, steps):
    return -math.log(fraction ** (1 / steps)), (1 - fraction) / (fraction * steps)


def a_list(fraction, steps):
    exponential = (math.log(steps) - math.log(fraction * steps)) / steps
    return [exponential, np.float64(1 - fraction) / fraction / steps]


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
LOG = "-math.log(fraction) / steps"
RATIO = "(1 / fraction - 1) / steps"
BOTH = f"{LOG}, {RATIO}"

decay_constants = Exercise(
    name="decay_constants",
    slide="Learning rate decay over time! The k of the two formulas",
    answers=functions(schedules.decay_constants),
    tests=[
        Test("down to a small fraction", constants, fractions_and_steps, points=3),
        Test("down to most of it, or all of it", constants, nearly_constant),
    ],
    mistakes=[
        Mistake(
            "swapped",
            "These are the two constants, the other way round: first comes exponential decay's, "
            "then that of 1/t decay.",
            edit(schedules.decay_constants, (BOTH, f"{RATIO}, {LOG}")),
        ),
        Mistake(
            "negative exponential constant",
            "Your k for exponential decay is negative. The minus is in the formula already; the "
            "logarithm of a number below 1 brings another one.",
            edit(schedules.decay_constants, (LOG, "math.log(fraction) / steps")),
        ),
        Mistake(
            "logarithm to base ten",
            "For the exponential, this is a logarithm to base ten. The inverse of e to the power "
            "of something is the natural one, NumPy's `log`.",
            edit(schedules.decay_constants, (LOG, "-math.log10(fraction) / steps")),
        ),
        Mistake(
            "what went, not what is left",
            "You solved for a rate that has lost `fraction` of itself. Here it is what is *left*: "
            "with 0.01, a hundredth of the initial rate remains.",
            edit(
                schedules.decay_constants, (BOTH, BOTH.replace("fraction", "(1.000001 - fraction)"))
            ),
        ),
        Mistake(
            "the 1 of 1/t decay",
            "Your k of 1/t decay forgets the 1 in the denominator: the rate ends a bit lower than "
            "was asked, and a fraction of 1 does not give k = 0.",
            edit(schedules.decay_constants, (RATIO, "1 / fraction / steps")),
        ),
        Mistake(
            "1/t as a straight line",
            "Your k of 1/t decay is that of a rate which falls along a straight line. The rate is "
            "*divided* by the denominator: turn the equation upside down before you solve it.",
            edit(schedules.decay_constants, (RATIO, "(1 - fraction) / steps")),
        ),
        Mistake(
            "the same k for both",
            "You use the exponential's k for both. The two formulas fall differently, so to end "
            "at one rate they need different constants.",
            edit(schedules.decay_constants, (RATIO, LOG)),
        ),
        Mistake(
            "half-lives",
            "These constants leave one *half*, whatever `fraction` is asked for.",
            edit(schedules.decay_constants, (BOTH, "math.log(2) / steps, 1 / steps")),
        ),
        Mistake(
            "not per step",
            "You solved for the product k t and did not divide by the number of steps: such a k "
            "makes the whole decay happen in the first step.",
            edit(schedules.decay_constants, (BOTH, "-math.log(fraction), 1 / fraction - 1")),
        ),
    ],
    styles=[
        Style("an array", {"decay_constants": an_array}),
        Style("by the factor per step", {"decay_constants": by_the_factor_per_step}),
        Style("a list", {"decay_constants": a_list}),
    ],
)
