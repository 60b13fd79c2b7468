"""Notebook 07: masks over the pixels of a digit, and what their mean comes to."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.data import load_digits
from cs231n_lib.dropout import dropout_forward

__all__ = ["NAME", "picture"]

NAME = "dropout_masks"

KEEPS = (0.9, 0.5, 0.25, 0.1)
COUNTS = (1, 3, 10, 30, 100, 1000)
SCALES = ("divided by p", "not divided")
DIGIT = 20  # a 5
SIDE = 8
ROWS = np.arange(SIDE)
# Three digits in a row: centres of the columns, where each digit and a gap are 1 wide.
COLUMNS = np.concatenate([k + (ROWS - (SIDE - 1) / 2) / (SIDE + 1) for k in range(3)])


@cache
def pixels() -> np.ndarray:
    """The 64 pixels of a digit, from 0 to 1."""
    image: np.ndarray = load_digits(raw=True).X_train[DIGIT] / 16
    return image


@cache
def draws(p: float) -> np.ndarray:
    """The pixels after dropout, inverted, under 1000 masks: (1000, 64)."""
    many = np.tile(pixels(), (COUNTS[-1], 1))
    return dropout_forward(many, {"mode": "train", "p": p, "seed": 6})[0]


def sums(p: float) -> np.ndarray:
    """What each draw adds up to, as a part of what the digit does: (1000,)."""
    return draws(p).sum(axis=1) / pixels().sum()


def picture() -> Picture:
    """Four shares that are kept, with and without the scale, and the mean of up to 1000 draws."""
    controls = [
        Control("Scale", SCALES, kind="choice"),
        Control("p, the probability to keep", [f"{p:g}" for p in KEEPS], start=KEEPS.index(0.5)),
        Control("Draws so far", [str(n) for n in COUNTS], kind="time"),
    ]
    panels = [
        Panel(
            "64 numbers, the pixels of a digit",
            x="",
            y="row of pixels",
            kind="cells",
            at=["the digit", "last draw", "mean of draws"],
            xlim=(-0.5, 2.5),
            ylim=(SIDE - 0.5, -0.5),
            zlim=(0, 1.5),
        ),
        Panel(
            "What they add up to",
            x="draws in the mean",
            y="sum, as a part of the digit's own",
            xscale="log",
            xlim=(0.9, 1200),
            ylim=(0, 2),
            background=[Series("nothing dropped (a test)", [1, 1], x=[0.9, 1200])],
        ),
    ]

    def frame(scale: str, p: float, n: int) -> Frame:
        factor = 1.0 if scale == SCALES[0] else p
        out = factor * draws(p)[:n]
        seen = [k for k in COUNTS if k <= n]
        means = [sums(p)[:k].mean() for k in seen]
        lines = [
            Series(SCALES[0], means, x=seen),
            Series(SCALES[1], p * np.array(means), x=seen),
        ]
        three = np.hstack([dots.reshape(SIDE, SIDE) for dots in (pixels(), out[-1], out.mean(0))])
        cells = Series("value", ROWS, x=COLUMNS, z=three.round(2))
        kept = np.count_nonzero(out[-1]), np.count_nonzero(pixels())
        apart = factor * sums(p).std()
        mean = f"the mean of {n}" if n > 1 else "it"
        says = (
            f"p = {p:g}, {scale}: the last draw has kept {kept[0]} of the {kept[1]} pixels that "
            f"are not 0; {mean} adds up to {number(factor * means[-1])} of the digit's own sum. "
            f"Single draws scatter by {number(apart)}."
        )
        return Frame(says, [[cells], lines])

    return Picture(
        title="A digit under dropout",
        question=(
            "in each draw half of the pixels are dropped. What does the mean of very many draws "
            "look like if what is kept is divided by p, and what if it is not? What does a "
            "smaller p change: the mean, or how long one has to wait for it?"
        ),
        alt=(
            "Left, three grids of 8 by 8 cells: a digit, the same after one random mask, and the "
            "mean over all masks so far. Right, the sum of the mean's 64 numbers against the "
            "number of draws, with and without the division by p, beside the digit's own sum."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, lambda i, j, k: frame(SCALES[i], KEEPS[j], COUNTS[k])),
    )
