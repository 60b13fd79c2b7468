"""The bug hunt: which layers have a wrong gradient? The gradient check tells.

A layer is described by two sets of numbers: those that its forward pass uses, and those that its
backward pass uses. Whether they fit is found by differentiating, and is written nowhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit
from cs231n_lib import gradcheck

from .numerical_gradient import gradient_with_copies, gradient_with_nditer
from .relative_error import error_with_where

# --- probes ---------------------------------------------------------------------------------------


def verdicts(find_wrong_gradients, layers):
    def waves(there, back, lift):
        """lift + there · (x, sin x, sin 2x), element by element."""

        def forward(x):
            parts = np.stack([x, np.sin(x), np.sin(2 * x)], axis=-1)
            return parts @ there.astype(x.dtype) + x.dtype.type(lift), x

        def backward(dout, x):
            return dout * (np.stack([np.ones_like(x), np.cos(x), 2 * np.cos(2 * x)], -1) @ back)

        return forward, backward

    def hinge(there, back, lift):
        """lift + one slope on the left of 0, another one on the right."""

        def forward(x):
            slope = np.where(x > 0, there[1], there[0]).astype(x.dtype)
            return slope * x + x.dtype.type(lift), x

        def backward(dout, x):
            return dout * np.where(x > 0, back[1], back[0])

        return forward, backward

    def mixed(there, back, lift):
        """lift + x times a matrix."""

        def forward(x):
            return x @ there.astype(x.dtype) + x.dtype.type(lift), None

        def backward(dout, _):
            return dout @ back.T

        return forward, backward

    makers = {"waves": waves, "hinge": hinge, "mixed": mixed}
    given = {
        name: (*makers[one["kind"]](one["there"], one["back"], one["lift"]), one["x"])
        for name, one in layers.items()
    }
    named = {str(name) for name in find_wrong_gradients(given)}
    wrong = {f"verdict on layer {name!r}": name in named for name in layers}
    return {"names of no layer": " ".join(sorted(named - set(layers))), **wrong}


# --- inputs: 24 layers, twelve of them wrong, so that nobody guesses which ------------------------


def points(rng, rows=2):
    """Away from 0, the first one positive, two negative."""
    x = rng.uniform(0.5, 2, (rows, 3)) * rng.choice([-1.0, 1.0], (rows, 3))
    x[0] = abs(x[0]) * [1, -1, -1]
    return x


def waves(rng, off=0.0, lift=0.0, scale=1.0):
    """Rising everywhere: a slope near 0 has a large relative error even if it is right."""
    there = scale * rng.uniform([5, 0.5, 0.5], [6, 1.5, 1.5])
    back = there * (1 + off)
    return {"kind": "waves", "there": there, "back": back, "lift": lift, "x": points(rng)}


def hinge(rng, off=0.0, lift=0.0, scale=1.0, off_right=0.0):
    """Many points: whoever draws points of his own should have one on the left."""
    there = scale * np.array([rng.uniform(0.1, 0.4), rng.uniform(0.8, 1.2)])
    back = there * np.array([1 + off, 1 + off_right])
    return {"kind": "hinge", "there": there, "back": back, "lift": lift, "x": points(rng, 5)}


def mixed(rng, off=0.0, lift=0.0, scale=1.0):
    """Wrong, if so, in all inputs but the first, with the right sum over the outputs of each."""
    there = scale * rng.normal(size=(3, 4))
    shift = rng.uniform(0.5, 1, (3, 2)) * [[0], [1], [1]]
    back = there + off * scale * np.concatenate([shift, -shift], axis=1)
    return {"kind": "mixed", "there": there, "back": back, "lift": lift, "x": points(rng)}


def shuffled(rng, *groups, times=3):
    """`times` layers of each group (a maker, and what makes its layers special), in any order."""
    layers = [make(rng, **special) for make, special in groups for _ in range(times)]
    order = rng.permutation(len(layers))
    return {"layers": {chr(ord("a") + place): layers[i] for place, i in enumerate(order)}}


def gross(rng):
    wrong = [(waves, {"off": 1.0}), (hinge, {"off": -2.0}), (mixed, {"off": 1.0})]
    right: list[Any] = [(waves, {}), (waves, {}), (hinge, {}), (mixed, {})]
    return shuffled(rng, *wrong, (waves, {"off": -0.3}), *right)


def subtle(rng):
    wrong = [(waves, {"off": 0.005}), (waves, {"off": -0.005, "lift": 10.0})]
    wrong += [(hinge, {"off": 0.006, "scale": 100.0})]
    right = [(waves, {"lift": 10.0}), (waves, {}), (hinge, {"lift": 10.0})]
    return shuffled(rng, *wrong, *right, times=4)


def hidden_by_ones(rng):
    wrong = [(mixed, {"off": 1.0}), (mixed, {"off": 0.3})]
    return shuffled(rng, *wrong, (mixed, {}), (mixed, {}), times=6)


def single_precision(rng):
    wrong = [(waves, {"off": 0.3}), (mixed, {"off": 1.0})]
    inputs = shuffled(rng, *wrong, (waves, {}), (mixed, {}), times=6)
    for layer in inputs["layers"].values():
        layer["x"] = layer["x"].astype(np.float32)
    return inputs


def on_kinks(rng):
    wrong = [(hinge, {"off": off, "off_right": off}) for off in (1.0, -0.5)]
    inputs = shuffled(rng, *wrong, (hinge, {}), (hinge, {}), times=6)
    for layer in inputs["layers"].values():
        layer["x"][1] = rng.permutation([0.0, 1e-6, -1e-6])
    return inputs


def zeros_and_nan(rng):
    flat = {"scale": 0.0, "lift": 1.0}
    wrong = [(waves, {"off": np.nan}), (waves, {"off": -1.0})]
    return shuffled(rng, *wrong, (waves, flat), (hinge, {}), times=6)


def all_sizes(rng):
    wrong = [(waves, {"off": 1.0, "scale": 1e-6}), (waves, {"off": 0.05, "scale": 1e4})]
    right = [(waves, {"scale": 1e-6}), (mixed, {"scale": 1e8})]
    return shuffled(rng, *wrong, *right, times=6)


# --- the reference: the library has no such function ----------------------------------------------


def _output_of(forward):
    return lambda x: forward(x)[0]


def right_hunt(layers):
    """The names of the layers whose backward pass does not fit their forward pass.

    The points are moved a little, off every kink, and are float64 from then on; the upstream
    gradient is random, because one of ones sees sums only; NaN is not agreement.
    """
    rng = np.random.default_rng(0)
    wrong = []
    for name, (forward, backward, x) in layers.items():
        point = x + 0.1 * rng.standard_normal(x.shape)
        out, cache = forward(point.copy())
        upstream = rng.standard_normal(out.shape)
        claimed = backward(upstream.copy(), cache)
        measured = gradcheck.numerical_gradient(_output_of(forward), point, upstream)
        if not gradcheck.relative_error(claimed, measured) < 1e-4:
            wrong.append(name)
    return wrong


# --- other right answers --------------------------------------------------------------------------


def at_random_points(layers):
    """Points of one's own, three of them, and a wide margin."""
    rng = np.random.default_rng(7)

    def error(forward, backward, shape):
        x = rng.normal(size=shape)
        out, cache = forward(x)
        upstream = rng.normal(size=out.shape)
        numeric = gradient_with_copies(lambda p: np.sum(forward(p)[0] * upstream), x, 1e-6)
        return error_with_where(backward(upstream, cache), numeric)

    return [
        name
        for name, (forward, backward, x) in layers.items()
        if not max(error(forward, backward, x.shape) for _ in range(3)) <= 1e-3
    ]


def along_random_directions(layers):
    """One number for each random direction instead of one for each element."""
    rng, wrong = np.random.default_rng(3), set()
    for name, (forward, backward, x) in layers.items():
        for _ in range(12):
            start = x.astype(np.float64) + rng.uniform(0.05, 0.2, x.shape)
            way = rng.normal(size=x.shape)
            out, cache = forward(start)
            upstream = rng.normal(size=np.shape(out))
            claimed = np.sum(backward(upstream, cache) * way)
            ends = [np.sum(forward(start + s * way)[0] * upstream) for s in (1e-5, -1e-5)]
            measured = (ends[0] - ends[1]) / 2e-5
            if np.isnan(claimed) or abs(claimed - measured) > 2e-4 * max(
                abs(claimed), abs(measured)
            ):
                wrong.add(name)
    return wrong


def with_two_steps(layers):
    """The given points, in float64; an element counts that is off at two sizes of the step."""
    rng, verdict = np.random.default_rng(11), {}
    for name, (forward, backward, x) in layers.items():
        x = np.array(x, dtype=float) + 0.01
        out, cache = forward(x)
        upstream = rng.uniform(0.5, 2.0, out.shape) * rng.choice([-1, 1], out.shape)
        claimed = backward(upstream, cache)
        off = np.ones(x.shape, dtype=bool)
        for h in (1e-4, 1e-5):
            numeric = gradient_with_nditer(lambda p: np.sum(forward(p)[0] * upstream), x, h)  # noqa: B023
            off &= ~(
                np.abs(claimed - numeric) <= 1e-3 * np.maximum(np.abs(claimed), np.abs(numeric))
            )
        verdict[name] = off.any()
    return tuple(name for name, bad in verdict.items() if bad)


# --- wrong answers --------------------------------------------------------------------------------

POINT = "point = x + 0.1 * rng.standard_normal(x.shape)"
BORDER = "< 1e-4"


def hunt_with(*changes):
    return {"find_wrong_gradients": edit(right_hunt, *changes)["right_hunt"]}


# --- the exercise ---------------------------------------------------------------------------------

find_wrong_gradients = Exercise(
    name="find_wrong_gradients",
    slide="Gradient checking",
    answers={"find_wrong_gradients": right_hunt},
    tests=[
        Test("tells right from grossly wrong", verdicts, gross, points=2),
        Test("finds a gradient that is half a per cent off", verdicts, subtle, points=2),
        Test("finds what an upstream gradient of ones hides", verdicts, hidden_by_ones),
        Test("points in float32 are no reason for an alarm", verdicts, single_precision),
        Test("points on a kink are no reason for an alarm", verdicts, on_kinks),
        Test("zero on both sides is right, NaN is wrong", verdicts, zeros_and_nan),
        Test("gradients of 1e-6 and of 1e4", verdicts, all_sizes),
    ],
    mistakes=[
        Mistake(
            "too tolerant",
            "A threshold of 1e-2 lets a gradient pass that is half a per cent wrong, as it is "
            "when one small term lacks a factor. What error do right ones have?",
            hunt_with((BORDER, "< 1e-2")),
        ),
        Mistake(
            "too strict",
            "Right gradients are accused: rounding alone makes an error of 1e-8 or more where the "
            "outputs are large. Leave some room above what right ones have.",
            hunt_with((BORDER, "< 1e-11")),
        ),
        Mistake(
            "absolute difference",
            "You look at the difference, not at the relative error: a small gradient that is "
            "twice too large passes, and a large one that is right may be accused.",
            hunt_with(
                ("gradcheck.relative_error(claimed, measured)", "np.abs(claimed - measured).max()")
            ),
        ),
        Mistake(
            "upstream gradient of ones",
            "Your upstream gradient is all ones, so only sums are compared. A backward pass that "
            "mixes up its outputs, or forgets dout, can have the right sums.",
            hunt_with(("rng.standard_normal(out.shape)", "np.ones(out.shape)")),
        ),
        Mistake(
            "float32 as it comes",
            "The points come in float32, and you check there: a nudge of 1e-5 is rounded to a few "
            "units of the last place, and right gradients are accused. Check in float64.",
            hunt_with((POINT, "point = (x + 0.1 * rng.standard_normal(x.shape)).astype(x.dtype)")),
        ),
        Mistake(
            "on the kink",
            "You check at the given points even where one of them lies on a kink: there the two "
            "sides of the difference see different slopes. A bug is wrong elsewhere too, a kink "
            "is not: move.",
            hunt_with((POINT, "point = x.astype(float)")),
        ),
        Mistake(
            "NaN passes",
            "A gradient that is NaN passes your check: every comparison with NaN is False. Ask "
            "the question so that False means wrong.",
            hunt_with(
                (
                    f"not gradcheck.relative_error(claimed, measured) {BORDER}",
                    "gradcheck.relative_error(claimed, measured) > 1e-4",
                )
            ),
        ),
        Mistake(
            "looks at one element only",
            "You compare the first element only. A bug may sit in one branch of a formula, or in "
            "one column.",
            hunt_with(
                (
                    "gradcheck.relative_error(claimed, measured)",
                    "gradcheck.relative_error(claimed.flat[0], measured.flat[0])",
                )
            ),
        ),
        Mistake(
            "the first one only",
            "You stop at the first wrong layer: there may be more, or none.",
            hunt_with(("return wrong", "return wrong[:1]")),
        ),
        Mistake(
            "the right ones",
            "You name the layers that are right. Name the others.",
            hunt_with(("if not gradcheck", "if gradcheck")),
        ),
        Mistake(
            "accuses everybody",
            "You name every layer, also those that are right.",
            {"find_wrong_gradients": lambda layers: list(layers)},
        ),
        Mistake(
            "accuses nobody",
            "You name no layer at all, though some are grossly wrong.",
            {"find_wrong_gradients": lambda layers: []},
        ),
    ],
    styles=[
        Style("points of one's own", {"find_wrong_gradients": at_random_points}),
        Style("along random directions, a set", {"find_wrong_gradients": along_random_directions}),
        Style("two steps, a tuple", {"find_wrong_gradients": with_two_steps}),
    ],
)
