"""Exercises of notebook 06: learning rates that change, and the loop that follows them."""

from __future__ import annotations

from .decay_constants import decay_constants
from .exponential_decay import exponential_decay
from .inverse_time_decay import inverse_time_decay
from .linear_to_zero import linear_to_zero
from .questions import q_adam_decay, q_four_rates, q_noise_floor, q_reach, q_trainer_decay
from .step_decay import step_decay
from .train_with_schedule import train_with_schedule
from .warmup_cosine import warmup_cosine
from .warmup_stable_decay import warmup_stable_decay

__all__ = ["EXERCISES"]

EXERCISES = [
    q_four_rates,
    q_noise_floor,
    step_decay,
    q_trainer_decay,
    exponential_decay,
    q_reach,
    inverse_time_decay,
    decay_constants,
    train_with_schedule,
    q_adam_decay,
    linear_to_zero,
    warmup_stable_decay,
    warmup_cosine,
]
"""In the order of the notebook."""
