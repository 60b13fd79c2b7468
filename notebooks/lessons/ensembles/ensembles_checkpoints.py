"""Exercise of notebook 09: the average of a run's checkpoints."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import copy

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import ensembles

from . import ensembles_probes as ask
from .ensembles_styles import STYLES

__all__ = ["average_checkpoints"]

MEAN = "np.mean(checkpoints, axis=0)"
SET = '        bn_param["momentum"] = 0.0\n'
ASSIGN = "    averaged.x = np.mean(checkpoints, axis=0)\n"
PASS = "    averaged.forward((X, y))\n"


def checkpoints_by(*changes):
    return edit(ensembles.average_checkpoints, *changes)


def from_zero_in_one_pass(checkpoints, network, X, y):
    averaged = copy.deepcopy(network)
    averaged.x = np.mean(checkpoints, axis=0)
    for bn_param in averaged.bn_params:
        for name in ("running_mean", "running_var"):
            if name in bn_param:
                bn_param[name] = np.zeros_like(bn_param[name])
    averaged.forward((X, y))
    return averaged


average_checkpoints = Exercise(
    name="average_checkpoints",
    slide="Fun Tips/Tricks: averaging multiple model checkpoints of a single model",
    answers=functions(ensembles.average_checkpoints),
    tests=[
        Test(
            "x is the mean of the checkpoints",
            ask.averaged_network,
            ask.some_checkpoints("x"),
            untouched=["checkpoints", "X", "y"],
        ),
        Test(
            "running mean and variance of both layers are those of all of X",
            ask.averaged_network,
            ask.some_checkpoints("statistics"),
            points=2,
        ),
        Test(
            "what the averaged network says at test time (momentum left out of bn_params)",
            ask.averaged_network,
            ask.some_checkpoints("scores", absent=2),
        ),
        Test(
            "the momentum is what it was",
            ask.averaged_network,
            ask.some_checkpoints("momentum", absent=1),
        ),
        Test(
            "the given network stays as it was",
            ask.averaged_network,
            ask.some_checkpoints("network"),
        ),
        Test("a network without batch norm", ask.averaged_plain_network, ask.plain_checkpoints),
    ],
    mistakes=[
        Mistake(
            "stale statistics",
            "The weights are averaged, but the running mean and variance are still those of the "
            "network as it was: they belong to other weights. (At momentum 1 they do not move "
            "either: it weighs the old value.)",
            checkpoints_by((PASS, "")),
        ),
        Mistake(
            "one pass at the usual momentum",
            "You do make a pass over the data, but the old statistics keep most of their weight: "
            "momentum weighs the OLD value. Which momentum makes it count for nothing?",
            checkpoints_by((SET, "        pass\n")),
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
            checkpoints_by((ASSIGN, ""), (PASS, PASS + ASSIGN)),
        ),
        Mistake(
            "only the first layer",
            "Only the first entry of `bn_params` is treated. There is one for each normalized "
            "layer.",
            checkpoints_by(
                (
                    "for bn_param in averaged.bn_params:\n",
                    "for bn_param in averaged.bn_params[:1]:\n",
                )
            ),
        ),
        Mistake(
            "momentum is left changed",
            "The statistics are right, but `momentum` stays as you set it for the pass. Whoever "
            "trains this network further gets the statistics of single batches.",
            checkpoints_by(('bn_param["momentum"] = momentum', 'bn_param["momentum"] = 0.0')),
        ),
        Mistake(
            "works on the given network",
            "The average is right, but it is written into the network that you were given: its own "
            "parameters are lost, and a run that goes on would go on from the average.",
            checkpoints_by(("copy.deepcopy(network)", "network")),
        ),
        Mistake(
            "the last checkpoint",
            "These are the parameters of the last checkpoint: nothing is averaged.",
            checkpoints_by((MEAN, "checkpoints[-1]")),
        ),
        Mistake(
            "one checkpoint left out",
            "The first checkpoint is missing from your mean. Where does your loop begin?",
            checkpoints_by((MEAN, "np.mean(checkpoints[1:], axis=0)")),
        ),
        Mistake(
            "one weight too many",
            "The network's present parameters are in your mean as well. If they are to count, they "
            "are among the checkpoints already.",
            checkpoints_by((MEAN, "np.mean([*checkpoints, averaged.x], axis=0)")),
        ),
        Mistake(
            "sum",
            "You sum the checkpoints and do not divide by their number. A network with four times "
            "the weights is another network.",
            checkpoints_by((MEAN, "np.sum(checkpoints, axis=0)")),
        ),
        Mistake(
            "median",
            "This is the median of each parameter. The slide's average is the mean.",
            checkpoints_by((MEAN, "np.median(checkpoints, axis=0)")),
        ),
    ],
    styles=STYLES["average_checkpoints"],
)
