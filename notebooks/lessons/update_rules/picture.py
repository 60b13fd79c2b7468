"""Notebook 05: the rate, the momentum, and how much of the distance one step leaves."""

from __future__ import annotations

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number

__all__ = ["NAME", "factor", "picture"]

NAME = "momentum_and_rate"

RULES = ("momentum", "Nesterov")
CONDITIONS = (10, 100, 1000)
MOMENTA = (0.0, 0.2, 0.35, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
SCALED_RATES = np.linspace(0, 4, 41)  # rate times the steepest curvature
MOST = 1.2  # of the factor that is drawn


def factor(rule: str, curvature: np.ndarray, rate: np.ndarray, mu: float) -> np.ndarray:
    """What one step leaves of the distance, in the long run: the larger root of two.

    A step is linear in (w, w before): its eigenvalues z solve z² - b z + c = 0 with, for momentum,
    b = 1 + mu - rate h and c = mu; for Nesterov, b = (1 + mu)(1 - rate h) and c = mu (1 - rate h).
    """
    left = 1 - rate * curvature
    if rule == "momentum":
        b, c = left + mu, np.full_like(left, mu)
    else:
        b, c = (1 + mu) * left, mu * left
    root = np.sqrt((b**2 - 4 * c).astype(complex))
    return np.maximum(np.abs(b + root), np.abs(b - root)) / 2


def best(rule: str, condition: float, mu: float) -> tuple[float, float, float]:
    """The factor at the best rate for a valley with curvatures 1 and `condition`.

    Before it, the lowest and the highest rate that are as good, or worse by a thousandth.
    """
    rates = np.linspace(0, 4, 40_001)[1:] / condition
    worst = np.maximum(*(factor(rule, np.array(h), rates, mu) for h in (1.0, condition)))
    least = worst.min()
    good = rates[1 - worst >= 0.999 * (1 - least)]
    return float(good[0]), float(good[-1]), float(least)


def steps(left: float) -> float:
    """How many steps leave a thousandth of the distance."""
    return float(np.log(1e-3) / np.log(left))


def picture() -> Picture:
    """Two rules, three valleys, nine momenta."""
    controls = [
        Control("Rule", RULES, kind="choice"),
        Control("Condition number", [str(condition) for condition in CONDITIONS], 1, "choice"),
        Control("Momentum", [f"{mu:g}" for mu in MOMENTA]),
    ]
    panels = [
        Panel(
            "What one step leaves of the distance",
            x="rate, times the steepest curvature",
            y="factor per step (above 1: diverges)",
            xlim=(0, 4),
            ylim=(0, MOST),
            at=SCALED_RATES.round(1),
            background=[Series("no progress", [1.0, 1.0], x=[0.0, 4.0])],
        ),
        Panel(
            "Each momentum at its own best rate",
            x="momentum",
            y="steps to a thousandth of the distance",
            yscale="log",
            xlim=(-0.02, 1.01),
            ylim=(5, 5000),
            at=MOMENTA,
        ),
    ]

    def frame(i: int, j: int, k: int) -> Frame:
        rule, condition, mu = RULES[i], CONDITIONS[j], MOMENTA[k]
        curves = [
            Series(label, np.where(left > MOST, np.nan, left).round(3))
            for label, curvature in (("along the floor", 1.0), ("across it", float(condition)))
            for left in [factor(rule, np.array(curvature), SCALED_RATES / condition, mu)]
        ]
        low, high, left = best(rule, condition, mu)
        rate = f"the best rate is {number(low)}"
        if high > 1.1 * low:
            rate = f"rates from {number(low)} to {number(high)} are best"
        needed = [steps(best(rule, condition, each)[2]) for each in MOMENTA]
        says = (
            f"{rule.capitalize()}, condition number {condition}, mu {mu:g}: {rate}. There each "
            f"step leaves {left:.3f} of the distance, and after about {needed[k]:.0f} steps a "
            f"thousandth is left. With mu = 0 (SGD) it takes {needed[0]:.0f} steps."
        )
        middle = round((low + high) / 2 * condition, 2)
        now = Series("best rate", [left], x=[middle], kind="points")
        return Frame(
            says,
            [
                [*curves, now],
                [
                    Series("steps", np.round(needed, 1)),
                    Series("now", [round(needed[k], 1)], x=[mu], kind="points"),
                ],
            ],
        )

    return Picture(
        title="Momentum and rate",
        question=(
            "which momentum is best for condition number 10, 100 and 1000? What does more of it "
            "do to the highest rate that converges? And does Nesterov's step allow the same rates?"
        ),
        alt=(
            "Two drawings. Left, against the rate, the factor by which a step multiplies the "
            "distance from the minimum, along the floor of a valley and across it; the larger of "
            "the two counts. Right, on a logarithmic axis, the steps to a thousandth of the "
            "distance against the momentum, each at its best rate."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, frame),
        tolerance=0.01,
    )
