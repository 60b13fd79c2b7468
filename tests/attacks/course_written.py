"""Writes to the course: marks, secret, source, the submission of another student.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import shutil
from pathlib import Path

for name in (
    "secret.key",
    "gradebook.db",
    "nbgrader_config.py",
    "submitted/bob/@NAME@/@NAME@.ipynb",
):
    path = Path("@COURSE@", name)
    for attempt in (
        lambda path=path: path.write_text("x"),
        lambda path=path: os.truncate(path, 0),
        lambda path=path: os.chmod(path, 0o777),
        lambda path=path: os.utime(path),
        lambda path=path: os.setxattr(path, "user.red", b"x"),
        lambda path=path: os.rename(path, f"{path}.@MARK@"),
        lambda path=path: os.link(path, "stolen"),
        lambda path=path: os.unlink(path),
    ):
        try:
            attempt()
            print("BREACH", path)
        except OSError as error:
            print(error)
shutil.rmtree("@COURSE@/submitted/bob", ignore_errors=True)
try:
    os.symlink("/", "@COURSE@/submitted/@MARK@")
    print("BREACH")
except OSError as error:
    print(error)
