"""Other right ways to write the answers of notebook 06: all of them must get full points."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograder.exercise import Style

__all__ = ["STYLES"]


def _style(name: str, **replaces: Callable[..., object]) -> Style:
    return Style(name, replaces)


def _counted_stages(t, lr0, drop, every):
    rate = lr0
    for _ in range(every, t + 1, every):
        rate *= drop
    return rate


def _stage_by_stage(t, lr0, drop, every):
    return lr0 if t < every else drop * _stage_by_stage(t - every, lr0, drop, every)


def _numpy_floor(t, lr0, drop, every):
    return np.float64(lr0) * np.power(drop, np.floor(t / every))


def _power_of_e(t, lr0, k):
    return lr0 * math.e ** (-k * t)


def _one_over_growth(t, lr0, k):
    return lr0 / np.exp(np.array(k * t))


def _factor_per_step(t, lr0, k):
    factor, rate = math.exp(-k), lr0
    for _ in range(t):
        rate *= factor
    return rate


def _inverse_power(t, lr0, k):
    return lr0 * (1 + k * t) ** -1


def _inverse_fraction(t, lr0, k):
    return np.divide(lr0, k * t + 1.0)


def _sum_of_inverses(t, lr0, k):
    """1/rate grows by k/lr0 in each step."""
    return 1 / (1 / lr0 + t * k / lr0)


def _numpy_constants(fraction, steps):
    return np.array([np.log(1 / fraction), 1 / fraction - 1]) / steps


def _per_step_factor(fraction, steps):
    return -math.log(fraction ** (1 / steps)), (1 - fraction) / (fraction * steps)


def _list_of_constants(fraction, steps):
    exponential = (math.log(steps) - math.log(fraction * steps)) / steps
    return [exponential, np.float64(1 - fraction) / fraction / steps]


def _warm_sine(t, lr0, warmup, total, final=0.0):
    """1 + cos x is 2 cos² (x/2)."""
    if t < warmup:
        return (1 + t) * (lr0 / warmup)
    if t >= total:
        return final
    way = (t - warmup) / (total - warmup)
    return final + (lr0 - final) * math.cos(0.5 * math.pi * way) ** 2


def _warm_clipped(t, lr0, warmup, total, final=0.0):
    way = np.clip((t - warmup) / (total - warmup), 0, 1)
    cosine = 0.5 * lr0 * (1 + np.cos(np.pi * way)) + 0.5 * final * (1 - np.cos(np.pi * way))
    return cosine if t + 1 > warmup else np.interp(t + 1, [0, warmup], [0.0, lr0])


def _warm_listed(t, lr0, warmup, total, final=0.0):
    up = [lr0 * i / warmup for i in range(1, warmup + 1)]
    angles = np.linspace(0, np.pi, total - warmup + 1)
    down = list(final + (lr0 - final) * (np.cos(angles) + 1) / 2)
    return (up + down)[min(t, total)]


def _writes_into_config(dataset, network, rule, config, schedule, steps):
    history = []
    for t in range(steps):
        config["learning_rate"] = schedule(t)
        history.append(network.forward(dataset.sample_data_batch()))
        network.x, config = rule(network.x, network.backward(), config)
    return history


def _rates_beforehand(dataset, network, rule, config, schedule, steps):
    losses = np.zeros(steps)
    for t, rate in enumerate([schedule(t) for t in range(steps)]):
        batch = dataset.sample_data_batch()
        losses[t] = network.forward(batch)
        new_x, config = rule(network.x.copy(), network.backward(), dict(config, learning_rate=rate))
        network.x[:] = new_x
    return losses


def _while_loop(dataset, network, rule, config, schedule, steps):
    losses: tuple[float, ...] = ()
    while len(losses) < steps:
        t = len(losses)
        loss = network.forward(dataset.sample_data_batch())
        gradient = network.backward()
        config = config | {"learning_rate": np.float64(schedule(t))}
        network.x, config = rule(network.x, gradient, config)
        losses = (*losses, loss)
    return losses


STYLES: dict[str, list[Style]] = {
    "step_decay": [
        _style("counts the stages", step_decay=_counted_stages),
        _style("recursive", step_decay=_stage_by_stage),
        _style("numpy floor", step_decay=_numpy_floor),
    ],
    "exponential_decay": [
        _style("power of e", exponential_decay=_power_of_e),
        _style("one over growth", exponential_decay=_one_over_growth),
        _style("a factor per step", exponential_decay=_factor_per_step),
    ],
    "inverse_time_decay": [
        _style("power -1", inverse_time_decay=_inverse_power),
        _style("numpy divide", inverse_time_decay=_inverse_fraction),
        _style("sum of inverses", inverse_time_decay=_sum_of_inverses),
    ],
    "decay_constants": [
        _style("an array", decay_constants=_numpy_constants),
        _style("by the factor per step", decay_constants=_per_step_factor),
        _style("a list", decay_constants=_list_of_constants),
    ],
    "warmup_cosine": [
        _style("cosine squared", warmup_cosine=_warm_sine),
        _style("clipped and interpolated", warmup_cosine=_warm_clipped),
        _style("looked up in a list", warmup_cosine=_warm_listed),
    ],
    "train_with_schedule": [
        _style("writes into config", train_with_schedule=_writes_into_config),
        _style("all rates beforehand", train_with_schedule=_rates_beforehand),
        _style("while", train_with_schedule=_while_loop),
    ],
}
