"""The exercise `adam_incomplete`: Adam without its bias correction."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import follow, some_steps
from .shared import (
    ADAM_CONFIG,
    BETAS_SWAPPED,
    EPSILON_INSIDE_THE_ROOT,
    LOOSE,
    NO_SQUARE,
    SWAP_BETAS,
    Answer,
    Config,
    hand_on,
)

__all__ = ["adam_incomplete"]

# --- other right answers ------------------------------------------------------------------------


def incomplete_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    m *= b1
    m += (1 - b1) * dw
    v *= b2
    v += (1 - b2) * dw * dw
    w -= config.setdefault("learning_rate", 1e-3) * m / (np.sqrt(v) + config.get("epsilon", 1e-8))
    return w, config


def incomplete_toward_the_new_value(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, **(config or {})}
    m, v = c.get("m", 0.0), c.get("v", 0.0)
    m = m - (1 - c["beta1"]) * (m - dw)
    v = v - (1 - c["beta2"]) * (v - dw**2)
    return w - c["learning_rate"] / (np.sqrt(v) + c["epsilon"]) * m, {**c, "m": m, "v": v}


def incomplete_counting_steps(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    """Counts steps too, which does no harm."""
    w_next, config = incomplete_toward_the_new_value(w, dw, config)
    config["t"] = config.get("t", 0) + 1
    return w_next, config


# --- the exercise ---------------------------------------------------------------------------------

adam_incomplete = Exercise(
    name="adam_incomplete",
    slide="Adam update (incomplete, but close)",
    answers=functions(optim.adam_incomplete),
    tests=[
        Test(
            "six steps, dw left as it was",
            follow,
            some_steps(ADAM_CONFIG),
            untouched=["gradients"],
            atol=LOOSE,
        ),
        Test(
            'six steps, of which only config["m"] and config["v"] are handed on',
            hand_on,
            some_steps(ADAM_CONFIG, keys=["m", "v"]),
            2,
            atol=LOOSE,
        ),
        Test(
            "epsilon is taken from config (0.1)",
            follow,
            some_steps({**ADAM_CONFIG, "epsilon": 0.1}),
            atol=LOOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "the complete Adam",
            "This is Adam with its bias correction, which comes next. Leave it out here: you need "
            "the incomplete one to see what the correction does.",
            {"adam_incomplete": optim.adam},
        ),
        Mistake("betas swapped", BETAS_SWAPPED, edit(optim.adam_incomplete, SWAP_BETAS)),
        Mistake(
            "epsilon inside the root",
            EPSILON_INSIDE_THE_ROOT,
            edit(
                optim.adam_incomplete, ('(np.sqrt(v) + c["epsilon"])', 'np.sqrt(v + c["epsilon"])')
            ),
            elsewhere=True,
        ),
        Mistake(
            "new values at full weight",
            "The new gradient and its square enter at full weight, so your averages are no "
            "averages: under a constant gradient they grow to many times its size.",
            edit(
                optim.adam_incomplete,
                ("(1 - beta1) * dw\n", "dw\n"),
                ("(1 - beta2) * dw**2", "dw**2"),
            ),
        ),
        Mistake(
            "averages are not stored",
            "Each step starts from zero averages: the new ones do not get into `config`.",
            edit(optim.adam_incomplete, ('    c["m"], c["v"] = m, v\n', "")),
        ),
        Mistake(
            "no square root",
            "You divide by the average square itself. Its root has the units of a gradient.",
            edit(optim.adam_incomplete, ("np.sqrt(v)", "v")),
        ),
        Mistake(
            "sizes for squares", NO_SQUARE, edit(optim.adam_incomplete, ("dw**2", "np.abs(dw)"))
        ),
    ],
    styles=[
        Style("in place", {"adam_incomplete": incomplete_in_place}),
        Style("toward the new value", {"adam_incomplete": incomplete_toward_the_new_value}),
        Style("counts steps", {"adam_incomplete": incomplete_counting_steps}),
    ],
)
