"""Warm-up, then down half a cosine."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

from .shared import a_rate, only_the_last_differs, rates_at

# --- inputs ---------------------------------------------------------------------------------------


def a_warmup(rng):
    warmup = int(rng.integers(5, 9))
    return {"lr0": a_rate(rng), "warmup": warmup, "total": 4 * warmup + int(rng.integers(0, 5))}


def while_warm(rng):
    settings = a_warmup(rng)
    return {"times": np.arange(settings["warmup"]), "settings": settings}


def on_the_way_down(rng):
    settings = a_warmup(rng)
    return {"times": np.arange(settings["warmup"], settings["total"] + 1), "settings": settings}


def down_to_final(rng):
    settings = a_warmup(rng)
    times = np.arange(settings["warmup"], settings["total"] + 1)
    return {"times": times, "settings": {**settings, "final": 0.25 * settings["lr0"]}}


def beyond_the_run(rng):
    settings = a_warmup(rng)
    way = settings["total"] - settings["warmup"]
    times = settings["total"] + np.r_[rng.integers(8, 12, 3), way + rng.integers(3, 6), -way]
    return {"times": times, "settings": {**settings, "final": 0.25 * settings["lr0"]}}


def without_warmup(rng):
    settings = {**a_warmup(rng), "warmup": 0}
    return {"times": np.arange(settings["total"]), "settings": settings}


# --- other right answers --------------------------------------------------------------------------


def cosine_squared(t, lr0, warmup, total, final=0.0):
    """1 + cos x is 2 cos² (x/2)."""
    if t < warmup:
        return (1 + t) * (lr0 / warmup)
    if t >= total:
        return final
    way = (t - warmup) / (total - warmup)
    return final + (lr0 - final) * math.cos(0.5 * math.pi * way) ** 2


def clipped_and_interpolated(t, lr0, warmup, total, final=0.0):
    way = np.clip((t - warmup) / (total - warmup), 0, 1)
    cosine = 0.5 * lr0 * (1 + np.cos(np.pi * way)) + 0.5 * final * (1 - np.cos(np.pi * way))
    return cosine if t + 1 > warmup else np.interp(t + 1, [0, warmup], [0.0, lr0])


def looked_up_in_a_list(t, lr0, warmup, total, final=0.0):
    up = [lr0 * i / warmup for i in range(1, warmup + 1)]
    angles = np.linspace(0, np.pi, total - warmup + 1)
    down = list(final + (lr0 - final) * (np.cos(angles) + 1) / 2)
    return (up + down)[min(t, total)]


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
WARM = "return lr0 * (t + 1) / warmup"
WAY = "s = min((t - warmup) / (total - warmup), 1.0)"
DOWN = "final + (lr0 - final) * (1 + math.cos(math.pi * s)) / 2"

warmup_cosine = Exercise(
    name="warmup_cosine",
    slide="Learning rate decay over time! (beyond the slide)",
    answers=functions(schedules.warmup_cosine),
    tests=[
        Test("up in a straight line", rates_at, while_warm),
        Test("down half a cosine, to 0", rates_at, on_the_way_down, points=2),
        Test("down to `final`", rates_at, down_to_final),
        Test(
            "beyond the planned run, unlike after the warm-up",
            rates_at,
            beyond_the_run,
            holds=only_the_last_differs,
        ),
        Test("without a warm-up", rates_at, without_warmup),
    ],
    mistakes=[
        Mistake(
            "begins with a rate of 0",
            "Your first step has the rate 0, so it moves nothing. Optax and many programs do "
            "that; here the first step has its share already, and the last one of the warm-up "
            "has all of `lr0`.",
            edit(schedules.warmup_cosine, (WARM, "return lr0 * t / warmup")),
            elsewhere=True,
        ),
        Mistake(
            "one step of warm-up too many",
            "Step number `warmup` still climbs, to more than `lr0`. Steps are counted from 0: how "
            "many have been taken when that one comes?",
            edit(schedules.warmup_cosine, ("_steps(t) < warmup", "_steps(t) <= warmup")),
        ),
        Mistake(
            "no warm-up",
            "The rate has its full height from the first step on. In the first `warmup` steps it "
            "should rise to it.",
            edit(schedules.warmup_cosine, (WARM, "return lr0")),
        ),
        Mistake(
            "the cosine begins before the warm-up ends",
            "The fraction of the way down is counted from step 0, so that a part of the cosine "
            "is over when the warm-up ends, and the rate jumps there. The way down begins later, "
            "and is shorter.",
            edit(schedules.warmup_cosine, (WAY, "s = min(t / total, 1.0)")),
        ),
        Mistake(
            "ends too late",
            "The way down begins after the warm-up but is as long as the whole run, so it does "
            "not reach its end in time.",
            edit(schedules.warmup_cosine, (WAY, "s = min((t - warmup) / total, 1.0)")),
        ),
        Mistake(
            "ends one step too early",
            "Your rate has reached its end in the run's last step already, `total` - 1. Here it "
            "does so at step `total`: a last step with the rate 0 would be wasted.",
            edit(
                schedules.warmup_cosine, (WAY, "s = min((t - warmup) / (total - 1 - warmup), 1.0)")
            ),
        ),
        Mistake(
            "rises again",
            "Beyond the planned run your cosine goes up again. A run may take a few steps more: "
            "the rate should then stay at `final`.",
            edit(schedules.warmup_cosine, (WAY, "s = (t - warmup) / (total - warmup)")),
        ),
        Mistake(
            "a whole wave",
            "Your rate comes down and goes up again within the run: that is a whole wave of the "
            "cosine. Half of one ends at its lowest point.",
            edit(schedules.warmup_cosine, (DOWN, DOWN.replace("math.pi", "2 * math.pi"))),
        ),
        Mistake(
            "a quarter of a wave",
            "Your curve is a quarter of a cosine: it starts flat and ends steeply. Half a wave, "
            "from 1 to -1, has to be lifted and shrunk to run from 1 to 0, and is flat at both "
            "ends.",
            edit(
                schedules.warmup_cosine, (DOWN, "final + (lr0 - final) * math.cos(math.pi * s / 2)")
            ),
        ),
        Mistake(
            "twice too high",
            "The way down begins at twice the rate: one plus a cosine runs from 2 to 0, not from "
            "1 to 0.",
            edit(schedules.warmup_cosine, (DOWN, DOWN.replace(" / 2", ""))),
        ),
        Mistake(
            "a straight line",
            "Your rate comes down in a straight line. That is a schedule too, but no cosine.",
            edit(schedules.warmup_cosine, (DOWN, "final + (lr0 - final) * (1 - s)")),
        ),
        Mistake(
            "final is ignored",
            "Your rate goes down to 0, whatever `final` says.",
            edit(schedules.warmup_cosine, (DOWN, DOWN.replace("final + (lr0 - final)", "lr0"))),
        ),
        Mistake(
            "final is added",
            "`final` is added on top: the way down begins above `lr0`. What shrinks is the part "
            "of the rate that lies above `final`.",
            edit(schedules.warmup_cosine, (DOWN, DOWN.replace("(lr0 - final)", "lr0"))),
        ),
    ],
    styles=[
        Style("cosine squared", {"warmup_cosine": cosine_squared}),
        Style("clipped and interpolated", {"warmup_cosine": clipped_and_interpolated}),
        Style("looked up in a list", {"warmup_cosine": looked_up_in_a_list}),
    ],
)
