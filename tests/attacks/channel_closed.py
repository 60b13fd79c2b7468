"""Closes every open descriptor, and opens others in their place.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os

os.closerange(0, 1024)
for _ in range(20):
    os.open("/dev/zero", os.O_RDWR)
