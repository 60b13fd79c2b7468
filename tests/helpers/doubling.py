"""An exercise as small as one can be: to double a number. With its tests and mistakes."""

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions


def twice(double, x):
    return {"y": double(x)}


def any_x(rng):
    return {"x": rng.normal(size=(4, 3))}


def double(x):
    """Twice x."""
    return 2 * x


EXERCISE = Exercise(
    "double",
    "Arithmetic: doubling",
    functions(double),
    [
        Test("doubles every element", twice, any_x, points=2),
        Test("leaves x alone", twice, any_x, points=1, untouched=["x"]),
        Test(
            "is quiet about large numbers", twice, lambda rng: {"x": np.array([1e200])}, quiet=True
        ),
    ],
    [
        Mistake("squares", "It multiplies `x` by itself.", edit(double, ("2 * x", "x * x"))),
        Mistake("triples", "It adds `x` once too often.", edit(double, ("2 * x", "3 * x")), True),
    ],
)


def report_of(function):
    return EXERCISE.examine({"double": function})


def messages(function):
    return [verdict.message for verdict in report_of(function).verdicts]
