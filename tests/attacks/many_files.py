"""Makes twenty thousand files and a chain of folders that is very deep, to be cleaned up.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os

try:
    for number in range(20_000):
        os.close(os.open(f"f{number}", os.O_CREAT | os.O_WRONLY, 0))
except OSError as error:
    print(error)
try:
    for _ in range(1500):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chmod(".", 0)
except OSError as error:
    print(error)
