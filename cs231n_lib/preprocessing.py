"""What is done to the data before a network sees it, always with the TRAINING set's own numbers.

Each function takes the training set and the test set, (N, D) and (M, D), one row per example, and
returns both anew: whatever it measures (mean, standard deviation, principal directions) it
measures on the training set, and does to the test set the very same thing. A validation set is
treated like a test set.

Slide "Data Preprocessing"; course notes "Neural Networks Part 2".
"""

import numpy as np

__all__ = ["pca_whiten", "preprocess"]


def preprocess(X_train: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zero-centre and normalise each column: ``(x - mean) / std``, with the training set's numbers.

    The standard deviation is the biased one (divided by N). A column that is constant in the
    training set is only centred: there is no spread to divide by, and a tiny number in its place
    would make huge ones of whatever the test set has there. Float results, inputs unchanged.

    >>> X_train, X_test = preprocess(np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[4.0, 9.0]]))
    >>> X_train, X_test
    (array([[-1.,  0.], [ 1.,  0.]]), array([[2., 2.]]))
    """
    X_train, X_test = _checked(X_train, X_test)
    # Not `std > 0`: the mean of a constant column can be off by a rounding error.
    varies = np.ptp(X_train, axis=0) > 0
    mean, std = X_train.mean(axis=0), np.where(varies, X_train.std(axis=0), 1.0)
    return (X_train - mean) / std, (X_test - mean) / std


def pca_whiten(
    X_train: np.ndarray, X_test: np.ndarray, components: int, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along the ``components`` main directions of the training set, each of variance 1.

    The covariance matrix of the centred training set (divided by N) has eigenvectors u_1, u_2, ...
    with eigenvalues λ_1 >= λ_2 >= ...; column k of the results, (N, components) and
    (M, components), is ``(x - mean)·u_k / √(λ_k + eps)``. ``eps`` is inside the root: it keeps
    directions without variance from becoming noise. The sign of each direction is arbitrary.

    Computed from the singular values s of the centred data, λ = s²/N, which never forms the
    covariance matrix.

    >>> X = np.array([[2.0, 2.0], [-2.0, -2.0], [1.0, -1.0], [-1.0, 1.0]])
    >>> Z, _ = pca_whiten(X, X, components=2)
    >>> (Z.T @ Z / 4).round(4) + 0.0  # uncorrelated, variance 1
    array([[1., 0.], [0., 1.]])
    """
    X_train, X_test = _checked(X_train, X_test)
    most = min(X_train.shape)
    if not 1 <= components <= most:
        raise ValueError(f"components must be from 1 to {most}, got {components}")
    mean = X_train.mean(axis=0)
    _, s, directions = np.linalg.svd(X_train - mean, full_matrices=False)
    scale = np.sqrt(s[:components] ** 2 / len(X_train) + eps)
    turn = directions[:components].T / scale
    return (X_train - mean) @ turn, (X_test - mean) @ turn


def _checked(X_train: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X_train, X_test = np.asarray(X_train), np.asarray(X_test)
    if X_train.ndim != 2 or X_test.ndim != 2 or X_train.shape[1] != X_test.shape[1]:
        raise ValueError(
            f"X_train and X_test must be (N, D) and (M, D), got {X_train.shape} and {X_test.shape}"
        )
    if len(X_train) == 0:
        raise ValueError("X_train must have at least one row, got none")
    return X_train, X_test
