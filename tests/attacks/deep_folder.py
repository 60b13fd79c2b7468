"""Makes folders in folders, a thousand and more deep, which somebody has to remove.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os

try:
    for _ in range(1200):
        os.mkdir("deep")
        os.chdir("deep")
    open("file", "w").close()
    os.chmod(".", 0)
except OSError as error:
    print(error)
