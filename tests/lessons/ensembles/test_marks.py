"""Answers to notebook 09 as a student would write them: what they earn, and how they are named."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from helpers import load

from autograder.exercise import PUBLIC

EXERCISES = {exercise.name: exercise for exercise in load("09_ensembles")}
KEYS = [PUBLIC, b"one secret", b"another", b"a third"]


def probabilities(shift):
    def average_probabilities(models, X):
        total = 0
        for model in models:
            scores = model.scores(X)
            exps = np.exp(scores - shift(scores))
            total = total + exps / exps.sum(axis=1, keepdims=True)
        return total / len(models)

    return average_probabilities


def checkpoints(mean=np.mean, copied=copy.deepcopy, momentum=0.0):
    def average_checkpoints(checkpoints, network, X, y):
        network = copied(network)
        network.x = mean(checkpoints, axis=0)
        for bn_param in network.bn_params:
            bn_param["usual"] = bn_param.get("momentum", 0.9)
            bn_param["momentum"] = momentum
        network.forward((X, y))
        for bn_param in network.bn_params:
            bn_param["momentum"] = bn_param.pop("usual")
        return network

    return average_checkpoints


def average(in_place, first=lambda x: x.copy(), default=0.995):
    def running_average(dataset, network, learning_rate, steps, decay=default, x_test=None):
        x_test = first(network.x) if x_test is None else x_test
        for _ in range(steps):
            network.forward(dataset.sample_data_batch())
            if in_place:
                network.x -= learning_rate * network.backward()
            else:
                network.x = network.x - learning_rate * network.backward()
            x_test = decay * x_test + (1 - decay) * network.x
        return x_test

    return running_average


def ladder_of_zeros(models, X, y):
    return np.zeros(len(models)), np.zeros(len(models))


def of_each_row(scores):
    return scores.max(axis=1, keepdims=True)


CASES = [  # exercise, answer, points, mistake
    ("average_probabilities", probabilities(of_each_row), 5, ""),
    ("average_probabilities", probabilities(lambda scores: 0), 4, "no shift before exp"),
    ("average_probabilities", probabilities(np.max), 4, ""),
    ("average_probabilities", probabilities(lambda s: s.min(axis=1, keepdims=True)), 4, ""),
    ("average_probabilities", probabilities(lambda s: s.max(axis=0)), 0, ""),
    ("ensemble_ladder", ladder_of_zeros, 0, ""),
    ("average_checkpoints", checkpoints(), 7, ""),
    (
        "average_checkpoints",
        checkpoints(copied=lambda network: network),
        6,
        "works on the given network",
    ),
    ("average_checkpoints", checkpoints(copied=copy.copy), 6, ""),
    ("average_checkpoints", checkpoints(mean=np.sum), 4, "sum"),
    ("average_checkpoints", checkpoints(momentum=1.0), 4, "stale statistics"),
    ("average_checkpoints", checkpoints(momentum=0.1), 4, ""),
    ("average_checkpoints", lambda checkpoints, network, X, y: network, 0, ""),
    ("running_average", average(in_place=True), 7, ""),
    ("running_average", average(in_place=False), 7, ""),
    ("running_average", average(in_place=False, first=np.zeros_like), 3, "starts at zero"),
    ("running_average", average(in_place=True, first=lambda x: x), 3, "another name for x"),
    ("running_average", average(in_place=True, default=0.9), 6, ""),
    ("running_average", lambda dataset, network, rate, steps, **more: network.x.copy(), 0, ""),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("name", "answer", "points", "mistake"), CASES)
def test_an_answer_gets_its_points_and_no_false_name(name, answer, points, mistake, key):
    report = EXERCISES[name].examine({name: answer}, key)
    assert (report.earned, report.mistakes) == (points, [mistake] * bool(mistake))
