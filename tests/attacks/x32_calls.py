"""Makes a call under the other numbering of the same machine, which a filter may have forgotten.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import ctypes
import os

if ctypes.CDLL(None).syscall(0x40000000 + 39) == os.getpid():
    print("BREACH")
