"""Step 2 of the loop: the affine layer, forward and backward."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import layers

# --- probes ---------------------------------------------------------------------------------------


def affine_out(forward, backward, xs, w, b):
    return {"out": [forward(x, w, b)[0] for x in xs]}


def affine_dx(forward, backward, x, w, b, dout):
    return {"dx": backward(dout, forward(x, w, b)[1])[0]}


def affine_dw(forward, backward, x, w, b, dout):
    return {"dw": backward(dout, forward(x, w, b)[1])[1]}


def affine_db(forward, backward, x, w, b, dout):
    return {"db": backward(dout, forward(x, w, b)[1])[2]}


def affine_twice(forward, backward, first, second):
    names = ["x", "w", "b"]
    out1, cache1 = forward(*[first[name] for name in names])
    out2, cache2 = forward(*[second[name] for name in names])
    dx2 = backward(second["dout"], cache2)[0]
    dx1 = backward(first["dout"], cache1)[0]
    return {"dx2": dx2, "dx1": dx1}


# --- inputs ---------------------------------------------------------------------------------------


def affine_inputs(rng, shape, m):
    d = int(np.prod(shape[1:]))
    shapes = {"x": shape, "w": (d, m), "b": (m,), "dout": (shape[0], m)}
    return {name: rng.normal(size=size) for name, size in shapes.items()}


def rows(rng):
    inputs = affine_inputs(rng, (5, 6), 4)
    return {"xs": [inputs["x"]], "w": inputs["w"], "b": inputs["b"]}


def images(rng):
    inputs = affine_inputs(rng, (4, 12), 3)
    shapes = [(4, 3, 4), (5, 2, 3, 2), (1, 12, 1)]
    return {"xs": [rng.normal(size=shape) for shape in shapes], "w": inputs["w"], "b": inputs["b"]}


def square(rng):
    """As many outputs as inputs: what is transposed by mistake still fits."""
    return affine_inputs(rng, (5, 2, 3), 6)


def two_layers(rng):
    return {"first": affine_inputs(rng, (4, 3), 3), "second": affine_inputs(rng, (4, 3), 3)}


# --- other right answers --------------------------------------------------------------------------


def einsum_forward(x, w, b):
    flat = x.reshape(x.shape[0], -1)
    return np.einsum("nd,dm->nm", flat, w) + b, {"x": x, "w": w}


def einsum_backward(dout, cache):
    flat = cache["x"].reshape(len(dout), -1)
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["x"].shape)
    return [dx, np.einsum("nd,nm->dm", flat, dout), np.einsum("nm->m", dout)]


def row_by_row_forward(x, w, b):
    rows = [np.ravel(example) for example in x]
    return np.array([row.dot(w) + b for row in rows]), (x.shape, rows, w, b)


def row_by_row_backward(dout, cache):
    shape, rows, w, b = cache
    dx, dw, db = [], np.zeros_like(w), np.zeros_like(b)
    for row, upstream in zip(rows, dout, strict=True):
        dx.append(w.dot(upstream))
        dw += np.outer(row, upstream)
        db += upstream
    return np.array(dx).reshape(shape), dw, db


def bias_as_weight_forward(x, w, b):
    """The bias as one more row of the weights, for an input that is always 1."""
    flat = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1))])
    return flat @ np.vstack([w, b]), (flat, w, x.shape)


def bias_as_weight_backward(dout, cache):
    flat, w, shape = cache
    both = flat.T @ dout
    return (dout @ w.T).reshape(shape), both[:-1], both[-1]


# --- wrong answers --------------------------------------------------------------------------------

FLAT = "x.reshape(len(x), features) @ w + b"


def gradients_with(change):
    """Other gradients, made from the right ones."""

    def affine_backward(dout, cache):
        return change(*layers.affine_backward(dout, cache), dout, cache)

    return {"affine_backward": affine_backward}


def one_memory():
    last: list[object] = []

    def affine_forward(x, w, b):
        out, cache = layers.affine_forward(x, w, b)
        last[:] = [cache]
        return out, None

    return {
        "affine_forward": affine_forward,
        "affine_backward": lambda dout, _: layers.affine_backward(dout, last[0]),
    }


def writes_into_x(x, w, b):
    out, cache = layers.affine_forward(x, w, b)
    kept = x.copy()
    x -= x.mean()
    return out, (kept, w)


def caches_x(x, w, b):
    out, cache = layers.affine_forward(x, w, b)
    return out, (x, cache)


def overwrites_cached_x(dout, cache):
    x, kept = cache
    dx, dw, db = layers.affine_backward(dout, kept)
    x[...] = dx
    return dx, dw, db


# --- the exercise ---------------------------------------------------------------------------------

affine = Exercise(
    name="affine",
    slide="Mini-batch SGD, step 2: forward prop it through the graph, get loss",
    answers=functions(layers.affine_forward, layers.affine_backward),
    tests=[
        Test("forward: rows of numbers; x stays as it was", affine_out, rows, untouched=["xs"]),
        Test("forward: inputs of any rank", affine_out, images),
        Test("backward: dx, in the shape of x", affine_dx, square, points=2),
        Test("backward: dw", affine_dw, square),
        Test("backward: db", affine_db, square),
        Test(
            "two layers: each backward uses its own cache; inputs stay as they were",
            affine_twice,
            two_layers,
            untouched=["first", "second"],
        ),
    ],
    mistakes=[
        Mistake(
            "no bias",
            "The bias `b` is left out: without it every plane goes through the origin.",
            edit(layers.affine_forward, (" @ w + b", " @ w")),
        ),
        Mistake(
            "rows and columns scrambled",
            "The flattened inputs are not the inputs: numbers of different examples stand in one "
            "row. Reshaping to (D, N) and transposing is not the same as reshaping to (N, D).",
            edit(layers.affine_forward, (FLAT, "x.reshape(features, len(x)).T @ w + b")),
        ),
        Mistake(
            "pixels in another order",
            "You flatten each input column by column (Fortran's order). A network that you train "
            "from the start would not notice, but weights from elsewhere would not fit.",
            edit(layers.affine_forward, (FLAT, 'x.reshape(len(x), features, order="F") @ w + b')),
        ),
        Mistake(
            "db not summed",
            "The bias is added to every row, so its gradient is a sum over the rows, and has the "
            "shape of the bias. Yours still has one row for each example.",
            gradients_with(lambda dx, dw, db, dout, cache: (dx, dw, dout)),
        ),
        Mistake(
            "db is a row, not a vector",
            "The numbers are right, but `db` has two axes and `b` has one. A step with it would "
            "silently turn `b` into a matrix of one row.",
            gradients_with(lambda dx, dw, db, dout, cache: (dx, dw, db[None])),
        ),
        Mistake(
            "dx not reshaped",
            "The numbers are right, but `dx` is flat. The layer below expects a gradient in the "
            "shape of its output, which is `x`.",
            gradients_with(lambda dx, dw, db, dout, cache: (dx.reshape(len(dx), -1), dw, db)),
        ),
        Mistake(
            "w not transposed",
            "For `dx` you multiply by `w` as it is. Here that fits by chance, because the layer "
            "has as many outputs as inputs. Which axis of `w` belongs to the outputs?",
            gradients_with(
                lambda dx, dw, db, dout, cache: ((dout @ cache[1]).reshape(dx.shape), dw, db)
            ),
        ),
        Mistake(
            "dw transposed",
            "`dw` is transposed: rows and columns are exchanged. It fits here by chance, because "
            "the layer has as many outputs as inputs.",
            gradients_with(lambda dx, dw, db, dout, cache: (dx, dw.T, db)),
        ),
        Mistake(
            "averaged over the batch",
            "You divide by N. Whether the loss is a mean was decided in the loss, and is in "
            "`dout` already; a layer sums.",
            gradients_with(lambda dx, dw, db, dout, cache: (dx, dw / len(dout), db / len(dout))),
        ),
        Mistake(
            "gradients in another order",
            "These are the right gradients in another order. First the one for `x`, then `w`, "
            "then `b`: the order of the arguments.",
            gradients_with(lambda dx, dw, db, dout, cache: (dw, db, dx)),
        ),
        Mistake(
            "one memory for all calls",
            "After two forward passes, both backward passes used what the LAST one had seen. What "
            "a backward pass needs must come from the `cache` that it is given.",
            one_memory(),
        ),
        Mistake(
            "forward writes into x",
            "The numbers are right, but the array `x` was changed. It belongs to the layer below.",
            {"affine_forward": writes_into_x},
        ),
        Mistake(
            "backward writes into the cached x",
            "The numbers are right, but your backward pass changed the array `x` that the forward "
            "pass was given: what lies in the cache is that same array, not a copy.",
            {"affine_forward": caches_x, "affine_backward": overwrites_cached_x},
        ),
    ],
    styles=[
        Style("einsum", {"affine_forward": einsum_forward, "affine_backward": einsum_backward}),
        Style(
            "row by row",
            {"affine_forward": row_by_row_forward, "affine_backward": row_by_row_backward},
        ),
        Style(
            "bias as a weight",
            {"affine_forward": bias_as_weight_forward, "affine_backward": bias_as_weight_backward},
        ),
    ],
)
