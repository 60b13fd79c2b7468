"""What one gives away: the book as a zip, and a zip with all that studying alone takes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import nbformat

from ..authoring.build import source_notebook
from ..authoring.release import write_zip
from ..project import Project, find_project
from .answers import released
from .site import make

__all__ = ["bundle", "self_study"]

_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}


def bundle(
    folder: Path, work: Path, project: Project | None = None, tell: Callable[[str], None] = print
) -> list[Path]:
    """Write ``book.zip`` and ``self-study.zip`` into `folder`; returns their paths."""
    project = project or find_project()
    make(work / "bundled", work, project, tell=tell)
    book = _files(work / "bundled", "book")
    write_zip(folder / "book.zip", book)
    write_zip(folder / "self-study.zip", self_study(book, project))
    return [folder / "book.zip", folder / "self-study.zip"]


def self_study(book: dict[str, bytes], project: Project) -> dict[str, bytes]:
    """The files of the self-study bundle, {name: bytes}, with the `book` in it.

    The notebooks have no answers, and the library beside them is whole; the notebooks with their
    answers are in a folder of their own.
    """
    files = _files(project.library, f"notebooks/{project.library.name}")
    for name in project.lessons:
        source = source_notebook(name, project)
        files[f"notebooks/{name}.ipynb"] = nbformat.writes(released(source)).encode()
        files[f"solutions/{name}.ipynb"] = nbformat.writes(source).encode()
    templates = resources.files("autograder") / "templates"
    files["README.md"] = (templates / "self_study.md").read_bytes()
    files["requirements.txt"] = (templates / "requirements.txt").read_bytes()
    files |= book
    return {f"self-study/{name}": files[name] for name in sorted(files)}


def _files(folder: Path, name: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _LEFT_OUT & set(path.parts)
    }
