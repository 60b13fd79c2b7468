"""A signal that goes through many layers: its mean and spread, measured."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, functions
from cs231n_lib import propagation

# --- probes ---------------------------------------------------------------------------------------


def tanh_layers(forward_statistics, X, weights):
    pairs = forward_statistics(X, weights, np.tanh)
    return {"pairs": [np.asarray(pair, float) for pair in pairs]}


def softplus_layers(forward_statistics, X, weights):
    def softplus(z):
        return np.logaddexp(0, z)

    pairs = forward_statistics(X, weights, softplus)
    return {"pairs": [np.asarray(pair, float) for pair in pairs]}


# --- inputs ---------------------------------------------------------------------------------------


def random_layers(rng, widths=(5, 7, 4, 6)):
    weights = [rng.normal(size=shape) * 0.8 for shape in pairwise(widths)]
    return {"X": rng.normal(0.5, 1, size=(6, widths[0])), "weights": weights}


def square_layers(rng):
    return random_layers(rng, (4, 4, 4, 4))


# --- other right answers --------------------------------------------------------------------------


def all_layers_first(X, weights, activation):
    outputs = [X]
    for W in weights:
        outputs.append(activation(np.dot(outputs[-1], W)))
    return np.array([[layer.mean(), layer.std()] for layer in outputs[1:]])


def recursively(X, weights, activation):
    if len(weights) == 0:
        return []
    X = activation(np.einsum("nd,dh->nh", X, weights[0]))
    mean = X.sum() / X.size
    pair = (mean, np.sqrt(np.mean((X - mean) ** 2)))
    return [pair, *recursively(X, weights[1:], activation)]


def number_by_number(X, weights, activation):
    layer = [[float(x) for x in row] for row in X]
    pairs: tuple[list[float], ...] = ()
    for W in weights:
        layer = activation(
            np.array(
                [
                    [sum(a * b for a, b in zip(row, column, strict=True)) for column in W.T]
                    for row in layer
                ]
            )
        )
        pairs += ([float(np.average(layer)), math.sqrt(np.var(layer))],)
    return pairs


# --- wrong answers --------------------------------------------------------------------------------


def statistics_with(
    statistic=lambda z, h: (np.mean(h), np.std(h)),
    handed_on=lambda X, z, h: h,
    first=lambda X: [],
    layers=slice(None),
):
    """Wrong statistics: of other numbers, or of a stack that is wired otherwise."""

    def forward_statistics(X, weights, activation):
        pairs, h = list(first(X)), X
        for W in weights[layers]:
            z = h @ W
            h = activation(z)
            pairs.append(statistic(z, h))
            h = handed_on(X, z, h)
        return pairs

    return {"forward_statistics": forward_statistics}


def activation_first(X, weights, activation):
    pairs, h = [], X
    for W in weights:
        h = activation(h) @ W
        pairs.append((np.mean(h), np.std(h)))
    return pairs


def two_lists(X, weights, activation):
    pairs = propagation.forward_statistics(X, weights, activation)
    return [mean for mean, _ in pairs], [std for _, std in pairs]


def writes_into_X(X, weights, activation):
    """Works in place where the shapes allow it, as `np.tanh(z, out=X)` would."""
    pairs, h = [], X
    for W in weights:
        z = activation(h @ W)
        if z.shape == X.shape:
            X[...] = z
            z = X
        pairs.append((np.mean(z), np.std(z)))
        h = z
    return pairs


# --- the exercise ---------------------------------------------------------------------------------

forward_statistics = Exercise(
    name="forward_statistics",
    slide="Weight Initialization: the table of means and standard deviations",
    answers=functions(propagation.forward_statistics),
    tests=[
        Test("tanh layers of different widths", tanh_layers, random_layers, points=2),
        Test("another activation, one that is never negative", softplus_layers, random_layers),
        Test(
            "square layers; X and the weights stay as they were",
            tanh_layers,
            square_layers,
            untouched=("X", "weights"),
        ),
    ],
    mistakes=[
        Mistake(
            "before the activation",
            "These are the statistics of what goes INTO each activation. What a layer hands on, "
            "and what the slide prints, comes after it.",
            statistics_with(statistic=lambda z, h: (np.mean(z), np.std(z))),
        ),
        Mistake(
            "activation not handed on",
            "Each layer's statistics are taken after the activation, but the next layer gets what "
            "was there before it: your stack is linear inside.",
            statistics_with(handed_on=lambda X, z, h: z),
        ),
        Mistake(
            "every layer sees the input",
            "Each of your layers multiplies the original X. What is the input of the second layer?",
            statistics_with(handed_on=lambda X, z, h: X),
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
            statistics_with(first=lambda X: [(np.mean(X), np.std(X))]),
        ),
        Mistake(
            "the last layer is missing",
            "You have one pair fewer than there are weight matrices: does your loop stop one too "
            "early?",
            statistics_with(layers=slice(None, -1)),
        ),
        Mistake(
            "variance",
            "The second number of each pair is the variance. The slide prints its root.",
            statistics_with(statistic=lambda z, h: (np.mean(h), np.var(h))),
        ),
        Mistake(
            "standard deviation first",
            "The two numbers of each pair are exchanged: the mean comes first.",
            statistics_with(statistic=lambda z, h: (np.std(h), np.mean(h))),
        ),
        Mistake(
            "unit by unit",
            "You take the standard deviation of each unit over the examples, and then average over "
            "the units. So the differences BETWEEN units are lost; the slide's number is over all "
            "numbers of the layer together.",
            statistics_with(statistic=lambda z, h: (np.mean(h), np.mean(np.std(h, axis=0)))),
        ),
        Mistake(
            "N - 1",
            "Your standard deviation divides by one less than the number of elements, as torch.std "
            "does. This course divides by their number, as np.std does; in the slide's layers, "
            "with half a million numbers each, nobody would notice.",
            statistics_with(statistic=lambda z, h: (np.mean(h), np.std(h, ddof=1))),
            elsewhere=True,
        ),
        Mistake(
            "two lists",
            "You return a list of means and a list of standard deviations. Return one list, "
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
            "given to you: whoever called your function has lost it.",
            {"forward_statistics": writes_into_X},
        ),
    ],
    styles=[
        Style("all layers first", {"forward_statistics": all_layers_first}),
        Style("recursively", {"forward_statistics": recursively}),
        Style("number by number", {"forward_statistics": number_by_number}),
    ],
)
