"""The mean over many masks, which a test with no mask stands for."""
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import dropout

from .shared import any_seed

# --- probes ---------------------------------------------------------------------------------------


def of_given_outputs(mc_average, x, outs, p, seed):
    calls = []

    def forward(x, dropout_param):
        calls.append("call")
        return outs[(len(calls) - 1) % len(outs)].copy(), "cache"

    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    return {"mean": mc_average(forward, x, dropout_param, len(outs))}


def how_forward_is_called(mc_average, x, p, n, seed):
    calls = []

    def forward(x_given, dropout_param):
        calls.append([dropout_param["mode"], dropout_param["p"], np.array(x_given)])
        return x_given.copy(), None

    rng = np.random.default_rng(seed)
    dropout_param = {"mode": "test", "p": p, "rng": rng}
    mc_average(forward, x, dropout_param, n)
    left_alone = dropout_param == {"mode": "test", "p": p, "rng": rng}
    return {"calls": calls, "left alone": left_alone}


def with_a_seed(mc_average, x, p, n, seed):
    outs = []

    def forward(x, dropout_param):
        rng = dropout_param.get("rng")
        if "seed" in dropout_param:
            rng = np.random.default_rng(dropout_param["seed"])
        outs.append(x + rng.random(x.shape))
        return outs[-1].copy(), None

    def mean():
        return np.array(mc_average(forward, x, {"mode": "train", "p": p, "seed": seed}, n))

    first, outs_of_first = mean(), [*outs]
    return {"outs": outs_of_first, "mean": first, "mean again": mean()}


# --- inputs ---------------------------------------------------------------------------------------


def stored_outputs(rng):
    return {
        "x": rng.normal(size=(4, 6)),
        "outs": [rng.normal(size=(4, 3)) for _ in range(5)],
        "p": float(rng.uniform(0.4, 0.6)),
        "seed": any_seed(rng),
    }


def seven_calls(rng):
    return {
        "x": rng.normal(size=(4, 6)),
        "p": float(rng.uniform(0.4, 0.6)),
        "n": 7,
        "seed": any_seed(rng),
    }


# --- properties -----------------------------------------------------------------------------------


def n_calls_in_train_mode(inputs, values):
    calls, n = values["calls"], inputs["n"]
    if len(calls) != n:
        return f"`forward` was called {len(calls)} times, with n = {n}."
    in_train = sum(mode == "train" for mode, _, _ in calls)
    if in_train < n:
        return f"`forward` was called in train mode {in_train} of {n} times."
    if not all(p == inputs["p"] and np.array_equal(x, inputs["x"]) for _, p, x in calls):
        return "`forward` was not given the same `x` and `p` in every call."
    if not values["left alone"]:
        return "The `dropout_param` of the caller is not what it was before."
    return ""


def n_different_masks(inputs, values):
    calls = len(values["outs"])
    if calls < 2:
        return f"`forward` was called {calls} times, with n = {inputs['n']}."
    masks = np.array(values["outs"]) - inputs["x"]
    different = len(np.unique(masks[:, 0, 0]))
    if different < calls:
        return f"With a seed, {calls} calls drew {different} different masks."
    if masks.min() < 0 or masks.max() > 1:
        return "`forward` was not given the same `x` in every call."
    if not np.array_equal(values["mean"], values["mean again"]):
        return "The same seed gave another average the second time."
    return ""


# --- other right answers --------------------------------------------------------------------------


def mean_of_a_list(forward, x, dropout_param, n):
    train_param = dict(dropout_param, mode="train", rng=dropout.generator(dropout_param))
    train_param.pop("seed", None)
    return np.mean([forward(x, train_param)[0] for _ in range(n)], axis=0)


def running_mean(forward, x, dropout_param, n):
    rng = dropout.generator(dropout_param)
    train_param = {"mode": "train", "p": dropout_param["p"], "rng": rng}
    mean = forward(x, train_param)[0]
    for k in range(2, n + 1):
        mean += (forward(x, train_param)[0] - mean) / k
    return mean


def a_seed_for_each_call(forward, x, dropout_param, n):
    seeds = dropout.generator(dropout_param).choice(2**31, size=n, replace=False)
    outs = [forward(x, {**dropout_param, "mode": "train", "seed": int(seed)})[0] for seed in seeds]
    return sum(outs) / n


def put_back(forward, x, dropout_param, n):
    before = dict(dropout_param)
    rng = dropout.generator(dropout_param)
    dropout_param.pop("seed", None)
    dropout_param.update(mode="train", rng=rng)
    outs = np.stack([forward(x, dropout_param)[0] for _ in range(n)])
    dropout_param.clear()
    dropout_param.update(before)
    return outs.sum(axis=0) / len(outs)


# --- wrong answers --------------------------------------------------------------------------------

PARAM = '{"mode": "train", "p": dropout_param["p"], "rng": generator(dropout_param)}'


def in_the_callers_dict(forward, x, dropout_param, n):
    rng = dropout.generator(dropout_param)
    dropout_param.pop("seed", None)
    dropout_param.update(mode="train", rng=rng)
    return sum(forward(x, dropout_param)[0] for _ in range(n)) / n


# --- the exercise ---------------------------------------------------------------------------------

mc_average = Exercise(
    name="mc_average",
    slide="Dropout: what the test mode stands for (Srivastava et al., 2014, section 7.5)",
    answers=functions(dropout.mc_average),
    tests=[
        Test("the mean of n outputs, place by place", of_given_outputs, stored_outputs, points=2),
        Test(
            "forward is called n times in train mode; the caller's dropout_param stays",
            how_forward_is_called,
            seven_calls,
            holds=n_calls_in_train_mode,
            untouched=["x"],
        ),
        Test(
            "n different masks also where a seed is given, and the same n the next time",
            with_a_seed,
            seven_calls,
            points=2,
            holds=n_different_masks,
        ),
    ],
    mistakes=[
        Mistake(
            "the sum",
            "You add up the outputs and never divide. That is n times the mean.",
            edit(dropout.mc_average, ("total / n", "total")),
        ),
        Mistake(
            "one number for all",
            "You average over everything, also over the places in an output, and one single number "
            "is left. Average over the n calls only.",
            edit(dropout.mc_average, ("total / n", "(total / n).mean()")),
        ),
        Mistake(
            "the last output",
            "You return the output of the last call only. Each round overwrites what came before.",
            edit(
                dropout.mc_average,
                ("total = total + forward", "total = forward"),
                ("total / n", "total"),
            ),
        ),
        Mistake(
            "divided by n - 1",
            "You divide by n - 1. That is right for a variance, but this is a mean.",
            edit(dropout.mc_average, ("total / n", "total / (n - 1)")),
        ),
        Mistake(
            "scaled again",
            "You multiply the mean by p. The forward pass already makes up for what it drops.",
            edit(dropout.mc_average, ("total / n", 'total / n * dropout_param["p"]')),
        ),
        Mistake(
            "one call too few",
            "One call is missing. Where does your counting start, and does it include its end?",
            edit(dropout.mc_average, ("range(n)", "range(1, n)")),
        ),
        Mistake(
            "the caller's mode",
            "You call `forward` in whatever mode `dropout_param` holds. In test mode there are no "
            "masks, so all n outputs are equal.",
            edit(dropout.mc_average, ('"mode": "train"', '"mode": dropout_param["mode"]')),
        ),
        Mistake(
            "the caller's dict is changed",
            "The average is right, but you changed the caller's `dropout_param`: their next test "
            "would run in train mode and drop units. Work on a dict of your own.",
            {"mc_average": in_the_callers_dict},
        ),
        Mistake(
            "the same mask n times",
            "With a seed in `dropout_param` every call draws the same mask, so you average n equal "
            "outputs. Make ONE generator from the seed, and let all calls draw from it.",
            edit(dropout.mc_average, (PARAM, '{**dropout_param, "mode": "train"}')),
        ),
    ],
    styles=[
        Style("mean of a list", {"mc_average": mean_of_a_list}),
        Style("running mean", {"mc_average": running_mean}),
        Style("a seed for each call", {"mc_average": a_seed_for_each_call}),
        Style("the caller's dict, put back", {"mc_average": put_back}),
    ],
)
