"""The exercise running_average: the average of a run's parameters, kept along the run."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import ensembles

# --- probes ---------------------------------------------------------------------------------------


def average_along(running_average, start, batches, rate, steps, decay, tell, x_test=None):
    class Batches:
        drawn = 0

        def sample_data_batch(self):
            self.drawn += 1
            return batches[(self.drawn - 1) % len(batches)]

    class Bowl:
        def __init__(self):
            self.x, self.slope = start.copy(), None

        def forward(self, batch):
            self.slope = self.x - batch
            return 0.5 * float(np.sum(self.slope**2))

        def backward(self):
            if self.slope is None:
                raise RuntimeError("backward needs a forward pass before it")
            return self.slope.copy()

    bowl = Bowl()
    how = {} if decay is None else {"decay": decay}
    if x_test is not None:
        how["x_test"] = x_test
    x_test = running_average(Batches(), bowl, rate, steps, **how)
    if tell == "network":
        return {"network.x": bowl.x}
    if tell == "later":
        bowl.x += 1.0
        before = bowl.x.copy()
        running_average(Batches(), bowl, rate, 3, **how)
        return {"x_test": x_test, "way of network.x": bowl.x - before}
    return {"x_test": x_test}


# --- inputs ---------------------------------------------------------------------------------------


def a_run(steps, decay=0.85, tell="x_test", goes_on=False):
    """Batches that pull to places all around, from a start that lies apart from all of them.

    goes_on : there is an x_test already, so that it does not matter where the average starts.
    """

    def inputs(rng):
        batches = rng.uniform(-1, 1, (7, 3))
        start = rng.choice([-1.0, 1.0], 3) * rng.uniform(3, 4, 3)
        settings = {"rate": float(rng.uniform(0.2, 0.4)), "steps": steps, "decay": decay}
        given = {"x_test": rng.uniform(3, 4, 3)} if goes_on else {}
        return {"start": start, "batches": batches, "tell": tell, **settings, **given}

    return inputs


# --- property -------------------------------------------------------------------------------------


def only_the_network_moves(inputs, values, expected):
    if not np.allclose(values["x_test"], expected["x_test"]):
        return "`x_test` is wrong after no step, or has changed when the network moved on."
    return "" if np.any(values["way of network.x"]) else "In three steps the network did not move."


# --- other right answers --------------------------------------------------------------------------


def the_slide(dataset, network, rate, steps, decay=0.995, x_test=None):
    x = network.x
    if x_test is None:
        x_test = x.copy()
    for _ in range(steps):
        data_batch = dataset.sample_data_batch()
        loss = network.forward(data_batch)  # noqa: F841
        dx = network.backward()
        x += -rate * dx
        x_test = decay * x_test + (1 - decay) * x
    return x_test


def towards_x(dataset, network, rate, steps, decay=0.995, x_test=None):
    x_test = np.array(network.x if x_test is None else x_test)
    while steps > 0:
        network.forward(dataset.sample_data_batch())
        network.x = network.x - rate * network.backward()
        x_test += (1 - decay) * (network.x - x_test)
        steps -= 1
    return x_test


def weighted_sum(dataset, network, rate, steps, decay=0.995, x_test=None):
    """Keeps every vector, and sums them with their weights at the end."""
    kept = [np.copy(network.x) if x_test is None else x_test]
    for _ in range(steps):
        network.forward(dataset.sample_data_batch())
        network.x = network.x - rate * network.backward()
        kept.append(np.copy(network.x))
    weights = [decay**steps] + [(1 - decay) * decay ** (steps - t) for t in range(1, steps + 1)]
    return np.tensordot(weights, np.array(kept), axes=1)


# --- wrong answers --------------------------------------------------------------------------------


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


START = "x_test = network.x.copy() if x_test is None else x_test"
STEP = "        network.x = network.x - learning_rate * dx\n"
AVERAGE = "        x_test = decay * x_test + (1 - decay) * network.x\n"

# --- the exercise ---------------------------------------------------------------------------------

running_average = Exercise(
    name="running_average",
    slide="Fun Tips/Tricks: keep track of a running average parameter vector",
    answers=functions(ensembles.running_average),
    tests=[
        Test("x_test after twelve steps", average_along, a_run(12), 2),
        Test("x_test after one step", average_along, a_run(1)),
        Test(
            "the network itself walks as without an average",
            average_along,
            a_run(8, tell="network"),
        ),
        Test(
            "after no step; x_test stays when the network moves on",
            average_along,
            a_run(0, tell="later"),
            holds=only_the_network_moves,
        ),
        Test(
            "the decay may be left out",
            average_along,
            a_run(30, decay=None, goes_on=True),
        ),
        Test("goes on from a given x_test", average_along, a_run(5, goes_on=True)),
    ],
    mistakes=[
        Mistake(
            "weights exchanged",
            "The newest vector gets the large weight and the past the small one, so `x_test` is "
            "nearly `x`: no memory, nothing averaged.",
            edit(
                ensembles.running_average,
                (
                    "decay * x_test + (1 - decay) * network.x",
                    "(1 - decay) * x_test + decay * network.x",
                ),
            ),
        ),
        Mistake(
            "starts at zero",
            "Your average starts at 0, and 0 is no parameter vector: with a decay of 0.995 it "
            "still makes up 60.6 % of `x_test` after 100 steps. Where should an average of `x` "
            "start?",
            edit(
                ensembles.running_average,
                (START, START.replace("network.x.copy()", "np.zeros_like(network.x)")),
            ),
        ),
        Mistake(
            "starts at zero, corrected",
            "You start at 0 and divide the bias away at the end, as Adam does. That is a good "
            "average, but another one: the lecture's x_test has no correction.",
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
            "step late. It starts where the network stands before the loop; after no step at all "
            "there must be an average, too.",
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
            edit(
                ensembles.running_average,
                (START, f"{START}\n    x = network.x"),
                (STEP, "        x = x - learning_rate * dx\n"),
                ("(1 - decay) * network.x", "(1 - decay) * x"),
            ),
        ),
        Mistake(
            "trains on the average",
            "The average is put back into the network, so that training goes on from there: that "
            "slows every step down. The average is for the test set; training must not notice it.",
            edit(
                ensembles.running_average,
                (AVERAGE, AVERAGE + "        network.x = x_test.copy()\n"),
            ),
        ),
        Mistake(
            "averages before the step",
            "Each round averages first and steps afterwards, so the newest parameters are always "
            "missing. Look at the order of the last two lines on the slide.",
            edit(ensembles.running_average, (STEP, ""), (AVERAGE, AVERAGE + STEP)),
        ),
        Mistake(
            "averages once, at the end",
            "The averaging happens once, after the loop: it must happen in every round. How far is "
            "that line indented?",
            edit(
                ensembles.running_average,
                (AVERAGE, ""),
                ("    return x_test", AVERAGE[4:] + "    return x_test"),
            ),
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
            "Your function ignores the `decay` that it is given: 0.995 is written in the code.",
            edit(
                ensembles.running_average,
                (
                    "decay * x_test + (1 - decay) * network.x",
                    "0.995 * x_test + 0.005 * network.x",
                ),
            ),
        ),
        Mistake(
            "starts anew in each call",
            "A given `x_test` is not used: each call begins a new average. What if the run is "
            "watched every hundred steps?",
            edit(ensembles.running_average, (START, "x_test = network.x.copy()")),
        ),
        Mistake(
            "uphill",
            "The network climbs: which way does a gradient point?",
            edit(
                ensembles.running_average,
                ("network.x - learning_rate", "network.x + learning_rate"),
            ),
        ),
        Mistake(
            "returns the network's parameters",
            "You return the network's present parameters. The function must return their average.",
            edit(ensembles.running_average, ("return x_test", "return network.x")),
        ),
    ],
    styles=[
        Style("the slide", {"running_average": the_slide}),
        Style("towards x", {"running_average": towards_x}),
        Style("a weighted sum", {"running_average": weighted_sum}),
    ],
)
