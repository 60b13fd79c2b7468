"""Closes its standard streams, in Python and below it.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import os
import sys

os.close(1)
os.close(2)
sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = None
