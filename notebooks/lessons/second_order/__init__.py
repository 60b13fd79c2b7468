"""Exercises of 08_second_order, in their order: Newton's step, BFGS and L-BFGS."""

from __future__ import annotations

from .backtracking import backtracking
from .bfgs_update import bfgs_update
from .lbfgs import lbfgs
from .lbfgs_direction import lbfgs_direction
from .newton_step import newton_step
from .questions import (
    q_curvature_pair,
    q_hessian_memory,
    q_newton_on_saddle,
    q_newton_steps,
    q_noisy_pairs,
)
from .taylor2 import taylor2

EXERCISES = [
    taylor2,
    q_newton_steps,
    q_newton_on_saddle,
    newton_step,
    q_hessian_memory,
    q_curvature_pair,
    bfgs_update,
    lbfgs_direction,
    backtracking,
    lbfgs,
    q_noisy_pairs,
]
