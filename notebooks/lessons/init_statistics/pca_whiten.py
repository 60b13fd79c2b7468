"""For a bonus: the data along their main directions, each with a variance of 1."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise, Mistake, Style, Test, edit, functions
from cs231n_lib import preprocessing

# --- probes ---------------------------------------------------------------------------------------


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


# --- inputs ---------------------------------------------------------------------------------------


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


# --- other right answers --------------------------------------------------------------------------


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


# --- wrong answers --------------------------------------------------------------------------------


def in_the_order_of_eigh(chosen):
    """The directions as `eigh` returns them, from the smallest variance to the largest."""

    def function(X_train, X_test, components, eps=1e-5):
        mean = X_train.mean(axis=0)
        values, vectors = np.linalg.eigh((X_train - mean).T @ (X_train - mean) / len(X_train))
        few = chosen(components)
        turn = vectors[:, few] / np.sqrt(values[few] + eps)
        return (X_train - mean) @ turn, (X_test - mean) @ turn

    return {"pca_whiten": function}


# --- the exercise ---------------------------------------------------------------------------------

pca_whiten = Exercise(
    name="pca_whiten",
    slide="Data Preprocessing: PCA and whitening",
    answers=functions(preprocessing.pca_whiten),
    tests=[
        Test(
            "both sets along the training set's main directions, in order (signs and sizes free)",
            directions,
            cloud_with_eps,
            points=2,
        ),
        Test("the variances, with eps inside the root", whitened, cloud_with_large_eps),
        Test(
            "eps = 1e-5 by default; the inputs stay as they were",
            whitened_by_default,
            cloud,
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
            "The test set is centred with its own mean. Measure everything on the training set "
            "alone.",
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
            in_the_order_of_eigh(lambda components: slice(components)),
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
            in_the_order_of_eigh(lambda components: slice(-components, None)),
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
            "You left eps out. In a direction in which the data hardly vary you would divide "
            "noise "
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
    styles=[
        Style("eigenvectors", {"pca_whiten": by_eigenvectors}),
        Style("SVD of the covariance", {"pca_whiten": as_in_the_notes}),
        Style("np.cov, other signs", {"pca_whiten": with_np_cov}),
    ],
)
