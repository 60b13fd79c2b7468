"""Exercise of notebook 09: the running average of a run's parameters."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import ensembles

from . import ensembles_probes as ask
from .ensembles_styles import STYLES

__all__ = ["running_average"]

START = "x_test = network.x.copy() if x_test is None else x_test"
STEP = "        network.x = network.x - learning_rate * dx\n"
AVERAGE = "        x_test = decay * x_test + (1 - decay) * network.x\n"


def running_by(*changes):
    return edit(ensembles.running_average, *changes)


def another_name(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    x = network.x
    x_test = x if x_test is None else x_test
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        x += -learning_rate * network.backward()
        x_test = decay * x_test + (1 - decay) * x
    return x_test


def one_array_for_both(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    x = network.x
    x_test = x if x_test is None else x_test
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        x += -learning_rate * network.backward()
        x_test *= decay
        x_test += (1 - decay) * x
    return x_test


def begins_in_the_loop(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x -= learning_rate * network.backward()
        new = network.x
        x_test = new if x_test is None else decay * x_test + (1 - decay) * new
    return x_test


def begins_one_step_late(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x -= learning_rate * network.backward()
        new = network.x.copy()
        x_test = new if x_test is None else decay * x_test + (1 - decay) * new
    return x_test


def plain_mean(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    visited = [network.x.copy() if x_test is None else x_test]
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x = network.x - learning_rate * network.backward()
        visited.append(network.x.copy())
    return np.mean(visited, axis=0)


def corrected_zero_start(dataset, network, learning_rate, steps, decay=0.995, x_test=None):
    given = x_test is not None
    x_test = x_test if given else np.zeros_like(network.x)
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x = network.x - learning_rate * network.backward()
        x_test = decay * x_test + (1 - decay) * network.x
    return x_test if given or not steps else x_test / (1 - decay**steps)


running_average = Exercise(
    name="running_average",
    slide="Fun Tips/Tricks: keep track of a running average parameter vector",
    answers=functions(ensembles.running_average),
    tests=[
        Test("x_test after twelve steps", ask.average_along, ask.a_run(12, tell="x_test"), 2),
        Test("x_test after one step", ask.average_along, ask.a_run(1, tell="x_test")),
        Test(
            "the network itself walks as without an average",
            ask.average_along,
            ask.a_run(8, tell="network"),
        ),
        Test(
            "x_test stays when the network moves on",
            ask.average_along,
            ask.a_run(0, tell="later"),
        ),
        Test(
            "the decay may be left out",
            ask.average_along,
            ask.a_run(30, decay=None, tell="x_test"),
        ),
        Test("goes on from a given x_test", ask.average_in_two_calls, ask.a_run(5)),
    ],
    mistakes=[
        Mistake(
            "weights exchanged",
            "The newest vector gets the large weight and the past the small one, so `x_test` is "
            "nearly `x`: no memory, nothing averaged.",
            running_by(
                (
                    "decay * x_test + (1 - decay) * network.x",
                    "(1 - decay) * x_test + decay * network.x",
                )
            ),
        ),
        Mistake(
            "starts at zero",
            "Your average starts at 0, and 0 is no parameter vector: with a decay of 0.995 it "
            "still makes up 60.6 % of `x_test` after 100 steps. Where should an average of `x` "
            "start?",
            running_by((START, START.replace("network.x.copy()", "np.zeros_like(network.x)"))),
        ),
        Mistake(
            "starts at zero, corrected",
            "You start at 0 and divide the bias away at the end, as Adam does. That is a good "
            "average, too, but another one: the lecture's x_test has no correction, it starts at "
            "x.",
            {"running_average": corrected_zero_start},
            elsewhere=True,
        ),
        Mistake(
            "another name for x",
            "`x_test` begins as another name for the network's own array, so the first step, made "
            "in place, moves both: your average starts one step late. It needs numbers of its own.",
            {"running_average": another_name},
        ),
        Mistake(
            "begins after the first step",
            "Your average begins inside the loop, with the parameters after the first step: one "
            "step late. It starts where the network stands before it (so there is one after no "
            "step at all, too).",
            {"running_average": begins_one_step_late},
        ),
        Mistake(
            "begins in the loop, as another name",
            "Your average begins inside the loop, after the first step, and as another name for "
            "the network's own array: so the second step moves it once more. It starts before the "
            "loop, with numbers of its own.",
            {"running_average": begins_in_the_loop},
        ),
        Mistake(
            "one array for both",
            "`x_test` and the network's parameters are one and the same array, and you change it "
            "in place: each averaging shrinks the network itself.",
            {"running_average": one_array_for_both},
        ),
        Mistake(
            "the step stays in a local name",
            "The network never moves: you compute the new parameters, but give them to a name of "
            "your own. Change the array in place, or hand the new one back to the network.",
            running_by(
                (START, f"{START}\n    x = network.x"),
                (STEP, "        x = x - learning_rate * dx\n"),
                ("(1 - decay) * network.x", "(1 - decay) * x"),
            ),
        ),
        Mistake(
            "trains on the average",
            "The average is put back into the network, so that training goes on from there: that "
            "slows every step down. The average is for the test set; training must not notice it.",
            running_by((AVERAGE, AVERAGE + "        network.x = x_test.copy()\n")),
        ),
        Mistake(
            "averages before the step",
            "Each round averages first and steps afterwards, so the newest parameters are always "
            "missing. Look at the order of the last two lines on the slide.",
            running_by((STEP, ""), (AVERAGE, AVERAGE + STEP)),
        ),
        Mistake(
            "averages once, at the end",
            "The averaging happens once, after the loop: it must happen in every round. How far is "
            "that line indented?",
            running_by((AVERAGE, ""), ("    return x_test", AVERAGE[4:] + "    return x_test")),
        ),
        Mistake(
            "all steps weigh the same",
            "This is the plain mean of all the vectors: Polyak and Ruppert's average, good when "
            "all of them are near the goal. The lecture's forgets the early ones, geometrically.",
            {"running_average": plain_mean},
            elsewhere=True,
        ),
        Mistake(
            "the decay is hard-coded",
            "Your function takes no notice of the `decay` that it is given: 0.995 is written in "
            "the code.",
            running_by(
                (
                    "decay * x_test + (1 - decay) * network.x",
                    "0.995 * x_test + 0.005 * network.x",
                )
            ),
        ),
        Mistake(
            "starts anew in each call",
            "A given `x_test` is not used: each call begins a new average. What if the run is "
            "watched every hundred steps?",
            running_by((START, "x_test = network.x.copy()")),
        ),
        Mistake(
            "uphill",
            "The network climbs: which way does a gradient point?",
            running_by(("network.x - learning_rate", "network.x + learning_rate")),
        ),
        Mistake(
            "returns the network's parameters",
            "What you return are the network's present parameters. Asked for is their average.",
            running_by(("return x_test", "return network.x")),
        ),
    ],
    styles=STYLES["running_average"],
)
