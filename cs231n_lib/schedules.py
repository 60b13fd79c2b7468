"""Learning rate schedules: which rate at which step.

Contract, the same for each: ``rate = schedule(t, lr0, ...)``, a float, with the step ``t`` = 0, 1,
2, ... (not the epoch) and the initial rate ``lr0``. A schedule is a pure function: it remembers
nothing, so the rate of any step can be asked for at any time, in any order. Fix all arguments but
the first, ``lambda t: step_decay(t, 0.1, 0.5, 100)``, and it is a schedule to train with (see
``training.train_with_schedule``).

Conventions, because textbooks differ. ``t`` counts steps, so ``k`` is per step; with ``per_epoch``
steps in an epoch, a decay of ``k`` per epoch is ``k / per_epoch`` here. ``drop`` is what the rate
is multiplied by, not what is taken away. Exponential and 1/t decay fall in every step (Keras and
TensorFlow can also round ``t`` down to whole stages, "staircase"). The warm-up's first step has
the rate ``lr0 / warmup``, not 0. A run of ``total`` steps ends with step ``total`` - 1, and a way
down reaches its end at step ``total``: the last step taken still moves.

Slide: "Learning rate decay over time!" (lecture 6).
"""

import math

__all__ = [
    "decay_constants",
    "exponential_decay",
    "inverse_time_decay",
    "linear_to_zero",
    "step_decay",
    "warmup_cosine",
    "warmup_stable_decay",
]


def _steps(t: int) -> int:
    """``t``, unless it is negative."""
    if t < 0:
        raise ValueError(f"t must be at least 0, got {t}")
    return t


def step_decay(t: int, lr0: float, drop: float, every: int) -> float:
    """The rate is multiplied by ``drop`` after each ``every`` steps: ``lr0 drop^floor(t / every)``.

    Steps 0 to ``every`` - 1 have the rate ``lr0``, the next ``every`` steps ``lr0 * drop``, and
    so on.
    "Decay learning rate by half every few epochs": ``drop`` 0.5, ``every`` some epochs' steps.
    Raises ``ValueError`` for ``t`` < 0 or ``every`` < 1.

    >>> [step_decay(t, 0.8, 0.5, 2) for t in range(6)]
    [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    """
    if every < 1:
        raise ValueError(f"every must be at least 1 step, got {every}")
    return lr0 * drop ** (_steps(t) // every)


def exponential_decay(t: int, lr0: float, k: float) -> float:
    """The slide's ``alpha = alpha_0 e^(-kt)``: each step has ``e^-k`` times the rate before it.

    The rate halves every ``ln 2 / k`` steps. All rates together add up to about ``lr0 / k`` (a bit
    more: ``lr0 / (1 - e^-k)``), however long the run.
    Raises ``ValueError`` for ``t`` < 0 or ``k`` < 0.

    >>> [round(exponential_decay(t, 0.8, math.log(2)), 3) for t in range(4)]
    [0.8, 0.4, 0.2, 0.1]
    """
    if k < 0:
        raise ValueError(f"k must be at least 0, got {k}")
    return lr0 * math.exp(-k * _steps(t))


def inverse_time_decay(t: int, lr0: float, k: float) -> float:
    """The slide's "1/t decay", ``alpha = alpha_0 / (1 + kt)``.

    The rate is half of ``lr0`` at ``t = 1 / k``, a third at ``2 / k``: it falls ever more slowly,
    and all rates together grow beyond all bounds (Robbins and Monro, 1951, ask for just that, and
    for a finite sum of squares).
    Raises ``ValueError`` for ``t`` < 0 or ``k`` < 0.

    >>> [round(inverse_time_decay(t, 0.6, 0.5), 3) for t in (0, 2, 4, 10)]
    [0.6, 0.3, 0.2, 0.1]
    """
    if k < 0:
        raise ValueError(f"k must be at least 0, got {k}")
    return lr0 / (1 + k * _steps(t))


def decay_constants(fraction: float, steps: int) -> tuple[float, float]:
    """The ``k`` of exponential and of 1/t decay that leave ``fraction`` after ``steps`` steps.

    ``exponential_decay(steps, lr0, k)`` and ``inverse_time_decay(steps, lr0, k)`` are then
    ``fraction * lr0``: the slide's two equations solved for ``k``.
    Raises ``ValueError`` unless 0 < ``fraction`` <= 1 and ``steps`` >= 1.

    >>> [round(k, 4) for k in decay_constants(0.1, 100)]
    [0.023, 0.09]
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1, got {fraction}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    return -math.log(fraction) / steps, (1 / fraction - 1) / steps


def linear_to_zero(t: int, lr0: float, total: int) -> float:
    """Down in a straight line: ``lr0 (1 - t / total)``, and 0 from step ``total`` on.

    Raises ``ValueError`` for ``t`` < 0 or ``total`` < 1.
    Not on the slides: Defazio et al., 2023 (arXiv:2310.07831), and Bergsma et al., 2025
    (arXiv:2502.15938). PyTorch's ``LinearLR(start_factor=1, end_factor=0, total_iters=total)``.

    >>> [round(linear_to_zero(t, 0.8, 4), 3) for t in range(6)]
    [0.8, 0.6, 0.4, 0.2, 0.0, 0.0]
    """
    if total < 1:
        raise ValueError(f"total must be at least 1 step, got {total}")
    left = max(total - _steps(t), 0)
    return lr0 * left / total


def warmup_stable_decay(t: int, lr0: float, warmup: int, total: int, decay: int) -> float:
    """WSD: up in ``warmup`` steps, then ``lr0``, and in the last ``decay`` steps down to 0.

    The warm-up is that of :func:`warmup_cosine`: step ``t`` has ``lr0 (t + 1) / warmup``. The way
    down is a straight line, ``lr0 (total - t) / decay``: it begins with ``lr0`` at step
    ``total - decay``, and from step ``total`` on the rate is 0. Until ``total - decay`` the rates
    do not depend on ``total``, so a run can be made longer without starting again.
    ``warmup`` 0 means none, and ``decay = total - warmup`` no stable part.
    Raises ``ValueError`` for ``t`` < 0, ``warmup`` < 0 or unless 1 <= ``decay`` <= ``total -
    warmup``.
    Not on the slides: Hu et al., 2024 (arXiv:2404.06395, with an exponential way down) and Hägele
    et al., 2024 (arXiv:2405.18392); before them Xing et al., 2018 ("trapezoidal").

    >>> [round(warmup_stable_decay(t, 0.8, 2, 8, 4), 3) for t in range(9)]
    [0.4, 0.8, 0.8, 0.8, 0.8, 0.6, 0.4, 0.2, 0.0]
    """
    if warmup < 0:
        raise ValueError(f"warmup must be at least 0, got {warmup}")
    if not 1 <= decay <= total - warmup:
        raise ValueError(f"decay must be from 1 to total - warmup = {total - warmup}, got {decay}")
    if _steps(t) < warmup:
        return lr0 * (t + 1) / warmup
    left = max(total - t, 0)
    return lr0 * min(left / decay, 1.0)


def warmup_cosine(t: int, lr0: float, warmup: int, total: int, final: float = 0.0) -> float:
    """Up in a straight line for ``warmup`` steps, then down half a cosine, to ``final``.

    In the warm-up step ``t`` has ``lr0 (t + 1) / warmup``: the first step already moves, the last
    one has ``lr0``. From step ``warmup`` to step ``total``, with ``s`` the fraction of that way, ::

        final + (lr0 - final) (1 + cos(pi s)) / 2

    Steps from ``total`` on, beyond the planned run, have ``final``. ``warmup`` 0 means none.
    Raises ``ValueError`` for ``t`` < 0 or unless 0 <= ``warmup`` < ``total``.
    Not on the slides: Loshchilov and Hutter, 2017 (cosine); Goyal et al., 2017 (warm-up). (In optax
    and in many programs the warm-up begins with a step of rate 0.)

    >>> [round(warmup_cosine(t, 0.8, 2, 6), 3) for t in range(8)]
    [0.4, 0.8, 0.8, 0.683, 0.4, 0.117, 0.0, 0.0]
    """
    if not 0 <= warmup < total:
        raise ValueError(f"warmup must be from 0 to total - 1 = {total - 1}, got {warmup}")
    if _steps(t) < warmup:
        return lr0 * (t + 1) / warmup
    s = min((t - warmup) / (total - warmup), 1.0)
    return final + (lr0 - final) * (1 + math.cos(math.pi * s)) / 2
