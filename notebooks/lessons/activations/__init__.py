"""The six activation functions, and units that saturate or die, in the order of the notebook."""

from __future__ import annotations

from .elu import elu
from .leaky_relu import leaky_relu
from .maxout import maxout
from .questions import q_dead_relu, q_not_zero_centred
from .relu import relu
from .saturation import saturation_report
from .sigmoid import sigmoid
from .tanh import tanh

__all__ = ["EXERCISES"]

EXERCISES = [
    sigmoid,
    tanh,
    q_not_zero_centred,
    relu,
    leaky_relu,
    maxout,
    elu,
    saturation_report,
    q_dead_relu,
]
