"""Hangs in every test, inside one call of a function written in C.

place: answer
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import re


def affine_forward(x, w, b):
    re.match(r"(a*)*(a*)*(a*)*b", "a" * 40)
