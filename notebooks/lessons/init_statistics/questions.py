"""The multiple-choice questions of notebook 02."""

from __future__ import annotations

from autograder.exercise import choice

q_whose_mean = choice(
    "q_whose_mean",
    "Data Preprocessing",
    right="D",
    wrong={
        "A": "Its own mean would wipe out how bright it is; and the network was trained on "
        "numbers from which another mean was subtracted. Which one?",
        "B": "On another day, among other images, the same image would get other numbers, and "
        "perhaps another class. And if it comes alone, only its own mean is left.",
        "C": "The more data the better the mean, that is true. But then the test data have "
        "influenced the training, and what you measure with them is no longer honest.",
    },
    why="The network learned on numbers from which the training images' mean was subtracted; "
    "a new image must be treated in exactly the same way.",
)

q_tanh_and_the_derivation = choice(
    "q_tanh_and_the_derivation",
    "Xavier initialization: the derivation assumes linear activations",
    right="B",
    wrong={
        "A": "That is what linear layers would do. |tanh(z)| is below |z|, for large z by far: "
        "does that not matter?",
        "C": "Then tanh would take the same share from a large signal and from a small one. Draw "
        "it: where is it nearly a straight line?",
        "D": "tanh flattens what is large, and never makes anything larger: |tanh(z)| ≤ |z|. What "
        "does that do to the spread of a layer?",
    },
    why="tanh shrinks every number, large ones by a larger share: the smaller the signal has "
    "become, the less a layer takes from it.",
)

q_relu_halves = choice(
    "q_relu_halves",
    "He et al., 2015: weights for ReLU",
    right="C",
    wrong={
        "A": "The mean of a ReLU's output is not 0, that is true. But the weights have mean 0, so "
        "it does not shift the next layer's sums. What does it do to E[h²]?",
        "B": "No unit is dead here: which half is off differs from example to example. Think of "
        "one unit and many examples: what is left of the mean square of its z?",
        "D": "ReLU has no upper end at which it could saturate. What does it do to the negative "
        "half?",
    },
    why="z is spread evenly around 0, so half of its mean square is cut off: the standard "
    "deviation shrinks by the root of 2 in each layer.",
)

q_saturated_gradient = choice(
    "q_saturated_gradient",
    "Weight Initialization: 1.0 instead of 0.01",
    right="C",
    wrong={
        "A": "Most units are stuck at ±1 and pass next to nothing. Most is not all. And by what "
        "are the few that do pass something multiplied on the way to the layer below?",
        "B": "The outputs keep their size, but a gradient is multiplied by the weights and by the "
        "SLOPES of the activation, which the outputs do not show.",
        "D": "The slopes do make it smaller. But each step back also multiplies by the weights: "
        "500 of them in each sum, and of size 1. Which of the two wins?",
    },
    why="Most units pass nothing, but those few that do pass it on through 500 weights of "
    "size 1: in each layer the growth outweighs the loss.",
)
