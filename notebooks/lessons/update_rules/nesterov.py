"""Nesterov momentum: `nesterov_lookahead`, as it is derived, and `nesterov_momentum`, rewritten."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import (
    Draw,
    Inputs,
    any_shape,
    first_step,
    follow,
    signed,
    some_steps,
)
from .shared import Answer, Config, hand_on

__all__ = ["nesterov_lookahead", "nesterov_momentum"]

# --- nesterov_lookahead, which is given a gradient function: probes and inputs --------------------


def look_ahead(nesterov_lookahead, theta, v, tilt, lr, mu, steps):
    def grad(point):
        return np.sin(3 * point) + tilt

    thetas, velocities = [], []
    for _ in range(steps):
        theta, v = nesterov_lookahead(theta, v, grad, lr, mu)
        thetas.append(np.array(theta))
        velocities.append(np.array(v))
    return {"theta": thetas, "v": velocities}


def where_asked(nesterov_lookahead, theta, v, lr, mu):
    def grad(point):
        asked.append(np.array(point))
        return np.cos(point)

    asked: list[np.ndarray] = []
    nesterov_lookahead(theta, v, grad, lr, mu)
    return {"the point where grad is asked": asked[-1] if asked else None}


def rolling(steps: int) -> Draw:
    """A moving ball on a wavy slope."""

    def inputs(rng: np.random.Generator) -> Inputs:
        start = {"theta": signed(rng, 4), "v": signed(rng, 4), "tilt": signed(rng, 4)}
        return {**start, "lr": 0.15, "mu": 0.8, "steps": steps}

    return inputs


def moving(rng: np.random.Generator) -> Inputs:
    return {"theta": signed(rng, 4), "v": signed(rng, 4), "lr": 0.15, "mu": 0.7}


# --- nesterov_lookahead: other right answers ------------------------------------------------------


def lookahead_short(theta, v, grad, lr, mu):
    step = mu * v
    step = step - lr * grad(theta + step)
    return theta + step, step


def lookahead_there_and_back_in_place(theta, v, grad, lr, mu):
    theta += mu * v
    g = grad(theta)
    theta -= mu * v
    v = mu * v - lr * g
    theta += v
    return theta, v


def lookahead_as_list(theta, v, grad, lr, mu):
    ahead = np.array([a + mu * b for a, b in zip(theta, v, strict=True)])
    v = np.add(mu * v, -lr * grad(ahead))
    return [np.add(theta, v), v]


# --- nesterov_lookahead: the exercise -------------------------------------------------------------

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
        Mistake(
            "climbs",
            "Your velocity is pushed uphill: which sign has the gradient in the formula?",
            edit(optim.nesterov_lookahead, ("- lr * grad", "+ lr * grad")),
        ),
        Mistake(
            "velocity and position exchanged",
            "Both results are right, but in the other order: the position comes first, then the "
            "velocity, as in the arguments.",
            edit(
                optim.nesterov_lookahead,
                ("return theta + v_next, v_next", "return v_next, theta + v_next"),
            ),
        ),
    ],
    styles=[
        Style("short", {"nesterov_lookahead": lookahead_short}),
        Style("there and back in place", {"nesterov_lookahead": lookahead_there_and_back_in_place}),
        Style("returns a list", {"nesterov_lookahead": lookahead_as_list}),
    ],
)

# --- nesterov_momentum: probe and inputs ----------------------------------------------------------

CONFIG: Config = {"learning_rate": 0.1, "momentum": 0.8}


def roll_down(rule, w, hessian, config, steps):
    path = []
    for _ in range(steps):
        w, config = rule(w, hessian @ w, config)
        path.append(np.array(w))
    return {"phi": path}


def bowl(rng: np.random.Generator) -> Inputs:
    """Twenty steps down a quadratic of three parameters, turned out of the axes."""
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    hessian = turn @ np.diag([1.0, 4.0, 9.0]) @ turn.T
    config = {"learning_rate": 0.03, "momentum": 0.8}
    return {"w": signed(rng, 3), "hessian": hessian, "config": config, "steps": 20}


# --- nesterov_momentum: other right answers -------------------------------------------------------


def in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    mu, rate = config.setdefault("momentum", 0.9), config.setdefault("learning_rate", 0.01)
    v = config.setdefault("velocity", np.zeros_like(w))
    before = v.copy()
    v *= mu
    v -= rate * dw
    w += (1 + mu) * v - mu * before
    return w, config


def ahead_by_the_new_velocity(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> Answer:
    """CS231n's other form: momentum, and then once more in the direction of the new velocity."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0, **(config or {})}
    mu, rate = config["momentum"], config["learning_rate"]
    config["velocity"] = mu * config["velocity"] - rate * dw
    return w + mu * config["velocity"] - rate * dw, config


def by_way_of_theta(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """Back to theta, a step there, and ahead again."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    v = config.get("velocity", np.zeros(w.shape))
    theta = w - config["momentum"] * v
    v_new = config["momentum"] * v - config["learning_rate"] * dw
    theta = theta + v_new
    config.update(velocity=v_new)
    return theta + config["momentum"] * v_new, config


# --- nesterov_momentum: the exercise --------------------------------------------------------------

nesterov_momentum = Exercise(
    name="nesterov_momentum",
    slide="Nesterov Momentum update: the rewrite in phi",
    answers=functions(optim.nesterov_momentum),
    tests=[
        Test(
            "one step from rest, any shape, dw left as it was",
            first_step,
            any_shape(CONFIG),
            untouched=["dws"],
        ),
        Test("phi = theta + mu v at each of 20 steps", roll_down, bowl, 2),
        Test(
            'six steps, of which only config["velocity"] is handed on',
            hand_on,
            some_steps(CONFIG, keys=["velocity"]),
            2,
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
            "climbs",
            "Here the gradient pushes the velocity uphill, so the loss grows.",
            edit(optim.nesterov_momentum, ('- c["learning_rate"]', '+ c["learning_rate"]')),
        ),
        Mistake(
            "averaged gradient",
            "The new gradient enters your velocity with weight 1 - mu, as in an average. In the "
            "formula it enters with the full learning rate.",
            edit(
                optim.nesterov_momentum,
                ('- c["learning_rate"] * dw', '- (1 - mu) * c["learning_rate"] * dw'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "learning rate is missing",
            "The gradient enters the velocity at full size, without the learning rate: changing "
            "the rate would change nothing.",
            edit(optim.nesterov_momentum, ('c["learning_rate"] * dw', "dw")),
        ),
    ],
    styles=[
        Style("in place", {"nesterov_momentum": in_place}),
        Style("ahead by the new velocity", {"nesterov_momentum": ahead_by_the_new_velocity}),
        Style("by way of theta", {"nesterov_momentum": by_way_of_theta}),
    ],
)
