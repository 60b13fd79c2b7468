"""The loss that a network must start with."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

# --- probes ---------------------------------------------------------------------------------------


def losses_at_start(sanity_loss, classes):
    return {f"loss with {count} classes": sanity_loss(int(count)) for count in classes}


def regularised_losses(sanity_loss, num_classes, reg, weights):
    return {
        "loss": sanity_loss(num_classes, reg, weights),
        "loss with twice the reg": sanity_loss(num_classes, 2 * reg, weights),
    }


# --- inputs ---------------------------------------------------------------------------------------


def some_classes(rng):
    return {"classes": np.r_[10, rng.integers(11, 1000, 4)]}


def some_weights(rng):
    weights = [rng.normal(size=(6, 4)) + 0.4, rng.normal(size=(4, 3)) + 0.4]
    return {"num_classes": 3, "reg": float(rng.uniform(0.2, 0.8)), "weights": weights}


# --- other right answers --------------------------------------------------------------------------


def from_equal_scores(num_classes, reg=0.0, weights=()):
    probabilities = np.exp(np.zeros(num_classes)) / num_classes
    return -np.log(probabilities[0]) + reg / 2 * sum(np.vdot(w, w) for w in weights)


def number_by_number(num_classes, reg=0.0, weights=()):
    loss = np.log(num_classes)
    for w in weights:
        for number in w.ravel():
            loss += 0.5 * reg * number**2
    return loss


def with_norms(num_classes, reg=0.0, weights=()):
    return np.array(np.log(num_classes) + reg * sum(np.linalg.norm(w) ** 2 for w in weights) / 2)


# --- wrong answers --------------------------------------------------------------------------------


def squared_in_place(num_classes, reg=0.0, weights=()):
    penalty = 0.0
    for w in weights:
        w *= w
        penalty += w.sum()
    return np.log(num_classes) + 0.5 * reg * penalty


# --- the exercise ---------------------------------------------------------------------------------

sanity_loss = Exercise(
    name="sanity_loss",
    slide="Babysitting the learning process",
    answers=functions(babysitting.sanity_loss),
    tests=[
        Test("no regularisation, any number of classes", losses_at_start, some_classes),
        Test(
            "regularisation makes it larger, by the right amount",
            regularised_losses,
            some_weights,
            points=2,
            untouched=["weights"],
        ),
    ],
    mistakes=[
        Mistake(
            "logarithm to base 2",
            "That is the cross-entropy in bits. The softmax loss is made with the natural "
            "logarithm: for ten classes it starts at 2.30, not at 3.32.",
            edit(babysitting.sanity_loss, ("np.log(num_classes)", "np.log2(num_classes)")),
            elsewhere=True,
        ),
        Mistake(
            "logarithm to base 10",
            "For ten classes you get exactly 1: that is the logarithm to base 10. In NumPy the "
            "natural one has the shorter name.",
            edit(babysitting.sanity_loss, ("np.log(num_classes)", "np.log10(num_classes)")),
        ),
        Mistake(
            "probability instead of loss",
            "1/C is the probability that each class gets. The loss is the negative logarithm of "
            "the right one's.",
            edit(babysitting.sanity_loss, ("np.log(num_classes)", "(1 / num_classes)")),
        ),
        Mistake(
            "the minus is missing",
            "A loss is positive. Yours is the logarithm of the probability 1/C, which is negative: "
            "look at the sign in front of the logarithm.",
            edit(
                babysitting.sanity_loss,
                ("float(np.log(num_classes))", "float(-np.log(num_classes))"),
            ),
        ),
        Mistake(
            "chance accuracy instead of loss",
            "1 - 1/C is how often a guess is wrong. The slide's number is the cost, a logarithm of "
            "a probability.",
            edit(babysitting.sanity_loss, ("np.log(num_classes)", "(1 - 1 / num_classes)")),
        ),
        Mistake(
            "reg left out",
            "Your loss is the same for any `reg`. Turning regularisation up must make the first "
            "loss larger: that is the second half of the check.",
            edit(babysitting.sanity_loss, ("0.5 * reg * penalty", "0 * penalty")),
        ),
        Mistake(
            "without the half",
            "Your penalty is reg·ΣW², twice as large as here. Some courses and most libraries' "
            "weight decay are written so; in this course's loss a factor makes the gradient "
            "simply reg·W.",
            edit(babysitting.sanity_loss, ("0.5 * reg", "reg")),
            elsewhere=True,
        ),
        Mistake(
            "mean of the squares",
            "You average the squared weights. The penalty adds them up: larger networks pay more.",
            edit(babysitting.sanity_loss, ("np.sum(np.square(w))", "np.mean(np.square(w))")),
        ),
        Mistake(
            "absolute values",
            "You add up |W|, the L1 penalty, which is right elsewhere. This course's networks are "
            "regularised with squares (L2).",
            edit(babysitting.sanity_loss, ("np.square(w)", "np.abs(w)")),
            elsewhere=True,
        ),
        Mistake(
            "norm not squared",
            "The root is too much: the penalty is made of squares, added up, with no root taken.",
            edit(
                babysitting.sanity_loss, ("np.sum(np.square(w))", "np.sqrt(np.sum(np.square(w)))")
            ),
        ),
        Mistake(
            "the sum squared",
            "You add the weights up first and square the sum. Weights are as often negative as "
            "positive, so that is nearly nothing: square each of them, then add.",
            edit(babysitting.sanity_loss, ("np.sum(np.square(w))", "np.square(np.sum(w))")),
        ),
        Mistake(
            "one layer only",
            "`weights` holds the weights of every layer. Your penalty counts the first one only.",
            edit(babysitting.sanity_loss, ("for w in weights", "for w in list(weights)[:1]")),
        ),
        Mistake(
            "the last layer only",
            "Your penalty is that of the last array alone: is it added up in the loop over "
            "`weights`, or overwritten?",
            edit(babysitting.sanity_loss, ("for w in weights", "for w in list(weights)[-1:]")),
        ),
        Mistake(
            "weights squared in place",
            "Your function squares the network's weights themselves: at the second call they are "
            "other numbers. `w *= w` and `w **= 2` change the array that you were given.",
            {"sanity_loss": squared_in_place},
        ),
        Mistake(
            "subtracted",
            "Your penalty makes the loss smaller. A penalty is something to pay.",
            edit(babysitting.sanity_loss, ("+ 0.5", "- 0.5")),
        ),
    ],
    styles=[
        Style("from equal scores", {"sanity_loss": from_equal_scores}),
        Style("number by number", {"sanity_loss": number_by_number}),
        Style("with norms, an array of no dimension", {"sanity_loss": with_norms}),
    ],
)
