"""The multiple-choice questions of 07_dropout."""

from __future__ import annotations

from autograder.exercise import choice

from .shared import SLIDE

q_kept_numbers = choice(
    "q_kept_numbers",
    SLIDE,
    right="C",
    wrong={
        "A": "p is the probability to KEEP here. You counted what PyTorch's p would leave.",
        "B": "Half of them would survive p = 0.5, whatever their number is.",
        "D": "Every number is decided by itself: how many survive is random, and p is only what "
        "it is on average.",
    },
)
q_second_moment = choice(
    "q_second_moment",
    SLIDE,
    right="B",
    wrong={
        "A": "The mean stays, but a square does not care about signs and compensation: write "
        "down the two values that one element can have, with their probabilities.",
        "C": "What survives is multiplied by 1/p, and its square by more than that. But how "
        "often does it survive?",
        "D": "It gets larger, not smaller: what survives is scaled up.",
    },
)
q_forgotten_scale = choice(
    "q_forgotten_scale",
    SLIDE,
    right="D",
    wrong={
        "A": "In training the layers learn to live with half of the input. What do they get in "
        "a test?",
        "B": "That is one layer's factor. The next layer gets numbers that are too large already, "
        "and passes on twice of that.",
        "C": "That would be so after two layers. How many layers of the net drop units?",
    },
)
q_exact_average = choice(
    "q_exact_average",
    "Dropout: what the test mode stands for (Srivastava et al., 2014, section 7.5)",
    right="A",
    wrong={
        "B": "Softmax is not linear: the mean of probabilities is not the softmax of the mean. "
        "What comes before the softmax?",
        "C": "Between two layers with dropout stands a ReLU, and its mean is not the ReLU of a "
        "mean. Where would a mean go through unchanged?",
        "D": "There is one case in which nothing nonlinear comes after the mask.",
    },
)
q_which_net = choice(
    "q_which_net",
    "Dropout: a way to prevent overfitting (Srivastava et al., 2014)",
    right="C",
    wrong={
        "A": "You chose by the accuracy on the training data. Of those 500 labels 150 are wrong: "
        "what does it mean to get them right?",
        "B": "Training accuracy below 75 % is no sign of a broken net when 30 % of the labels "
        "are wrong: who sees through all of them would get 70 %.",
        "D": "Compare the ranges in the last column: those of the first net and of the last one do "
        "not even touch.",
    },
)
q_need_for_dropout = choice(
    "q_need_for_dropout",
    "Batch Normalization: slightly reduces the need for dropout, maybe",
    right="B",
    wrong={
        "A": "Compare the nets without dropout: which of the two has the higher accuracy on new "
        "digits, and which has learned more wrong labels by heart?",
        "C": "Compare the two rows without dropout: they are several points apart, in every run.",
        "D": "It has the same sign in each of the runs. What it may not hold for is another data "
        "set; that is another matter than not being measurable.",
    },
)
