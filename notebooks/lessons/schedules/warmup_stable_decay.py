"""Warm-up, a long stretch at full height, and a way down that is decided late."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

from .shared import a_rate, only_the_last_differs, rates_at

# --- inputs ---------------------------------------------------------------------------------------


def a_plan(rng):
    """`decay` is no step at which anything else happens."""
    warmup, stable, decay = (int(rng.integers(*ends)) for ends in ((5, 9), (14, 19), (9, 13)))
    total = warmup + stable + decay
    return {"lr0": a_rate(rng), "warmup": warmup, "total": total, "decay": decay}


def while_warm(rng):
    plan = a_plan(rng)
    return {"times": np.arange(plan["warmup"]), "settings": plan}


def while_stable(rng):
    """The way down begins with the full rate; the last step of the run has another one."""
    plan = a_plan(rng)
    times = np.arange(plan["warmup"], plan["total"] - plan["decay"] + 1)
    return {"times": np.r_[times, plan["total"] - 1], "settings": plan}


def on_the_way_down(rng):
    plan = a_plan(rng)
    return {"times": np.arange(plan["total"] - plan["decay"], plan["total"]), "settings": plan}


def beyond_the_run(rng):
    """And a stable step: its rate is drawn, so a stored row of zeros is no answer."""
    plan = a_plan(rng)
    times = np.r_[plan["warmup"] + 1, plan["total"] + np.r_[1, rng.integers(2, 60, 4)]]
    return {"times": times, "settings": plan}


def without_warmup(rng):
    plan = {**a_plan(rng), "warmup": 0}
    return {"times": np.arange(plan["total"]), "settings": plan}


def nothing_stable(rng):
    """Up, and at once down again."""
    plan = a_plan(rng)
    plan["decay"] = plan["total"] - plan["warmup"]
    return {"times": np.arange(plan["total"]), "settings": plan}


# --- other right answers --------------------------------------------------------------------------


def lower_of_two_lines(t, lr0, warmup, total, decay):
    up = (t + 1) / warmup if warmup else 1.0
    return lr0 * max(0.0, min(up, 1.0, (total - t) / decay))


def three_cases(t, lr0, warmup, total, decay):
    start = total - decay
    if t < warmup:
        return lr0 / warmup * (1 + t)
    if t < start:
        return lr0
    share = min(1.0, (t - start) / decay)
    return lr0 - lr0 * share


def looked_up_in_a_list(t, lr0, warmup, total, decay):
    up = [lr0 * (i + 1) / warmup for i in range(warmup)]
    flat = [lr0] * (total - warmup - decay)
    down = list(np.linspace(lr0, 0.0, decay + 1))
    return (up + flat + down)[min(t, total)]


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
WARM = "return lr0 * (t + 1) / warmup"
LEFT = "left = max(total - t, 0)"
DOWN = "return lr0 * min(left / decay, 1.0)"

warmup_stable_decay = Exercise(
    name="warmup_stable_decay",
    slide="Learning rate decay over time! (beyond the slide)",
    answers=functions(schedules.warmup_stable_decay),
    tests=[
        Test("up in a straight line", rates_at, while_warm),
        Test(
            "then lr0, unlike in the last step", rates_at, while_stable, holds=only_the_last_differs
        ),
        Test("down in a straight line", rates_at, on_the_way_down, points=2),
        Test("lr0 before the way down, 0 beyond the planned run", rates_at, beyond_the_run),
        Test("without a warm-up", rates_at, without_warmup),
        Test("without a stable part", rates_at, nothing_stable),
    ],
    mistakes=[
        Mistake(
            "begins with a rate of 0",
            "Your first step has the rate 0, so it moves nothing. Many programs do that; here the "
            "first step has its share already, and the last one of the warm-up has all of `lr0`.",
            edit(schedules.warmup_stable_decay, (WARM, "return lr0 * t / warmup")),
            elsewhere=True,
        ),
        Mistake(
            "one step of warm-up too many",
            "Step number `warmup` still climbs, to more than `lr0`. Steps are counted from 0: how "
            "many have been taken when that one comes?",
            edit(schedules.warmup_stable_decay, ("_steps(t) < warmup", "_steps(t) <= warmup")),
        ),
        Mistake(
            "no warm-up",
            "The rate has its full height from the first step on. In the first `warmup` steps it "
            "should rise to it.",
            edit(schedules.warmup_stable_decay, (WARM, "return lr0")),
        ),
        Mistake(
            "no stable part",
            "Your rate begins to fall as soon as the warm-up is over. It should keep its height "
            "until only `decay` steps are left.",
            edit(schedules.warmup_stable_decay, (DOWN, "return lr0 * left / (total - warmup)")),
        ),
        Mistake(
            "no way down",
            "Your rate keeps its height to the end of the run. In the last `decay` steps it should "
            "come down.",
            edit(schedules.warmup_stable_decay, (DOWN, "return lr0 if t < total else 0.0")),
        ),
        Mistake(
            "falls off a cliff",
            "Your rate is 0 as soon as the last `decay` steps begin: they move nothing. It should "
            "come down in a straight line and use all of them.",
            edit(schedules.warmup_stable_decay, (DOWN, "return lr0 if left > decay else 0.0")),
        ),
        Mistake(
            "decay as a step number",
            "Your way down begins at step number `decay`. But `decay` is how many steps the way "
            "down takes; it begins when that many are left.",
            edit(
                schedules.warmup_stable_decay,
                (DOWN, "return lr0 * min(left / (total - min(decay, total - 1)), 1.0)"),
            ),
        ),
        Mistake(
            "jumps down",
            "Where your way down begins, the rate jumps: you divide by the length of the whole "
            "run. The line has to fall from all of `lr0` to 0 within the last steps.",
            edit(
                schedules.warmup_stable_decay,
                (DOWN, "return lr0 if left > decay else lr0 * left / total"),
            ),
        ),
        Mistake(
            "ends one step too early",
            "Your rate is 0 in the run's last step already, `total` - 1, so that step moves "
            "nothing. Which step is the first one that is no longer part of the run?",
            edit(schedules.warmup_stable_decay, (LEFT, "left = max(total - 1 - t, 0)")),
        ),
        Mistake(
            "ends one step too late",
            "Your way down begins one step later than it should, and the rate is not yet 0 at step "
            "`total`. The first of the last `decay` steps still has `lr0`, the next one less.",
            edit(schedules.warmup_stable_decay, (LEFT, "left = max(total + 1 - t, 0)")),
        ),
        Mistake(
            "goes below 0",
            "Beyond the planned run your line goes on below 0, and steps with a negative rate go "
            "uphill. A run may take a few steps more: the rate should then stay at 0.",
            edit(schedules.warmup_stable_decay, (LEFT, "left = total - t")),
        ),
        Mistake(
            "a cosine",
            "Your way down is half a cosine. Some programs do that (Hugging Face's default); here "
            "it is a straight line.",
            edit(
                schedules.warmup_stable_decay,
                (DOWN, "return lr0 * (1 - math.cos(math.pi * min(left / decay, 1.0))) / 2"),
            ),
            elsewhere=True,
        ),
    ],
    styles=[
        Style("lower of two lines", {"warmup_stable_decay": lower_of_two_lines}),
        Style("three cases", {"warmup_stable_decay": three_cases}),
        Style("looked up in a list", {"warmup_stable_decay": looked_up_in_a_list}),
    ],
)
