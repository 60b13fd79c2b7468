"""Step decay: the rate keeps its height for a while, then drops.

Each list of steps begins with 0, for schedules that keep a memory which they should not have.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import schedules

from .shared import a_rate, only_the_last_differs, rates_at

# --- inputs ---------------------------------------------------------------------------------------


def a_staircase(rng):
    """A drop that is not near one half."""
    drop = float(rng.choice([rng.uniform(0.25, 0.4), rng.uniform(0.65, 0.8)]))
    return {"lr0": a_rate(rng), "drop": drop, "every": int(rng.integers(4, 9))}


def first_stage(rng):
    settings = a_staircase(rng)
    times = np.r_[np.arange(settings["every"]), 5 * settings["every"]]
    return {"times": times, "settings": settings}


def around_the_borders(rng):
    settings = a_staircase(rng)
    borders = settings["every"] * np.arange(1, 6)
    return {
        "times": np.r_[0, np.sort(np.r_[borders - 1, borders, borders + 1])],
        "settings": settings,
    }


def inside_the_stages(rng):
    settings = a_staircase(rng)
    return {"times": np.arange(4 * settings["every"]), "settings": settings}


def any_order(rng):
    settings = a_staircase(rng)
    times = rng.permutation(np.repeat(np.arange(1, 3 * settings["every"]), 2))
    return {"times": np.r_[0, times], "settings": settings}


def each_step_a_stage(rng):
    return {"times": np.arange(5), "settings": {**a_staircase(rng), "every": 1}}


# --- other right answers --------------------------------------------------------------------------


def counts_the_stages(t, lr0, drop, every):
    rate = lr0
    for _ in range(every, t + 1, every):
        rate *= drop
    return rate


def recursive(t, lr0, drop, every):
    return lr0 if t < every else drop * recursive(t - every, lr0, drop, every)


def numpy_floor(t, lr0, drop, every):
    return np.float64(lr0) * np.power(drop, np.floor(t / every))


# --- wrong answers --------------------------------------------------------------------------------

MEMORY = {"rate": 0.0}


def remembers_its_rate(t, lr0, drop, every):
    """The rate lives outside the call, and is lowered whenever a border is asked for."""
    if t == 0:
        MEMORY["rate"] = lr0
    elif t % every == 0:
        MEMORY["rate"] *= drop
    return MEMORY["rate"]


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
STAGES = "lr0 * drop ** (_steps(t) // every)"

step_decay = Exercise(
    name="step_decay",
    slide="Learning rate decay over time! Step decay",
    answers=functions(schedules.step_decay),
    tests=[
        Test(
            "the first stage has the rate lr0, unlike the sixth",
            rates_at,
            first_stage,
            holds=only_the_last_differs,
        ),
        Test(
            "the last step before each border, and the first two after it",
            rates_at,
            around_the_borders,
            points=2,
        ),
        Test("every step of four stages", rates_at, inside_the_stages),
        Test("asked in any order, and twice", rates_at, any_order),
        Test("every = 1: a drop in each step", rates_at, each_step_a_stage),
    ],
    mistakes=[
        Mistake(
            "no stairs",
            "Your rate falls in every step, along a smooth curve. Step decay keeps it constant "
            "for a while: only whole stages count. Which division in Python drops the remainder?",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** (t / every)")),
        ),
        Mistake(
            "drops one step too early",
            "Your first stage is one step short: steps are counted from 0, so the step with the "
            "number `every` is the first one of the second stage, and the one before it is not.",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** ((t + 1) // every)")),
        ),
        Mistake(
            "drops one step too late",
            "Your first stage is one step too long. Steps are counted from 0: when the step with "
            "the number `every` comes, that many steps have been taken already.",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** (max(t - 1, 0) // every)")),
        ),
        Mistake(
            "drops before the first step",
            "Your stages begin with a drop, so the run never has the rate `lr0` at all. How many "
            "drops should there have been at t = 0?",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** (t // every + 1)")),
        ),
        Mistake(
            "drops after the first step",
            "Only step 0 has the rate `lr0`: the first drop comes right after it, and every later "
            "drop is early, too. A loop that counts borders must not count step 0.",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** -(-t // every)")),
        ),
        Mistake(
            "rounds to the nearest stage",
            "Your drop comes in the middle of a stage: you round to the nearest whole stage. Only "
            "stages that are over count.",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** int(t / every + 0.5)")),
        ),
        Mistake(
            "compounds",
            "You lower a rate that is lowered already: within a stage each step multiplies again "
            "by all the drops so far. Start from `lr0` in each step: one drop for each border "
            "that has been passed.",
            edit(
                schedules.step_decay,
                (STAGES, "lr0 * drop ** sum(s // every for s in range(t + 1))"),
            ),
        ),
        Mistake(
            "remembers its rate",
            "Right, if each step is asked for once, and in order. Asked out of order, or twice, "
            "the rate drops too often: something is remembered between calls. Make it a function "
            "of its arguments alone; then you can plot it before training.",
            {"step_decay": remembers_its_rate},
        ),
        Mistake(
            "drops only once",
            "After the first border your rate stays where it is. It should drop at each border, "
            "again and again.",
            edit(schedules.step_decay, (STAGES, "lr0 * drop ** min(t // every, 1)")),
        ),
        Mistake(
            "only at the border itself",
            "Your rate is lower in the steps at the borders, and back at `lr0` in the ones after "
            "them. The drops should last.",
            edit(schedules.step_decay, (STAGES, "lr0 * (drop if t and t % every == 0 else 1)")),
        ),
        Mistake(
            "drop is what goes",
            "You take `drop` for the share that is taken away; here it is the factor that the rate "
            "is multiplied by. At one half the two are the same, at 0.1 they are not.",
            edit(schedules.step_decay, (STAGES, "lr0 * (1 - drop) ** (t // every)")),
        ),
        Mistake(
            "always one half",
            "You halve the rate, whatever `drop` says. That is the slide's example; here the "
            "factor is an argument.",
            edit(schedules.step_decay, (STAGES, "lr0 * 0.5 ** (t // every)")),
        ),
        Mistake(
            "lr0 in the brackets",
            "You raise `lr0` to a power as well, so that the first stage has the rate 1. Only the "
            "drops are repeated.",
            edit(schedules.step_decay, (STAGES, "(lr0 * drop) ** (t // every)")),
        ),
        Mistake(
            "the rate grows",
            "Your rate grows from stage to stage: you divide by a number that is smaller than 1.",
            edit(schedules.step_decay, (STAGES, "lr0 / drop ** (t // every)")),
        ),
        Mistake(
            "a factor per stage, not a power",
            "You multiply by the number of the stage. Two drops in a row multiply by `drop` twice: "
            "what do n of them do?",
            edit(
                schedules.step_decay, (STAGES, "lr0 * (drop * (t // every) if t >= every else 1)")
            ),
        ),
    ],
    styles=[
        Style("counts the stages", {"step_decay": counts_the_stages}),
        Style("recursive", {"step_decay": recursive}),
        Style("numpy floor", {"step_decay": numpy_floor}),
    ],
)
