"""Notebook 03: a deep network with and without batch normalisation, for many weights and rates."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network
from cs231n_lib.training import fit

__all__ = ["NAME", "picture"]

NAME = "batchnorm"

HIDDEN, EPOCHS, BATCH, SEEDS = 7, 5, 50, 3
SCALES = (0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0)
RATES = (0.05, 0.2, 0.4, 0.8, 1.6, 3.2)
KINDS = {"without": None, "batch norm": "batchnorm"}
MOST = 30.0  # larger losses, and NaN, are drawn as this
MEAN_OF = 5  # steps that one point of a loss curve stands for


class Run(NamedTuple):
    """Spread of the hidden layers before training, losses of all steps, accuracy after training."""

    spread: np.ndarray
    losses: np.ndarray
    accuracy: float


def train(normalization: str | None, scale: float, rate: float, seed: int) -> Run:
    """The notebook's standard network and its training; losses are cut off at `MOST`."""
    digits = load_digits()
    X_later = np.concatenate([digits.X_val, digits.X_test])
    y_later = np.concatenate([digits.y_val, digits.y_test])
    sizes, rng = [64] + [50] * HIDDEN + [10], np.random.default_rng(seed)
    network = Network(sizes, init=scale, rng=rng, normalization=normalization)
    with np.errstate(all="ignore"):
        outputs = network.activations(digits.X_train[:200], mode="train")
        losses = fit(
            network,
            digits.X_train,
            digits.y_train,
            config={"learning_rate": rate},
            epochs=EPOCHS,
            batch_size=BATCH,
            rng=np.random.default_rng(seed),
        )
        accuracy = network.accuracy(X_later, y_later)
    losses = np.minimum(np.nan_to_num(losses, nan=MOST), MOST)
    return Run(np.array([h.std() for h in outputs]), losses, accuracy)


@cache
def typical(kind: str, scale: float, rate: float) -> Run:
    """The median of the runs with three seeds."""
    runs = [train(KINDS[kind], scale, rate, seed) for seed in range(SEEDS)]
    spread, losses, accuracies = (np.median(values, axis=0) for values in zip(*runs, strict=True))
    return Run(spread, losses.reshape(-1, MEAN_OF).mean(axis=1), float(accuracies))


def picture() -> Picture:
    """Eight scales of the weights and six rates; two networks each."""
    controls = [
        Control("Scale of the weights", [f"{s:g}" for s in SCALES], start=SCALES.index(0.2)),
        Control("Learning rate", [f"{rate:g}" for rate in RATES], start=RATES.index(0.2)),
    ]
    layers = np.arange(1, HIDDEN + 1)
    per_epoch = len(load_digits().X_train) // BATCH
    steps = np.arange(EPOCHS * per_epoch).reshape(-1, MEAN_OF).mean(axis=1) + 1
    panels = [
        Panel(
            "The signal, before training",
            x="hidden layer",
            y="standard deviation of the outputs",
            yscale="log",
            ylim=(1e-18, 1e6),
            at=layers,
        ),
        Panel(
            "The loss, in training (median of three runs)",
            x=f"step (means over {MEAN_OF})",
            y=f"loss (cut off at {MOST:g})",
            yscale="log",
            xlim=(0, EPOCHS * per_epoch),
            ylim=(0.02, 40),
            at=steps,
            background=[Series("ln 10: knows nothing", np.full(len(steps), np.log(10)))],
        ),
    ]

    def frame(i: int, j: int) -> Frame:
        runs = {name: typical(name, SCALES[i], RATES[j]) for name in KINDS}
        plain, normed = runs.values()
        says = (
            f"Weights of {SCALES[i]:g}: the last hidden layer has a standard deviation of "
            f"{number(plain.spread[-1])} without batch norm, {number(normed.spread[-1])} with it. "
            f"After {EPOCHS} epochs at rate {RATES[j]:g}, {plain.accuracy:.0%} of new images are "
            f"right without, {normed.accuracy:.0%} with it."
        )
        return Frame(
            says,
            [
                [Series(name, run.spread) for name, run in runs.items()],
                [Series(name, run.losses) for name, run in runs.items()],
            ],
        )

    return Picture(
        title="Seven hidden layers, with and without batch normalisation",
        question=(
            "with weights of 0.2 and a rate of 0.2 both networks learn. What will the two drawings "
            "show for weights of 0.001, and for weights of 1? Which network bears a rate four or "
            "eight times as high? And which rates suit large weights?"
        ),
        alt=(
            "Two drawings, each with a curve for the network without and one for that with batch "
            "normalisation, on logarithmic axes. Left, the standard deviation of the outputs of "
            "seven hidden layers. Right, the loss over a hundred steps."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, frame),
        tolerance=0.05,
    )
