"""The exercise `sgd_momentum`: a velocity that remembers earlier gradients."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import any_shape, change_rate, first_step, follow, some_steps
from .shared import Answer, Config, hand_on

__all__ = ["sgd_momentum"]

# --- inputs ---------------------------------------------------------------------------------------

CONFIG: Config = {"learning_rate": 0.1, "momentum": 0.8}
RATES = np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])

# --- other right answers --------------------------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.setdefault("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    return w, config


def velocity_from_the_move(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The velocity comes from the move, not the move from the velocity."""
    config = dict(config or {})
    old = config.get("velocity", 0.0)
    moved = w - config.get("learning_rate", 0.01) * dw + config.get("momentum", 0.9) * old
    return moved, {**config, "velocity": moved - w}


def one_element_at_a_time(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    old = config.get("velocity")
    olds = [0.0] * w.size if old is None else old.ravel().tolist()
    rate, mu = config["learning_rate"], config["momentum"]
    new = [mu * v - rate * g for v, g in zip(olds, dw.ravel().tolist(), strict=True)]
    config["velocity"] = np.array(new).reshape(w.shape)
    return w + config["velocity"], config


def velocity_downhill(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The velocity has the gradient's sign, and is subtracted."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    v = config["momentum"] * config.get("velocity", 0.0) + config["learning_rate"] * dw
    config["velocity"] = v
    return w - v, config


# --- the exercise ---------------------------------------------------------------------------------

sgd_momentum = Exercise(
    name="sgd_momentum",
    slide="Momentum update",
    answers=functions(optim.sgd_momentum),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(CONFIG),
            untouched=["dws"],
        ),
        Test("six steps while the gradient changes sign", follow, some_steps(CONFIG), 2),
        Test(
            'six steps, of which only config["velocity"] is handed on',
            hand_on,
            some_steps(CONFIG, keys=["velocity"]),
            2,
        ),
        Test("the rate changes between steps", change_rate, some_steps(CONFIG, rates=RATES)),
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
            "Every step starts from rest: the new velocity does not get into `config`, or the old "
            "one does not get into the new one. So nothing builds up, which was the whole idea.",
            edit(optim.sgd_momentum, ('    c["velocity"] = v\n', "")),
        ),
        Mistake(
            "moves by the old velocity",
            "The position moves by the velocity from before this step, so that each gradient is "
            "felt one step late. Which of the two equations comes first?",
            edit(
                optim.sgd_momentum,
                ('c["velocity"] = v\n', 'old, c["velocity"] = c["velocity"], v\n'),
                ("return w + v", "return w + old"),
            ),
        ),
        Mistake(
            "friction on the new gradient",
            "Your mu multiplies the new gradient as well as the old velocity. Check the brackets: "
            "what does friction take its share of?",
            edit(
                optim.sgd_momentum,
                (
                    'c["momentum"] * c["velocity"] - c["learning_rate"] * dw',
                    'c["momentum"] * (c["velocity"] - c["learning_rate"] * dw)',
                ),
            ),
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
            "averaged gradient, rate outside",
            "Your velocity is an average of gradients, in which the new one has weight 1 - mu, and "
            "the rate multiplies it afterwards: the momentum of deeplearning.ai's course and of "
            "CMU's Deep Learning Systems. The lecture's velocity takes the gradient in with the "
            "full rate, so that its steps become 1/(1 - mu) times longer.",
            edit(
                optim.sgd_momentum,
                ('- c["learning_rate"] * dw', '+ (1 - c["momentum"]) * dw'),
                ("return w + v", 'return w - c["learning_rate"] * v'),
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
    styles=[
        Style("in place", {"sgd_momentum": in_place}),
        Style("velocity from the move", {"sgd_momentum": velocity_from_the_move}),
        Style("the velocity is subtracted", {"sgd_momentum": velocity_downhill}),
        Style("one element at a time", {"sgd_momentum": one_element_at_a_time}),
    ],
)
