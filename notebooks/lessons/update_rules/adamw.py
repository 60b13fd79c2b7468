"""The exercise `adamw`: Adam, and a weight decay that its division leaves alone."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, change_rate, first_step, follow, some_steps
from .adam import adam_in_place, adam_with_folded_correction
from .shared import LOOSE, Answer, Config, hand_on

__all__ = ["adamw"]

# --- inputs ---------------------------------------------------------------------------------------

CONFIG: Config = {
    "learning_rate": 0.05,
    "beta1": 0.8,
    "beta2": 0.95,
    "epsilon": 1e-8,
    "weight_decay": 0.3,
}
RATES = np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])

# --- other right answers --------------------------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The weights shrink first; Adam's step does not depend on them."""
    config = {} if config is None else config
    w *= 1 - config.setdefault("learning_rate", 1e-3) * config.setdefault("weight_decay", 0.01)
    return adam_in_place(w, dw, config)


def decay_after_a_call_of_adam(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    """The share that is taken off is a share of the old weights."""
    config = {"learning_rate": 1e-3, "weight_decay": 0.01, **(config or {})}
    moved, config = adam_with_folded_correction(w, dw, config)
    return moved - config["learning_rate"] * config["weight_decay"] * w, config


def all_in_one(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, **(config or {})}
    t, decay = c.get("t", 0) + 1, c.get("weight_decay", 0.01)
    m = c.get("m", 0.0) + (1 - c["beta1"]) * (dw - c.get("m", 0.0))
    v = c.get("v", 0.0) + (1 - c["beta2"]) * (dw * dw - c.get("v", 0.0))
    root = np.sqrt(v / (1 - c["beta2"] ** t)) + c["epsilon"]
    direction = (m / (1 - c["beta1"] ** t) + decay * w * root) / root
    return w - c["learning_rate"] * direction, {**c, "m": m, "v": v, "t": t}


# --- the exercise ---------------------------------------------------------------------------------

DECAY = ' + c["weight_decay"] * w'
GRADIENT = "- beta1) * dw\n"

adamw = Exercise(
    name="adamw",
    slide="Adam update, and what came after the lecture: Loshchilov and Hutter, 2019",
    answers=functions(optim.adamw),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(CONFIG),
            untouched=["dws"],
            atol=LOOSE,
        ),
        Test(
            "six steps while the gradient changes sign", follow, some_steps(CONFIG), 2, atol=LOOSE
        ),
        Test(
            'six steps, of which only config["m"], ["v"] and ["t"] are handed on',
            hand_on,
            some_steps(CONFIG, keys=["m", "v", "t"]),
            atol=LOOSE,
        ),
        Test(
            "weights whose gradient is 0, while the rate changes",
            change_rate,
            some_steps(CONFIG, scale=0, rates=RATES),
            atol=LOOSE,
        ),
        Test(
            "epsilon is taken from config (0.1)",
            follow,
            some_steps({**CONFIG, "epsilon": 0.1}),
            atol=LOOSE,
        ),
        Test(
            "config=None: rate 1e-3, weight decay 0.01",
            follow,
            some_steps(None, steps=12, scale=0.1),
            rtol=0,
            atol=2e-6,  # a share of 1e-5 of each weight is taken off in a step
        ),
    ],
    mistakes=[
        Mistake(
            "decay in the gradient",
            "You add the decay to the gradient, so it goes through both averages and is divided by "
            "the root with everything else: a weight with large gradients hardly decays. This is "
            "Adam with an L2 penalty, the very thing that AdamW replaces.",
            edit(
                optim.adamw,
                (DECAY, ""),
                ("    m = beta1", '    dw = dw + c["weight_decay"] * w\n    m = beta1'),
            ),
        ),
        Mistake(
            "decay in m only",
            "The decay enters the average m, and is divided by the root of v with it: how fast a "
            "weight decays then depends on the size of its gradients. Keep it out of m.",
            edit(
                optim.adamw,
                (DECAY, ""),
                (GRADIENT, '- beta1) * (dw + c["weight_decay"] * w)\n'),
            ),
        ),
        Mistake(
            "decay above the fraction line",
            "The decay stands above the fraction line, so it is divided by the root. Check the "
            "brackets: which of the two terms is the root for?",
            edit(
                optim.adamw,
                (
                    'mb / (np.sqrt(vb) + c["epsilon"])' + DECAY,
                    f'(mb{DECAY}) / (np.sqrt(vb) + c["epsilon"])',
                ),
            ),
        ),
        Mistake(
            "no decay",
            "This is plain Adam: `weight_decay` has no effect. A weight whose gradient is 0 should "
            "shrink a little in every step, and yours stays where it is.",
            edit(optim.adamw, (DECAY, "")),
        ),
        Mistake(
            "weights grow",
            "Your decay has the wrong sign: a weight whose gradient is 0 moves away from 0.",
            edit(optim.adamw, (DECAY, DECAY.replace("+", "-"))),
        ),
        Mistake(
            "decay without the rate",
            "You take off the whole `weight_decay` in each step. In the paper the decay has a rate "
            "of its own; here, as in PyTorch, it is multiplied by the learning rate.",
            edit(
                optim.adamw,
                (DECAY, ""),
                ("* step, c", '* step - c["weight_decay"] * w, c'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "decay of the new weights",
            "You decay the weights as they are after Adam's step. Both terms of the formula are "
            "about the old weights. (The difference is small, and some programs do the same.)",
            edit(
                optim.adamw,
                (DECAY, ""),
                (
                    'return w - c["learning_rate"] * step, c',
                    'w = w - c["learning_rate"] * step\n'
                    '    return w - c["learning_rate"] * c["weight_decay"] * w, c',
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "twice the decay",
            "Your weights decay twice as fast as asked. A factor of 2 would come from the "
            "derivative of w squared; there is no penalty here whose derivative is taken.",
            edit(optim.adamw, (DECAY, ' + 2 * c["weight_decay"] * w')),
        ),
        Mistake(
            "decay is not taken from config",
            "Your decay is always 0.01, whatever `weight_decay` in `config` says.",
            edit(optim.adamw, (DECAY, " + 0.01 * w")),
        ),
        Mistake(
            "moments are not corrected",
            "The decay is right, but Adam's step uses m and v without the correction for their "
            "start at zero. AdamW is the complete Adam, with a decay beside it.",
            edit(optim.adamw, ("m / (1 - beta1**t)", "m"), ("v / (1 - beta2**t)", "v")),
        ),
        Mistake(
            "t is not stored",
            "The decay is right, but each step begins with the same t, because the new count never "
            "gets into `config`.",
            edit(optim.adamw, ('c["m"], c["v"], c["t"] = m, v, t', 'c["m"], c["v"] = m, v')),
        ),
    ],
    styles=[
        Style("in place, shrinks first", {"adamw": in_place}),
        Style("decay after a call of adam", {"adamw": decay_after_a_call_of_adam}),
        Style("all in one fraction", {"adamw": all_in_one}),
    ],
)
