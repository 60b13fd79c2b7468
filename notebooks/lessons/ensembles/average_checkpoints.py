"""The exercise average_checkpoints: one network from several moments of a run."""

from __future__ import annotations

import copy

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import ensembles

# --- probes ---------------------------------------------------------------------------------------


def averaged_network(average_checkpoints, checkpoints, now, X, y, momentum, tell):
    class Net:
        def __init__(self):
            self.x = now.copy()
            given = [{} if share is None else {"momentum": share} for share in momentum]
            self.bn_params = [{"mode": "train", **more} for more in given]
            self.forward((X[:5], y[:5]))

        def walk(self, X, modes):
            W = self.x.reshape(2, 3, 3)
            for i in range(2):
                X, bn_param = np.tanh(X @ W[i]), self.bn_params[i]
                mean, var = X.mean(axis=0), ((X - X.mean(axis=0)) ** 2).mean(axis=0)
                if modes[i] == "test":
                    mean, var = bn_param["running_mean"], bn_param["running_var"]
                else:
                    old = bn_param.get("momentum", 0.9)
                    for name, new in (("running_mean", mean), ("running_var", var)):
                        before = bn_param.get(name, np.zeros(3))
                        bn_param[name] = old * before + (1 - old) * new
                X = (X - mean) / np.sqrt(var + 1e-5)
            return X

        def forward(self, batch):
            X, y = batch
            scores = self.walk(X, [bn_param["mode"] for bn_param in self.bn_params])
            return float(np.mean((scores - y[:, None]) ** 2))

        def scores(self, X):
            return self.walk(X, ["test", "test"])

    network = Net()
    made = average_checkpoints(checkpoints, network, X, y)
    if tell == "x":
        return {"x": made.x}
    if tell == "statistics":
        kinds = ("running_mean", "running_var")
        return {kind: [p[kind] for p in made.bn_params] for kind in kinds}
    if tell == "scores":
        return {"scores": made.scores(X[::2] + 0.5)}
    if tell == "momentum":
        momentum = [float(p.get("momentum", 0.9)) for p in made.bn_params]
        return {"the momentum": momentum, "x of the copy": made.x}
    means = [bn_param["running_mean"] for bn_param in network.bn_params]
    return {"`network.x`": network.x, "its running mean": means, "x of the copy": made.x}


def averaged_plain_network(average_checkpoints, checkpoints, now, X, y):
    class Net:
        def __init__(self):
            self.x, self.bn_params = now.copy(), [{"mode": "train"}]

        def forward(self, batch):
            X, y = batch
            return float(np.sum(self.x**2) + np.mean(X.sum(axis=1) + y))

    return {"x": average_checkpoints(checkpoints, Net(), X, y).x}


# --- inputs ---------------------------------------------------------------------------------------


def some_checkpoints(tell, count=4, absent=0):
    """absent : how many of the two layers say nothing about their momentum."""

    def inputs(rng):
        momentum: list = [float(share) for share in rng.uniform(0.6, 0.8, 2)]
        momentum[2 - absent :] = [None] * absent
        checkpoints = [rng.normal(size=18) for _ in range(count)]
        now = rng.normal(size=18)
        X, y = rng.normal(1, 2, size=(20, 3)), rng.integers(0, 3, 20)
        settings = {"momentum": momentum, "tell": tell}
        return {"checkpoints": checkpoints, "now": now, "X": X, "y": y, **settings}

    return inputs


def plain_checkpoints(rng):
    inputs = some_checkpoints("x")(rng)
    return {name: inputs[name] for name in ("checkpoints", "now", "X", "y")}


# --- property -------------------------------------------------------------------------------------


def only_the_copy_changes(inputs, values, expected):
    for name in expected:
        if name != "x of the copy" and not np.allclose(values[name], expected[name]):
            return f"After your function {name} is not what it was."
    if np.allclose(values["x of the copy"], inputs["now"]):
        return "The parameters of the network that you return are not averaged."
    return ""


# --- other right answers --------------------------------------------------------------------------


def many_passes(checkpoints, network, X, y):
    """At the usual momentum, until nothing is left of the old values."""
    averaged = copy.deepcopy(network)
    averaged.x = sum(checkpoints) / len(checkpoints)
    for _ in range(300):
        averaged.forward((X, y))
    return averaged


def cumulative_in_batches(checkpoints, network, X, y):
    """The n-th batch gets the weight 1/n: with all of X in one batch that is one pass."""
    averaged = copy.deepcopy(network)
    averaged.x[:] = np.stack(checkpoints).mean(axis=0)
    usual = [dict(bn_param) for bn_param in averaged.bn_params]
    for n, first in enumerate(range(0, len(X), 100)):
        for bn_param in averaged.bn_params:
            bn_param["momentum"] = n / (n + 1)
        averaged.forward((X[first : first + 100], y[first : first + 100]))
    for bn_param, before in zip(averaged.bn_params, usual, strict=True):
        bn_param.pop("momentum")
        if "momentum" in before:
            bn_param["momentum"] = before["momentum"]
    return averaged


def fresh_dicts(checkpoints, network, X, y):
    averaged = copy.deepcopy(network)
    averaged.x = np.average(np.array(checkpoints), axis=0)
    before = averaged.bn_params
    averaged.bn_params = [{**p, "momentum": 0} for p in before]
    averaged.forward((X, y))
    new = averaged.bn_params
    averaged.bn_params = [
        {**n, "momentum": p.get("momentum", 0.9)} for n, p in zip(new, before, strict=True)
    ]
    return averaged


# --- wrong answers --------------------------------------------------------------------------------


def from_zero_in_one_pass(checkpoints, network, X, y):
    averaged = copy.deepcopy(network)
    averaged.x = np.mean(checkpoints, axis=0)
    for bn_param in averaged.bn_params:
        for name in ("running_mean", "running_var"):
            if name in bn_param:
                bn_param[name] = np.zeros_like(bn_param[name])
    averaged.forward((X, y))
    return averaged


MEAN = "np.mean(checkpoints, axis=0)"
SET = '        bn_param["momentum"] = 0.0\n'
ASSIGN = "    averaged.x = np.mean(checkpoints, axis=0)\n"
PASS = "    averaged.forward((X, y))\n"

# --- the exercise ---------------------------------------------------------------------------------

average_checkpoints = Exercise(
    name="average_checkpoints",
    slide="Fun Tips/Tricks: averaging multiple model checkpoints of a single model",
    answers=functions(ensembles.average_checkpoints),
    tests=[
        Test(
            "x is the mean of the checkpoints",
            averaged_network,
            some_checkpoints("x"),
            untouched=["checkpoints", "X", "y"],
        ),
        Test(
            "running mean and variance of both layers are those of all of X (one checkpoint)",
            averaged_network,
            some_checkpoints("statistics", count=1),
            points=2,
        ),
        Test(
            "what the averaged network says at test time (momentum left out of bn_params)",
            averaged_network,
            some_checkpoints("scores", absent=2),
        ),
        Test(
            "the momentum is what it was",
            averaged_network,
            some_checkpoints("momentum", absent=1),
            holds=only_the_copy_changes,
        ),
        Test(
            "the given network stays as it was, unlike its copy",
            averaged_network,
            some_checkpoints("network"),
            holds=only_the_copy_changes,
        ),
        Test("a network without batch norm", averaged_plain_network, plain_checkpoints),
    ],
    mistakes=[
        Mistake(
            "stale statistics",
            "The weights are averaged, but the running mean and variance are still those of the "
            "network as it was: they belong to other weights. (At momentum 1 they do not move "
            "either: it weighs the old value.)",
            edit(ensembles.average_checkpoints, (PASS, "")),
        ),
        Mistake(
            "one pass at the usual momentum",
            "You do make a pass over the data, but the old statistics keep most of their weight: "
            "momentum weighs the OLD value. Which momentum makes it count for nothing?",
            edit(ensembles.average_checkpoints, (SET, "        pass\n")),
        ),
        Mistake(
            "from zero, in one pass",
            "You set the statistics to 0 and make one pass at the usual momentum: so they are only "
            "a small part of what they should be, the rest is the zero start.",
            {"average_checkpoints": from_zero_in_one_pass},
        ),
        Mistake(
            "measured with the old weights",
            "The pass over the data comes before the averaged weights are in place: it measures "
            "the statistics of the old ones.",
            edit(ensembles.average_checkpoints, (ASSIGN, ""), (PASS, PASS + ASSIGN)),
        ),
        Mistake(
            "only the first layer",
            "Only the first entry of `bn_params` is treated. There is one for each normalized "
            "layer.",
            edit(
                ensembles.average_checkpoints,
                (
                    "for bn_param in averaged.bn_params:\n",
                    "for bn_param in averaged.bn_params[:1]:\n",
                ),
            ),
        ),
        Mistake(
            "momentum is left changed",
            "The statistics are right, but `momentum` stays as you set it for the pass. If this "
            "network is trained further, it keeps the statistics of single batches.",
            edit(
                ensembles.average_checkpoints,
                ('bn_param["momentum"] = momentum', 'bn_param["momentum"] = 0.0'),
            ),
        ),
        Mistake(
            "works on the given network",
            "The average is right, but it is written into the network that you were given: its own "
            "parameters are lost, and a run that goes on would go on from the average.",
            edit(ensembles.average_checkpoints, ("copy.deepcopy(network)", "network")),
        ),
        Mistake(
            "the last checkpoint",
            "These are the parameters of the last checkpoint: nothing is averaged.",
            edit(ensembles.average_checkpoints, (MEAN, "checkpoints[-1]")),
        ),
        Mistake(
            "one checkpoint left out",
            "The first checkpoint is missing from your mean. Where does your loop begin?",
            edit(ensembles.average_checkpoints, (MEAN, "np.mean(checkpoints[1:], axis=0)")),
        ),
        Mistake(
            "one weight too many",
            "The network's present parameters are in your mean as well. If they are to count, they "
            "are among the checkpoints already.",
            edit(
                ensembles.average_checkpoints, (MEAN, "np.mean([*checkpoints, averaged.x], axis=0)")
            ),
        ),
        Mistake(
            "sum",
            "You sum the checkpoints and do not divide by their number. A network with four times "
            "the weights is another network.",
            edit(ensembles.average_checkpoints, (MEAN, "np.sum(checkpoints, axis=0)")),
        ),
        Mistake(
            "median",
            "This is the median of each parameter. The slide's average is the mean.",
            edit(ensembles.average_checkpoints, (MEAN, "np.median(checkpoints, axis=0)")),
        ),
    ],
    styles=[
        Style("many passes", {"average_checkpoints": many_passes}),
        Style("cumulative, in batches", {"average_checkpoints": cumulative_in_batches}),
        Style("fresh dicts", {"average_checkpoints": fresh_dicts}),
    ],
)
