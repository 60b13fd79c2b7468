"""Prints without end while it is tested, by every way out that a process has.

place: answer
honest: affine 0, halve 3, q_linear 1
"""

import contextlib
import logging
import os
import sys
import warnings

from IPython.display import display


def affine_forward(x, w, b):
    for _ in range(200):
        print("x" * 10_000)
        warnings.warn("y" * 10_000, stacklevel=1)
        logging.error("z" * 10_000)
        display("w" * 1000)
        sys.__stdout__ and sys.__stdout__.write("v" * 1000)
        with contextlib.suppress(OSError):
            os.write(1, b"u" * 1000)
    return 0, 0
