"""Xavier's weights: the more inputs, the smaller."""

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

xavier = Exercise(
    name="xavier",
    slide="Xavier initialization",
    answers=functions(initialization.xavier),
    tests=[
        SHAPE_TEST,
        Test(
            "standard deviation over many draws, mean 0",
            sized_matrices,
            wide_and_narrow,
            points=3,
            holds=mean_and_spread,
        ),
        GENERATOR_TEST,
    ],
    mistakes=[
        Mistake(
            "no root",
            "You divide by the number of inputs. That makes the VARIANCE 1/fan_in², far too small: "
            "a sum of n independent terms spreads only √n times as much as one of them.",
            {"xavier": normal_weights(lambda fan_in, fan_out: 1 / fan_in)},
        ),
        Mistake(
            "number of units",
            "You divide by the root of the number of UNITS. How many products are added up in one "
            "unit? (Keeping the size of the gradient on its way back asks for your number, but the "
            "slide looks at the way forward.)",
            {"xavier": normal_weights(lambda fan_in, fan_out: fan_out**-0.5)},
        ),
        Mistake(
            "Glorot's compromise",
            "Your variance is 2/(fan_in + fan_out). That is what Glorot and Bengio propose in "
            "their paper, a compromise between the ways forward and back, and PyTorch's "
            "xavier_normal_. The slide takes the inputs alone; with equal widths the two agree.",
            {"xavier": normal_weights(lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "uniform bound taken for the standard deviation",
            "You draw uniformly between ∓1/√fan_in, as PyTorch's Linear layer does. But a uniform "
            "number between -a and a has the standard deviation a/√3, not a.",
            {"xavier": uniform_weights(lambda fan_in: fan_in**-0.5)},
            elsewhere=True,
        ),
        Mistake(
            "multiplied",
            "You multiply by the root of the number of inputs. The more terms there are in the "
            "sum, the SMALLER each must be.",
            {"xavier": normal_weights(lambda fan_in, fan_out: fan_in**0.5)},
        ),
        Mistake(
            "a hundredth",
            "The root is right, but your weights are a hundred times too small: is the 0.01 of "
            "`small_random` still in them?",
            {"xavier": normal_weights(lambda fan_in, fan_out: 0.01 * fan_in**-0.5)},
        ),
        Mistake(
            "He's factor",
            "There is a factor of 2 in your variance. That belongs to ReLU layers, and comes later "
            "in this notebook.",
            {"xavier": normal_weights(lambda fan_in, fan_out: (2 / fan_in) ** 0.5)},
        ),
        *mistakes_with_any_weights(initialization.xavier),
    ],
    styles=styles_of("xavier", lambda fan_in, scale: 1 / fan_in),
)
