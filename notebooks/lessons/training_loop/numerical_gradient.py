"""The gradient check's first instrument: a gradient that needs no calculus."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import gradcheck

# --- probes ---------------------------------------------------------------------------------------


def slopes(numerical_gradient, xs, weights, h, shaped):
    def f(x):
        return float(np.sum(np.sin(x + weights[0])) + np.sum(x) ** 3 / 10 + weights[1] * x.flat[0])

    gradients = {}
    for x in xs:
        gradient = numerical_gradient(f, x, h=h)
        flat = not shaped and gradient is not None  # its shape is the question of another test
        gradients[f"gradient for x of shape {x.shape}"] = np.ravel(gradient) if flat else gradient
    return gradients


def slopes_with_default(numerical_gradient, x, weights):
    def f(x):
        return float(np.sum(weights * np.sin(x)))

    return {"gradient": numerical_gradient(f, x)}


def x_afterwards(numerical_gradient, x, h):
    asked = []

    def f(x):
        asked.append(np.array(x))
        return float(np.sum(np.sin(x)))

    numerical_gradient(f, x, h=h)
    return {"x": x, "f was asked at": np.array(asked).reshape(-1, x.size)}


# --- inputs ---------------------------------------------------------------------------------------


def coarse(rng):
    """The step is large, so that what is not centred, or not taken back, is far off."""
    xs = [rng.uniform(0.5, 1.5, shape) for shape in ((4,), (2, 3), (2, 1, 2))]
    h = float(rng.uniform(0.2, 0.4))
    return {"xs": xs, "weights": rng.uniform(0.5, 1, 2), "h": h, "shaped": False}


def fine(rng):
    return {**coarse(rng), "h": 1e-5, "shaped": True}


def gentle(rng):
    return {"x": rng.uniform(-1, 1, 6), "weights": rng.uniform(0.5, 1, 6)}


def hard_to_restore(rng):
    """What is added to such numbers and taken away again leaves a rounding error; -0 becomes 0."""
    x = np.concatenate([rng.uniform(0.1, 0.9, 6), rng.uniform(500, 1000, 3), [-0.0]])
    return {"x": rng.permutation(x), "h": 1e-5}


# --- properties -----------------------------------------------------------------------------------


def is_put_back(inputs, values):
    before, after = inputs["x"], values["x"]
    nudges = values["f was asked at"] - before
    if not nudges.any(axis=0).all() or np.abs(nudges).max() > 0.1:
        return "`f` was not asked about a nudge of each element of x."
    if (np.abs(after - before) > inputs["h"] / 2).any():
        return "x is not what it was: nudges were left in it."
    if after.tobytes() != before.tobytes():
        return "x is put back, but not to the very same numbers."
    return ""


# --- other right answers --------------------------------------------------------------------------


def gradient_with_nditer(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    places = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not places.finished:
        at = places.multi_index
        kept = x[at]
        x[at] = kept + h
        plus = f(x)
        x[at] = kept - h
        minus = f(x)
        x[at] = kept
        gradient[at] = (plus - minus) / (2 * h)
        places.iternext()
    return gradient


def gradient_with_copies(f, x, h=1e-5):
    slopes = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        slopes.append(0.5 * (f(x + step) - f(x - step)) / h)
    return np.array(slopes).reshape(x.shape)


def gradient_on_a_flat_view(f, x, h=1e-5):
    work = np.array(x, dtype=float)
    flat, gradient = work.reshape(-1), np.empty(x.size)
    for i, old in enumerate(flat.tolist()):
        values = []
        for nudged in (old + h, old - h):
            flat[i] = nudged
            values.append(float(f(work)))
        flat[i] = old
        gradient[i] = (values[0] - values[1]) / h / 2
    return gradient.reshape(x.shape)


# --- wrong answers --------------------------------------------------------------------------------

BOTH_SIDES = (
    "The error of that shrinks like h; go the same way to both sides, and it shrinks like h²."
)


def nudges_all_at_once(f, x, df=None, h=1e-5):
    return np.full_like(x, (f(x + h) - f(x - h)) / (2 * h))


def nudges_whole_rows(f, x, df=None, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


# --- the exercise ---------------------------------------------------------------------------------

numerical_gradient = Exercise(
    name="numerical_gradient",
    slide="Gradient checking",
    answers=functions(gradcheck.numerical_gradient),
    tests=[
        Test(
            "centred: exactly its numbers at a coarse h",
            slopes,
            coarse,
            points=3,
        ),
        Test("a fine h; the gradient has the shape of x", slopes, fine, rtol=1e-3),
        Test("h may be left out", slopes_with_default, gentle, rtol=1e-3),
        Test(
            "each element of x is nudged, and restored bit for bit",
            x_afterwards,
            hard_to_restore,
            holds=is_put_back,
        ),
    ],
    mistakes=[
        Mistake(
            "one-sided",
            "This goes forward by h and compares with where it started. " + BOTH_SIDES,
            edit(
                gradcheck.numerical_gradient, ("x[i] = old - h", "x[i] = old"), ("/ (2 * h)", "/ h")
            ),
        ),
        Mistake(
            "one-sided, backward",
            "This goes back by h and compares with where it started. " + BOTH_SIDES,
            edit(
                gradcheck.numerical_gradient, ("x[i] = old + h", "x[i] = old"), ("/ (2 * h)", "/ h")
            ),
        ),
        Mistake(
            "divides by h",
            "Every slope is twice too large. How far apart are the two points that you compare?",
            edit(gradcheck.numerical_gradient, ("/ (2 * h)", "/ h")),
        ),
        Mistake(
            "leaves x changed",
            "Your nudges stay in x: each element is measured while those before it are still "
            "moved, and the caller's array comes back changed.",
            edit(gradcheck.numerical_gradient, ("            x[i] = old\n", "            pass\n")),
        ),
        Mistake(
            "restored by arithmetic",
            "x is put back by adding what was taken away. In floating point that does not always "
            "lead back to the same number: keep the old one.",
            edit(
                gradcheck.numerical_gradient,
                ("x[i] = old - h", "x[i] -= 2 * h"),
                ("            x[i] = old\n", "            x[i] += h\n"),
            ),
        ),
        Mistake(
            "h is hard-coded",
            "Your code ignores the `h` that it is given: a fixed one is written in it.",
            edit(
                gradcheck.numerical_gradient,
                ("    gradient = np", "    h = 1e-5\n    gradient = np"),
            ),
        ),
        Mistake(
            "all elements at once",
            "You nudge the whole array at once, and get one number for all: the slope in the "
            "direction of the diagonal. The gradient asks about one element at a time.",
            {"numerical_gradient": nudges_all_at_once},
        ),
        Mistake(
            "whole rows at once",
            "Your index runs over the first axis only, so in an array of two axes or more whole "
            "rows are nudged together.",
            {"numerical_gradient": nudges_whole_rows},
        ),
        Mistake(
            "sign",
            "Every slope has the wrong sign: which of the two values is subtracted from which?",
            edit(gradcheck.numerical_gradient, ("(plus - minus)", "(minus - plus)")),
        ),
        Mistake(
            "flat",
            "The numbers are right, but they come as one flat list. The gradient has the shape of "
            "x.",
            edit(gradcheck.numerical_gradient, ("return gradient", "return gradient.ravel()")),
        ),
    ],
    styles=[
        Style("nditer, in place", {"numerical_gradient": gradient_with_nditer}),
        Style("copies", {"numerical_gradient": gradient_with_copies}),
        Style("a flat view of one copy", {"numerical_gradient": gradient_on_a_flat_view}),
    ],
)
