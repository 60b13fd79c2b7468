"""Which experiment shows what an exercise's mistakes do."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from autograder.book.comparisons import Experiment, Shown
from autograder.exercise import Exercise

from . import averages, descents, measurements, trainings, updates

__all__ = ["EXPERIMENTS", "experiment_of", "flatters", "remark"]

EXPERIMENTS: dict[str, Experiment] = {
    "affine": trainings.affine,
    "anneal_momentum": updates.schedule,
    "average_checkpoints": averages.checkpoints,
    "average_probabilities": averages.ensemble,
    "backtracking": descents.line_search,
    "batchnorm_backward": trainings.normalised,
    "batchnorm_backward_alt": trainings.normalised,
    "batchnorm_forward": trainings.normalised,
    "batchnorm_test_mode": trainings.test_mode,
    "bfgs_update": descents.quasi_newton_run,
    "coarse_to_fine": measurements.narrower,
    "conjugate_gradients": descents.without_the_hessian,
    "decay_constants": measurements.constants,
    "dropout_backward": trainings.dropout,
    "dropout_forward": trainings.dropout,
    "elu": trainings.activation,
    "ensemble_ladder": averages.ladder,
    "exponential_decay": updates.schedule,
    "forward_statistics": measurements.signal,
    "gain_for": measurements.settled,
    "grid_layout": measurements.layout,
    "he": trainings.initialiser,
    "hessian_vector": descents.without_the_hessian,
    "inverse_time_decay": updates.schedule,
    "k_fold": measurements.folds,
    "latin_layout": measurements.layout,
    "layernorm": trainings.normalised,
    "lbfgs": descents.whole,
    "lbfgs_direction": descents.limited_memory,
    "leaky_relu": trainings.activation,
    "linear_to_zero": updates.schedule,
    "maxout": trainings.maxout,
    "mc_average": averages.mask_average,
    "nesterov_lookahead": updates.look_ahead,
    "newton_step": descents.newton,
    "numerical_gradient": measurements.difference_quotient,
    "overfit_small": measurements.small_set,
    "pca_whiten": trainings.preprocessing,
    "predicted_std": measurements.theory,
    "preprocess": trainings.preprocessing,
    "random_layout": measurements.layout,
    "relative_error": measurements.errors,
    "relu": trainings.activation,
    "running_average": averages.weight_average,
    "sample_batch": trainings.batches,
    "sanity_loss": measurements.expected_loss,
    "saturation_report": measurements.stuck,
    "sigmoid": trainings.activation,
    "small_random": trainings.initialiser,
    "softmax_loss": trainings.loss,
    "step_decay": updates.schedule,
    "tanh": trainings.activation,
    "taylor2": descents.quadratic_model,
    "train_with_schedule": trainings.loop,
    "training_loop": trainings.loop,
    "update_ratio": measurements.step_lengths,
    "variance_gradient": trainings.variance_step,
    "warmup_cosine": updates.schedule,
    "warmup_stable_decay": updates.schedule,
    "weak_wolfe": descents.wolfe_search,
    "winner_and_its_test": measurements.winners,
    "xavier": trainings.initialiser,
}
"""What is done with the answers of an exercise, by its name."""


def experiment_of(exercise: Exercise) -> Experiment | None:
    """The experiment for an exercise; None: it is told by its tests alone.

    An update rule is known by its arguments.
    """
    (answer, *others) = exercise.answers.values()
    if not others and callable(answer) and [*inspect.signature(answer).parameters] == _RULE:
        return updates.update_rule
    return EXPERIMENTS.get(exercise.name)


_RULE = ["w", "dw", "config"]


def remark(entries: Sequence[Shown]) -> str:
    """What the gallery's front page says of these experiments."""
    return (
        f"{sum(map(_in_a_training, entries))} were tried out in the training of a net on the "
        f"digits, and {sum(map(flatters, entries))} of these end at a *lower* training loss than "
        "the right answer, with a validation accuracy that is no worse. A curve that looks good "
        "proves nothing."
    )


def _in_a_training(entry: Shown) -> bool:
    return not {trainings.LOSS, trainings.AFTERWARDS}.isdisjoint(entry.right.numbers)


def flatters(entry: Shown) -> bool:
    """Whether the mistake would be taken for an improvement: a lower loss, the net no worse."""
    right, wrong = entry.right.numbers, entry.wrong.numbers
    if not entry.visible or trainings.LOSS not in right or entry.wrong.stopped:
        return False
    lower = 0 < wrong[trainings.LOSS] < 0.97 * right[trainings.LOSS]
    no_worse = wrong.get(trainings.VALIDATION, 0) >= right.get(trainings.VALIDATION, 1)
    return lower and no_worse
