"""He's weights: Xavier's, with a factor for what a ReLU throws away."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, functions
from cs231n_lib import initialization

from .shared import (
    GENERATOR_TEST,
    SHAPE_TEST,
    mean_and_spread,
    mistakes_with_any_weights,
    normal_weights,
    sized_matrices,
    styles_of,
    uniform_weights,
    wide_and_narrow,
)

# --- the exercise ---------------------------------------------------------------------------------

he = Exercise(
    name="he",
    slide="Weight Initialization: He et al., 2015 (ReLU)",
    answers=functions(initialization.he),
    tests=[
        SHAPE_TEST,
        Test(
            "standard deviation over many draws, mean 0",
            sized_matrices,
            wide_and_narrow,
            points=2,
            holds=mean_and_spread,
        ),
        GENERATOR_TEST,
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
