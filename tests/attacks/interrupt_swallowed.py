"""Goes on for ever, and swallows the interrupt that is to stop it.

place: start
honest: affine 0, halve 3, q_linear 1
limits: 1 s
"""

import time

while True:
    try:
        while True:
            time.sleep(60)
    except BaseException:
        pass
