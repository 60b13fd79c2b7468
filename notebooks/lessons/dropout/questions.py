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
        "D": "Each number is decided by a toss of its own, so how many survive is random, and p is "
        "only their share on average.",
    },
    why="Each number is kept with probability 0.8: 0.8 · 2,500 = 2,000 on average. The standard "
    "deviation is 20, so it is hardly ever exactly 2,000.",
)
q_second_moment = choice(
    "q_second_moment",
    SLIDE,
    right="B",
    wrong={
        "A": "That is true of the mean, not of the mean square. Write down the two values that one "
        "element can have, with their probabilities, and square them.",
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
        "A": "In training the layers learn to live with half of their input. How much do they get "
        "in a test?",
        "B": "That is one layer's factor. The next layer gets numbers that are too large already. "
        "What does it make of them?",
        "C": "That would be so after two layers. How many layers of the net drop units?",
    },
    why="In a test twice as many units are on as in training, so each of the three layers "
    "passes on about twice as much: 2 · 2 · 2 = 8.",
)
q_exact_average = choice(
    "q_exact_average",
    "Dropout: what the test mode stands for (Srivastava et al., 2014, section 7.5)",
    right="A",
    wrong={
        "B": "Softmax is not linear, so the mean of probabilities is not the softmax of the mean. "
        "What comes before the softmax?",
        "C": "Between two layers with dropout there is a ReLU, and the mean of a ReLU is not the "
        "ReLU of the mean. What kind of function would a mean go through unchanged?",
        "D": "In one of the three cases nothing nonlinear comes after the mask.",
    },
    why="After the mask comes only an affine layer, and a mean goes through that unchanged. "
    "The mean of a masked number is the number itself.",
)
q_which_net = choice(
    "q_which_net",
    "Dropout: a way to prevent overfitting (Srivastava et al., 2014)",
    right="C",
    wrong={
        "A": "You chose by the accuracy on the training data. Of those 500 labels 150 are wrong. "
        "What does it mean to get them right?",
        "B": "With 30 % of the labels wrong, a training accuracy of about 75 % is no sign that "
        "something is broken. What would somebody get who knows every digit?",
        "D": "Compare the ranges in the last column: those of the first net and of the last one do "
        "not even touch.",
    },
    why="New letters are like the new digits, and on those it is the best. A training accuracy "
    "near 70 % is what a net gets that does not believe the wrong labels.",
)
q_need_for_dropout = choice(
    "q_need_for_dropout",
    "Batch Normalization: slightly reduces the need for dropout, maybe",
    right="B",
    wrong={
        "A": "Look at wrong labels and keep 1: with or without batch normalisation, which net has "
        "the higher accuracy on new digits, and which has memorised more wrong labels?",
        "C": "Look at wrong labels and keep 1: with and without batch normalisation, the "
        "accuracies on new digits are several points apart on average.",
        "D": "Compared run by run, the difference always has the same sign, in twelve other runs "
        "as well. It may not hold for other data, but it can be measured on these.",
    },
    why="With wrong labels and no dropout, the net with batch normalisation memorises more of "
    "them and is worse on new digits. With a quarter kept the two are level.",
)
