"""The folder that a submission may write to: made, measured, and removed whatever is in it.

What is in it was made by a stranger, so nothing here follows a link, counts on a path being short
enough for the system, or calls itself for each level of folders.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["held", "make", "remove", "used"]


def make(uid: int | None) -> str:
    """A new folder that belongs to the user `uid`; None: to the caller."""
    folder = tempfile.mkdtemp(prefix="submission-")
    if uid is not None:
        os.chown(folder, uid, -1)
    return folder


_ENTRY = 4096
"""What a name costs, in bytes: a disk also ends when it can hold no more files, however small."""


def used(folder: str) -> int:
    """Bytes on disk below `folder`, names included; `sys.maxsize` where they cannot be counted.

    That is where a folder is closed, or so deep that no path leads to it. No exercise needs
    either, and files could be hidden there.
    """
    total, folders = 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    total += _ENTRY
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        with contextlib.suppress(FileNotFoundError):  # it was removed meanwhile
                            total += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
        except OSError:
            return sys.maxsize
    return total


def held(pid: int) -> int:
    """Bytes of deleted files that a process keeps open; 0 where the system does not tell."""
    total = 0
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found = os.stat(f"/proc/{pid}/fd/{number}")
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                    total += found.st_blocks * 512
    return total


def remove(folder: str) -> None:
    """Remove `folder` with all that is in it, as far as that is allowed; never raises for it.

    What is in its folders is moved up before they are removed: however deep they are, two open
    folders are enough to reach all.
    """
    names = (f"{os.urandom(8).hex()}-{number}" for number in itertools.count())
    left: set[str] = set()
    with contextlib.suppress(OSError), _opened(folder) as top:
        while found := set(os.listdir(top)) - left:
            for name in found:
                if not _unlink(name, top):
                    try:
                        _move_up(name, top, names)
                        os.rmdir(name, dir_fd=top)
                    except OSError:
                        left.add(name)
        os.rmdir(folder)


def _move_up(name: str, top: int, names: Iterator[str]) -> None:
    with _opened(name, top) as folder:
        for below in os.listdir(folder):
            if not _unlink(below, folder):
                os.rename(below, next(names), src_dir_fd=folder, dst_dir_fd=top)


def _unlink(name: str, folder: int) -> bool:
    """Whether it was removed: a folder is not, but may be read and written to from now on."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.chmod(name, 0o700, dir_fd=folder)
            return False
        os.unlink(name, dir_fd=folder)
        return True
    return False


@contextlib.contextmanager
def _opened(name: str, within: int | None = None) -> Iterator[int]:
    number = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        yield number
    finally:
        os.close(number)
