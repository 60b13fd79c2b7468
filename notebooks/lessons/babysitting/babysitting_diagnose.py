"""Exercise of notebook 04: reading a training log."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

from . import babysitting_probes as ask

__all__ = ["diagnose"]


def _wrong(*changes: tuple[str, str]) -> dict[str, Callable[..., Any]]:
    return edit(babysitting.diagnose, *changes)


HIGH = "if not np.isfinite(cost).all() or cost.max() > 3 * start or cost[-1] > 1.1 * start:"
LOW = "    if cost[-1] > 0.95 * start:\n"


def _one_by_one(log: Any, start: float) -> str:
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


def _by_negation(log: Any, start: float) -> str:
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


def _by_table(log: Any, start: float) -> str:
    cost, train, val = (np.array(log[name], float) for name in ("cost", "train", "val"))
    rules = {
        "rate too high": np.sum(~(cost <= 3 * start)) > 0 or cost[-1] > 1.1 * start,
        "rate too low": cost[-1] > 0.95 * start,
        "overfitting": train[-1] - val[-1] > 0.1,
        "underfitting": train[-1] < 0.8,
        "good": True,
    }
    return next(label for label, holds in rules.items() if holds)


diagnose = Exercise(
    name="diagnose",
    slide="Babysitting the learning process: loss barely changing",
    answers=functions(babysitting.diagnose),
    tests=[
        Test(
            "rate too high: nan, inf, far above the start, or above it at the end",
            ask.labels,
            ask.logs_of(ask.too_high),
            points=2,
        ),
        Test("rate too low: the cost has hardly come down", ask.labels, ask.logs_of(ask.too_low)),
        Test("overfitting", ask.labels, ask.logs_of(ask.overfitted)),
        Test("underfitting", ask.labels, ask.logs_of(ask.underfitted)),
        Test("good", ask.labels, ask.logs_of(ask.fine)),
        Test(
            "more logs of every kind",
            ask.labels,
            ask.logs_of(ask.fine, ask.overfitted, ask.too_low, ask.underfitted, ask.too_high),
            points=2,
        ),
    ],
    mistakes=[
        Mistake(
            "nan passes for a number",
            "Costs that end in nan get past your first rule. Every comparison with nan is False, "
            "`nan > 3` as well as `nan <= 3`: ask for it in so many words.",
            _wrong(("not np.isfinite(cost).all() or ", ""), ("cost.max()", "np.nanmax(cost)")),
        ),
        Mistake(
            "only the last cost",
            "You look at the last cost only. A run that was thrown far above its start and came "
            "back had a rate that is too high, however it ends.",
            _wrong(
                ("cost.max() > 3", "cost[-1] > 3"), ("isfinite(cost).all()", "isfinite(cost[-1])")
            ),
        ),
        Mistake(
            "the last cost, by comparison",
            "You look at the last cost only, and only by comparison. nan is neither larger nor "
            "smaller than anything, and a run that was thrown far up may have come back.",
            _wrong(("not np.isfinite(cost).all() or ", ""), ("cost.max() > 3", "cost[-1] > 3")),
        ),
        Mistake(
            "any cost above the start",
            "One cost a little above the start is no alarm: batches differ, and a good high rate "
            "often begins with a bump. The border for a single cost is 3 times the start.",
            _wrong(("cost.max() > 3 * start", "cost.max() > 1.1 * start")),
        ),
        Mistake(
            "too low judged by the accuracies",
            "You ask whether the ACCURACY moves. On the slide it doubles while the cost stands "
            "still, and the diagnosis is a rate that is too low all the same: ask the cost.",
            _wrong((LOW, '    if max(log["train"]) - min(log["train"]) < 0.08:\n')),
        ),
        Mistake(
            "a fall by a fixed amount",
            "You ask for a fall by a fixed amount. Costs start at 2.3 with ten classes and at 0.69 "
            "with two: compare with a part of the start.",
            _wrong((LOW, "    if cost[-1] > start - 0.2:\n")),
        ),
        Mistake(
            "compared with the first line of the log",
            "You compare with the first cost in the log. That one comes after a whole epoch, in "
            "which a good run has learned most; `start` is the cost before any step.",
            _wrong((LOW, "    if cost[-1] > 0.95 * cost[0]:\n")),
        ),
        Mistake(
            "underfitting asked first",
            "A run that does not move has low accuracies too, so your rule for underfitting "
            "catches it before the rule for the rate can. The order matters: the rate comes first.",
            _wrong(
                (
                    LOW,
                    '    if train < 0.8 and train - val <= 0.1:\n        return "underfitting"\n'
                    + LOW,
                )
            ),
        ),
        Mistake(
            "too low asked first",
            "You ask whether the rate is too LOW before you ask whether it is too high. A cost far "
            "above its start has not come down either: the order of the table decides.",
            _wrong((HIGH, LOW.lstrip() + '        return "rate too low"\n    ' + HIGH)),
        ),
        Mistake(
            "the lowest cost",
            "You ask for the LOWEST cost of the run. A cost that came down and went up again has "
            "not come down at the end: the table asks for the last one.",
            _wrong((LOW, "    if cost.min() > 0.95 * start:\n")),
        ),
        Mistake(
            "a gap either way",
            "You take the size of the gap without its sign. Validation ABOVE training is no "
            "overfitting (networks with dropout show it all the time).",
            _wrong(("train - val > 0.1", "abs(train - val) > 0.1")),
        ),
        Mistake(
            "a gap at any time",
            "You call it overfitting if there was a gap in ANY epoch. A gap that has closed again "
            "is no problem; look at the end of the run.",
            _wrong(
                (
                    "if train - val > 0.1:",
                    'if np.max(np.subtract(log["train"], log["val"])) > 0.1:',
                )
            ),
        ),
        Mistake(
            "the best validation accuracy",
            "You compare with the BEST validation accuracy of the run. When it rises and falls "
            "again, that hides just the overfitting that is being looked for.",
            _wrong(('log["val"][-1]', 'max(log["val"])')),
        ),
        Mistake(
            "the gap the wrong way round",
            "You subtract the training accuracy from the validation accuracy. Which of the two is "
            "higher when a network has learned its training data by heart?",
            _wrong(("train - val > 0.1", "val - train > 0.1")),
        ),
        Mistake(
            "underfitting judged by validation",
            "Underfitting means that not even the TRAINING data are learned. You look at the "
            "validation accuracy.",
            _wrong(("train < 0.8", "val < 0.8")),
        ),
        Mistake(
            "low accuracy before the gap",
            "Training at 0.7 and validation at 0.4 is both low and far apart. The list has the gap "
            "before the low accuracy.",
            _wrong(("train - val > 0.1:", "train - val > 0.1 and train >= 0.8:")),
        ),
    ],
    styles=[
        Style("cost by cost", {"diagnose": _one_by_one}),
        Style("everything relative to the start, capital letters", {"diagnose": _by_negation}),
        Style("a table of rules", {"diagnose": _by_table}),
    ],
)
