"""Exercises of 09_ensembles, in their order: averages of answers, of checkpoints, along a run."""

from __future__ import annotations

from .average_checkpoints import average_checkpoints
from .average_probabilities import average_probabilities
from .ensemble_ladder import ensemble_ladder
from .questions import (
    q_checkpoint_list,
    q_half_life,
    q_mean_of_weights,
    q_same_start,
    q_sure_or_many,
    q_zero_start,
)
from .running_average import running_average

EXERCISES = [
    average_probabilities,
    q_sure_or_many,
    ensemble_ladder,
    q_mean_of_weights,
    q_same_start,
    average_checkpoints,
    q_checkpoint_list,
    q_half_life,
    q_zero_start,
    running_average,
]
