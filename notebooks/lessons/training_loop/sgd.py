"""Step 4 of the loop: the plain gradient step.

Its probes and inputs are those of every update rule: they are in ``lessons/rules.py``.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, change_rate, first_step, follow, some_steps

# --- inputs ---------------------------------------------------------------------------------------

RATE = {"learning_rate": 0.1}

# --- other right answers --------------------------------------------------------------------------


def in_place(w, dw, config=None):
    config = {"learning_rate": 1e-2, **(config or {})}
    w -= config["learning_rate"] * dw
    return w, config


def changes_config(w, dw, config=None):
    if config is None:
        config = {}
    step = -dw * config.setdefault("learning_rate", 0.01)
    return np.add(w, step), config


def element_by_element(w, dw, config=None):
    rate = (config or {}).get("learning_rate", 0.01)
    moved = [a - rate * b for a, b in zip(w.ravel().tolist(), dw.ravel().tolist(), strict=True)]
    return np.reshape(moved, w.shape), config


# --- the exercise ---------------------------------------------------------------------------------

sgd = Exercise(
    name="sgd",
    slide="Mini-batch SGD, step 4: update the parameters using the gradient",
    answers=functions(optim.sgd),
    tests=[
        Test(
            "one step, any shape, dw left as it was", first_step, any_shape(RATE), untouched=["dws"]
        ),
        Test("six steps, the config handed from one to the next", follow, some_steps(RATE)),
        Test(
            "the rate changes between steps",
            change_rate,
            some_steps(RATE, rates=np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])),
        ),
        Test("config=None: rate 1e-2", follow, some_steps(None, scale=20)),
    ],
    mistakes=[
        Mistake(
            "gradient ascent",
            "This walks uphill. The gradient points to where the loss grows fastest; which way do "
            "you want to go?",
            edit(optim.sgd, ("w - c", "w + c")),
        ),
        Mistake(
            "the rate is hard-coded",
            "Your step ignores the rate in `config`: it is always 0.01.",
            edit(optim.sgd, ('c["learning_rate"] * dw', "0.01 * dw")),
        ),
        Mistake(
            "no learning rate",
            "Your step is the whole gradient. The learning rate says how far to go.",
            edit(optim.sgd, ('c["learning_rate"] * dw', "dw")),
        ),
        Mistake(
            "divides by the rate",
            "You divide by the learning rate: the smaller it is, the longer your steps get.",
            edit(optim.sgd, ('c["learning_rate"] * dw', 'dw / c["learning_rate"]')),
        ),
        Mistake(
            "only the sign of the gradient",
            "All your steps have the same length, whatever the size of the gradient. That is "
            "another method (rprop's idea); SGD's step shrinks with the gradient.",
            edit(optim.sgd, ("* dw", "* np.sign(dw)")),
        ),
        Mistake(
            "the config is lost",
            "The first step is right, but what you return is not the config that you were given: "
            "the next step does not know the rate any more.",
            edit(optim.sgd, ("dw, c\n", "dw, {}\n")),
        ),
        Mistake(
            "writes into dw",
            "The step is right, but `dw` was changed: it was scaled in place. Other code may "
            "still need the gradient (to plot its size, say).",
            edit(
                optim.sgd,
                (
                    'return w - c["learning_rate"] * dw, c',
                    'dw *= c["learning_rate"]\n    return w - dw, c',
                ),
            ),
        ),
    ],
    styles=[
        Style("in place", {"sgd": in_place}),
        Style("changes the config it is given", {"sgd": changes_config}),
        Style("one element at a time", {"sgd": element_by_element}),
    ],
)
