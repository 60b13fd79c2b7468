"""Try an isolation level on this machine, and try to break it."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from pathlib import Path

from . import isolation

__all__ = ["reason"]


def reason(level: str) -> str:
    """Why `level` does not work here, or "". To be called in a process with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        scratch, edition, private = (os.path.join(folder, x) for x in ("scratch", "edition", "p"))
        os.mkdir(scratch)
        os.mkdir(edition)
        Path(private).write_text("private")
        read_end, write_end = os.pipe()
        uid = isolation.unprivileged_user(0)
        try:
            plan = isolation.plan(level, scratch, edition, {"RLIMIT_CORE": 0}, 1 << 20, uid=uid)
            isolation.start(plan, lambda: _report(write_end, scratch, private))
        except (OSError, RuntimeError) as error:
            return str(error).removeprefix(f"{level}: ")
        os.close(write_end)
        report = b"".join(iter(lambda: os.read(read_end, 4096), b"")).decode()
        isolation.sweep()
    succeeded = set(report.split())
    if "write" not in succeeded:
        return "its process does not run"
    if level != "limits" and len(succeeded) > 1:
        return f"it is in force, but does not refuse: {', '.join(sorted(succeeded - {'write'}))}"
    return ""


def _report(write_end: int, scratch: str, private: str) -> None:
    """Write the names of the attempts that succeed; in a locked process, only the first does."""
    attempts = {
        "write": lambda: Path(scratch, "file").write_text("text"),
        "read": lambda: Path(private).read_text(),
        "socket": socket.socket,
        "fork": lambda: os.fork() or os._exit(0),
    }
    for name, attempt in attempts.items():
        with contextlib.suppress(OSError):
            attempt()
            os.write(write_end, f"{name}\n".encode())
