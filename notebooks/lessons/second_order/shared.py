"""What several exercises of this lesson draw."""

from __future__ import annotations

import numpy as np


def symmetric(rng, eigenvalues):
    """A symmetric matrix with these eigenvalues, turned out of the axes."""
    turn = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    matrix = turn @ np.diag(eigenvalues) @ turn.T
    return 0.5 * (matrix + matrix.T)
