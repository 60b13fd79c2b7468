"""Answers to notebook 07 as a student would write them: what they earn, and how they are named."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load

from autograder.exercise import PUBLIC

EXERCISES = {exercise.name: exercise for exercise in load("07_dropout")}
KEYS = [PUBLIC, b"one secret", b"another", b"a third"]
RNG = 'np.random.default_rng(param["seed"]) if "seed" in param else param["rng"]'
SEEDED = 'np.random.seed(param["seed"]) if "seed" in param else None'


def forward(keep="rng.random(x.shape) < p", out="x * keep / p", test="x", rng=RNG):
    source = f"""
def dropout_forward(x, param):
    p, rng = param["p"], None
    if param["mode"] == "test":
        return {test}, None
    rng = {rng}
    keep = {keep}
    return {out}, keep / p
"""
    names = {"np": np}
    exec(source, names)
    return {"dropout_forward": names["dropout_forward"]}


def pair(backward, **changes):
    return {**forward(**changes), "dropout_backward": backward}


def back(dout, cache):
    return dout if cache is None else dout * cache


def average(param_of_call):
    def mc_average(forward, x, dropout_param, n):
        return sum(forward(x, param_of_call(dropout_param, k))[0] for k in range(n)) / n

    return {"mc_average": mc_average}


def next_seeds(param, k):
    return {**param, "mode": "train", **({"seed": param["seed"] + k} if "seed" in param else {})}


FORWARD = [
    (forward(), 10, ""),
    (forward("rng.binomial(1, p, size=x.shape)"), 10, ""),
    (forward("rng.uniform(size=x.shape[::-1]).T > 1 - p", test="x.copy()"), 10, ""),
    (forward(out="(x * keep / p).astype(np.float32)"), 10, ""),
    (forward(out="x", test="x"), 0, ""),
    (forward(out="x / p"), 0, ""),
    (forward("rng.standard_normal(x.shape) > p"), 8, ""),
    (forward("rng.standard_normal(x.shape) < p"), 8, "normal numbers"),
    (forward("rng.random(x.shape) > p"), 8, "keeps what should be dropped"),
    (forward("rng.binomial(1, 1 - p, size=x.shape)", out="x * keep / (1 - p)"), 6, ""),
    (forward("rng.random(x.shape) < p**2"), 8, ""),
    (forward("np.random.rand(*x.shape) < p"), 8, "randomness from elsewhere"),
    (forward("np.random.rand(*x.shape) < p", rng=SEEDED), 9, "NumPy's global state"),
    (forward(rng="np.random.default_rng(42)"), 8, ""),
    (forward("rng.random(x.shape[-1]) < p"), 8, "one mask for all rows"),
    (forward(out="(x * keep / p)[None]"), 9, ""),
    (forward(out="np.multiply(x, keep / p, out=x)"), 9, "writes into x"),
]
BACKWARD = [
    (pair(back, keep="rng.binomial(1, p, size=x.shape)"), 5, ""),
    (pair(lambda dout, cache: dout, out="x"), 0, ""),
    (pair(back, keep="np.full(x.shape, p)"), 0, ""),
    (pair(lambda dout, cache: dout), 0, "nothing dropped on the way back"),
    (pair(lambda dout, cache: 0 * dout), 0, ""),
    (
        pair(lambda dout, cache: back(dout, None if cache is None else cache != 0)),
        2,
        "no scale on the way back",
    ),
]
AVERAGE = [
    (average(next_seeds), 5, ""),
    (average(lambda param, k: {**param, "mode": "train"}), 3, "the same mask n times"),
    (average(lambda param, k: {**param, "mode": "train", "seed": k}), 5, ""),
    ({"mc_average": lambda forward, x, param, n: x}, 0, ""),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("name", "answer", "points", "mistake"),
    [
        (name, *case)
        for name, cases in [
            ("dropout_forward", FORWARD),
            ("dropout_backward", BACKWARD),
            ("mc_average", AVERAGE),
        ]
        for case in cases
    ],
)
def test_an_answer_gets_its_points_and_no_false_name(name, answer, points, mistake, key):
    report = EXERCISES[name].examine(answer, key)
    assert (report.earned, report.mistakes) == (points, [mistake] * bool(mistake))


@pytest.mark.parametrize("key", KEYS)
def test_the_share_that_is_kept_is_told(key):
    answer = forward("rng.standard_normal(x.shape) > p")
    failed = [v for v in EXERCISES["dropout_forward"].examine(answer, key).verdicts if not v.earned]
    assert [("With p = 0.2" in v.message, "you keep 4" in v.message) for v in failed] == [
        (True, True)
    ]
