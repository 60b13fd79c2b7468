"""Blocks every signal that can be blocked, and waits in C.

place: start
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import ctypes
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
signal.signal(signal.SIGINT, signal.SIG_IGN)
ctypes.CDLL(None).sleep(3600)
