"""The length of a step, by the length of the weights that it changes."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

# --- probes ---------------------------------------------------------------------------------------


def ratios(update_ratio, before, after):
    return {"ratio": {name: float(r) for name, r in update_ratio(before, after).items()}}


def of_many_steps(update_ratio, steps):
    found = [update_ratio(before, after) for before, after in steps]
    return {"ratio of W1": np.array([float(ratio["W1"]) for ratio in found])}


# --- inputs ---------------------------------------------------------------------------------------


def a_step(rng, before, scale=1.0):
    """Parameters after a step of the relative length `scale` times 0.1 to 0.3, for each array.

    Each step makes the weights longer, and turns them too.
    """
    after = {}
    for name, w in before.items():
        size = float(np.linalg.norm(w)) or 1.0
        along, aside = w / size, rng.normal(size=w.shape)
        aside -= along * np.sum(along * aside)
        outward = rng.uniform(0.3, 0.7) if w.any() else 0.0
        step = outward * along + (1 - outward**2) ** 0.5 * aside / np.linalg.norm(aside)
        after[name] = w + scale * rng.uniform(0.1, 0.3) * size * step
    return {"before": before, "after": after}


def weights(rng, *sizes):
    """Weights of each layer, each about as long as another power of two."""
    return {
        f"W{i}": 2.0 ** rng.uniform(i - 1, i) * rng.normal(size=shape)
        for i, shape in enumerate(pairwise(sizes), start=1)
    }


def two_layers(rng):
    return a_step(rng, weights(rng, 7, 6, 4))


def with_biases(rng):
    sizes = (6, 5, 4)
    before = weights(rng, *sizes)
    before |= {"b1": np.zeros(5), "b2": np.zeros(4)}
    return a_step(rng, before)


def odd_shapes(rng):
    """Weights of a convolution, of one unit, and of a layer with one output; short steps."""
    shapes = {"W3": (2, 3, 2, 2), "W1": (8,), "W2": (5, 1)}
    before = {name: 3 * rng.normal(size=shape) for name, shape in shapes.items()}
    return a_step(rng, before, scale=1e-2)


def turned(rng):
    """Steps that turn the weights and make them 1 % longer.

    Were they as long as before, a difference of the lengths would be what rounding left of it.
    """
    steps = []
    for _ in range(5):
        w = rng.normal(size=(4, 3))
        aside = rng.normal(size=(4, 3))
        aside -= w * np.sum(w * aside) / np.sum(w * w)
        aside *= np.linalg.norm(w) / np.linalg.norm(aside)
        angle = rng.uniform(0.05, 0.5)
        after = 1.01 * (np.cos(angle) * w + np.sin(angle) * aside)
        steps.append([{"W1": w}, {"W1": after}])
    return {"steps": steps}


# --- other right answers --------------------------------------------------------------------------


def roots_of_sums(before, after):
    ratio = {}
    for name, w in before.items():
        if name[0] == "W":
            step = np.asarray(after[name]) - w
            ratio[name] = np.sqrt((step**2).sum() / (w**2).sum())
    return ratio


def ravelled(before, after):
    layers = [name for name in before if name.startswith("W")]
    flat = {name: (before[name].ravel(), after[name].ravel()) for name in layers}
    return {name: math.sqrt((b - a) @ (b - a)) / math.sqrt(a @ a) for name, (a, b) in flat.items()}


def relative_to_a_unit(before, after):
    ratio = {}
    for name in sorted(before):
        if not name.startswith("b"):
            length = math.hypot(*before[name].flat)
            ratio[name] = np.linalg.norm((before[name] - after[name]) / length)
    return ratio


# --- wrong answers --------------------------------------------------------------------------------


def all_layers_together(before, after):
    names = [name for name in before if name.startswith("W")]
    step = math.sqrt(sum(float(np.sum((after[n] - before[n]) ** 2)) for n in names))
    length = math.sqrt(sum(float(np.sum(before[n] ** 2)) for n in names))
    return dict.fromkeys(names, step / length)


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
STEP = "np.linalg.norm(after[name] - before[name])"
LENGTH = "np.linalg.norm(before[name])"
RATIO = f"float(step / {LENGTH})"

update_ratio = Exercise(
    name="update_ratio",
    slide="Babysitting the learning process",
    answers=functions(babysitting.update_ratio),
    tests=[
        Test("two layers", ratios, two_layers, points=2, atol=0, untouched=["before", "after"]),
        Test("biases that start at 0 are left out", ratios, with_biases, atol=0, quiet=True),
        Test("short steps, arrays of any shape", ratios, odd_shapes, atol=0),
        Test("steps that turn the weights", of_many_steps, turned, atol=0),
    ],
    mistakes=[
        Mistake(
            "the difference of the lengths",
            "You compare the lengths before and after. A step that only turns the weights would "
            "count as no step at all. Take the length of the step itself.",
            edit(
                babysitting.update_ratio,
                (STEP, "abs(np.linalg.norm(after[name]) - np.linalg.norm(before[name]))"),
            ),
        ),
        Mistake(
            "upside down",
            "Your ratio is upside down: the length of the weights over that of the step. A small "
            "step should give a small number.",
            edit(babysitting.update_ratio, (RATIO, f"float({LENGTH} / step)")),
        ),
        Mistake(
            "over the length afterwards",
            "You divide by the length of the weights AFTER the step. Then the longer the step, the "
            "more it hides itself.",
            edit(babysitting.update_ratio, (RATIO, "float(step / np.linalg.norm(after[name]))")),
        ),
        Mistake(
            "not divided",
            "You return the length of the step. Whether that is long depends on how long the "
            "weights are.",
            edit(babysitting.update_ratio, (RATIO, "float(step)")),
        ),
        Mistake(
            "squares without a root",
            "You divide sums of squares and take no root: your ratio is the square of the right "
            "one, a thousandth becomes a millionth.",
            edit(babysitting.update_ratio, (RATIO, f"float((step / {LENGTH}) ** 2)")),
        ),
        Mistake(
            "the mean of the ratios",
            "You divide number by number, and average. A weight that happens to be nearly 0 then "
            "outweighs all others. Two lengths, each of a whole array, and one division.",
            edit(
                babysitting.update_ratio,
                (RATIO, "float(np.mean(np.abs((after[name] - before[name]) / before[name])))"),
            ),
        ),
        Mistake(
            "standard deviations",
            "You divide standard deviations, as some people plot it. Weights with a mean of 0 give "
            "nearly the same; here it is lengths that are asked for.",
            edit(
                babysitting.update_ratio,
                (RATIO, "float(np.std(after[name] - before[name]) / np.std(before[name]))"),
            ),
            elsewhere=True,
        ),
        Mistake(
            "largest entries",
            "You compare the largest entry of the step with the largest weight. The length of an "
            "array counts all of its entries.",
            edit(
                babysitting.update_ratio,
                (
                    RATIO,
                    "float(np.abs(after[name] - before[name]).max() / np.abs(before[name]).max())",
                ),
            ),
        ),
        Mistake(
            "sums of sizes",
            "You add up absolute values. That is a length as well (the L1 norm), but here it is "
            "the root of the sum of squares.",
            edit(
                babysitting.update_ratio,
                (
                    RATIO,
                    "float(np.abs(after[name] - before[name]).sum() / np.abs(before[name]).sum())",
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "all layers together",
            "You give every layer the same number, that of all weights together. One layer may "
            "stand still while another leaps: look at each by itself.",
            {"update_ratio": all_layers_together},
        ),
        Mistake(
            "biases too",
            "You report the biases as well. They start at 0, and a step divided by a length of 0 "
            "says nothing. Only the arrays whose names begin with W are asked for.",
            edit(babysitting.update_ratio, ('name.startswith("W")', "True")),
        ),
    ],
    styles=[
        Style("roots of sums of squares", {"update_ratio": roots_of_sums}),
        Style("flat vectors and dot products", {"update_ratio": ravelled}),
        Style("the step in units of the length", {"update_ratio": relative_to_a_unit}),
    ],
)
