"""The exercises of 07_dropout, in the notebook's order."""

from .backward import dropout_backward
from .forward import dropout_forward
from .mc_average import mc_average
from .questions import (
    q_exact_average,
    q_forgotten_scale,
    q_kept_numbers,
    q_need_for_dropout,
    q_second_moment,
    q_which_net,
)

EXERCISES = [
    q_kept_numbers,
    dropout_forward,
    q_second_moment,
    dropout_backward,
    q_forgotten_scale,
    q_exact_average,
    mc_average,
    q_which_net,
    q_need_for_dropout,
]
