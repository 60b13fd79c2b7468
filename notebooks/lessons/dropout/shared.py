"""What the exercises of 07_dropout share: inputs, and two other right forward passes."""

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


# --- other right forward passes, whose caches need a backward pass of their own -------------------


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
