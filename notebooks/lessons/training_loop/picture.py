"""Notebook 00: the step of a difference quotient, and the two errors that it trades."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.gradcheck import numerical_gradient

__all__ = ["NAME", "picture"]

NAME = "gradient_check"

FORMULAS = {"one-sided": 1, "centred": 2}  # the power of h that the error falls with
PRECISIONS = {"float64": np.float64, "float32": np.float32}
STEPS = 10.0 ** -np.arange(1, 17)
POINTS = np.linspace(0.05, 0.4, 8)
"""Where the gradient is measured; the left panel shows the first of them."""
NEAR = np.linspace(-2, 2, 65)


def wavy(x: np.ndarray, precision: type) -> np.ndarray:
    """exp(sin 3x), one number for each of `x`, computed in `precision`."""
    return np.exp(np.sin(3 * x.astype(precision))).astype(np.float64)


def one_sided(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, h: float) -> np.ndarray:
    return (f(x + h) - f(x)) / h


@cache
def worst_error(formula: str, precision: str, h: float) -> float:
    """The largest relative error of the eight slopes."""

    def f(x: np.ndarray) -> np.ndarray:
        return wavy(x, PRECISIONS[precision])

    exact = 3 * np.cos(3 * POINTS) * np.exp(np.sin(3 * POINTS))
    if formula == "centred":
        measured = numerical_gradient(f, POINTS.copy(), df=np.ones_like(POINTS), h=h)
    else:
        measured = one_sided(f, POINTS, h)
    # As in the notebook: relative to the exact slope, which is never 0 here.
    return float(np.max(np.abs(measured - exact) / np.abs(exact)))


def magnified(precision: str, h: float) -> np.ndarray:
    """The function around the first point, as large as h: its rise over h, in exact slopes."""
    x = POINTS[0]
    exact = 3 * np.cos(3 * x) * np.exp(np.sin(3 * x))
    rise = wavy(x + h * NEAR, PRECISIONS[precision]) - wavy(np.array([x]), PRECISIONS[precision])
    return rise / (h * exact)


def _reason(formula: str, precision: str, h: float) -> str:
    """Which of the two errors is the larger: that of the formula, or that of the numbers."""
    numbers = PRECISIONS[precision]
    if np.array_equal((POINTS + h).astype(numbers), POINTS.astype(numbers)):
        return f"{precision} cannot tell x + h from x: the slope comes out as 0."
    # In float64 all of the error at 0.01 is the formula's, which falls with h or with h squared.
    truncation = worst_error(formula, "float64", 0.01) * (h / 0.01) ** FORMULAS[formula]
    if worst_error(formula, precision, h) > 2 * truncation:
        return "That is rounding: an error in the last digit, divided by h."
    return "That is truncation: the function bends within h."


def picture() -> Picture:
    """Two formulas, two precisions, sixteen steps: the curve under the glass, and the error."""
    controls = [
        Control("Formula", list(FORMULAS), start=1, kind="choice"),
        Control("Numbers", list(PRECISIONS), kind="choice"),
        Control(
            "Step h", ["0.1", "0.01", "0.001", *(number(h, 1) for h in STEPS[3:])], kind="time"
        ),
    ]
    panels = [
        Panel(
            "The function under a glass that magnifies 1/h times",
            x="distance from the point, in h",
            y="rise, in h times the exact slope",
            at=NEAR,
            xlim=(-2, 2),
            ylim=(-3, 3),
            background=[Series("exact tangent", NEAR)],
        ),
        Panel(
            "Error for this h, and for the larger ones",
            x="step h",
            y="largest relative error of 8 slopes",
            xscale="log",
            yscale="log",
            xlim=(0.3, 3e-17),
            ylim=(1e-11, 10),
        ),
    ]

    def frame(formula: str, precision: str, k: int) -> Frame:
        error = worst_error(formula, precision, STEPS[k])
        curve = magnified(precision, STEPS[k])
        ends = [-1, 1] if formula == "centred" else [0, 1]
        chord = Series("difference", np.interp(ends, NEAR, curve), x=ends)
        so_far = [worst_error(formula, precision, h) for h in STEPS[: k + 1]]
        here = Series("this h", [error], x=[STEPS[k]], kind="points")
        trail = Series("larger h", so_far, x=STEPS[: k + 1])
        says = (
            f"{formula}, {precision}, h = {controls[2].values[k]}: the worst of eight slopes is "
            f"off by {number(error, 1)} of its size. {_reason(formula, precision, STEPS[k])}"
        )
        return Frame(says, [[Series("computed function", curve), chord], [trail, here]])

    return Picture(
        title="How small should h be?",
        question=(
            "h gets ten times smaller with each step. How far down does the error fall, and what "
            "stops it? Where does it turn with float32?"
        ),
        alt=(
            "Two drawings. Left, a smooth function close to a point, magnified as h gets smaller: "
            "bent for large h, straight for medium ones, a staircase of rounding for tiny ones. "
            "Right, the error of the slope against h, which falls and rises again."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(
            controls, lambda i, j, k: frame(list(FORMULAS)[i], list(PRECISIONS)[j], k)
        ),
        tolerance=0.25,  # the last bit of exp differs between machines, and 1e-16 shows it
    )
