"""The gradient check's second instrument: how far two gradients are apart."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, functions
from cs231n_lib import gradcheck

# --- probes ---------------------------------------------------------------------------------------


def error_both_ways(relative_error, a, b):
    return {"error(a, b)": relative_error(a, b), "error(b, a)": relative_error(b, a)}


def errors(relative_error, pairs):
    return {"errors": [float(relative_error(a, b)) for a, b in pairs]}


# --- inputs ---------------------------------------------------------------------------------------


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


def some_with_nan(rng):
    """24 pairs that agree to 1e-6; in half of them there is a NaN on one side."""
    pairs = []
    for side in rng.permutation([0, 1, 2, 3] * 6):
        a = rng.uniform(1, 2, 5)
        pair = [a, a * (1 + rng.uniform(0, 1e-6, 5))]
        if side < 2:
            pair[side][rng.integers(5)] = np.nan
        pairs.append(pair)
    return {"pairs": pairs}


# --- properties -----------------------------------------------------------------------------------


def is_no_agreement(inputs, values):
    errors = np.array(values["errors"])
    lost = np.array([np.isnan(pair).any() for pair in inputs["pairs"]])
    if errors.shape != lost.shape or not (errors[~lost] < 0.01).all():
        return "Two gradients that agree to 1e-6 are reported as different."
    return "A NaN in one of the two is reported as agreement." if (errors[lost] < 1).any() else ""


# --- other right answers --------------------------------------------------------------------------


def error_with_where(a, b):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    scale = np.maximum(np.abs(a), np.abs(b))
    scale = np.where(scale == 0, 1.0, scale)
    return np.max(np.abs(a - b) / scale)


def error_with_a_loop(a, b):
    worst = 0.0
    for one, two in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
        if one != two:
            here = abs(one - two) / max(abs(one), abs(two))
            worst = worst if here <= worst or math.isnan(worst) else here
    return worst


def error_above_the_smallest_number(a, b):
    smallest = np.finfo(float).tiny
    return float(
        (np.abs(np.subtract(a, b)) / np.maximum(np.maximum(abs(a), abs(b)), smallest)).max()
    )


# --- wrong answers --------------------------------------------------------------------------------

ERROR = "The formula of the notes has the larger of |a| and |b| in the denominator. "


def error_from(how):
    """An error made from |a - b|, |a| and |b|; what is 0/0 is 0 as long as `how` says nothing."""

    def relative_error(a, b):
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        with np.errstate(all="ignore"):
            return how(np.abs(a - b), np.abs(a), np.abs(b))

    return {"relative_error": relative_error}


def largest_without_nan(quotient):
    return np.where(np.isnan(quotient), 0.0, quotient).max()


# --- the exercise ---------------------------------------------------------------------------------

relative_error = Exercise(
    name="relative_error",
    slide="Gradient checking",
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
        Test(
            "24 pairs, NaN in some: which of them agree?",
            errors,
            some_with_nan,
            holds=is_no_agreement,
        ),
    ],
    mistakes=[
        Mistake(
            "absolute",
            "This is the absolute difference. 1e-4 is much for gradients of 1e-4, and nothing for "
            "gradients of 100: divide by their size.",
            error_from(lambda d, a, b: d.max()),
        ),
        Mistake(
            "divided by the second",
            "You divide by |b| alone. If the wrong one of the two is b, and very large, the error "
            "looks small; and (a, b) and (b, a) disagree.",
            error_from(lambda d, a, b: np.where(d == 0, 0.0, d / b).max()),
        ),
        Mistake(
            "divided by the first",
            "You divide by |a| alone. If the wrong one of the two is a, and very large, the error "
            "looks small; and (a, b) and (b, a) disagree.",
            error_from(lambda d, a, b: np.where(d == 0, 0.0, d / a).max()),
        ),
        Mistake(
            "divided by the smaller",
            ERROR + "With the smaller one, an element that is 0 on one side is infinitely wrong.",
            error_from(lambda d, a, b: np.where(d == 0, 0.0, d / np.minimum(a, b)).max()),
        ),
        Mistake(
            "divided by the sum",
            ERROR + "You divide by their sum: CS231n's assignments do so as well. It halves most "
            "errors, and no error is ever above 1.",
            error_from(lambda d, a, b: (d / np.maximum(1e-8, a + b)).max()),
            elsewhere=True,
        ),
        Mistake(
            "divided by the mean",
            ERROR + "You divide by the mean of the two sizes. That is usual elsewhere, and up to "
            "twice as large.",
            error_from(lambda d, a, b: largest_without_nan(2 * d / (a + b))),
            elsewhere=True,
        ),
        Mistake(
            "norms",
            "You compare the norms of whole arrays, as deeplearning.ai's course does. One wrong "
            "element among many large right ones then hardly shows; here every element counts.",
            error_from(
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
            error_from(lambda d, a, b: np.where(d == 0, 0.0, d / np.maximum(a, b)).mean()),
        ),
        Mistake(
            "a floor below the line",
            "A small number keeps the denominator away from 0. It also hides every error of "
            "gradients that are smaller than it. Only where both are exactly 0 is there trouble.",
            error_from(lambda d, a, b: (d / np.maximum(np.maximum(a, b), 1e-8)).max()),
        ),
        Mistake(
            "0/0 is NaN",
            "Where both are 0 you divide 0 by 0. Both say that nothing changes: that is perfect "
            "agreement.",
            error_from(lambda d, a, b: (d / np.maximum(a, b)).max()),
        ),
        Mistake(
            "NaN counts as agreement",
            "Right for 0/0, but in the same way a NaN in one of the gradients becomes an error of "
            "0. A gradient that is not a number is wrong.",
            error_from(lambda d, a, b: largest_without_nan(d / np.maximum(a, b))),
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
    styles=[
        Style("where", {"relative_error": error_with_where}),
        Style("loop", {"relative_error": error_with_a_loop}),
        Style(
            "the smallest normal number below", {"relative_error": error_above_the_smallest_number}
        ),
    ],
)
