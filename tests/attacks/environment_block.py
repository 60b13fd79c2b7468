"""Reads the environment that its process was started with, from memory as well.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import ctypes
import os
import sys

print(dict(os.environ), sys.argv, getattr(sys, "orig_argv", ""))
block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
number = 0
while block and block[number]:
    print(block[number])
    number += 1
try:
    for name in ("environ", "cmdline", "mountinfo", "maps"):
        with open(f"/proc/self/{name}") as file:
            print(file.read(50_000))
except OSError as error:
    print(error)
