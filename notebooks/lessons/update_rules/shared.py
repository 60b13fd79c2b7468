"""What several rules of this lesson share."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["EPSILON_INSIDE_THE_ROOT", "LOOSE", "Answer", "Config"]

Config = dict[str, Any]
Answer = tuple[np.ndarray, Config]

# Where epsilon is not the point, 1e-7 (slides) and 1e-8 (CS231n, PyTorch) must both pass: with the
# gradients used there they differ by less than 1e-6 in `w`. A mistake differs by 1e-3 and more.
LOOSE = 1e-6

EPSILON_INSIDE_THE_ROOT = (
    "Your epsilon is inside the square root. Some papers and libraries put it there; the lecture "
    "adds it to the finished root. Inside, an epsilon of 1e-7 already damps gradients of 3e-4."
)
