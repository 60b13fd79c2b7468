"""Leaves such a process from within a test, and then ends itself.

place: answer
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import ctypes
import os
import time


def affine_forward(x, w, b):
    ctypes.CDLL(None).prctl(15, b"@MARK@")
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
    os._exit(1)
