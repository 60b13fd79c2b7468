"""Dropout's forward pass, in training and in a test.

A mask may be drawn in any honest way, so no test knows one: properties judge what was kept, by
structure or by counts whose bounds a right answer leaves once in 1e9 runs or less. So does a wrong
one of known structure (the same mask for all rows, or in all calls): its price is always the same.
"""
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import dropout

from . import shared
from .shared import any_seed, signed

# --- probes ---------------------------------------------------------------------------------------


def outputs(dropout_forward, xs, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    return {"out": [dropout_forward(x, dropout_param)[0] for x in xs]}


def signs(dropout_forward, xs, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    outs = [np.sign(dropout_forward(x, dropout_param)[0]) for x in xs]
    return {"signs": np.array(outs, dtype=np.int8)}


def in_both_modes(dropout_forward, x, p, seed):
    more = {"p": p, "rng": np.random.default_rng(seed)}
    train = np.sign(dropout_forward(x.copy(), {"mode": "train", **more})[0])
    return {"train": train, "test": dropout_forward(x, {"mode": "test", **more})[0]}


def in_three_calls(dropout_forward, x, p, seed, by):
    def drawn(source, x):
        return np.array(dropout_forward(x, {"mode": "train", "p": p, by: source})[0])

    one, two = np.random.default_rng(seed), np.random.default_rng(seed)
    sources = {"seed": [seed, seed, seed + 1], "rng": [one, two, one]}[by]
    first, again, other = map(drawn, sources, [x.copy(), x.copy(), x])
    return {
        "if repeated": np.where(np.array_equal(first, again), first, 0),
        "if not changed": np.where(np.array_equal(first, other), first, 0),
    }


# --- inputs ---------------------------------------------------------------------------------------
# Where there are many they are few different ones: packs can be compressed.


def several_shapes(rng):
    xs = [signed(rng, *shape) for shape in [(20, 20), (15, 4, 5), (12, 3, 2, 3)]]
    return {"xs": xs, "p": float(rng.uniform(0.42, 0.46)), "seed": any_seed(rng)}


def many_arrays(rng):
    xs = rng.choice([-1.0, 1.0], (25, 25, 25))
    return {"xs": xs, "p": float(rng.uniform(0.2, 0.24)), "seed": any_seed(rng)}


def one_array(**settings):
    def inputs(rng):
        x = rng.choice([-2.0, -1.0, 1.0, 2.0], (45, 50))
        return {"x": x, "p": float(rng.uniform(0.42, 0.46)), "seed": any_seed(rng), **settings}

    return inputs


def positive_numbers(rng):
    """So that what drops by the sign, like a ReLU, drops nothing."""
    inputs = one_array()(rng)
    return {"xs": [abs(inputs.pop("x"))], **inputs}


# --- properties -----------------------------------------------------------------------------------


def zero_or_scaled(inputs, values, expected):
    xs = inputs["xs"]
    factors, right = (
        np.concatenate([np.ravel(out / x) for x, out in zip(xs, outs, strict=True)])
        for outs in (values["out"], expected["out"])
    )
    kept = factors[factors != 0]
    if kept.size in (0, factors.size):
        return f"In train mode {kept.size} of {factors.size} elements are kept."
    if np.allclose(kept, right.max()):
        return ""
    if np.ptp(kept) < 1e-6:
        return f"What is kept is multiplied by {kept[0]:.3g}: the mean of `x` changes."
    return "What is kept is not all multiplied by one number."


def keeps_the_share(inputs, values):
    """25 masks of 25 x 25, or one of them, or 25 x 25 rows: 0.12 is 7 standard deviations."""
    kept, p = values["signs"] * inputs["xs"], inputs["p"]
    if (kept < 0).any():
        return "What is kept must not change its sign."
    share = kept.mean()
    return "" if abs(share - p) < 0.12 else f"With p = {p:.2f} you keep {share:.0%} of them."


def every_element_by_itself(inputs, values):
    """Of 45 x 50 elements two rows or two columns agree once in 1e10 times."""
    factors = values["out"][0] / inputs["xs"][0]
    for name, lines in (("rows", factors != 0), ("columns", factors.T != 0)):
        different = len(np.unique(lines, axis=0))
        if different < len(lines):
            return f"Your {len(lines)} {name} have {different} different masks."
    if np.ptp(factors[factors != 0]) < 1e-6:
        return ""
    return "What is kept is not all multiplied by one number."


def only_training_drops(inputs, values):
    test, train = np.asarray(values["test"]), np.asarray(values["train"])
    if not np.allclose(test, inputs["x"]):
        return f"In test mode `out` is not `x`; {(test == 0).mean():.0%} of it is 0."
    some = train.any() and not train.all()
    return "" if some else f"In train mode {(train == 0).mean():.0%} of `out` is 0."


def repeats_and_changes(inputs, values):
    same, other = (values[name] * inputs["x"] for name in ("if repeated", "if not changed"))
    alike, unlike = {
        "seed": ("the same seed", "different seeds"),
        "rng": ("generators in the same state", "one generator"),
    }[inputs["by"]]
    if np.shape(values["if repeated"]) != inputs["x"].shape:
        return "`out` must have the shape of `x`."
    if not same.any():
        return f"Two calls with {alike} gave different results."
    if other.any():
        return f"Two calls with {unlike} gave the same result."
    return "What is kept must not change its sign." if (same < 0).any() else ""


# --- wrong answers --------------------------------------------------------------------------------

DRAW = "generator(dropout_param).random(x.shape)"
MASK = f"({DRAW} < p) / p"
TEST = "return x, None"
IN_TRAIN, IN_TEST = '["mode"] == "train"', '["mode"] == "test"'
LEGACY = 'np.random.RandomState(dropout_param.get("seed")).rand(*x.shape)'  # CS231n's assignment

wrong = partial(edit, dropout.dropout_forward)


# --- the exercise ---------------------------------------------------------------------------------

dropout_forward = Exercise(
    name="dropout_forward",
    slide=shared.SLIDE,
    answers=functions(dropout.dropout_forward),
    tests=[
        Test(
            "train: dropped, or scaled so that the mean stays; any shape",
            outputs,
            several_shapes,
            points=2,
            holds=zero_or_scaled,
        ),
        Test(
            "train: of 15,625 elements the share p is kept",
            signs,
            many_arrays,
            points=2,
            holds=keeps_the_share,
        ),
        Test(
            "train: every element is dropped or kept by itself",
            outputs,
            positive_numbers,
            points=2,
            holds=every_element_by_itself,
        ),
        Test(
            "test: out is x, unlike in train",
            in_both_modes,
            one_array(),
            points=2,
            holds=only_training_drops,
        ),
        Test(
            "a seed repeats its mask, another seed has another; x left as it was",
            in_three_calls,
            one_array(by="seed"),
            holds=repeats_and_changes,
            untouched=["x"],
        ),
        Test(
            "a generator goes on from call to call, and all randomness comes from it",
            in_three_calls,
            one_array(by="rng"),
            holds=repeats_and_changes,
        ),
    ],
    mistakes=[
        Mistake(
            "not scaled",
            "What is kept stays as it was, so the next layer gets less in training than in a test. "
            "In this convention the training pass must make up for what is missing.",
            wrong((MASK, f"1.0 * ({DRAW} < p)")),
        ),
        Mistake(
            "the paper's dropout",
            "Training leaves what is kept as it was, and the test makes everything smaller. That "
            "is dropout as in the paper of 2014. This course (like PyTorch and Keras) scales in "
            'training only ("inverted" dropout), so that a test need not know p.',
            wrong((MASK, f"1.0 * ({DRAW} < p)"), (TEST, "return x * p, None")),
            elsewhere=True,
        ),
        Mistake(
            "scaled the wrong way",
            "You multiply what is kept by p, so it gets smaller. It should make up for what is "
            "dropped.",
            wrong(("< p) / p", "< p) * p")),
        ),
        Mistake(
            "scaled for another share",
            "The right share is kept, but your scale uses the probability to DROP. What is the "
            "mean of your output at p = 0.25?",
            wrong(("< p) / p", "< p) / (1 - p)")),
        ),
        Mistake(
            "p as the probability to drop",
            "You drop with probability p. That is what p means in PyTorch, and `rate` in Keras; "
            "in this course, as in CS231n, p is the probability to KEEP.",
            wrong(("< p) / p", ">= p) / (1 - p)")),
            elsewhere=True,
        ),
        Mistake(
            "keeps what should be dropped",
            "Your scale fits a share of p, but you keep a share of 1 - p. Look at the comparison.",
            wrong(("< p) / p", ">= p) / p")),
        ),
        Mistake(
            "normal numbers",
            "You compare p with NORMAL random numbers, half of which are negative. A uniform "
            "number between 0 and 1 is below p with probability p (`randn` and `rand` differ by "
            "one letter).",
            wrong(("random(x.shape)", "standard_normal(x.shape)")),
        ),
        Mistake(
            "half, whatever p is",
            "You keep half of the elements, whatever p says.",
            wrong(("< p) / p", "< 0.5) / p")),
        ),
        Mistake(
            "one mask for all rows",
            "You draw one mask and use it for every example, so a batch trains one single thinned "
            "net. Every number of every example needs a toss of its own.",
            wrong(("random(x.shape)", "random(x.shape[1:])")),
        ),
        Mistake(
            "whole examples are dropped",
            "You drop whole examples. Then the units of a layer rely on each other as before.",
            wrong(
                ("random(x.shape)", "random((len(x),) + (1,) * (x.ndim - 1))"),
                ("< p) / p", "< p) / p * np.ones(x.shape)"),
            ),
        ),
        Mistake(
            "not a mask",
            "You multiply every element by a random number and drop none. A mask holds only two "
            "values.",
            wrong((MASK, f"{DRAW} / p")),
        ),
        Mistake(
            "the mask itself",
            "You return the mask itself: the values of `x` are not in it.",
            wrong(("return x * mask, mask", "return mask, mask")),
        ),
        Mistake(
            "drops in a test too",
            "You drop units in test mode as well, so a trained net answers differently each time.",
            wrong((IN_TEST, '["mode"] == ""'), (IN_TRAIN, '["mode"]')),
        ),
        Mistake(
            "scaled in training and in the test",
            "Your training pass already makes up for what is dropped. Why scale in a test, too?",
            wrong((TEST, "return x * p, None")),
        ),
        Mistake(
            "test mode is scaled up",
            "In test mode nothing is dropped, so there is nothing to make up for. Why scale?",
            wrong((TEST, "return x / p, None")),
        ),
        Mistake(
            "modes exchanged",
            "You drop units in test mode, and none in train mode. The two are exchanged.",
            wrong((IN_TRAIN, '["mode"] != "train"'), (IN_TEST, '["mode"] != "test"')),
        ),
        Mistake(
            "a new generator in every call",
            "Each call makes a new generator with the same seed, so all masks are equal and a "
            "single thinned net is trained. Draw from what `generator(dropout_param)` gives you.",
            wrong(("generator(dropout_param)", "np.random.default_rng(0)")),
        ),
        Mistake(
            "randomness from elsewhere",
            "Your mask depends on neither the seed nor the generator in `dropout_param`, so no run "
            "can be repeated and no gradient checked.",
            wrong(("generator(dropout_param)", "np.random.default_rng()")),
        ),
        Mistake(
            "NumPy's global state",
            "You draw from NumPy's old global state (`np.random.rand`), as CS231n's assignment "
            "does. That works with a seed, but ignores a generator that is passed in.",
            wrong((DRAW, LEGACY)),
            elsewhere=True,
        ),
        Mistake(
            "writes into x",
            "The numbers are right, but you changed `x` itself, which belongs to the layer below.",
            wrong(("return x * mask, mask", "x *= mask\n        return x, mask")),
        ),
    ],
    styles=[
        Style("above 1 - p", {"dropout_forward": shared.above_one_minus_p}),
        Style("binomial", {"dropout_forward": shared.binomial}),
        Style("a choice of factors", {"dropout_forward": shared.choice_of_factors}),
        Style("another order of draws", {"dropout_forward": shared.another_order_of_draws}),
        Style("one element at a time", {"dropout_forward": shared.one_element_at_a_time}),
    ],
)
