"""Leaves its root directory: by "..", by a second chroot, by links.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import re
from pathlib import Path

for attempt in (
    lambda: os.chroot("."),
    lambda: os.symlink("@COURSE@", "link"),
    lambda: print(re.findall(r"CANARY-[A-Z]+-[0-9a-f]{12}", Path("link/secret.key").read_text())),
    lambda: print(os.listdir("link")),
    lambda: Path("../" * 40 + "@COURSE@/secret.key".lstrip("/")).read_text() and print("BREACH"),
    lambda: Path("/proc/self/root@COURSE@/secret.key").read_text() and print("BREACH"),
    lambda: Path("/etc/passwd").read_text() and print("BREACH"),
    lambda: os.link("@TMP@", "linked") and print("BREACH"),
):
    try:
        attempt()
    except OSError as error:
        print(error)
