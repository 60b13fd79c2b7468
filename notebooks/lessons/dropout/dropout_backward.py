"""Exercise of notebook 07: dropout's backward pass, by the mask that the forward pass drew."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import dropout

from . import dropout_probes as ask
from .dropout_forward import SLIDE
from .dropout_styles import STYLES

__all__ = ["dropout_backward"]

THROUGH = "dout if cache is None else dout * cache"


def through(change: str) -> dict[str, object]:
    """A backward pass that does something else with the mask (scale included) in its cache."""
    new = THROUGH.replace("dout * cache", change)
    return dict(edit(dropout.dropout_backward, (THROUGH, new)))


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


def in_place(dout, cache):
    if cache is not None:
        dout *= cache
    return dout


def one_memory():
    last: list[object] = []

    def dropout_forward(x, dropout_param):
        out, cache = dropout.dropout_forward(x, dropout_param)
        last[:] = [cache]
        return out, None

    return {
        "dropout_forward": dropout_forward,
        "dropout_backward": lambda dout, _: dropout.dropout_backward(dout, last[0]),
    }


dropout_backward = Exercise(
    name="dropout_backward",
    slide=SLIDE,
    answers=functions(dropout.dropout_forward, dropout.dropout_backward),
    tests=[
        Test(
            "the gradient goes back the way that the numbers came; dout left as it was",
            ask.there_and_back,
            ask.some_gradients,
            points=2,
            holds=ask.as_it_went_forward,
            untouched=["dout"],
        ),
        Test(
            "also where the input was 0, as half of them are after a ReLU",
            ask.from_zeros,
            ask.after_a_relu,
            holds=ask.zeros_have_a_slope,
        ),
        Test("in test mode", ask.back_at_test_time, ask.some_gradients),
        Test(
            "two layers, each backward with its own cache",
            ask.one_after_the_other,
            ask.some_gradients,
            holds=ask.each_its_own_mask,
        ),
    ],
    mistakes=[
        Mistake(
            "nothing dropped on the way back",
            "The gradient comes through everywhere, but a unit that was dropped had no influence "
            "on the loss. What is its gradient, then?",
            through("dout"),
        ),
        Mistake(
            "no scale on the way back",
            "The right elements let the gradient through, but the forward pass also multiplied "
            "them by a number. What is the slope of `out` with respect to `x`?",
            through("dout * (cache != 0)"),
        ),
        Mistake(
            "scaled twice",
            "The scale is applied twice: does your mask hold it already?",
            through("dout * cache * cache"),
        ),
        Mistake(
            "the other elements",
            "The gradient comes through just those elements that were dropped, and not through "
            "those that were kept.",
            through("dout * (cache == 0) * cache.max()"),
        ),
        Mistake(
            "a new mask on the way back",
            "The backward pass draws a mask of its own, so the gradient belongs to another net "
            "than the one whose loss was computed. What the forward pass drew must be remembered.",
            {"dropout_forward": remembers_the_parameters, "dropout_backward": draws_again},
        ),
        Mistake(
            "multiplied by the output",
            "You multiply the gradient by what the forward pass gave out. For a product, the "
            "slope with respect to one factor is the other factor.",
            {"dropout_forward": keeps_its_output, "dropout_backward": times_the_output},
        ),
        Mistake(
            "mask read off the output",
            "You take what is 0 in the output for dropped. But an input may be 0 and kept (after "
            "a ReLU half of them are), and its gradient is not 0. Remember the mask itself.",
            {"dropout_forward": keeps_its_output, "dropout_backward": by_the_output},
        ),
        Mistake(
            "scaled in test mode",
            "In test mode the output is the input itself, and so its slope is 1. Yours is scaled.",
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
            "The numbers are right, but `dout` itself was changed. It belongs to the layer above.",
            {"dropout_backward": in_place},
        ),
    ],
    styles=STYLES["dropout_backward"],
)
