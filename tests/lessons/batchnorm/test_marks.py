"""Notebook 03: what answers that real students wrote get, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import load

from cs231n_lib import normalization as norm

EXERCISES = {exercise.name: exercise for exercise in load("03_batchnorm")}
KEYS = [b"public", b"a secret", b"another", b"a third"]


def forward(train="", test="", eps=1e-5, cached="x"):
    """batchnorm_forward as a student writes it; the two branches with some lines replaced."""
    source = f"""
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", {eps}), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D))
    running_var = bn_param.get("running_var", np.zeros(D))
    if bn_param["mode"] == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        {train}
        out = gamma * (x - mu) / np.sqrt(var + eps) + beta
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        return out, ({cached}, mu, var, gamma, eps)
    {test}
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, None
"""
    return made(source)


def backward(name="batchnorm_backward", dvar=".sum(axis=0)", dmean=".sum(axis=0)", last="pass"):
    """A backward pass for that cache, as on the sheets of many courses."""
    source = f"""
def {name}(dout, cache):
    x, mu, var, gamma, eps = cache
    N = x.shape[0]
    std = np.sqrt(var + eps)
    dxhat = dout * gamma
    dvar = (dxhat * (x - mu) * -0.5 * std**-3){dvar}
    dmean = (dxhat * -1 / std){dmean} + dvar * np.mean(-2 * (x - mu), axis=0)
    dx = dxhat / std + dvar * 2 * (x - mu) / N + dmean / N
    dgamma, dbeta = (dout * (x - mu) / std).sum(axis=0), dout.sum(axis=0)
    {last}
    return dx, dgamma, dbeta
"""
    return made(source)


def variance_gradient(line):
    """A gradient for the variance, for the cache of `forward`."""
    source = f"""
def variance_gradient(dout, cache):
    x, mu, var, gamma, eps = cache
    return {line}
"""
    names = {"np": np}
    exec(source, names)
    return {**forward(), "variance_gradient": names["variance_gradient"]}


def layernorm_backward(mean_axis, projection_axis):
    def backward(dout, cache):
        normed, spread, gamma = cache
        g = dout * gamma
        mean = g.mean(axis=mean_axis, keepdims=True)
        along = (g * normed).mean(axis=projection_axis, keepdims=True)
        return (g - mean - normed * along) / spread, (dout * normed).sum(0), dout.sum(0)

    return {"layernorm_backward": backward}


def made(source):
    names = {"np": np}
    exec(source, names)
    return {name: answer for name, answer in names.items() if name.endswith(("ward", "_alt"))}


NO_EPS = "eps = 0"
UNSUMMED = backward(dvar="", dmean="")
OVERWRITES = {**forward(), **backward(last="x -= mu")}
OVERWRITES_ALL = {**forward(), **backward("batchnorm_backward_alt", last="x[:] = 0")}
NOTHING = {"batchnorm_forward": lambda *args: (None, None)}

CASES = [  # exercise, answer, points, names
    ("batchnorm_forward", forward(eps=1e-8), 11, []),
    ("batchnorm_test_mode", forward(eps=1e-8), 6, []),
    ("batchnorm_backward", {**forward(eps=1e-8), **backward()}, 7, []),
    ("batchnorm_backward_alt", {**forward(eps=1e-8), **backward("batchnorm_backward_alt")}, 7, []),
    ("batchnorm_forward", forward(train=NO_EPS), 11, ["no eps"]),
    ("batchnorm_test_mode", forward(test=NO_EPS), 5, ["no eps"]),
    (
        "batchnorm_backward",
        {**forward(train=NO_EPS), **backward()},
        6,
        ["gradient of a forward pass without eps"],
    ),
    ("batchnorm_forward", NOTHING, 0, []),
    ("batchnorm_test_mode", NOTHING, 0, []),
    ("batchnorm_forward", forward(train="mu = x.mean()"), 0, []),
    (
        "batchnorm_forward",
        forward(train="mu, var = x.mean(), x.var()"),
        0,
        ["one mean for all columns"],
    ),
    ("batchnorm_test_mode", forward(test="running_var = running_var * N / (N - 1)"), 0, []),
    (
        "batchnorm_test_mode",
        forward(test="running_var = N / (N - 1) * running_var"),
        0,
        ["running variance times N / (N - 1)"],
    ),
    (
        "batchnorm_backward",
        {**forward(), **UNSUMMED},
        2,
        ["each output depends on its own input only"],
    ),
    ("batchnorm_backward", OVERWRITES, 6, ["overwrites the cached x"]),
    ("batchnorm_backward_alt", OVERWRITES_ALL, 6, ["overwrites the cached x"]),
    (
        "variance_gradient",
        variance_gradient("(dout * gamma * (x - mu) * -0.5 * (var + eps) ** -1.5).sum(axis=0)"),
        4,
        [],
    ),
    (
        "variance_gradient",
        variance_gradient("np.sum(dout * gamma * (x - mu), 0) * -0.5 * (var + eps) ** -0.5"),
        0,
        [],
    ),
    (
        "variance_gradient",
        variance_gradient("np.sum(dout * gamma * (x - mu), 0) * -0.5 * var**-1.5"),
        3,
        ["without eps"],
    ),
    ("layernorm", layernorm_backward(0, 1), 3, ["mean's gradient averaged over the batch"]),
    ("layernorm", layernorm_backward(1, 0), 3, ["variance's gradient averaged over the batch"]),
    ("layernorm", layernorm_backward(0, 0), 3, ["both gradients averaged over the batch"]),
]


@pytest.mark.parametrize(("name", "answer", "points", "mistakes"), CASES)
def test_marks(name, answer, points, mistakes):
    for key in KEYS:
        report = EXERCISES[name].examine(answer, key)
        assert (report.earned, report.mistakes) == (points, mistakes)


def test_another_default_eps_is_told_where_no_eps_is_given():
    report = EXERCISES["batchnorm_forward"].examine(forward(eps=1e-8), KEYS[0])
    (failed,) = (verdict for verdict in report.verdicts if not verdict.earned)
    assert "no eps given" in failed.message


def normalizes_in_place(x, gamma, beta, bn_param):
    out, cache = norm.batchnorm_forward(x.copy(), gamma, beta, bn_param)
    x[:] = out
    return out, cache


@pytest.mark.parametrize(("name", "lost"), [("batchnorm_forward", 1), ("batchnorm_backward", 0)])
def test_a_forward_pass_that_writes_into_x_costs_one_test(name, lost):
    for key in KEYS:
        report = EXERCISES[name].examine({"batchnorm_forward": normalizes_in_place}, key)
        assert report.points - report.earned == lost


def test_a_backward_pass_that_overwrites_x_costs_one_test_of_layernorm():
    def backward(dout, cache):
        inner, x = cache
        x[:] = 0
        return norm.layernorm_backward(dout, inner)

    def forward(x, *others):
        out, cache = norm.layernorm_forward(x, *others)
        return out, (cache, x)

    answers = {"layernorm_forward": forward, "layernorm_backward": backward}
    for key in KEYS:
        (failed,) = (
            v for v in EXERCISES["layernorm"].examine(answers, key).verdicts if not v.earned
        )
        assert "x unchanged by the backward pass" in failed.message
