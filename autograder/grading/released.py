"""A release as one value, which can be sent to another process or machine."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..check.pack import Pack
from ..check.values import dumps

__all__ = ["Release", "files_of"]


@dataclass(frozen=True)
class Release:
    """One notebook's release, with what only the grader knows about it.

    notebook : as students received it; source : the instructor's, for hand-written tests and
    rubrics; packs : the exercises with hidden inputs; files : those beside the notebook (the
    student edition, data), as {path: bytes}.
    """

    name: str
    notebook: NotebookNode
    source: NotebookNode
    packs: Mapping[str, Pack]
    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """Identifies the release: another notebook, exercise, secret or edition gives another."""
        packs = dumps([asdict(pack) for pack in self.packs.values()], bounded=False)
        text = nbformat.writes(self.notebook) + nbformat.writes(self.source)
        edition = json.dumps([[path, sha256(self.files[path]).hexdigest()] for path in self.files])
        return sha256(text.encode() + packs + edition.encode()).hexdigest()

    @cached_property
    def edition(self) -> Path:
        """A folder with these files, removed when this process ends."""
        folder = Path(tempfile.mkdtemp(prefix="edition-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        folder.chmod(0o755)  # students' code runs as another user, and reads its edition
        return folder

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "edition"}


_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
_FOR_PEOPLE = ("README.md", "requirements.txt")


def files_of(folder: Path, notebook: str) -> dict[str, bytes]:
    """The files beside the notebook in a release's `folder`, as {path: bytes}."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _LEFT_OUT & {*path.relative_to(folder).parts}
        if path.relative_to(folder).as_posix() not in (f"{notebook}.ipynb", *_FOR_PEOPLE)
    }
