"""The multiple-choice questions: inputs that are all positive, and units that are dead."""

from __future__ import annotations

from autograder.exercise import choice

__all__ = ["q_dead_relu", "q_not_zero_centred"]

q_not_zero_centred = choice(
    "q_not_zero_centred",
    "Activation Functions",
    right="C",
    wrong={
        "A": "Positive inputs do not make the gradient positive: it also has the factor dL/df, "
        "which can have either sign.",
        "B": "Write down the gradient for one weight: the chain rule gives dL/df times that "
        "weight's INPUT. The weight itself is not in it.",
        "D": "Nothing makes them add up to zero. What do all the products (dL/df)·x_i have in "
        "common when every x_i is positive?",
    },
    why="The gradient is (dL/df)·x, and no x_i is negative: the one factor dL/df gives all "
    "components its sign.",
)

q_dead_relu = choice(
    "q_dead_relu",
    "Activation Functions",
    right="A",
    wrong={
        "B": "Small is not what it is. On the flat side the slope is exactly 0, so every example's "
        "gradient is multiplied by 0.",
        "C": "The order of the examples does not matter if the unit is off for every one of them.",
        "D": "A larger rate multiplies the gradient. What is any number times this gradient? And "
        "large steps are how units come to be dead in the first place.",
    },
    why="Its slope is 0 for every example, so every gradient is 0 times something. Its inputs "
    "are the data, which never change either: it stays off.",
)
