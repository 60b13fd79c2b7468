"""Exercises of notebook 02 about the data: centred, normalised, and whitened for a bonus."""
# mypy: disallow-untyped-defs=False

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Mistake, Test, edit, functions
from cs231n_lib import preprocessing

from . import init_probes as ask
from .init_styles import STYLES

__all__ = ["pca_whiten", "preprocess"]

SLIDE = "Data Preprocessing"
# Values are about 1. A tiny number added to a standard deviation of 2 or more changes them by less.
NEAR = 1e-5


def columns(X):
    """Mean and standard deviation of each column; 1 in the place of 0."""
    std = X.std(axis=0)
    return X.mean(axis=0), np.where(std > 0, std, 1)


def wrong(
    change: Callable[..., Any],
    measured: Callable[..., Any] = lambda X_train, X_test: (columns(X_train), columns(X_train)),
) -> dict[str, Any]:
    """A wrong `preprocess`: `change(x, mean, std)`, with numbers measured elsewhere."""

    def function(X_train, X_test):
        for_train, for_test = measured(X_train, X_test)
        return change(X_train, *for_train), change(X_test, *for_test)

    return {"preprocess": function}


def standardised(x, mean, std):
    return (x - mean) / std


def in_place(X_train, X_test):
    mean, std = columns(X_train)
    for X in (X_train, X_test):
        X[...] = (X - mean) / std
    return X_train, X_test


def careless(tiny: float) -> Callable[..., Any]:
    def function(X_train, X_test):
        mean, std = X_train.mean(axis=0), X_train.std(axis=0) + tiny
        return (X_train - mean) / std, (X_test - mean) / std

    return function


def together(X_train, X_test):
    numbers = columns(np.concatenate([X_train, X_test]))
    return numbers, numbers


def test_mean_only(X_train, X_test):
    mean, std = columns(X_train)
    return (mean, std), (X_test.mean(axis=0), std)


preprocess = Exercise(
    name="preprocess",
    slide=SLIDE,
    answers=functions(preprocessing.preprocess),
    tests=[
        Test("the training set", ask.training_set, ask.tables, points=2, rtol=NEAR, atol=NEAR),
        Test(
            "the test set, with the training set's numbers",
            ask.test_set,
            ask.tables,
            points=2,
            rtol=NEAR,
            atol=NEAR,
        ),
        Test(
            "a column that is constant in the training set: no NaN, no huge number",
            ask.both_sets,
            ask.constant_columns,
            holds=ask.only_centred,
            quiet=True,
        ),
        Test(
            "whole numbers, as images are stored; the inputs stay as they were",
            ask.both_sets,
            ask.whole_numbers,
            rtol=NEAR,
            atol=NEAR,
            untouched=("X_train", "X_test"),
        ),
    ],
    mistakes=[
        Mistake(
            "test set's own numbers",
            "Your test set is normalised with its own mean and standard deviation. The network was "
            "fitted to inputs that went through the training set's: the same image must give the "
            "same numbers wherever it is. (And what if the test set is a single image?)",
            wrong(standardised, lambda X_train, X_test: (columns(X_train), columns(X_test))),
        ),
        Mistake(
            "test set's own mean",
            "You divide by the training set's standard deviation, but subtract the test set's own "
            "mean. All that is measured must be measured on the training set.",
            wrong(standardised, test_mean_only),
        ),
        Mistake(
            "measured on both sets together",
            "Your mean and standard deviation are those of training and test set together. So the "
            "test set has had a say in the training, and is no longer a test: that is a leak.",
            wrong(standardised, together),
        ),
        Mistake(
            "test set left as it was",
            "The test set comes out as it went in. (Did you change X_train in place first? Then, "
            "by the time you use them for X_test, its mean is 0 and its standard deviation 1.)",
            wrong(standardised, lambda X_train, X_test: (columns(X_train), (0.0, 1.0))),
        ),
        Mistake(
            "divided by 0",
            "A column that never changes in the training set, such as the corner of an image, has "
            "the standard deviation 0, and 0/0 is not a number.",
            {"preprocess": careless(0.0)},
        ),
        Mistake(
            "tiny number instead of care",
            "A tiny number in the denominator keeps NaN away, but if a pixel that never changed in "
            "training differs in one test image, that difference is divided by the tiny number: "
            "the network gets an input of millions. A column without spread needs another divisor.",
            {"preprocess": careless(1e-8)},
        ),
        Mistake(
            "centred, not normalised",
            "The mean is subtracted, but the columns keep their different scales. That is often "
            "enough for images; here both steps are asked for.",
            wrong(lambda x, mean, std: x - mean),
        ),
        Mistake(
            "normalised, not centred",
            "You divide by the standard deviation, but the mean is still in there.",
            wrong(lambda x, mean, std: x / std),
        ),
        Mistake(
            "divided by the variance",
            "You divide by the variance. To end with a standard deviation of 1, by what must you "
            "divide? (Think of units: metres and square metres.)",
            wrong(lambda x, mean, std: (x - mean) / std**2),
        ),
        Mistake(
            "mean subtracted after the division",
            "You scale first and then subtract the mean of the UNSCALED column. Either order is "
            "fine, as long as the mean is that of the numbers it is subtracted from.",
            wrong(lambda x, mean, std: x / std - mean),
        ),
        Mistake(
            "N - 1",
            "Your standard deviation divides by N - 1, as in pandas, MATLAB or PyTorch. This "
            "course uses NumPy's, which divides by N. With 1000 images nobody would notice.",
            wrong(
                standardised,
                lambda X_train, X_test: (
                    2 * ((X_train.mean(axis=0), columns(X_train)[1] * _unbiased(X_train)),)
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "one number for all columns",
            "You use one mean and one standard deviation for the whole array. Each pixel has its "
            "own: along which axis do the examples lie?",
            wrong(
                standardised,
                lambda X_train, X_test: 2 * ((X_train.mean(), X_train.std()),),
            ),
        ),
        Mistake(
            "each row by itself",
            "You take mean and standard deviation of each ROW, so every image is normalised by "
            "itself. That is done too (as 'contrast normalisation'), but it is not the slide's: "
            "each pixel is compared with the same pixel of the other images.",
            wrong(lambda x, *_: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)),
            elsewhere=True,
        ),
        Mistake(
            "scaled to 0 and 1",
            "You map each column's least value to 0 and its largest to 1. That is min-max scaling; "
            "here the mean must be 0 and the standard deviation 1.",
            wrong(
                standardised,
                lambda X_train, X_test: (
                    2 * ((X_train.min(axis=0), np.maximum(np.ptp(X_train, axis=0), 1e-300)),)
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "writes into its inputs",
            "The numbers are right where the inputs are floats, but you write them into the arrays "
            "that you were given: their owner still wants the original images, and in arrays of "
            "whole numbers the fractions are lost.",
            {"preprocess": in_place},
        ),
    ],
    styles=STYLES["preprocess"],
)


def _unbiased(X):
    return np.sqrt(len(X) / (len(X) - 1))


pca_whiten = Exercise(
    name="pca_whiten",
    slide=f"{SLIDE}: PCA and whitening",
    answers=functions(preprocessing.pca_whiten),
    tests=[
        Test(
            "both sets along the training set's main directions, in order (signs and sizes free)",
            ask.directions,
            ask.cloud_with_eps,
            points=2,
        ),
        Test("the variances, with eps inside the root", ask.whitened, ask.cloud_with_large_eps),
        Test(
            "eps = 1e-5 by default; the inputs stay as they were",
            ask.whitened_by_default,
            ask.cloud,
            rtol=1e-7,
            untouched=("X_train", "X_test"),
        ),
    ],
    mistakes=[
        Mistake(
            "not centred",
            "The mean was not subtracted: the first direction then mostly points from the origin "
            "to the middle of the cloud, instead of along it.",
            edit(
                preprocessing.pca_whiten,
                ("    mean = X_train.mean(axis=0)\n", "    mean = 0 * X_train[0]\n"),
            ),
        ),
        Mistake(
            "test set's own mean",
            "The test set is centred with its own mean. All is measured on the training set alone.",
            edit(preprocessing.pca_whiten, ("(X_test - mean)", "(X_test - X_test.mean(axis=0))")),
        ),
        Mistake(
            "rotated, not whitened",
            "These are the coordinates along the main directions (that is PCA), but their "
            "variances are still those of the data. Whitening makes each of them 1.",
            edit(preprocessing.pca_whiten, (".T / scale", ".T")),
        ),
        Mistake(
            "divided by the eigenvalue",
            "An eigenvalue of the covariance matrix is a variance. By what do you divide to make a "
            "variance 1?",
            edit(preprocessing.pca_whiten, (".T / scale", ".T / scale**2")),
        ),
        Mistake(
            "smallest directions",
            "You took the directions with the SMALLEST variance. Look in which order your function "
            "of numpy.linalg returns eigenvalues.",
            {"pca_whiten": lambda *inputs: _by_eigh(False, *inputs)},
        ),
        Mistake(
            "columns instead of rows",
            "Your directions are columns of the SVD's third result. Its ROWS are the directions: "
            "NumPy returns that matrix transposed.",
            edit(
                preprocessing.pca_whiten,
                ("directions[:components].T", "directions[:, :components]"),
            ),
        ),
        Mistake(
            "components in rising order",
            "The directions are the right ones, but the one with the largest variance should come "
            "first. (eigh returns them in rising order.)",
            {"pca_whiten": lambda *inputs: _by_eigh(True, *inputs)},
        ),
        Mistake(
            "eps outside the root",
            "You add eps to the standard deviation. That is where many whitening recipes and all "
            "update rules have it; here it is added to the variance, under the root.",
            edit(
                preprocessing.pca_whiten,
                (
                    "np.sqrt(s[:components] ** 2 / len(X_train) + eps)",
                    "np.sqrt(s[:components] ** 2 / len(X_train)) + eps",
                ),
            ),
            elsewhere=True,
        ),
        Mistake(
            "eps left out",
            "eps is not in it. In a direction in which the data hardly vary you would divide noise "
            "by next to nothing.",
            edit(preprocessing.pca_whiten, (" + eps)", ")")),
        ),
        Mistake(
            "singular values taken for variances",
            "You divide by the root of the singular values, as if they were the variances. What is "
            "a SQUARED singular value a sum of, and how do you make a mean of it?",
            edit(
                preprocessing.pca_whiten,
                ("s[:components] ** 2 / len(X_train) + eps", "s[:components] + eps"),
            ),
        ),
        Mistake(
            "N not divided out",
            "You divide by singular values of the data (or by eigenvalues of XᵀX) as they are: "
            "their squares are N variances, not one.",
            edit(preprocessing.pca_whiten, (" / len(X_train) + eps", " + eps")),
        ),
        Mistake(
            "N - 1",
            "Your covariance divides by N - 1, as np.cov does. Here, as everywhere in this course, "
            "it is divided by N.",
            edit(preprocessing.pca_whiten, ("/ len(X_train) + eps", "/ (len(X_train) - 1) + eps")),
            elsewhere=True,
        ),
    ],
    styles=STYLES["pca_whiten"],
)


def _by_eigh(largest, X_train, X_test, components, eps=1e-5):
    mean = X_train.mean(axis=0)
    values, vectors = np.linalg.eigh((X_train - mean).T @ (X_train - mean) / len(X_train))
    chosen = slice(-components, None) if largest else slice(components)
    turn = vectors[:, chosen] / np.sqrt(values[chosen] + eps)
    return (X_train - mean) @ turn, (X_test - mean) @ turn
