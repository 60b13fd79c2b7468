"""A release as one value, which can be sent to another process or machine."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..check.pack import Pack
from ..check.values import dumps
from .needed.library import Library

__all__ = ["FOR_PEOPLE", "Release", "files_of", "paths_of"]

FOR_PEOPLE = ("README.md", "requirements.txt")
"""What the release of a lesson adds for its reader."""
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Release:
    """One notebook's release, with what only the grader knows about it.

    notebook : as students received it; source : the instructor's, for hand-written tests and
    rubrics; packs : the exercises with hidden inputs; files : those beside the notebook (the
    student edition, data), as {path: bytes}; assignment : the folder's name, "" if it is the
    notebook's; out_of_reach : grade ids of the hand-written tests that run in a process without
    the student's code.
    """

    name: str
    notebook: NotebookNode
    source: NotebookNode
    packs: Mapping[str, Pack]
    files: Mapping[str, bytes]
    assignment: str = ""
    out_of_reach: frozenset[str] = frozenset()

    @cached_property
    def digest(self) -> str:
        """Identifies the release: another notebook, exercise, secret or edition gives another."""
        packs = dumps([asdict(pack) for pack in self.packs.values()], bounded=False)
        text = nbformat.writes(self.notebook) + nbformat.writes(self.source)
        about = json.dumps([_digests(self.files), sorted(self.out_of_reach)])
        return sha256(text.encode() + packs + about.encode()).hexdigest()

    @cached_property
    def library(self) -> Library:
        """What is known about the modules beside the notebook."""
        return Library.of(self.files)

    @property
    def edition(self) -> Path:
        """A folder with these files, removed when this process ends."""
        return _folder_with(tuple(sorted(self.files.items())))


def _digests(files: Mapping[str, bytes]) -> list[list[str]]:
    return [[path, sha256(files[path]).hexdigest()] for path in files]


@lru_cache(maxsize=16)
def _folder_with(files: tuple[tuple[str, bytes], ...]) -> Path:
    """A folder with `files`, one for all notebooks that have the same."""
    folder = Path(tempfile.mkdtemp(prefix="edition-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, data in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.chmod(0o755)  # students' code runs as another user, and reads its edition
    return folder


def files_of(folder: Path, left_out: Collection[str] = ()) -> dict[str, bytes]:
    """The files in `folder` that are no notebooks, as {path: bytes}."""
    return {
        name: path.read_bytes()
        for name, path in paths_of(folder).items()
        if path.suffix != ".ipynb" and name not in left_out
    }


def paths_of(folder: Path) -> dict[str, Path]:
    """The files in `folder` by their names there, without those that Python and Jupyter add."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _LEFT_OUT & {*path.relative_to(folder).parts}
    }
