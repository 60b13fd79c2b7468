"""The exercise `saturation_report`: which units of a layer are stuck, and which are dead."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import activations

from .shared import Array

__all__ = ["saturation_report"]

# --- probes ---------------------------------------------------------------------------------------


def fraction(saturation_report, out, kind):
    return {"saturated": saturation_report(out, kind)["saturated"]}


def dead_units(saturation_report, sigmoid, tanh, relu):
    return {
        "dead sigmoids": saturation_report(sigmoid, "sigmoid")["dead"],
        "dead tanhs": saturation_report(tanh, "tanh")["dead"],
        "dead ReLUs": saturation_report(relu, "relu")["dead"],
    }


# --- inputs ---------------------------------------------------------------------------------------


def layer_output(rng, kind):
    """Twelve rows, fourteen units: stuck in 0 to 9 rows, in 12 at one end (2 units), in 12 at both
    ends (2); shuffled, so that nobody guesses which units are dead."""
    stuck, free = [0.985, -0.985, 0.999, -0.999] * 3, [0.975, 0.2, -0.5, -0.975] * 3
    columns = [stuck[:count] + free[count:] for count in range(10)]
    columns += [[0.985, 0.999] * 6] * 2 + [stuck] * 2
    level = np.array([rng.permutation(column) for column in rng.permutation(columns)]).T
    level = np.sign(level) * (1 - (1 - abs(level)) * rng.uniform(0.9, 1.1, level.shape))
    if kind == "relu":
        return np.where(abs(level) > 0.98, 0.0, 3 * abs(level))
    return level if kind == "tanh" else (1 + level) / 2


def sigmoid_layer(rng):
    return {"out": layer_output(rng, "sigmoid"), "kind": "sigmoid"}


def tanh_layer(rng):
    return {"out": layer_output(rng, "tanh"), "kind": "tanh"}


def relu_layer(rng):
    return {"out": layer_output(rng, "relu"), "kind": "relu"}


def all_layers(rng):
    return {kind: layer_output(rng, kind) for kind in ("sigmoid", "tanh", "relu")}


# --- other right answers --------------------------------------------------------------------------


def by_loops(out: Array, kind: str) -> dict[str, list[Any]]:
    low, high = {"sigmoid": (0.01, 0.99), "tanh": (-0.98, 0.98), "relu": (0, np.inf)}[kind]
    saturated = []
    for unit in range(out.shape[1]):
        stuck = [
            value <= low if kind == "relu" else value < low or value > high
            for value in out[:, unit].tolist()
        ]
        saturated.append(sum(stuck) / len(stuck))
    return {"saturated": saturated, "dead": [share == 1 for share in saturated]}


def dead_as_numbers(out: Array, kind: str) -> dict[str, Array]:
    if kind == "relu":
        stuck = ~(out > 0)
    elif kind == "tanh":
        stuck = 1 - np.abs(out) < 0.02
    else:
        stuck = np.minimum(out, 1 - out) < 0.01
    return {"saturated": np.mean(stuck, axis=0), "dead": np.prod(stuck, axis=0)}


def by_distance_from_the_middle(out: Array, kind: str) -> dict[str, Array]:
    middle, half = {"sigmoid": (0.5, 0.5), "tanh": (0.0, 1.0), "relu": (np.inf, np.inf)}[kind]
    if kind == "relu":
        live = np.count_nonzero(out, axis=0)
    else:
        live = np.count_nonzero(np.abs(out - middle) <= 0.98 * half, axis=0)
    return {"saturated": 1 - live / len(out), "dead": live == 0}


# --- the exercise ---------------------------------------------------------------------------------

saturation_report = Exercise(
    name="saturation_report",
    slide="Activation Functions",
    answers=functions(activations.saturation_report),
    tests=[
        Test("the stuck fraction of sigmoid units", fraction, sigmoid_layer, untouched=("out",)),
        Test("the stuck fraction of tanh units", fraction, tanh_layer, untouched=("out",)),
        Test("the fraction of rows in which a ReLU is off", fraction, relu_layer),
        Test("dead: stuck in every row", dead_units, all_layers, points=2),
    ],
    mistakes=[
        Mistake(
            "one end only",
            "You look at the upper end only. A sigmoid or a tanh is flat at both ends.",
            edit(
                activations.saturation_report,
                ("(out < 0.01) | (out > 0.99)", "out > 0.99"),
                ("np.abs(out) > 0.98", "out > 0.98"),
            ),
        ),
        Mistake(
            "per example instead of per unit",
            "Your averages run along the wrong axis: there is one number for each row (example). "
            "The report needs one for each column (unit).",
            edit(
                activations.saturation_report,
                ("stuck.mean(axis=0)", "stuck.mean(axis=1)"),
                ("stuck.all(axis=0)", "stuck.all(axis=1)"),
            ),
        ),
        Mistake(
            "one number for the layer",
            "You report on the layer as a whole. A layer with a tenth of its units dead and one "
            "where every unit is off for a tenth of the data would look the same.",
            edit(
                activations.saturation_report,
                ("stuck.mean(axis=0)", "stuck.mean()"),
                ("stuck.all(axis=0)", "stuck.all()"),
            ),
        ),
        Mistake(
            "counts, not fractions",
            "You count the rows. A fraction, between 0 and 1, can be compared between batches of "
            "different size.",
            edit(activations.saturation_report, ("stuck.mean", "stuck.sum")),
        ),
        Mistake(
            "the free fraction",
            "You report the fraction that is NOT stuck.",
            edit(activations.saturation_report, ("stuck.mean(axis=0)", "1 - stuck.mean(axis=0)")),
        ),
        Mistake(
            "1 % of 1 instead of 1 % of the range",
            "tanh runs from -1 to 1, so its range is twice the sigmoid's, and 1 % of it twice as "
            "wide. Your border is that of the sigmoid.",
            edit(activations.saturation_report, ("np.abs(out) > 0.98", "np.abs(out) > 0.99")),
        ),
        Mistake(
            "1 % of the range shared by the two ends",
            "You share 1 % of the range between the two ends, a half for each. A value is stuck "
            "when it is closer than 1 % of the range to EITHER end.",
            edit(
                activations.saturation_report,
                ("(out < 0.01) | (out > 0.99)", "(out < 0.005) | (out > 0.995)"),
                ("np.abs(out) > 0.98", "np.abs(out) > 0.99"),
            ),
        ),
        Mistake(
            "tanh judged with the sigmoid's borders",
            "You use the sigmoid's two borders for tanh as well. tanh has another range: 0 is its "
            "middle, where its slope is largest.",
            edit(
                activations.saturation_report, ("np.abs(out) > 0.98", "(out < 0.01) | (out > 0.99)")
            ),
        ),
        Mistake(
            "dead when stuck once",
            "You call a unit dead that is stuck for ANY of the examples. As long as one example "
            "gets through, the unit learns from it.",
            edit(activations.saturation_report, ("stuck.all", "stuck.any")),
        ),
    ],
    styles=[
        Style("loops and lists", {"saturation_report": by_loops}),
        Style("dead as 0 and 1", {"saturation_report": dead_as_numbers}),
        Style("distance from the middle", {"saturation_report": by_distance_from_the_middle}),
    ],
)
