"""Prints fifty megabytes, in long lines, in short ones, and to each stream.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import contextlib
import os
import sys

for _ in range(5):
    print("x" * 5_000_000)
    sys.stderr.write("y" * 5_000_000)
for number in range(50_000):
    print(number)
for stream in (1, 2):
    with contextlib.suppress(OSError):
        os.write(stream, b"z" * 1_000_000)
