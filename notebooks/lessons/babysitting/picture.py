"""Notebook 04: twelve learning rates, three cases, and what their logs say about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.babysitting import diagnose
from cs231n_lib.data import load_digits
from cs231n_lib.network import Network, two_layer_net
from cs231n_lib.training import ClassifierTrainer

__all__ = ["NAME", "picture"]

NAME = "learning_rate_clinic"

STEPS, EVERY = 200, 20
FIRST, MEAN_OF = 20, 5  # the first 20 costs are all drawn, then means of five
RATES = (1e-6, 1e-4, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 15.0, 30.0, 100.0, 1e6)


class Case(NamedTuple):
    """Who comes to the clinic: hidden units, training images, and epochs that make 200 steps."""

    hidden: int
    images: int
    epochs: int


CASES = {
    "50 units, 1000 images": Case(50, 1000, 10),
    "50 units, 50 images": Case(50, 50, 40),
    "2 units, 1000 images": Case(2, 1000, 10),
}


class Run(NamedTuple):
    """The cost before the first step and of every batch; accuracies every 20 steps."""

    start: float
    costs: np.ndarray
    train: list[float]
    val: list[float]

    @property
    def label(self) -> str:
        return diagnose(
            {"cost": list(self.costs), "train": self.train, "val": self.val}, self.start
        )


def session(rate: float, case: Case) -> Run:
    """The notebook's `session`, with the seed of its eight suspects."""
    digits, rng = load_digits(), np.random.default_rng(6)
    X, y = digits.X_train[: case.images], digits.y_train[: case.images]
    model = Network([64, case.hidden, 10], rng=rng).params
    start, _ = two_layer_net(X, model, y)
    _, stats = ClassifierTrainer().train(
        X, y, digits.X_val, digits.y_val, model, two_layer_net, learning_rate=rate,
        num_epochs=case.epochs, batch_size=min(50, case.images // 5), rng=rng,
    )  # fmt: skip
    often = EVERY * case.epochs // STEPS
    train, val = (
        stats.train_acc_history[often - 1 :: often],
        stats.val_acc_history[often - 1 :: often],
    )
    return Run(start, np.array(stats.loss_history), train, val)


def picture() -> Picture:
    """Twelve rates for each of three cases."""
    names = [f"{rate:g}" if 1e-3 < rate < 1e3 else number(rate, 1) for rate in RATES]
    controls = [
        Control("Network and training set", list(CASES), kind="choice"),
        Control("Learning rate", names),
    ]
    later = np.arange(FIRST, STEPS).reshape(-1, MEAN_OF).mean(axis=1)
    steps = np.concatenate([np.arange(FIRST), later]) + 1
    epochs = np.arange(EVERY, STEPS + 1, EVERY)
    panels = [
        Panel(
            "The cost",
            x=f"step (from {FIRST + 1} on: means of {MEAN_OF})",
            y="cost of the batch",
            yscale="log",
            xlim=(0, STEPS + 3),
            ylim=(1e-3, 1e4),
            at=steps,
            background=[Series("ln 10", np.full(len(steps), np.log(10)))],
        ),
        Panel(
            "The accuracy",
            x="step",
            y="share of images that are right",
            xlim=(0, STEPS + 3),
            ylim=(0, 1.04),
            at=epochs,
            background=[Series("chance", np.full(len(epochs), 0.1))],
        ),
    ]

    def frame(i: int, j: int) -> Frame:
        run = session(RATES[j], list(CASES.values())[i])
        costs = np.minimum(run.costs, 1e5)  # beyond the drawing
        curve = np.concatenate([costs[:FIRST], costs[FIRST:].reshape(-1, MEAN_OF).mean(axis=1)])
        end = number(run.costs[-1]) if np.isfinite(run.costs[-1]) else "nan"
        says = (
            f"Diagnosis: {run.label}. At rate {names[j]} the cost starts at "
            f"{number(run.start)}, reaches at most {number(np.nanmax(run.costs))} and ends at "
            f"{end}. At the end {run.train[-1]:.1%} of the training images are right, and "
            f"{run.val[-1]:.1%} of the validation images."
        )
        accuracies = [Series("training", run.train), Series("validation", run.val)]
        return Frame(says, [[Series("cost", curve)], accuracies])

    return Picture(
        title="A clinic for learning rates",
        question=(
            "between a millionth and a million, which rates train this network? How does a log "
            "look when the rate is too low, and when it is too high? Find a rate whose end looks "
            "too low, though it is too high."
        ),
        alt=(
            "Two drawings over 200 steps. Left, on a logarithmic axis, the cost of the batches. "
            "Right, the accuracies on the training and on the validation images."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, frame),
        tolerance=0.2,
    )
