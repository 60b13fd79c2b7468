"""Work that does not end by itself, for tests that stop it. Each notes its process in a folder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

__all__ = ["count", "wait"]


def wait(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    signal.pause()


def count(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    while True:
        pass
