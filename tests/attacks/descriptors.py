"""Tries every open descriptor: reads it, lists it, leaves through it.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
import stat

home = os.getcwd()
for number in range(1024):
    try:
        kind = os.fstat(number).st_mode
    except OSError:
        continue
    try:
        if stat.S_ISDIR(kind):
            print("BREACH a folder is open:", number, os.listdir(number))
            os.fchdir(number)
        elif stat.S_ISREG(kind):
            print("BREACH a file is open:", number, os.pread(number, 10_000, 0))
        elif stat.S_ISFIFO(kind):
            print("BREACH a pipe is open:", number)
    except OSError as error:
        print(number, error)
os.chdir(home)
