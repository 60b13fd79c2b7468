"""What lies in nbgrader's exchange or in a drop folder, and whether all of it is there yet.

A drop folder holds hand-ins by students' names (``student-01.ipynb``, ``student-01/…``) and whole
downloads of an LMS (``*.zip``). What is still being copied there changes from one look to the next,
or is no whole notebook or zip; such a half is left alone until it is whole, or no more comes.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..grading.hand_in import read_plain
from .attempts import SECRET, TIMESTAMP
from .layouts import relevant_paths

__all__ = ["QUIET", "Arrival", "Settling", "arrivals"]

QUIET = 2.0
"""Seconds in which nothing of a whole file may change."""
PATIENCE = 60.0
"""The same for what does not look whole: it is what it is, broken, if no more comes."""
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")
_MOST_FILES = 2000


@dataclass(frozen=True)
class Arrival:
    """A file or folder that came in.

    layout : exchange or folder; who : whose it is, by its name, "" of a download of an LMS;
    signature : changes when it changes; changed : when it last did, in seconds since 1970.
    """

    path: Path
    layout: str
    who: str
    files: tuple[Path, ...] = field(repr=False)
    signature: str
    changed: float

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def secret(self) -> str:
        """The secret of nbgrader's exchange; "" if it has none."""
        try:
            return read_plain(self.path / SECRET)[0][:1000].decode(errors="replace")
        except OSError:
            return ""

    def is_whole(self) -> bool:
        """Whether it looks complete."""
        # nbgrader writes the time when it has copied all the rest.
        if self.layout == "exchange" and not (self.path / TIMESTAMP).is_file():
            return False
        return all(map(_is_whole, self.files))


def arrivals(folder: Path, notebook: str, layout: str) -> list[Arrival]:
    """What lies in `folder` for `notebook`, in the order of names; layout : exchange or folder."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    is_relevant = relevant_paths(notebook, layout)
    present = []
    for name in names:
        is_draft = name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)
        if is_draft or not is_relevant(PurePosixPath(name)):
            continue
        if layout == "exchange":
            who = name.split("+")[0]
        elif name.lower().endswith(".zip"):
            who = ""
        else:
            who = name[:-6] if name.lower().endswith(".ipynb") else name
        try:
            present.append(_arrival(folder / name, layout, who))
        except OSError:
            continue  # gone again, or not readable yet
    return present


def _arrival(path: Path, layout: str, who: str) -> Arrival:
    depth = 1 if layout == "exchange" else 4  # collecting from an exchange looks no deeper
    digest, newest, files = hashlib.sha256(), path.lstat().st_ctime, []
    for file, status in _walk(path, depth):
        files.append(file)
        about = [str(file.relative_to(path)), status.st_size, status.st_mtime_ns]
        digest.update(json.dumps(about).encode())
        newest = max(newest, status.st_ctime)
        if len(files) >= _MOST_FILES:
            break
    return Arrival(path, layout, who, tuple(files), digest.hexdigest()[:32], newest)


def _walk(path: Path, depth: int) -> Iterator[tuple[Path, os.stat_result]]:
    """The files at `path`, down to so many folders; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        yield path, path.lstat()
    elif depth:
        for inside in sorted(path.iterdir()):
            yield from _walk(inside, depth - 1)


def _is_whole(path: Path) -> bool:
    kind = path.suffix.lower()
    try:
        if kind == ".zip":  # its list of contents is at its end
            return not path.is_symlink() and zipfile.is_zipfile(path)
        if kind == ".ipynb":
            data, size = read_plain(path)
            json.loads(data or b"0" * min(size, 1))  # of a very large one nothing is read
    except (OSError, ValueError):
        return False
    except RecursionError:
        pass  # grading says what is wrong with it
    return True


class Settling:
    """Remembers since when each arrival is as it is."""

    def __init__(self) -> None:
        self._first: dict[Path, tuple[str, float]] = {}

    def is_settled(self, arrival: Arrival) -> bool:
        """Whether it can be taken: it has not changed since an earlier look, and is whole."""
        now = time.monotonic()
        signature, since = self._first.get(arrival.path, ("", now))
        if signature != arrival.signature:
            self._first[arrival.path] = (arrival.signature, now)
            return False
        if now - since < QUIET:
            return False
        # By the clock of the disk as well, for runs that end before PATIENCE does.
        quiet = max(now - since, time.time() - arrival.changed)
        return quiet >= PATIENCE or arrival.is_whole()

    def forget(self, arrival: Arrival) -> None:
        """Forget an arrival that was taken."""
        self._first.pop(arrival.path, None)
