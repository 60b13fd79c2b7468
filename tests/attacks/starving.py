"""Sleeps through most of the time that a cell has, and keeps the processor busy meanwhile.

place: start
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import contextlib
import os
import threading
import time

for processor in (0, 1):
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(0, {processor})


def busy():
    while True:
        sum(range(10_000))


threading.Thread(target=busy, daemon=True).start()
time.sleep(0.7)
