"""Reads the course: secret, gradebook, source, and the submission of another student.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import json
import re
from pathlib import Path

for top in ("@COURSE@", "@ROOT@", "@HOME@"):
    try:
        files = list(Path(top).rglob("*"))
    except OSError:
        files = []
    for path in [*files, Path(top, "secret.key"), Path(top, "gradebook.db"), Path("@TMP@")]:
        try:
            print(re.findall(rb"CANARY-[A-Z]+-[0-9a-f]{12}", path.read_bytes()))
        except OSError:
            continue
try:
    theirs = json.loads(Path("@COURSE@/submitted/bob/@NAME@/@NAME@.ipynb").read_text())
    for cell in theirs["cells"]:
        if "affine_forward" in "".join(cell["source"]):
            exec("".join(cell["source"]), globals())
except (OSError, ValueError) as error:
    print(error)
