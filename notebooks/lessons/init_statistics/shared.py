"""What `small_random`, `xavier` and `he` share: three rules for random weights.

They are judged by the mean and the spread of 200,000 draws. With that many the spread is known to
0.2 %, the tolerance is 2 %, and the mistakes are 20 % off or more.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Mistake, Style

# --- probes ---------------------------------------------------------------------------------------


def one_matrix(init, seed, fan_in, fan_out):
    return {"shape of W": list(np.shape(init(fan_in, fan_out, np.random.default_rng(seed))))}


def many_matrices(init, seed, shapes, repeats, more):
    rng = np.random.default_rng(seed)
    means, stds = [], []
    for fan_in, fan_out in shapes:
        numbers = [np.ravel(init(int(fan_in), int(fan_out), rng, **more)) for _ in range(repeats)]
        means.append(float(np.mean(numbers)))
        stds.append(float(np.std(numbers)))
    return {"mean": means, "std": stds}


def same_seed(init, seed, fan_in, fan_out):
    once, again = (init(fan_in, fan_out, np.random.default_rng(seed)) for _ in range(2))
    rng = np.random.default_rng(seed + 1)
    first, second = init(fan_in, fan_out, rng), init(fan_in, fan_out, rng)
    return {
        "one seed, twice: equal": bool(np.array_equal(once, again)),
        "one generator, two matrices: equal": bool(np.array_equal(first, second)),
        "numbers in half precision": np.asarray(once).dtype.itemsize < 4,
    }


# --- inputs ---------------------------------------------------------------------------------------


def a_shape(rng):
    fan_in, fan_out = rng.permutation(np.arange(3, 12))[:2]
    return {"seed": int(rng.integers(2**31)), "fan_in": int(fan_in), "fan_out": int(fan_out)}


def wide_and_narrow(rng):
    shapes = np.array([[76, 220], [220, 76]])
    return {"seed": int(rng.integers(2**31)), "shapes": shapes, "repeats": 12, "more": {}}


# --- other right answers, for a variance(fan_in, scale) -------------------------------------------


def with_normal(variance):
    """The generator's `normal`, which takes the standard deviation."""

    def init(fan_in, fan_out, rng, scale=0.01):
        return rng.normal(0.0, math.sqrt(variance(fan_in, scale)), size=(fan_in, fan_out))

    return init


def with_uniform(variance):
    """Uniform numbers: the same mean and standard deviation, another distribution."""

    def init(fan_in, fan_out, rng, scale=0.01):
        a = np.sqrt(3 * variance(fan_in, scale))
        return rng.uniform(-a, a, (fan_in, fan_out))

    return init


def unit_by_unit(variance):
    """One column after the other, in float32."""

    def init(fan_in, fan_out, rng, scale=0.01):
        columns = [rng.standard_normal(fan_in, dtype=np.float32) for _ in range(fan_out)]
        W = np.stack(columns, axis=1)
        W *= variance(fan_in, scale) ** 0.5
        return W

    return init


def drawn_as_rows(variance):
    def init(fan_in, fan_out, rng, scale=0.01):
        return np.transpose(rng.standard_normal((fan_out, fan_in))) * variance(fan_in, scale) ** 0.5

    return init


def styles_of(name, variance):
    return [
        Style("rng.normal", {name: with_normal(variance)}),
        Style("uniform numbers", {name: with_uniform(variance)}),
        Style("unit by unit", {name: unit_by_unit(variance)}),
        Style("drawn as rows", {name: drawn_as_rows(variance)}),
    ]


# --- wrong answers --------------------------------------------------------------------------------


def normal_weights(std):
    return lambda fan_in, fan_out, rng: std(fan_in, fan_out) * rng.normal(size=(fan_in, fan_out))


def uniform_weights(half_width):
    def init(fan_in, fan_out, rng):
        a = half_width(fan_in)
        return rng.uniform(-a, a, (fan_in, fan_out))

    return init


def mistakes_with_any_weights(right):
    """Four mistakes about the contract; `right` is the library's function."""
    name = right.__name__

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
