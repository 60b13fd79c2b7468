"""Writes one file that is larger than a file may be, then a sparse one of a terabyte.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for size in (200_000_000, 1 << 40):
    try:
        with open("large", "wb") as file:
            file.truncate(size)
        print("BREACH", size)
    except OSError as error:
        print(error)
