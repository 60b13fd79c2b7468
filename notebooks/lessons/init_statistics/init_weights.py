"""Exercises of notebook 02 about the weights: small random, Xavier's and He's."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import initialization

from . import init_probes as ask
from .init_styles import STYLES

__all__ = ["he", "small_random", "xavier"]

SLIDE = "Weight Initialization"


def shared_mistakes(name: str) -> list[Mistake]:
    """What goes wrong with any of the three: four mistakes about the contract."""
    right = getattr(initialization, name)

    def positive(fan_in, fan_out, rng, **more):
        spread = np.std(right(fan_in, fan_out, np.random.default_rng(0), **more))
        return rng.random((fan_in, fan_out)) * spread * 12**0.5

    def global_numbers(fan_in, fan_out, rng, **more):
        return right(fan_in, fan_out, np.random.default_rng(), **more)

    return [
        Mistake(
            "shape (fan_out, fan_in)",
            "Your matrix has one row per unit. That is how PyTorch stores weights; in this course "
            "a layer computes X @ W, so W has one row per INPUT.",
            {name: lambda fan_in, fan_out, rng, **more: right(fan_in, fan_out, rng, **more).T},
            elsewhere=True,
        ),
        Mistake(
            "never negative",
            "Your weights are all positive: the generator's `random` gives numbers from 0 to 1. "
            "All units would start by adding up all of their inputs. Weights need a mean of 0.",
            {name: positive},
        ),
        Mistake(
            "a generator of its own",
            "Your weights do not come from the `rng` that you were given, so that a run cannot be "
            "repeated. (The slide's np.random.randn has that fault too: it draws from a global "
            "generator.)",
            {name: global_numbers},
        ),
        Mistake(
            "the same numbers each time",
            "Each call starts a new generator from the same seed, so every layer gets the same "
            "numbers. Draw from the `rng` that you were given: it goes on where it stopped.",
            {
                name: lambda fan_in, fan_out, rng, **more: right(
                    fan_in, fan_out, np.random.default_rng(1), **more
                )
            },
        ),
    ]


def weights(name: str, slide: str, spread: Sequence[Test], mistakes: Sequence[Mistake]) -> Exercise:
    tests = [
        Test("one row per input, one column per unit", ask.one_matrix, ask.a_shape),
        *spread,
        Test("drawn from the generator that is given", ask.same_seed, ask.a_shape),
    ]
    every = [*mistakes, *shared_mistakes(name)]
    answers = functions(getattr(initialization, name))
    return Exercise(name, slide, answers, tests, every, STYLES[name])


def uniform(half_width: Callable[[int], float]) -> Callable[..., Any]:
    def init(fan_in, fan_out, rng):
        a = half_width(fan_in)
        return rng.uniform(-a, a, (fan_in, fan_out))

    return init


def scaled(std: Callable[[int, int], float]) -> Callable[..., Any]:
    return lambda fan_in, fan_out, rng: std(fan_in, fan_out) * rng.normal(size=(fan_in, fan_out))


small_random = weights(
    "small_random",
    f"{SLIDE}: small random numbers",
    spread=[
        Test(
            "standard deviation 0.01 by default, mean 0",
            ask.many_matrices,
            ask.wide_and_narrow,
            holds=ask.spread_is_scale,
        ),
        Test("another scale", ask.many_matrices, ask.another_scale, holds=ask.spread_is_scale),
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
    ],
)

XAVIER_SPREAD = Test(
    "standard deviation over many draws, mean 0",
    ask.many_matrices,
    ask.wide_and_narrow,
    points=3,
    holds=ask.spread_of_xavier,
)

xavier = weights(
    "xavier",
    "Xavier initialization",
    spread=[XAVIER_SPREAD],
    mistakes=[
        Mistake(
            "no root",
            "You divide by the number of inputs. That makes the VARIANCE 1/fan_in², far too small: "
            "a sum of n independent terms spreads only √n times as much as one of them.",
            {"xavier": scaled(lambda fan_in, fan_out: 1 / fan_in)},
        ),
        Mistake(
            "number of units",
            "You divide by the root of the number of UNITS. How many products are added up in one "
            "unit? (Keeping the size of the gradient on its way back asks for your number, but the "
            "slide looks at the way forward.)",
            {"xavier": scaled(lambda fan_in, fan_out: fan_out**-0.5)},
        ),
        Mistake(
            "Glorot's compromise",
            "Your variance is 2/(fan_in + fan_out). That is what Glorot and Bengio propose in "
            "their paper, a compromise between the ways forward and back, and PyTorch's "
            "xavier_normal_. The slide takes the inputs alone; with equal widths the two agree.",
            {"xavier": scaled(lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "uniform bound taken for the standard deviation",
            "You draw uniformly between ∓1/√fan_in, as PyTorch's Linear layer does. But a uniform "
            "number between -a and a has the standard deviation a/√3, not a.",
            {"xavier": uniform(lambda fan_in: fan_in**-0.5)},
            elsewhere=True,
        ),
        Mistake(
            "multiplied",
            "You multiply by the root of the number of inputs. The more terms there are in the "
            "sum, the SMALLER each must be.",
            {"xavier": scaled(lambda fan_in, fan_out: fan_in**0.5)},
        ),
        Mistake(
            "a hundredth",
            "The root is right, but your weights are a hundred times too small: is the 0.01 of "
            "`small_random` still in them?",
            {"xavier": scaled(lambda fan_in, fan_out: 0.01 * fan_in**-0.5)},
        ),
        Mistake(
            "He's factor",
            "There is a factor of 2 in your variance. That belongs to ReLU layers, and comes later "
            "in this notebook.",
            {"xavier": scaled(lambda fan_in, fan_out: (2 / fan_in) ** 0.5)},
        ),
    ],
)

HE_SPREAD = Test(
    "standard deviation over many draws, mean 0",
    ask.many_matrices,
    ask.wide_and_narrow,
    points=2,
    holds=ask.spread_of_he,
)

he = weights(
    "he",
    f"{SLIDE}: He et al., 2015 (ReLU)",
    spread=[HE_SPREAD],
    mistakes=[
        Mistake(
            "factor missing",
            "These are Xavier's weights. A ReLU throws away half of the mean square in each layer: "
            "something must make up for it.",
            {"he": scaled(lambda fan_in, fan_out: fan_in**-0.5)},
        ),
        Mistake(
            "2 outside the root",
            "The 2 stands outside your root, so the variance is four times Xavier's. It is the "
            "variance (the mean square) that ReLU halves.",
            {"he": scaled(lambda fan_in, fan_out: 2 * fan_in**-0.5)},
        ),
        Mistake(
            "root of the 2 alone",
            "Your root is taken of the 2 alone: the number of inputs belongs to the variance too, "
            "so it comes under the root with it.",
            {"he": scaled(lambda fan_in, fan_out: 2**0.5 / fan_in)},
        ),
        Mistake(
            "half instead of double",
            "Your variance is half of Xavier's. ReLU makes the signal smaller: must the weights "
            "become smaller or larger to make up for it?",
            {"he": scaled(lambda fan_in, fan_out: (0.5 / fan_in) ** 0.5)},
        ),
        Mistake(
            "no root",
            "You use the variance in the place of the standard deviation: the root is missing.",
            {"he": scaled(lambda fan_in, fan_out: 2 / fan_in)},
        ),
        Mistake(
            "number of units",
            "Your variance has the number of UNITS in it. That keeps the size of the gradient on "
            "its way back (PyTorch: mode='fan_out'); here the way forward counts, and the number "
            "of terms in a unit's sum.",
            {"he": scaled(lambda fan_in, fan_out: (2 / fan_out) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "Glorot's compromise",
            "You average the numbers of inputs and units, as Glorot and Bengio do (with a factor "
            "for ReLU). He's rule looks at the inputs alone.",
            {"he": scaled(lambda fan_in, fan_out: (4 / (fan_in + fan_out)) ** 0.5)},
            elsewhere=True,
        ),
        Mistake(
            "uniform bound taken for the standard deviation",
            "You draw uniformly between -a and a, with the right standard deviation in the place "
            "of a. But such numbers have the standard deviation a/√3.",
            {"he": uniform(lambda fan_in: (2 / fan_in) ** 0.5)},
        ),
    ],
)
