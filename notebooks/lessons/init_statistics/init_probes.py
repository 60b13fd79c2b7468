"""Probes of notebook 02: what the answers are asked, with which inputs, and the properties.

Random weights are judged by their mean and spread over 200,000 draws. With that many the spread is
known to 0.2 %, the tolerance is 2 %, and the mistakes are 20 % off or more.
"""
# mypy: disallow-untyped-defs=False
# (A probe's source travels to where only numpy is known, so it carries no annotations.)

from __future__ import annotations

from itertools import pairwise

import numpy as np

# ---------------------------------------------------------------------------------- preprocessing


def training_set(preprocess, X_train, X_test):
    train, _ = preprocess(X_train, X_test)
    return {"X_train": train}


def test_set(preprocess, X_train, X_test):
    _, test = preprocess(X_train, X_test)
    return {"X_test": test}


def both_sets(preprocess, X_train, X_test):
    train, test = preprocess(X_train, X_test)
    return {"X_train": train, "X_test": test}


def directions(pca_whiten, X_train, X_test, components, eps):
    train, test = pca_whiten(X_train, X_test, components, eps)
    size = np.sqrt(np.mean(train**2, axis=0))
    train, test = train / size, test / size
    return {
        "direction of X_train": abs(train),
        "direction of X_test": abs(test),
        "products of X_test with X_train": test @ train.T,
    }


def whitened(pca_whiten, X_train, X_test, components, eps):
    train, test = pca_whiten(X_train, X_test, components, eps)
    return {
        "size of X_train": abs(train),
        "size of X_test": abs(test),
        "products of X_test with X_train": test @ train.T,
    }


def whitened_by_default(pca_whiten, X_train, X_test, components):
    train, _ = pca_whiten(X_train, X_test, components)
    return {"size of X_train": abs(train)}


def tables(rng):
    """Six and five rows; every column has its own centre and scale, in each of the two sets."""
    centre, scale = rng.uniform(3, 10, 4), rng.uniform(2, 8, 4)
    scale[0] = rng.uniform(0.1, 0.15)  # a narrow column is not a constant one
    X_train = centre + scale * rng.normal(size=(6, 4))
    X_test = 1.5 * centre + 0.6 * scale * rng.normal(size=(5, 4))
    return {"X_train": X_train, "X_test": X_test}


def whole_numbers(rng):
    levels = rng.integers(20, 120, 4)
    X_train = levels + rng.integers(0, 120, (6, 4))
    X_test = levels // 2 + rng.integers(0, 60, (5, 4))
    return {"X_train": X_train.astype(np.uint8), "X_test": X_test.astype(np.uint8)}


def constant_columns(rng):
    """Column 1 is 0 and column 3 is 7 in the training set; in the test set they are not."""
    tables_ = tables(rng)
    for column, value in ((1, 0.0), (3, 7.0)):
        tables_["X_train"][:, column] = value
        tables_["X_test"][:, column] = value + rng.integers(1, 9, 5)
    return tables_


def only_centred(inputs, values):
    train, test = np.asarray(values["X_train"]), np.asarray(values["X_test"])
    if train.shape != inputs["X_train"].shape or test.shape != inputs["X_test"].shape:
        return "The results do not have the shapes of the two inputs."
    if not (np.isfinite(train).all() and np.isfinite(test).all()):
        return "A column that is constant in the training set gives NaN or infinity."
    for column in (1, 3):
        moved = inputs["X_test"][:, column] - inputs["X_train"][0, column]
        found = test[:, column]
        if abs(train[:, column]).max() > 1e-6:
            return "A column that is constant in the training set is not 0 there afterwards."
        if abs(found).max() > 1000 * abs(moved).max():
            return "In the test set, a column that never changed in training has become huge."
        if not (np.allclose(found, moved) or np.allclose(found, 0)):
            return "In the test set, a column that never changed in training is not just centred."
    return ""


def cloud(rng):
    """Eight and five correlated points, with clearly different variances, away from the origin."""
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    scale = np.array([6.0, 3.0, 1.5, 0.8, 0.4])
    centre = rng.uniform(2, 5, 5)
    X_train = centre + rng.normal(size=(8, 5)) * scale @ turn
    X_test = centre + 1 + rng.normal(size=(5, 5)) * scale @ turn
    return {"X_train": X_train, "X_test": X_test, "components": 3}


def cloud_with_eps(rng):
    return {**cloud(rng), "eps": 1e-6}


def cloud_with_large_eps(rng):
    return {**cloud(rng), "eps": float(rng.uniform(0.5, 1.5))}


# ------------------------------------------------------------------------------- random weights


def one_matrix(init, seed, fan_in, fan_out):
    return {"shape of W": list(np.shape(init(fan_in, fan_out, np.random.default_rng(seed))))}


def many_matrices(init, seed, shapes, repeats, more):
    rng = np.random.default_rng(seed)
    means, stds = [], []
    for fan_in, fan_out in shapes:
        numbers = [np.ravel(init(int(fan_in), int(fan_out), rng, **more)) for _ in range(repeats)]
        means.append(float(np.mean(numbers)))
        stds.append(float(np.std(numbers)))
    return {"mean": means, "std": stds}


def same_seed(init, seed, fan_in, fan_out):
    once, again = (init(fan_in, fan_out, np.random.default_rng(seed)) for _ in range(2))
    rng = np.random.default_rng(seed + 1)
    first, second = init(fan_in, fan_out, rng), init(fan_in, fan_out, rng)
    return {
        "one seed, twice: equal": bool(np.array_equal(once, again)),
        "one generator, two matrices: equal": bool(np.array_equal(first, second)),
        "numbers in half precision": np.asarray(once).dtype.itemsize < 4,
    }


def a_shape(rng):
    fan_in, fan_out = rng.permutation(np.arange(3, 12))[:2]
    return {"seed": int(rng.integers(2**31)), "fan_in": int(fan_in), "fan_out": int(fan_out)}


def wide_and_narrow(rng):
    shapes = np.array([[76, 220], [220, 76]])
    return {"seed": int(rng.integers(2**31)), "shapes": shapes, "repeats": 12, "more": {}}


def another_scale(rng):
    return {**wide_and_narrow(rng), "more": {"scale": 0.0625}}


def spread_is_scale(inputs, values):
    found, scale = [], inputs["more"].get("scale", 0.01)
    for (fan_in, fan_out), mean, std in zip(
        inputs["shapes"], values["mean"], values["std"], strict=True
    ):
        if abs(mean) > 0.02 * std:
            return f"Their mean is not 0, but {mean / std:.1f} times their standard deviation."
        ratio = std / scale
        if abs(ratio - 1) >= 0.02:
            times = f"{ratio:.{0 if ratio > 9 else 1}f}" if ratio > 0.05 else f"{ratio:.0e}"
            found.append(f"{times} times with {fan_in} inputs and {fan_out} units")
    return "Their spread is not what it should be: " + ", ".join(found) + "." if found else ""


def spread_of_xavier(inputs, values):
    found = []
    for (fan_in, fan_out), mean, std in zip(
        inputs["shapes"], values["mean"], values["std"], strict=True
    ):
        if abs(mean) > 0.02 * std:
            return f"Their mean is not 0, but {mean / std:.1f} times their standard deviation."
        ratio = std * np.sqrt(fan_in)
        if abs(ratio - 1) >= 0.02:
            times = f"{ratio:.{0 if ratio > 9 else 1}f}" if ratio > 0.05 else f"{ratio:.0e}"
            found.append(f"{times} times with {fan_in} inputs and {fan_out} units")
    return "Their spread is not what it should be: " + ", ".join(found) + "." if found else ""


def spread_of_he(inputs, values):
    found = []
    for (fan_in, fan_out), mean, std in zip(
        inputs["shapes"], values["mean"], values["std"], strict=True
    ):
        if abs(mean) > 0.02 * std:
            return f"Their mean is not 0, but {mean / std:.1f} times their standard deviation."
        ratio = std * np.sqrt(fan_in / 2)
        if abs(ratio - 1) >= 0.02:
            times = f"{ratio:.{0 if ratio > 9 else 1}f}" if ratio > 0.05 else f"{ratio:.0e}"
            found.append(f"{times} times with {fan_in} inputs and {fan_out} units")
    return "Their spread is not what it should be: " + ", ".join(found) + "." if found else ""


# ------------------------------------------------------------------------ a signal through layers


def tanh_layers(forward_statistics, X, weights):
    found = forward_statistics(X, weights, np.tanh)
    return {"pairs": [np.asarray(pair, float) for pair in found]}


def softplus_layers(forward_statistics, X, weights):
    def softplus(z):
        return np.logaddexp(0, z)

    found = forward_statistics(X, weights, softplus)
    return {"pairs": [np.asarray(pair, float) for pair in found]}


def random_layers(rng, widths=(5, 7, 4, 6)):
    weights = [rng.normal(size=shape) * 0.8 for shape in pairwise(widths)]
    return {"X": rng.normal(0.5, 1, size=(6, widths[0])), "weights": weights}


def square_layers(rng):
    return random_layers(rng, (4, 4, 4, 4))


def predict_xavier(predicted_std, layers):
    found = predicted_std(layers)
    return {"std": np.array(found) if type(found) in (list, tuple) else found}


def predict_gain(predicted_std, layers, gain):
    found = predicted_std(layers, np.tanh, gain)
    return {"std": np.array(found) if type(found) in (list, tuple) else found}


def predict_uncentred(predicted_std, layers, gain):
    def logistic(z):
        return 1 / (1 + np.exp(-z))

    found = predicted_std(layers, logistic, gain)
    return {"std": np.array(found) if type(found) in (list, tuple) else found}


def some_layers(rng):
    return {"layers": int(rng.integers(10, 60))}


def layers_and_gain(rng):
    return {"layers": 6, "gain": float(rng.uniform(1.3, 1.6))}


def layers_and_large_gain(rng):
    return {"layers": 4, "gain": float(rng.uniform(2, 3))}
