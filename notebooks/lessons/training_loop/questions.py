"""The multiple-choice questions of notebook 00."""

from __future__ import annotations

from autograder.exercise import choice

q_batch_noise = choice(
    "q_batch_noise",
    "Mini-batch SGD, step 1: sample a batch of data",
    right="B",
    wrong={
        "A": "Twice the batch averages twice as many numbers. By how much does the mean of two "
        "independent errors shrink, compared with one: by half, or by less?",
        "C": "Ten times as many examples shrink the error of a mean by more than that: think of "
        "how the standard deviation of a mean depends on the number of terms.",
        "D": "Each example's gradient is another one; the batch's is their mean. Does the mean of "
        "many scatter as much as that of one?",
    },
    why="The standard deviation of a mean of n numbers goes like one over the root of n: half "
    "of it takes four times as many.",
)

q_first_loss = choice(
    "q_first_loss",
    "Mini-batch SGD, step 2: forward prop it through the graph, get loss",
    right="C",
    wrong={
        "A": "That is the probability of each class. What does the loss do with the probability "
        "of the right one?",
        "B": "1 would be log(e): the right class would have a probability of 37 %. What is it "
        "when all ten scores are equal?",
        "D": "That is one over the probability. There is still a logarithm between.",
    },
    why="Equal scores make each probability 1/10, and -log(1/10) = log(10) = 2.302585.",
)

q_best_step = choice(
    "q_best_step",
    "Gradient checking",
    right="B",
    wrong={
        "A": "With such a step the difference is that of a chord, not of a tangent: its error "
        "goes with the square of h.",
        "C": "That would be so if subtraction were exact. Of two numbers that agree in their "
        "first ten digits only six digits are left after it.",
        "D": "1 + 1e-16 is 1 for a computer: the difference is then exactly 0.",
    },
    why="The chord's error goes like h², rounding adds about 1e-16/h. The two meet near the "
    "third root of 1e-16, some 5e-6.",
)

q_bug_hunt = choice(
    "q_bug_hunt",
    "Gradient checking",
    right="B",
    wrong={
        "A": "The suspect's gradient is right. Do not read its formula, ask your own instruments: "
        "`find_wrong_gradients(suspects)`.",
        "C": "It looks suspicious, with its two terms, but it is right. Ask your own instruments: "
        "`find_wrong_gradients(suspects)`.",
    },
    why="The slope of 0.044715 x³ is 3 · 0.044715 x²: the 3 is missing in `gelu_backward`. "
    "Neither the plot nor the training showed it.",
)
