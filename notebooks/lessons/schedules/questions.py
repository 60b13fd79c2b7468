"""The questions with one right letter."""

from __future__ import annotations

from autograder.exercise import choice

SLIDE = "Q: Which one of these learning rates is best to use?"
DECAY = "Learning rate decay over time!"

q_four_rates = choice(
    "q_four_rates",
    SLIDE,
    right="B",
    wrong={
        "A": "Steps of the good rate are a third as long as those of the high one. Far from the "
        "minimum, where the gradients of all batches agree, who gets down faster?",
        "C": "With the very high rate each step goes far beyond the minimum of its own batch. "
        "Would the loss go down at all?",
        "D": "The low rate is the calmest. But its steps are a hundredth as long as the good "
        "one's: how far does it get in 500 of them?",
    },
    why="Far from the minimum longer steps get down faster, as long as they do not go beyond "
    "it. Near it the noise of the batches counts, and the higher the rate, the more.",
)

q_noise_floor = choice(
    "q_noise_floor",
    SLIDE,
    right="C",
    wrong={
        "A": "The noise comes in with each step, multiplied by the rate. A smaller rate lets in "
        "less of it.",
        "B": "A single step lets in a quarter of the variance. But how fast does the ball forget "
        "the noise of earlier steps?",
        "D": "With a smaller rate each step lets in less noise. How could the ball jitter more?",
    },
    why="Each step lets in a quarter of the variance, and old noise is forgotten half as fast: in "
    "all, about half. The exact formula comes after the next cell.",
)

q_reach = choice(
    "q_reach",
    f"{DECAY} Exponential decay",
    right="B",
    wrong={
        "A": "The steps go on for ever, but they shrink by the same factor each time. What is the "
        "sum of such a series?",
        "C": "That is the length of the first step. The second one is nearly as long.",
        "D": "You multiplied by k. Does a slower decay, with a smaller k, get you less far?",
    },
    why="The steps are a series whose factor is exp(-0.01): its sum is 0.1/(1 - exp(-0.01)), "
    "about 10.",
)

q_trainer_decay = choice(
    "q_trainer_decay",
    f"{DECAY} Step decay",
    right="B",
    wrong={
        "A": "The trainer's rate stays the same within an epoch. Does this formula's?",
        "C": "The trainer multiplies after each epoch. How many steps is that, with 1000 examples "
        "in batches of 50?",
        "D": "The trainer multiplies by the same factor each time: 1, 0.95, 0.9025, ... A 1/t "
        "decay divides by factors that come ever closer to 1.",
    },
    why="An epoch is 1000/50 = 20 steps, and after each 20 the rate is multiplied by 0.95 at once.",
)

q_adam_decay = choice(
    "q_adam_decay",
    "SGD, SGD+Momentum, Adagrad, RMSProp, Adam all have learning rate as a hyperparameter",
    right="D",
    wrong={
        "A": "The division takes out the size of the gradient, not its noise. Near the minimum, "
        "how long are the steps of a rule that divides by the size of what it sees?",
        "B": "Adam's v makes steps shorter where gradients are large. At the minimum they are "
        "small: what does the division do then?",
        "C": "The bias correction is over after some thousand steps, and has nothing to do with "
        "the noise at the minimum.",
    },
    why="What Adam divides by is the size of the batches' gradients, noise included. Noise "
    "divided by its own size does not get smaller near the minimum; a lower rate does "
    "make it smaller.",
)
