"""Exercises of notebook 04: checks before a run, its log, and the search for hyperparameters."""

from __future__ import annotations

from .coarse_to_fine import coarse_to_fine
from .diagnose import diagnose
from .grid_layout import grid_layout
from .k_fold import k_fold
from .overfit_small import overfit_small
from .questions import q_accuracy_creeps, q_best_at_border, q_nine_trials, q_what_checks_miss
from .random_layout import random_layout
from .sanity_loss import sanity_loss

__all__ = ["EXERCISES"]

EXERCISES = [
    sanity_loss,
    overfit_small,
    q_what_checks_miss,
    q_accuracy_creeps,
    diagnose,
    grid_layout,
    random_layout,
    q_nine_trials,
    coarse_to_fine,
    q_best_at_border,
    k_fold,
]
"""In the order of the notebook."""
