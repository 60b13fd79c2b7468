"""A signal that goes through many layers: its spread, predicted without a single random number."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import propagation

# --- probes ---------------------------------------------------------------------------------------


def predict_xavier(predicted_std, layers, size):
    results = {
        "std": predicted_std(layers),
        "std of size * tanh": predicted_std(layers, lambda z: size * np.tanh(z)),
    }
    return {
        name: np.array(stds) if type(stds) in (list, tuple) else stds
        for name, stds in results.items()
    }


def predict_gain(predicted_std, layers, gain):
    stds = predicted_std(layers, np.tanh, gain)
    return {"std": np.array(stds) if type(stds) in (list, tuple) else stds}


def predict_uncentred(predicted_std, layers, gain):
    def logistic(z):
        return 1 / (1 + np.exp(-z))

    stds = predicted_std(layers, logistic, gain)
    return {"std": np.array(stds) if type(stds) in (list, tuple) else stds}


# --- inputs ---------------------------------------------------------------------------------------


def some_layers(rng):
    return {"layers": int(rng.integers(10, 60)), "size": float(rng.uniform(0.6, 0.9))}


def layers_and_gain(rng):
    return {"layers": 6, "gain": float(rng.uniform(1.3, 1.6))}


def layers_and_large_gain(rng):
    return {"layers": 4, "gain": float(rng.uniform(2, 3))}


# --- other right answers --------------------------------------------------------------------------


def stretched_nodes(layers, activation=np.tanh, gain=1.0):
    x, w = np.polynomial.hermite.hermgauss(100)
    std, second, result = 1.0, 1.0, np.zeros(layers)
    for layer in range(layers):
        values = activation(np.sqrt(2 * gain * second) * x)
        first, second = np.sum(w * values) / np.sqrt(np.pi), np.sum(w * values**2) / np.sqrt(np.pi)
        std = np.sqrt(second - first**2)
        result[layer] = std
    return result


def riemann_sum(layers, activation=np.tanh, gain=1.0):
    z = np.linspace(-9, 9, 6001)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    q, stds = 1, []
    for _ in range(layers):
        out = activation(np.sqrt(gain * q) * z)
        q = (density * out * out).sum()
        stds.append(math.sqrt(q - (density * out).sum() ** 2))
    return stds


def trapezoids(layers, activation=np.tanh, gain=1.0):
    """The density carries the variance, instead of the argument of the activation."""

    def expect(g, variance):
        z = np.linspace(-10, 10, 8001) * variance**0.5
        return (
            np.trapezoid(g(z) * np.exp(-z * z / (2 * variance)), z) / (2 * np.pi * variance) ** 0.5
        )

    squares = [1.0]
    means = []
    for _ in range(layers):
        variance = gain * squares[-1]
        squares.append(expect(lambda z: activation(z) ** 2, variance))
        means.append(expect(activation, variance))
    return np.sqrt(np.array(squares[1:]) - np.array(means) ** 2)


def fifty_nodes(layers, activation=np.tanh, gain=1.0):
    nodes, share = np.polynomial.hermite_e.hermegauss(50)
    share = share / np.sqrt(2 * np.pi)
    std: list[float] = []
    rms = 1.0
    while len(std) < layers:
        h = activation(gain**0.5 * rms * nodes)
        rms = np.sqrt(np.sum(share * h**2))
        std += [np.sqrt(np.sum(share * (h - np.sum(share * h)) ** 2))]
    return std


# --- wrong answers --------------------------------------------------------------------------------

MORE_POINTS = "More points cost nothing: how many does it take until the numbers stop changing?"
KEEP = "stds.append(np.sqrt(node_weights @ (h - mean) ** 2))"
NORMALISE = "node_weights = node_weights / node_weights.sum()"


def one_typical_value(layers, activation=np.tanh, gain=1.0):
    stds, std = [], 1.0
    for _ in range(layers):
        std = float(abs(activation(np.array(np.sqrt(gain) * std))))
        stds.append(std)
    return stds


# --- the exercise ---------------------------------------------------------------------------------

# The reference's own error is below 1e-7; a coarse integral or a simulation is not enough.
CLOSE = 1e-5

predicted_std = Exercise(
    name="predicted_std",
    slide="Weight Initialization: the table of means and standard deviations; "
    "Xavier initialization",
    answers=functions(propagation.predicted_std),
    tests=[
        Test(
            "layers of tanh, and of tanh times a number, with Xavier's weights",
            predict_xavier,
            some_layers,
            points=2,
            rtol=CLOSE,
        ),
        Test("tanh layers with other weights", predict_gain, layers_and_gain, points=2, rtol=CLOSE),
        Test(
            "an activation whose mean is not 0",
            predict_uncentred,
            layers_and_large_gain,
            points=2,
            rtol=CLOSE,
        ),
    ],
    mistakes=[
        Mistake(
            "linear layers",
            "You predict what linear layers would do: the activation changes none of them.",
            edit(
                propagation.predicted_std,
                (
                    "h = activation(np.sqrt(gain * mean_square) * nodes)",
                    "h = np.sqrt(gain * mean_square) * nodes",
                ),
            ),
        ),
        Mistake(
            "before the activation",
            "These are the standard deviations of what goes INTO each activation. The prediction "
            "is for what comes out of it.",
            edit(
                propagation.predicted_std,
                (KEEP, "stds.append(s)"),
                ("h = activation(", "s = np.sqrt(gain * mean_square)\n        h = activation("),
            ),
        ),
        Mistake(
            "variance",
            "Your numbers are variances. The slide prints standard deviations.",
            edit(propagation.predicted_std, (KEEP, "stds.append(node_weights @ (h - mean) ** 2)")),
        ),
        Mistake(
            "standard deviation handed on",
            "You hand the VARIANCE of one layer's output on to the next. With an activation whose "
            "mean is not 0 that is too little: what a random sum of inputs spreads with is their "
            "mean square, E[h²], in which the mean counts too.",
            edit(
                propagation.predicted_std,
                ("        stds.append", "        mean_square -= mean**2\n        stds.append"),
            ),
        ),
        Mistake(
            "root of the mean square",
            "Right for tanh, whose mean is 0. In general the standard deviation is not the root of "
            "E[h²]: the square of the mean is still in it.",
            edit(propagation.predicted_std, (KEEP, "stds.append(np.sqrt(mean_square))")),
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
            edit(propagation.predicted_std, ("hermite_e.hermegauss", "hermite.hermgauss")),
        ),
        Mistake(
            "weights add up to √(2π)",
            "The quadrature's weights add up to √(2π), not to 1: the normal density has a factor "
            "in front that you left out. So your expectation of 1 is 2.5.",
            edit(propagation.predicted_std, (NORMALISE, "")),
        ),
        Mistake(
            "weights add up to √π",
            "The quadrature's weights add up to √π, not to 1: the normal density has a factor in "
            "front that you left out. So your expectation of 1 is 1.77.",
            edit(
                propagation.predicted_std,
                (NORMALISE, "node_weights = node_weights / node_weights.sum() * np.pi**0.5"),
            ),
        ),
        Mistake(
            "root left out",
            "You stretch the points by the VARIANCE of z. A normal variable of variance v is √v "
            "times a standard one.",
            edit(
                propagation.predicted_std, ("np.sqrt(gain * mean_square)", "(gain * mean_square)")
            ),
        ),
        Mistake(
            "5 points",
            f"Right in principle, but your integral is too coarse. {MORE_POINTS}",
            edit(propagation.predicted_std, ("hermegauss(150)", "hermegauss(5)")),
        ),
        Mistake(
            "10 points",
            f"Right in principle, and close, but your integral is too coarse. {MORE_POINTS}",
            edit(propagation.predicted_std, ("hermegauss(150)", "hermegauss(10)")),
        ),
        Mistake(
            "one typical value",
            "You send one typical value, the standard deviation, through the activation. But a "
            "mean of f(z)² is not f at the mean: many z are smaller and some are larger, and the "
            "curve bends. Average over all of them.",
            {"predicted_std": one_typical_value},
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
            "You multiply the standard deviation by `gain`. PyTorch uses the word that way; here "
            "it is a factor of the VARIANCE.",
            {
                "predicted_std": lambda layers, activation=np.tanh, gain=1.0: (
                    propagation.predicted_std(layers, activation, gain**2)
                )
            },
            elsewhere=True,
        ),
    ],
    styles=[
        Style("stretched nodes", {"predicted_std": stretched_nodes}),
        Style("Riemann sum", {"predicted_std": riemann_sum}),
        Style("trapezoids", {"predicted_std": trapezoids}),
        Style("fifty nodes", {"predicted_std": fifty_nodes}),
    ],
)
