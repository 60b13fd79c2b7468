"""A lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from ..errors import AutograderError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["lock"]


def lock(path: Path, problem: str) -> BinaryIO:
    """Make and lock the file at `path`; the lock ends when the file is closed.

    Raises AutograderError, which begins with `problem`, if another process has locked it.
    """
    file = path.open("ab")
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AutograderError(f"{problem} ({path} is locked): wait for that run to end") from None
    except OSError:
        pass  # a file system without locks
    return file
