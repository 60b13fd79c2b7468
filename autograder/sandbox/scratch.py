"""The folder that a submission may write to: made, measured, and removed whatever is in it.

Its content is not trusted: nothing here follows a link, needs paths to be short enough for the
system, or recurses into folders.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["bytes_in", "deleted_bytes", "make", "remove"]


def make(uid: int | None) -> str:
    """A new folder, owned by the user `uid`; None: by the caller."""
    folder = tempfile.mkdtemp(prefix="submission-")
    if uid is not None:
        os.chown(folder, uid, -1)
    return folder


_ENTRY = 4096
"""Bytes that a name counts for: many empty files fill a disk too."""


def bytes_in(folder: str) -> int:
    """Bytes on disk below `folder`, names included; `sys.maxsize` where they cannot be counted.

    They cannot in a folder that is unreadable, or too deep for a path: no exercise needs one, and
    it could hide files.
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
                        with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                            total += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
        except OSError:
            return sys.maxsize
    return total


def deleted_bytes(pid: int) -> int:
    """Bytes of deleted files that a process keeps open; 0 where the system does not tell."""
    total = 0
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                status = os.stat(f"/proc/{pid}/fd/{number}")
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    total += status.st_blocks * 512
    return total


def remove(folder: str) -> None:
    """Remove `folder` and everything in it, as far as possible; never raises OSError.

    Subfolders are moved to the top level before their parent is removed: two open folders are
    enough, however deep they are.
    """
    fresh_names = (f"{os.urandom(8).hex()}-{number}" for number in itertools.count())
    failed: set[str] = set()
    with contextlib.suppress(OSError), _open_folder(folder) as top:
        while names := set(os.listdir(top)) - failed:
            for name in names:
                if not _unlink(name, top):
                    try:
                        _move_up(name, top, fresh_names)
                        os.rmdir(name, dir_fd=top)
                    except OSError:
                        failed.add(name)
        os.rmdir(folder)


def _move_up(name: str, top: int, fresh_names: Iterator[str]) -> None:
    """Remove the files of a folder, and move its subfolders to `top`."""
    with _open_folder(name, top) as folder:
        for below in os.listdir(folder):
            if not _unlink(below, folder):
                os.rename(below, next(fresh_names), src_dir_fd=folder, dst_dir_fd=top)


def _unlink(name: str, folder: int) -> bool:
    """Remove a file; returns whether it did. A folder stays, and is made readable and writable."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.chmod(name, 0o700, dir_fd=folder)
            return False
        os.unlink(name, dir_fd=folder)
        return True
    return False


@contextlib.contextmanager
def _open_folder(name: str, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
