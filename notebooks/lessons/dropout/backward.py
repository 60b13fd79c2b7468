"""Dropout's backward pass, by the mask that the forward pass drew."""
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import dropout

from .shared import SLIDE, above_one_minus_p, one_element_at_a_time, signed, some_numbers

# --- probes ---------------------------------------------------------------------------------------


def there_and_back(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    out = np.array(out)
    return {"out": out, "dx": dropout_backward(dout, cache)}


def from_zeros(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "seed": seed}
    mask = np.array(dropout_forward(np.ones(x.shape), dropout_param)[0])
    cache = dropout_forward(x, dropout_param)[1]
    return {"mask": mask, "dx": dropout_backward(dout, cache)}


def in_both_modes(dropout_forward, dropout_backward, x, dout, p, seed):
    def back(mode):
        dropout_param = {"mode": mode, "p": p, "rng": np.random.default_rng(seed)}
        return np.array(dropout_backward(dout.copy(), dropout_forward(x, dropout_param)[1]))

    return {"train": back("train"), "test": back("test")}


def one_after_the_other(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    out = np.array(out)
    out_later, cache_later = dropout_forward(x, dropout_param)
    out_later = np.array(out_later)
    dx_later = np.array(dropout_backward(dout.copy(), cache_later))
    dx = dropout_backward(dout.copy(), cache)
    return {"out": out, "dx": dx, "out_later": out_later, "dx_later": dx_later}


# --- inputs ---------------------------------------------------------------------------------------


def some_gradients(rng):
    return {**some_numbers(rng), "dout": signed(rng, 8, 25)}


def after_a_relu(rng):
    """Half of the inputs are exactly 0."""
    given = some_gradients(rng)
    given["x"] = np.maximum(given["x"], 0)
    return given


# --- properties -----------------------------------------------------------------------------------


def as_it_went_forward(inputs, values):
    there, back = values["out"] / inputs["x"], values["dx"] / inputs["dout"]
    kept = there != 0
    if kept.all() or not kept.any():
        return f"Your forward pass keeps {kept.sum()} of {kept.size} elements. Repair it first."
    if np.allclose(back, there):
        return ""
    others = ((back != 0) != kept).sum()
    if others:
        return f"At {others} of {kept.size} places the gradient follows another mask than `out`."
    return "The gradient passes through the right elements, but its size is not that of the slope."


def zeros_have_a_slope(inputs, values):
    x, dout, mask, dx = inputs["x"], inputs["dout"], values["mask"], values["dx"]
    if mask.all() or not mask.any():
        return f"Your forward pass keeps {(mask != 0).sum()} of {mask.size} ones. Repair it first."
    if np.shape(dx) != x.shape:
        return "`dx` must have the shape of `x`."
    wrong = ~np.isclose(dx / dout, mask)
    if wrong.any():
        return f"`dx` is wrong at {wrong.sum()} places; at {wrong[x == 0].sum()} of them `x` is 0."
    return ""


def each_mode_its_slope(inputs, values):
    if not np.allclose(values["test"], inputs["dout"]):
        return "In test mode `out` is `x`. Your `dx` does not fit that."
    train = values["train"]
    some = train.any() and not train.all()
    return "" if some else f"In train mode {(train == 0).mean():.0%} of `dx` is 0."


def each_its_own_mask(inputs, values):
    there, there_later = (values[name] / inputs["x"] for name in ("out", "out_later"))
    back, back_later = (values[name] / inputs["dout"] for name in ("dx", "dx_later"))
    if np.array_equal(there != 0, there_later != 0):
        return "Your forward pass has the same mask in every call. Repair it first."
    if np.allclose(back, there) and np.allclose(back_later, there_later):
        return ""
    if np.array_equal(back != 0, there_later != 0):
        return "The first layer's gradient passed through the mask of a later forward pass."
    return "The gradients of two layers did not go back through the masks of these layers."


# --- other right answers --------------------------------------------------------------------------


def by_the_boolean_mask(dout, cache):
    if not cache:
        return dout.copy()
    dx = dout / cache["p"]
    dx[~cache["mask"]] = 0
    return dx


def keeps_a_function(x, dropout_param):
    out, cache = dropout.dropout_forward(x, dropout_param)
    return out, lambda dout: dropout.dropout_backward(dout, cache)


def keeps_the_slope(x, dropout_param):
    """The slope of a product is the other factor: ones go through the same mask."""
    if dropout_param["mode"] == "test":
        return x, np.ones_like(x)
    slope = dropout.dropout_forward(np.ones_like(x), dropout_param)[0]
    return slope * x, slope


def back_one_element_at_a_time(dout, cache):
    if cache == "test":
        return dout
    kept, p = cache
    dx = np.zeros_like(dout)
    for place in kept:
        dx[place] = dout[place] / p
    return dx


# --- wrong answers --------------------------------------------------------------------------------


def keeps_its_output(x, dropout_param):
    out = dropout.dropout_forward(x, dropout_param)[0]
    return out, (out, dropout_param)


def by_the_output(dout, cache):
    out, dropout_param = cache
    if dropout_param["mode"] == "test":
        return dout
    return dout * (out != 0) / dropout_param["p"]


def times_the_output(dout, cache):
    out, dropout_param = cache
    return dout if dropout_param["mode"] == "test" else dout * out


def remembers_the_parameters(x, dropout_param):
    return dropout.dropout_forward(x, dropout_param)[0], dropout_param


def draws_again(dout, cache):
    return dropout.dropout_forward(dout, cache)[0]


def writes_into_dout(dout, cache):
    if cache is not None:
        dout *= cache
    return dout


def one_memory():
    last_cache: list[object] = []

    def dropout_forward(x, dropout_param):
        out, cache = dropout.dropout_forward(x, dropout_param)
        last_cache[:] = [cache]
        return out, None

    return {
        "dropout_forward": dropout_forward,
        "dropout_backward": lambda dout, _: dropout.dropout_backward(dout, last_cache[0]),
    }


# --- the exercise ---------------------------------------------------------------------------------

dropout_backward = Exercise(
    name="dropout_backward",
    slide=SLIDE,
    answers=functions(dropout.dropout_forward, dropout.dropout_backward),
    tests=[
        Test(
            "the gradient goes back the way that the numbers came",
            there_and_back,
            some_gradients,
            holds=as_it_went_forward,
        ),
        Test(
            "also where the input was 0, as half of them are after a ReLU; dout left as it was",
            from_zeros,
            after_a_relu,
            holds=zeros_have_a_slope,
            untouched=["dout"],
        ),
        Test(
            "in test mode, unlike in train",
            in_both_modes,
            some_gradients,
            points=2,
            holds=each_mode_its_slope,
        ),
        Test(
            "two layers, each backward with its own cache",
            one_after_the_other,
            some_gradients,
            holds=each_its_own_mask,
        ),
    ],
    mistakes=[
        Mistake(
            "nothing dropped on the way back",
            "Your gradient passes everywhere, but a unit that was dropped had no influence on the "
            "loss. What is its gradient, then?",
            edit(dropout.dropout_backward, ("dout * cache", "dout")),
        ),
        Mistake(
            "no scale on the way back",
            "Your gradient passes through the right elements, but the forward pass also multiplied "
            "these by a number. What is the slope of `out` with respect to `x`?",
            edit(dropout.dropout_backward, ("dout * cache", "dout * (cache != 0)")),
        ),
        Mistake(
            "scaled twice",
            "You apply the scale twice. Does your cache contain it already?",
            edit(dropout.dropout_backward, ("dout * cache", "dout * cache * cache")),
        ),
        Mistake(
            "the other elements",
            "Your gradient passes through exactly those elements that were dropped, and not "
            "through those that were kept.",
            edit(dropout.dropout_backward, ("dout * cache", "dout * (cache == 0) * cache.max()")),
        ),
        Mistake(
            "a new mask on the way back",
            "Your backward pass draws a mask of its own, so the gradient belongs to a different "
            "net than the one whose loss was computed. The cache must hold what the forward pass "
            "drew.",
            {"dropout_forward": remembers_the_parameters, "dropout_backward": draws_again},
        ),
        Mistake(
            "multiplied by the output",
            "You multiply the gradient by the output of the forward pass. In a product, the slope "
            "with respect to one factor is the other factor.",
            {"dropout_forward": keeps_its_output, "dropout_backward": times_the_output},
        ),
        Mistake(
            "mask read off the output",
            "You treat every 0 of the output as dropped. But an input may be 0 and kept (after a "
            "ReLU about half of them are 0), and then its gradient is not 0. Keep the mask itself.",
            {"dropout_forward": keeps_its_output, "dropout_backward": by_the_output},
        ),
        Mistake(
            "scaled in test mode",
            "In test mode the output is the input itself, so the slope is 1. Yours is scaled.",
            edit(dropout.dropout_forward, ("return x, None", "return x, 1 / p")),
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used the mask of the LAST one. What a "
            "backward pass needs must come from the `cache` that it is given.",
            one_memory(),
        ),
        Mistake(
            "writes into dout",
            "The numbers are right, but you changed `dout` itself, which belongs to the layer "
            "above.",
            {"dropout_backward": writes_into_dout},
        ),
    ],
    styles=[
        Style(
            "a boolean mask",
            {"dropout_forward": above_one_minus_p, "dropout_backward": by_the_boolean_mask},
        ),
        Style(
            "a function as the cache",
            {
                "dropout_forward": keeps_a_function,
                "dropout_backward": lambda dout, cache: cache(dout),
            },
        ),
        Style(
            "the slope as the cache",
            {
                "dropout_forward": keeps_the_slope,
                "dropout_backward": lambda dout, slope: slope * dout,
            },
        ),
        Style(
            "one element at a time",
            {
                "dropout_forward": one_element_at_a_time,
                "dropout_backward": back_one_element_at_a_time,
            },
        ),
    ],
)
