"""Exercises of 05_update_rules: from momentum to Adam.

All rules share a few probes: a rule is followed for some steps, or its state is read afterwards.
Gradients keep away from zero where a rule divides by their size, so that mistakes stay apart for
every seed. Learning rates are 0.05 to 0.2, far above the tolerance: each mistake moves `w` by
hundreds of tolerances in at least one test.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_lib import optim

from . import update_rule_styles as styles
from .model import Exercise, Mistake, Style, Test, choice, edit, functions

# mypy: disable-error-code="no-untyped-def"
# (Probes and properties travel as source text; their types would be noise there.)

Inputs = dict[str, Any]

# Where epsilon is not the point, 1e-7 (slides) and 1e-8 (CS231n, PyTorch) must both pass: they
# differ by less than 1e-6 in any step below.
LOOSE = {"rtol": 1e-6, "atol": 1e-6}


# --- probes ---------------------------------------------------------------------------------------


def follow(rule, w, gradients, config):
    path = []
    for dw in gradients:
        w, config = rule(w, dw, config)
        path.append(np.array(w))
    return {"next_w": path}


def first_step(rule, ws, dws, config):
    results = [rule(w, dw, dict(config)) for w, dw in zip(ws, dws)]
    return {"next_w": [next_w for next_w, _ in results]}


def remember(rule, w, gradients, config, keys):
    for dw in gradients:
        w, config = rule(w, dw, config)
    return {f"config[{key!r}]": config.get(key) for key in keys}


def change_rate(rule, w, gradients, config, rates):
    path = []
    for dw, rate in zip(gradients, rates):
        config["learning_rate"] = float(rate)
        w, config = rule(w, dw, config)
        path.append(np.array(w))
    return {"next_w": path}


def roll_down(rule, w, hessian, config, steps):
    path = []
    for _ in range(steps):
        w, config = rule(w, hessian @ w, config)
        path.append(np.array(w))
    return {"phi": path}


def look_ahead(nesterov_lookahead, theta, v, tilt, lr, mu, steps):
    def grad(point):
        asked.append(np.array(point))
        return np.sin(3 * point) + tilt

    asked, thetas, velocities = [], [], []
    for _ in range(steps):
        theta, v = nesterov_lookahead(theta, v, grad, lr, mu)
        thetas.append(np.array(theta))
        velocities.append(np.array(v))
    return {"theta": thetas, "v": velocities}


def where_asked(nesterov_lookahead, theta, v, lr, mu):
    def grad(point):
        asked.append(np.array(point))
        return np.cos(point)

    asked = []
    nesterov_lookahead(theta, v, grad, lr, mu)
    return {"the point where grad is asked": asked[-1] if asked else None}


def anneal(anneal_momentum, times, total, limits):
    return {"mu": [float(anneal_momentum(int(t), total, **limits)) for t in times]}


# --- properties of the annealed momentum: any path that rises is right ----------------------------


def starts_and_ends(inputs, values):
    start = inputs["limits"].get("start", 0.5)
    end = inputs["limits"].get("end", 0.99)
    mu = values["mu"]
    if abs(mu[0] - start) > 1e-9:
        return "At t = 0 the momentum is not `start`."
    if abs(mu[-1] - end) > 1e-9:
        return "At the last step, t = total - 1, the momentum is not `end`."
    return ""


def rises(inputs, values):
    low, high = inputs["limits"]["start"], inputs["limits"]["end"]
    mu = np.asarray(values["mu"])
    if (np.diff(mu) < -1e-12).any():
        return "The momentum falls somewhere on its way; it should only rise."
    if mu.min() < low - 1e-9 or mu.max() > high + 1e-9:
        return "The momentum leaves the range from `start` to `end`."
    return ""


def stays_at_end(inputs, values):
    off = np.abs(np.asarray(values["mu"]) - inputs["limits"]["end"]) > 1e-9
    return "After the last planned step the momentum should stay at `end`." if off.any() else ""


# --- inputs ---------------------------------------------------------------------------------------


def signed(rng: np.random.Generator, *shape: int, least: float = 0.5, most: float = 2) -> np.ndarray:
    """Numbers of both signs, none near zero."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(least, most, shape)


def some_steps(config: Inputs | None, steps: int = 6, scale: float = 1):
    """`steps` gradients of size about `scale`, whose signs change, for a (5, 4) array."""

    def inputs(rng: np.random.Generator) -> Inputs:
        gradients = scale * signed(rng, steps, 5, 4)
        return {"w": signed(rng, 5, 4), "gradients": gradients, "config": config}

    return inputs


def any_shape(config: Inputs):
    def inputs(rng: np.random.Generator) -> Inputs:
        shapes = [(7,), (4, 1), (1, 3), (2, 1, 3)]
        ws, dws = ([signed(rng, *shape) for shape in shapes] for _ in "wd")
        return {"ws": ws, "dws": dws, "config": config}

    return inputs


def seeded(config: Inputs, steps: int = 3, **state: Any):
    """Some steps from a stored state: `state` maps a key to (least, most), or to a number as is."""

    def inputs(rng: np.random.Generator) -> Inputs:
        known = {
            key: signed(rng, 5, 4, least=size[0], most=size[1]) if isinstance(size, tuple) else size
            for key, size in state.items()
        }
        for key in known.keys() & {"cache"} | ({"v"} & known.keys()):
            known[key] = np.abs(known[key])  # sums of squares
        return {**some_steps(config, steps)(rng), "config": {**config, **known}}

    return inputs


def also(inputs, **more: Any):
    """The inputs of `inputs`, and `more`."""
    return lambda rng: {**inputs(rng), **more}


def one_gradient(config: Inputs):
    def inputs(rng: np.random.Generator) -> Inputs:
        return {"ws": [signed(rng, 5, 4)], "dws": [signed(rng, 5, 4)], "config": config}

    return inputs


def bowl(rng: np.random.Generator) -> Inputs:
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    hessian = turn @ np.diag([1.0, 4.0, 9.0]) @ turn.T
    config = {"learning_rate": 0.03, "momentum": 0.8}
    return {"w": signed(rng, 3), "hessian": hessian, "config": config, "steps": 20}


def rolling(rng: np.random.Generator) -> Inputs:
    start = {"theta": signed(rng, 4), "v": signed(rng, 4)}
    return {**start, "tilt": signed(rng, 4), "lr": 0.15, "mu": 0.8, "steps": 8}


def moving(rng: np.random.Generator) -> Inputs:
    return {"theta": signed(rng, 4), "v": signed(rng, 4), "lr": 0.15, "mu": 0.7}


def run_of(total: int, start: float, end: float, beyond: bool = False):
    def inputs(rng: np.random.Generator) -> Inputs:
        times = total + rng.integers(0, 3 * total, 5) if beyond else np.arange(total)
        shift = float(rng.uniform(-0.05, 0.005))
        return {"times": times, "total": total, "limits": {"start": start + shift, "end": end + shift}}

    return inputs


def default_run(rng: np.random.Generator) -> Inputs:
    total = int(rng.integers(20, 60))
    return {"times": np.array([0, total - 1]), "total": total, "limits": {}}


def leaves_alone(config: Inputs, points: float = 1) -> Test:
    name = "leaves the gradient dw as it was"
    return Test(name, first_step, one_gradient(config), points, untouched=["dws"], **LOOSE)


# --- momentum -------------------------------------------------------------------------------------

ROLL: Inputs = {"learning_rate": 0.1, "momentum": 0.8}
VELOCITY = {"velocity": (0.2, 1)}

sgd_momentum = Exercise(
    name="sgd_momentum",
    slide="Momentum update",
    answers=functions(optim.sgd_momentum),
    tests=[
        Test("one step from rest, arrays of any shape", first_step, any_shape(ROLL)),
        Test("six steps while the gradient changes sign", follow, some_steps(ROLL), 2),
        Test("goes on from a stored velocity", follow, seeded(ROLL, **VELOCITY)),
        Test(
            "stores the velocity for the next step",
            remember,
            also(seeded(ROLL, **VELOCITY), keys=["velocity"]),
        ),
        Test(
            "the learning rate changes between steps",
            change_rate,
            also(some_steps(ROLL), rates=np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])),
        ),
        Test("config=None: rate 1e-2, momentum 0.9", follow, some_steps(None, scale=20)),
        leaves_alone(ROLL),
    ],
    mistakes=[
        Mistake(
            "climbs",
            "The gradient pushes the velocity uphill here, so the loss grows. Which way does a ball "
            "roll, compared with the gradient?",
            edit(optim.sgd_momentum, ('- c["learning_rate"]', '+ c["learning_rate"]')),
        ),
        Mistake(
            "velocity is not stored",
            "Each step starts again with the velocity it was first given: the new one never gets "
            "into `config`, so nothing builds up and this is plain gradient descent in slow motion.",
            edit(optim.sgd_momentum, ('    c["velocity"] = v\n', "")),
        ),
        Mistake(
            "averaged gradient",
            "Your velocity is an average: the new gradient enters with weight 1 - mu. That is right "
            "in other courses (and in Adam's m), but it makes steps 1/(1 - mu) times smaller; on the "
            "slide the gradient enters with the full learning rate.",
            edit(
                optim.sgd_momentum,
                ('c["learning_rate"] * dw', '(1 - c["momentum"]) * c["learning_rate"] * dw'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "PyTorch's velocity",
            "Your velocity collects gradients, and the learning rate multiplies it afterwards. That "
            "is PyTorch's form; the lecture's velocity is itself a step, with the rate inside. They "
            "agree from rest with a constant rate, and part as soon as the rate changes.",
            edit(
                optim.sgd_momentum,
                ('- c["learning_rate"] * dw', "+ dw"),
                ("return w + v", 'return w - c["learning_rate"] * v'),
            ),
            elsewhere=True,
        ),
        Mistake(
            "Nesterov momentum instead",
            "The velocity is right, but the step looks ahead along it: that is Nesterov's update, "
            "which comes later in this notebook. Here the position simply moves by the velocity.",
            edit(
                optim.sgd_momentum,
                ("return w + v", 'return w + v + c["momentum"] * (v - {**c, **(config or {})}["velocity"])'),
            ),
        ),
    ],
    styles=[Style(name, {"sgd_momentum": rule}) for name, rule in styles.SGD_MOMENTUM.items()],
)
