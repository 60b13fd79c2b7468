"""Starts processes that start processes: at most two hundred, that sleep twenty seconds.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import ctypes
import os
import time

ctypes.CDLL(None).prctl(15, b"@MARK@")
for _ in range(200):
    try:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    except OSError as error:
        print(error)
        break
