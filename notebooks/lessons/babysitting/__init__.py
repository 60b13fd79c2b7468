"""Exercises of notebook 04: checks before a run, its log, and the search for hyperparameters."""

from __future__ import annotations

from .coarse_to_fine import coarse_to_fine
from .diagnose import diagnose
from .grid_layout import grid_layout
from .k_fold import k_fold
from .latin_layout import latin_layout
from .overfit_small import overfit_small
from .questions import q_accuracy_creeps, q_best_at_border, q_nine_trials, q_what_checks_miss
from .random_layout import random_layout
from .sanity_loss import sanity_loss
from .update_ratio import update_ratio
from .winner_and_its_test import winner_and_its_test

__all__ = ["EXERCISES"]

EXERCISES = [
    sanity_loss,
    overfit_small,
    q_what_checks_miss,
    q_accuracy_creeps,
    diagnose,
    update_ratio,
    grid_layout,
    q_nine_trials,
    random_layout,
    latin_layout,
    q_best_at_border,
    coarse_to_fine,
    winner_and_its_test,
    k_fold,
]
"""In the order of the notebook."""
