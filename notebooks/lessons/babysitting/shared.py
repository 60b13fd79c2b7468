"""Ranges of hyperparameters, for the layouts and for the narrower search."""

from __future__ import annotations


def decades(rng, least, most):
    """A range of two to four decades on a log scale that begins between 10^least and 10^most."""
    low = 10 ** rng.uniform(least, most)
    return [float(low), float(low * 10 ** rng.uniform(2, 4)), "log"]


def stretch(rng):
    """A range on a linear scale."""
    low = rng.uniform(0.2, 1)
    return [float(low), float(low + rng.uniform(2, 5)), "linear"]
