"""Exercises of notebook 01: the six activation functions, and units that saturate or die."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, choice, functions
from cs231n_lib import activations

from . import activation_probes as ask
from .activation_mistakes import maxout_wrong, report_wrong
from .activation_pairs import ELU, LEAKY_RELU, RELU, SIGMOID, SLIDE, TANH
from .activation_styles import STYLES

__all__ = ["EXERCISES"]

MAXOUT = Exercise(
    "maxout",
    SLIDE,
    functions(activations.maxout_forward, activations.maxout_backward),
    tests=[
        Test(
            "forward: the larger of two affine pieces",
            ask.maxout_out,
            ask.maxout_without_dout,
            points=2,
        ),
        Test("backward: the gradient for x", ask.maxout_dx, ask.maxout_layer),
        Test(
            "backward: both weights and both biases",
            ask.maxout_gradients,
            ask.maxout_layer,
            points=2,
        ),
        Test("backward: a tie is counted once", ask.maxout_at_ties, ask.maxout_ties, points=2),
        Test(
            "two layers: each backward uses its own cache; inputs stay as they were",
            ask.maxout_twice,
            ask.maxout_two_layers,
            untouched=("first", "second"),
        ),
    ],
    mistakes=[
        Mistake(
            "sum of the pieces",
            "You add the two pieces. The sum of two affine functions is one affine function: the "
            "layer would be linear. Only the larger piece counts.",
            maxout_wrong(out=np.add),
        ),
        Mistake(
            "smaller piece",
            "Your output is the smaller of the two pieces, element by element.",
            maxout_wrong(out=np.minimum),
        ),
        Mistake(
            "biases left out",
            "Your pieces are without their biases. So both are 0 at x = 0, and the kink cannot "
            "move away from there.",
            {
                "maxout_forward": lambda x, w1, b1, w2, b2: activations.maxout_forward(
                    x, w1, 0 * b1, w2, 0 * b2
                )
            },
        ),
        Mistake(
            "gradient to both pieces",
            "Both pieces get all of dout. At each element one piece lost; changing it a little "
            "changes nothing, so what is its gradient?",
            maxout_wrong(shares=lambda first, second: (1, 1)),
        ),
        Mistake(
            "gradient to the loser",
            "The gradient goes to the piece that was NOT chosen: the two masks are exchanged.",
            maxout_wrong(shares=lambda first, second: (first < second, first >= second)),
        ),
        Mistake(
            "tie counted twice",
            "Where the two pieces are exactly equal, both get the whole gradient, so x gets it "
            "twice. Any way of sharing is fine (one piece gets all, or each a half), as long as "
            "the shares add up to 1.",
            maxout_wrong(shares=lambda first, second: (first >= second, second >= first)),
        ),
        Mistake(
            "tie counted never",
            "Where the two pieces are exactly equal, neither gets a gradient: each of your masks "
            "leaves the tie to the other one.",
            maxout_wrong(shares=lambda first, second: (first > second, second > first)),
        ),
        Mistake(
            "db not summed",
            "A bias is added to every row, so its gradient collects from every row, and has the "
            "shape of the bias. Yours still has one row for each example.",
            maxout_wrong(sum_bias=False),
        ),
        Mistake(
            "averaged over the batch",
            "You divide the gradients of weights and biases by N. Whether the loss is a mean was "
            "decided in the loss, and is in dout already; a layer sums.",
            maxout_wrong(change=lambda dx, *others: (dx, *(one / len(dx) for one in others))),
        ),
        Mistake(
            "weight gradients exchanged",
            "What belongs to the first piece is returned for the second, and the other way round.",
            maxout_wrong(change=lambda dx, dw1, db1, dw2, db2: (dx, dw2, db2, dw1, db1)),
        ),
    ],
    styles=STYLES["maxout"],
)

REPORT = Exercise(
    "saturation_report",
    SLIDE,
    functions(activations.saturation_report),
    tests=[
        Test(
            "the stuck fraction of sigmoid units",
            ask.fraction,
            ask.sigmoid_layer,
            untouched=("out",),
        ),
        Test("the stuck fraction of tanh units", ask.fraction, ask.tanh_layer, untouched=("out",)),
        Test("the fraction of rows in which a ReLU is off", ask.fraction, ask.relu_layer),
        Test("dead: stuck in every row", ask.dead_units, ask.all_layers, points=2),
    ],
    mistakes=[
        Mistake(
            "one end only",
            "You look at the upper end only. A sigmoid or a tanh is flat at both ends.",
            report_wrong(
                stuck=lambda out, kind: (
                    out == 0 if kind == "relu" else out > (0.99 if kind == "sigmoid" else 0.98)
                )
            ),
        ),
        Mistake(
            "per example instead of per unit",
            "Your averages run along the wrong axis: there is one number for each row (example). "
            "Asked for is one for each column (unit).",
            report_wrong(
                saturated=lambda stuck: stuck.mean(axis=1), dead=lambda stuck: stuck.all(axis=1)
            ),
        ),
        Mistake(
            "one number for the layer",
            "You report on the layer as a whole. A layer with a tenth of its units dead and one "
            "where every unit is off for a tenth of the data would look the same.",
            report_wrong(saturated=lambda stuck: stuck.mean(), dead=lambda stuck: stuck.all()),
        ),
        Mistake(
            "counts, not fractions",
            "You count the rows. A fraction, between 0 and 1, can be compared between batches of "
            "different size.",
            report_wrong(saturated=lambda stuck: stuck.sum(axis=0)),
        ),
        Mistake(
            "the free fraction",
            "You report the fraction that is NOT stuck.",
            report_wrong(saturated=lambda stuck: 1 - stuck.mean(axis=0)),
        ),
        Mistake(
            "1 % of 1 instead of 1 % of the range",
            "tanh runs from -1 to 1, so its range is twice the sigmoid's, and 1 % of it twice as "
            "wide. Your border is that of the sigmoid.",
            report_wrong(
                stuck=lambda out, kind: (
                    out == 0
                    if kind == "relu"
                    else np.abs(out if kind == "tanh" else 2 * out - 1) > 0.99
                )
            ),
        ),
        Mistake(
            "tanh judged with the sigmoid's borders",
            "You use the sigmoid's two borders for tanh as well. tanh has another range: 0 is its "
            "middle, where its slope is largest.",
            report_wrong(
                stuck=lambda out, kind: out == 0 if kind == "relu" else (out < 0.01) | (out > 0.99)
            ),
        ),
        Mistake(
            "dead when stuck once",
            "You call a unit dead that is stuck for ANY of the examples. As long as one example "
            "gets through, the unit learns from it.",
            report_wrong(dead=lambda stuck: stuck.any(axis=0)),
        ),
    ],
    styles=STYLES["saturation_report"],
)

CENTRED = choice(
    "q_not_zero_centred",
    SLIDE,
    right="C",
    wrong={
        "A": "Positive inputs do not make the gradient positive: it also has the factor dL/df, "
        "which can have either sign.",
        "B": "Write down the gradient for one weight: the chain rule gives dL/df times that "
        "weight's INPUT. The weight itself is not in it.",
        "D": "Nothing makes them add up to zero. What do all the products (dL/df)·x_i have in "
        "common when every x_i is positive?",
    },
)

DEAD = choice(
    "q_dead_relu",
    SLIDE,
    right="A",
    wrong={
        "B": "Small is not what it is. On the flat side the slope is exactly 0, so every example's "
        "gradient is multiplied by 0.",
        "C": "The order of the examples does not matter if the unit is off for every one of them.",
        "D": "A larger rate multiplies the gradient. What is any number times this gradient? And "
        "large steps are how units come to be dead in the first place.",
    },
)

EXERCISES = [SIGMOID, TANH, CENTRED, RELU, LEAKY_RELU, MAXOUT, ELU, REPORT, DEAD]
"""In the order of the notebook."""
