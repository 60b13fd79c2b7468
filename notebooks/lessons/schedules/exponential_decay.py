"""Exponential decay: the same factor in each step."""

from __future__ import annotations

import math

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


def power_of_e(t, lr0, k):
    return lr0 * math.e ** (-k * t)


def one_over_growth(t, lr0, k):
    return lr0 / np.exp(np.array(k * t))


def a_factor_per_step(t, lr0, k):
    factor, rate = math.exp(-k), lr0
    for _ in range(t):
        rate *= factor
    return rate


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
EXPONENT = "lr0 * math.exp(-k * _steps(t))"

exponential_decay = Exercise(
    name="exponential_decay",
    slide="Learning rate decay over time! Exponential decay",
    answers=functions(schedules.exponential_decay),
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
            "1/t called exponential",
            "This is the slide's other formula, 1/t decay. Exponential decay divides the rate by "
            "the same factor in each step; yours falls ever more slowly.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 / (1 + k * t)")),
        ),
        Mistake(
            "powers of k",
            "You multiply by k in each step. That is right where the constant is a factor per "
            "step (PyTorch's ExponentialLR calls it gamma); the slide's k stands in the exponent, "
            "and k = 0 means no decay.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * k**t")),
            elsewhere=True,
        ),
        Mistake(
            "grows",
            "Your rate grows from step to step. Look at the sign in the slide's exponent.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * math.exp(k * t)")),
        ),
        Mistake(
            "k as a time",
            "You divide t by k in the exponent, so that k is a number of steps. That is right in "
            "physics, where it is called the time constant; the slide's k multiplies t.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * (math.exp(-t / k) if k else 0.0)")),
            elsewhere=True,
        ),
        Mistake(
            "interest, not growth",
            "You take away the share k in each step. For tiny k that is nearly the same, as bank "
            "interest paid once a year is nearly that paid every second; the slide has e.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * (1 - k) ** t")),
        ),
        Mistake(
            "a straight line",
            "Your rate falls along a straight line, which is below 0 after 1/k steps: from there "
            "the steps go uphill. The exponential starts like this line but never gets to 0.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * (1 - k * t)")),
        ),
        Mistake(
            "t is not in the exponent",
            "Your rate is 0 in the first step, and then grows with t: it is multiplied by t, "
            "outside the exponent. In Python, a power is computed before a product; brackets help.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * math.exp(-k) * t")),
        ),
        Mistake(
            "another base",
            "Your rate falls by powers of two: then k would count halvings. The slide's base is e.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * 2.0 ** (-k * t)")),
        ),
        Mistake(
            "base ten",
            "Your rate falls by powers of ten. The slide's base is e.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * 10.0 ** (-k * t)")),
        ),
        Mistake(
            "in stairs",
            "Your rate stays the same for some steps and then drops by a factor of e. Keras and "
            "TensorFlow offer that as `staircase=True`; the slide's formula falls in each step.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * math.exp(-math.floor(k * t))")),
            elsewhere=True,
        ),
        Mistake(
            "one step ahead",
            "Your first step already has a lower rate than `lr0`. Steps are counted from 0.",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * math.exp(-k * (t + 1))")),
        ),
        Mistake(
            "without lr0",
            "Your schedule begins at 1, whatever the initial rate. What you compute is the "
            "fraction of it that is left.",
            edit(schedules.exponential_decay, (EXPONENT, "math.exp(-k * t)")),
        ),
        Mistake(
            "t squared",
            "Your exponent grows with the square of t, which draws half a bell curve. Is there a t "
            "too many, or do you decay a rate that has decayed already?",
            edit(schedules.exponential_decay, (EXPONENT, "lr0 * math.exp(-k * t * t)")),
        ),
    ],
    styles=[
        Style("power of e", {"exponential_decay": power_of_e}),
        Style("one over growth", {"exponential_decay": one_over_growth}),
        Style("a factor per step", {"exponential_decay": a_factor_per_step}),
    ],
)
