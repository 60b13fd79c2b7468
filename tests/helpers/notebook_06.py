"""Notebook 06, run once for all the tests of its numbers, and runs with other seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n_lib import optim
from helpers.course_notebook import CourseNotebook

NOTEBOOK = CourseNotebook("06_schedules")
says = NOTEBOOK.says
SEEDS = range(100, 106)


def excess_after(
    schedule: Callable[[int], float], rule: Any = optim.sgd, steps: int = 500
) -> np.ndarray:
    """Excess losses on the digits with wrong labels, a run for each of the SEEDS."""
    names = NOTEBOOK.names
    runs = [names["train"](rule, schedule, seed, steps) for seed in SEEDS]
    return np.array([names["excess"](network) for network in runs])
