"""The exercise average_probabilities: what several networks say together."""

from __future__ import annotations

import copy

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import ensembles

# --- probes ---------------------------------------------------------------------------------------


def probabilities_of(average_probabilities, X, xs, hidden):
    class Net:
        def __init__(self, x):
            self.x = x

        def scores(self, X):
            cut = X.shape[1] * hidden
            W1, W2 = self.x[:cut].reshape(-1, hidden), self.x[cut:].reshape(hidden, -1)
            return np.tanh(X @ W1) @ W2

    return {"probabilities": average_probabilities([Net(x) for x in xs], X)}


def decisions_of(average_probabilities, X, tables):
    class Table:
        def __init__(self, rows):
            self.rows, self.x = rows, rows.ravel()

        def scores(self, X):
            return self.x.reshape(self.rows.shape)

    averaged = np.asarray(average_probabilities([Table(rows) for rows in tables], X))
    return {"class with the largest average": averaged.reshape(len(X), -1).argmax(axis=1)}


# --- inputs ---------------------------------------------------------------------------------------


def nets(rng, models):
    """Nets of 3 inputs, 4 hidden units and 5 classes, none of them very sure."""
    xs = rng.normal(size=(models, 32))
    xs[:, 12:] *= 3
    return {"X": rng.normal(size=(6, 3)), "xs": xs, "hidden": 4}


def one_net(rng):
    return nets(rng, 1)


def four_nets(rng):
    """One of them is three times as sure."""
    inputs = nets(rng, 4)
    inputs["xs"][0, 12:] *= 3
    return inputs


def large_scores(rng):
    """Two nets with classes far apart; two that are not sure, though all their scores are large.

    For the first three examples those of the first two nets are small, those of the others small,
    about 500, or above 5000: no two wrong shifts (or none) are NaN at the same places.
    """
    inputs = nets(rng, 4)
    inputs["X"][0] *= 1e-4
    inputs["X"][1:3] = [[0.05, 0, 0], [1, 0, 0]]
    inputs["xs"][:2, :4] *= 1e-4  # from the first input to the hidden units
    inputs["xs"][2:, :4] = 1
    inputs["xs"][:2, 12:] *= 1000
    inputs["xs"][2:, 12:] += np.repeat(rng.uniform(2000, 3000, (2, 4)), 5, axis=1)
    return inputs


def one_sure_two_lean(rng):
    """In each row two models lean to one class, a little, and one is sure of another.

    Drawn again until each softmax with a wrong axis, or without its sum, decides otherwise.
    """

    def joint(shift_axis, sum_axis):
        exps = np.exp(tables - tables.max(axis=shift_axis, keepdims=True))
        return (exps / exps.sum(axis=sum_axis, keepdims=True)).sum(axis=0)

    rows = np.arange(16)
    for _ in range(100):
        tables = rng.uniform(-0.1, 0.1, (3, 16, 4))
        sure, other = rng.permutation(rows % 3), rng.permutation(rows % 4)
        tables[:, rows, (other + rng.integers(1, 4, 16)) % 4] += 0.6
        tables[sure, rows] = rng.uniform(-0.1, 0.1, (16, 4))
        tables[sure, rows, other] += rng.uniform(3, 9, 16)
        wrong = [joint(1, 1), joint(1, 2), joint(2, 1), joint(2, (1, 2)), joint(2, None)]
        if all((p.max(axis=1) > 1.01 * p[rows, other]).any() for p in wrong):
            return {"X": rng.normal(size=(16, 2)), "tables": tables}
    raise RuntimeError("no such scores in a hundred draws")


# --- other right answers --------------------------------------------------------------------------


def log_sum_exp(models, X):
    shares = []
    for model in models:
        s = model.scores(X)
        top = np.max(s, 1)[:, None]
        shares.append(np.exp(s - top - np.log(np.sum(np.exp(s - top), 1))[:, None]))
    return np.mean(shares, axis=0)


def all_at_once(models, X):
    scores = np.stack([model.scores(X) for model in models])
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores.mean(axis=0)


def step_by_step(models, X):
    """The mean of the first j, moved towards the next one: nothing is divided at the end."""
    mean = 0
    for j, model in enumerate(models):
        p = np.array([np.exp(row - max(row)) for row in model.scores(X)])
        mean = mean + (p / p.sum(1, keepdims=True) - mean) / (j + 1)
    return mean


# --- wrong answers --------------------------------------------------------------------------------


def softmax(scores):
    with np.errstate(all="ignore"):
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)


def softmax_of_each(models, X):
    return np.array([softmax(np.asarray(model.scores(X))) for model in models])


def votes(models, X):
    winners = np.array([model.scores(X).argmax(axis=1) for model in models])
    return np.eye(models[0].scores(X).shape[1])[winners].mean(axis=0)


def mean_scores(models, X):
    return np.mean([model.scores(X) for model in models], axis=0)


def of_mean_scores(models, X):
    return softmax(mean_scores(models, X))


def of_mean_weights(models, X):
    mean = copy.copy(models[0])
    mean.x = np.mean([model.x for model in models], axis=0)
    return softmax(mean.scores(X))


def mean_class_number(models, X):
    return np.mean([model.scores(X).argmax(axis=1) for model in models], axis=0)


def last_network(models, X):
    return softmax_of_each(models, X)[-1]


def first_network(models, X):
    return softmax_of_each(models, X)[0]


def product(models, X):
    return softmax(np.sum([model.scores(X) for model in models], axis=0))


def surest_network(models, X):
    return softmax_of_each(models, X).max(axis=0)


def softmax_twice(models, X):
    return softmax(softmax_of_each(models, X).mean(axis=0))


def mean_log_probabilities(models, X):
    return np.log(np.maximum(softmax_of_each(models, X), 1e-300)).mean(axis=0)


# --- the exercise ---------------------------------------------------------------------------------

average_probabilities = Exercise(
    name="average_probabilities",
    slide="Evaluation: Model Ensembles: at test time average their results",
    answers=functions(ensembles.average_probabilities),
    tests=[
        Test(
            "the mean of four networks' probabilities",
            probabilities_of,
            four_nets,
            points=2,
            untouched=["X"],
        ),
        Test(
            "scores of 1000, without a warning",
            probabilities_of,
            large_scores,
            quiet=True,
        ),
        Test("one network: its own probabilities", probabilities_of, one_net),
        Test("one that is sure, two that lean", decisions_of, one_sure_two_lean),
    ],
    mistakes=[
        Mistake(
            "averages the scores",
            "You average the scores (logits) and take one softmax of the mean: a geometric mean of "
            "the probabilities. That is in use, too, but one network that calls a class impossible "
            "then has a veto. Here each network's own probabilities are averaged.",
            {"average_probabilities": of_mean_scores},
            elsewhere=True,
        ),
        Mistake(
            "votes",
            "Each network has one vote for its favourite class here. That throws away how sure it "
            "was: 0.51 against 0.49 counts as much as certainty. Average before you decide.",
            {"average_probabilities": votes},
        ),
        Mistake(
            "averages class numbers",
            "You take each network's favourite class and average their numbers: a 3 and a 9 do not "
            "make a 6. Average the probabilities of each class; decide afterwards.",
            {"average_probabilities": mean_class_number},
        ),
        Mistake(
            "averages the weights",
            "You average the parameters, and ask the one network that results. These networks "
            "were trained independently: unit 3 of one has nothing to do with unit 3 of another. "
            "Average their answers.",
            {"average_probabilities": of_mean_weights},
        ),
        Mistake(
            "no softmax",
            "These are averaged scores, not probabilities: some are negative, and the rows do "
            "not sum to 1. What turns a network's scores into probabilities?",
            {"average_probabilities": mean_scores},
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
            "same, but these are not probabilities: their rows sum to k.",
            edit(ensembles.average_probabilities, ("total / len(models)", "total")),
        ),
        Mistake(
            "only the last network",
            "The result is that of the last network alone: each one overwrites what was collected "
            "from those before it.",
            {"average_probabilities": last_network},
        ),
        Mistake(
            "only the first network",
            "The result is that of the first network alone. Does your loop end in its first round "
            "(a `return` that stands too far to the right)?",
            {"average_probabilities": first_network},
        ),
        Mistake(
            "product",
            "You multiply the probabilities. That would be right if each network had seen other "
            "evidence; these have seen the same data, and agree too easily. The slide says: "
            "average.",
            {"average_probabilities": product},
        ),
        Mistake(
            "the surest network",
            "You take the largest probability that any network gives to each class: the surest "
            "network decides, right or wrong, and the rows do not sum to 1.",
            {"average_probabilities": surest_network},
        ),
        Mistake(
            "softmax twice",
            "The probabilities are averaged, and then go through a softmax once more. That makes "
            "them all nearly equal: the decision stays, but the numbers are no longer "
            "probabilities of anything.",
            {"average_probabilities": softmax_twice},
        ),
        Mistake(
            "log-probabilities",
            "You average the logarithms of the probabilities. Average the probabilities "
            "themselves: the log is for the loss.",
            {"average_probabilities": mean_log_probabilities},
        ),
    ],
    styles=[
        Style("log-sum-exp", {"average_probabilities": log_sum_exp}),
        Style("all at once", {"average_probabilities": all_at_once}),
        Style("step by step", {"average_probabilities": step_by_step}),
    ],
)
