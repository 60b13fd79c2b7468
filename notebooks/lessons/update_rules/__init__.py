"""From momentum to AdamW: the exercises, in the order of the notebook."""

from __future__ import annotations

from .adagrad import adagrad
from .adam import adam
from .adam_incomplete import adam_incomplete
from .adamw import adamw
from .annealing import anneal_momentum
from .momentum import sgd_momentum
from .nesterov import nesterov_lookahead, nesterov_momentum
from .questions import (
    q_adagrad_long_run,
    q_adagrad_valley,
    q_bias_correction,
    q_terminal_velocity,
    q_trajectory,
)
from .rmsprop import rmsprop
from .rprop import rprop

__all__ = ["EXERCISES"]

EXERCISES = [
    q_trajectory,
    sgd_momentum,
    q_terminal_velocity,
    anneal_momentum,
    nesterov_lookahead,
    nesterov_momentum,
    adagrad,
    q_adagrad_valley,
    q_adagrad_long_run,
    rprop,
    rmsprop,
    adam_incomplete,
    adam,
    q_bias_correction,
    adamw,
]
