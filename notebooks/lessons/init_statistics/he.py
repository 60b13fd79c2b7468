"""He's weights: Xavier's, with a factor for what a ReLU throws away."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, functions
from cs231n_lib import initialization

from .shared import (
    a_shape,
    many_matrices,
    mistakes_with_any_weights,
    normal_weights,
    one_matrix,
    same_seed,
    styles_of,
    uniform_weights,
    wide_and_narrow,
)

# --- properties -----------------------------------------------------------------------------------


def spread_of_he(inputs, values):
    found = []
    for (fan_in, fan_out), mean, std in zip(
        inputs["shapes"], values["mean"], values["std"], strict=True
    ):
        if abs(mean) > 0.02 * std:
            return f"Their mean is not 0, but {mean / std:.1f} times their standard deviation."
        ratio = std * np.sqrt(fan_in / 2)
        if abs(ratio - 1) >= 0.02:
            times = f"{ratio:.{0 if ratio > 9 else 1}f}" if ratio > 0.05 else f"{ratio:.0e}"
            found.append(f"{times} times with {fan_in} inputs and {fan_out} units")
    return "Their spread is not what it should be: " + ", ".join(found) + "." if found else ""


# --- the exercise ---------------------------------------------------------------------------------

he = Exercise(
    name="he",
    slide="Weight Initialization: He et al., 2015 (ReLU)",
    answers=functions(initialization.he),
    tests=[
        Test("one row per input, one column per unit", one_matrix, a_shape),
        Test(
            "standard deviation over many draws, mean 0",
            many_matrices,
            wide_and_narrow,
            points=2,
            holds=spread_of_he,
        ),
        Test("drawn from the generator that is given", same_seed, a_shape),
    ],
    mistakes=[
        Mistake(
            "factor missing",
            "These are Xavier's weights. A ReLU throws away half of the mean square in each layer: "
            "something must make up for it.",
            {"he": normal_weights(lambda fan_in, fan_out: fan_in**-0.5)},
        ),
        Mistake(
            "2 outside the root",
            "The 2 stands outside your root, so the variance is four times Xavier's. It is the "
            "variance (the mean square) that ReLU halves.",
            {"he": normal_weights(lambda fan_in, fan_out: 2 * fan_in**-0.5)},
        ),
        Mistake(
            "root of the 2 alone",
            "Your root is taken of the 2 alone: the number of inputs belongs to the variance too, "
            "so it comes under the root with it.",
            {"he": normal_weights(lambda fan_in, fan_out: 2**0.5 / fan_in)},
        ),
        Mistake(
            "half instead of double",
            "Your variance is half of Xavier's. ReLU makes the signal smaller: must the weights "
            "become smaller or larger to make up for it?",
            {"he": normal_weights(lambda fan_in, fan_out: (0.5 / fan_in) ** 0.5)},
        ),
        Mistake(
            "no root",
            "You use the variance in the place of the standard deviation: the root is missing.",
            {"he": normal_weights(lambda fan_in, fan_out: 2 / fan_in)},
        ),
        Mistake(
            "number of units",
            "Your variance has the number of UNITS in it. That keeps the size of the gradient on "
            "its way back (PyTorch: mode='fan_out'); here the way forward counts, and the number "
            "of terms in a unit's sum.",
            {"he": normal_weights(lambda fan_in, fan_out: (2 / fan_out) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "Glorot's compromise",
            "You average the numbers of inputs and units, as Glorot and Bengio do (with a factor "
            "for ReLU). He's rule looks at the inputs alone.",
            {"he": normal_weights(lambda fan_in, fan_out: (4 / (fan_in + fan_out)) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "uniform bound taken for the standard deviation",
            "You draw uniformly between -a and a, with the right standard deviation in the place "
            "of a. But such numbers have the standard deviation a/√3.",
            {"he": uniform_weights(lambda fan_in: (2 / fan_in) ** 0.5)},
        ),
        *mistakes_with_any_weights(initialization.he),
    ],
    styles=styles_of("he", lambda fan_in, scale: 2 / fan_in),
)
