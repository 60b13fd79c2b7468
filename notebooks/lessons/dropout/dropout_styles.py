"""Other right ways to write the answers of notebook 07: all of them must get full points."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from autograder.exercise import Style
from cs231n_lib.dropout import dropout_backward, dropout_forward, generator

__all__ = ["STYLES"]


# ------------------------------------------------------------------------------------ forward


def _above(x, dropout_param):
    if dropout_param["mode"] != "train":
        return x.copy(), {}
    keep = dropout_param["p"]
    mask = generator(dropout_param).random(size=x.shape) > 1 - keep
    return np.where(mask, x, 0.0) / keep, {"mask": mask, "p": keep}


def _binomial(x, dropout_param):
    p, out, mask = dropout_param["p"], x, np.ones(x.shape)
    if dropout_param["mode"] == "train":
        mask = generator(dropout_param).binomial(1, p, x.shape)
        out = mask * x / p
    return out, (mask, p)


def _choice(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        p = 1.0
    rng = generator(dropout_param)
    factors = rng.choice([1 / p, 0.0], p=[p, 1 - p], size=x.size).reshape(x.shape)
    return np.multiply(x, factors), factors


def _own_generator(x, dropout_param):
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


def _elements(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, "test"
    p, rng = dropout_param["p"], generator(dropout_param)
    out, kept = np.zeros_like(x), []
    for place in np.ndindex(x.shape):
        if rng.random() < p:
            out[place] = x[place] / p
            kept.append(place)
    return out, (kept, p)


# ----------------------------------------------------------------------------------- backward


def _above_back(dout, cache):
    if not cache:
        return dout.copy()
    dx = dout / cache["p"]
    dx[~cache["mask"]] = 0
    return dx


def _closure(x, dropout_param):
    out, cache = dropout_forward(x, dropout_param)
    return out, lambda dout: dropout_backward(dout, cache)


def _call(dout, cache):
    return cache(dout)


def _slope(x, dropout_param):
    """The slope of a product is the other factor: ones go through the same mask."""
    if dropout_param["mode"] == "test":
        return x, np.ones_like(x)
    slope = dropout_forward(np.ones_like(x), dropout_param)[0]
    return slope * x, slope


def _elements_back(dout, cache):
    if cache == "test":
        return dout
    kept, p = cache
    dx = np.zeros_like(dout)
    for place in kept:
        dx[place] = dout[place] / p
    return dx


# --------------------------------------------------------------------------------- mc_average


def _mean_of_list(forward, x, dropout_param, n):
    own = dict(dropout_param, mode="train", rng=generator(dropout_param))
    own.pop("seed", None)
    return np.mean([forward(x, own)[0] for _ in range(n)], axis=0)


def _running(forward, x, dropout_param, n):
    own = {"mode": "train", "p": dropout_param["p"], "rng": generator(dropout_param)}
    mean = forward(x, own)[0]
    for k in range(2, n + 1):
        mean += (forward(x, own)[0] - mean) / k
    return mean


def _a_seed_for_each(forward, x, dropout_param, n):
    seeds = generator(dropout_param).choice(2**31, size=n, replace=False)
    outs = [forward(x, {**dropout_param, "mode": "train", "seed": int(seed)})[0] for seed in seeds]
    return sum(outs) / n


def _put_back(forward, x, dropout_param, n):
    before = dict(dropout_param)
    rng = generator(dropout_param)
    dropout_param.pop("seed", None)
    dropout_param.update(mode="train", rng=rng)
    outs = np.stack([forward(x, dropout_param)[0] for _ in range(n)])
    dropout_param.clear()
    dropout_param.update(before)
    return outs.sum(axis=0) / len(outs)


STYLES = {
    "dropout_forward": [
        Style("above 1 - p", {"dropout_forward": _above}),
        Style("binomial", {"dropout_forward": _binomial}),
        Style("a choice of factors", {"dropout_forward": _choice}),
        Style("another order of draws", {"dropout_forward": _own_generator}),
        Style("one element at a time", {"dropout_forward": _elements}),
    ],
    "dropout_backward": [
        Style("a boolean mask", {"dropout_forward": _above, "dropout_backward": _above_back}),
        Style("a function as the cache", {"dropout_forward": _closure, "dropout_backward": _call}),
        Style(
            "the slope as the cache",
            {"dropout_forward": _slope, "dropout_backward": lambda dout, slope: slope * dout},
        ),
        Style(
            "one element at a time",
            {"dropout_forward": _elements, "dropout_backward": _elements_back},
        ),
    ],
    "mc_average": [
        Style("mean of a list", {"mc_average": _mean_of_list}),
        Style("running mean", {"mc_average": _running}),
        Style("a seed for each call", {"mc_average": _a_seed_for_each}),
        Style("the caller's dict, put back", {"mc_average": _put_back}),
    ],
}
