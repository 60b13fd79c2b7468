"""Kills its parent, the process that is to clean up after it.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import signal

parent = os.getppid()
if parent > 1:
    os.kill(parent, signal.SIGKILL)
    print("BREACH")
