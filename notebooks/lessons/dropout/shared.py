"""What the exercises of 07_dropout share: inputs, and other right forward passes."""

from __future__ import annotations

import numpy as np

from cs231n_lib import dropout

SLIDE = "Dropout (a TODO of the lecture: see Srivastava et al., 2014)"

# --- inputs ---------------------------------------------------------------------------------------


def signed(rng, *shape):
    """Numbers of either sign, none of them near 0."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


def any_seed(rng):
    return int(rng.integers(1_000_000))


def some_numbers(rng):
    return {"x": signed(rng, 8, 25), "p": float(rng.uniform(0.4, 0.6)), "seed": any_seed(rng)}


# --- other right forward passes -------------------------------------------------------------------


def above_one_minus_p(x, dropout_param):
    if dropout_param["mode"] != "train":
        return x.copy(), {}
    keep = dropout_param["p"]
    mask = dropout.generator(dropout_param).random(size=x.shape) > 1 - keep
    return np.where(mask, x, 0.0) / keep, {"mask": mask, "p": keep}


def one_element_at_a_time(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, "test"
    p, rng = dropout_param["p"], dropout.generator(dropout_param)
    out, kept = np.zeros_like(x), []
    for place in np.ndindex(x.shape):
        if rng.random() < p:
            out[place] = x[place] / p
            kept.append(place)
    return out, (kept, p)


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
