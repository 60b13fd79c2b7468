"""The multiple-choice questions of this lesson."""

from __future__ import annotations

from autograder.exercise import choice

q_sure_or_many = choice(
    "q_sure_or_many",
    "Evaluation: Model Ensembles",
    right="B",
    wrong={
        "A": "Two of three vote for the 4, that is true. But add up the probabilities of each "
        "class: how much does the third network have to say?",
        "C": "Which of the two rules asks how sure a network is? The other one cannot tell 0.55 "
        "from 0.99.",
        "D": "So the average says, rightly. But count the votes: how many of the three prefer the "
        "4, however little?",
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
        "B": "A mean of eight numbers lies among them, that is true of each weight. Does a network "
        "in the middle between eight good ones have to be good? The run below says.",
        "C": "Somewhat worse would be what chance mistakes do. But unit 3 of one network has "
        "nothing to do with unit 3 of the next: what is their mean good for?",
    },
    why="Hidden units have no fixed order: unit 3 of one network does another job than unit 3 "
    "of the next, and the mean of the two does neither.",
)

q_same_start = choice(
    "q_same_start",
    "Evaluation: Model Ensembles: train multiple independent models",
    right="C",
    wrong={
        "A": "Other batches make other weights, but do they make other answers? Look at how often "
        "two networks of each kind disagree.",
        "B": "More than half of it would be a fine saving. Look at the table once more: the start "
        "decides in which valley a network ends.",
        "D": "Identical weights would need the same batches as well. These networks do differ, "
        "only by little.",
    },
    why="From one start, networks end close together and make much the same mistakes: "
    "averaging has less to take out, but not nothing.",
)

q_checkpoint_list = choice(
    "q_checkpoint_list",
    "Fun Tips/Tricks: averaging multiple model checkpoints of a single model",
    right="A",
    wrong={
        "B": "So it was meant. But what does `network.x` hand out, a copy of the numbers, or the "
        "array itself, which the next step changes?",
        "C": "The array is there from the first entry on; its numbers change later. Which ones "
        "does it hold when the mean is taken?",
        "D": "Nothing fails: ten arrays of the same shape have a mean. That is the trouble with "
        "this mistake.",
    },
    why="Each entry of the list is the same array, which `-=` changes in place: at the end "
    "all of them are the parameters of the last step.",
)

q_half_life = choice(
    "q_half_life",
    "Fun Tips/Tricks: x_test = 0.995*x_test + 0.005*x",
    right="C",
    wrong={
        "A": "0.005 is the weight of the newest vector. In one step an old one loses only half a "
        "per cent of its weight: after five steps, what is left?",
        "B": "After 100 steps 0.995 to the power 100 is left. Is that above or below one half?",
        "D": "200 is 1/0.005: after so many steps 1/e of the weight is left, not one half.",
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
        "B": "That is how far it has come. Asked for is what is missing.",
        "D": "That is what is missing after the first step. Each of the other 99 closes half a per "
        "cent of the gap as well.",
    },
    why="Each step leaves 99.5 % of what is missing, and 0.995 to the power 100 is 0.606.",
)
