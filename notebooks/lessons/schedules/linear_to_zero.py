"""A straight line from the initial rate down to 0."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

from .shared import a_rate, rates_at

# --- inputs ---------------------------------------------------------------------------------------


def a_line(rng):
    return {"lr0": a_rate(rng), "total": int(rng.integers(30, 41))}


def a_short_run(rng):
    settings = a_line(rng)
    return {"times": np.arange(settings["total"]), "settings": settings}


def a_long_run(rng):
    total = int(rng.integers(800, 1200))
    times = np.sort(rng.choice(np.arange(100, total - 50), 8, replace=False))
    return {"times": times, "settings": {"lr0": a_rate(rng), "total": total}}


def beyond_the_run(rng):
    """And its first step: its rate is drawn, so a stored row of zeros is no answer."""
    settings = a_line(rng)
    times = np.r_[0, settings["total"], settings["total"] + rng.integers(1, 60, 5)]
    return {"times": times, "settings": settings}


# --- other right answers --------------------------------------------------------------------------


def between_two_points(t, lr0, total):
    return float(np.interp(t, [0, total], [lr0, 0.0]))


def step_by_step(t, lr0, total):
    rate = lr0
    for _ in range(min(t, total)):
        rate -= lr0 / total
    return rate if t < total else 0.0


def steps_that_are_left(t, lr0, total):
    return (total - t) * (lr0 / total) if t < total else 0


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
LEFT = "left = max(total - _steps(t), 0)"
RATE = "return lr0 * left / total"

linear_to_zero = Exercise(
    name="linear_to_zero",
    slide="Learning rate decay over time! (beyond the slide)",
    answers=functions(schedules.linear_to_zero),
    tests=[
        Test("every step of a short run", rates_at, a_short_run, points=2),
        Test("hundreds of steps later", rates_at, a_long_run),
        Test("lr0 at first, 0 beyond the planned run", rates_at, beyond_the_run),
    ],
    mistakes=[
        Mistake(
            "goes below 0",
            "Beyond the planned run your line goes on below 0, and steps with a negative rate go "
            "uphill. A run may take a few steps more: the rate should then stay at 0.",
            edit(schedules.linear_to_zero, (LEFT, "left = total - t")),
        ),
        Mistake(
            "rises again",
            "Beyond the planned run your rate rises again. It should stay at 0.",
            edit(schedules.linear_to_zero, (LEFT, "left = abs(total - t)")),
        ),
        Mistake(
            "starts again",
            "After `total` steps your line begins anew at `lr0`. There are schedules with such "
            "restarts, but this one ends.",
            edit(schedules.linear_to_zero, (LEFT, "left = total - t % total")),
            elsewhere=True,
        ),
        Mistake(
            "ends one step too early",
            "Your rate is 0 in the run's last step already, `total` - 1, so that step moves "
            "nothing. Which step is the first one that is no longer part of the run?",
            edit(
                schedules.linear_to_zero, (RATE, "return lr0 * max(total - 1 - t, 0) / (total - 1)")
            ),
        ),
        Mistake(
            "one step ahead",
            "Your first step already has a lower rate than `lr0`. Steps are counted from 0.",
            edit(schedules.linear_to_zero, (LEFT, "left = max(total - t - 1, 0)")),
        ),
        Mistake(
            "rounded down",
            "Your rate keeps its full height until the run is over. If you divide with `//`, that "
            "is why: it rounds the fraction down to a whole number.",
            edit(schedules.linear_to_zero, (RATE, "return lr0 * max(0, 1 - t // total)")),
        ),
        Mistake(
            "never falls",
            "Your rate is the same in every step. It should fall by the same amount in each, and "
            "be 0 when the run is over.",
            edit(schedules.linear_to_zero, (RATE, "return lr0")),
        ),
        Mistake(
            "upside down",
            "Your rate begins at 0 and rises. What you compute is the part of the run that is "
            "over; the rate follows the part that is left.",
            edit(schedules.linear_to_zero, (RATE, "return lr0 * t / total if t < total else 0.0")),
        ),
        Mistake(
            "without lr0",
            "Your line begins at 1, whatever the initial rate. What you compute is the fraction of "
            "the rate that is left.",
            edit(schedules.linear_to_zero, (RATE, "return left / total")),
        ),
        Mistake(
            "takes away the same for every rate",
            "You subtract `t / total` from the rate: that is the right slope for an initial rate "
            "of 1 only. A rate half as high has to fall half as fast.",
            edit(schedules.linear_to_zero, (RATE, "return max(lr0 - t / total, 0.0)")),
        ),
        Mistake(
            "a parabola",
            "Your rate falls with the square of what is left of the run: fast at first, and flat "
            "at the end. Keras has that as PolynomialDecay with power 2; a line has no power.",
            edit(schedules.linear_to_zero, (RATE, "return lr0 * (left / total) ** 2")),
            elsewhere=True,
        ),
        Mistake(
            "an exponential",
            "Your rate falls by the same factor in each step and never gets to 0. A line falls by "
            "the same amount in each step.",
            edit(schedules.linear_to_zero, (RATE, "return lr0 * math.exp(-t / total)")),
        ),
    ],
    styles=[
        Style("between two points", {"linear_to_zero": between_two_points}),
        Style("step by step", {"linear_to_zero": step_by_step}),
        Style("steps that are left", {"linear_to_zero": steps_that_are_left}),
    ],
)
