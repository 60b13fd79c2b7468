"""Exercises of notebook 05, first half: momentum, plain, ahead of itself, and annealed."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import optim

from ..rules import (
    Inputs,
    anneal,
    any_shape,
    bowl,
    change_rate,
    default_run,
    first_step,
    follow,
    look_ahead,
    moving,
    past_the_run,
    planned_run,
    remember,
    rises,
    roll_down,
    rolling,
    seeded,
    some_steps,
    starts_and_ends,
    stays_at_end,
    where_asked,
)
from .update_rule_styles import styles

__all__ = ["anneal_momentum", "nesterov_lookahead", "nesterov_momentum", "sgd_momentum"]

ROLL: Inputs = {"learning_rate": 0.1, "momentum": 0.8}
RATES = np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])

sgd_momentum = Exercise(
    name="sgd_momentum",
    slide="Momentum update",
    answers=functions(optim.sgd_momentum),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(ROLL),
            untouched=["dws"],
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(ROLL), 2),
        Test("goes on from a stored velocity", follow, seeded(ROLL, averages="velocity")),
        Test(
            "stores the new velocity in config",
            remember,
            seeded(ROLL, averages="velocity", keys=["velocity"]),
        ),
        Test("the rate changes between steps", change_rate, some_steps(ROLL, rates=RATES)),
        Test("config=None: rate 1e-2 and momentum 0.9", follow, some_steps(None, scale=20)),
    ],
    mistakes=[
        Mistake(
            "climbs",
            "Here the gradient pushes the velocity uphill, so the loss grows. Which way does a "
            "ball start to roll, compared with the gradient?",
            edit(optim.sgd_momentum, ('- c["learning_rate"]', '+ c["learning_rate"]')),
        ),
        Mistake(
            "velocity is not stored",
            "Every step starts from the velocity that was there before the first one: the new one "
            "never gets into `config`. So nothing builds up, which was the whole idea.",
            edit(optim.sgd_momentum, ('    c["velocity"] = v\n', "")),
        ),
        Mistake(
            "averaged gradient",
            "Your velocity is an average: the new gradient enters it with weight 1 - mu. That is "
            "right in other courses, and in Adam's m, but makes steps 1/(1 - mu) times smaller; "
            "on the slide the gradient enters with the full learning rate.",
            edit(
                optim.sgd_momentum,
                ('c["learning_rate"] * dw', '(1 - c["momentum"]) * c["learning_rate"] * dw'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "PyTorch's velocity",
            "Your velocity collects gradients, and the learning rate multiplies it afterwards. "
            "That is PyTorch's form. The lecture's velocity is itself a step, with the rate "
            "inside: the two agree from rest at a constant rate, and part as soon as the rate "
            "changes.",
            edit(
                optim.sgd_momentum,
                ('- c["learning_rate"] * dw', "+ dw"),
                ("return w + v", 'return w - c["learning_rate"] * v'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "Nesterov's step",
            "The velocity is right, but the position goes further than the velocity says: this is "
            "Nesterov's update, which comes later in this notebook.",
            edit(
                optim.sgd_momentum,
                ('c["velocity"] = v\n', 'v_prev, c["velocity"] = c["velocity"], v\n'),
                ("return w + v", 'return w + v + c["momentum"] * (v - v_prev)'),
            ),
        ),
    ],
    styles=styles("sgd_momentum"),
)

nesterov_lookahead = Exercise(
    name="nesterov_lookahead",
    slide="Nesterov Momentum update",
    answers=functions(optim.nesterov_lookahead),
    tests=[
        Test("asks for the gradient at the right point", where_asked, moving),
        Test("one step of a moving ball", look_ahead, rolling(1)),
        Test("eight steps on a wavy slope", look_ahead, rolling(8)),
    ],
    mistakes=[
        Mistake(
            "gradient at the current point",
            "You ask for the gradient where the ball is now: that is ordinary momentum. "
            "Nesterov's idea is to look first at where the velocity alone would carry it.",
            edit(optim.nesterov_lookahead, ("grad(theta + mu * v)", "grad(theta)")),
        ),
        Mistake(
            "looks ahead by the whole velocity",
            "You look one full velocity ahead, but friction comes first: only the part of the old "
            "velocity that survives it will carry the ball. Compare the argument of the gradient "
            "on the slide.",
            edit(optim.nesterov_lookahead, ("grad(theta + mu * v)", "grad(theta + v)")),
        ),
        Mistake(
            "steps from the look-ahead point",
            "The look-ahead point is only a place to ask for the gradient. You start the step "
            "from there too, so the old velocity is counted twice.",
            edit(
                optim.nesterov_lookahead,
                ("return theta + v_next", "return theta + mu * v + v_next"),
            ),
        ),
    ],
    styles=styles("nesterov_lookahead"),
)

nesterov_momentum = Exercise(
    name="nesterov_momentum",
    slide="Nesterov Momentum update: the rewrite in phi",
    answers=functions(optim.nesterov_momentum),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(ROLL),
            untouched=["dws"],
        ),
        Test("phi = theta + mu v at each of 20 steps", roll_down, bowl, 2),
        Test("goes on from a stored velocity", follow, seeded(ROLL, averages="velocity")),
        Test(
            "stores the new velocity in config",
            remember,
            seeded(ROLL, averages="velocity", keys=["velocity"]),
        ),
        Test("config=None: rate 1e-2 and momentum 0.9", follow, some_steps(None, scale=20)),
    ],
    mistakes=[
        Mistake(
            "v_prev is the new velocity",
            "This is ordinary momentum. Either the position uses the new velocity only, or the "
            "old one was read after it had changed: then the terms cancel and look-ahead is lost. "
            "Beware of two names for one array that is changed in place.",
            edit(
                optim.nesterov_momentum, ("return w - mu * v_prev + (1 + mu) * v", "return w + v")
            ),
        ),
        Mistake(
            "double step",
            "The position moves twice: once by the velocity, as in ordinary momentum, and once "
            "more by the rewritten update, which already holds that move.",
            edit(optim.nesterov_momentum, ("(1 + mu) * v", "(2 + mu) * v")),
        ),
        Mistake(
            "old look-ahead not taken back",
            "Your step adds the new look-ahead but never takes the old one back, so it is counted "
            "again and again. Reread what phi stands for, before the step and after it.",
            edit(optim.nesterov_momentum, ("w - mu * v_prev", "w")),
        ),
        Mistake(
            "learning rate is missing",
            "The gradient enters the velocity at full size, without the learning rate: changing "
            "the rate would change nothing.",
            edit(optim.nesterov_momentum, ('c["learning_rate"] * dw', "dw")),
        ),
    ],
    styles=styles("nesterov_momentum"),
)

anneal_momentum = Exercise(
    name="anneal_momentum",
    slide="Momentum update: annealed from 0.5 to 0.99",
    answers=functions(optim.anneal_momentum),
    tests=[
        Test("goes from 0.5 to 0.99 by default", anneal, default_run, holds=starts_and_ends),
        Test("goes from start to end", anneal, planned_run, holds=starts_and_ends),
        Test("only rises, inside its range", anneal, planned_run, holds=rises),
        Test("stays at end after the planned run", anneal, past_the_run, holds=stays_at_end),
    ],
    mistakes=[
        Mistake(
            "runs backwards",
            "The momentum falls from `end` to `start`. Early on the gradient still changes its "
            "mind often, so the ball should carry little momentum first and much later.",
            edit(
                optim.anneal_momentum,
                (
                    "(1 - fraction) * start + fraction * end",
                    "fraction * start + (1 - fraction) * end",
                ),
            ),
        ),
        Mistake(
            "not there at the last step",
            "The steps are counted from 0, so the last one is total - 1, and there the momentum "
            "should have reached `end`. Yours gets there one step later.",
            edit(optim.anneal_momentum, ("t / (total - 1)", "t / total")),
        ),
        Mistake(
            "goes on past the end",
            "Training may run longer than planned. Your momentum then rises on beyond `end`: at 1 "
            "there is no friction left, and above 1 the velocity grows by itself.",
            edit(optim.anneal_momentum, ("min(t / (total - 1), 1.0)", "t / (total - 1)")),
        ),
    ],
    styles=styles("anneal_momentum"),
)
