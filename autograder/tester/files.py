"""Files that a test cell names: each process has its own folder, and changes travel.

Only data files of these kinds go from the notebook to the tester, and once one has, nothing there
is unpickled: a file of a student's is never code.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Iterable
from typing import Any

__all__ = ["Files", "names_of_files"]

_NAME = re.compile(r"(?!/)[\w ./-]{1,200}\.(\w{1,5})")
_DATA = {
    "bmp", "csv", "dat", "db", "gif", "html", "jpeg", "jpg", "json", "log", "md", "npy", "npz",
    "pdf", "png", "sqlite", "svg", "tsv", "txt", "wav", "xlsx", "xml", "yaml", "yml",
}  # fmt: skip
_LARGEST = 8 << 20


def names_of_files(texts: Iterable[str]) -> tuple[str, ...]:
    """Those texts that may name a data file below the folder of the notebook."""
    names = set()
    for text in texts:
        match = _NAME.fullmatch(text)
        if match and match[1].lower() in _DATA and ".." not in text.split("/"):
            names.add(text)
    return tuple(sorted(names)[:50])


class Files:
    """The files of one process that both watch."""

    def __init__(self, guarded: bool = False) -> None:
        self._known: dict[str, Any] = {}
        self._guarded, self._has_foreign = guarded, False

    def watch(self, names: Iterable[str]) -> dict[str, int | None]:
        """Watch these files, and say what is in them, as sums."""
        self._known = {name: _stamp(name) for name in names}
        return {name: _sum(name) for name in self._known}

    def differing(self, sums: dict[str, int | None]) -> dict[str, bytes | None]:
        """Watch the files of the other process, and give those that are others here."""
        mine = self.watch(sums)
        return {name: _read(name) for name in sums if mine[name] != sums[name]}

    def changed(self) -> dict[str, bytes | None]:
        """Those that have changed since the other process was told of them."""
        changed = {}
        for name, stamp in self._known.items():
            now = _stamp(name)
            if now != stamp:
                self._known[name] = now
                changed[name] = _read(name)
        return changed

    def write(self, files: dict[str, bytes | None]) -> None:
        """Write files of the other process, of those that are watched."""
        for name, data in files.items():
            if name not in self._known or os.path.realpath(name) != os.path.abspath(name):
                continue
            if self._guarded and not self._has_foreign:
                self._has_foreign = True
                sys.addaudithook(_refuse_pickles)
            if data is None:
                if os.path.isfile(name):
                    os.remove(name)
            elif type(data) is bytes:
                os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
                with open(name, "wb") as file:
                    file.write(data)
            self._known[name] = _stamp(name)


def _refuse_pickles(event: str, details: Any) -> None:
    if event == "pickle.find_class":
        raise TypeError(
            "Here nothing is unpickled that needs a class: a student could have made it."
        )


def _stamp(name: str) -> Any:
    try:
        status = os.stat(name)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(name: str) -> bytes | None:
    try:
        if os.path.getsize(name) > _LARGEST or not os.path.isfile(name):
            return None
        with open(name, "rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return None


def _sum(name: str) -> int | None:
    data = _read(name)
    return None if data is None else zlib.crc32(data)
