"""Exercises of notebook 09 about independent models: their average, and how many of them pay."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import copy

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import ensembles

from . import ensembles_probes as ask
from .ensembles_styles import STYLES

__all__ = ["average_probabilities", "ensemble_ladder"]

SLIDE = "Evaluation: Model Ensembles"


def softmax(scores):
    with np.errstate(all="ignore"):
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)


def each(models, X):
    return np.array([softmax(np.asarray(model.scores(X))) for model in models])


def votes(models, X):
    winners = np.array([model.scores(X).argmax(axis=1) for model in models])
    return np.eye(models[0].scores(X).shape[1])[winners].mean(axis=0)


def of_mean_scores(models, X):
    return softmax(np.mean([model.scores(X) for model in models], axis=0))


def of_mean_weights(models, X):
    mean = copy.copy(models[0])
    mean.x = np.mean([model.x for model in models], axis=0)
    return softmax(mean.scores(X))


def averaging(how):
    return {"average_probabilities": how}


average_probabilities = Exercise(
    name="average_probabilities",
    slide=f"{SLIDE}: at test time average their results",
    answers=functions(ensembles.average_probabilities),
    tests=[
        Test(
            "the mean of four networks' probabilities",
            ask.probabilities_of,
            ask.some_nets(),
            points=2,
            untouched=["X"],
        ),
        Test(
            "scores of 1000, without a warning",
            ask.probabilities_of,
            ask.some_nets(scale=1000.0),
            quiet=True,
        ),
        Test("one network: its own probabilities", ask.probabilities_of, ask.some_nets(models=1)),
        Test("one that is sure, two that lean", ask.decisions_of, ask.one_sure_two_lean),
    ],
    mistakes=[
        Mistake(
            "averages the scores",
            "You average the scores (logits) and take one softmax of the mean: a geometric mean of "
            "the probabilities. Many do so; then one network that calls a class impossible has a "
            "veto. Here each network's own probabilities are averaged.",
            averaging(of_mean_scores),
            elsewhere=True,
        ),
        Mistake(
            "votes",
            "Each network has one vote for its favourite class here. That throws away how sure it "
            "was: 0.51 against 0.49 counts as much as certainty. Average before you decide.",
            averaging(votes),
        ),
        Mistake(
            "averages class numbers",
            "You take each network's favourite class and average their numbers: a 3 and a 9 do not "
            "make a 6. Average the probabilities of each class; decide afterwards.",
            averaging(
                lambda models, X: np.mean([m.scores(X).argmax(axis=1) for m in models], axis=0)
            ),
        ),
        Mistake(
            "averages the weights",
            "You average the parameters, and ask the one network that they make. These networks "
            "were trained independently: unit 3 of one has nothing to do with unit 3 of another. "
            "Average what they answer.",
            averaging(of_mean_weights),
        ),
        Mistake(
            "no softmax",
            "These are averaged scores, not probabilities: they are negative, too, and the rows do "
            "not sum to 1. What turns a network's scores into probabilities?",
            averaging(lambda models, X: np.mean([m.scores(X) for m in models], axis=0)),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax divides by the sum over the examples. Each row, one example, must sum to "
            "1: which axis runs over the classes?",
            edit(
                ensembles.average_probabilities,
                ("exps.sum(axis=1, keepdims=True)", "exps.sum(axis=0, keepdims=True)"),
            ),
        ),
        Mistake(
            "no shift before exp",
            "Right for small scores. But exp(1000) is infinite for a computer, and infinite "
            "divided by infinite is NaN: subtract something from each row first.",
            edit(
                ensembles.average_probabilities,
                ("scores - scores.max(axis=1, keepdims=True)", "scores"),
            ),
        ),
        Mistake(
            "sum",
            "You sum over the networks, and do not divide by their number. The decision is the "
            "same, but these are no probabilities: their rows sum to k.",
            edit(ensembles.average_probabilities, ("total / len(models)", "total")),
        ),
        Mistake(
            "only the last network",
            "The result is that of the last network alone: each one overwrites what was collected "
            "from those before it.",
            averaging(lambda models, X: each(models, X)[-1]),
        ),
        Mistake(
            "only the first network",
            "The result is that of the first network alone. Does your loop end in its first round "
            "(a `return` that stands too far to the right)?",
            averaging(lambda models, X: each(models, X)[0]),
        ),
        Mistake(
            "product",
            "You multiply the probabilities. That would be right if each network had seen other "
            "evidence; these have seen the same data, and agree too easily. The slide says: "
            "average.",
            averaging(lambda models, X: softmax(np.sum([m.scores(X) for m in models], axis=0))),
        ),
        Mistake(
            "the surest network",
            "You take the largest probability that any network gives to each class: the loudest "
            "decides, right or wrong, and the rows do not sum to 1.",
            averaging(lambda models, X: each(models, X).max(axis=0)),
        ),
        Mistake(
            "softmax twice",
            "The probabilities are averaged, and then go through a softmax once more. That makes "
            "them all nearly equal: the decision stays, the numbers mean nothing any more.",
            averaging(lambda models, X: softmax(each(models, X).mean(axis=0))),
        ),
        Mistake(
            "log-probabilities",
            "You average the logarithms of the probabilities. Average the probabilities "
            "themselves: the log is for the loss.",
            averaging(lambda models, X: np.log(np.maximum(each(models, X), 1e-300)).mean(axis=0)),
        ),
    ],
    styles=STYLES["average_probabilities"],
)

# -------------------------------------------------------------------------------- ensemble_ladder


def climbing(how, order=None):
    """A ladder whose accuracies come from how(models, X): (N, C), for the first j + 1 models."""

    def ensemble_ladder(models, X, y):
        alone = np.array([np.mean(m.scores(X).argmax(axis=1) == y) for m in models])
        if order:
            chosen = order(alone)
            models, alone = [models[i] for i in chosen], alone[chosen]
        rungs = range(1, len(models) + 1)
        joint = [np.mean(how(models[:j], X).argmax(axis=1) == y) for j in rungs]
        return alone, np.array(joint)

    return {"ensemble_ladder": ensemble_ladder}


def from_alone(how):
    """A ladder made from the single accuracies only."""

    def ensemble_ladder(models, X, y):
        alone = np.array([np.mean(m.scores(X).argmax(axis=1) == y) for m in models])
        return alone, how(alone)

    return {"ensemble_ladder": ensemble_ladder}


def somebody_right(models, X, y):
    right = np.array([m.scores(X).argmax(axis=1) == y for m in models])
    return right.mean(axis=1), np.logical_or.accumulate(right).mean(axis=1)


RETURN = "return np.array(alone), np.array(together)"

ensemble_ladder = Exercise(
    name="ensemble_ladder",
    slide=f"{SLIDE}: train multiple independent models",
    answers=functions(ensembles.ensemble_ladder),
    tests=[
        Test(
            "six networks, alone and together",
            ask.ladder_of,
            ask.disturbed_teachers(),
            points=3,
            untouched=["X", "y"],
        ),
        Test(
            "the first rung is the first network alone",
            ask.first_rung,
            ask.disturbed_teachers(models=3, examples=100),
        ),
    ],
    mistakes=[
        Mistake(
            "averages the accuracies",
            "`together` holds the mean of the first accuracies. An ensemble is one classifier: its "
            "members' probabilities are averaged, and then it is asked how often IT is right.",
            from_alone(lambda alone: np.cumsum(alone) / np.arange(1, len(alone) + 1)),
        ),
        Mistake(
            "the best so far",
            "`together` holds the best of the first accuracies. Choosing the best model is not "
            "averaging them (and it may not be chosen on the data that it is measured on).",
            from_alone(np.maximum.accumulate),
        ),
        Mistake(
            "somebody is right",
            "You count an example as right if at least one of the models is right. But at test "
            "time nobody tells you which one.",
            {"ensemble_ladder": somebody_right},
        ),
        Mistake(
            "one model behind",
            "Entry j of `together` should hold the first j + 1 models; yours stops one short. Mind "
            "where a slice ends.",
            edit(ensembles.ensemble_ladder, ("models[: j + 1]", "models[: max(j, 1)]")),
        ),
        Mistake(
            "all of them at once",
            "Every entry of `together` is the accuracy of all the models. The ladder shows how it "
            "grows from one to k.",
            edit(ensembles.ensemble_ladder, ("models[: j + 1]", "models")),
        ),
        Mistake(
            "the two latest only",
            "Each entry averages the newest model with the one before it only. All that came "
            "before belong to it, too.",
            edit(ensembles.ensemble_ladder, ("models[: j + 1]", "models[max(0, j - 1) : j + 1]")),
        ),
        Mistake(
            "votes",
            "`together` counts votes. That throws away how sure each network was: average the "
            "probabilities, then decide.",
            climbing(votes),
        ),
        Mistake(
            "averages the scores",
            "`together` averages the scores (logits). Common elsewhere, but then a network that is "
            "too sure of itself outshouts the others. Here probabilities are averaged.",
            climbing(of_mean_scores),
            elsewhere=True,
        ),
        Mistake(
            "averages the weights",
            "`together` is the accuracy of a network with averaged parameters. Independent "
            "networks have no common meaning of a unit; average what they answer.",
            climbing(of_mean_weights),
        ),
        Mistake(
            "sorted by accuracy",
            "You sort the models by their accuracy first. That accuracy is measured on the very "
            "data on which the ladder is judged, so the first rungs flatter. Keep the given order.",
            climbing(
                lambda models, X: each(models, X).mean(axis=0),
                lambda a: np.argsort(-a, kind="stable"),
            ),
        ),
        Mistake(
            "per cent",
            "These are percentages. An accuracy in this course is a fraction, from 0 to 1.",
            edit(
                ensembles.ensemble_ladder,
                (RETURN, "return 100 * np.array(alone), 100 * np.array(together)"),
            ),
        ),
        Mistake(
            "errors",
            "These are the shares of the examples that are wrong. Asked for are the accuracies.",
            edit(
                ensembles.ensemble_ladder,
                (RETURN, "return 1 - np.array(alone), 1 - np.array(together)"),
            ),
        ),
        Mistake(
            "exchanged",
            "The two results are right, but in the other order: first what each model does alone, "
            "then what they do together.",
            edit(
                ensembles.ensemble_ladder,
                (RETURN, "return np.array(together), np.array(alone)"),
            ),
        ),
    ],
    styles=STYLES["ensemble_ladder"],
)
