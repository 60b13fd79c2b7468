"""Notebook 02, run once for all the tests of its numbers, and what several of them need."""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_lib import initialization as init
from cs231n_lib.propagation import forward_statistics
from helpers.course_notebook import CourseNotebook

NOTEBOOK = CourseNotebook("02_init_statistics")
says = NOTEBOOK.says


def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(0, z)


def large(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return init.small_random(fan_in, fan_out, rng, scale=1.0)


def stack(rule: Any, seed: int, examples: int = 300) -> tuple[np.ndarray, list[np.ndarray]]:
    """The lecture's ten layers of 500, with fewer examples."""
    rng = np.random.default_rng(seed)
    D = rng.standard_normal((examples, 500))
    return D, [rule(500, 500, rng) for _ in range(10)]


def stds(rule: Any, activation: Any, seed: int) -> np.ndarray:
    return np.array([std for _, std in forward_statistics(*stack(rule, seed), activation)])
