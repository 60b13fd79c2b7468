"""The exercise `adagrad`: a rate for each parameter, from the sum of its squared gradients."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, first_step, follow, some_steps
from .shared import (
    EPSILON_INSIDE_THE_ROOT,
    LOOSE,
    NO_SQUARE,
    Answer,
    Config,
    hand_on,
)

__all__ = ["adagrad"]

# --- inputs ---------------------------------------------------------------------------------------

CONFIG: Config = {"learning_rate": 0.1, "epsilon": 1e-8}

# --- other right answers --------------------------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    cache = config.setdefault("cache", np.zeros_like(w))
    cache += dw * dw
    w -= config.get("learning_rate", 0.01) * dw / (cache**0.5 + config.get("epsilon", 1e-8))
    return w, config


def none_for_no_state(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {"learning_rate": 0.01, "epsilon": 1e-7, "cache": None, **(config or {})}
    cache = dw**2 if config["cache"] is None else config["cache"] + dw**2
    rates = config["learning_rate"] / (np.sqrt(cache) + config["epsilon"])
    return w - rates * dw, {**config, "cache": cache}


def one_element_at_a_time(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = dict(config or {})
    rate, eps = config.get("learning_rate", 0.01), config.get("epsilon", 1e-7)
    cache, new = np.array(config.get("cache", np.zeros(w.shape))), np.empty(w.shape)
    for i in np.ndindex(w.shape):
        cache[i] += dw[i] ** 2
        new[i] = w[i] - rate * dw[i] / (math.sqrt(cache[i]) + eps)
    config["cache"] = cache
    return new, config


# --- the exercise ---------------------------------------------------------------------------------

adagrad = Exercise(
    name="adagrad",
    slide="AdaGrad update",
    answers=functions(optim.adagrad),
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
            'six steps, of which only config["cache"] is handed on',
            hand_on,
            some_steps(CONFIG, keys=["cache"]),
            2,
            atol=LOOSE,
        ),
        Test(
            "gradients of 1e-5 and epsilon 1e-7",
            follow,
            some_steps({**CONFIG, "epsilon": 1e-7}, scale=1e-5),
        ),
        Test("config=None: rate 1e-2", follow, some_steps(None), atol=LOOSE),
    ],
    mistakes=[
        Mistake(
            "cache does not build up",
            "Each of your steps divides by its own gradient, so that all that is left of it is its "
            "sign. AdaGrad remembers the whole history: do you add to the old cache, and is the "
            "new one stored in `config`?",
            edit(optim.adagrad, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "no square root",
            "You divide by the sum of squares itself. Its root has the units of a gradient; "
            "without it, steps explode where gradients are small and vanish where they are large.",
            edit(optim.adagrad, ("np.sqrt(cache)", "cache")),
        ),
        Mistake(
            "epsilon inside the root",
            EPSILON_INSIDE_THE_ROOT,
            edit(
                optim.adagrad, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon is not in the denominator",
            "You divide by the root alone. Epsilon is missing, or stands outside the fraction, "
            "where it does not protect the division. Check the brackets.",
            edit(optim.adagrad, ('(np.sqrt(cache) + c["epsilon"])', "np.sqrt(cache)")),
        ),
        Mistake(
            "divides by the old cache",
            "The step divides by the sum from before this gradient. In the first step that is 0, "
            "so only epsilon is left below, and the step is enormous.",
            edit(
                optim.adagrad,
                ('    c["cache"] = cache\n', '    old, c["cache"] = c["cache"], cache\n'),
                ("np.sqrt(cache)", "np.sqrt(old)"),
            ),
        ),
        Mistake("sizes for squares", NO_SQUARE, edit(optim.adagrad, ("dw**2", "np.abs(dw)"))),
    ],
    styles=[
        Style("in place", {"adagrad": in_place}),
        Style("None for no state", {"adagrad": none_for_no_state}),
        Style("one element at a time", {"adagrad": one_element_at_a_time}),
    ],
)
