"""Exercise of notebook 06: the constants that let two decays end at the same rate."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import schedules

from . import schedules_probes as ask
from .schedules_styles import STYLES

__all__ = ["decay_constants"]


def constants(old, new):
    return edit(schedules.decay_constants, (old, new))


LOG, RATIO = "-math.log(fraction) / steps", "(1 / fraction - 1) / steps"

decay_constants = Exercise(
    name="decay_constants",
    slide="Learning rate decay over time! The k of the two formulas",
    answers=functions(schedules.decay_constants),
    tests=[
        Test("down to a small fraction", ask.constants, ask.fractions_and_steps, points=3),
        Test("down to most of it, or all of it", ask.constants, ask.nearly_constant),
    ],
    mistakes=[
        Mistake(
            "swapped",
            "These are the two constants, the other way round: first comes exponential decay's, "
            "then that of 1/t decay.",
            constants(f"{LOG}, {RATIO}", f"{RATIO}, {LOG}"),
        ),
        Mistake(
            "negative exponential constant",
            "Your k for exponential decay is negative. The minus is in the formula already; the "
            "logarithm of a number below 1 brings another one.",
            constants(LOG, "math.log(fraction) / steps"),
        ),
        Mistake(
            "logarithm to base ten",
            "For the exponential, this is a logarithm to base ten. The inverse of e to the power "
            "of something is the natural one, NumPy's `log`.",
            constants(LOG, "-math.log10(fraction) / steps"),
        ),
        Mistake(
            "what went, not what is left",
            "You solved for a rate that has lost `fraction` of itself. Here it is what is *left*: "
            "with 0.01, a hundredth of the initial rate remains.",
            constants(
                f"{LOG}, {RATIO}",
                "-math.log(1.000001 - fraction) / steps, (1 / (1.000001 - fraction) - 1) / steps",
            ),
        ),
        Mistake(
            "the 1 of 1/t decay",
            "Your k of 1/t decay forgets the 1 in the denominator: with it, the rate ends a bit "
            "lower than was asked, and a fraction of 1 would not mean k = 0.",
            constants(RATIO, "1 / fraction / steps"),
        ),
        Mistake(
            "1/t as a straight line",
            "Your k of 1/t decay is that of a rate which falls along a straight line. The rate is "
            "*divided* by the denominator: turn the equation upside down before you solve it.",
            constants(RATIO, "(1 - fraction) / steps"),
        ),
        Mistake(
            "the same k for both",
            "You use the exponential's k for both. The two formulas fall differently, so to end "
            "at one rate they need different constants.",
            constants(RATIO, LOG),
        ),
        Mistake(
            "half-lives",
            "These constants leave one *half*, whatever `fraction` is asked for.",
            constants(f"{LOG}, {RATIO}", "math.log(2) / steps, 1 / steps"),
        ),
        Mistake(
            "not per step",
            "You solved for the product k t, and did not divide by the number of steps: such a k "
            "would do all of the decay in the first step.",
            constants(f"{LOG}, {RATIO}", "-math.log(fraction), 1 / fraction - 1"),
        ),
    ],
    styles=STYLES["decay_constants"],
)
