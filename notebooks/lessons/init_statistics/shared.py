"""What `small_random`, `xavier` and `he` share: three rules for random weights.

Whoever draws in another order, or from another distribution, gets other numbers: so they are judged
by their mean and spread, in eight matrices of 20,000 numbers or more. Each spread is known to 1 %
then, the tolerance is 5 %, and the mistakes are 19 % off or more.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Mistake, Style, Test

# --- probes ---------------------------------------------------------------------------------------


def small_matrices(init, seed, shapes):
    rng = np.random.default_rng(seed)
    return {"W": [np.asarray(init(int(fan_in), int(fan_out), rng)) for fan_in, fan_out in shapes]}


def sized_matrices(init, seed, shapes, sizes, more):
    rng = np.random.default_rng(seed)
    means, stds = [], []
    for (fan_in, fan_out), size in zip(shapes, sizes, strict=True):
        numbers = size * np.asarray(init(int(fan_in), int(fan_out), rng, **more))
        means.append(np.mean(numbers))
        stds.append(np.std(numbers))
    return {"mean": np.array(means), "std": np.array(stds)}


def same_seed(init, seed, fan_in, fan_out):
    rng = np.random.default_rng(seed)
    first, second = (np.asarray(init(fan_in, fan_out, rng)) for _ in range(2))
    next_number = 1e9 * rng.random()
    again = init(fan_in, fan_out, np.random.default_rng(seed))
    return {"next": next_number, "second - first": second - first, "again - first": again - first}


# --- inputs ---------------------------------------------------------------------------------------


def twelve_shapes(rng):
    shapes = [rng.permutation(np.arange(2, 8))[:2] for _ in range(12)]
    return {"seed": int(rng.integers(2**31)), "shapes": np.array(shapes)}


def wide_and_narrow(rng):
    """By turns more units than inputs and more inputs than units."""
    few, many = rng.integers(80, 100, 4), rng.integers(250, 300, 4)
    shapes = np.stack([few, many, many, few], axis=1).reshape(8, 2)
    return {
        "seed": int(rng.integers(2**31)),
        "shapes": shapes,
        "sizes": rng.uniform(1, 10, 8),
        "more": {},
    }


def a_shape(rng):
    fan_in, fan_out = rng.permutation(np.arange(3, 12))[:2]
    return {"seed": int(rng.integers(2**31)), "fan_in": int(fan_in), "fan_out": int(fan_out)}


# --- properties -----------------------------------------------------------------------------------


def rows_are_inputs(inputs, values):
    for (fan_in, fan_out), W in zip(inputs["shapes"], values["W"], strict=True):
        if W.shape != (fan_in, fan_out):
            return f"With {fan_in} inputs and {fan_out} units your W has the shape {W.shape}."
        if W.dtype.itemsize < 4:
            return f"Your weights have half precision only ({W.dtype})."
        if np.ptp(W) == 0:
            return "All weights of a matrix are equal."
    return ""


def mean_and_spread(inputs, values, expected):
    shift = values["mean"] / values["std"]
    if (abs(shift) > 0.05).any():
        return f"Their mean is not 0, but {shift[0]:.1f} times their standard deviation."
    ratios = values["std"] / expected["std"]
    if (abs(ratios - 1) <= 0.05).all():
        return ""
    parts = []
    for (fan_in, fan_out), ratio in zip(inputs["shapes"][:2], ratios[:2], strict=True):
        times = f"{ratio:.{0 if ratio > 9 else 1}f}" if ratio > 0.05 else f"{ratio:.0e}"
        parts.append(f"{times} times with {fan_in} inputs and {fan_out} units")
    return f"Their spread is not what it should be, but {', '.join(parts)}."


def generator_is_used(inputs, values):
    stream = 1e9 * np.random.default_rng(inputs["seed"]).random(10_000)
    if values["next"] not in stream[1:]:
        return "The generator that is given has not moved: your numbers are not from it."
    if values["again - first"].any():
        return "The same seed gives other weights the second time."
    return "" if values["second - first"].any() else "The second matrix is the first one again."


# --- tests ----------------------------------------------------------------------------------------

# Their tolerance only serves to name mistakes: by the shapes and the generator's next number, which
# is far beyond it, whatever the weights are.
SHAPE_TEST = Test(
    "one row per input, one column per unit, in twelve shapes",
    small_matrices,
    twelve_shapes,
    atol=100,
    holds=rows_are_inputs,
)
GENERATOR_TEST = Test(
    "drawn from the generator that is given",
    same_seed,
    a_shape,
    atol=100,
    holds=generator_is_used,
)


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
    """Three mistakes about the contract; `right` is the library's function."""
    name = right.__name__

    def positive(fan_in, fan_out, rng, **more):
        spread = np.std(right(fan_in, fan_out, np.random.default_rng(0), **more))
        return rng.random((fan_in, fan_out)) * spread * 12**0.5

    def fixed_seed(fan_in, fan_out, rng, **more):
        return right(fan_in, fan_out, np.random.default_rng(1), **more)

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
            "Your weights do not come from the `rng` that you were given. Numbers from a generator "
            "of your own cannot be repeated, or, if you fix its seed in the function, are the same "
            "for every layer. (The slide's np.random.randn has the first fault: it draws from a "
            "global generator.)",
            {name: fixed_seed},
        ),
    ]
