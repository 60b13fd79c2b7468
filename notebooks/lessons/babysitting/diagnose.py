"""Reading a training log.

Logs keep away from the borders between two diagnoses, so that a different way of rounding never
decides; each kind of log comes in forms that a wrong rule takes for another kind.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

# --- probe ----------------------------------------------------------------------------------------


def labels(diagnose, logs, starts):
    found = {}
    for name in logs:
        log = {key: [float(number) for number in logs[name][key]] for key in logs[name]}
        label = str(diagnose(log, float(starts[name]))).strip().lower()
        known = ("rate too high", "rate too low", "overfitting", "underfitting", "good")
        if label not in known:
            raise ValueError(f"{label!r} is not one of the five labels of the table")
        found[f"label of: {name}"] = label
    return found


# --- inputs ---------------------------------------------------------------------------------------


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
    dead = chance(rng), chance(rng)
    nan = np.full(8, np.nan)
    nan[:3] = 1.0, 1.9, 2.6
    infinite = np.linspace(1, 2.5, 8)
    infinite[4], infinite[5:] = np.inf, 1.05
    spike = falling(rng.uniform(0.05, 0.2))
    spike[rng.integers(1, 5)] = rng.uniform(3.3, 3.7)
    above = np.r_[1.0, rng.uniform(1.2, 2.6, 5), 0.99, rng.uniform(1.25, 1.6)]
    end = rng.uniform(0.88, 0.95)
    return {
        "costs that end in nan": log(nan, *dead),
        "an infinite cost in the middle": log(infinite, *dead),
        "one cost far above the start, then a normal run": log(
            spike, rising(rng, end), rising(rng, end - 0.02)
        ),
        "costs that end above the start": log(above, *dead),
    }


def too_low(rng, log):
    still = np.full(8, 1.0)
    wavering = np.r_[rng.uniform(0.97, 1.06, 7), rng.uniform(0.97, 1.04)]
    dip = np.r_[1.0, 0.92, rng.uniform(0.8, 0.9, 3), 0.87, 0.9, rng.uniform(0.98, 1.03)]
    end = rng.uniform(0.25, 0.35)
    return {
        "a cost that stands still, and so do the accuracies": log(still, chance(rng), chance(rng)),
        "a cost that stands still while the accuracies creep up": log(
            still, rising(rng, end), rising(rng, end - 0.01)
        ),
        "a cost that wavers around the start": log(wavering, chance(rng), chance(rng)),
        "a cost that came down a little and went up again": log(dip, chance(rng), chance(rng)),
    }


def overfitted(rng, log):
    cost = falling(rng.uniform(0.005, 0.05))
    peak = rising(rng, rng.uniform(0.93, 0.95))
    peak[5:] = 0.93, 0.92, rng.uniform(0.7, 0.78)
    high = rng.uniform(0.98, 1)
    return {
        "training far above validation": log(
            cost, rising(rng, high), rising(rng, high - rng.uniform(0.13, 0.18))
        ),
        "training far above validation, both low": log(
            falling(0.3), rising(rng, rng.uniform(0.65, 0.75)), rising(rng, rng.uniform(0.35, 0.5))
        ),
        "a validation accuracy that rose and fell again": log(
            cost, rising(rng, rng.uniform(0.97, 1)), peak
        ),
    }


def underfitted(rng, log):
    low, middle = rng.uniform(0.4, 0.55), rng.uniform(0.65, 0.76)
    return {
        "both accuracies low": log(
            falling(rng.uniform(0.6, 0.85)), rising(rng, low), rising(rng, low - 0.02)
        ),
        "training low, validation a little higher": log(
            falling(rng.uniform(0.3, 0.5)), rising(rng, middle), rising(rng, middle + 0.06)
        ),
    }


def fine(rng, log):
    end = rng.uniform(0.93, 0.98)
    quick = np.r_[0.21, 0.209, 0.208, 0.209, 0.207, 0.208, 0.207, 0.209]
    flat = end + rng.uniform(-0.005, 0.005, 8)
    high = np.r_[1.0, rng.uniform(1.8, 2.4), falling(0.05, 6)]
    closing = rising(rng, end - 0.03)
    closing[2:4] -= 0.25
    val_low = rng.uniform(0.76, 0.785)
    return {
        "high accuracies, a low cost": log(
            falling(0.03), rising(rng, end), rising(rng, end - 0.04)
        ),
        "everything learned in the first epoch, flat since": log(quick, flat, flat - 0.03),
        "a gap that was there for a while and has closed": log(
            falling(0.05), rising(rng, end), closing
        ),
        "one cost at twice the start, then a normal run": log(
            high, rising(rng, end), rising(rng, end - 0.04)
        ),
        "validation far above training (it happens with dropout)": log(
            falling(0.3), rising(rng, rng.uniform(0.81, 0.83)), rising(rng, end + 0.02)
        ),
        "training above 0.8, validation just below it": log(
            falling(0.2), rising(rng, val_low + 0.06), rising(rng, val_low)
        ),
    }


def logs_of(*kinds):
    """Logs of these kinds; half of them start elsewhere than at ln 10."""

    def inputs(rng):
        logs, starts = {}, {}
        for kind in kinds:
            for i, start in enumerate((2.3026, float(rng.uniform(0.3, 0.45)))):
                for name, log in kind(rng, partial(a_log, rng, start)).items():
                    name = name if i == 0 else f"{name} (another start)"
                    logs[name], starts[name] = log, start
        return {"logs": logs, "starts": starts}

    return inputs


# --- other right answers --------------------------------------------------------------------------


def cost_by_cost(log, start):
    for value in log["cost"]:
        if math.isnan(value) or math.isinf(value) or value > 3 * start:
            return "rate too high"
    last = log["cost"][-1]
    if last > 1.1 * start:
        return "rate too high"
    if last > 0.95 * start:
        return "rate too low"
    gap = log["train"][-1] - log["val"][-1]
    if gap > 0.1:
        return "overfitting"
    if log["train"][-1] < 0.8:
        return "underfitting"
    return "good"


def relative_to_the_start(log, start):
    relative = np.array(log["cost"]) / start
    if not (relative <= 3).all() or not relative[-1] <= 1.1:
        return "Rate too high"
    *_, train = log["train"]
    *_, val = log["val"]
    if relative[-1] > 0.95:
        return "Rate too low"
    if val < train - 0.1:
        return "Overfitting"
    return "Good" if train >= 0.8 else "Underfitting"


def table_of_rules(log, start):
    cost, train, val = (np.array(log[name], float) for name in ("cost", "train", "val"))
    rules = {
        "rate too high": np.sum(~(cost <= 3 * start)) > 0 or cost[-1] > 1.1 * start,
        "rate too low": cost[-1] > 0.95 * start,
        "overfitting": train[-1] - val[-1] > 0.1,
        "underfitting": train[-1] < 0.8,
        "good": True,
    }
    return next(label for label, holds in rules.items() if holds)


# --- the exercise ---------------------------------------------------------------------------------

# Parts of the reference that mistakes replace.
FINITE = "not np.isfinite(cost).all() or "
LOW = "cost[-1] > 0.95 * start"

diagnose = Exercise(
    name="diagnose",
    slide="Babysitting the learning process: loss barely changing",
    answers=functions(babysitting.diagnose),
    tests=[
        Test(
            "rate too high: nan, inf, far above the start, or above it at the end",
            labels,
            logs_of(too_high),
            points=2,
        ),
        Test("rate too low: the cost has hardly come down", labels, logs_of(too_low)),
        Test("overfitting", labels, logs_of(overfitted)),
        Test("underfitting", labels, logs_of(underfitted)),
        Test("good", labels, logs_of(fine)),
        Test(
            "more logs of every kind",
            labels,
            logs_of(fine, overfitted, too_low, underfitted, too_high),
            points=2,
        ),
    ],
    mistakes=[
        Mistake(
            "nan passes for a number",
            "Costs that end in nan get past your first rule. Every comparison with nan is False, "
            "`nan > 3` as well as `nan <= 3`: ask for it in so many words.",
            edit(babysitting.diagnose, (FINITE, ""), ("cost.max()", "np.nanmax(cost)")),
        ),
        Mistake(
            "only the last cost",
            "You look at the last cost only. A run that was thrown far above its start and came "
            "back had a rate that is too high, however it ends.",
            edit(babysitting.diagnose, ("cost).all()", "cost[-1])"), ("cost.max()", "cost[-1]")),
        ),
        Mistake(
            "the last cost, by comparison",
            "You look at the last cost only, and only by comparison. nan is neither larger nor "
            "smaller than anything, and a run that was thrown far up may have come back.",
            edit(babysitting.diagnose, (FINITE, ""), ("cost.max()", "cost[-1]")),
        ),
        Mistake(
            "any cost above the start",
            "One cost a little above the start is no alarm: batches differ, and a good high rate "
            "often begins with a bump. The border for a single cost is 3 times the start.",
            edit(babysitting.diagnose, ("cost.max() > 3 * start", "cost.max() > 1.1 * start")),
        ),
        Mistake(
            "too low judged by the accuracies",
            "You ask whether the ACCURACY moves. On the slide it doubles while the cost stands "
            "still, and the diagnosis is a rate that is too low all the same: ask the cost.",
            edit(babysitting.diagnose, (LOW, 'max(log["train"]) - min(log["train"]) < 0.08')),
        ),
        Mistake(
            "a fall by a fixed amount",
            "You ask for a fall by a fixed amount. Costs start at 2.3 with ten classes and at 0.69 "
            "with two: compare with a part of the start.",
            edit(babysitting.diagnose, (LOW, "cost[-1] > start - 0.2")),
        ),
        Mistake(
            "compared with the first line of the log",
            "You compare with the first cost in the log. That one comes after a whole epoch, in "
            "which a good run has learned most; `start` is the cost before any step.",
            edit(babysitting.diagnose, (LOW, "cost[-1] > 0.95 * cost[0]")),
        ),
        Mistake(
            "underfitting asked first",
            "A run that does not move has low accuracies too, so your rule for underfitting "
            "catches it before the rule for the rate can. The order matters: the rate comes first.",
            edit(
                babysitting.diagnose,
                (
                    LOW,
                    'train < 0.8 and train - val <= 0.1:\n        return "underfitting"\n'
                    f"    if {LOW}",
                ),
            ),
        ),
        Mistake(
            "too low asked first",
            "You ask whether the rate is too LOW before you ask whether it is too high. A cost far "
            "above its start has not come down either: the order of the table decides.",
            edit(
                babysitting.diagnose,
                ("if not", f'if {LOW}:\n        return "rate too low"\n    if not'),
            ),
        ),
        Mistake(
            "the lowest cost",
            "You ask for the LOWEST cost of the run. A cost that came down and went up again has "
            "not come down at the end: the table asks for the last one.",
            edit(babysitting.diagnose, (LOW, "cost.min() > 0.95 * start")),
        ),
        Mistake(
            "a gap either way",
            "You take the size of the gap without its sign. Validation ABOVE training is no "
            "overfitting (networks with dropout show it all the time).",
            edit(babysitting.diagnose, ("train - val > 0.1", "abs(train - val) > 0.1")),
        ),
        Mistake(
            "a gap at any time",
            "You call it overfitting if there was a gap in ANY epoch. A gap that has closed again "
            "is no problem; look at the end of the run.",
            edit(
                babysitting.diagnose, ("train - val", 'max(np.subtract(log["train"], log["val"]))')
            ),
        ),
        Mistake(
            "the best validation accuracy",
            "You compare with the BEST validation accuracy of the run. When it rises and falls "
            "again, that hides just the overfitting that is being looked for.",
            edit(babysitting.diagnose, ('log["val"][-1]', 'max(log["val"])')),
        ),
        Mistake(
            "the gap the wrong way round",
            "You subtract the training accuracy from the validation accuracy. Which of the two is "
            "higher when a network has learned its training data by heart?",
            edit(babysitting.diagnose, ("train - val > 0.1", "val - train > 0.1")),
        ),
        Mistake(
            "underfitting judged by validation",
            "Underfitting means that not even the TRAINING data are learned. You look at the "
            "validation accuracy.",
            edit(babysitting.diagnose, ("train < 0.8", "val < 0.8")),
        ),
        Mistake(
            "low accuracy before the gap",
            "Training at 0.7 and validation at 0.4 is both low and far apart. The list has the gap "
            "before the low accuracy.",
            edit(babysitting.diagnose, ("train - val > 0.1", "train - val > 0.1 and train >= 0.8")),
        ),
    ],
    styles=[
        Style("cost by cost", {"diagnose": cost_by_cost}),
        Style(
            "everything relative to the start, capital letters", {"diagnose": relative_to_the_start}
        ),
        Style("a table of rules", {"diagnose": table_of_rules}),
    ],
)
