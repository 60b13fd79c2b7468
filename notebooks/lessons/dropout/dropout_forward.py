"""Exercise of notebook 07: dropout's forward pass, in training and in a test."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import dropout

from . import dropout_probes as ask
from .dropout_styles import STYLES

__all__ = ["SLIDE", "dropout_forward"]

SLIDE = "Dropout (a TODO of the lecture: see Srivastava et al., 2014)"
DRAW = "generator(dropout_param).random(x.shape)"
MASK = f"({DRAW} < p) / p"
TEST = "return x, None"


def masked(mask: str, *more: tuple[str, str]) -> dict[str, object]:
    """A forward pass with another mask."""
    return dict(edit(dropout.dropout_forward, (MASK, mask), *more))


def legacy_state(x, dropout_param):
    """The mask of CS231n's own assignment: NumPy's old random state, seeded where there is one."""
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        return x, None
    mask = (np.random.RandomState(dropout_param.get("seed")).rand(*x.shape) < p) / p
    return x * mask, mask


dropout_forward = Exercise(
    name="dropout_forward",
    slide=SLIDE,
    answers=functions(dropout.dropout_forward),
    tests=[
        Test(
            "train: dropped, or scaled so that the mean stays; any shape; x left as it was",
            ask.outputs,
            ask.several_shapes,
            points=2,
            holds=ask.zero_or_scaled,
            untouched=["xs"],
        ),
        Test(
            "train: of 6,300 elements the share p is kept",
            ask.what_is_kept,
            ask.many_elements,
            points=2,
            holds=ask.keeps_the_share,
        ),
        Test(
            "train: every element is dropped or kept by itself",
            ask.what_is_kept,
            ask.rows_and_columns,
            points=2,
            holds=ask.every_element_for_itself,
        ),
        Test(
            "test: out is x",
            ask.at_test_time,
            ask.some_numbers,
            points=2,
            holds=ask.is_the_input,
            untouched=["x"],
        ),
        Test(
            "a seed repeats its mask, another seed has another",
            ask.with_seeds,
            ask.some_numbers,
            holds=ask.seeds_decide,
        ),
        Test(
            "a generator goes on from call to call, and all randomness comes from it",
            ask.with_generators,
            ask.some_numbers,
            holds=ask.the_generator_decides,
        ),
    ],
    mistakes=[
        Mistake(
            "not scaled",
            "What is kept stays as it was, so in training the next layer gets less than in a "
            "test, by the share that is missing. Something must make up for it, and in this "
            "convention it is the training pass.",
            masked(f"1.0 * ({DRAW} < p)"),
        ),
        Mistake(
            "the paper's dropout",
            "Training leaves what is kept as it was, and the test makes everything smaller: that "
            "is dropout as in the paper of 2014. The course (like PyTorch and Keras) does it the "
            'other way round, "inverted": all the scaling in training, so that a test costs '
            "nothing and knows nothing of p.",
            masked(f"1.0 * ({DRAW} < p)", (TEST, "return x * p, None")),
            elsewhere=True,
        ),
        Mistake(
            "scaled the wrong way",
            "You multiply what is kept by the probability, so it gets smaller, although others "
            "are missing already. What is left must make up for what is gone.",
            masked(f"({DRAW} < p) * p"),
        ),
        Mistake(
            "scaled for another share",
            "The right share is kept, but scaled by the probability to be DROPPED: the mean of "
            "what comes out is not that of what went in. Try it with p = 0.25 and all ones.",
            masked(f"({DRAW} < p) / (1 - p)"),
        ),
        Mistake(
            "p as the probability to drop",
            "You drop with probability p. That is what p means in PyTorch, and `rate` in Keras; "
            "in this course, as in CS231n, p is the probability to KEEP.",
            masked(f"({DRAW} >= p) / (1 - p)"),
            elsewhere=True,
        ),
        Mistake(
            "keeps what should be dropped",
            "The scale is that of a share p, but the share that is kept is the other one: look at "
            "which side of the comparison survives.",
            masked(f"({DRAW} >= p) / p"),
        ),
        Mistake(
            "normal numbers",
            "You compare NORMAL numbers with p, half of which are negative: far more survive than "
            "the share p. A number is below p with probability p if it is drawn uniformly from 0 "
            "to 1 (`randn` and `rand` differ by one letter).",
            masked("(generator(dropout_param).standard_normal(x.shape) < p) / p"),
        ),
        Mistake(
            "half, whatever p is",
            "You keep half of the elements, whatever p says.",
            masked(f"({DRAW} < 0.5) / p"),
        ),
        Mistake(
            "one mask for all rows",
            "One mask is drawn and used for every example of the batch, so a batch trains one "
            "single thinned net. Every number of every example is to be drawn by itself.",
            masked("(generator(dropout_param).random(x.shape[1:]) < p) / p"),
        ),
        Mistake(
            "whole examples are dropped",
            "An example is kept or dropped as a whole: that throws images away, and leaves the "
            "units of a layer as dependent on each other as before.",
            masked(
                "(generator(dropout_param).random((len(x),) + (1,) * (x.ndim - 1)) < p) / p "
                "* np.ones(x.shape)"
            ),
        ),
        Mistake(
            "not a mask",
            "Every element is multiplied by a random number, and none is dropped: the draw is "
            "never turned into a yes or a no.",
            masked(f"{DRAW} / p"),
        ),
        Mistake(
            "the mask itself",
            "You return the mask: all that is left has become one number, and nothing of `x` is "
            "in it.",
            edit(dropout.dropout_forward, ("return x * mask, mask", "return mask, mask")),
        ),
        Mistake(
            "drops in a test too",
            "Test mode drops units as well, so a trained net gives another answer each time it is "
            "asked. Look at `mode`.",
            edit(
                dropout.dropout_forward,
                ('["mode"] == "test"', '["mode"] == ""'),
                ('["mode"] == "train"', '["mode"]'),
            ),
        ),
        Mistake(
            "scaled in training and in the test",
            "Training makes up for what is dropped, and the test makes everything smaller once "
            "more. One of the two is enough, and here it is training.",
            edit(dropout.dropout_forward, (TEST, "return x * p, None")),
        ),
        Mistake(
            "test mode is scaled up",
            "Test mode drops nothing, so there is nothing to make up for: why scale?",
            edit(dropout.dropout_forward, (TEST, "return x / p, None")),
        ),
        Mistake(
            "modes exchanged",
            "You drop in test mode and let everything pass in train mode: the two are exchanged.",
            edit(
                dropout.dropout_forward,
                ('["mode"] == "train"', '["mode"] != "train"'),
                ('["mode"] == "test"', '["mode"] != "test"'),
            ),
        ),
        Mistake(
            "a new generator in every call",
            "Each call makes a generator with a seed of its own, so all masks are the same one: a "
            "single thinned net is trained, and the other units never are. Draw from what "
            "`generator(dropout_param)` gives.",
            masked("(np.random.default_rng(0).random(x.shape) < p) / p"),
        ),
        Mistake(
            "randomness from elsewhere",
            "The mask depends neither on the seed nor on the generator in `dropout_param`, so no "
            "run can be repeated, and no gradient checked.",
            masked("(np.random.default_rng().random(x.shape) < p) / p"),
        ),
        Mistake(
            "NumPy's global state",
            "This draws from NumPy's old global state (`np.random.rand`), as CS231n's own "
            "assignment does. A seed works, but a generator that is handed over is not asked: "
            "use what `generator(dropout_param)` gives.",
            {"dropout_forward": legacy_state},
            elsewhere=True,
        ),
        Mistake(
            "writes into x",
            "The numbers are right, but `x` itself was changed. It belongs to the layer below, "
            "whose backward pass may need it.",
            edit(
                dropout.dropout_forward,
                ("return x * mask, mask", "x *= mask\n        return x, mask"),
            ),
        ),
    ],
    styles=STYLES["dropout_forward"],
)
