"""The form of a data set: images and labels, to train, to validate and to test."""

from typing import NamedTuple

import numpy as np

__all__ = ["Digits"]


class Digits(NamedTuple):
    """Images (N, D), one row per image, and labels (N,) from 0 to 9, in three parts.

    D is 64 for the digits (8x8 pixels) and 3072 for CIFAR-10 (3x32x32).
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
