"""Exercises of notebook 01: the six activation functions, and units that saturate or die."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cs231n_lib import activations

from . import activation_probes as ask
from .activation_mistakes import maxout_wrong, report_wrong, shared_mistakes, wrong
from .activation_styles import STYLES
from .model import Exercise, Mistake, Test, choice, functions

__all__ = ["EXERCISES"]

SLIDE = "Activation Functions"


def elementwise(
    name: str,
    forward: Sequence[Test],
    backward: Sequence[Test],
    mistakes: Sequence[Mistake],
    alpha: bool = False,
) -> Exercise:
    """An exercise with the functions NAME_forward and NAME_backward, of x alone (and alpha)."""
    both = (getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward"))
    main = Test(
        "backward: the gradient for x" + (", with another alpha" if alpha else ""),
        ask.backward_with_alpha if alpha else ask.forward_then_backward,
        ask.with_alpha if alpha else ask.batch,
        points=2,
    )
    twice = Test(
        "two layers: each backward uses its own cache; x and dout stay as they were",
        ask.two_layers_with_alpha if alpha else ask.two_layers,
        ask.two_alphas if alpha else ask.two_inputs,
        untouched=("x1", "x2", "dout1", "dout2"),
    )
    tests = [*forward, main, *backward, twice]
    every = [*mistakes, *shared_mistakes(name)]
    return Exercise(name, SLIDE, functions(*both), tests, every, STYLES[name])


SIGMOID = elementwise(
    "sigmoid",
    forward=[
        Test("forward: the values", ask.forward_only, ask.only_x),
        Test(
            "forward: ±1000 gives no warning and no NaN", ask.forward_only, ask.extremes, quiet=True
        ),
    ],
    backward=[
        Test(
            "backward: ±1000 gives no warning and no NaN",
            ask.backward_at_extremes,
            ask.extremes_with_dout,
            quiet=True,
        ),
    ],
    mistakes=[
        Mistake(
            "overflow",
            "For inputs far from 0 you take exp of a large positive number: that is more than a "
            "float can hold (the limit is near exp(709)), so numpy warns, even where the final "
            "value happens to come out right. Can you arrange it so that exp only ever sees "
            "numbers that are not positive?",
            wrong("sigmoid", value=lambda x: 1 / (1 + np.exp(-x))),
        ),
        Mistake(
            "NaN for large positive inputs",
            "Numerator and denominator both overflow for large x, and inf/inf is NaN. This form "
            "is safe on one side of 0 only.",
            wrong("sigmoid", value=lambda x: np.exp(x) / (1 + np.exp(x))),
        ),
        Mistake(
            "sign of the exponent",
            "Your curve falls from 1 to 0; the sigmoid rises from 0 to 1. Look at the sign in the "
            "exponent, and try x = 5.",
            wrong("sigmoid", value=lambda x: np.exp(-np.logaddexp(0, x))),
        ),
        Mistake(
            "derivative from x instead of out",
            "The famous short form of the derivative speaks of the sigmoid's VALUE; you put its "
            "input into it. So it grows without bound, where the true slope never exceeds 1/4.",
            wrong("sigmoid", slope=lambda x, out: x * (1 - x)),
        ),
        Mistake(
            "sigmoid taken twice",
            "What your forward pass stored was already the sigmoid's value, and your backward pass "
            "squashed it once more.",
            wrong("sigmoid", slope=lambda x, out: (s := np.exp(-np.logaddexp(0, -out))) * (1 - s)),
        ),
        Mistake(
            "the gradient overflows",
            "Written with exponentials of x, the slope becomes inf/inf far from 0. The value that "
            "the forward pass has already computed is enough to find it.",
            wrong("sigmoid", slope=lambda x, out: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        ),
    ],
)

TANH = elementwise(
    "tanh",
    forward=[
        Test("forward: the values", ask.forward_only, ask.only_x),
        Test(
            "forward: ±1000 gives no warning and no NaN", ask.forward_only, ask.extremes, quiet=True
        ),
    ],
    backward=[],
    mistakes=[
        Mistake(
            "overflow",
            "The textbook's quotient of exponentials overflows far from 0, and inf/inf is NaN. "
            "NumPy has a function that takes care of this.",
            wrong("tanh", value=lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
        ),
        Mistake(
            "derivative from x instead of out",
            "You squared the input; the formula squares the function's VALUE. At x = 3 the true "
            "slope is 0.0099, yours is -8.",
            wrong("tanh", slope=lambda x, out: 1 - x**2),
        ),
        Mistake(
            "square forgotten",
            "The value is not squared in your slope. The slope of tanh depends on |x| only: it is "
            "the same at -2 and at 2; yours is not.",
            wrong("tanh", slope=lambda x, out: 1 - out),
        ),
        Mistake(
            "tanh taken twice",
            "What your forward pass stored was already the value of tanh, and your backward pass "
            "took its tanh again.",
            wrong("tanh", slope=lambda x, out: 1 - np.tanh(out) ** 2),
        ),
        Mistake(
            "slope of the sigmoid",
            "That is the short form of the sigmoid's slope, with tanh in it. tanh has a short form "
            "of its own: at 0 it must give 1.",
            wrong("tanh", slope=lambda x, out: out * (1 - out)),
        ),
    ],
)

RELU = elementwise(
    "relu",
    forward=[
        Test("forward: the values", ask.forward_only, ask.only_x),
        Test("forward: minus infinity gives 0", ask.forward_only, ask.infinities),
    ],
    backward=[
        Test(
            "backward: at exactly 0 the slope is 0 or 1",
            ask.forward_then_backward,
            ask.at_zero,
            holds=ask.slope_is_zero_or_one,
        ),
    ],
    mistakes=[
        Mistake(
            "NaN at infinity",
            "Your forward pass computes 0·inf or inf - inf, and both are NaN. Selecting numbers "
            "is safer than doing arithmetic with numbers that you want to be rid of.",
            wrong("relu", value=lambda x: x * (x > 0)),
        ),
        Mistake(
            "mask from the sign of dout",
            "You let the positive GRADIENTS pass. Which elements pass was decided in the forward "
            "pass, by x: where the output was cut to 0, changing x changes nothing.",
            {"relu_backward": lambda dout, cache: np.maximum(dout, 0)},
        ),
        Mistake(
            "two masks",
            "You stop the gradient where x was negative (right) and also where the gradient itself "
            "is. That is 'guided backpropagation', made for pictures of what a network sees; it is "
            "not the gradient of anything, and weights could then only be pushed one way.",
            {
                "relu_backward": lambda dout, cache: activations.relu_backward(
                    np.maximum(dout, 0), cache
                )
            },
            elsewhere=True,
        ),
        Mistake(
            "no mask",
            "The gradient passes everywhere, as if there were no ReLU. What is the slope of the "
            "function on the flat side?",
            wrong("relu", slope=lambda x, out: 1.0),
        ),
        Mistake(
            "gradient on the wrong side",
            "The gradient passes where x is negative and is stopped where it is positive: the mask "
            "is upside down.",
            wrong("relu", slope=lambda x, out: x <= 0),
        ),
        Mistake(
            "half a slope at 0",
            "Half-way between the two sides is a valid subgradient, but not what libraries do: "
            "they decide for one of the sides, and so does this course.",
            wrong("relu", slope=lambda x, out: np.heaviside(x, 0.5)),
            elsewhere=True,
        ),
    ],
)

LEAKY_RELU = elementwise(
    "leaky_relu",
    forward=[
        Test("forward: the slide's slope, when none is given", ask.forward_only, ask.only_x),
        Test("forward: another alpha", ask.forward_with_alpha, ask.x_with_alpha),
    ],
    backward=[],
    alpha=True,
    mistakes=[
        Mistake(
            "slope on the wrong side",
            "The small slope belongs to the negative inputs: they leak. Yours shrinks the positive "
            "ones. Draw the curve, and compare it with the slide's.",
            wrong(
                "leaky_relu",
                value=lambda x, alpha: np.where(x > 0, alpha * x, x),
                slope=lambda x, out, alpha: np.where(x > 0, alpha, 1),
            ),
        ),
        Mistake(
            "0.01 by default",
            "0.01 is the slope of the first paper (Maas et al., 2013) and PyTorch's default. This "
            "lecture's slide has another number.",
            wrong("leaky_relu", alpha=0.01),
            elsewhere=True,
        ),
        Mistake(
            "alpha ignored",
            "Whatever alpha is given, you use the slide's slope. It is an argument: somebody may "
            "want another.",
            wrong(
                "leaky_relu",
                value=lambda x, alpha: np.where(x > 0, x, 0.1 * x),
                slope=lambda x, out, alpha: np.where(x > 0, 1, 0.1),
            ),
        ),
        Mistake(
            "always 0.01",
            "The slope is 0.01 whatever alpha is given. 0.01 is a common choice elsewhere "
            "(PyTorch's default); here it is an argument, and its default is the slide's.",
            wrong(
                "leaky_relu",
                value=lambda x, alpha: np.where(x > 0, x, 0.01 * x),
                slope=lambda x, out, alpha: np.where(x > 0, 1, 0.01),
            ),
        ),
        Mistake(
            "nothing leaks back",
            "Your backward pass is that of the plain ReLU: no gradient for negative inputs. But "
            "that gradient is what the leak was invented for.",
            wrong("leaky_relu", slope=lambda x, out, alpha: x > 0),
        ),
        Mistake(
            "alpha on both sides",
            "In your backward pass every element is scaled by alpha. On the positive side the "
            "function is x itself: what is its slope?",
            wrong("leaky_relu", slope=lambda x, out, alpha: alpha),
        ),
    ],
)

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

ELU = elementwise(
    "elu",
    forward=[
        Test("forward: alpha = 1, when none is given", ask.forward_only, ask.only_x),
        Test("forward: another alpha", ask.forward_with_alpha, ask.x_with_alpha),
        Test(
            "forward: ±1000 gives no warning and no NaN", ask.forward_only, ask.extremes, quiet=True
        ),
    ],
    backward=[
        Test(
            "backward: ±1000 gives no warning and no NaN",
            ask.backward_at_extremes,
            ask.extremes_with_dout,
            quiet=True,
        ),
    ],
    alpha=True,
    mistakes=[
        Mistake(
            "overflow in the branch that is not used",
            "The numbers are right, but numpy warns: both branches are computed everywhere before "
            "one is selected, and exp of a large positive x overflows. See to it that exp is never "
            "asked about positive numbers.",
            wrong("elu", value=lambda x, alpha: np.where(x > 0, x, alpha * (np.exp(x) - 1))),
        ),
        Mistake(
            "the gradient overflows in the branch that is not used",
            "The gradient's numbers are right, but numpy warns: exp is also computed for the large "
            "positive x, whose result is thrown away afterwards.",
            wrong("elu", slope=lambda x, out, alpha: np.where(x > 0, 1, alpha * np.exp(x))),
        ),
        Mistake(
            "alpha missing",
            "Your result is the one for alpha = 1, whatever alpha is given. alpha says how far "
            "down the curve goes: it ends at -alpha.",
            wrong(
                "elu",
                value=lambda x, alpha: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
                slope=lambda x, out, alpha: np.exp(np.minimum(x, 0)),
            ),
        ),
        Mistake(
            "minus one forgotten",
            "On the negative side your curve ends at 0 and jumps at x = 0. ELU goes through the "
            "origin without a jump: something is subtracted inside the bracket.",
            wrong(
                "elu", value=lambda x, alpha: np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)))
            ),
        ),
        Mistake(
            "out + alpha on the positive side",
            "Your slope on the positive side is made from out and alpha: that is the short form "
            "for the NEGATIVE side. Where the function is x itself, what is its slope?",
            wrong("elu", slope=lambda x, out, alpha: out + alpha),
        ),
        Mistake(
            "branches exchanged in the gradient",
            "The exponential's slope is used for positive x, the straight line's for negative x.",
            wrong("elu", slope=lambda x, out, alpha: np.where(x > 0, out + alpha, 1)),
        ),
        Mistake(
            "out + 1",
            "This short form is right for alpha = 1 only. Take the derivative of the negative "
            "branch again, with alpha in it, and then express it by out.",
            wrong("elu", slope=lambda x, out, alpha: np.where(x > 0, 1, out + 1)),
        ),
        Mistake(
            "out instead of the slope",
            "On the negative side you multiply by the function's value. The value there is "
            "negative and the curve rises: can its slope be negative?",
            wrong("elu", slope=lambda x, out, alpha: np.where(x > 0, 1, out)),
        ),
    ],
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

EXERCISES = [SIGMOID, TANH, RELU, LEAKY_RELU, MAXOUT, ELU, CENTRED, REPORT, DEAD]
"""In the order of the notebook."""
