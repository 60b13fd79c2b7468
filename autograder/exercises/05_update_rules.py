"""Exercises of notebook 05: from momentum to Adam."""

from __future__ import annotations

import numpy as np

from cs231n_lib import optim

from .model import Exercise, Mistake, Style, Test, choice, edit, functions
from .update_rule_probes import (
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
from .update_rule_styles import STYLES

__all__ = ["EXERCISES"]

# Where epsilon is not the point, 1e-7 (slides) and 1e-8 (CS231n, PyTorch) must both pass: with the
# gradients used there they differ by less than 1e-6 in `w`. A mistake differs by 1e-3 and more.
LOOSE = {"rtol": 1e-6, "atol": 1e-6}
TINY = 1e-5


def styles(name: str) -> list[Style]:
    return [Style(style, {name: answer}) for style, answer in STYLES[name].items()]


# --- momentum -------------------------------------------------------------------------------------

ROLL: Inputs = {"learning_rate": 0.1, "momentum": 0.8}
RATES = np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])

sgd_momentum = Exercise(
    name="sgd_momentum",
    slide="Momentum update",
    answers=functions(optim.sgd_momentum),
    tests=[
        Test("one step from rest, arrays of any shape", first_step, any_shape(ROLL)),
        Test("six steps while the gradient changes sign", follow, some_steps(ROLL), 2),
        Test("goes on from a stored velocity", follow, seeded(ROLL, averages="velocity")),
        Test(
            "stores the new velocity in config",
            remember,
            seeded(ROLL, averages="velocity", keys=["velocity"]),
        ),
        Test("the rate changes between steps", change_rate, some_steps(ROLL, rates=RATES)),
        Test("config=None: rate 1e-2 and momentum 0.9", follow, some_steps(None, scale=20)),
        Test("leaves dw as it was", first_step, any_shape(ROLL), untouched=["dws"]),
    ],
    mistakes=[
        Mistake(
            "climbs",
            "Here the gradient pushes the velocity uphill, so the loss grows. Which way does a ball "
            "start to roll, compared with the gradient?",
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
            "right in other courses, and in Adam's m, but makes steps 1/(1 - mu) times smaller; on "
            "the slide the gradient enters with the full learning rate.",
            edit(
                optim.sgd_momentum,
                ('c["learning_rate"] * dw', '(1 - c["momentum"]) * c["learning_rate"] * dw'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "PyTorch's velocity",
            "Your velocity collects gradients, and the learning rate multiplies it afterwards. That "
            "is PyTorch's form. The lecture's velocity is itself a step, with the rate inside: the "
            "two agree from rest at a constant rate, and part as soon as the rate changes.",
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
            "You ask for the gradient where the ball is now: that is ordinary momentum. Nesterov's "
            "idea is to look first at where the velocity alone would carry it.",
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
            "The look-ahead point is only a place to ask for the gradient. You start the step from "
            "there too, so the old velocity is counted twice.",
            edit(optim.nesterov_lookahead, ("return theta + v_next", "return theta + mu * v + v_next")),
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
            "This is ordinary momentum. Either the position uses the new velocity only, or the old "
            "one was read after it had changed: then the terms cancel and look-ahead is lost. "
            "Beware of two names for one array that is changed in place.",
            edit(optim.nesterov_momentum, ("return w - mu * v_prev + (1 + mu) * v", "return w + v")),
        ),
        Mistake(
            "double step",
            "The position moves twice: once by the velocity, as in ordinary momentum, and once more "
            "by the rewritten update, which already holds that move.",
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
            "The gradient enters the velocity at full size, without the learning rate: changing the "
            "rate would change nothing.",
            edit(optim.nesterov_momentum, ('c["learning_rate"] * dw', "dw")),
        ),
    ],
    styles=styles("nesterov_momentum"),
)

# --- a rate for each parameter --------------------------------------------------------------------

SCALE: Inputs = {"learning_rate": 0.1, "epsilon": 1e-8}
INSIDE = (
    "Your epsilon is inside the square root. Some libraries do that, but the lecture adds it to the "
    "root: inside, the same number counts as its own root, so gradients far above it are damped too."
)

adagrad = Exercise(
    name="adagrad",
    slide="AdaGrad update",
    answers=functions(optim.adagrad),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(SCALE),
            untouched=["dws"],
            **LOOSE,
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(SCALE), 2, **LOOSE),
        Test("goes on from a stored cache", follow, seeded(SCALE, squares="cache"), **LOOSE),
        Test(
            "stores the new cache in config", remember, seeded(SCALE, squares="cache", keys=["cache"])
        ),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**SCALE, "epsilon": 1e-7}, scale=TINY),
        ),
    ],
    mistakes=[
        Mistake(
            "cache is assigned, not accumulated",
            "Your cache holds the last squared gradient only, so every step has the same size and "
            "all that is left of the gradient is its sign. AdaGrad remembers the whole history.",
            edit(optim.adagrad, ('cache = c["cache"] + dw**2', "cache = dw**2")),
        ),
        Mistake(
            "cache is not stored",
            "The sum is right within a step, but it never gets into `config`: each step forgets the "
            "ones before.",
            edit(optim.adagrad, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "no square root",
            "You divide by the sum of squares itself. Its root has the units of a gradient; without "
            "it, steps explode where gradients are small and vanish where they are large.",
            edit(optim.adagrad, ("np.sqrt(cache)", "cache")),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(optim.adagrad, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')),
            elsewhere=True,
        ),
    ],
    styles=styles("adagrad"),
)

LEAK: Inputs = {**SCALE, "decay_rate": 0.9}
BIG_EPSILON = "epsilon is taken from config (0.1)"

rmsprop = Exercise(
    name="rmsprop",
    slide="RMSProp update",
    answers=functions(optim.rmsprop),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(LEAK),
            untouched=["dws"],
            **LOOSE,
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(LEAK), 2, **LOOSE),
        Test("goes on from a stored cache", follow, seeded(LEAK, squares="cache"), **LOOSE),
        Test("stores the new cache in config", remember, seeded(LEAK, squares="cache", keys=["cache"])),
        Test(BIG_EPSILON, follow, some_steps({**LEAK, "epsilon": 0.1})),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**LEAK, "epsilon": 1e-7}, scale=TINY),
        ),
        Test(
            "config=None: rate 1e-2 and decay rate 0.99", follow, some_steps(None, scale=100), **LOOSE
        ),
    ],
    mistakes=[
        Mistake(
            "decay swapped",
            "The decay rate weighs the new square here, and its complement the old average: the "
            "cache forgets nearly everything in one step instead of slowly.",
            edit(
                optim.rmsprop,
                ('decay * c["cache"] + (1 - decay) * dw**2', '(1 - decay) * c["cache"] + decay * dw**2'),
            ),
        ),
        Mistake(
            "divides by the old cache",
            "The step divides by the cache from before this gradient. In the first step that is 0, "
            "so only epsilon is left below and the step is enormous; the slide updates the cache "
            "first.",
            edit(
                optim.rmsprop,
                ('    c["cache"] = cache\n', '    old, c["cache"] = c["cache"], cache\n'),
                ("np.sqrt(cache)", "np.sqrt(old)"),
            ),
        ),
        Mistake(
            "cache is not stored",
            "The average is right within a step, but it never gets into `config`: each step forgets "
            "the ones before.",
            edit(optim.rmsprop, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(optim.rmsprop, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')),
            elsewhere=True,
        ),
        Mistake(
            "epsilon times the root",
            "The root is multiplied by epsilon, which makes the step millions of times too long. "
            "Epsilon is there to keep the denominator away from 0 without otherwise being felt.",
            edit(
                optim.rmsprop, ('(np.sqrt(cache) + c["epsilon"])', '(np.sqrt(cache) * c["epsilon"])')
            ),
        ),
        Mistake(
            "epsilon is hard-coded",
            "Your step takes no notice of `epsilon` in `config`: a fixed small number is written "
            "into the formula.",
            edit(optim.rmsprop, ('+ c["epsilon"]', "+ 1e-7")),
        ),
    ],
    styles=styles("rmsprop"),
)

# --- Adam -----------------------------------------------------------------------------------------

MOMENTS: Inputs = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-8}
SEED = {"averages": "m", "squares": "v"}
LATER: Inputs = {**MOMENTS, "t": 4}
SWAP = ('= c["beta1"], c["beta2"]', '= c["beta2"], c["beta1"]')
SWAPPED = (
    "The two betas have changed places: the average gradient forgets as slowly as the average square "
    "should, and the other way round. Look up which beta belongs to the first moment."
)


adam_incomplete = Exercise(
    name="adam_incomplete",
    slide="Adam update (incomplete, but close)",
    answers=functions(optim.adam_incomplete),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(MOMENTS),
            untouched=["dws"],
            **LOOSE,
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(MOMENTS), **LOOSE),
        Test("goes on from stored m and v", follow, seeded(MOMENTS, **SEED), **LOOSE),
        Test("stores m and v in config", remember, seeded(MOMENTS, **SEED, keys=["m", "v"])),
        Test(BIG_EPSILON, follow, some_steps({**MOMENTS, "epsilon": 0.1})),
    ],
    mistakes=[
        Mistake(
            "the complete Adam",
            "This is Adam with its bias correction, which comes next. Leave it out here: you need "
            "the incomplete one to see what the correction does.",
            {"adam_incomplete": optim.adam},
        ),
        Mistake("betas swapped", SWAPPED, edit(optim.adam_incomplete, SWAP)),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            edit(optim.adam_incomplete, ('(np.sqrt(v) + c["epsilon"])', 'np.sqrt(v + c["epsilon"])')),
            elsewhere=True,
        ),
    ],
    styles=styles("adam_incomplete"),
)


def wrong_adam(*changes: tuple[str, str]) -> dict[str, object]:
    return dict(edit(optim.adam, *changes))


CORRECT_M, CORRECT_V = "m / (1 - beta1**t)", "v / (1 - beta2**t)"
STEP = 'mb / (np.sqrt(vb) + c["epsilon"])'
STORE = 'c["m"], c["v"], c["t"] = m, v, t'
FIXED = (
    "The correction is the same in every step: the exponent is a fixed number, so the moments go on "
    "being enlarged long after they have warmed up. Which quantity on the slide grows by one a step?"
)

adam = Exercise(
    name="adam",
    slide="Adam update",
    answers=functions(optim.adam),
    tests=[
        Test("one step from rest, arrays of any shape", first_step, any_shape(MOMENTS), **LOOSE),
        Test("six steps while the gradient changes sign", follow, some_steps(MOMENTS), 2, **LOOSE),
        Test("goes on from stored m, v and t", follow, seeded(LATER, **SEED), 2, **LOOSE),
        Test("stores m, v and t in config", remember, seeded(LATER, **SEED, keys=["m", "v", "t"])),
        Test(BIG_EPSILON, follow, some_steps({**MOMENTS, "epsilon": 0.1})),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**MOMENTS, "epsilon": 1e-7}, scale=TINY),
        ),
        Test(
            "config=None: rate 1e-3, betas 0.9 and 0.999",
            follow,
            some_steps(None, steps=12, scale=100),
            rtol=0,
            atol=1e-7,  # steps are only 1e-3
        ),
        Test("leaves dw as it was", first_step, any_shape(MOMENTS), untouched=["dws"], **LOOSE),
    ],
    mistakes=[
        Mistake(
            "correction computed and not used",
            "The step uses m and v as they are. If you did compute corrected moments, they never "
            "reach the parameters: this is the slide's incomplete Adam, and its first steps have "
            "the wrong size.",
            wrong_adam((STEP, 'm / (np.sqrt(v) + c["epsilon"])')),
        ),
        Mistake(
            "exponent 1 instead of t",
            FIXED,
            wrong_adam(("beta1**t", "beta1**1"), ("beta2**t", "beta2**1")),
        ),
        Mistake(
            "exponent 2 instead of t",
            FIXED,
            wrong_adam(("beta1**t", "beta1**2"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "exponents 1 and 2 instead of t",
            FIXED + " (The 1 and 2 in the betas' names are no exponents.)",
            wrong_adam(("beta1**t", "beta1**1"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "t is not stored",
            "Each step begins with the same t, because the new count never gets into `config`: every "
            "step is corrected as if no other had come before it.",
            wrong_adam((STORE, 'c["m"], c["v"] = m, v')),
        ),
        Mistake(
            "t is one too large",
            "Counting is off by one: the first step is corrected as if it were the second. `t` "
            "counts the steps already done, so what is it before any?",
            wrong_adam(("        t=0,", "        t=1,")),
        ),
        Mistake(
            "t is used before it is raised",
            "You correct with the number of steps done before this one. This step's own gradient is "
            "in m and v already; from a fresh start the correction even divides 0 by 0.",
            wrong_adam((CORRECT_M, "m / (1 - beta1**(t - 1))"), (CORRECT_V, "v / (1 - beta2**(t - 1))")),
        ),
        Mistake("betas swapped", SWAPPED, wrong_adam(SWAP)),
        Mistake(
            "m and v swapped in the step",
            "The step divides the average square by the root of the average gradient: the units are "
            "wrong, and where the gradient is negative its root is NaN. Which of the two gives the "
            "direction, and which the scale?",
            wrong_adam((STEP, 'vb / (np.sqrt(mb) + c["epsilon"])')),
        ),
        Mistake(
            "stores the corrected moments",
            "The corrected moments are for this step only. You store them, so the next step corrects "
            "them again, and the averages grow with every step.",
            wrong_adam((STORE, 'c["m"], c["v"], c["t"] = mb, vb, t')),
        ),
        Mistake(
            "epsilon inside the root",
            INSIDE,
            wrong_adam((STEP, 'mb / np.sqrt(vb + c["epsilon"])')),
            elsewhere=True,
        ),
        Mistake(
            "epsilon-hat",
            "You fold both corrections into the learning rate and add epsilon to the root of the "
            "uncorrected v. That is the short form at the end of section 2 of the paper, and "
            "TensorFlow's; its epsilon-hat is another number. The lecture adds epsilon after the "
            "correction.",
            wrong_adam(
                (STEP, 'np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon added to the parameter",
            "Epsilon is outside the fraction: it does not protect the division, and it shifts every "
            "parameter a little in every step. Check the brackets.",
            wrong_adam((f'c["learning_rate"] * {STEP}', '(c["learning_rate"] * mb / np.sqrt(vb) + c["epsilon"])')),
        ),
    ],
    styles=styles("adam"),
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
            "The momentum falls from `end` to `start`. Early on the gradient still changes its mind "
            "often, so the ball should carry little momentum first and much later.",
            edit(
                optim.anneal_momentum,
                ("(1 - fraction) * start + fraction * end", "fraction * start + (1 - fraction) * end"),
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

# --- questions with one right option --------------------------------------------------------------

q_trajectory = choice(
    "q_trajectory",
    "Q: What is the trajectory along which we converge towards the minimum with SGD?",
    right="C",
    wrong={
        "A": "The negative gradient points straight at the minimum only where all curvatures are "
        "equal. Which component of it is the larger one in this valley?",
        "B": "The step is proportional to the gradient. Along the floor the gradient is small: would "
        "that direction be finished first?",
        "D": "A curve around the minimum needs something that remembers where it was going. SGD has "
        "no memory: each step looks at the present gradient only.",
    },
)
q_terminal_velocity = choice(
    "q_terminal_velocity",
    "Momentum update: ball rolling down the loss function, and friction",
    right="D",
    wrong={
        "A": "That is one SGD step, and so is the first step of momentum from rest. But what is left "
        "of the velocity from the step before?",
        "B": "It would grow without bound if mu were 1. Friction takes a share of the velocity in each "
        "step: at which speed does it take as much as the gradient adds?",
        "C": "That is what friction leaves of one step. Ask for the velocity that the update does not "
        "change any more.",
    },
)
q_adagrad_valley = choice(
    "q_adagrad_valley",
    "Q: What happens with AdaGrad?",
    right="A",
    wrong={
        "B": "The cache sits in the denominator. In which direction is it large, then, and what "
        "happens to the steps there?",
        "C": "The cache has one entry for each parameter, not one for all of them, so it does more "
        "than change the overall rate.",
        "D": "AdaGrad has no velocity: nothing carries over from the last step's direction.",
    },
)
q_adagrad_long_run = choice(
    "q_adagrad_long_run",
    "Q2: What happens to the step size over long time?",
    right="B",
    wrong={
        "A": "The size would level off if the cache did. But squares are never negative, and nothing "
        "is ever taken out of the sum.",
        "C": "Exponential decay needs a constant factor per step. Look at your own plot: from step "
        "10 to 1000 the step shrinks far less than that.",
        "D": "The sum of squares sits in the denominator: as it grows, what do the steps do?",
    },
)
q_bias_correction = choice(
    "q_bias_correction",
    "Adam update: the bias correction (only relevant in first few iterations …)",
    right="C",
    wrong={
        "A": "m starts too small, that is true, but so does v, and v is below the fraction line. "
        "Which of the two warms up more slowly?",
        "B": "They would cancel if m and the root of v warmed up at the same speed. Look at the "
        "betas.",
        "D": "A zero start makes both averages too small, whatever the gradient's sign; it does not "
        "turn the step around.",
    },
)

EXERCISES = [
    q_trajectory,
    sgd_momentum,
    q_terminal_velocity,
    anneal_momentum,
    nesterov_lookahead,
    nesterov_momentum,
    adagrad,
    q_adagrad_valley,
    q_adagrad_long_run,
    rmsprop,
    adam_incomplete,
    adam,
    q_bias_correction,
]
