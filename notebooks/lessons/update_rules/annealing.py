"""The exercise `anneal_momentum`. Any path that rises is right, so a property judges it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import optim

from ..rules import Inputs

__all__ = ["anneal_momentum"]

# --- probe and inputs -----------------------------------------------------------------------------


def anneal(anneal_momentum, times, totals, limits):
    return {
        "mu": np.array(
            [
                [float(anneal_momentum(int(t), int(total), **one_run)) for t in row]
                for row, total, one_run in zip(times, totals, limits, strict=True)
            ]
        )
    }


def runs(rng: np.random.Generator, count: int, times: Callable[[int], Any]) -> Inputs:
    """Runs whose limits are close to each other: few paths fit into the range of another run."""
    start = rng.uniform(0.3, 0.8, count)
    end = start + rng.uniform(0.1, 0.15, count)
    totals = rng.integers(10, 40, count)
    limits = [{"start": a, "end": b} for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    return {"times": [times(total) for total in totals], "totals": totals, "limits": limits}


def first_and_last(rng: np.random.Generator) -> Inputs:
    return runs(rng, 3, lambda total: np.array([0, total - 1]))


def whole_runs(rng: np.random.Generator) -> Inputs:
    def times(total: int) -> Any:
        return np.array([0, *np.sort(rng.permutation(np.arange(1, total - 1))[:6]), total - 1])

    return runs(rng, 12, times)


def first_and_past_the_run(rng: np.random.Generator) -> Inputs:
    return runs(rng, 3, lambda total: np.append(0, total + rng.integers(0, 100, 3)))


def either_end_by_default(rng: np.random.Generator) -> Inputs:
    """Forty runs, each asked for its first step or its last, in no order."""
    asked = runs(rng, 40, lambda total: rng.choice([0, total - 1], 1))
    return {**asked, "limits": [{}] * 40}


# --- properties -----------------------------------------------------------------------------------


def rises(inputs, values):
    for mu, limits in zip(values["mu"], inputs["limits"], strict=True):
        low, high = limits["start"], limits["end"]
        if mu.min() < low - 1e-9 or mu.max() > high + 1e-9:
            return "The momentum leaves the range from `start` to `end`."
        if (np.diff(mu) < -1e-12).any():
            return "The momentum falls somewhere on its way; it should only rise."
        if mu[0] == mu[-1]:
            return "The momentum is the same at the first step and at the last."
    return ""


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
        Test("starts at 0.5 and ends at 0.99 by default", anneal, either_end_by_default),
        Test("starts at start and ends at end", anneal, first_and_last),
        Test("only rises, inside its range", anneal, whole_runs, holds=rises),
        Test("stays at end after the planned run", anneal, first_and_past_the_run),
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
        Mistake(
            "start and end have no effect",
            "Your momentum goes from 0.5 to 0.99 whatever `start` and `end` are. Those two numbers "
            "are only their defaults.",
            {
                "anneal_momentum": lambda t, total, start=0.5, end=0.99: optim.anneal_momentum(
                    t, total
                )
            },
        ),
    ],
    styles=[
        Style("cosine", {"anneal_momentum": cosine}),
        Style("stairs", {"anneal_momentum": in_stairs}),
        Style("geometric terminal speed", {"anneal_momentum": geometric}),
    ],
)
