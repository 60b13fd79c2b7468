"""Other right ways to write the answers of notebook 00: all of them must get full points."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from autograder.exercise import Style

__all__ = ["STYLES"]


def _style(name: str, **replaces: Callable[..., object]) -> Style:
    return Style(name, replaces)


# ---------------------------------------------------------------------------------- the four steps


def _first_of_a_permutation(X, y, batch_size, rng):
    chosen = rng.permutation(len(y))[:batch_size]
    return np.take(X, chosen, axis=0), y.take(chosen)


def _sorted_by_noise(X, y, batch_size, rng):
    chosen = np.argsort(rng.random(len(X)))[:batch_size]
    return X[chosen], y[chosen]


def _one_after_the_other(X, y, batch_size, rng):
    left = list(range(len(X)))
    rows = [left.pop(int(rng.integers(len(left)))) for _ in range(batch_size)]
    return np.array([X[row] for row in rows]), [y[row] for row in rows]


def _shuffled_copy(X, y, batch_size, rng):
    chosen = np.arange(len(X))
    rng.shuffle(chosen)
    return X[chosen][:batch_size], y[chosen][:batch_size]


def _sgd_in_place(w, dw, config=None):
    config = {"learning_rate": 1e-2, **(config or {})}
    w -= config["learning_rate"] * dw
    return w, config


def _sgd_mutates_config(w, dw, config=None):
    if config is None:
        config = {}
    step = -dw * config.setdefault("learning_rate", 0.01)
    return np.add(w, step), config


def _sgd_elements(w, dw, config=None):
    rate = (config or {}).get("learning_rate", 0.01)
    moved = [a - rate * b for a, b in zip(w.ravel().tolist(), dw.ravel().tolist(), strict=True)]
    return np.reshape(moved, w.shape), config


def _loop_in_place(dataset, network, rule, config, steps):
    history = np.zeros(steps)
    for t in range(steps):
        batch = dataset.sample_data_batch()
        history[t] = network.forward(batch)
        new_x, config = rule(network.x, network.backward(), config)
        network.x[:] = new_x
    return history


def _loop_while(dataset, network, rule, config, steps):
    losses: tuple[float, ...] = ()
    while len(losses) < steps:
        loss = network.forward(dataset.sample_data_batch())
        dx = network.backward()
        result = rule(network.x, dx, config)
        network.x, config = result[0], result[1]
        losses += (loss,)
    return losses


def _loop_comprehension(dataset, network, rule, config, steps):
    state = {"config": config}

    def step():
        loss = network.forward(dataset.sample_data_batch())
        network.x, state["config"] = rule(network.x, network.backward(), state["config"])
        return loss

    return [step() for _ in range(steps)]


# -------------------------------------------------------------------------------------- the layers


def _affine_einsum(x, w, b):
    flat = x.reshape(x.shape[0], -1)
    return np.einsum("nd,dm->nm", flat, w) + b, {"x": x, "w": w}


def _affine_einsum_back(dout, cache):
    flat = cache["x"].reshape(len(dout), -1)
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["x"].shape)
    return [dx, np.einsum("nd,nm->dm", flat, dout), np.einsum("nm->m", dout)]


def _affine_rows(x, w, b):
    rows = [np.ravel(one) for one in x]
    return np.array([row.dot(w) + b for row in rows]), (x.shape, rows, w, b)


def _affine_rows_back(dout, cache):
    shape, rows, w, b = cache
    dx, dw, db = [], np.zeros_like(w), np.zeros_like(b)
    for row, upstream in zip(rows, dout, strict=True):
        dx.append(w.dot(upstream))
        dw += np.outer(row, upstream)
        db += upstream
    return np.array(dx).reshape(shape), dw, db


def _affine_ones(x, w, b):
    """The bias as one more row of the weights, for an input that is always 1."""
    flat = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1))])
    return flat @ np.vstack([w, b]), (flat, w, x.shape)


def _affine_ones_back(dout, cache):
    flat, w, shape = cache
    both = flat.T @ dout
    return (dout @ w.T).reshape(shape), both[:-1], both[-1]


def _softmax_probabilities(x, y):
    n = x.shape[0]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    right = x[np.arange(n), y] - np.max(x, axis=1)
    loss = np.mean(np.log(e.sum(axis=1)) - right)
    onehot = np.zeros_like(p)
    onehot[np.arange(n), y] = 1
    return loss, (p - onehot) / n


def _softmax_logaddexp(x, y):
    total = np.logaddexp.reduce(x, axis=1)
    picked = np.take_along_axis(x, y[:, None], axis=1)[:, 0]
    dx = np.exp(x - total[:, None])
    dx[np.arange(len(y)), y] -= 1.0
    return np.sum(total - picked) / len(y), dx * (1 / len(y))


def _softmax_rows(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i, (scores, label) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        total = sum(powers)
        loss += math.log(total) + top - scores[label]
        for j, power in enumerate(powers):
            dx[i, j] = (power / total - (j == label)) / len(y)
    return loss / len(y), dx


# --------------------------------------------------------------------------------- the instruments


def _gradient_nditer(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    places = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not places.finished:
        at = places.multi_index
        kept = x[at]
        x[at] = kept + h
        plus = f(x)
        x[at] = kept - h
        minus = f(x)
        x[at] = kept
        gradient[at] = (plus - minus) / (2 * h)
        places.iternext()
    return gradient


def _gradient_of_copies(f, x, h=1e-5):
    slopes = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        slopes.append(0.5 * (f(x + step) - f(x - step)) / h)
    return np.array(slopes).reshape(x.shape)


def _gradient_flat_view(f, x, h=1e-5):
    work = np.array(x, dtype=float)
    flat, gradient = work.reshape(-1), np.empty(x.size)
    for i, old in enumerate(flat.tolist()):
        values = []
        for nudged in (old + h, old - h):
            flat[i] = nudged
            values.append(float(f(work)))
        flat[i] = old
        gradient[i] = (values[0] - values[1]) / h / 2
    return gradient.reshape(x.shape)


def _error_where(a, b):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    scale = np.maximum(np.abs(a), np.abs(b))
    scale = np.where(scale == 0, 1.0, scale)
    return np.max(np.abs(a - b) / scale)


def _error_loop(a, b):
    worst = 0.0
    for one, two in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
        if one != two:
            here = abs(one - two) / max(abs(one), abs(two))
            worst = worst if here <= worst or math.isnan(worst) else here
    return worst


def _error_tiny(a, b):
    smallest = np.finfo(float).tiny
    return float(
        (np.abs(np.subtract(a, b)) / np.maximum(np.maximum(abs(a), abs(b)), smallest)).max()
    )


# ------------------------------------------------------------------------------------ the bug hunt


def _hunt_at_own_points(layers):
    """Points of one's own, three of them, and a wide margin."""
    rng = np.random.default_rng(7)

    def error(forward, backward, shape):
        x = rng.normal(size=shape)
        out, cache = forward(x)
        upstream = rng.normal(size=out.shape)
        numeric = _gradient_of_copies(lambda p: np.sum(forward(p)[0] * upstream), x, 1e-6)
        return _error_where(backward(upstream, cache), numeric)

    return [
        name
        for name, (forward, backward, x) in layers.items()
        if not max(error(forward, backward, x.shape) for _ in range(3)) <= 1e-3
    ]


def _hunt_along_directions(layers):
    """One number for each random direction instead of one for each element."""
    rng, found = np.random.default_rng(3), set()
    for name, (forward, backward, x) in layers.items():
        for _ in range(12):
            start, way = (
                x.astype(np.float64) + rng.uniform(0.05, 0.2, x.shape),
                rng.normal(size=x.shape),
            )
            out, cache = forward(start)
            upstream = rng.normal(size=np.shape(out))
            claimed = np.sum(backward(upstream, cache) * way)
            ends = [np.sum(forward(start + s * way)[0] * upstream) for s in (1e-5, -1e-5)]
            measured = (ends[0] - ends[1]) / 2e-5
            if np.isnan(claimed) or abs(claimed - measured) > 2e-4 * max(
                abs(claimed), abs(measured)
            ):
                found.add(name)
    return found


def _hunt_most_elements(layers):
    """The given points, in float64; an element counts that is off at two sizes of the step."""
    rng, verdict = np.random.default_rng(11), {}
    for name, (forward, backward, x) in layers.items():
        x = np.array(x, dtype=float) + 0.01
        out, cache = forward(x)
        upstream = rng.uniform(0.5, 2.0, out.shape) * rng.choice([-1, 1], out.shape)
        claimed = backward(upstream, cache)
        off = np.ones(x.shape, dtype=bool)
        for h in (1e-4, 1e-5):
            numeric = _gradient_nditer(lambda p: np.sum(forward(p)[0] * upstream), x, h)  # noqa: B023
            off &= ~(
                np.abs(claimed - numeric) <= 1e-3 * np.maximum(np.abs(claimed), np.abs(numeric))
            )
        verdict[name] = off.any()
    return tuple(name for name, bad in verdict.items() if bad)


STYLES: Mapping[str, list[Style]] = {
    "sample_batch": [
        _style("first of a permutation", sample_batch=_first_of_a_permutation),
        _style("sorted by noise", sample_batch=_sorted_by_noise),
        _style("one after the other, labels as a list", sample_batch=_one_after_the_other),
        _style("shuffled copy", sample_batch=_shuffled_copy),
    ],
    "sgd": [
        _style("in place", sgd=_sgd_in_place),
        _style("changes the config it is given", sgd=_sgd_mutates_config),
        _style("one element at a time", sgd=_sgd_elements),
    ],
    "training_loop": [
        _style("writes into network.x, losses in an array", training_loop=_loop_in_place),
        _style("while, losses in a tuple", training_loop=_loop_while),
        _style("a function for the step", training_loop=_loop_comprehension),
    ],
    "affine": [
        _style("einsum", affine_forward=_affine_einsum, affine_backward=_affine_einsum_back),
        _style("row by row", affine_forward=_affine_rows, affine_backward=_affine_rows_back),
        _style("bias as a weight", affine_forward=_affine_ones, affine_backward=_affine_ones_back),
    ],
    "softmax_loss": [
        _style("probabilities", softmax_loss=_softmax_probabilities),
        _style("logaddexp", softmax_loss=_softmax_logaddexp),
        _style("row by row", softmax_loss=_softmax_rows),
    ],
    "numerical_gradient": [
        _style("nditer, in place", numerical_gradient=_gradient_nditer),
        _style("copies", numerical_gradient=_gradient_of_copies),
        _style("a flat view of one copy", numerical_gradient=_gradient_flat_view),
    ],
    "relative_error": [
        _style("where", relative_error=_error_where),
        _style("loop", relative_error=_error_loop),
        _style("the smallest normal number below", relative_error=_error_tiny),
    ],
    "find_wrong_gradients": [
        _style("points of one's own", find_wrong_gradients=_hunt_at_own_points),
        _style("along random directions, a set", find_wrong_gradients=_hunt_along_directions),
        _style("two steps, a tuple", find_wrong_gradients=_hunt_most_elements),
    ],
}
