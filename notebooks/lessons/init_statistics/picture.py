"""Notebook 02: what ten random layers make of a signal.

The gradient is left to the notebook, where a question about it earns points.
"""

from __future__ import annotations

import numpy as np

from autograder.picture import Control, Frame, Panel, Picture, Series, every_setting, number
from cs231n_lib.network import Network

__all__ = ["NAME", "picture"]

NAME = "init_statistics"

UNITS, DEPTH, EXAMPLES = 500, 10, 100
SCALES = (0.01, 0.02, 0.03, (1 / UNITS) ** 0.5, (2 / UNITS) ** 0.5, 0.1, 0.2, 0.5, 1.0)
SHOWN = (1, 2, 4, 7, 10)  # layers whose histogram can be looked at
ACTIVATIONS = {"tanh": "tanh", "ReLU": "relu"}
EDGES = np.linspace(-1, 3, 41)


def outputs(activation: str, scale: float) -> list[np.ndarray]:
    """Of each layer of the notebook's stack: for its first 100 examples, (EXAMPLES, UNITS)."""
    rng = np.random.default_rng(0)
    examples = rng.standard_normal((1000, UNITS))[:EXAMPLES]
    sizes = [UNITS] * (DEPTH + 1) + [10]
    return Network(sizes, ACTIVATIONS[activation], init=scale, rng=rng).activations(examples)


def picture() -> Picture:
    """Two activations, nine scales of the weights, five of ten layers."""
    names = [f"{scale:.2g}" for scale in SCALES]
    controls = [
        Control("Activation", list(ACTIVATIONS), kind="choice"),
        Control("Scale of the weights", names),
        Control("Layer", [str(layer) for layer in SHOWN], kind="time"),
    ]
    layers = np.arange(1, DEPTH + 1)
    panels = [
        Panel(
            "The outputs of this layer",
            x="output",
            y="share (bars are cut off at 0.2)",
            kind="bars",
            at=(EDGES[:-1] + EDGES[1:]) / 2,
            ylim=(0, 0.2),
        ),
        Panel(
            "All ten layers",
            x="layer",
            y="standard deviation of the outputs",
            yscale="log",
            ylim=(1e-9, 1e6),
            at=layers,
            background=[Series("the input's", np.ones(DEPTH))],
        ),
    ]
    seen = {name: [outputs(name, scale) for scale in SCALES] for name in ACTIVATIONS}

    def frame(i: int, j: int, k: int) -> Frame:
        name, layer = list(ACTIVATIONS)[i], SHOWN[k]
        h = seen[name][j][layer - 1]
        below_1 = h if name == "ReLU" else np.minimum(h, 0.999)  # tanh rounds to 1, its end
        shares = np.round(np.histogram(below_1, EDGES)[0] / h.size, 3)  # a pixel or less
        far = (
            f"{np.mean(np.abs(h) > 0.98):.0%} of them are beyond ±0.98"
            if name == "tanh"
            else f"{np.mean(h == 0):.0%} of them are exactly 0, {np.mean(h > 3):.0%} beyond 3"
        )
        says = (
            f"{name}, weights of scale {names[j]}: the outputs of layer {layer} have a standard "
            f"deviation of {number(h.std())}; {far}."
        )
        through = [Series(line, [h.std() for h in seen[line][j]]) for line in ACTIVATIONS]
        through += [Series("this layer", [1e-12, 1e9], x=[layer, layer])]  # across the drawing
        return Frame(says, [[Series(f"layer {layer}", shares)], through])

    return Picture(
        title="Ten random layers",
        question=(
            "weights of scale 0.01 turn the input, a bell of standard deviation 1, into a narrow "
            "one. What does layer 10 hand on? And with weights of 1? Which scale keeps all ten "
            "layers alike, and is it the same for tanh and for ReLU?"
        ),
        alt=(
            "Two drawings. Left, a histogram of the outputs of one layer of 500 units. Right, on a "
            "logarithmic axis over the ten layers, the standard deviations of the outputs, with "
            "tanh and with ReLU."
        ),
        controls=controls,
        panels=panels,
        frames=every_setting(controls, frame),
    )
