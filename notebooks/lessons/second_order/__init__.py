"""Exercises of 08_second_order, in their order: Newton's step, BFGS and L-BFGS."""

from __future__ import annotations

from .backtracking import backtracking
from .bfgs_update import bfgs_update
from .conjugate_gradients import conjugate_gradients
from .hessian_vector import hessian_vector
from .lbfgs import lbfgs
from .lbfgs_direction import lbfgs_direction
from .newton_step import newton_step
from .questions import (
    q_curvature_pair,
    q_hessian_memory,
    q_newton_on_saddle,
    q_newton_steps,
    q_noisy_pairs,
    q_too_short,
)
from .taylor2 import taylor2
from .weak_wolfe import weak_wolfe

EXERCISES = [
    taylor2,
    q_newton_steps,
    q_newton_on_saddle,
    newton_step,
    q_hessian_memory,
    hessian_vector,
    conjugate_gradients,
    q_curvature_pair,
    bfgs_update,
    lbfgs_direction,
    backtracking,
    lbfgs,
    q_too_short,
    weak_wolfe,
    q_noisy_pairs,
]
