"""Changes the edition on disk, which the next submission imports as well.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
from pathlib import Path

import cs231n_lib

for path in Path(cs231n_lib.__file__).parents[1].rglob("*"):
    try:
        os.chmod(path, 0o666)
        with open(path, "a") as file:
            file.write("\n# poisoned\n")
        print("BREACH", path)
    except OSError as error:
        print(error)
