"""Probes of notebook 07: what dropout is asked, with which inputs, and what must hold of it.

A mask may be drawn in any honest way, so no test knows one: properties judge what was kept, by
structure or by counts whose bounds a right answer leaves once in 1e9 runs or less. Their complaints
hold no numbers, because a mistake is recognised by its complaint.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

import numpy as np

# ------------------------------------------------------------------------------------ forward


def outputs(dropout_forward, xs, p, seed):
    rng = np.random.default_rng(seed)
    dropout_param = {"mode": "train", "p": p, "rng": rng}
    outs = []
    for x in xs:
        out, cache = dropout_forward(x, dropout_param)
        outs.append(out)
    return {"out": outs}


def what_is_kept(dropout_forward, shape, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(np.ones(shape), dropout_param)
    return {"kept": np.asarray(out) != 0}


def at_test_time(dropout_forward, x, p, seed):
    dropout_param = {"mode": "test", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    return {"out": out}


def with_seeds(dropout_forward, x, p, seed):
    def drawn(number):
        out, cache = dropout_forward(x, {"mode": "train", "p": p, "seed": number})
        return np.array(out)

    first, again, other = drawn(seed), drawn(seed), drawn(seed + 1)
    return {"repeats": np.array_equal(first, again), "always": np.array_equal(first, other)}


def with_generators(dropout_forward, x, p, seed):
    def drawn(rng):
        out, cache = dropout_forward(x, {"mode": "train", "p": p, "rng": rng})
        return np.array(out)

    one, two = np.random.default_rng(seed), np.random.default_rng(seed)
    first, following, again = drawn(one), drawn(one), drawn(two)
    return {
        "repeats": bool(np.array_equal(first, again)),
        "always": bool(np.array_equal(first, following)),
    }


def zero_or_scaled(inputs, values):
    p, factors = inputs["p"], []
    for x, out in zip(inputs["xs"], values["out"], strict=True):
        if np.shape(out) != x.shape:
            return "`out` must have the shape of `x`."
        factors.append((np.asarray(out, dtype=float) / x).ravel())
    factor = np.concatenate(factors)
    if not np.isfinite(factor).all():
        return "There is a NaN or an infinite number in `out`."
    kept = factor[factor != 0]
    if kept.size == 0:
        return "Everything is 0 in train mode."
    if kept.size == factor.size:
        return "Nothing is 0 in train mode: no element is dropped."
    if np.allclose(kept, 1 / p):
        return ""
    if np.allclose(kept, 1):
        return "What is kept stays as it was: the mean of `out` is smaller than that of `x`."
    if np.allclose(kept, p):
        return "What is kept gets smaller, so the mean of `out` is far smaller than that of `x`."
    if np.allclose(kept, 1 / (1 - p)):
        return "What is kept is scaled as if `p` were the probability to drop."
    survivors = np.concatenate([np.asarray(out, dtype=float).ravel() for out in values["out"]])
    if np.ptp(survivors[survivors != 0]) < 1e-6:
        return "All that is kept has become one and the same number."
    if np.ptp(kept) < 1e-6:
        return "What is kept is scaled, but not so that the mean stays that of `x`."
    return "What is kept is multiplied by another number at every element."


def keeps_the_share(inputs, values):
    """7 standard deviations of 6,300 draws are at most 0.04."""
    kept, p = np.asarray(values["kept"]), inputs["p"]
    if kept.shape != tuple(inputs["shape"]):
        return "`out` must have the shape of `x`."
    shares = {
        "": p,
        "The share that is kept is what should be dropped.": 1 - p,
        "Half of the elements are kept, whatever `p` is.": 0.5,
        "More is kept than should be: as many as there are NORMAL numbers below `p`.": 0.5
        + p / np.sqrt(2 * np.pi) * (1 - p**2 / 6 + p**4 / 40),
    }
    said = min(shares, key=lambda text: abs(kept.mean() - shares[text]))
    near = abs(kept.mean() - shares[said]) < 0.04
    return said if near else "Another share of the elements is kept than `p` says."


def every_element_for_itself(inputs, values):
    """Of 60 x 70 elements two rows or two columns agree once in 1e12 times."""
    kept = np.asarray(values["kept"])
    if kept.shape != tuple(inputs["shape"]):
        return "`out` must have the shape of `x`."
    if (kept == kept[:, :1]).all():
        return "A row is dropped or kept as a whole."
    if (kept == kept[:1]).all():
        return "All rows have the same mask."
    if len(np.unique(kept, axis=0)) < len(kept):
        return "There are rows that have the same mask."
    if len(np.unique(kept.T, axis=0)) < len(kept.T):
        return "There are columns that have the same mask."
    return ""


def is_the_input(inputs, values):
    x, p, out = inputs["x"], inputs["p"], np.asarray(values["out"], dtype=float)
    if out.shape != x.shape:
        return "`out` must have the shape of `x`."
    if np.allclose(out, x, rtol=1e-9, atol=0):
        return ""
    if (out == 0).any():
        return "In test mode elements are dropped."
    if np.allclose(out, p * x):
        return "In test mode everything gets smaller."
    if np.allclose(out, x / p):
        return "In test mode everything gets larger."
    return "In test mode something is done to `x`."


def seeds_decide(inputs, values):
    if not values["repeats"]:
        return "Two calls with the same seed drew different masks."
    if values["always"]:
        return "Two calls with different seeds drew the same mask."
    return ""


def the_generator_decides(inputs, values):
    if values["always"]:
        return "The next call with the same generator has the mask of the first one again."
    if not values["repeats"]:
        return "Two generators in the same state gave different masks."
    return ""


# ----------------------------------------------------------------------------------- backward


def there_and_back(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    out = np.array(out)
    return {"out": out, "dx": dropout_backward(dout, cache)}


def from_zeros(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "seed": seed}
    mask = np.array(dropout_forward(np.ones(x.shape), dropout_param)[0])
    cache = dropout_forward(x, dropout_param)[1]
    return {"mask": mask, "dx": dropout_backward(dout, cache)}


def back_at_test_time(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "test", "p": p, "rng": np.random.default_rng(seed)}
    return {"dx": dropout_backward(dout, dropout_forward(x, dropout_param)[1])}


def one_after_the_other(dropout_forward, dropout_backward, x, dout, p, seed):
    dropout_param = {"mode": "train", "p": p, "rng": np.random.default_rng(seed)}
    out, cache = dropout_forward(x, dropout_param)
    out = np.array(out)
    out_later, cache_later = dropout_forward(x, dropout_param)
    out_later = np.array(out_later)
    dx_later = dropout_backward(dout, cache_later)
    return {
        "out": out,
        "dx": dropout_backward(dout, cache),
        "out_later": out_later,
        "dx_later": dx_later,
    }


def as_it_went_forward(inputs, values):
    x, dout = inputs["x"], inputs["dout"]
    if np.shape(values["out"]) != x.shape or np.shape(values["dx"]) != x.shape:
        return "`out` and `dx` must have the shape of `x`."
    there = np.asarray(values["out"], dtype=float) / x
    back = np.asarray(values["dx"], dtype=float) / dout
    kept = there != 0
    if kept.all() or not kept.any():
        return "Your forward pass keeps everything or nothing here: mend it first."
    if np.allclose(back, there, rtol=1e-6, atol=1e-9):
        return ""
    if np.allclose(back, 1):
        return "The gradient comes through everywhere, as if nothing had been dropped."
    if not back.any():
        return "No gradient comes through at all."
    if ((back != 0) == ~kept).all():
        return "The gradient comes through just those elements that were dropped."
    if ((back != 0) != kept).any():
        return "The gradient comes through other elements than the forward pass kept."
    if np.allclose(back[kept], 1):
        return (
            "The gradient comes through the right elements, without the scale of the forward pass."
        )
    if np.allclose(back[kept], there[kept] ** 2):
        return "The gradient comes through the right elements, scaled twice."
    if np.allclose(back, there * x):
        return "The gradient is multiplied by what the forward pass gave out, not by its slope."
    return "The gradient comes through the right elements, but has another size."


def zeros_have_a_slope(inputs, values):
    x, dout = inputs["x"], inputs["dout"]
    if np.shape(values["mask"]) != x.shape or np.shape(values["dx"]) != x.shape:
        return "`out` and `dx` must have the shape of `x`."
    dx, expected = np.asarray(values["dx"], dtype=float), dout * np.asarray(values["mask"])
    if np.allclose(dx, expected, rtol=1e-6, atol=1e-9):
        return ""
    if not dx[x == 0].any():
        return "No gradient comes through where the input was 0."
    return "Where some inputs are 0, the gradient is not that of the forward pass."


def each_its_own_mask(inputs, values):
    x, dout = inputs["x"], inputs["dout"]
    there, back, there_later, back_later = (
        np.asarray(values[name], dtype=float) / under
        for name, under in [("out", x), ("dx", dout), ("out_later", x), ("dx_later", dout)]
    )
    if np.array_equal(there != 0, there_later != 0):
        return "Your forward pass has the same mask in every call: mend it first."
    if np.array_equal(back != 0, there != 0) and np.array_equal(back_later != 0, there_later != 0):
        return ""
    if np.array_equal(back != 0, there_later != 0):
        return "The first layer's gradient came through the mask of a later forward pass."
    return "The gradients of two layers did not come through the masks of these layers."


# ------------------------------------------------------------------------------------- inputs


def _signed(rng, *shape):
    """Numbers of either sign, none of them near 0."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


def any_seed(rng):
    return int(rng.integers(1_000_000))


def several_shapes(rng):
    xs = [_signed(rng, *shape) for shape in [(9, 20), (5, 6, 7), (3, 4, 5, 2)]]
    return {"xs": xs, "p": float(rng.uniform(0.25, 0.4)), "seed": any_seed(rng)}


def many_elements(rng):
    return {"shape": [70, 90], "p": float(rng.uniform(0.2, 0.28)), "seed": any_seed(rng)}


def rows_and_columns(rng):
    return {"shape": [60, 70], "p": float(rng.uniform(0.4, 0.6)), "seed": any_seed(rng)}


def some_numbers(rng):
    return {"x": _signed(rng, 8, 25), "p": float(rng.uniform(0.4, 0.6)), "seed": any_seed(rng)}


def some_gradients(rng):
    return {**some_numbers(rng), "dout": _signed(rng, 8, 25)}


def after_a_relu(rng):
    """Half of the inputs are exactly 0."""
    given = some_gradients(rng)
    given["x"] = np.maximum(given["x"], 0)
    return given
