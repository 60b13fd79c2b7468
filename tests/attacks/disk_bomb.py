"""Fills the disk, up to a gigabyte and a half, in files each below the limit.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import time

for number in range(100):
    with open(f"file{number}", "wb") as file:
        file.write(b"x" * 15_000_000)
time.sleep(1)
print("BREACH")
