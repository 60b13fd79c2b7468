"""Right answers to 05_update_rules in other handwritings: each must get full points.

In place, with copies, one element at a time, with `t` as a float, with Adam's correction folded
into the step size: what a rule computes counts, not how it is written.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.exercise import Style

__all__ = ["styles"]

Config = dict[str, Any]
Answer = tuple[np.ndarray, Config]


def momentum_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.setdefault("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    return w, config


def momentum_backwards(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The velocity is found from the move, not the move from the velocity."""
    config = dict(config or {})
    old = config.get("velocity", 0.0)
    moved = w - config.get("learning_rate", 0.01) * dw + config.get("momentum", 0.9) * old
    return moved, {**config, "velocity": moved - w}


def momentum_elements(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    old = config.get("velocity")
    olds = [0.0] * w.size if old is None else old.ravel().tolist()
    rate, mu = config["learning_rate"], config["momentum"]
    new = [mu * v - rate * g for v, g in zip(olds, dw.ravel().tolist(), strict=True)]
    config["velocity"] = np.array(new).reshape(w.shape)
    return w + config["velocity"], config


def lookahead_short(theta, v, grad, lr, mu):  # type: ignore[no-untyped-def]
    step = mu * v
    step = step - lr * grad(theta + step)
    return theta + step, step


def lookahead_there_and_back(theta, v, grad, lr, mu):  # type: ignore[no-untyped-def]
    theta += mu * v
    g = grad(theta)
    theta -= mu * v
    v = mu * v - lr * g
    theta += v
    return theta, v


def lookahead_list(theta, v, grad, lr, mu):  # type: ignore[no-untyped-def]
    ahead = np.array([a + mu * b for a, b in zip(theta, v, strict=True)])
    v = np.add(mu * v, -lr * grad(ahead))
    return [np.add(theta, v), v]


def nesterov_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    mu, rate = config.setdefault("momentum", 0.9), config.setdefault("learning_rate", 0.01)
    v = config.setdefault("velocity", np.zeros_like(w))
    before = v.copy()
    v *= mu
    v -= rate * dw
    w += (1 + mu) * v - mu * before
    return w, config


def nesterov_ahead(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """CS231n's other form: momentum, and then once more in the direction of the new velocity."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0, **(config or {})}
    mu, rate = config["momentum"], config["learning_rate"]
    config["velocity"] = mu * config["velocity"] - rate * dw
    return w + mu * config["velocity"] - rate * dw, config


def nesterov_theta(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """Back to theta, a step there, and ahead again."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    v = config.get("velocity", np.zeros(w.shape))
    theta = w - config["momentum"] * v
    v_new = config["momentum"] * v - config["learning_rate"] * dw
    theta = theta + v_new
    config.update(velocity=v_new)
    return theta + config["momentum"] * v_new, config


def adagrad_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    cache = config.setdefault("cache", np.zeros_like(w))
    cache += dw * dw
    w -= config.get("learning_rate", 0.01) * dw / (cache**0.5 + config.get("epsilon", 1e-8))
    return w, config


def adagrad_none(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {"learning_rate": 0.01, "epsilon": 1e-7, "cache": None, **(config or {})}
    cache = dw**2 if config["cache"] is None else config["cache"] + dw**2
    rates = config["learning_rate"] / (np.sqrt(cache) + config["epsilon"])
    return w - rates * dw, {**config, "cache": cache}


def adagrad_elements(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = dict(config or {})
    rate, eps = config.get("learning_rate", 0.01), config.get("epsilon", 1e-7)
    cache, new = np.array(config.get("cache", np.zeros(w.shape))), np.empty(w.shape)
    for i in np.ndindex(w.shape):
        cache[i] += dw[i] ** 2
        new[i] = w[i] - rate * dw[i] / (math.sqrt(cache[i]) + eps)
    config["cache"] = cache
    return new, config


def rmsprop_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    rho = config.setdefault("decay_rate", 0.99)
    cache = config.setdefault("cache", np.zeros_like(w))
    cache *= rho
    cache += (1 - rho) * np.square(dw)
    scale = np.sqrt(cache) + config.setdefault("epsilon", 1e-8)
    w -= config.setdefault("learning_rate", 0.01) * dw / scale
    return w, config


def rmsprop_toward(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """The average moves a share of the way to the new square."""
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-7, **(config or {})}
    old = config.get("cache", np.zeros_like(w))
    cache = old + (1 - config["decay_rate"]) * (dw * dw - old)
    step = np.divide(dw, np.sqrt(cache) + config["epsilon"])
    return w - config["learning_rate"] * step, dict(config, cache=cache)


def rmsprop_average(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    defaults: Config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-7, "cache": 0 * w}
    config = defaults | (config or {})
    rho = config["decay_rate"]
    config["cache"] = np.average([config["cache"], dw**2], axis=0, weights=[rho, 1 - rho])
    return w - config["learning_rate"] * dw / (config["cache"] ** 0.5 + config["epsilon"]), config


def incomplete_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    m *= b1
    m += (1 - b1) * dw
    v *= b2
    v += (1 - b2) * dw * dw
    w -= config.setdefault("learning_rate", 1e-3) * m / (np.sqrt(v) + config.get("epsilon", 1e-8))
    return w, config


def incomplete_toward(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, **(config or {})}
    m, v = c.get("m", 0.0), c.get("v", 0.0)
    m = m - (1 - c["beta1"]) * (m - dw)
    v = v - (1 - c["beta2"]) * (v - dw**2)
    return w - c["learning_rate"] / (np.sqrt(v) + c["epsilon"]) * m, {**c, "m": m, "v": v}


def incomplete_counts(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """Counts steps too, which does no harm."""
    w_next, config = incomplete_toward(w, dw, config)
    config["t"] = config.get("t", 0) + 1
    return w_next, config


def adam_in_place(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    config = {} if config is None else config
    b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    m *= b1
    m += (1 - b1) * dw
    v *= b2
    v += (1 - b2) * dw * dw
    mb, vb = m / (1 - b1 ** config["t"]), v / (1 - b2 ** config["t"])
    w -= config.get("learning_rate", 1e-3) * mb / (np.sqrt(vb) + config.get("epsilon", 1e-8))
    return w, config


def adam_folded(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    """Both corrections in the step size; epsilon shrinks with them, so nothing changes."""
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, **(config or {})}
    t = c.get("t", 0) + 1
    m = c["beta1"] * c.get("m", 0.0) + (1 - c["beta1"]) * dw
    v = c["beta2"] * c.get("v", 0.0) + (1 - c["beta2"]) * dw**2
    root = math.sqrt(1 - c["beta2"] ** t)
    rate = c["learning_rate"] * root / (1 - c["beta1"] ** t)
    w_next = w - rate * m / (np.sqrt(v) + c["epsilon"] * root)
    return w_next, {**c, "m": m, "v": v, "t": t}


def adam_float_t(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c: Config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "t": 0.0}
    c.update(config or {})
    c["t"] = c["t"] + 1.0
    c["m"] = c["beta1"] * c.get("m", np.zeros(w.shape)) + (1.0 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c.get("v", np.zeros(w.shape)) + (1.0 - c["beta2"]) * np.power(dw, 2)
    mb = c["m"] / (1.0 - np.exp(c["t"] * np.log(c["beta1"])))
    vb = c["v"] / (1.0 - np.exp(c["t"] * np.log(c["beta2"])))
    return w - c["learning_rate"] * mb / (np.sqrt(vb) + c["epsilon"]), c


def adam_elements(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Answer:
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "t": 0}
    c.update(config or {})
    m, v = (np.array(c.get(key, np.zeros(w.shape))) for key in "mv")
    new, t = np.empty(w.shape), c["t"] + 1
    for i in np.ndindex(w.shape):
        m[i] += (1 - c["beta1"]) * (dw[i] - m[i])
        v[i] += (1 - c["beta2"]) * (dw[i] ** 2 - v[i])
        size = math.sqrt(v[i] / (1 - c["beta2"] ** t)) + c["epsilon"]
        new[i] = w[i] - c["learning_rate"] * m[i] / (1 - c["beta1"] ** t) / size
    return new, {**c, "m": m, "v": v, "t": t}


def anneal_cosine(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    done = min(1.0, t / (total - 1))
    return end - (end - start) * (1 + math.cos(math.pi * done)) / 2


def anneal_stairs(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    stairs = np.linspace(start, end, 5)
    return float(stairs[min(4, 5 * t // total)])


def anneal_geometric(t: int, total: int, start: float = 0.5, end: float = 0.99) -> float:
    """Terminal speed 1/(1 - mu) grows by the same factor in each step."""
    done = np.clip(t / (total - 1), 0, 1)
    return float(1 - (1 - start) * ((1 - end) / (1 - start)) ** done)


_STYLES: dict[str, dict[str, Any]] = {
    "sgd_momentum": {
        "in place": momentum_in_place,
        "velocity from the move": momentum_backwards,
        "one element at a time": momentum_elements,
    },
    "nesterov_lookahead": {
        "short": lookahead_short,
        "there and back in place": lookahead_there_and_back,
        "returns a list": lookahead_list,
    },
    "nesterov_momentum": {
        "in place": nesterov_in_place,
        "ahead by the new velocity": nesterov_ahead,
        "by way of theta": nesterov_theta,
    },
    "adagrad": {
        "in place": adagrad_in_place,
        "None for no state": adagrad_none,
        "one element at a time": adagrad_elements,
    },
    "rmsprop": {
        "in place": rmsprop_in_place,
        "toward the new square": rmsprop_toward,
        "np.average": rmsprop_average,
    },
    "adam_incomplete": {
        "in place": incomplete_in_place,
        "toward the new value": incomplete_toward,
        "counts steps": incomplete_counts,
    },
    "adam": {
        "in place": adam_in_place,
        "correction folded into the rate": adam_folded,
        "t as a float": adam_float_t,
        "one element at a time": adam_elements,
    },
    "anneal_momentum": {
        "cosine": anneal_cosine,
        "stairs": anneal_stairs,
        "geometric terminal speed": anneal_geometric,
    },
}


def styles(exercise: str) -> list[Style]:
    """The styles of an exercise whose one answer has the exercise's name."""
    return [Style(name, {exercise: answer}) for name, answer in _STYLES[exercise].items()]
