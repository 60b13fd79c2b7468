"""The multiple-choice questions of 03_batchnorm."""

from __future__ import annotations

from autograder.exercise import choice

from .shared import SLIDE

q_bias_before_bn = choice(
    "q_bias_before_bn",
    SLIDE,
    right="B",
    wrong={
        "A": "beta comes after the normalization. What happens to a number that was added to a "
        "whole column before it?",
        "C": "Look at what is subtracted first: does the bias survive it?",
        "D": "If a bias makes no difference to the loss, what is its gradient?",
    },
    why="b is added to a whole column, so it is also added to the column's mean, which is "
    "subtracted at once. What the layer needs as a shift, beta does.",
)
q_batch_of_two = choice(
    "q_batch_of_two",
    SLIDE,
    right="D",
    wrong={
        "A": "Two numbers a and b, minus their mean, are plus and minus half of their difference. "
        "And what is their standard deviation?",
        "B": "They are normalized all the same. Try it with two numbers of your own.",
        "C": "Their mean becomes 0, but not the values themselves: compute the standard deviation "
        "of two numbers.",
    },
    why="Minus their mean, a and b become plus and minus half of their difference, and that "
    "half is their standard deviation: divided by it, 1 and -1 are left.",
)
q_weights_times_ten = choice(
    "q_weights_times_ten",
    "Batch Normalization: reduces the strong dependence on initialization",
    right="A",
    wrong={
        "B": "The output is the same, that is right. But the same change of W is now a tenth "
        "as large compared with W: how much does it change the output?",
        "C": "Ten times larger x has ten times the standard deviation: what is left after the "
        "division?",
        "D": "The output is the same, that is right. Think of f(10 w): by which factor does its "
        "slope with respect to w differ, and so the slope at 10 w with respect to the argument?",
    },
    why="Mean and standard deviation grow by the same factor of 10, which the division takes "
    "out. As f(10 W) = f(W), the slope at 10 W is a tenth of the slope at W.",
)
q_where_rates_gain = choice(
    "q_where_rates_gain",
    "Batch Normalization: allows higher learning rates",
    right="C",
    wrong={
        "A": "Read the table: which of its rows has the higher rate with one hidden layer?",
        "B": "Read the table: how far apart are its two rows with seven hidden layers?",
        "D": "Compare the two rows of the table at each depth separately: the higher rate is not "
        "always in the same row.",
    },
    why="Seven layers without it break down at a rate several times lower than with it; with "
    "one hidden layer there is no such gain.",
)
q_image_alone = choice(
    "q_image_alone",
    SLIDE,
    right="B",
    wrong={
        "A": "The label never enters. Compute the mean of a single number, and subtract it.",
        "C": "Nothing fails: eps keeps the division from being 0 / 0. What is the numerator?",
        "D": "That would be test mode. In train mode the running values are not used.",
    },
    why="A single number is its own mean: minus that, it is 0, whatever it was. So the first "
    "layer with batch normalization gives its beta, and nothing of the image gets past "
    "it.",
)
