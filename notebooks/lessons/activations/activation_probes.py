"""Probes of notebook 01: what the answers are asked, and with which inputs.

A backward pass is always given the cache of its own forward pass, and nobody looks into it. Inputs
stay away from 0, where the slope is a convention, except in the tests that are about just that.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

# ------------------------------------------------------------------------------------------ probes


def forward_only(forward, backward, x):
    out, cache = forward(x)
    return {"out": out}


def forward_with_alpha(forward, backward, x, alpha):
    out, cache = forward(x, alpha)
    return {"out": out}


def forward_then_backward(forward, backward, x, dout):
    out, cache = forward(x)
    return {"dx": backward(dout, cache)}


def backward_with_alpha(forward, backward, x, dout, alpha):
    out, cache = forward(x, alpha)
    return {"dx": backward(dout, cache)}


def backward_at_extremes(forward, backward, x, dout):
    with np.errstate(all="ignore"):  # the forward pass has a test of its own
        out, cache = forward(x)
    return {"dx": backward(dout, cache)}


def two_layers(forward, backward, x1, x2, dout1, dout2):
    out1, cache1 = forward(x1)
    out2, cache2 = forward(x2)
    dx2 = backward(dout2, cache2)
    dx1 = backward(dout1, cache1)
    return {"dx2": dx2, "dx1": dx1}


def two_layers_with_alpha(forward, backward, x1, x2, dout1, dout2, alpha1, alpha2):
    out1, cache1 = forward(x1, alpha1)
    out2, cache2 = forward(x2, alpha2)
    dx2 = backward(dout2, cache2)
    dx1 = backward(dout1, cache1)
    return {"dx2": dx2, "dx1": dx1}


def maxout_out(forward, backward, x, w1, b1, w2, b2):
    out, cache = forward(x, w1, b1, w2, b2)
    return {"out": out}


def maxout_dx(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    return {"dx": backward(dout, cache)[0]}


def maxout_gradients(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    dx, dw1, db1, dw2, db2 = backward(dout, cache)
    return {"dw1": dw1, "db1": db1, "dw2": dw2, "db2": db2}


def maxout_at_ties(forward, backward, x, w1, b1, w2, b2, dout):
    out, cache = forward(x, w1, b1, w2, b2)
    dx, dw1, db1, dw2, db2 = backward(dout, cache)
    return {"dx": dx, "dw1 + dw2": dw1 + dw2, "db1 + db2": db1 + db2}


def maxout_twice(forward, backward, first, second):
    names = ["x", "w1", "b1", "w2", "b2"]
    out1, cache1 = forward(*[first[name] for name in names])
    out2, cache2 = forward(*[second[name] for name in names])
    dx2 = backward(second["dout"], cache2)[0]
    dx1 = backward(first["dout"], cache1)[0]
    return {"dx2": dx2, "dx1": dx1}


def fraction(saturation_report, out, kind):
    return {"saturated": saturation_report(out, kind)["saturated"]}


def dead_units(saturation_report, sigmoid, tanh, relu):
    return {
        "dead sigmoids": saturation_report(sigmoid, "sigmoid")["dead"],
        "dead tanhs": saturation_report(tanh, "tanh")["dead"],
        "dead ReLUs": saturation_report(relu, "relu")["dead"],
    }


# ------------------------------------------------------------------------------------------ inputs


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """x and dout, away from 0, with each of the four combinations of their signs present."""
    size = int(np.prod(shape))
    order = rng.permutation(size)
    pair = []
    for pattern in ([1, 1, -1, -1], [1, -1, 1, -1]):
        signs, sizes = np.resize(pattern, size)[order], rng.uniform(0.3, 2.5, size)
        sizes[order == 2] = rng.uniform(0.3, 0.9)  # at least one x between -1 and 0
        pair.append((signs * sizes).reshape(shape))
    return pair[0], pair[1]


def batch(rng):
    x, dout = signed(rng, (5, 4))
    return {"x": x, "dout": dout}


def only_x(rng):
    return {"x": signed(rng, (5, 4))[0]}


def with_alpha(rng):
    return {**batch(rng), "alpha": float(rng.uniform(0.25, 0.7))}


def x_with_alpha(rng):
    return {**only_x(rng), "alpha": float(rng.uniform(0.25, 0.7))}


def two_inputs(rng):
    """Of one shape, so that caches that are mixed up give wrong numbers, not an error."""
    x1, dout1 = signed(rng, (2, 3, 4))
    _, dout2 = signed(rng, (2, 3, 4))
    signs = rng.permutation(np.resize([1, -1], 24)).reshape(2, 3, 4)
    return {"x1": x1, "x2": 1.1 * signs * x1, "dout1": dout1, "dout2": dout2}


def two_alphas(rng):
    return {
        **two_inputs(rng),
        "alpha1": float(rng.uniform(0.2, 0.4)),
        "alpha2": float(rng.uniform(0.6, 0.8)),
    }


def extremes(rng):
    far = rng.uniform(720, 1000, 3)
    return {"x": np.concatenate([[-1000.0, 1000.0], far, -far, rng.uniform(-2, 2, 3)])}


def extremes_with_dout(rng):
    x = extremes(rng)["x"]
    return {"x": x, "dout": rng.uniform(0.5, 2.0, x.shape)}


def infinities(rng):
    return {"x": np.append(signed(rng, (6,))[0], [-np.inf, np.inf])}


def at_zero(rng):
    return {"x": np.zeros(4), "dout": signed(rng, (4,))[1]}


def maxout_layer(rng, n=5, d=3, m=4):
    shapes = {"x": (n, d), "w1": (d, m), "b1": (m,), "w2": (d, m), "b2": (m,), "dout": (n, m)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def maxout_without_dout(rng):
    layer = maxout_layer(rng)
    del layer["dout"]
    return layer


def maxout_two_layers(rng):
    return {"first": maxout_layer(rng, 4, 2, 3), "second": maxout_layer(rng, 4, 2, 3)}


def maxout_ties(rng):
    """Two of four units tie. No rounding: equal is equal however it is computed."""
    layer = {name: rng.integers(-3, 4, a.shape) * 1.0 for name, a in maxout_layer(rng).items()}
    layer["x"] += 0.5
    layer["w2"][:, :2], layer["b2"][:2] = layer["w1"][:, :2], layer["b1"][:2]
    layer["b2"][2:] += 0.25  # x w is a multiple of 1/2: the other units cannot tie by chance
    layer["dout"] = rng.integers(1, 4, layer["dout"].shape) * 1.0
    return layer


def layer_output(rng, kind):
    """Ten rows, five units: stuck in 10 (one end), 10 (both ends), 4, 2 and 0 rows; shuffled."""
    near, far, free = [0.985, -0.985], [0.999, -0.999], [0.975, 0.2, -0.5, -0.975]
    columns = [[near[0], far[0]] * 5, [*near, *far] * 2 + near, near + far + free + free[:2]]
    columns += [near + free * 2, free * 2 + free[1:3]]
    level = np.array([rng.permutation(column) for column in rng.permutation(columns)]).T
    level = np.sign(level) * (1 - (1 - abs(level)) * rng.uniform(0.9, 1.1, level.shape))
    if kind == "relu":
        return np.where(abs(level) > 0.98, 0.0, 3 * abs(level))
    return level if kind == "tanh" else (1 + level) / 2


def sigmoid_layer(rng):
    return {"out": layer_output(rng, "sigmoid"), "kind": "sigmoid"}


def tanh_layer(rng):
    return {"out": layer_output(rng, "tanh"), "kind": "tanh"}


def relu_layer(rng):
    return {"out": layer_output(rng, "relu"), "kind": "relu"}


def all_layers(rng):
    return {kind: layer_output(rng, kind) for kind in ("sigmoid", "tanh", "relu")}


# -------------------------------------------------------------------------------------- properties


def slope_is_zero_or_one(inputs, values):
    dx = np.asarray(values["dx"], dtype=float)
    if dx.shape != inputs["dout"].shape:
        return "`dx` must have the shape of `dout`."
    if not np.isfinite(dx).all():
        return "`dx` is not finite where x is exactly 0."
    slope = dx / inputs["dout"]
    if np.allclose(slope, 0) or np.allclose(slope, 1):
        return ""
    return "At exactly 0 the slope is neither that of the left side nor that of the right side."
