"""Exercises of notebook 00 about the gradient check: its two instruments."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import gradcheck

from .training_loop_styles import STYLES

__all__ = ["numerical_gradient", "relative_error"]

SLIDE = "Gradient checking"

# ------------------------------------------------------------------------------ numerical_gradient


def slopes(numerical_gradient, xs, weights, h):
    def f(x):
        return float(np.sum(np.sin(x + weights[0])) + np.sum(x) ** 3 / 10 + weights[1] * x.flat[0])

    return {f"gradient for x of shape {x.shape}": numerical_gradient(f, x, h=h) for x in xs}


def slopes_with_default(numerical_gradient, x, weights):
    def f(x):
        return float(np.sum(weights * np.sin(x)))

    return {"gradient": numerical_gradient(f, x)}


def coarse(rng):
    """The step is large, so that what is not centred, or not taken back, is far off."""
    xs = [rng.uniform(0.5, 1.5, shape) for shape in ((4,), (2, 3), (2, 1, 2))]
    return {"xs": xs, "weights": rng.uniform(0.5, 1, 2), "h": float(rng.uniform(0.2, 0.4))}


def fine(rng):
    return {**coarse(rng), "h": 1e-5}


def x_afterwards(numerical_gradient, x, h):
    def f(x):
        return float(np.sum(np.sin(x)))

    gradient = numerical_gradient(f, x, h=h)
    return {"x": x, "shape": list(np.shape(gradient))}


def is_put_back(inputs, values):
    before, after = inputs["x"], np.asarray(values["x"])
    if values["shape"] != list(before.shape):
        return "The gradient must have the shape of x."
    if (np.abs(after - before) > inputs["h"] / 2).any():
        return "x is not what it was: nudges were left in it."
    if after.tobytes() != before.tobytes():
        return "x is put back, but not to the very same numbers."
    return ""


def hard_to_restore(rng):
    """What is added to such numbers and taken away again leaves a rounding error; -0 becomes 0."""
    x = np.concatenate([rng.uniform(0.1, 0.9, 6), rng.uniform(500, 1000, 3), [-0.0]])
    return {"x": rng.permutation(x), "h": 1e-5}


def gentle(rng):
    return {"x": rng.normal(size=(3, 2)), "weights": rng.uniform(0.5, 1, (3, 2))}


BOTH_SIDES = (
    "The error of that shrinks like h; go the same way to both sides, and it shrinks like h²."
)


def nudges_all_at_once(f, x, df=None, h=1e-5):
    return np.full_like(x, (f(x + h) - f(x - h)) / (2 * h))


def nudges_rows(f, x, df=None, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


numerical_gradient = Exercise(
    name="numerical_gradient",
    slide=SLIDE,
    answers=functions(gradcheck.numerical_gradient),
    tests=[
        Test(
            "centred: exactly its value at a coarse h, arrays of any shape",
            slopes,
            coarse,
            points=3,
        ),
        Test("a fine h", slopes, fine, rtol=1e-5),
        Test("h may be left out", slopes_with_default, gentle, rtol=1e-5),
        Test("x is restored bit for bit", x_afterwards, hard_to_restore, holds=is_put_back),
    ],
    mistakes=[
        Mistake(
            "one-sided",
            "This goes forward by h and compares with where it started. " + BOTH_SIDES,
            edit(
                gradcheck.numerical_gradient,
                ("x[i] = old - h", "x[i] = old"),
                ("/ (2 * h)", "/ h"),
            ),
        ),
        Mistake(
            "one-sided, backward",
            "This goes back by h and compares with where it started. " + BOTH_SIDES,
            edit(
                gradcheck.numerical_gradient,
                ("x[i] = old + h", "x[i] = old"),
                ("/ (2 * h)", "/ h"),
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
            "moved, and the caller gets back another array than he gave.",
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
            "Your step takes no notice of the `h` that it is given: a fixed one is written in the "
            "code.",
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
            {"numerical_gradient": nudges_rows},
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
    styles=STYLES["numerical_gradient"],
)

# ---------------------------------------------------------------------------------- relative_error


def error_both_ways(relative_error, a, b):
    return {"error(a, b)": relative_error(a, b), "error(b, a)": relative_error(b, a)}


def errors(relative_error, pairs):
    return {"errors": [float(relative_error(a, b)) for a, b in pairs]}


def is_no_agreement(inputs, values):
    hidden = (np.asarray(values["errors"]) < 1).any()
    return "A NaN in one of the two is reported as agreement." if hidden else ""


def two_arrays(rng):
    """The worst element is off by a third; others are larger, or off by more in absolute terms."""
    a = rng.uniform(1, 2, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4))
    a[2, 1] = -abs(a[2, 1])  # the worst one: sizes count, not signs
    b = a * (1 + rng.uniform(-0.02, 0.02, a.shape))
    a[0], b[0] = 100 * a[0], 100 * b[0]
    b[1, 2], b[2, 1] = a[1, 2] * rng.uniform(1.5, 1.7), a[2, 1] * rng.uniform(0.4, 0.5)
    return {"a": a, "b": b}


def zeros_in_both(rng):
    a = rng.uniform(1, 2, 5)
    b = a * rng.uniform(1.01, 1.2, 5)
    a[[1, 3]] = b[[1, 3]] = 0.0
    zero, one = np.zeros(3), rng.uniform(1, 2, 3)
    return {"pairs": [[a, b], [zero, zero], [zero, one], [one, -one]]}


def tiny_and_huge(rng):
    def off(scale):
        a = scale * rng.uniform(1, 2, 4)
        return [a, a * rng.uniform(1.1, 1.5, 4)]

    return {"pairs": [off(1e-11), off(1.0), off(1e11)]}


def one_nan(rng):
    a = rng.uniform(1, 2, 5)
    b = a.copy()
    b[rng.integers(5)] = np.nan
    return {"pairs": [[a, b], [b, a]]}


def measured(how):
    """An error made from |a - b|, |a| and |b|; what is 0/0 is 0 as long as `how` says nothing."""

    def relative_error(a, b):
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        with np.errstate(all="ignore"):
            return how(np.abs(a - b), np.abs(a), np.abs(b))

    return {"relative_error": relative_error}


def worst(quotient):
    return np.where(np.isnan(quotient), 0.0, quotient).max()


ERROR = "The formula of the notes has the larger of |a| and |b| below the line. "

relative_error = Exercise(
    name="relative_error",
    slide=SLIDE,
    answers=functions(gradcheck.relative_error),
    tests=[
        Test(
            "the worst element, the same for (a, b) and (b, a)",
            error_both_ways,
            two_arrays,
            points=2,
        ),
        Test("0 and 0 agree; 0 and something do not", errors, zeros_in_both),
        Test("tiny and huge numbers", errors, tiny_and_huge, atol=1e-12),
        Test("NaN is not agreement", errors, one_nan, holds=is_no_agreement),
    ],
    mistakes=[
        Mistake(
            "absolute",
            "This is the absolute difference. 1e-4 is much for gradients of 1e-4, and nothing for "
            "gradients of 100: divide by their size.",
            measured(lambda d, a, b: d.max()),
        ),
        Mistake(
            "divided by the second",
            "You divide by |b| alone. If the wrong one of the two is b, and very large, the error "
            "looks small; and (a, b) and (b, a) disagree.",
            measured(lambda d, a, b: np.where(d == 0, 0.0, d / b).max()),
        ),
        Mistake(
            "divided by the first",
            "You divide by |a| alone. If the wrong one of the two is a, and very large, the error "
            "looks small; and (a, b) and (b, a) disagree.",
            measured(lambda d, a, b: np.where(d == 0, 0.0, d / a).max()),
        ),
        Mistake(
            "divided by the smaller",
            ERROR + "With the smaller one, an element that is 0 on one side is infinitely wrong.",
            measured(lambda d, a, b: np.where(d == 0, 0.0, d / np.minimum(a, b)).max()),
        ),
        Mistake(
            "divided by the sum",
            ERROR + "You divide by their sum: CS231n's assignments do so as well. It halves most "
            "errors, and no error is ever above 1.",
            measured(lambda d, a, b: (d / np.maximum(1e-8, a + b)).max()),
            elsewhere=True,
        ),
        Mistake(
            "divided by the mean",
            ERROR + "You divide by the mean of the two sizes. That is usual elsewhere, and up to "
            "twice as large.",
            measured(lambda d, a, b: worst(2 * d / (a + b))),
            elsewhere=True,
        ),
        Mistake(
            "norms",
            "You compare the norms of whole arrays, as deeplearning.ai's course does. One wrong "
            "element among many large right ones then hardly shows; here every element counts.",
            measured(
                lambda d, a, b: float(
                    np.nan_to_num(np.sqrt((d**2).sum()))
                    / max(np.sqrt((a**2).sum()) + np.sqrt((b**2).sum()), 1e-300)
                )
            ),
            elsewhere=True,
        ),
        Mistake(
            "mean over the elements",
            "You average over the elements. One wrong gradient among a thousand right ones makes "
            "an average that looks fine: it is the worst one that you want to know.",
            measured(lambda d, a, b: np.where(d == 0, 0.0, d / np.maximum(a, b)).mean()),
        ),
        Mistake(
            "a floor below the line",
            "A small number keeps the denominator away from 0. It also hides every error of "
            "gradients that are smaller than it. Only where both are exactly 0 is there trouble.",
            measured(lambda d, a, b: (d / np.maximum(np.maximum(a, b), 1e-8)).max()),
        ),
        Mistake(
            "0/0 is NaN",
            "Where both are 0 you divide 0 by 0. Both say that nothing changes: that is perfect "
            "agreement.",
            measured(lambda d, a, b: (d / np.maximum(a, b)).max()),
        ),
        Mistake(
            "NaN is swept under the carpet",
            "Right for 0/0, but in the same way a NaN in one of the gradients becomes an error of "
            "0. A gradient that is not a number is as wrong as can be.",
            measured(lambda d, a, b: worst(d / np.maximum(a, b))),
        ),
        Mistake(
            "difference with its sign",
            "You take the largest difference with its sign, so errors to one side do not count: "
            "a minus b, or b minus a?",
            {
                "relative_error": lambda a, b: (
                    np.subtract(a, b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-300)
                ).max()
            },
        ),
    ],
    styles=STYLES["relative_error"],
)
