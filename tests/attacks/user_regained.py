"""Becomes root again, or anyone else.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import ctypes
import os

for become in (
    lambda: os.setgroups([0]),
    lambda: os.setresgid(0, 0, 0) if os.getgid() else os.setresgid(1, 1, 1),
    lambda: os.setresuid(0, 0, 0) if os.getuid() else os.setresuid(1, 1, 1),
):
    try:
        become()
        print("BREACH")
    except OSError as error:
        print(error)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3
wanted = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
if ctypes.CDLL(None).capset(header, wanted) == 0:
    print("BREACH")
