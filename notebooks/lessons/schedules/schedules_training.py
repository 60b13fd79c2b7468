"""Exercises of notebook 06: warm-up and cosine, and the loop that follows a schedule."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import schedules, training

from . import schedules_probes as ask
from .schedules_styles import STYLES

__all__ = ["train_with_schedule", "warmup_cosine"]

BACK = "            dx = network.backward()\n"
RATE = '            config = {**(config or {}), "learning_rate": schedule(t)}\n'
STEP = "            network.x, config = _step(rule, network.x, dx, config)\n"
RETURN = "    return losses\n"


def loop(*changes: tuple[str, str]) -> dict[str, object]:
    return dict(edit(training.train_with_schedule, *changes))


train_with_schedule = Exercise(
    name="train_with_schedule",
    slide="Learning rate decay over time!",
    answers=functions(training.train_with_schedule),
    tests=[
        Test(
            "the rule gets the rates of steps 0, 1, 2, ...",
            ask.follow_the_plan,
            ask.plans("rates"),
            points=2,
        ),
        Test(
            "network.x with a rule that keeps a velocity",
            ask.follow_the_plan,
            ask.plans("x"),
            points=2,
        ),
        Test(
            "network.x with a rule that divides by the gradient's size",
            ask.follow_the_plan,
            ask.plans("x", divides=True),
            points=2,
        ),
        Test("returns the loss of every batch", ask.follow_the_plan, ask.plans("losses")),
    ],
    mistakes=[
        Mistake(
            "the schedule is asked once",
            "Every step has the rate of the first one: the schedule is asked once, before the "
            "loop. It has to be asked again in each step.",
            loop((RATE, RATE.replace("schedule(t)", "schedule(0)"))),
        ),
        Mistake(
            "the schedule is ignored",
            "The rule goes on with the rate that was in `config` from the beginning. The "
            "schedule's answer has to get to where every rule looks for its rate: under another "
            "name nobody finds it.",
            loop((RATE, "")),
        ),
        Mistake(
            "counts from 1",
            "The first step gets the rate that the schedule has for the second one. Steps are "
            "counted from 0.",
            loop((RATE, RATE.replace("schedule(t)", "schedule(t + 1)"))),
        ),
        Mistake(
            "one step late",
            "The rate is set after the step: the first step still has the rate that was in "
            "`config`, and each later one that of the step before it.",
            loop((RATE, ""), (STEP, STEP + RATE)),
        ),
        Mistake(
            "the epoch for the step",
            "You ask the schedule for the epoch, so the rate stays the same for all the steps of "
            "one. A schedule here counts steps, and one that halves every 100 would need a "
            "hundred epochs for that.",
            loop((RATE, RATE.replace("(t)", "(t // (len(dataset.X) // dataset.batch_size))"))),
        ),
        Mistake(
            "compounds",
            "You multiply the rate of the step before by the schedule's. But that one was lowered "
            "already: a schedule gives the rate itself, not a factor.",
            loop(
                (
                    RATE,
                    RATE.replace(
                        "schedule(t)", 'schedule(t) * (config or {}).get("learning_rate", 1)'
                    ),
                )
            ),
        ),
        Mistake(
            "scales the gradient",
            "You scale the gradient, and leave the rate alone. For plain SGD that is nearly the "
            "same thing; a rule that divides by the gradient's size does not even notice.",
            loop((RATE, ""), (STEP, STEP.replace("dx", "schedule(t) * dx"))),
        ),
        Mistake(
            "a fresh config",
            "Each step gets a config with nothing but the rate in it: the rule loses what it "
            "remembers (a velocity, a count of steps) and its other settings.",
            loop((RATE, RATE.replace("**(config or {}), ", ""))),
        ),
        Mistake(
            "the config is not handed on",
            "Each step gets the config of the beginning with a new rate. SGD does not mind; a "
            "rule that remembers something forgets it each time.",
            loop((STEP, STEP.replace("network.x, config =", "network.x, _ ="))),
        ),
        Mistake(
            "the rule is not asked",
            "You take a step of plain gradient descent, and never ask `rule`. The schedule should "
            "serve any update rule.",
            loop((STEP, "            network.x = network.x - schedule(t) * dx\n")),
        ),
        Mistake(
            "the new parameters do not reach the network",
            "The rule is asked, but what it returns never gets into the network: a variable of "
            "the loop is not `network.x`. So the net stays as it was.",
            loop((STEP, STEP.replace("network.x, config =", "x, config ="))),
        ),
        Mistake(
            "one batch for all steps",
            "Every step sees the same batch: it was drawn once, before the loop. Sampling is the "
            "first of the four steps of each round.",
            loop(
                (
                    "        for t in",
                    "        batch = dataset.sample_data_batch()\n        for t in",
                ),
                ("network.forward(dataset.sample_data_batch())", "network.forward(batch)"),
            ),
        ),
        Mistake(
            "only the last loss",
            "You return the loss of the last batch only. What you want to look at is the curve "
            "of all of them.",
            loop((RETURN, "    return losses[-1:]\n")),
        ),
    ],
    styles=STYLES["train_with_schedule"],
)

WARM = "return lr0 * (t + 1) / warmup"
WAY = "s = min((t - warmup) / (total - warmup), 1.0)"
DOWN = "final + (lr0 - final) * (1 + math.cos(math.pi * s)) / 2"


def bend(*changes: tuple[str, str]) -> dict[str, object]:
    return dict(edit(schedules.warmup_cosine, *changes))


warmup_cosine = Exercise(
    name="warmup_cosine",
    slide="Learning rate decay over time! (beyond the slide)",
    answers=functions(schedules.warmup_cosine),
    tests=[
        Test("up in a straight line", ask.rates_at, ask.while_warm),
        Test("down half a cosine, to 0", ask.rates_at, ask.on_the_way_down, points=2),
        Test("down to `final`", ask.rates_at, ask.down_to_final),
        Test("beyond the planned run", ask.rates_at, ask.beyond_the_run),
        Test("without a warm-up", ask.rates_at, ask.without_warmup),
    ],
    mistakes=[
        Mistake(
            "begins with a rate of 0",
            "Your first step has the rate 0, so it moves nothing. Optax and many programs do "
            "that; here the first step has its share already, and the last one of the warm-up "
            "has all of `lr0`.",
            bend((WARM, "return lr0 * t / warmup")),
            elsewhere=True,
        ),
        Mistake(
            "one step of warm-up too many",
            "Step number `warmup` still climbs, to more than `lr0`. Steps are counted from 0: how "
            "many have been taken when that one comes?",
            bend(("_steps(t) < warmup", "_steps(t) <= warmup")),
        ),
        Mistake(
            "no warm-up",
            "The rate has its full height from the first step on. In the first `warmup` steps it "
            "should rise to it.",
            bend((WARM, "return lr0")),
        ),
        Mistake(
            "the cosine begins before the warm-up ends",
            "The fraction of the way down is counted from step 0, so that a part of the cosine "
            "is over when the warm-up ends, and the rate jumps there. The way down begins later, "
            "and is shorter.",
            bend((WAY, "s = min(t / total, 1.0)")),
        ),
        Mistake(
            "ends too late",
            "The way down begins after the warm-up but is as long as the whole run, so it does "
            "not reach its end in time.",
            bend((WAY, "s = min((t - warmup) / total, 1.0)")),
        ),
        Mistake(
            "ends one step too early",
            "Your rate has reached its end in the run's last step already, `total` - 1. Here it "
            "does so at step `total`: a last step with the rate 0 would be wasted.",
            bend((WAY, "s = min((t - warmup) / (total - 1 - warmup), 1.0)")),
        ),
        Mistake(
            "rises again",
            "Beyond the planned run your cosine goes up again. A run may take a few steps more: "
            "the rate should then stay at `final`.",
            bend((WAY, "s = (t - warmup) / (total - warmup)")),
        ),
        Mistake(
            "a whole wave",
            "Your rate comes down and goes up again within the run: that is a whole wave of the "
            "cosine. Half of one ends at its lowest point.",
            bend((DOWN, DOWN.replace("math.pi", "2 * math.pi"))),
        ),
        Mistake(
            "a quarter of a wave",
            "Your curve is a quarter of a cosine: it starts flat and ends steeply. Half a wave, "
            "from 1 to -1, has to be lifted and shrunk to run from 1 to 0, and is flat at both "
            "ends.",
            bend((DOWN, "final + (lr0 - final) * math.cos(math.pi * s / 2)")),
        ),
        Mistake(
            "twice too high",
            "The way down begins at twice the rate: one plus a cosine runs from 2 to 0, not from "
            "1 to 0.",
            bend((DOWN, DOWN.replace(" / 2", ""))),
        ),
        Mistake(
            "a straight line",
            "Your rate comes down in a straight line. That is a schedule too, but no cosine.",
            bend((DOWN, "final + (lr0 - final) * (1 - s)")),
        ),
        Mistake(
            "final is ignored",
            "Your rate goes down to 0, whatever `final` says.",
            bend((DOWN, DOWN.replace("final + (lr0 - final)", "lr0"))),
        ),
        Mistake(
            "final is added",
            "`final` is added on top: the way down begins above `lr0`. What shrinks is the part "
            "of the rate that lies above `final`.",
            bend((DOWN, DOWN.replace("(lr0 - final)", "lr0"))),
        ),
    ],
    styles=STYLES["warmup_cosine"],
)
