"""Makes five thousand files and folders whose path is longer than paths can be, to be cleaned up.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os

try:
    for number in range(5_000):
        os.close(os.open(f"f{number}", os.O_CREAT | os.O_WRONLY, 0))
except OSError as error:
    print(error)
try:
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chmod(".", 0)
except OSError as error:
    print(error)
