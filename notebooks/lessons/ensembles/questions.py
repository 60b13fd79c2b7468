"""The multiple-choice questions of this lesson."""

from __future__ import annotations

from autograder.exercise import choice

q_sure_or_many = choice(
    "q_sure_or_many",
    "Evaluation: Model Ensembles",
    right="B",
    wrong={
        "A": "It is true that two of three vote for the 4. But add up the probabilities of each "
        "class: how much does the third network change the sum?",
        "C": "Which of the two rules asks how sure a network is? The other one cannot tell 0.55 "
        "from 0.99.",
        "D": "You are right about the average. But count the votes: how many of the three prefer "
        "the 4, however slightly?",
    },
    why="Two of three vote for the 4. The average gives the 4 only (0.55 + 0.55 + 0.05)/3 = "
    "0.38, since the third network is sure of the 9.",
)

q_mean_of_weights = choice(
    "q_mean_of_weights",
    "Evaluation: Model Ensembles",
    right="D",
    wrong={
        "A": "That holds for averaged answers. But is the answer of the average network the "
        "average of the answers? A network is not linear in its parameters.",
        "B": "Each mean weight lies among the eight weights, that is true. But does a network in "
        "the middle of eight good ones have to be good? The next cell measures it.",
        "C": "A little noise in the weights would do that. But unit 3 of one network has nothing "
        "to do with unit 3 of the next: what is their mean good for?",
    },
    why="Hidden units have no fixed order: unit 3 of one network does another job than unit 3 "
    "of the next, and the mean of the two does neither.",
)

q_same_start = choice(
    "q_same_start",
    "Evaluation: Model Ensembles: train multiple independent models",
    right="C",
    wrong={
        "A": "Other batches make other weights. But remember the line from a network to its own "
        "later self, which had seen many other batches: had it left its valley?",
        "B": "That would need mistakes that are mostly their own. Think of the last figure: which "
        "two ends of a line lie in one valley, and how different can their answers be?",
        "D": "To be the same network they would need the same batches, too. An average has "
        "something to work on wherever two answers differ.",
    },
    why="From one start, networks end close together and make much the same mistakes: "
    "averaging has less to take out, but not nothing.",
)

q_checkpoint_list = choice(
    "q_checkpoint_list",
    "Fun Tips/Tricks: averaging multiple model checkpoints of a single model",
    right="A",
    wrong={
        "B": "That was the intention. But what does `network.x` give you, a copy of the numbers, "
        "or the array itself, which the next step changes?",
        "C": "The array is there from the first entry on; its numbers change later. Which ones "
        "does it hold when the mean is taken?",
        "D": "Nothing fails: arrays of one shape have a mean. That is what makes this mistake hard "
        "to notice.",
    },
    why="Each entry of the list is the same array, which `-=` changes in place: at the end "
    "all of them are the parameters of the last step.",
)

q_half_life = choice(
    "q_half_life",
    "Fun Tips/Tricks: x_test = 0.995*x_test + 0.005*x",
    right="C",
    wrong={
        "A": "In one step an old vector loses only half a per cent of its weight. How much has it "
        "lost after five steps?",
        "B": "After 100 steps 0.995 to the power 100 is left. Is that above or below one half?",
        "D": "200 is 1/0.005: after that many steps 1/e of the weight is left, not one half.",
    },
    why="After n steps the weight is 0.995 to the power n of what it was, and "
    "log(0.5)/log(0.995) is 138.3.",
)

q_zero_start = choice(
    "q_zero_start",
    "Fun Tips/Tricks: x_test = 0.995*x_test + 0.005*x",
    right="C",
    wrong={
        "A": "That is what is missing after about a thousand steps. Each step closes half a per "
        "cent of the gap.",
        "B": "That is how much has arrived. The question is how much is missing.",
        "D": "That is what is missing after the first step. Each of the other 99 closes half a per "
        "cent of the gap as well.",
    },
    why="Each step leaves 99.5 % of what is missing, and 0.995 to the power 100 is 0.606.",
)
