"""What one gives away: the book as a zip, and a zip with all that studying alone takes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import nbformat

from ..authoring import editions
from ..authoring.build import source_notebook
from ..authoring.release import write_zip
from ..project import Project, find_project
from .answers import released
from .pages import lesson_files
from .site import make

__all__ = ["bundle", "self_study"]

_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
_LIBRARY = """\

The library `{library}` holds the answers, too: import from it what a notebook imports, and leave
the rest for later.
"""


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
    with tempfile.TemporaryDirectory() as edition:
        editions.write(project.lessons[-1], Path(edition), project)  # for the check and its data
        files = _files(Path(edition), "notebooks")
    if project.library:
        files |= _files(project.library, f"notebooks/{project.library.name}")
    for name, path in lesson_files(project).items():
        files[f"notebooks/{name}"] = path.read_bytes()
    for name in project.lessons:
        source = source_notebook(name, project)
        files[f"notebooks/{name}.ipynb"] = nbformat.writes(released(source)).encode()
        files[f"solutions/{name}.ipynb"] = nbformat.writes(source).encode()
    files["README.md"] = _readme(project).encode()
    files["requirements.txt"] = "".join(f"{line}\n" for line in project.requirements).encode()
    files |= book
    return {f"self-study/{name}": files[name] for name in sorted(files)}


def _readme(project: Project) -> str:
    text = resources.files("autograder").joinpath("templates", "self_study.md").read_text("utf-8")
    library = _LIBRARY.format(library=project.library.name) if project.library else ""
    return text.format(title=project.title, library=library)


def _files(folder: Path, name: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _LEFT_OUT & set(path.parts)
    }
