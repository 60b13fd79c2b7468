"""Reading a training log."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import babysitting

from .logs import (
    all_kinds,
    among,
    fine,
    overfitted,
    plainly_underfitted,
    too_high,
    too_low,
    underfitted,
)

# --- probe ----------------------------------------------------------------------------------------


def labels(diagnose, logs, starts):
    known = ["rate too high", "rate too low", "overfitting", "underfitting", "good"]
    numbers = []
    for given, start in zip(logs, starts, strict=True):
        log = {key: [float(number) for number in given[key]] for key in given}
        label = str(diagnose(log, float(start))).strip().lower()
        if label not in known:
            raise ValueError(f"{label!r} is not one of the five labels of the table")
        numbers.append(known.index(label))
    return {"labels, by their row in the table": np.array(numbers)}


# --- property -------------------------------------------------------------------------------------


def right_labels(inputs, values, expected):
    (given,), (right,) = values.values(), expected.values()
    wrong = np.flatnonzero(given != right)
    if not wrong.size:
        return ""
    known = ["rate too high", "rate too low", "overfitting", "underfitting", "good"]
    log, start = inputs["logs"][wrong[0]], inputs["starts"][wrong[0]]
    cost = " ".join(f"{number:.3g}" for number in log["cost"])
    train, val = log["train"], log["val"]
    return (
        f"{wrong.size} of {len(right)} labels are wrong. The first of them is "
        f"{known[given[wrong[0]]]!r}, for start {start:.3g}; cost {cost}; "
        f"train {train[0]:.2f} … {train[-1]:.2f}; val {val[0]:.2f} … {val[-1]:.2f}."
    )


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
            among(too_high),
            points=2,
            holds=right_labels,
        ),
        Test(
            "rate too low: the cost has hardly come down",
            labels,
            among(too_low),
            holds=right_labels,
        ),
        Test("overfitting", labels, among(overfitted), holds=right_labels),
        Test("underfitting", labels, among(underfitted), holds=right_labels),
        Test("good", labels, among(fine, plainly_underfitted), holds=right_labels),
        Test("logs of every kind", labels, all_kinds, points=2, holds=right_labels),
    ],
    mistakes=[
        Mistake(
            "nan passes for a number",
            "Costs that end in nan get past your first rule. Every comparison with nan is False, "
            "`nan > 3` as well as `nan <= 3`: test for it explicitly.",
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
            "still, and the diagnosis is still a rate that is too low: judge by the cost.",
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
            "again, that hides the very overfitting that you are looking for.",
            edit(babysitting.diagnose, ('log["val"][-1]', 'max(log["val"])')),
        ),
        Mistake(
            "the gap the wrong way round",
            "You subtract the training accuracy from the validation accuracy. Which of the two is "
            "higher when a network has memorised its training data?",
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
            "Training at 0.7 and validation at 0.4 is both low and far apart. The table asks for "
            "the gap first.",
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
