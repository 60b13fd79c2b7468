"""Notebook 06: how a rate decays, and what that does to a loss with noisy gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.data import Dataset, load_digits
from cs231n_lib.network import Network
from cs231n_lib.schedules import (
    decay_constants,
    exponential_decay,
    inverse_time_decay,
    step_decay,
    warmup_cosine,
)
from cs231n_lib.training import fit, train_with_schedule

__all__ = ["NAME", "picture"]

NAME = "schedules"

Schedule = Callable[[int], float]

STEPS, PER_EPOCH, STAGES = 500, 50, 5
SEEDS = 3
RATES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
LEFT = {"all of it": 1.0, "1/10": 0.1, "1/100": 0.01, "1/1000": 0.001}
KINDS = ("step", "exponential", "1/t", "cosine")
# The last step of each stage as well, so that stairs are drawn as stairs.
SEEN = np.unique([*range(0, STEPS + 1, 25), *range(99, STEPS, 100)])


def schedule(kind: str, lr0: float, left: float) -> Schedule:
    """The rate falls from `lr0` to `left` times that in 500 steps."""
    if left == 1:
        return lambda t: lr0
    k_exponential, k_inverse = decay_constants(left, STEPS)
    known: dict[str, Schedule] = {
        "step": partial(
            step_decay, lr0=lr0, drop=left ** (1 / (STAGES - 1)), every=STEPS // STAGES
        ),
        "exponential": partial(exponential_decay, lr0=lr0, k=k_exponential),
        "1/t": partial(inverse_time_decay, lr0=lr0, k=k_inverse),
        "cosine": partial(warmup_cosine, lr0=lr0, warmup=0, total=STEPS, final=left * lr0),
    }
    return known[kind]


def softmax_net() -> Network:
    return Network([64, 10], init=0.01, reg=1e-3, rng=np.random.default_rng(0))


@cache
def problem() -> tuple[np.ndarray, np.ndarray, float]:
    """The notebook's: 500 digits, a fifth of the labels random; and the lowest loss there is."""
    digits, rng = load_digits(), np.random.default_rng(0)
    X, y = digits.X_train[:500], digits.y_train[:500].copy()
    wrong = rng.random(500) < 0.2
    y[wrong] = rng.integers(0, 10, wrong.sum())
    patient = softmax_net()
    fit(patient, X, y, "momentum", {"learning_rate": 0.5}, epochs=1500, batch_size=None)
    return X, y, float(patient.loss_and_gradient(X, y)[0])


def excess(rate_at: Schedule, seed: int) -> list[float]:
    """Loss above the lowest one at the steps `SEEN`, for SGD in batches of 10."""
    X, y, lowest = problem()
    network, losses = softmax_net(), []

    def look(t: int) -> float:
        if t in SEEN:
            losses.append(float(network.loss_and_gradient(X, y)[0]) - lowest)
        return rate_at(t)

    dataset = Dataset(X, y, 10, rng=np.random.default_rng(seed))
    train_with_schedule(dataset, network, "sgd", None, look, STEPS)
    look(STEPS)
    return losses


@cache
def curve(kind: str, lr0: float, left: float) -> np.ndarray:
    """The mean of `excess` over the seeds."""
    return np.mean([excess(schedule(kind, lr0, left), seed) for seed in range(SEEDS)], axis=0)


def picture() -> Picture:
    """Four kinds of decay, six initial rates, four ends: the rate over time, and the loss."""
    controls = [
        Control("Kind of decay", KINDS, kind="choice"),
        Control("Initial rate", [f"{rate:g}" for rate in RATES], start=RATES.index(3.0)),
        Control("What is left of it at the end", list(LEFT)),
    ]
    epochs = SEEN / PER_EPOCH
    panels = [
        Panel("The rate", x="epoch", y="learning rate", yscale="log", ylim=(2e-4, 60), at=epochs),
        Panel(
            "The loss on 500 digits, a fifth of them mislabelled",
            x="epoch",
            y="excess loss (above the lowest possible)",
            yscale="log",
            ylim=(0.01, 20),
            at=epochs,
            background=[Series("constant rate 1", curve("", 1.0, 1.0))],
        ),
    ]

    def frame(kind: str, lr0: float, left: float) -> Frame:
        rate_at = schedule(kind, lr0, left)
        rates = [rate_at(int(t)) for t in SEEN]
        losses = curve(kind if left < 1 else "", lr0, left)
        name = f"{kind} decay" if left < 1 else "constant rate"
        way = f"{lr0:g} to {number(lr0 * left, 1)}" if left < 1 else f"{lr0:g}"
        after_one = losses[SEEN == PER_EPOCH].item()
        says = (
            f"{name}, {way}: {number(after_one)} above the lowest loss after one epoch, "
            f"{number(losses[-1])} after ten. "
            f"The constant rate 1 ends {number(curve('', 1.0, 1.0)[-1])} above it."
        )
        return Frame(says, [[Series(name, rates)], [Series(name, losses)]])

    return Picture(
        title="What a decaying rate buys",
        question=(
            "at a constant rate of 3 the loss gets stuck. Which decay gets it unstuck, and does "
            "the same decay help a rate of 0.1? Which setting ends lowest?"
        ),
        alt=(
            "Two drawings over ten epochs, both on logarithmic axes. Left, the learning rate. "
            "Right, how far the loss is above its minimum, beside that of a constant rate of 1."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(
            controls, lambda i, j, k: frame(KINDS[i], RATES[j], list(LEFT.values())[k])
        ),
        tolerance=0.02,
    )
