"""What takes long to make, made once for all processes of a test run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.release import release
from autograder.course import SETTINGS, Course, init
from helpers import LESSONS

__all__ = ["all_released", "copy_of_all_released", "leave_out_experiments"]


@contextmanager
def _locked(path: Path):
    import fcntl  # does not exist on Windows

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` filled in this run, in whichever process came first; to be copied."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, done = root / name, root / f"{name}.done"
    with _locked(root / f"{name}.lock"):
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def all_released(factory: pytest.TempPathFactory) -> Course:
    """A course with every lesson of this project released; not to be changed."""

    def make(folder: Path) -> None:
        course = init(folder)
        for lesson in LESSONS:
            release(course, lesson)

    return Course(_made_once(factory, "all-released", make))


def copy_of_all_released(factory: pytest.TempPathFactory) -> Course:
    """The same, to be changed."""
    folder = factory.mktemp("all-released") / "course"
    shutil.copytree(all_released(factory).root, folder)
    (folder / SETTINGS).unlink()  # it names the project by a relative path
    return init(folder)


def leave_out_experiments(course: Course, lesson: str) -> None:
    """Take out of a release the cells that only take time: all but the first that earn nothing."""
    path = course.release_dir(lesson) / f"{lesson}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells = [
        cell for cell in notebook.cells if cell not in code[1:] or "nbgrader" in cell.metadata
    ]
    nbformat.write(notebook, path)
