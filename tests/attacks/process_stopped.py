"""Stops its own process: it is there, but neither runs nor ends.

place: start
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
