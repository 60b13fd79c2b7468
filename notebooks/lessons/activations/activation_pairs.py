"""The exercises of notebook 01 whose functions take each number by itself: five of the six pairs.

Their tests are alike; their mistakes are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, functions
from cs231n_lib import activations

from . import activation_probes as ask
from .activation_mistakes import shared_mistakes, wrong
from .activation_styles import STYLES

__all__ = ["ELU", "LEAKY_RELU", "RELU", "SIGMOID", "SLIDE", "TANH"]

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
