"""The exercise `rmsprop`: AdaGrad with an average that forgets."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, first_step, follow, some_steps
from .shared import (
    EPSILON_INSIDE_THE_ROOT,
    EPSILON_OUTSIDE_THE_FRACTION,
    LOOSE,
    NO_SQUARE,
    Answer,
    Config,
    hand_on,
)

__all__ = ["rmsprop"]

# --- inputs ---------------------------------------------------------------------------------------

CONFIG: Config = {"learning_rate": 0.1, "epsilon": 1e-8, "decay_rate": 0.9}

# --- other right answers --------------------------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    rho = config.setdefault("decay_rate", 0.99)
    cache = config.setdefault("cache", np.zeros_like(w))
    cache *= rho
    cache += (1 - rho) * np.square(dw)
    scale = np.sqrt(cache) + config.setdefault("epsilon", 1e-8)
    w -= config.setdefault("learning_rate", 0.01) * dw / scale
    return w, config


def toward_the_new_square(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The average moves a share of the way to the new square."""
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-7, **(config or {})}
    old = config.get("cache", np.zeros_like(w))
    cache = old + (1 - config["decay_rate"]) * (dw * dw - old)
    step = np.divide(dw, np.sqrt(cache) + config["epsilon"])
    return w - config["learning_rate"] * step, dict(config, cache=cache)


def by_np_average(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    defaults: Config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-7, "cache": 0 * w}
    config = defaults | (config or {})
    rho = config["decay_rate"]
    config["cache"] = np.average([config["cache"], dw**2], axis=0, weights=[rho, 1 - rho])
    return w - config["learning_rate"] * dw / (config["cache"] ** 0.5 + config["epsilon"]), config


# --- the exercise ---------------------------------------------------------------------------------

rmsprop = Exercise(
    name="rmsprop",
    slide="RMSProp update",
    answers=functions(optim.rmsprop),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(CONFIG),
            untouched=["dws"],
            atol=LOOSE,
        ),
        Test(
            "six steps while the gradient changes sign", follow, some_steps(CONFIG), 3, atol=LOOSE
        ),
        Test(
            'six steps, of which only config["cache"] is handed on',
            hand_on,
            some_steps(CONFIG, keys=["cache"]),
            2,
            atol=LOOSE,
        ),
        Test(
            "epsilon is taken from config (0.1)",
            follow,
            some_steps({**CONFIG, "epsilon": 0.1}),
            atol=LOOSE,
        ),
        Test(
            "config=None: rate 1e-2 and decay rate 0.99",
            follow,
            some_steps(None, scale=100),
            atol=LOOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "decay swapped",
            "The decay rate weighs the new square here, and its complement the old average: the "
            "cache forgets nearly everything in one step instead of slowly.",
            edit(
                optim.rmsprop,
                (
                    'decay * c["cache"] + (1 - decay) * dw**2',
                    '(1 - decay) * c["cache"] + decay * dw**2',
                ),
            ),
        ),
        Mistake(
            "divides by the old cache",
            "The step divides by the cache from before this gradient. In the first step that is "
            "0, so only epsilon is left below and the step is enormous; the slide updates the "
            "cache first.",
            edit(
                optim.rmsprop,
                ('    c["cache"] = cache\n', '    old, c["cache"] = c["cache"], cache\n'),
                ("np.sqrt(cache)", "np.sqrt(old)"),
            ),
        ),
        Mistake(
            "cache is not stored",
            "Each step forgets the ones before: the new average does not get into `config`, or the "
            "old one does not get into the new one.",
            edit(optim.rmsprop, ('    c["cache"] = cache\n', "")),
        ),
        Mistake(
            "epsilon inside the root",
            EPSILON_INSIDE_THE_ROOT,
            edit(
                optim.rmsprop, ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "epsilon times the root",
            "The root is multiplied by epsilon, which makes the step millions of times too long. "
            "Epsilon is there to keep the denominator away from 0 without otherwise being felt.",
            edit(
                optim.rmsprop,
                ('(np.sqrt(cache) + c["epsilon"])', '(np.sqrt(cache) * c["epsilon"])'),
            ),
        ),
        Mistake(
            "epsilon is not taken from config",
            "Your step ignores `epsilon` in `config`: it is missing from the formula, "
            "or a fixed small number stands in its place.",
            edit(optim.rmsprop, ('+ c["epsilon"]', "+ 1e-7")),
        ),
        Mistake(
            "epsilon added to the fraction",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(
                optim.rmsprop,
                ('dw / (np.sqrt(cache) + c["epsilon"])', '(dw / np.sqrt(cache) + c["epsilon"])'),
            ),
        ),
        Mistake(
            "epsilon added to the parameter",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(
                optim.rmsprop,
                ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache) + c["epsilon"]'),
            ),
        ),
        Mistake(
            "epsilon subtracted from the parameter",
            EPSILON_OUTSIDE_THE_FRACTION,
            edit(
                optim.rmsprop,
                ('(np.sqrt(cache) + c["epsilon"])', 'np.sqrt(cache) - c["epsilon"]'),
            ),
        ),
        Mistake(
            "new square at full weight",
            "The new square enters at full weight, so your cache is no average: under a constant "
            "gradient it grows to 1/(1 - decay) times its square. The weights of an average add up "
            "to 1.",
            edit(optim.rmsprop, ("(1 - decay) * dw**2", "dw**2")),
        ),
        Mistake("sizes for squares", NO_SQUARE, edit(optim.rmsprop, ("dw**2", "np.abs(dw)"))),
    ],
    styles=[
        Style("in place", {"rmsprop": in_place}),
        Style("toward the new square", {"rmsprop": toward_the_new_square}),
        Style("np.average", {"rmsprop": by_np_average}),
    ],
)
