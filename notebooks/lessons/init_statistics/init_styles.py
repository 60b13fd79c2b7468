"""Other right answers to notebook 02, in other handwritings: each must get full points."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Style

__all__ = ["STYLES"]

# ---------------------------------------------------------------------------------- preprocessing


def ones_for_zeros(X_train, X_test):
    average, spread = np.mean(X_train, 0), np.std(X_train, 0)
    spread[spread == 0] = 1
    return (X_train - average) / spread, (X_test - average) / spread


def column_by_column(X_train, X_test):
    results = [np.zeros(X_train.shape), np.zeros(X_test.shape)]
    for j in range(X_train.shape[1]):
        column = [float(x) for x in X_train[:, j]]
        mean = sum(column) / len(column)
        std = math.sqrt(sum((x - mean) ** 2 for x in column) / len(column))
        for X, result in zip((X_train, X_test), results, strict=True):
            result[:, j] = (X[:, j] - mean) / (std or 1)
    return results


def tiny_where_it_does_no_harm(X_train, X_test):
    both = np.concatenate([X_train, X_test]).astype(float)
    both -= both[: len(X_train)].mean(axis=0, keepdims=True)
    std = both[: len(X_train)].std(axis=0, keepdims=True)
    both *= np.where(std > 1e-3, 1 / (std + 1e-8), 1)
    return both[: len(X_train)], both[len(X_train) :]


def constant_columns_to_zero(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    scale = np.divide(1, std, out=np.zeros_like(std), where=std > 0)
    return tuple((X - mean) * scale for X in (X_train, X_test))


def by_eigenvectors(X_train, X_test, components, eps=1e-5):
    centred = X_train - X_train.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    best = np.argsort(variances)[::-1][:components]
    turned = [X @ directions[:, best] for X in (centred, X_test - X_train.mean(axis=0))]
    return [Z / np.sqrt(variances[best] + eps) for Z in turned]


def as_in_the_notes(X_train, X_test, components, eps=1e-5):
    average = np.mean(X_train, axis=0)
    X = X_train - average
    U, S, _ = np.linalg.svd(np.dot(X.T, X) / X.shape[0])
    rotated, test_rotated = (
        np.dot(X, U[:, :components]),
        np.dot(X_test - average, U[:, :components]),
    )
    return rotated / np.sqrt(S[:components] + eps), test_rotated / np.sqrt(S[:components] + eps)


def with_np_cov(X_train, X_test, components, eps=1e-5):
    variances, directions = np.linalg.eigh(np.cov(X_train.T, bias=True))
    variances, directions = variances[::-1], -directions[:, ::-1]
    whitening = directions @ np.diag((variances + eps) ** -0.5)
    shift = X_train.mean(0) @ whitening
    return tuple((X @ whitening - shift)[:, :components] for X in (X_train, X_test))


# ------------------------------------------------------------------------------- random weights


def with_normal(variance):
    """The generator's `normal`, which takes the standard deviation."""

    def init(fan_in, fan_out, rng, scale=0.01):
        return rng.normal(0.0, math.sqrt(variance(fan_in, scale)), size=(fan_in, fan_out))

    return init


def with_uniform(variance):
    """Uniform numbers: the same mean and standard deviation, another distribution."""

    def init(fan_in, fan_out, rng, scale=0.01):
        a = np.sqrt(3 * variance(fan_in, scale))
        return rng.uniform(-a, a, (fan_in, fan_out))

    return init


def unit_by_unit(variance):
    """One column after the other, in float32."""

    def init(fan_in, fan_out, rng, scale=0.01):
        columns = [rng.standard_normal(fan_in, dtype=np.float32) for _ in range(fan_out)]
        W = np.stack(columns, axis=1)
        W *= variance(fan_in, scale) ** 0.5
        return W

    return init


def turned_round(variance):
    def init(fan_in, fan_out, rng, scale=0.01):
        return np.transpose(rng.standard_normal((fan_out, fan_in))) * variance(fan_in, scale) ** 0.5

    return init


WAYS = {
    "rng.normal": with_normal,
    "uniform numbers": with_uniform,
    "unit by unit": unit_by_unit,
    "drawn as rows": turned_round,
}
VARIANCES = {
    "small_random": lambda fan_in, scale: scale**2,
    "xavier": lambda fan_in, scale: 1 / fan_in,
    "he": lambda fan_in, scale: 2 / fan_in,
}

# ------------------------------------------------------------------------ a signal through layers


def all_layers_first(X, weights, activation):
    outputs = [X]
    for W in weights:
        outputs.append(activation(np.dot(outputs[-1], W)))
    return np.array([[layer.mean(), layer.std()] for layer in outputs[1:]])


def recursively(X, weights, activation):
    if len(weights) == 0:
        return []
    X = activation(np.einsum("nd,dh->nh", X, weights[0]))
    mean = X.sum() / X.size
    pair = (mean, np.sqrt(np.mean((X - mean) ** 2)))
    return [pair, *recursively(X, weights[1:], activation)]


def number_by_number(X, weights, activation):
    layer = [[float(x) for x in row] for row in X]
    pairs: tuple[list[float], ...] = ()
    for W in weights:
        layer = activation(
            np.array(
                [
                    [sum(a * b for a, b in zip(row, column, strict=True)) for column in W.T]
                    for row in layer
                ]
            )
        )
        pairs += ([float(np.average(layer)), math.sqrt(np.var(layer))],)
    return pairs


def stretched_nodes(layers, activation=np.tanh, gain=1.0):
    x, w = np.polynomial.hermite.hermgauss(100)
    std, second, result = 1.0, 1.0, np.zeros(layers)
    for layer in range(layers):
        values = activation(np.sqrt(2 * gain * second) * x)
        first, second = np.sum(w * values) / np.sqrt(np.pi), np.sum(w * values**2) / np.sqrt(np.pi)
        std = np.sqrt(second - first**2)
        result[layer] = std
    return result


def riemann_sum(layers, activation=np.tanh, gain=1.0):
    z = np.linspace(-9, 9, 6001)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    q, found = 1, []
    for _ in range(layers):
        out = activation(np.sqrt(gain * q) * z)
        q = (density * out * out).sum()
        found.append(math.sqrt(q - (density * out).sum() ** 2))
    return found


def trapezoids(layers, activation=np.tanh, gain=1.0):
    """The density carries the variance, instead of the argument of the activation."""

    def expect(g, variance):
        z = np.linspace(-10, 10, 8001) * variance**0.5
        return (
            np.trapezoid(g(z) * np.exp(-z * z / (2 * variance)), z) / (2 * np.pi * variance) ** 0.5
        )

    squares = [1.0]
    means = []
    for _ in range(layers):
        variance = gain * squares[-1]
        squares.append(expect(lambda z: activation(z) ** 2, variance))
        means.append(expect(activation, variance))
    return np.sqrt(np.array(squares[1:]) - np.array(means) ** 2)


def fifty_nodes(layers, activation=np.tanh, gain=1.0):
    nodes, share = np.polynomial.hermite_e.hermegauss(50)
    share = share / np.sqrt(2 * np.pi)
    std: list[float] = []
    rms = 1.0
    while len(std) < layers:
        h = activation(gain**0.5 * rms * nodes)
        rms = np.sqrt(np.sum(share * h**2))
        std += [np.sqrt(np.sum(share * (h - np.sum(share * h)) ** 2))]
    return std


STYLES = {
    "preprocess": [
        Style("ones for zeros", {"preprocess": ones_for_zeros}),
        Style("column by column", {"preprocess": column_by_column}),
        Style("a harmless tiny number", {"preprocess": tiny_where_it_does_no_harm}),
        Style("constant columns to zero", {"preprocess": constant_columns_to_zero}),
    ],
    "pca_whiten": [
        Style("eigenvectors", {"pca_whiten": by_eigenvectors}),
        Style("SVD of the covariance", {"pca_whiten": as_in_the_notes}),
        Style("np.cov, other signs", {"pca_whiten": with_np_cov}),
    ],
    **{
        name: [Style(way, {name: make(variance)}) for way, make in WAYS.items()]
        for name, variance in VARIANCES.items()
    },
    "forward_statistics": [
        Style("all layers first", {"forward_statistics": all_layers_first}),
        Style("recursively", {"forward_statistics": recursively}),
        Style("number by number", {"forward_statistics": number_by_number}),
    ],
    "predicted_std": [
        Style("stretched nodes", {"predicted_std": stretched_nodes}),
        Style("Riemann sum", {"predicted_std": riemann_sum}),
        Style("trapezoids", {"predicted_std": trapezoids}),
        Style("fifty nodes", {"predicted_std": fifty_nodes}),
    ],
}
