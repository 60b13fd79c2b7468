"""Notebook 08, run once for all the tests of its numbers, and what several of them need."""

from __future__ import annotations

import numpy as np

from cs231n_lib import quasi_newton
from helpers.course_notebook import CourseNotebook

NOTEBOOK = CourseNotebook("08_second_order")
says = NOTEBOOK.says
MORE = range(5, 10)
"""The notebook itself runs seeds 0 to 4."""


def armijo(f, x, d, g):
    """The search of the notebook's own L-BFGS."""
    return quasi_newton.backtracking(lambda point: f(point)[0], x, d, g)


def winding(seed):
    """A start in Rosenbrock's valley in 100 parameters."""
    return np.tile([-1.2, 1.0], 50) + 0.1 * np.random.default_rng(seed).normal(size=100)
