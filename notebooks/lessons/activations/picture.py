"""Notebook 01: an activation, its slope, and a gradient on its way back through ten layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib import activations as act

__all__ = ["NAME", "picture"]

NAME = "activations"

PAIRS: dict[str, tuple[Callable, Callable]] = {
    "sigmoid": (act.sigmoid_forward, act.sigmoid_backward),
    "tanh": (act.tanh_forward, act.tanh_backward),
    "ReLU": (act.relu_forward, act.relu_backward),
    "leaky ReLU": (act.leaky_relu_forward, act.leaky_relu_backward),
    "ELU": (act.elu_forward, act.elu_backward),
}
GAINS = (0.25, 0.5, 1.0, 2.0, 4.0, 16.0, 64.0)  # variance of the weights, times fan-in
NAMED = {1.0: "1 (Xavier)", 2.0: "2 (He)"}
DEPTH, UNITS, EXAMPLES, SEEDS = 10, 100, 200, 3


def left_after(forward: Callable, backward: Callable, gain: float, seed: int) -> np.ndarray:
    """Root mean square of a gradient after 0, 1, ..., 10 layers on its way back; 1 at first."""
    rng = np.random.default_rng(seed)
    x, passed = rng.standard_normal((EXAMPLES, UNITS)), []
    for _ in range(DEPTH):
        w = rng.standard_normal((UNITS, UNITS)) * np.sqrt(gain / UNITS)
        x, cache = forward(x @ w)
        passed.append((w, cache))
    gradient = rng.standard_normal(x.shape)
    sizes = [np.sqrt(np.mean(gradient**2))]
    for w, cache in reversed(passed):
        gradient = backward(gradient, cache) @ w.T
        sizes.append(np.sqrt(np.mean(gradient**2)))
    return np.array(sizes) / sizes[0]


def describe_remainder(part: float) -> str:
    if 0.85 < part < 1.15:
        return f"has kept its size ({number(part)} of it)"
    if part > 1:
        return f"has grown to {number(part)} times its size"
    return f"has shrunk to {number(part)} of its size"


def picture() -> Picture:
    """Five activations and seven sizes of the weights: value and slope; what is left of a gradient.

    Maxout is not among them: it has weights of its own, so there is no one curve to show.
    """
    grid = np.linspace(-3, 3, 80)  # an even number: none is exactly 0, where the slope may jump
    ones = np.ones_like(grid)
    controls = [
        Control("Activation", list(PAIRS), start=0, kind="choice"),
        Control(
            "Variance of the weights, times fan-in",
            [NAMED.get(gain, f"{gain:g}") for gain in GAINS],
            start=GAINS.index(1.0),
        ),
    ]
    panels = [
        Panel("The function", x="x", y="value, slope", at=grid, xlim=(-3, 3), ylim=(-1.1, 3)),
        Panel(
            "What is left of a gradient",
            x="layers passed on the way back",
            y="size of the gradient",
            yscale="log",
            ylim=(1e-9, 1e5),
            at=np.arange(DEPTH + 1),
            background=[Series("no change", np.ones(DEPTH + 1))],
        ),
    ]

    def frame(name: str, gain: float) -> Frame:
        forward, backward = PAIRS[name]
        value, cache = forward(grid)
        slope = backward(ones, cache)
        runs = [left_after(forward, backward, gain, seed) for seed in range(SEEDS)]
        left = np.exp(np.mean(np.log(runs), axis=0))  # of sizes over many decades
        a_layer = left[-1] ** (1 / DEPTH)
        text = (
            f"{name}, weights of variance {gain:g}/fan-in: a layer multiplies the gradient "
            f"by {a_layer:.2f} on average, and after ten it {describe_remainder(left[-1])}. "
            f"The largest slope is {slope.max():.2f}."
        )
        return Frame(text, [[Series("value", value), Series("slope", slope)], [Series(name, left)]])

    return Picture(
        title="What an activation does to a gradient",
        question=(
            "which of the five lets a gradient through ten layers unharmed, and for which size of "
            "the weights? Is there a size that saves the sigmoid?"
        ),
        alt=(
            "Two drawings. Left, an activation function and its slope. Right, on a logarithmic "
            "axis, the size of a gradient after it has passed 0 to 10 layers of 100 units."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, lambda i, j: frame(list(PAIRS)[i], GAINS[j])),
    )
