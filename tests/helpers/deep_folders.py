"""Folders in folders, deeper than a path or a stack of calls can go."""

from __future__ import annotations

import os


def dig(folder: str | os.PathLike[str], levels: int, name: str = "d", last: int = 0o700) -> None:
    """Make `levels` folders, each in the one before it; a file in the last, with its mode."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.fchmod(here, last)
    os.close(here)
