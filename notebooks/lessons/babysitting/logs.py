"""Logs to diagnose, drawn.

They keep away from the borders between two diagnoses, so that a different way of rounding never
decides; each kind of log comes in forms that a wrong rule takes for another kind. A label is easily
guessed or remembered: two dozen of them at least, in an order that is drawn, are not.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np


def a_log(rng, start, cost, train, val):
    """Costs, as multiples of `start`, with the noise of a batch; accuracies as they are."""
    noise = 1 + rng.uniform(-0.01, 0.01, len(cost))
    return {"cost": start * noise * cost, "train": np.array(train), "val": np.array(val)}


def rising(rng, end):
    """Accuracies of eight epochs that climb from about 0.1 to `end`."""
    way = 1 - np.exp(-3 * np.arange(1, 9) / 8)
    accuracies = 0.1 + (end - 0.1) * way / way[-1]
    accuracies[:-1] += rng.uniform(-0.01, 0.01, 7)
    return accuracies


def falling(end, epochs=8):
    return 0.9 * (end / 0.9) ** (np.arange(epochs) / (epochs - 1))


def chance(rng):
    return rng.uniform(0.07, 0.13, 8)


def too_high(rng, log):
    """Ends in nan; an infinite cost in the middle; one far above the start, then a normal run;
    ends above the start."""
    dead = chance(rng), chance(rng)
    nan = np.full(8, np.nan)
    nan[:3] = 1.0, 1.9, 2.6
    infinite = np.linspace(1, 2.5, 8)
    infinite[4], infinite[5:] = np.inf, 1.05
    spike = falling(rng.uniform(0.05, 0.2))
    spike[rng.integers(1, 5)] = rng.uniform(3.3, 3.7)
    above = np.r_[1.0, rng.uniform(1.2, 2.6, 5), 0.99, rng.uniform(1.25, 1.6)]
    end = rng.uniform(0.88, 0.95)
    return [
        log(nan, *dead),
        log(infinite, *dead),
        log(spike, rising(rng, end), rising(rng, end - 0.02)),
        log(above, *dead),
    ]


def too_low(rng, log):
    """The cost stands still, and so do the accuracies; they creep up meanwhile; it wavers around
    the start; it came down a little and went up again."""
    still = np.r_[np.full(7, 1.0), 0.975]
    wavering = np.r_[1.0, rng.uniform(0.97, 1.06, 6), rng.uniform(1.02, 1.05)]
    dip = np.r_[1.0, 0.92, rng.uniform(0.8, 0.9, 3), 0.87, 0.9, rng.uniform(0.97, 0.98)]
    end = rng.uniform(0.25, 0.35)
    return [
        log(still, chance(rng), chance(rng)),
        log(still, rising(rng, end), rising(rng, end - 0.01)),
        log(wavering, chance(rng), chance(rng)),
        log(dip, chance(rng), chance(rng)),
    ]


def overfitted(rng, log):
    """Training far above validation; so, and both low; validation rose and fell again."""
    cost = falling(rng.uniform(0.005, 0.05))
    peak = rising(rng, rng.uniform(0.93, 0.95))
    peak[5:] = 0.93, 0.92, rng.uniform(0.7, 0.78)
    high, low = rng.uniform(0.98, 1), rng.uniform(0.65, 0.75)
    return [
        log(cost, rising(rng, high), rising(rng, high - rng.uniform(0.16, 0.2))),
        log(falling(0.3), rising(rng, low), rising(rng, rng.uniform(0.35, 0.45))),
        log(cost, rising(rng, rng.uniform(0.97, 1)), peak),
    ]


def plainly_underfitted(rng, log):
    low = rng.uniform(0.4, 0.55)
    return [log(falling(rng.uniform(0.6, 0.75)), rising(rng, low), rising(rng, low - 0.02))]


def underfitted(rng, log):
    """Both accuracies low; training fell in the last epoch, and validation is a little higher."""
    train, val = rising(rng, 0.85), rising(rng, rng.uniform(0.825, 0.835))
    train[-1] = rng.uniform(0.765, 0.775)
    return [
        *plainly_underfitted(rng, log),
        log(falling(rng.uniform(0.3, 0.45)), train, val),
    ]


def plainly_fine(rng, log):
    end = rng.uniform(0.95, 0.98)
    return [log(falling(0.03), rising(rng, end), rising(rng, end - 0.04))]


def fine(rng, log):
    """High accuracies, a low cost; everything learned in the first epoch, flat since; a gap that
    has closed; one cost at twice the start; validation far above training (it happens with
    dropout); training above 0.8 and validation just below."""
    end, middle = rng.uniform(0.95, 0.98), rng.uniform(0.835, 0.845)
    quick = np.r_[0.21, 0.209, 0.208, 0.209, 0.207, 0.208, 0.207, 0.209]
    flat = end + rng.uniform(-0.005, 0.005, 8)
    high = np.r_[1.0, rng.uniform(2.3, 2.6), falling(0.05, 6)]
    closing = rising(rng, end - 0.03)
    closing[2:4] -= 0.25
    return [
        *plainly_fine(rng, log),
        log(quick, flat, flat - 0.03),
        log(falling(0.05), rising(rng, end), closing),
        log(high, rising(rng, end), rising(rng, end - 0.04)),
        log(falling(0.3), rising(rng, middle), rising(rng, end + 0.02)),
        log(falling(0.2), rising(rng, middle), rising(rng, middle - 0.06)),
    ]


def drawn_logs(rng, kind, least):
    """At least so many logs of this kind; every other turn they start elsewhere than at ln 10."""
    logs: list[Any] = []
    starts: list[float] = []
    other = False
    while len(logs) < least:
        start = rng.uniform(0.4, 0.45) if other else 2.3026
        logs += kind(rng, partial(a_log, rng, start))
        starts += [start] * (len(logs) - len(starts))
        other = not other
    return list(zip(logs, starts, strict=True))


def in_drawn_order(rng, pairs):
    logs, starts = zip(*(pairs[i] for i in rng.permutation(len(pairs))), strict=True)
    return {"logs": list(logs), "starts": np.array(starts)}


def among(kind, plain=plainly_fine):
    """A dozen logs of this kind, among a dozen plain ones that start at ln 10."""

    def inputs(rng):
        others = [plain(rng, partial(a_log, rng, 2.3026))[0] for _ in range(12)]
        return in_drawn_order(
            rng, [*drawn_logs(rng, kind, 12), *((other, 2.3026) for other in others)]
        )

    return inputs


def all_kinds(rng):
    kinds = [(fine, 12), (overfitted, 6), (too_low, 8), (underfitted, 4), (too_high, 8)]
    return in_drawn_order(rng, [pair for kind in kinds for pair in drawn_logs(rng, *kind)])
