"""What 05_update_rules asks of a rule: the probes, and the inputs that go with them.

Gradients keep away from zero, because some rules divide by their size, and the learning rates are
0.05 to 0.2: so each mistake moves `w` by hundreds of tolerances, for every seed.
"""
# mypy: disallow-untyped-defs=False
# (Probes and properties carry no annotations: their source travels to where only numpy is known.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Inputs = dict[str, Any]
Draw = Callable[[np.random.Generator], Inputs]

# --- probes of a rule(w, dw, config) ------------------------------------------------------------


def follow(rule, w, gradients, config):
    path = []
    for dw in gradients:
        w, config = rule(w, dw, config)
        path.append(np.array(w))
    return {"next_w": path}


def first_step(rule, ws, dws, config):
    results = [rule(w, dw, dict(config)) for w, dw in zip(ws, dws, strict=True)]
    return {"next_w": [next_w for next_w, _ in results]}


def shape_of_step(rule, ws, dws, config):
    results = [rule(w, dw, dict(config)) for w, dw in zip(ws, dws, strict=True)]
    return {"shape of next_w": [list(np.shape(next_w)) for next_w, _ in results]}


def remember(rule, w, gradients, config, keys):
    for dw in gradients:
        w, config = rule(w, dw, config)
    return {f"config[{key!r}]": config.get(key) for key in keys}


def change_rate(rule, w, gradients, config, rates):
    path = []
    for dw, rate in zip(gradients, rates, strict=True):
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


# --- probes of the look-ahead form, which is given a gradient function ----------------------------


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


# --- the annealed momentum: any path that rises is right, so properties judge it ------------------


def anneal(anneal_momentum, times, total, limits):
    return {"mu": [float(anneal_momentum(int(t), total, **limits)) for t in times]}


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
    if not np.isfinite(mu).all():
        return "The momentum is not a finite number everywhere."
    if (np.diff(mu) < -1e-12).any():
        return "The momentum falls somewhere on its way; it should only rise."
    if mu.min() < low - 1e-9 or mu.max() > high + 1e-9:
        return "The momentum leaves the range from `start` to `end`."
    return ""


def stays_at_end(inputs, values):
    off = np.abs(np.asarray(values["mu"]) - inputs["limits"]["end"])
    return "" if (off <= 1e-9).all() else "Past the planned run the momentum is not `end` any more."


# --- inputs ---------------------------------------------------------------------------------------


def signed(
    rng: np.random.Generator, *shape: int, least: float = 0.5, most: float = 2
) -> np.ndarray:
    """Numbers of both signs, none near zero."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(least, most, shape)


def some_steps(config: Inputs | None, steps: int = 6, scale: float = 1, **more: Any) -> Draw:
    """`steps` gradients of about the size `scale`, whose signs change, for a (5, 4) array."""

    def inputs(rng: np.random.Generator) -> Inputs:
        gradients = scale * signed(rng, steps, 5, 4)
        return {"w": signed(rng, 5, 4), "gradients": gradients, "config": config, **more}

    return inputs


def seeded(config: Inputs, *, squares: str = "", averages: str = "", **more: Any) -> Draw:
    """Three steps from a stored state: one array named `squares` (>= 0), one named `averages`.

    With `t` in `config` the state is that of a run which has taken so many steps.
    """

    def inputs(rng: np.random.Generator) -> Inputs:
        state = {}
        if averages:
            state[averages] = signed(rng, 5, 4, least=0.2, most=1)
        if squares:
            state[squares] = rng.uniform(0.5, 2, (5, 4))
        return {**some_steps({**config, **state}, 3)(rng), **more}

    return inputs


def any_shape(config: Inputs) -> Draw:
    """One gradient for each of four arrays, of one to three dimensions."""

    def inputs(rng: np.random.Generator) -> Inputs:
        shapes = [(7,), (4, 1), (1, 3), (2, 1, 3)]
        ws, dws = ([signed(rng, *shape) for shape in shapes] for _ in range(2))
        return {"ws": ws, "dws": dws, "config": config}

    return inputs


def bowl(rng: np.random.Generator) -> Inputs:
    """Twenty steps down a quadratic of three parameters, turned out of the axes."""
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    hessian = turn @ np.diag([1.0, 4.0, 9.0]) @ turn.T
    config = {"learning_rate": 0.03, "momentum": 0.8}
    return {"w": signed(rng, 3), "hessian": hessian, "config": config, "steps": 20}


def rolling(steps: int) -> Draw:
    """A moving ball on a wavy slope."""

    def inputs(rng: np.random.Generator) -> Inputs:
        start = {"theta": signed(rng, 4), "v": signed(rng, 4), "tilt": signed(rng, 4)}
        return {**start, "lr": 0.15, "mu": 0.8, "steps": steps}

    return inputs


def moving(rng: np.random.Generator) -> Inputs:
    return {"theta": signed(rng, 4), "v": signed(rng, 4), "lr": 0.15, "mu": 0.7}


def planned_run(rng: np.random.Generator) -> Inputs:
    limits = {"start": float(rng.uniform(0.3, 0.6)), "end": float(rng.uniform(0.8, 0.99))}
    total = int(rng.integers(10, 40))
    return {"times": np.arange(total), "total": total, "limits": limits}


def past_the_run(rng: np.random.Generator) -> Inputs:
    plan = planned_run(rng)
    return {**plan, "times": plan["total"] + rng.integers(0, 100, 5)}


def default_run(rng: np.random.Generator) -> Inputs:
    total = int(rng.integers(10, 40))
    return {"times": np.array([0, total - 1]), "total": total, "limits": {}}
