"""What several rules of this lesson share."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "ADAM_CONFIG",
    "BETAS_SWAPPED",
    "EPSILON_INSIDE_THE_ROOT",
    "EPSILON_OUTSIDE_THE_FRACTION",
    "LOOSE",
    "NO_SQUARE",
    "SWAP_BETAS",
    "Answer",
    "Config",
    "hand_on",
]

Config = dict[str, Any]
Answer = tuple[np.ndarray, Config]

# Where epsilon is not the point, 1e-7 (slides) and 1e-8 (CS231n, PyTorch) must both pass: with the
# gradients used there they differ by less than 1e-6 in `w`. A mistake differs by 1e-3 and more.
LOOSE = 1e-6

ADAM_CONFIG: Config = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-8}

# What a mistake changes in the reference of both Adams.
SWAP_BETAS = ('= c["beta1"], c["beta2"]', '= c["beta2"], c["beta1"]')

BETAS_SWAPPED = (
    "The two betas have changed places: the average gradient forgets as slowly as the average "
    "square should, and the other way round. Look up which beta belongs to the first moment."
)

EPSILON_INSIDE_THE_ROOT = (
    "Your epsilon is inside the square root. Some papers and libraries put it there; the lecture "
    "adds it to the finished root. Inside, an epsilon of 1e-7 already damps gradients of 3e-4."
)

EPSILON_OUTSIDE_THE_FRACTION = (
    "Epsilon is outside the fraction: it does not protect the division, and it shifts every "
    "parameter a little in every step. Check the brackets."
)

NO_SQUARE = (
    "You collect the sizes of the gradients, not their squares, and take a root of them all the "
    "same. So the units do not fit: with a gradient four times as large, steps get twice as long."
)


def hand_on(rule, w, gradients, config, keys):
    path = []
    state: dict[str, np.ndarray] = {}
    for dw in gradients:
        w, returned = rule(w, dw, {**config, **state})
        state = {key: returned[key] for key in keys if key in returned}
        path.append(np.array(w))
    return {"next_w": path}
