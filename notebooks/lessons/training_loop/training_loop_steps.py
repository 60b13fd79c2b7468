"""Exercises of notebook 00 about the loop: a batch, a step, and the four steps in order."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import data, optim

from ..rules import any_shape, change_rate, first_step, follow, some_steps
from . import training_loop_probes as ask
from .training_loop_reference import training_loop as right_loop
from .training_loop_styles import STYLES

__all__ = ["sample_batch", "sgd", "training_loop"]

SLIDE = "Mini-batch SGD"
DRAW = "rng.choice(len(X), size=batch_size, replace=False)"


def drawn(how: str) -> dict[str, object]:
    """A sampler that draws its rows in another way."""
    return dict(edit(data.sample_batch, (DRAW, how)))


def shuffles_in_place(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    return X[:batch_size].copy(), y[:batch_size].copy()


sample_batch = Exercise(
    name="sample_batch",
    slide=f"{SLIDE}, step 1: sample a batch of data",
    answers=functions(data.sample_batch),
    tests=[
        Test(
            "rows of any shape, each beside its own label; X and y stay as they were",
            ask.one_batch,
            ask.small_images,
            points=2,
            holds=ask.rows_beside_their_labels,
            untouched=["X", "y"],
        ),
        Test(
            "a batch may be all of the data",
            ask.one_batch,
            ask.all_of_it,
            holds=ask.rows_beside_their_labels,
        ),
        Test("no row twice in a batch", ask.many_batches, ask.most_of_it, holds=ask.no_row_twice),
        Test(
            "300 batches: every row comes, as often as the others and with all of them",
            ask.many_batches,
            ask.a_few_often,
            points=2,
            holds=ask.every_row_comes,
        ),
        Test(
            "all randomness comes from rng",
            ask.whose_randomness,
            ask.some_of_many,
            holds=ask.from_the_generator,
        ),
    ],
    mistakes=[
        Mistake(
            "labels drawn apart",
            "Rows and labels are drawn separately, so images stand beside the labels of others. "
            "Nothing crashes: the net just has nothing to learn. One draw must decide about both.",
            edit(data.sample_batch, ("return X[rows], y[rows]", f"return X[rows], y[{DRAW}]")),
        ),
        Mistake(
            "labels in another order",
            "These are the labels of these rows, but in another order: the rows as they were "
            "drawn, the labels sorted (or the other way round).",
            edit(data.sample_batch, ("y[rows]", "y[np.sort(rows)]")),
        ),
        Mistake(
            "with replacement",
            "The same row can come twice in one batch: this draws with replacement, which is the "
            "default of some of NumPy's functions. Look at their arguments.",
            drawn("rng.integers(0, len(X), batch_size)"),
        ),
        Mistake(
            "always the first rows",
            "Every batch is the beginning of the data, in order. The net would see the same few "
            "rows for ever, and the rest of the data never.",
            drawn("np.arange(batch_size)"),
        ),
        Mistake(
            "the last row never comes",
            "The last row never comes. An upper limit in NumPy is exclusive already; there is no "
            "need to subtract 1 from it.",
            drawn("rng.choice(len(X) - 1, size=min(batch_size, len(X) - 1), replace=False)"),
        ),
        Mistake(
            "a block of neighbours",
            "A batch is a block of rows that follow each other, from a random start. If the data "
            "are sorted by class, a batch sees one class only: draw each row by itself.",
            drawn("(rng.integers(len(X)) + np.arange(batch_size)) % len(X)"),
        ),
        Mistake(
            "randomness from elsewhere",
            "The batch does not depend on `rng`: the randomness comes from NumPy's global state "
            "(or a generator of your own without a seed). Then no run can ever be repeated.",
            drawn("np.random.default_rng().choice(len(X), batch_size, False)"),
        ),
        Mistake(
            "a new generator in every call",
            "Each call makes a new generator with the same seed, so each batch is the first one "
            "again. Use the `rng` that you are given: it remembers where it was.",
            drawn("np.random.default_rng(0).choice(len(X), batch_size, False)"),
        ),
        Mistake(
            "shuffles the data themselves",
            "The batch is right, but `X` and `y` are shuffled in place, and they belong to the "
            "caller. If only one of them had been, all later batches would be wrong.",
            {"sample_batch": shuffles_in_place},
        ),
    ],
    styles=STYLES["sample_batch"],
)

RATE = {"learning_rate": 0.1}

sgd = Exercise(
    name="sgd",
    slide=f"{SLIDE}, step 4: update the parameters using the gradient",
    answers=functions(optim.sgd),
    tests=[
        Test(
            "one step, any shape, dw left as it was",
            first_step,
            any_shape(RATE),
            untouched=["dws"],
        ),
        Test("six steps, the config handed from one to the next", follow, some_steps(RATE)),
        Test(
            "the rate changes between steps",
            change_rate,
            some_steps(RATE, rates=np.array([0.2, 0.2, 0.1, 0.1, 0.05, 0.05])),
        ),
        Test("config=None: rate 1e-2", follow, some_steps(None, scale=20)),
    ],
    mistakes=[
        Mistake(
            "gradient ascent",
            "This walks uphill. The gradient points to where the loss grows fastest; which way do "
            "you want to go?",
            edit(optim.sgd, ("w - c", "w + c")),
        ),
        Mistake(
            "the rate is hard-coded",
            "Your step takes no notice of the rate in `config`: it is always 0.01.",
            edit(optim.sgd, ('c["learning_rate"] * dw', "0.01 * dw")),
        ),
        Mistake(
            "no learning rate",
            "Your step is the whole gradient. How far to go is for the learning rate to say.",
            edit(optim.sgd, ('c["learning_rate"] * dw', "dw")),
        ),
        Mistake(
            "divides by the rate",
            "You divide by the learning rate: the smaller it is, the longer your steps get.",
            edit(optim.sgd, ('c["learning_rate"] * dw', 'dw / c["learning_rate"]')),
        ),
        Mistake(
            "only the sign of the gradient",
            "All your steps have the same length, whatever the size of the gradient. That is "
            "another method (rprop's idea); SGD's step shrinks with the gradient.",
            edit(optim.sgd, ("* dw", "* np.sign(dw)")),
        ),
        Mistake(
            "the config is lost",
            "The first step is right, but what you return is not the config that you were given: "
            "the next step does not know the rate any more.",
            edit(optim.sgd, ("dw, c\n", "dw, {}\n")),
        ),
        Mistake(
            "writes into dw",
            "The step is right, but `dw` was changed: it was scaled in place. Somebody else may "
            "still want to look at the gradient (to plot its size, say).",
            edit(
                optim.sgd,
                (
                    'return w - c["learning_rate"] * dw, c',
                    'dw *= c["learning_rate"]\n    return w - dw, c',
                ),
            ),
        ),
    ],
    styles=STYLES["sgd"],
)

SAMPLE = "        data_batch = dataset.sample_data_batch()\n"
BACK = "        dx = network.backward()\n"
UPDATE = "        network.x, config = rule(network.x, dx, config)\n"
FORWARD = "        losses.append(network.forward(data_batch))\n"

training_loop = Exercise(
    name="training_loop",
    slide=f"{SLIDE}: the loop of four steps",
    answers=functions(right_loop),
    tests=[
        Test(
            "sample, forward, backward, update, in this order",
            ask.around_toys,
            ask.toys("calls"),
            points=2,
            holds=ask.four_steps_in_order,
        ),
        Test("network.x after five steps, with a rule that counts", ask.around_toys, ask.toys("x")),
        Test("returns the loss of every batch", ask.around_toys, ask.toys("losses")),
        Test(
            "on 200 digits the loss comes below 0.2",
            ask.on_digits,
            ask.some_digits,
            holds=ask.gets_down,
        ),
    ],
    mistakes=[
        Mistake(
            "update before backprop",
            "The parameters are updated before the gradients of this batch are there: each step "
            "uses the gradient of the batch before it, and the first one none at all.",
            edit(
                right_loop,
                ("    for _", "    dx = np.zeros_like(network.x)\n    for _"),
                (BACK, ""),
                (UPDATE, UPDATE + BACK),
            ),
        ),
        Mistake(
            "one batch for all steps",
            "The batch is drawn once, before the loop, so every step sees the same examples. "
            "It will learn them by heart. Sampling is the first step of every round.",
            edit(right_loop, (SAMPLE, ""), ("    for _", SAMPLE[4:] + "    for _")),
        ),
        Mistake(
            "the new parameters do not reach the network",
            "The rule is asked, but what it returns never gets into the network: a variable of "
            "the loop is not `network.x`. So the net stays as it was.",
            edit(right_loop, ("network.x, config = rule", "x, config = rule")),
        ),
        Mistake(
            "the config is not handed on",
            "Every step gets the config of the first one. SGD does not mind; a rule that "
            "remembers something (a step count, a velocity) forgets it each time.",
            edit(right_loop, ("network.x, config = rule", "network.x, _ = rule")),
        ),
        Mistake(
            "the rule is not asked",
            "You take a step of plain gradient descent yourself, and never ask `rule`: the loop "
            "would be the same for every update rule.",
            edit(
                right_loop,
                (UPDATE, '        network.x = network.x - config["learning_rate"] * dx\n'),
            ),
        ),
        Mistake(
            "uphill",
            "The rule is given the negative gradient, and since it takes a minus itself, the net "
            "climbs.",
            edit(right_loop, ("(network.x, dx, config)", "(network.x, -dx, config)")),
        ),
        Mistake(
            "the loss after the update",
            "You ask for the loss once more after the update. That costs a second forward pass "
            "in every step, and a batch that was just learned flatters the net.",
            edit(
                right_loop,
                (FORWARD, "        network.forward(data_batch)\n"),
                (UPDATE, UPDATE + FORWARD),
            ),
        ),
        Mistake(
            "one step too few",
            "The loop runs one time less than it is asked to. Where does your counting start, "
            "and does it include its end?",
            edit(right_loop, ("range(steps)", "range(1, steps)")),
        ),
        Mistake(
            "only the last loss",
            "You return the loss of the last batch only. One batch says little: the curve of all "
            "of them is what you look at.",
            edit(right_loop, ("return losses", "return losses[-1:]")),
        ),
    ],
    styles=STYLES["training_loop"],
)
