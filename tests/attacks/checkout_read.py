"""Reads the course's program, with the reference and the exercises in it.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import sys
from pathlib import Path

for name in ("cs231n_lib/layers.py", "cs231n_lib/__pycache__", "notebooks/lessons", "notebooks"):
    path = Path("@CHECKOUT@", name)
    try:
        print("BREACH", list(path.iterdir()) if path.is_dir() else path.read_text()[:100])
    except OSError as error:
        print(error)
sys.path.insert(0, "@CHECKOUT@")
for name in [name for name in sys.modules if name.startswith("cs231n_lib")]:
    del sys.modules[name]
try:
    from cs231n_lib.layers import affine_forward
except ImportError as error:
    print(error)
else:
    print("BREACH", affine_forward)
