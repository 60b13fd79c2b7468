"""Changes the process that others are forked from, and sees whether an earlier one did.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import builtins
import os
import sys

import matplotlib
import numpy as np

if hasattr(np, "red") or hasattr(builtins, "red") or os.environ.get("RED"):
    print("BREACH")
np.red = builtins.red = True
os.environ["RED"] = "1"
os.umask(0)
matplotlib.rcParams["figure.dpi"] = 1
sys.path[:] = ["/"]
np.set_printoptions(precision=1)
os._exit(0)
