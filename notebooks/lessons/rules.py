"""What notebooks 00 and 05 ask of an update rule: the probes, and the inputs that go with them.

Gradients keep away from zero, because some rules divide by their size, and the learning rates are
0.05 to 0.2: so each mistake moves `w` by hundreds of tolerances, for every seed.
"""

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


def change_rate(rule, w, gradients, config, rates):
    path = []
    for dw, rate in zip(gradients, rates, strict=True):
        config["learning_rate"] = float(rate)
        w, config = rule(w, dw, config)
        path.append(np.array(w))
    return {"next_w": path}


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
