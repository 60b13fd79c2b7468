"""The exercise `adam`: two averages, corrected for their start at zero."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, first_step, follow, seeded, some_steps
from .shared import (
    ADAM_CONFIG,
    BETAS_SWAPPED,
    EPSILON_INSIDE_THE_ROOT,
    EPSILON_OUTSIDE_THE_FRACTION,
    LOOSE,
    NO_SQUARE,
    SWAP_BETAS,
    Answer,
    Config,
    hand_on,
)

__all__ = ["adam"]

# --- inputs ---------------------------------------------------------------------------------------

AFTER_FOUR_STEPS: Config = {**ADAM_CONFIG, "t": 4}

# --- other right answers --------------------------------------------------------------------


def adam_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    m *= b1
    m += (1 - b1) * dw
    v *= b2
    v += (1 - b2) * dw * dw
    mb, vb = m / (1 - b1 ** config["t"]), v / (1 - b2 ** config["t"])
    w -= config.get("learning_rate", 1e-3) * mb / (np.sqrt(vb) + config.get("epsilon", 1e-8))
    return w, config


def adam_with_folded_correction(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    """Both corrections in the step size; epsilon shrinks with them, so nothing changes."""
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, **(config or {})}
    t = c.get("t", 0) + 1
    m = c["beta1"] * c.get("m", 0.0) + (1 - c["beta1"]) * dw
    v = c["beta2"] * c.get("v", 0.0) + (1 - c["beta2"]) * dw**2
    root = math.sqrt(1 - c["beta2"] ** t)
    rate = c["learning_rate"] * root / (1 - c["beta1"] ** t)
    w_next = w - rate * m / (np.sqrt(v) + c["epsilon"] * root)
    return w_next, {**c, "m": m, "v": v, "t": t}


def adam_with_float_t(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c: Config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "t": 0.0}
    c.update(config or {})
    c["t"] = c["t"] + 1.0
    c["m"] = c["beta1"] * c.get("m", np.zeros(w.shape)) + (1.0 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c.get("v", np.zeros(w.shape)) + (1.0 - c["beta2"]) * np.power(dw, 2)
    mb = c["m"] / (1.0 - np.exp(c["t"] * np.log(c["beta1"])))
    vb = c["v"] / (1.0 - np.exp(c["t"] * np.log(c["beta2"])))
    return w - c["learning_rate"] * mb / (np.sqrt(vb) + c["epsilon"]), c


def adam_one_element_at_a_time(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "t": 0}
    c.update(config or {})
    m, v = (np.array(c.get(key, np.zeros(w.shape))) for key in "mv")
    new, t = np.empty(w.shape), c["t"] + 1
    for i in np.ndindex(w.shape):
        m[i] += (1 - c["beta1"]) * (dw[i] - m[i])
        v[i] += (1 - c["beta2"]) * (dw[i] ** 2 - v[i])
        size = math.sqrt(v[i] / (1 - c["beta2"] ** t)) + c["epsilon"]
        new[i] = w[i] - c["learning_rate"] * m[i] / (1 - c["beta1"] ** t) / size
    return new, {**c, "m": m, "v": v, "t": t}


# --- wrong answers --------------------------------------------------------------------------------

FIXED_EXPONENT = (
    "The correction is the same in every step: the exponent is a fixed number, so the moments go "
    "on being enlarged long after they have warmed up. Which quantity on the slide grows by one a "
    "step?"
)
# What several mistakes change in the reference.
STEP = 'mb / (np.sqrt(vb) + c["epsilon"])'
STORE = 'c["m"], c["v"], c["t"] = m, v, t'

# --- the exercise ---------------------------------------------------------------------------------

adam = Exercise(
    name="adam",
    slide="Adam update",
    answers=functions(optim.adam),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(ADAM_CONFIG),
            untouched=["dws"],
            atol=LOOSE,
        ),
        Test(
            "six steps while the gradient changes sign",
            follow,
            some_steps(ADAM_CONFIG),
            4,
            atol=LOOSE,
        ),
        Test(
            'six steps, of which only config["m"], ["v"] and ["t"] are handed on',
            hand_on,
            some_steps(ADAM_CONFIG, keys=["m", "v", "t"]),
            2,
            atol=LOOSE,
        ),
        Test(
            "goes on from m and v where t = 4 steps are done",
            follow,
            seeded(AFTER_FOUR_STEPS, averages="m", squares="v"),
            atol=LOOSE,
        ),
        Test(
            "epsilon is taken from config (0.1)",
            follow,
            some_steps({**ADAM_CONFIG, "epsilon": 0.1}),
            atol=LOOSE,
        ),
        Test(
            "config=None: rate 1e-3, betas 0.9 and 0.999",
            follow,
            some_steps(None, steps=12, scale=0.1),
            rtol=0,
            atol=2e-6,  # steps are only 1e-3; twelve times an epsilon is within it
        ),
    ],
    mistakes=[
        Mistake(
            "correction computed and not used",
            "The step uses m and v as they are. If you did compute corrected moments, they never "
            "reach the parameters: this is the slide's incomplete Adam, and its first steps have "
            "the wrong size.",
            edit(optim.adam, (STEP, 'm / (np.sqrt(v) + c["epsilon"])')),
        ),
        Mistake(
            "exponent 1 instead of t",
            FIXED_EXPONENT,
            edit(optim.adam, ("beta1**t", "beta1**1"), ("beta2**t", "beta2**1")),
        ),
        Mistake(
            "exponent 2 instead of t",
            FIXED_EXPONENT,
            edit(optim.adam, ("beta1**t", "beta1**2"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "exponents 1 and 2 instead of t",
            FIXED_EXPONENT + " (The 1 and 2 in the betas' names are no exponents.)",
            edit(optim.adam, ("beta1**t", "beta1**1"), ("beta2**t", "beta2**2")),
        ),
        Mistake(
            "t is not stored",
            "Each step begins with the same t, because the new count never gets into `config`: "
            "every step is corrected as if no other had come before it.",
            edit(optim.adam, (STORE, 'c["m"], c["v"] = m, v')),
        ),
        Mistake(
            "t is one too large",
            "Counting is off by one: the first step is corrected as if it were the second. `t` "
            "counts the steps already done, so what is it before any?",
            edit(optim.adam, (" t=0,", " t=1,")),
        ),
        Mistake(
            "t counts from 1",
            "Your `t` is the number of the step that comes next. That works from a fresh start; "
            "but in `config` it is the number of steps already done, and a run that goes on from "
            "somebody else's config is corrected for one step too few.",
            edit(
                optim.adam,
                (" t=0,", " t=1,"),
                ('c["t"] + 1\n', 'c["t"]\n'),
                (STORE, STORE + " + 1"),
            ),
            elsewhere=True,
        ),
        Mistake(
            "t is used before it is raised",
            "You correct with the number of steps done before this one. This step's own gradient "
            "is in m and v already; from a fresh start the correction even divides 0 by 0.",
            edit(
                optim.adam,
                ("m / (1 - beta1**t)", "m / (1 - beta1**(t - 1))"),
                ("v / (1 - beta2**t)", "v / (1 - beta2**(t - 1))"),
            ),
        ),
        Mistake("betas swapped", BETAS_SWAPPED, edit(optim.adam, SWAP_BETAS)),
        Mistake(
            "m and v swapped in the step",
            "The step divides the average square by the root of the average gradient: the units "
            "are wrong, and where the gradient is negative its root is NaN. Which of the two "
            "gives the direction, and which the scale?",
            edit(optim.adam, (STEP, 'vb / (np.sqrt(mb) + c["epsilon"])')),
        ),
        Mistake(
            "stores the corrected moments",
            "The corrected moments are for this step only. You store them, so the next step "
            "corrects them again, and the averages grow with every step.",
            edit(optim.adam, (STORE, 'c["m"], c["v"], c["t"] = mb, vb, t')),
        ),
        Mistake(
            "epsilon inside the root",
            EPSILON_INSIDE_THE_ROOT,
            edit(optim.adam, (STEP, 'mb / np.sqrt(vb + c["epsilon"])')),
            elsewhere=True,
        ),
        Mistake(
            "epsilon-hat",
            "You fold both corrections into the learning rate and add epsilon to the root of the "
            "uncorrected v. That is the short form at the end of section 2 of the paper, and "
            "TensorFlow's; its epsilon-hat is another number. The lecture adds epsilon after the "
            "correction.",
            edit(
                optim.adam,
                (STEP, 'np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + c["epsilon"])'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon is not taken from config",
            "Your step ignores `epsilon` in `config`: it is missing from the formula, "
            "or a fixed small number stands in its place.",
            edit(optim.adam, ('+ c["epsilon"]', "+ 1e-7")),
        ),
        Mistake(
            "epsilon added to the fraction",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(optim.adam, (STEP, '(mb / np.sqrt(vb) + c["epsilon"])')),
        ),
        Mistake(
            "epsilon added to the parameter",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(optim.adam, (STEP, 'mb / np.sqrt(vb) + c["epsilon"]')),
        ),
        Mistake(
            "epsilon subtracted from the parameter",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(optim.adam, (STEP, 'mb / np.sqrt(vb) - c["epsilon"]')),
        ),
        Mistake(
            "beta and 1 - beta exchanged in the correction",
            "Your correction raises 1 - beta to the power t. It is beta that is raised: after t "
            "steps, the zeros at the start still have a share of beta to the power t.",
            edit(optim.adam, ("beta1**t", "(1 - beta1)**t"), ("beta2**t", "(1 - beta2)**t")),
        ),
        Mistake(
            "only m is corrected",
            "You correct the average gradient and not the average square. Both start at zero, and "
            "the square, which is remembered longer, needs it more.",
            edit(optim.adam, ("np.sqrt(vb)", "np.sqrt(v)")),
        ),
        Mistake(
            "only v is corrected",
            "You correct the average square and not the average gradient. Both start at zero, so "
            "your first steps are a tenth of what they should be.",
            edit(optim.adam, (STEP, 'm / (np.sqrt(vb) + c["epsilon"])')),
        ),
        Mistake(
            "new values at full weight",
            "The new gradient and its square enter at full weight. The weights of an average add "
            "up to 1, and the correction counts on that.",
            edit(
                optim.adam,
                ("(1 - beta1) * dw\n", "dw\n"),
                ("(1 - beta2) * dw**2", "dw**2"),
            ),
        ),
        Mistake("sizes for squares", NO_SQUARE, edit(optim.adam, ("dw**2", "np.abs(dw)"))),
    ],
    styles=[
        Style("in place", {"adam": adam_in_place}),
        Style("correction folded into the rate", {"adam": adam_with_folded_correction}),
        Style("t as a float", {"adam": adam_with_float_t}),
        Style("one element at a time", {"adam": adam_one_element_at_a_time}),
    ],
)
