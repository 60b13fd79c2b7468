"""Starts another program that goes on, and replaces itself by one that knows the channel.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
import subprocess
import sys

WAIT = "import time; time.sleep(60)  # @MARK@"
FORGE = (
    "import os\nfor n in range(3, 64):\n    try: os.write(n, bytes(64))\n    except OSError: pass"
)
try:
    subprocess.Popen([sys.executable, "-I", "-S", "-c", WAIT], start_new_session=True)
except OSError as error:
    print(error)
for number in range(3, 64):
    try:
        os.set_inheritable(number, True)
    except OSError:
        continue
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", FORGE])
