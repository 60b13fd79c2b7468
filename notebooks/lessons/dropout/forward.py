"""Dropout's forward pass, in training and in a test.

A mask may be drawn in any honest way, so no test knows one: properties judge what was kept, by
structure or by counts whose bounds a right answer leaves once in 1e9 runs or less. Their complaints
hold no numbers, because a mistake is recognised by its complaint.
"""
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import dropout

from .shared import SLIDE, above_one_minus_p, any_seed, one_element_at_a_time, signed, some_numbers

# --- probes ---------------------------------------------------------------------------------------


def outputs(dropout_forward, xs, p, seed):
    rng = np.random.default_rng(seed)
    dropout_param = {"mode": "train", "p": p, "rng": rng}
    outs = []
    for x in xs:
        out, cache = dropout_forward(x, dropout_param)
        outs.append(out)
    return {"out": outs}


def what_is_kept(dropout_forward, shape, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(np.ones(shape), dropout_param)
    return {"kept": np.asarray(out) != 0}


def at_test_time(dropout_forward, x, p, seed):
    dropout_param = {"mode": "test", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    return {"out": out}


def with_seeds(dropout_forward, x, p, seed):
    def drawn(number):
        out, cache = dropout_forward(x, {"mode": "train", "p": p, "seed": number})
        return np.array(out)

    first, again, other = drawn(seed), drawn(seed), drawn(seed + 1)
    return {"repeats": np.array_equal(first, again), "always": np.array_equal(first, other)}


def with_generators(dropout_forward, x, p, seed):
    def drawn(rng):
        out, cache = dropout_forward(x, {"mode": "train", "p": p, "rng": rng})
        return np.array(out)

    one, two = np.random.default_rng(seed), np.random.default_rng(seed)
    first, following, again = drawn(one), drawn(one), drawn(two)
    return {
        "repeats": bool(np.array_equal(first, again)),
        "always": bool(np.array_equal(first, following)),
    }


# --- inputs ---------------------------------------------------------------------------------------


def several_shapes(rng):
    xs = [signed(rng, *shape) for shape in [(9, 20), (5, 6, 7), (3, 4, 5, 2)]]
    return {"xs": xs, "p": float(rng.uniform(0.25, 0.4)), "seed": any_seed(rng)}


def many_elements(rng):
    return {"shape": [70, 90], "p": float(rng.uniform(0.2, 0.28)), "seed": any_seed(rng)}


def rows_and_columns(rng):
    return {"shape": [60, 70], "p": float(rng.uniform(0.4, 0.6)), "seed": any_seed(rng)}


# --- properties -----------------------------------------------------------------------------------


def zero_or_scaled(inputs, values):
    p, factors = inputs["p"], []
    for x, out in zip(inputs["xs"], values["out"], strict=True):
        if np.shape(out) != x.shape:
            return "`out` must have the shape of `x`."
        factors.append((np.asarray(out, dtype=float) / x).ravel())
    factor = np.concatenate(factors)
    if not np.isfinite(factor).all():
        return "There is a NaN or an infinite number in `out`."
    kept = factor[factor != 0]
    if kept.size == 0:
        return "Everything is 0 in train mode."
    if kept.size == factor.size:
        return "Nothing is 0 in train mode: no element is dropped."
    if np.allclose(kept, 1 / p):
        return ""
    if np.allclose(kept, 1):
        return "What is kept stays as it was: the mean of `out` is smaller than that of `x`."
    if np.allclose(kept, p):
        return "What is kept gets smaller, so the mean of `out` is far smaller than that of `x`."
    if np.allclose(kept, 1 / (1 - p)):
        return "What is kept is scaled as if `p` were the probability to drop."
    survivors = np.concatenate([np.asarray(out, dtype=float).ravel() for out in values["out"]])
    if np.ptp(survivors[survivors != 0]) < 1e-6:
        return "All that is kept has become one and the same number."
    if np.ptp(kept) < 1e-6:
        return "What is kept is scaled, but not so that the mean stays that of `x`."
    return "What is kept is multiplied by another number at every element."


def keeps_the_share(inputs, values):
    """7 standard deviations of 6,300 draws are at most 0.04."""
    kept, p = np.asarray(values["kept"]), inputs["p"]
    if kept.shape != tuple(inputs["shape"]):
        return "`out` must have the shape of `x`."
    shares = {
        "": p,
        "The share that is kept is what should be dropped.": 1 - p,
        "Half of the elements are kept, whatever `p` is.": 0.5,
        "More is kept than should be: as many as there are NORMAL numbers below `p`.": 0.5
        + p / np.sqrt(2 * np.pi) * (1 - p**2 / 6 + p**4 / 40),
    }
    said = min(shares, key=lambda text: abs(kept.mean() - shares[text]))
    near = abs(kept.mean() - shares[said]) < 0.04
    return said if near else "Another share of the elements is kept than `p` says."


def every_element_for_itself(inputs, values):
    """Of 60 x 70 elements two rows or two columns agree once in 1e12 times."""
    kept = np.asarray(values["kept"])
    if kept.shape != tuple(inputs["shape"]):
        return "`out` must have the shape of `x`."
    if (kept == kept[:, :1]).all():
        return "A row is dropped or kept as a whole."
    if (kept == kept[:1]).all():
        return "All rows have the same mask."
    if len(np.unique(kept, axis=0)) < len(kept):
        return "There are rows that have the same mask."
    if len(np.unique(kept.T, axis=0)) < len(kept.T):
        return "There are columns that have the same mask."
    return ""


def is_the_input(inputs, values):
    x, p, out = inputs["x"], inputs["p"], np.asarray(values["out"], dtype=float)
    if out.shape != x.shape:
        return "`out` must have the shape of `x`."
    if np.allclose(out, x, rtol=1e-9, atol=0):
        return ""
    if (out == 0).any():
        return "In test mode elements are dropped."
    if np.allclose(out, p * x):
        return "In test mode everything gets smaller."
    if np.allclose(out, x / p):
        return "In test mode everything gets larger."
    return "In test mode something is done to `x`."


def seeds_decide(inputs, values):
    if not values["repeats"]:
        return "Two calls with the same seed drew different masks."
    if values["always"]:
        return "Two calls with different seeds drew the same mask."
    return ""


def the_generator_decides(inputs, values):
    if values["always"]:
        return "The next call with the same generator has the mask of the first one again."
    if not values["repeats"]:
        return "Two generators in the same state gave different masks."
    return ""


# --- other right answers --------------------------------------------------------------------------


def binomial(x, dropout_param):
    p, out, mask = dropout_param["p"], x, np.ones(x.shape)
    if dropout_param["mode"] == "train":
        mask = dropout.generator(dropout_param).binomial(1, p, x.shape)
        out = mask * x / p
    return out, (mask, p)


def choice_of_factors(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        p = 1.0
    rng = dropout.generator(dropout_param)
    factors = rng.choice([1 / p, 0.0], p=[p, 1 - p], size=x.size).reshape(x.shape)
    return np.multiply(x, factors), factors


def another_order_of_draws(x, dropout_param):
    """Without the helper; and numbers drawn in another order, for a layout of one's own."""
    mode, p = dropout_param["mode"], dropout_param["p"]
    if mode == "test":
        return 1.0 * x, None
    if "seed" in dropout_param:
        rng = np.random.default_rng(dropout_param["seed"])
    else:
        rng = dropout_param["rng"]
    draws = rng.uniform(size=x.shape[::-1]).T
    out = x.copy()
    out[draws >= p] = 0
    out /= p
    return out, (draws < p, p)


# --- wrong answers --------------------------------------------------------------------------------

DRAW = "generator(dropout_param).random(x.shape)"
MASK = f"({DRAW} < p) / p"
TEST = "return x, None"


def legacy_state(x, dropout_param):
    """The mask of CS231n's own assignment: NumPy's old random state, seeded where there is one."""
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        return x, None
    mask = (np.random.RandomState(dropout_param.get("seed")).rand(*x.shape) < p) / p
    return x * mask, mask


# --- the exercise ---------------------------------------------------------------------------------

dropout_forward = Exercise(
    name="dropout_forward",
    slide=SLIDE,
    answers=functions(dropout.dropout_forward),
    tests=[
        Test(
            "train: dropped, or scaled so that the mean stays; any shape; x left as it was",
            outputs,
            several_shapes,
            points=2,
            holds=zero_or_scaled,
            untouched=["xs"],
        ),
        Test(
            "train: of 6,300 elements the share p is kept",
            what_is_kept,
            many_elements,
            points=2,
            holds=keeps_the_share,
        ),
        Test(
            "train: every element is dropped or kept by itself",
            what_is_kept,
            rows_and_columns,
            points=2,
            holds=every_element_for_itself,
        ),
        Test(
            "test: out is x",
            at_test_time,
            some_numbers,
            points=2,
            holds=is_the_input,
            untouched=["x"],
        ),
        Test(
            "a seed repeats its mask, another seed has another",
            with_seeds,
            some_numbers,
            holds=seeds_decide,
        ),
        Test(
            "a generator goes on from call to call, and all randomness comes from it",
            with_generators,
            some_numbers,
            holds=the_generator_decides,
        ),
    ],
    mistakes=[
        Mistake(
            "not scaled",
            "What is kept stays as it was, so in training the next layer gets less than in a "
            "test, by the share that is missing. Something must make up for it, and in this "
            "convention it is the training pass.",
            edit(dropout.dropout_forward, (MASK, f"1.0 * ({DRAW} < p)")),
        ),
        Mistake(
            "the paper's dropout",
            "Training leaves what is kept as it was, and the test makes everything smaller: that "
            "is dropout as in the paper of 2014. The course (like PyTorch and Keras) does it the "
            'other way round, "inverted": all the scaling in training, so that a test costs '
            "nothing and knows nothing of p.",
            edit(
                dropout.dropout_forward, (MASK, f"1.0 * ({DRAW} < p)"), (TEST, "return x * p, None")
            ),
            elsewhere=True,
        ),
        Mistake(
            "scaled the wrong way",
            "You multiply what is kept by the probability, so it gets smaller, although others "
            "are missing already. What is left must make up for what is gone.",
            edit(dropout.dropout_forward, ("< p) / p", "< p) * p")),
        ),
        Mistake(
            "scaled for another share",
            "The right share is kept, but scaled by the probability to be DROPPED: the mean of "
            "what comes out is not that of what went in. Try it with p = 0.25 and all ones.",
            edit(dropout.dropout_forward, ("< p) / p", "< p) / (1 - p)")),
        ),
        Mistake(
            "p as the probability to drop",
            "You drop with probability p. That is what p means in PyTorch, and `rate` in Keras; "
            "in this course, as in CS231n, p is the probability to KEEP.",
            edit(dropout.dropout_forward, ("< p) / p", ">= p) / (1 - p)")),
            elsewhere=True,
        ),
        Mistake(
            "keeps what should be dropped",
            "The scale is that of a share p, but the share that is kept is the other one: look at "
            "which side of the comparison survives.",
            edit(dropout.dropout_forward, ("< p) / p", ">= p) / p")),
        ),
        Mistake(
            "normal numbers",
            "You compare NORMAL numbers with p, half of which are negative: far more survive than "
            "the share p. A number is below p with probability p if it is drawn uniformly from 0 "
            "to 1 (`randn` and `rand` differ by one letter).",
            edit(dropout.dropout_forward, ("random(x.shape)", "standard_normal(x.shape)")),
        ),
        Mistake(
            "half, whatever p is",
            "You keep half of the elements, whatever p says.",
            edit(dropout.dropout_forward, ("< p) / p", "< 0.5) / p")),
        ),
        Mistake(
            "one mask for all rows",
            "One mask is drawn and used for every example of the batch, so a batch trains one "
            "single thinned net. Every number of every example is to be drawn by itself.",
            edit(dropout.dropout_forward, ("random(x.shape)", "random(x.shape[1:])")),
        ),
        Mistake(
            "whole examples are dropped",
            "An example is kept or dropped as a whole: that throws images away, and leaves the "
            "units of a layer as dependent on each other as before.",
            edit(
                dropout.dropout_forward,
                ("random(x.shape)", "random((len(x),) + (1,) * (x.ndim - 1))"),
                ("< p) / p", "< p) / p * np.ones(x.shape)"),
            ),
        ),
        Mistake(
            "not a mask",
            "Every element is multiplied by a random number, and none is dropped: the draw is "
            "never turned into a yes or a no.",
            edit(dropout.dropout_forward, (MASK, f"{DRAW} / p")),
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
            edit(dropout.dropout_forward, ("generator(dropout_param)", "np.random.default_rng(0)")),
        ),
        Mistake(
            "randomness from elsewhere",
            "The mask depends neither on the seed nor on the generator in `dropout_param`, so no "
            "run can be repeated, and no gradient checked.",
            edit(dropout.dropout_forward, ("generator(dropout_param)", "np.random.default_rng()")),
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
    styles=[
        Style("above 1 - p", {"dropout_forward": above_one_minus_p}),
        Style("binomial", {"dropout_forward": binomial}),
        Style("a choice of factors", {"dropout_forward": choice_of_factors}),
        Style("another order of draws", {"dropout_forward": another_order_of_draws}),
        Style("one element at a time", {"dropout_forward": one_element_at_a_time}),
    ],
)
