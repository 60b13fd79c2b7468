"""Small random weights, of the same size in every layer."""

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import initialization

from .shared import (
    GENERATOR_TEST,
    SHAPE_TEST,
    mean_and_spread,
    mistakes_with_any_weights,
    sized_matrices,
    styles_of,
    wide_and_narrow,
)

# --- inputs ---------------------------------------------------------------------------------------


def another_scale(rng):
    return {**wide_and_narrow(rng), "more": {"scale": 0.0625}}


# --- the exercise ---------------------------------------------------------------------------------

small_random = Exercise(
    name="small_random",
    slide="Weight Initialization: small random numbers",
    answers=functions(initialization.small_random),
    tests=[
        SHAPE_TEST,
        Test(
            "standard deviation 0.01 by default, mean 0",
            sized_matrices,
            wide_and_narrow,
            holds=mean_and_spread,
        ),
        Test("another scale", sized_matrices, another_scale, holds=mean_and_spread),
        GENERATOR_TEST,
    ],
    mistakes=[
        Mistake(
            "scale ignored",
            "The standard deviation is 0.01 whatever `scale` is given.",
            edit(initialization.small_random, ("return scale *", "return 0.01 *")),
        ),
        Mistake(
            "scale left out",
            "The standard deviation of your weights is 1 whatever `scale` is given. (If you use "
            "the generator's `normal`: its first argument is the mean.)",
            edit(initialization.small_random, ("return scale *", "return")),
        ),
        Mistake(
            "scale taken for the variance",
            "The VARIANCE of your weights is `scale`, their standard deviation is its root. The "
            "scale should be the standard deviation itself.",
            edit(initialization.small_random, ("return scale *", "return np.sqrt(scale) *")),
        ),
        Mistake(
            "uniform between -scale and scale",
            "Uniform numbers between -a and a have a standard deviation of only a/√3 = 0.58 a. "
            "Here `scale` is the standard deviation.",
            {
                "small_random": lambda fan_in, fan_out, rng, scale=0.01: rng.uniform(
                    -scale, scale, (fan_in, fan_out)
                )
            },
        ),
        Mistake(
            "smaller for more inputs",
            "Your weights are smaller where a unit has more inputs. That is what Xavier does, "
            "later in this notebook; here they are the same for every layer.",
            edit(initialization.small_random, ("return scale *", "return scale / fan_in**0.5 *")),
        ),
        *mistakes_with_any_weights(initialization.small_random),
    ],
    styles=styles_of("small_random", lambda fan_in, scale: scale**2),
)
