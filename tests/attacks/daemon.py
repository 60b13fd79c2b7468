"""Leaves a process that has left its session, its parent and its files behind.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import contextlib
import ctypes
import os
import signal
import time

ctypes.CDLL(None).prctl(15, b"@MARK@")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, signal.NSIG):
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 1024)
        time.sleep(60)
    os._exit(0)
