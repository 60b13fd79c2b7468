"""The exercise ensemble_ladder: how many networks pay."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import ensembles

from .average_probabilities import (
    all_at_once,
    log_sum_exp,
    of_mean_scores,
    of_mean_weights,
    softmax,
    softmax_of_each,
    step_by_step,
    votes,
)

# --- probes ---------------------------------------------------------------------------------------


def ladder_of(ensemble_ladder, X, y, xs, hidden, parts):
    class Net:
        def __init__(self, x):
            self.x = x

        def scores(self, X):
            cut = X.shape[1] * hidden
            W1, W2 = self.x[:cut].reshape(-1, hidden), self.x[cut:].reshape(hidden, -1)
            return np.tanh(X @ W1) @ W2

        def predict(self, X):
            return np.argmax(self.scores(X), axis=1)

        def accuracy(self, X, y):
            return float(np.mean(self.predict(X) == y))

    ladders = [
        ensemble_ladder([Net(x) for x in xs], X[part], y[part])
        for part in np.split(np.arange(len(X)), parts)
    ]
    if parts > 1:
        first = [float(together[0]) for _, together in ladders]
        return {"first of together": first, "how many": [list(map(len, two)) for two in ladders]}
    alone, together = ladders[0]
    return {"alone": np.array(alone, dtype=float), "together": np.array(together, dtype=float)}


# --- inputs ---------------------------------------------------------------------------------------


def disturbed_teachers(models=6, examples=300, parts=1):
    """Nets that resemble the one which labelled the data; some are far too sure of themselves.

    parts : so many data sets are made of the examples.

    Drawn again until the first one's accuracy is not the best one's, nor that of all together, nor
    its own share of errors.
    """

    def inputs(rng):
        for _ in range(100):
            X, teacher = rng.normal(size=(examples, 3)), rng.normal(size=32)
            y = scores(teacher, X).argmax(axis=1)
            xs = teacher + 0.7 * rng.normal(size=(models, 32))
            xs[:, 12:] *= rng.permutation(np.geomspace(0.5, 8, models))[:, None]
            shares = [softmax(scores(x, X)) for x in xs]
            first, *others, joint = (
                np.mean(share.argmax(axis=1) == y) for share in [*shares, sum(shares)]
            )
            if min(max(others) - first, abs(joint - first), abs(first - 0.5)) > 0.03:
                return {"X": X, "y": y, "xs": xs, "hidden": 4, "parts": parts}
        raise RuntimeError("no such networks in a hundred draws")

    return inputs


def scores(x, X):
    return np.tanh(X @ x[:12].reshape(3, 4)) @ x[12:].reshape(4, 5)


# --- other right answers --------------------------------------------------------------------------


def with_running_sum(models, X, y):
    """Divided by nothing: a sum has the same largest entry as its mean."""
    total = 0
    alone, together = [], []
    for model in models:
        p = log_sum_exp([model], X)
        total = total + p
        alone.append(model.accuracy(X, y))
        together.append(np.mean(total.argmax(axis=1) == y))
    return alone, together


def cumulated(models, X, y):
    p = np.array([all_at_once([model], X) for model in models])
    return (p.argmax(2) == y).mean(1), (p.cumsum(0).argmax(2) == y).mean(1)


def counting(models, X, y):
    def accuracy(models):
        hits = [
            int(np.argmax(row)) == label
            for row, label in zip(step_by_step(models, X), y, strict=True)
        ]
        return sum(hits) / len(y)

    alone = [accuracy([model]) for model in models]
    return np.array(alone), np.array([accuracy(models[: j + 1]) for j in range(len(models))])


# --- wrong answers --------------------------------------------------------------------------------


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

# --- the exercise ---------------------------------------------------------------------------------

ensemble_ladder = Exercise(
    name="ensemble_ladder",
    slide="Evaluation: Model Ensembles: train multiple independent models",
    answers=functions(ensembles.ensemble_ladder),
    tests=[
        Test(
            "six networks, alone and together",
            ladder_of,
            disturbed_teachers(),
            points=3,
            untouched=["X", "y"],
        ),
        Test(
            "the first rung is the first network alone, on each of eight data sets",
            ladder_of,
            disturbed_teachers(models=3, examples=400, parts=8),
        ),
    ],
    mistakes=[
        Mistake(
            "averages the accuracies",
            "`together` holds the mean of the first accuracies. An ensemble is one classifier: its "
            "members' probabilities are averaged first; then count how often IT is right.",
            from_alone(lambda alone: np.cumsum(alone) / np.arange(1, len(alone) + 1)),
        ),
        Mistake(
            "the best so far",
            "`together` holds the best of the first accuracies. Choosing the best model is not "
            "averaging them (and you must not choose it on the data that you measure it on).",
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
            "Each entry averages only the newest model and the one before it. All earlier ones "
            "belong to it, too.",
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
            "`together` averages the scores (logits). That is in use, too, but a network that is "
            "too sure of itself then outweighs the others. Here probabilities are averaged.",
            climbing(of_mean_scores),
            elsewhere=True,
        ),
        Mistake(
            "averages the weights",
            "`together` is the accuracy of a network with averaged parameters. Unit 3 of one "
            "independent network has nothing to do with unit 3 of another: average their answers.",
            climbing(of_mean_weights),
        ),
        Mistake(
            "sorted by accuracy",
            "You sort the models by their accuracy first. That accuracy is measured on the very "
            "data on which the ladder is judged, so the first rungs come out too high. Keep the "
            "given order.",
            climbing(
                lambda models, X: softmax_of_each(models, X).mean(axis=0),
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
            "These are the shares of wrong answers. The ladder holds the shares of right ones.",
            edit(
                ensembles.ensemble_ladder,
                (RETURN, "return 1 - np.array(alone), 1 - np.array(together)"),
            ),
        ),
        Mistake(
            "exchanged",
            "The two results are right, but in the wrong order: first what each model does alone, "
            "then what they do together.",
            edit(
                ensembles.ensemble_ladder,
                (RETURN, "return np.array(together), np.array(alone)"),
            ),
        ),
    ],
    styles=[
        Style("a running sum, lists", {"ensemble_ladder": with_running_sum}),
        Style("cumulated", {"ensemble_ladder": cumulated}),
        Style("counting", {"ensemble_ladder": counting}),
    ],
)
