"""Whether a level works on this machine: found out by trying it, and by trying to break it."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from pathlib import Path

from . import isolation

__all__ = ["reason"]


def reason(level: str) -> str:
    """Why `level` does not work here, or "". For a process of its own, with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        scratch, edition, private = (os.path.join(folder, x) for x in ("scratch", "edition", "p"))
        os.mkdir(scratch)
        os.mkdir(edition)
        Path(private).write_text("private")
        said, says = os.pipe()
        uid = isolation.unprivileged_user(0)
        try:
            plan = isolation.plan(level, scratch, edition, {"RLIMIT_CORE": 0}, 1 << 20, uid=uid)
            isolation.start(plan, lambda: _report(says, scratch, private))
        except (OSError, RuntimeError) as error:
            return str(error).removeprefix(f"{level}: ")
        os.close(says)
        answer = b"".join(iter(lambda: os.read(said, 4096), b"")).decode()
        isolation.sweep()
    able = answer.split()
    if "write" not in able:
        return "its process does not run"
    if level != "limits" and len(able) > 1:
        return f"it is in force, but does not refuse: {', '.join(sorted(set(able) - {'write'}))}"
    return ""


def _report(says: int, scratch: str, private: str) -> None:
    """Say what this process is able to do; an enclosed one can do the first alone."""
    attempts = {
        "write": lambda: Path(scratch, "file").write_text("mine"),
        "read": lambda: Path(private).read_text(),
        "socket": socket.socket,
        "fork": lambda: os.fork() or os._exit(0),
    }
    for name, attempt in attempts.items():
        with contextlib.suppress(OSError):
            attempt()
            os.write(says, f"{name}\n".encode())
