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
    why="Each number is kept with probability 0.8: 0.8 · 2,500 = 2,000 on average, and with a "
    "standard deviation of 20 hardly ever exactly.",
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
    why="An element is 4 with probability 1/4 and 0 otherwise, so its square is 16 with "
    "probability 1/4: 4 on average.",
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
    why="In the test twice as many units are on as in training, so each of the three layers "
    "passes on about twice as much: 2 · 2 · 2 = 8.",
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
    why="Behind the mask comes only an affine layer, and a mean goes through that unchanged; "
    "the mean of the masked numbers is the number itself.",
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
    why="New letters are like the new digits, and there it is the best. A training accuracy "
    "near 70 % is what a net has that does not believe the wrong labels.",
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
    why="With wrong labels and no dropout, the net with batch normalization learns more of "
    "them by heart and is worse on new digits; at a quarter kept the two are level.",
)
