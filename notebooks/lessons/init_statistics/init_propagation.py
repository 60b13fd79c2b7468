"""Exercises of notebook 02 about a signal that goes through many layers: measured and predicted."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import propagation

from . import init_probes as ask
from .init_styles import STYLES

__all__ = ["forward_statistics", "predicted_std"]

SLIDE = "Weight Initialization: the table of means and standard deviations"


def measured(
    statistic: Callable[..., Any] = lambda z, h: (np.mean(h), np.std(h)),
    handed_on: Callable[..., Any] = lambda X, z, h: h,
    first: Callable[..., Any] = lambda X: [],
    layers: slice = slice(None),
) -> dict[str, Any]:
    """Wrong statistics: of other numbers, or of a stack that is wired otherwise."""

    def forward_statistics(X, weights, activation):
        found, h = list(first(X)), X
        for W in weights[layers]:
            z = h @ W
            h = activation(z)
            found.append(statistic(z, h))
            h = handed_on(X, z, h)
        return found

    return {"forward_statistics": forward_statistics}


def writing_into_X(X, weights, activation):
    """Works in place where the shapes allow it, as `np.tanh(z, out=X)` would."""
    found, h = [], X
    for W in weights:
        z = activation(h @ W)
        if z.shape == X.shape:
            X[...] = z
            z = X
        found.append((np.mean(z), np.std(z)))
        h = z
    return found


def activation_first(X, weights, activation):
    found, h = [], X
    for W in weights:
        h = activation(h) @ W
        found.append((np.mean(h), np.std(h)))
    return found


def two_lists(X, weights, activation):
    pairs = propagation.forward_statistics(X, weights, activation)
    return [mean for mean, _ in pairs], [std for _, std in pairs]


forward_statistics = Exercise(
    name="forward_statistics",
    slide=SLIDE,
    answers=functions(propagation.forward_statistics),
    tests=[
        Test("tanh layers of different widths", ask.tanh_layers, ask.random_layers, points=2),
        Test(
            "another activation, one that is never negative", ask.softplus_layers, ask.random_layers
        ),
        Test(
            "square layers; X and the weights stay as they were",
            ask.tanh_layers,
            ask.square_layers,
            untouched=("X", "weights"),
        ),
    ],
    mistakes=[
        Mistake(
            "before the activation",
            "These are the statistics of what goes INTO each activation. What a layer hands on, "
            "and what the slide prints, comes after it.",
            measured(statistic=lambda z, h: (np.mean(z), np.std(z))),
        ),
        Mistake(
            "activation not handed on",
            "Each layer's statistics are taken after the activation, but the next layer gets what "
            "was there before it: your stack is linear inside.",
            measured(handed_on=lambda X, z, h: z),
        ),
        Mistake(
            "every layer sees the input",
            "Each of your layers multiplies the original X. What is the input of the second layer?",
            measured(handed_on=lambda X, z, h: X),
        ),
        Mistake(
            "activation before the weights",
            "Your layers apply the activation first and multiply then. A layer multiplies its "
            "input by W, and what comes out of the activation is its output.",
            {"forward_statistics": activation_first},
        ),
        Mistake(
            "the input is counted as a layer",
            "Your list starts with the statistics of X. Return one pair for each weight matrix; "
            "the input's line is printed separately.",
            measured(first=lambda X: [(np.mean(X), np.std(X))]),
        ),
        Mistake(
            "the last layer is missing",
            "There is a weight matrix more than you have pairs: does your loop stop one too early?",
            measured(layers=slice(None, -1)),
        ),
        Mistake(
            "variance",
            "The second number of each pair is the variance. The slide prints its root.",
            measured(statistic=lambda z, h: (np.mean(h), np.var(h))),
        ),
        Mistake(
            "standard deviation first",
            "The two numbers of each pair are exchanged: the mean comes first.",
            measured(statistic=lambda z, h: (np.std(h), np.mean(h))),
        ),
        Mistake(
            "unit by unit",
            "You take the standard deviation of each unit over the examples, and then average over "
            "the units. So the differences BETWEEN units are lost; the slide's number is over all "
            "numbers of the layer together.",
            measured(statistic=lambda z, h: (np.mean(h), np.mean(np.std(h, axis=0)))),
        ),
        Mistake(
            "N - 1",
            "Your standard deviation divides by one less than the number of elements, as torch.std "
            "does. This course divides by their number, as np.std does; in the slide's layers, "
            "with half a million numbers each, nobody would notice.",
            measured(statistic=lambda z, h: (np.mean(h), np.std(h, ddof=1))),
            elsewhere=True,
        ),
        Mistake(
            "two lists",
            "You return a list of means and a list of standard deviations. Asked for is one list, "
            "with one pair (mean, standard deviation) for each layer.",
            {"forward_statistics": two_lists},
        ),
        Mistake(
            "always tanh",
            "You use tanh whatever `activation` is given. It is an argument: later in this "
            "notebook the same question is asked about ReLU.",
            {
                "forward_statistics": lambda X, weights, activation: propagation.forward_statistics(
                    X, weights, np.tanh
                )
            },
        ),
        Mistake(
            "writes into X",
            "The numbers are right, but you wrote each layer's output into the array X that was "
            "given to you: it is gone for whoever calls you.",
            {"forward_statistics": writing_into_X},
        ),
    ],
    styles=STYLES["forward_statistics"],
)


def reference(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(propagation.predicted_std, *changes)


HAND_ON = "mean, mean_square = node_weights @ h, node_weights @ h**2"
MORE_POINTS = "More points cost nothing: how many does it take until the numbers stand still?"
KEEP = "stds.append(np.sqrt(node_weights @ (h - mean) ** 2))"
NORMALISE = "node_weights = node_weights / node_weights.sum()"


def prediction(name: str, probe: Callable[..., Any], inputs: Callable[..., Any]) -> Test:
    """The reference's own error is below 1e-7; a coarse integral or a simulation is not enough."""
    return Test(name, probe, inputs, points=2, rtol=1e-5)


predicted_std = Exercise(
    name="predicted_std",
    slide=f"{SLIDE}; Xavier initialization",
    answers=functions(propagation.predicted_std),
    tests=[
        prediction("tanh layers with Xavier's weights", ask.predict_xavier, ask.some_layers),
        prediction("tanh layers with other weights", ask.predict_gain, ask.layers_and_gain),
        prediction(
            "an activation whose mean is not 0", ask.predict_uncentred, ask.layers_and_large_gain
        ),
    ],
    mistakes=[
        Mistake(
            "linear layers",
            "You predict what linear layers would do: the activation changes none of them.",
            reference(
                (
                    "h = activation(np.sqrt(gain * mean_square) * nodes)",
                    "h = np.sqrt(gain * mean_square) * nodes",
                )
            ),
        ),
        Mistake(
            "before the activation",
            "These are the standard deviations of what goes INTO each activation. Asked for is "
            "what comes out of it.",
            reference(
                (KEEP, "stds.append(s)"),
                ("h = activation(", "s = np.sqrt(gain * mean_square)\n        h = activation("),
            ),
        ),
        Mistake(
            "variance",
            "Your numbers are variances. The slide prints standard deviations.",
            reference((KEEP, "stds.append(node_weights @ (h - mean) ** 2)")),
        ),
        Mistake(
            "standard deviation handed on",
            "You hand the VARIANCE of one layer's output on to the next. With an activation whose "
            "mean is not 0 that is too little: what a random sum of inputs spreads with is their "
            "mean square, E[h²], in which the mean counts too.",
            reference(
                ("        stds.append", "        mean_square -= mean**2\n        stds.append")
            ),
        ),
        Mistake(
            "root of the mean square",
            "Right for tanh, whose mean is 0. In general the standard deviation is not the root of "
            "E[h²]: the square of the mean is still in it.",
            reference((KEEP, "stds.append(np.sqrt(mean_square))")),
        ),
        Mistake(
            "starts with the input",
            "Your first number is the input's standard deviation, 1: all are one layer late.",
            {
                "predicted_std": lambda layers, *more: np.append(
                    1.0, propagation.predicted_std(layers, *more)[:-1]
                )
            },
        ),
        Mistake(
            "one number too many",
            "Your numbers start with the input's 1, so that there is one more than there are "
            "layers.",
            {
                "predicted_std": lambda layers, *more: np.append(
                    1.0, propagation.predicted_std(layers, *more)
                )
            },
        ),
        Mistake(
            "the other Gauss-Hermite rule",
            "Your nodes belong to the weight exp(-x²), which is a normal density of variance one "
            "half (`hermgauss`). For z with variance 1 either stretch the nodes by √2, or take the "
            "rule for exp(-x²/2), `hermegauss`.",
            reference(("hermite_e.hermegauss", "hermite.hermgauss")),
        ),
        Mistake(
            "weights add up to √(2π)",
            "The quadrature's weights add up to √(2π), not to 1: the normal density has a factor "
            "in front that you left out. So your expectation of 1 is 2.5.",
            reference((NORMALISE, "")),
        ),
        Mistake(
            "weights add up to √π",
            "The quadrature's weights add up to √π, not to 1: the normal density has a factor in "
            "front that you left out. So your expectation of 1 is 1.77.",
            reference((NORMALISE, "node_weights = node_weights / node_weights.sum() * np.pi**0.5")),
        ),
        Mistake(
            "root left out",
            "You stretch the points by the VARIANCE of z. A normal variable of variance v is √v "
            "times a standard one.",
            reference(("np.sqrt(gain * mean_square)", "(gain * mean_square)")),
        ),
        Mistake(
            "5 points",
            f"Right in principle, but your integral is too coarse. {MORE_POINTS}",
            reference(("hermegauss(150)", "hermegauss(5)")),
        ),
        Mistake(
            "10 points",
            f"Right in principle, and close, but your integral is too coarse. {MORE_POINTS}",
            reference(("hermegauss(150)", "hermegauss(10)")),
        ),
        Mistake(
            "one typical value",
            "You send one typical value, the standard deviation, through the activation. But a "
            "mean of f(z)² is not f at the mean: many z are smaller and some are larger, and the "
            "curve bends. Average over all of them.",
            {"predicted_std": lambda *inputs: _typical(*inputs)},
        ),
        Mistake(
            "gain without effect",
            "Your numbers do not depend on `gain`: they are always those for weights of variance "
            "1/fan_in.",
            {
                "predicted_std": lambda layers, activation=np.tanh, gain=1.0: (
                    propagation.predicted_std(layers, activation)
                )
            },
        ),
        Mistake(
            "gain as a factor of the standard deviation",
            "You multiply the standard deviation by `gain`. So PyTorch uses that word; here it is "
            "a factor of the VARIANCE.",
            {
                "predicted_std": lambda layers, activation=np.tanh, gain=1.0: (
                    propagation.predicted_std(layers, activation, gain**2)
                )
            },
            elsewhere=True,
        ),
    ],
    styles=STYLES["predicted_std"],
)


def _typical(layers, activation=np.tanh, gain=1.0):
    stds, std = [], 1.0
    for _ in range(layers):
        std = float(abs(activation(np.array(np.sqrt(gain) * std))))
        stds.append(std)
    return stds
