"""The digits that ship with the library, mini-batches, a toy data set; CIFAR-10 on request.

The digits are "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (1998), UCI
Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; see ``digits.txt``.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cs231n_lib.cifar import load_cifar10
from cs231n_lib.splits import Digits

__all__ = ["Dataset", "Digits", "load_cifar10", "load_digits", "sample_batch", "spiral"]


def load_digits(raw: bool = False) -> Digits:
    """1,797 real handwritten digits of 8x8 pixels: 1000 to train, 297 to validate, 500 to test.

    Pixels are float64: divided by 16, minus the mean image of the TRAINING part. With ``raw`` they
    are as they were stored, 0 to 16. The split follows an order that is part of the file (drawn
    once, as ``default_rng(6).permutation(1797)``), so it is the same everywhere and for ever.

    >>> digits = load_digits()
    >>> digits.X_train.shape, digits.X_val.shape, digits.X_test.shape
    ((1000, 64), (297, 64), (500, 64))
    >>> digits.y_train[:5]
    array([1, 3, 4, 9, 0])
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        order = stored["order"]
        X = stored["images"][order].astype(np.float64)
        y = stored["labels"][order].astype(np.int64)
    if not raw:
        X /= 16
        X -= X[:1000].mean(axis=0)
    return Digits(X[:1000], y[:1000], X[1000:1297], y[1000:1297], X[1297:], y[1297:])


def sample_batch(
    X: np.ndarray, y: np.ndarray, batch_size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """``batch_size`` different rows of ``X`` with their labels, drawn at random.

    Within a batch no row comes twice; from batch to batch any may. Slide "Mini-batch SGD".
    Raises ``ValueError`` unless 1 <= batch_size <= N.

    >>> X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    >>> X_batch, y_batch = sample_batch(X, y, 3, np.random.default_rng(0))
    >>> X_batch.shape, bool((X_batch[:, 0] == 2 * y_batch).all())
    ((3, 2), True)
    """
    if len(X) != len(y):
        raise ValueError(f"X and y must have one row per example, got {len(X)} and {len(y)} rows")
    if not 1 <= batch_size <= len(X):
        raise ValueError(f"batch_size must be from 1 to {len(X)} (the rows of X), got {batch_size}")
    rows = rng.choice(len(X), size=batch_size, replace=False)
    return X[rows], y[rows]


Sampler = Callable[
    [np.ndarray, np.ndarray, int, np.random.Generator], tuple[np.ndarray, np.ndarray]
]


class Dataset:
    """A data set that hands out mini-batches: ``data_batch = dataset.sample_data_batch()``.

    ``rng`` None draws the same batches in every run (``default_rng(0)``). ``sample`` None means
    ``sample_batch``; a function with its contract, such as a student's own, takes its place.

    >>> X_batch, y_batch = Dataset(np.zeros((20, 4)), np.arange(20), 5).sample_data_batch()
    >>> X_batch.shape, y_batch.shape
    ((5, 4), (5,))
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        batch_size: int = 100,
        rng: np.random.Generator | None = None,
        sample: Sampler | None = None,
    ) -> None:
        self.X, self.y, self.batch_size = X, y, batch_size
        self.rng = np.random.default_rng(0) if rng is None else rng
        self.sample = sample

    def sample_data_batch(self) -> tuple[np.ndarray, np.ndarray]:
        """The next random batch ``(X, y)``."""
        # Asking the module for the name lets an edition that withholds it say so itself.
        sample = self.sample or sys.modules[__name__].sample_batch
        return sample(self.X, self.y, self.batch_size, self.rng)


def spiral(
    points_per_class: int = 100,
    classes: int = 3,
    rng: np.random.Generator | None = None,
    noise: float = 0.2,
) -> tuple[np.ndarray, np.ndarray]:
    """Interleaved spiral arms that no straight line can separate; ``X`` (N, 2), ``y`` (N,).

    Arm k starts at the origin and turns by about 4 radians while its radius grows to 1; ``noise``
    is the standard deviation of the angle. Rows are grouped by class. ``rng`` None means
    ``default_rng(0)``. After the course notes' "minimal neural network case study".

    >>> X, y = spiral(points_per_class=50, classes=4)
    >>> X.shape, bool(np.abs(X).max() <= 1), np.bincount(y)
    ((200, 2), True, array([50, 50, 50, 50]))
    """
    if points_per_class < 1 or classes < 1:
        raise ValueError(
            f"points_per_class and classes must be at least 1, got {points_per_class}, {classes}"
        )
    rng = np.random.default_rng(0) if rng is None else rng
    y = np.repeat(np.arange(classes), points_per_class)
    radius = np.tile(np.linspace(0.0, 1.0, points_per_class), classes)
    angle = 4.0 * (y + radius) + noise * rng.standard_normal(len(y))
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), y
