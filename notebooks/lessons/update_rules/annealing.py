"""The exercise `anneal_momentum`. Any path that rises is right, so properties judge it."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import Inputs

__all__ = ["anneal_momentum"]

# --- probe and inputs -----------------------------------------------------------------------------


def anneal(anneal_momentum, times, total, limits):
    return {"mu": [float(anneal_momentum(int(t), total, **limits)) for t in times]}


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


# --- properties -----------------------------------------------------------------------------------


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


# --- other right answers --------------------------------------------------------------------------


def cosine(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    done = min(1.0, t / (total - 1))
    return end - (end - start) * (1 + math.cos(math.pi * done)) / 2


def in_stairs(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    stairs = np.linspace(start, end, 5)
    return float(stairs[min(4, 5 * t // total)])


def geometric(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    """Terminal speed 1/(1 - mu) grows by the same factor in each step."""
    done = np.clip(t / (total - 1), 0, 1)
    return float(1 - (1 - start) * ((1 - end) / (1 - start)) ** done)


# --- the exercise ---------------------------------------------------------------------------------

anneal_momentum = Exercise(
    name="anneal_momentum",
    slide="Momentum update: annealed from 0.5 to 0.99",
    answers=functions(optim.anneal_momentum),
    tests=[
        Test("goes from 0.5 to 0.99 by default", anneal, default_run, holds=starts_and_ends),
        Test("goes from start to end", anneal, planned_run, holds=starts_and_ends),
        Test("only rises, inside its range", anneal, planned_run, holds=rises),
        Test("stays at end after the planned run", anneal, past_the_run, holds=stays_at_end),
    ],
    mistakes=[
        Mistake(
            "runs backwards",
            "The momentum falls from `end` to `start`. Early on the gradient still changes its "
            "mind often, so the ball should carry little momentum first and much later.",
            edit(
                optim.anneal_momentum,
                (
                    "(1 - fraction) * start + fraction * end",
                    "fraction * start + (1 - fraction) * end",
                ),
            ),
        ),
        Mistake(
            "not there at the last step",
            "The steps are counted from 0, so the last one is total - 1, and there the momentum "
            "should have reached `end`. Yours gets there one step later.",
            edit(optim.anneal_momentum, ("t / (total - 1)", "t / total")),
        ),
        Mistake(
            "goes on past the end",
            "Training may run longer than planned. Your momentum then rises on beyond `end`: at 1 "
            "there is no friction left, and above 1 the velocity grows by itself.",
            edit(optim.anneal_momentum, ("min(t / (total - 1), 1.0)", "t / (total - 1)")),
        ),
    ],
    styles=[
        Style("cosine", {"anneal_momentum": cosine}),
        Style("stairs", {"anneal_momentum": in_stairs}),
        Style("geometric terminal speed", {"anneal_momentum": geometric}),
    ],
)
