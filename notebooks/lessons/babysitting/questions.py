"""The questions with one right letter."""

from __future__ import annotations

from autograder.exercise import choice

q_what_checks_miss = choice(
    "q_what_checks_miss",
    "Babysitting the learning process",
    right="D",
    wrong={
        "A": "The first loss is ln 10 because nothing is preferred yet, whatever the labels are. "
        "Would it change if you gave the images other labels?",
        "B": "The net memorises twenty labels. Does it matter to it whether they are the right "
        "ones?",
        "C": "Both would have to notice the labels. Run the clinic below, and look at the row in "
        "which the labels are shuffled: what do the two checks say?",
    },
    why="The first loss does not depend on the labels, and twenty labels can be memorised, "
    "right or wrong. Only on other images does it matter that they mean nothing.",
)

q_accuracy_creeps = choice(
    "q_accuracy_creeps",
    "Loss barely changing: Learning rate is probably too low",
    right="B",
    wrong={
        "A": "The printed cost is indeed that of one batch. But look at the largest change of the "
        "cost in the whole run, over all its batches: it is just as tiny.",
        "C": "Regularisation is 0.000001 times a tiny sum of squares. It could not hide anything "
        "that is visible in the sixth decimal.",
        "D": "With ten classes chance is 0.1, and the accuracy leaves it in nearly every run; and "
        "on the slide it climbs from epoch to epoch.",
    },
    why="The cost goes with the size of the differences between scores, the accuracy only "
    "with their order, and the order can be right while the differences are still tiny.",
)

q_nine_trials = choice(
    "q_nine_trials",
    "Grid Layout, Random Layout",
    right="C",
    wrong={
        "A": "Nine trials stand at nine places in the plane in both cases. But project them onto "
        "the axis of the learning rate: how many marks are there?",
        "B": "You have the two exchanged: these are the random layout's number and the grid's.",
        "D": "Draw the grid: its points stand in columns. Trials in one column have the same rate.",
    },
    why="In a grid of three by three, each rate is tried three times with another strength; "
    "at random, no rate comes twice.",
)

q_best_at_border = choice(
    "q_best_at_border",
    "Cross-validation",
    right="A",
    wrong={
        "B": "A finer search inside the old box cannot find what lies outside of it, and the "
        "accuracy was still rising at the edge.",
        "C": "The test set must not take part in the search: it is for the very end.",
        "D": "More trials in the same box say more precisely what you know already: the best of "
        "this box is at its edge.",
    },
    why="The best value in a range that ends there says that better ones may lie beyond. Only "
    "a range that reaches farther can tell.",
)
