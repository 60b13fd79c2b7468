"""Notebook 09: how good are up to 24 networks together, and one of them alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.data import load_digits
from cs231n_lib.ensembles import average_probabilities
from cs231n_lib.network import Network
from cs231n_lib.optim import Rule, adam
from cs231n_lib.training import fit

__all__ = ["NAME", "picture"]

NAME = "ensemble_size"

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24)
MOST = SIZES[-1]
ENSEMBLES, BATCH = 5, 25
ENDS = (0.9, 27)  # of the axis
SHOWN = ("one ensemble", f"mean of {ENSEMBLES}")
CHECKPOINTS = "checkpoints of one run"
# As in the notebook: how many digits are learned, hidden units, epochs.
SETTINGS = {
    "100 digits": (100, 10, 60),
    "300 digits": (300, 10, 30),
    "1000 digits, larger networks": (1000, 50, 8),
    CHECKPOINTS: (300, 10, 30),
}


def members(setting: str, seed: int) -> list[np.ndarray]:
    """What 24 members say of the 797 new digits: probabilities (797, 10) of each.

    They are independent networks, the first eight of them the notebook's; or the first of these,
    and what it is after each of 23 more epochs.
    """
    digits = load_digits()
    new = np.concatenate([digits.X_val, digits.X_test])
    examples, hidden, epochs = SETTINGS[setting]
    rows = np.random.default_rng(1000 + seed).permutation(1000)[:examples]
    per_epoch = examples // BATCH
    answers = []

    def train(j: int, rule: Rule, epochs: int) -> None:
        network.x = Network(network.sizes, rng=np.random.default_rng([seed, j, 1])).x
        X, y, rng = digits.X_train[rows], digits.y_train[rows], np.random.default_rng([seed, j, 2])
        fit(network, X, y, rule, {"learning_rate": 0.01}, epochs=epochs, batch_size=BATCH, rng=rng)

    def look() -> None:
        answers.append(average_probabilities([network], new))

    def watched(w: np.ndarray, dw: np.ndarray, config: Any) -> Any:
        """Adam, and a look at the network as it is at the end of an epoch."""
        epoch, step = divmod(config.get("t", 0), per_epoch)
        if step == 0 and epoch >= epochs:
            look()
        return adam(w, dw, config)

    network = Network([64, hidden, 10])
    if setting == CHECKPOINTS:
        train(0, watched, epochs + MOST)
    else:
        for j in range(MOST):
            train(j, adam, epochs)
            look()
    return answers


def quality(probabilities: np.ndarray) -> np.ndarray:
    """Accuracy and loss (2, n) of n lots of probabilities (n, 797, 10)."""
    digits = load_digits()
    right = np.concatenate([digits.y_val, digits.y_test])
    accuracy = np.mean(probabilities.argmax(axis=2) == right, axis=1)
    loss = -np.log(probabilities[:, np.arange(len(right)), right]).mean(axis=1)
    return np.stack([accuracy, loss])


def together(answers: np.ndarray) -> np.ndarray:
    """Accuracy and loss (2, 24) of the first 1, 2, ..., 24 members."""
    return quality(np.cumsum(answers, axis=0) / np.arange(1, len(answers) + 1)[:, None, None])


@cache
def measured(setting: str, shown: str) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies and losses (2, 24) of the members alone, and of the first k of them together.

    The mean is over ensembles and over orders, in which each member is the first one once.
    """
    if shown == SHOWN[0]:
        answers = np.array(members(setting, 0))
        return quality(answers), together(answers)
    alone, joint = [], []
    for seed in range(ENSEMBLES):
        answers = np.array(members(setting, seed))
        alone.append(np.repeat(quality(answers).mean(axis=1, keepdims=True), len(answers), axis=1))
        joint += [together(np.roll(answers, k, axis=0)) for k in range(len(answers))]
    return np.mean(alone, axis=0), np.mean(joint, axis=0)


def picture() -> Picture:
    """Three kinds of networks, and checkpoints: accuracy and loss of 1 to 24 together."""
    controls = [
        Control("Kind of members", list(SETTINGS), start=1, kind="choice"),
        Control("Shown", SHOWN, kind="choice"),
        Control("Number of members k", [str(k) for k in SIZES], kind="time"),
    ]
    panels = [
        Panel(title, x="members", y=y, xscale="log", xlim=ENDS, ylim=ylim)
        for title, y, ylim in (
            ("Right on new digits", "accuracy", (0.83, 1.0)),
            ("Their loss", "loss", (0.0, 0.7)),
        )
    ]

    def frame(setting: str, shown: str, k: int) -> Frame:
        alone, joint = measured(setting, shown)
        seen = [size for size in SIZES if size <= k]
        level = alone.mean(axis=1)

        def drawn(what: int) -> list[Series]:
            return [
                Series("each alone", alone[what, :k], x=np.arange(1, k + 1), kind="points")
                if shown == SHOWN[0]
                else Series("one alone", [level[what]] * 2, x=ENDS),
                Series("the first ones together", joint[what, np.array(seen) - 1], x=seen),
            ]

        two_more = Series("one alone + 2 points", [level[0] + 0.02] * 2, x=ENDS)
        now = joint[:, k - 1]
        gain = round(100 * (now[0] - level[0]), 1) + 0.0  # no -0.0
        says = (
            f"{setting}, {shown}, k = {k}: together right on {now[0]:.1%}, one alone on "
            f"{level[0]:.1%}, a gain of {gain:.1f} points. The loss is {number(now[1])}, that of "
            f"one alone {number(level[1])}."
        ).replace("-", "−")
        return Frame(says, [[*drawn(0), two_more], drawn(1)])

    settings = list(SETTINGS)
    return Picture(
        title="How many networks are enough?",
        question=(
            "what do 2, 8 and 24 networks gain over one, in accuracy and in loss? Does each new "
            "member help? And would 24 checkpoints of one single run do as well?"
        ),
        alt=(
            "Two drawings over the number of members, from 1 to 24: accuracy and loss on 797 new "
            "digits, of each member alone (points) and of the first ones together (a line)."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, lambda i, j, k: frame(settings[i], SHOWN[j], SIZES[k])),
        tolerance=0.05,
    )
