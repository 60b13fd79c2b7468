"""The exercise `rprop`, a bonus: only the signs of the gradients count."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import Inputs, any_shape, first_step, follow, some_steps
from .shared import Answer, Config, hand_on

__all__ = ["rprop"]

# --- probe and inputs -----------------------------------------------------------------------------


def one_buffer(rule, w, gradients, config):
    path, dw = [], np.empty_like(w)
    for gradient in gradients:
        dw[...] = gradient
        w, config = rule(w, dw, config)
        path.append(np.array(w))
    return {"next_w": path}


def some_zeros(rng: np.random.Generator) -> Inputs:
    """Six gradients, a fifth of whose elements are 0."""
    inputs = some_steps(CONFIG)(rng)
    size = inputs["gradients"].size
    inputs["gradients"].flat[rng.permutation(size)[: size // 5]] = 0
    return inputs


CONFIG: Config = {"learning_rate": 0.1, "up": 1.3, "down": 0.4, "least": 1e-6, "most": 50.0}
NARROW: Config = {**CONFIG, "least": 0.06, "most": 0.15}
DEFAULTS: Config = {"learning_rate": 1e-2, "up": 1.2, "down": 0.5, "least": 1e-6, "most": 50.0}

# --- other right answers --------------------------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    for key, value in DEFAULTS.items():
        config.setdefault(key, value)
    steps = config.setdefault("steps", np.full(w.shape, config["learning_rate"]))
    product = dw * config.get("last_dw", 0)
    steps[product > 0] *= config["up"]
    steps[product < 0] *= config["down"]
    np.clip(steps, config["least"], config["most"], out=steps)
    w[dw > 0] -= steps[dw > 0]
    w[dw < 0] += steps[dw < 0]
    config["last_dw"] = dw.copy()
    return w, config


def remembers_signs(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """Of the last gradient only its sign is kept."""
    c = {**DEFAULTS, **(config or {})}
    steps, sign = c.get("steps", c["learning_rate"] + 0 * w), np.sign(dw)
    agree = sign * c.get("last_dw", np.zeros(w.shape))
    steps = steps * c["up"] ** (agree > 0) * c["down"] ** (agree < 0)
    steps = np.minimum(np.maximum(steps, c["least"]), c["most"])
    return w - sign * steps, {**c, "steps": steps, "last_dw": sign}


def one_element_at_a_time(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c: dict[str, Any] = {**DEFAULTS, **(config or {})}
    steps = np.array(c.get("steps", np.full(w.shape, c["learning_rate"])))
    last, new = c.get("last_dw", np.zeros(w.shape)), np.array(w)
    for i in np.ndindex(w.shape):
        if last[i] * dw[i] > 0:
            steps[i] = min(steps[i] * c["up"], c["most"])
        elif last[i] * dw[i] < 0:
            steps[i] = max(steps[i] * c["down"], c["least"])
        new[i] += -steps[i] if dw[i] > 0 else steps[i] if dw[i] < 0 else 0
    return new, {**c, "steps": steps, "last_dw": np.array(dw)}


# --- the exercise ---------------------------------------------------------------------------------

STORE = 'c["steps"], c["last_dw"] = steps, np.array(dw)'
MOVE = "return w - steps * np.sign(dw), c"

rprop = Exercise(
    name="rprop",
    slide="rmsprop: A mini-batch version of rprop",
    answers=functions(optim.rprop),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(CONFIG),
            untouched=["dws"],
        ),
        Test("six steps; gradients change sign, and some are 0", follow, some_zeros, 2),
        Test(
            'six steps, of which only config["steps"] and config["last_dw"] are handed on',
            hand_on,
            some_steps(CONFIG, keys=["steps", "last_dw"]),
        ),
        Test("step lengths stay from least to most", follow, some_steps(NARROW)),
        Test("all gradients come in one array", one_buffer, some_steps(CONFIG)),
    ],
    mistakes=[
        Mistake(
            "the gradient's size counts",
            "You multiply the step lengths by the gradient itself. Rprop uses only its sign.",
            edit(optim.rprop, (MOVE, "return w - steps * dw, c")),
        ),
        Mistake(
            "climbs",
            "You step in the direction of the gradient, so the loss grows.",
            edit(optim.rprop, (MOVE, "return w + steps * np.sign(dw), c")),
        ),
        Mistake(
            "grows where the signs differ",
            "Your steps get longer where the sign has changed, and shorter where it has not. A "
            "changed sign means that the step went past the minimum.",
            edit(
                optim.rprop,
                ("agree > 0", "agree < 0"),
                ('agree < 0, c["down"]', 'agree > 0, c["down"]'),
            ),
        ),
        Mistake(
            "the last gradient is not stored",
            "All your steps have the first one's length. Does this step's gradient get into "
            "`config`, for the next step to compare with?",
            edit(optim.rprop, (STORE, 'c["steps"] = steps')),
        ),
        Mistake(
            "the last gradient is not copied",
            "You store the array `dw` itself. Whoever calls you may write the next gradient into "
            "that array, and then you compare the new gradient with itself. Store a copy.",
            edit(optim.rprop, ("np.array(dw)", "dw")),
        ),
        Mistake(
            "step lengths are not stored",
            "Each step starts from the length of the first one: the new lengths do not get into "
            "`config`.",
            edit(optim.rprop, (STORE, 'c["last_dw"] = np.array(dw)')),
        ),
        Mistake(
            "moves by the old lengths",
            "You move before the lengths have changed, so that each comparison of signs is felt "
            "one step late.",
            edit(optim.rprop, (MOVE, "return w - old * np.sign(dw), c")),
        ),
        Mistake(
            "no limits",
            'Your step lengths may leave the range from config["least"] to config["most"].',
            edit(optim.rprop, ('np.clip(old * factor, c["least"], c["most"])', "(old * factor)")),
        ),
        Mistake(
            "one verdict for all weights",
            "You compare the two gradients as wholes, so all lengths change alike. Each weight "
            "compares its own two signs.",
            edit(
                optim.rprop,
                (
                    'agree = np.sign(dw) * np.sign(c["last_dw"])',
                    'agree = np.sum(dw * c["last_dw"])',
                ),
            ),
        ),
        Mistake(
            "waits after a change of sign",
            "Where its sign changes, your weight leaves the step out and forgets the gradient. "
            "That is PyTorch's Rprop. Hinton's, asked for here, makes the shorter step at once.",
            edit(
                optim.rprop,
                (STORE, 'c["steps"], c["last_dw"] = steps, np.where(agree < 0, 0, dw)'),
                (MOVE, "return w - steps * np.sign(dw) * (agree >= 0), c"),
            ),
            elsewhere=True,
        ),
    ],
    styles=[
        Style("in place", {"rprop": in_place}),
        Style("remembers signs", {"rprop": remembers_signs}),
        Style("one element at a time", {"rprop": one_element_at_a_time}),
    ],
)
