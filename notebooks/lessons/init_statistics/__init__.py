"""Exercises of notebook 02: preprocessing, and how large random weights should be."""

from __future__ import annotations

from .forward_statistics import forward_statistics
from .gain_for import gain_for
from .he import he
from .pca_whiten import pca_whiten
from .predicted_std import predicted_std
from .preprocess import preprocess
from .questions import q_relu_halves, q_saturated_gradient, q_tanh_and_the_derivation, q_whose_mean
from .small_random import small_random
from .xavier import xavier

EXERCISES = [
    preprocess,
    q_whose_mean,
    small_random,
    forward_statistics,
    xavier,
    q_tanh_and_the_derivation,
    predicted_std,
    q_relu_halves,
    he,
    q_saturated_gradient,
    gain_for,
    pca_whiten,
]
