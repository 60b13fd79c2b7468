"""The multiple-choice questions: SGD's path, momentum's speed, AdaGrad's steps, Adam's start."""

from __future__ import annotations

from autograder.exercise import choice

__all__ = [
    "q_adagrad_long_run",
    "q_adagrad_valley",
    "q_bias_correction",
    "q_terminal_velocity",
    "q_trajectory",
]

q_trajectory = choice(
    "q_trajectory",
    "Q: What is the trajectory along which we converge towards the minimum with SGD?",
    right="C",
    wrong={
        "A": "The negative gradient points straight at the minimum only where all curvatures are "
        "equal. Which component of it is the larger one in this valley?",
        "B": "The step is proportional to the gradient. Along the floor the gradient is small: "
        "would that direction be finished first?",
        "D": "A curve around the minimum needs something that remembers where it was going. SGD "
        "has no memory: each step depends on the present gradient only.",
    },
    why="Across the floor the gradient is a hundred times as large for the same distance: the "
    "steps overshoot there, to and fro, while along it they are short.",
)

q_terminal_velocity = choice(
    "q_terminal_velocity",
    "Momentum update: ball rolling down the loss function, and friction",
    right="D",
    wrong={
        "A": "That is one SGD step, and so is the first step of momentum from rest. But what is "
        "left of the velocity from the step before?",
        "B": "It would grow without bound if mu were 1. Friction takes a share of the velocity in "
        "each step: at which speed does it take as much as the gradient adds?",
        "C": "That is what friction leaves of one step. Look for the velocity that the update "
        "no longer changes.",
    },
    why="The speed v that no longer changes satisfies v = 0.9 v + 0.1 g, so v = 0.1 g/(1 - 0.9) "
    "= 1.0 g: ten steps of SGD in one.",
)

q_adagrad_valley = choice(
    "q_adagrad_valley",
    "Q: What happens with AdaGrad?",
    right="A",
    wrong={
        "B": "The cache sits in the denominator. In which direction is it large, then, and what "
        "happens to the steps there?",
        "C": "The cache has one entry for each parameter, not one for all of them, so it does "
        "more than change the overall rate.",
        "D": "AdaGrad has no velocity: nothing carries over from the last step's direction.",
    },
    why="Each parameter's step is divided by the root of its own sum of squares, which is "
    "largest where the wall is steep.",
)

q_adagrad_long_run = choice(
    "q_adagrad_long_run",
    "Q2: What happens to the step size over long time?",
    right="B",
    wrong={
        "A": "The size would level off if the cache did. But squares are never negative, and "
        "nothing is ever taken out of the sum.",
        "C": "Exponential decay needs the same factor in each step. By which factor does the cache "
        "grow from step 1 to 2, and by which from step 100 to 101?",
        "D": "The sum of squares sits in the denominator: as it grows, what do the steps do?",
    },
    why="After t steps the cache is t, and the step is divided by its root.",
)

q_bias_correction = choice(
    "q_bias_correction",
    "Adam update: the bias correction (only relevant in first few iterations …)",
    right="C",
    wrong={
        "A": "m starts too small, that is true, but so does v, and v is below the fraction line. "
        "Which of the two warms up more slowly?",
        "B": "They would cancel if m and the root of v warmed up at the same speed. Look at the "
        "betas.",
        "D": "A zero start makes both averages too small, whatever the gradient's sign; it does "
        "not turn the step around.",
    },
    why="Both averages start at 0, but v warms up a hundred times more slowly than m. At the "
    "first step m has 0.1 of its size and the root of v only 0.03: their quotient is 3 "
    "times too large.",
)
