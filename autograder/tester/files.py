"""Files that a test cell names: each process has its own folder, and changes travel.

Only data files of these kinds go from the notebook to the tester, and once one has, nothing there
is unpickled: a file of a student's is never code. Nor does it replace one of the instructor's. The
notebook gives what it has, unasked: a name that stands in a test may be a result.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

__all__ = ["Files", "names_of_files"]

_NAME = re.compile(r"(?!/)[\w ./-]{1,200}\.(\w{1,5})")
_DATA = {
    "bmp", "csv", "dat", "db", "gif", "html", "jpeg", "jpg", "json", "log", "md", "npy", "npz",
    "pdf", "png", "sqlite", "svg", "tsv", "txt", "wav", "xlsx", "xml", "yaml", "yml",
}  # fmt: skip
_LARGEST = 8 << 20
_MOST, _DEEPEST = 200, 4


def names_of_files(texts: Iterable[str]) -> tuple[str, ...]:
    """Those texts that may name a data file below the folder of the notebook."""
    names = set()
    for text in texts:
        match = _NAME.fullmatch(text)
        if match and match[1].lower() in _DATA and ".." not in text.split("/"):
            names.add(os.path.normpath(text))
    return tuple(sorted(names)[:_MOST])


class Files:
    """The data files in the folder of one process, but for the instructor's."""

    def __init__(self, guarded: bool = False) -> None:
        self._known: dict[str, Any] = {}
        self._guarded, self._has_foreign = guarded, False
        self._given: set[str] | None = _data_files() if guarded else None

    def watch(self, names: Iterable[str]) -> set[str] | None:
        """In the tester: watch these; returns the instructor's, or None if nothing is watched."""
        assert self._given is not None
        self._known = {name: _stamp(name) for name in names}
        return self._given if self._known else None

    def others(self, given: set[str] | None) -> dict[str, bytes | None]:
        """In the notebook: watch and give all but these."""
        self._given, self._known = given, {}
        return self.changed()

    def changed(self) -> dict[str, bytes | None]:
        """Those that have changed since the other process was told of them."""
        changed = {}
        names, room = set(self._known), _LARGEST
        if not self._guarded and self._given is not None:
            names |= _data_files() - self._given
        for name in sorted(names):
            stamp = _stamp(name)
            if stamp != self._known.get(name):
                self._known[name], data = stamp, _read(name)
                room -= len(data or b"")
                if room >= 0:
                    changed[name] = data
        return changed

    def write(self, files: dict[str, bytes | None]) -> None:
        """Write files of the other process; in the tester, those that are watched."""
        for name, data in files.items():
            if self._guarded and (name not in self._known or name in (self._given or ())):
                continue
            if os.path.realpath(name) != os.path.abspath(name):
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


def _data_files() -> set[str]:
    """The data files below this folder, as a test names them; not too many, nor too deep."""
    names: set[str] = set()
    for folder, folders, files in os.walk("."):
        names |= {os.path.normpath(os.path.join(folder, name)) for name in files}
        if len(names) > _MOST or folder.count(os.sep) > _DEEPEST:
            folders.clear()
    return set(names_of_files(names))
