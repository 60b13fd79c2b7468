"""Is everything measured on the training set, and the same done to the test set?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import linalg

from cs231n_lib.data import load_digits
from cs231n_lib.preprocessing import pca_whiten, preprocess

tables = arrays(np.float64, (6, 3), elements=st.integers(-50, 50).map(float))


def by_loops(X_train, X_test):
    """Course notes, "Neural Networks Part 2", one number at a time, with Python's own sums."""
    results = []
    for X in (X_train, X_test):
        rows = []
        for row in X.tolist():
            new = []
            for j, x in enumerate(row):
                column = X_train[:, j].tolist()
                mean = math.fsum(column) / len(column)
                spread = math.sqrt(math.fsum((v - mean) ** 2 for v in column) / len(column))
                new.append((x - mean) / spread if max(column) > min(column) else x - mean)
            rows.append(new)
        results.append(rows)
    return results


@given(tables, tables)
def test_is_it_what_naive_loops_give(X_train, X_test):
    for got, expected in zip(preprocess(X_train, X_test), by_loops(X_train, X_test), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@given(tables, tables)
def test_does_a_test_image_get_the_same_numbers_in_any_company(X_train, X_test):
    together = preprocess(X_train, X_test)[1]
    alone = [preprocess(X_train, row[None])[1][0] for row in X_test]
    assert np.array_equal(together, alone)


def test_has_each_column_of_the_digits_mean_0_and_std_1():
    digits = load_digits(raw=True)
    X, later = preprocess(digits.X_train, digits.X_test)
    varies = np.ptp(digits.X_train, axis=0) > 0
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(X.std(axis=0), varies, atol=1e-12)
    assert np.isfinite(later).all()


def test_is_a_constant_column_centred_even_if_its_mean_is_rounded():
    X_train = np.full((100, 1), 0.1)
    assert X_train.std(axis=0) > 0  # 1e-17, and that is the trap
    train, test = preprocess(X_train, np.array([[3.1]]))
    np.testing.assert_allclose(train, 0, atol=1e-15)
    np.testing.assert_allclose(test, 3.0)


def test_are_whole_numbers_taken_and_inputs_left_alone():
    X_train, X_test = np.array([[0, 9], [4, 255]], np.uint8), np.array([[2, 255]], np.uint8)
    before = X_train.copy(), X_test.copy()
    train, test = preprocess(X_train, X_test)
    assert train.tolist() == [[-1, -1], [1, 1]]
    assert test.tolist() == [[0, 1]]
    assert np.array_equal(X_train, before[0])
    assert np.array_equal(X_test, before[1])


def whitened_by_loops(X_train, X_test, components, eps):
    """The covariance element by element; SciPy's eigenvectors of it."""
    n, d = X_train.shape
    mean = [math.fsum(X_train[:, j]) / n for j in range(d)]
    covariance = [
        [
            math.fsum((row[i] - mean[i]) * (row[j] - mean[j]) for row in X_train) / n
            for j in range(d)
        ]
        for i in range(d)
    ]
    values, vectors = linalg.eigh(covariance)
    largest = np.argsort(-values)[:components]
    return [
        np.array(
            [[vectors[:, k] @ (x - mean) / math.sqrt(values[k] + eps) for k in largest] for x in X]
        )
        for X in (X_train, X_test)
    ]


@pytest.mark.parametrize("eps", [1e-5, 0.7])
@pytest.mark.parametrize("components", [1, 3, 5])
def test_is_whitening_what_the_covariance_s_eigenvectors_give(components, eps):
    rng = np.random.default_rng(0)
    X_train, X_test = rng.normal(2, [5, 3, 2, 1, 0.3], (9, 5)), rng.normal(2, 3, (4, 5))
    got = pca_whiten(X_train, X_test, components, eps)
    expected = whitened_by_loops(X_train, X_test, components, eps)
    signs = np.sign(np.sum(got[0] * expected[0], axis=0))
    for mine, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine * signs, theirs, rtol=1e-8, atol=1e-10)


def test_is_the_training_set_white_and_the_order_that_of_the_variances():
    X = load_digits(raw=True).X_train
    Z, _ = pca_whiten(X, X, 40, eps=0)
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(40), atol=1e-10)
    spread = [np.linalg.norm((X - X.mean(axis=0)).T @ z) for z in Z.T]
    assert spread == sorted(spread, reverse=True)


def test_does_eps_keep_a_direction_without_variance_quiet():
    X = np.array([[1.0, 1.0], [-1.0, -1.0], [2.0, 2.0]])
    Z, other = pca_whiten(X, np.array([[1e-9, 0.0]]), 2)
    assert np.abs(Z[:, 1]).max() < 1e-10
    assert np.abs(other[:, 1]).max() < 1e-6


@pytest.mark.parametrize("function", [preprocess, lambda a, b: pca_whiten(a, b, 1)])
def test_do_errors_say_what_came(function):
    with pytest.raises(ValueError, match=r"must be \(N, D\) and \(M, D\), got \(2, 3\) and \(2,"):
        function(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"got \(3,\) and \(2, 3\)"):
        function(np.ones(3), np.ones((2, 3)))
    with pytest.raises(ValueError, match="X_train must have at least one row, got none"):
        function(np.ones((0, 3)), np.ones((2, 3)))


@pytest.mark.parametrize("components", [0, 4])
def test_are_more_directions_than_there_are_refused(components):
    with pytest.raises(ValueError, match=f"components must be from 1 to 3, got {components}"):
        pca_whiten(np.ones((5, 3)), np.ones((1, 3)), components)
