"""What a student handed in: the notebooks in a folder that may hold anything."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from .notebook_file import FILE_LIMIT, SIZE_LIMIT, TooLong, without_outputs

__all__ = ["HandedIn", "NotebookFile", "collect", "collect_all", "read_notebook_file", "read_plain"]

_MOST_FILES = 5


@dataclass(frozen=True)
class NotebookFile:
    """One of several notebooks. age : 0 for the newest; equal if they are of the same moment."""

    name: str
    data: bytes
    age: int = 0


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in, as data, so that it can be graded on any machine.

    data : the notebook file's bytes, empty if there is a problem; facts : what a reader should
    know about the file; problem : why there is nothing to grade, or ""; several : if there are
    several notebooks, all of them: `data` is that of the first.
    """

    data: bytes = b""
    facts: tuple[str, ...] = ()
    problem: str = ""
    several: tuple[NotebookFile, ...] = ()

    @property
    def digest(self) -> str:
        """Identifies what was handed in, to see whether it has changed since it was graded."""
        about = json.dumps([self.facts, self.problem]).encode()
        digest = hashlib.sha256(about + self.data)
        for file in self.several:
            digest.update(json.dumps([file.name, file.age, len(file.data)]).encode() + file.data)
        return digest.hexdigest()


def collect_all(folder: Path, notebooks: Sequence[str]) -> tuple[HandedIn, ...]:
    """What is in the submission `folder` for each of the assignment's notebooks."""
    return tuple(collect(folder, notebook, notebooks) for notebook in notebooks)


def collect(folder: Path, notebook: str, notebooks: Sequence[str] = ()) -> HandedIn:
    """What is in the submission `folder` for a notebook; never raises for what is there.

    A notebook with another name counts too, unless that is another one's of the assignment's
    `notebooks`; of several, :func:`rebuild` takes one. Links are not followed. Of a file above
    ``SIZE_LIMIT``, the saved outputs are left out.
    """
    if folder.is_symlink():
        return HandedIn(problem="The submission is a link; links are not followed.")
    try:
        expected = f"{notebook}.ipynb"
        others = {f"{name}.ipynb" for name in notebooks} - {expected}
        names = [name for name in _notebooks_in(folder) if name not in others]
        if len(notebooks) > 1 and expected in names:
            names = [expected]
        if not names:
            return HandedIn(problem=f"There is no {expected} (no notebook in the submission).")
        if len(names) > 1:
            return _collect_several(folder, names, expected)
        name = names[0]
        fact = f"The notebook was handed in as {name!r}; expected {expected}."
        facts: tuple[str, ...] = () if name == expected else (fact,)
        data, size = read_notebook_file(folder / name)
    except OSError as error:
        return HandedIn(problem=f"The file cannot be read: {error.strerror}.")
    except TooLong as error:
        return HandedIn(facts=facts, problem=f"The file is too large: {error}.")
    if size > SIZE_LIMIT:
        facts += (f"The file has {size >> 20} MB; its saved outputs were left out.",)
    return HandedIn(data, facts)


def _collect_several(folder: Path, names: Sequence[str], expected: str) -> HandedIn:
    """The newest notebooks, up to ``SIZE_LIMIT`` in all; the expected one is the first."""
    # Archives keep times to two seconds.
    times = {name: os.lstat(folder / name).st_mtime_ns // 2_000_000_000 for name in names}
    moments = sorted(set(times.values()), reverse=True)
    newest = sorted(names, key=lambda name: (name != expected, -times[name], name))
    facts: tuple[str, ...] = () if expected in names else (f"There is no {expected}.",)
    if len(names) > _MOST_FILES:
        facts += (f"Of {len(names)} notebooks, {_MOST_FILES} were looked at.",)
    files: list[NotebookFile] = []
    problems: list[str] = []
    for name in newest[:_MOST_FILES]:
        try:
            data, _ = read_notebook_file(folder / name)
        except (OSError, TooLong) as error:
            problems.append(f"The file {name!r} cannot be read: {error}.")
            continue
        if not files or sum(len(file.data) for file in files) + len(data) <= SIZE_LIMIT:
            files.append(NotebookFile(name, data, moments.index(times[name])))
    if not files:
        return HandedIn(facts=facts, problem=problems[0])
    return HandedIn(files[0].data, (*facts, *problems), several=tuple(files))


def _notebooks_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(".ipynb") and entry.is_file(follow_symlinks=False)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_plain(path: Path) -> tuple[bytes, int]:
    """The bytes of a plain file, and its size; no bytes above ``SIZE_LIMIT``."""
    with _open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > SIZE_LIMIT:
            return b"", size
        data = file.read(SIZE_LIMIT + 1)
        return (b"" if len(data) > SIZE_LIMIT else data), len(data)


def read_notebook_file(path: Path) -> tuple[bytes, int]:
    """The bytes of a plain notebook file, and its size; above ``SIZE_LIMIT`` without its outputs.

    Raises OSError, TooLong.
    """
    data, size = read_plain(path)
    if size <= SIZE_LIMIT:
        return data, size
    if size > FILE_LIMIT:
        raise TooLong(f"{size >> 20} MB")
    with _open_plain(path) as file, mmap(file.fileno(), 0, access=ACCESS_READ) as view:
        return without_outputs(view), size


def _open_plain(path: Path) -> BinaryIO:
    # It may have become a link or a pipe meanwhile: do not follow it, or wait for it.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = open(os.open(path, flags), "rb")  # noqa: SIM115  (the caller closes it)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a plain file")
    return file
