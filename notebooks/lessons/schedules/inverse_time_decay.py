"""1/t decay: fast in the beginning, then ever more slowly."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

from .shared import (
    first_steps,
    many_steps,
    no_decay,
    only_the_last_differs,
    rates_at,
    rates_without_decay,
)

# --- other right answers --------------------------------------------------------------------------


def power_of_minus_one(t, lr0, k):
    return lr0 * (1 + k * t) ** -1


def numpy_divide(t, lr0, k):
    return np.divide(lr0, k * t + 1.0)


def sum_of_inverses(t, lr0, k):
    """1/rate grows by k/lr0 in each step."""
    return 1 / (1 / lr0 + t * k / lr0)


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
INVERSE = "lr0 / (1 + k * _steps(t))"

inverse_time_decay = Exercise(
    name="inverse_time_decay",
    slide="Learning rate decay over time! 1/t decay",
    answers=functions(schedules.inverse_time_decay),
    tests=[
        Test("the first twelve steps", rates_at, first_steps, points=2),
        Test("hundreds of steps later", rates_at, many_steps, points=2),
        Test(
            "k = 0: no decay, unlike k > 0",
            rates_without_decay,
            no_decay,
            holds=only_the_last_differs,
        ),
    ],
    mistakes=[
        Mistake(
            "divides by kt",
            "The 1 in the denominator is missing. At t = 0 this divides by 0, and in the first "
            "steps the rate is far above `lr0`. What should it be at t = 0?",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (k * t)")),
        ),
        Mistake(
            "brackets",
            "Python divides before it adds: this is (lr0 divided by 1) plus k t, which grows. The "
            "whole denominator belongs in brackets.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / 1 + k * t")),
        ),
        Mistake(
            "t is not in the denominator",
            "Your rate is 0 in the first step, and then grows with t: you divide by one plus k, "
            "and multiply by t. In Python, products and quotients are computed from left to "
            "right; brackets help.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + k) * t")),
        ),
        Mistake(
            "exponential",
            "This is exponential decay, the slide's other formula. With 1/t decay the rate falls "
            "fast in the beginning, and then ever more slowly.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 * math.exp(-k * t)")),
        ),
        Mistake(
            "a power of 1 + k",
            "You divide by a power of 1 + k, which is exponential decay under another name. Here "
            "k and t are multiplied.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + k) ** t")),
        ),
        Mistake(
            "the root of t",
            "Your rate falls with the square root of the denominator. There are such schedules "
            "(the first Transformer was trained with one), but the slide's has no root.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / math.sqrt(1 + k * t)")),
            elsewhere=True,
        ),
        Mistake(
            "in stairs",
            "Your rate stays the same until k t has grown by 1: k t is rounded down, as if the "
            "epoch were counted, not the step. TensorFlow offers that as `staircase=True`; the "
            "slide's formula falls in each step.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + math.floor(k * t))")),
            elsewhere=True,
        ),
        Mistake(
            "k has no effect",
            "Your schedule does not depend on k: it divides by 1 + t. With thousands of steps in "
            "a run that is a very fast decay.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + t)")),
        ),
        Mistake(
            "k as a time",
            "You divide t by k, so that k is the number of steps until the rate has halved. The "
            "slide's k multiplies t.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + t / k) if k else 0.0")),
        ),
        Mistake(
            "one step ahead",
            "Your first step already has a lower rate than `lr0`. Steps are counted from 0.",
            edit(schedules.inverse_time_decay, (INVERSE, "lr0 / (1 + k * (t + 1))")),
        ),
        Mistake(
            "without lr0",
            "Your schedule begins at 1, whatever the initial rate. What you compute is the "
            "fraction of it that is left.",
            edit(schedules.inverse_time_decay, (INVERSE, "1 / (1 + k * t)")),
        ),
    ],
    styles=[
        Style("power -1", {"inverse_time_decay": power_of_minus_one}),
        Style("numpy divide", {"inverse_time_decay": numpy_divide}),
        Style("sum of inverses", {"inverse_time_decay": sum_of_inverses}),
    ],
)
