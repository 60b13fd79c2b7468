"""Exercises of notebook 00: the loop of mini-batch SGD, and the gradient check."""

from __future__ import annotations

from .affine import affine
from .find_wrong_gradients import find_wrong_gradients
from .numerical_gradient import numerical_gradient
from .questions import q_batch_noise, q_best_step, q_bug_hunt, q_first_loss
from .relative_error import relative_error
from .sample_batch import sample_batch
from .sgd import sgd
from .softmax_loss import softmax_loss
from .training_loop import training_loop

EXERCISES = [
    sample_batch,
    affine,
    q_first_loss,
    softmax_loss,
    numerical_gradient,
    q_best_step,
    relative_error,
    find_wrong_gradients,
    q_bug_hunt,
    sgd,
    training_loop,
    q_batch_noise,
]
