"""Load what grading a notebook needs: its release, and its exercises with hidden inputs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ..course import Course
from ..errors import AutograderError
from ..project import Project
from .launcher import require_private
from .released import Release, files_of

__all__ = ["load_release", "require_closed"]


def load_release(course: Course, name: str, project: Project | None = None) -> Release:
    """What grading the notebook `name` of a course needs, with hidden inputs."""
    paths = [folder(name) / f"{name}.ipynb" for folder in (course.release_dir, course.source_dir)]
    # In a long-lived Jupyter server, a new release shows in the files' times.
    times = tuple(path.stat().st_mtime_ns for path in paths)
    return _load_release(course, name, project or course.project, times)


def require_closed(course: Course, level: str, project: Project | None = None) -> None:
    """Raise AutograderError if students' code could read the course, its lessons or its library."""
    project = project or course.project
    for folder in (course.root, project.root, project.library, project.book):
        if folder:
            require_private(folder, level)


@lru_cache(maxsize=16)
def _load_release(course: Course, name: str, project: Project, times: tuple[int, ...]) -> Release:
    exercises = project.load(name)
    secret = course.secret() if exercises else b""
    released = course.release_dir(name)
    files = files_of(released, name)
    if exercises and "autograder/check/remote.py" not in files:
        raise AutograderError(
            f"{name} was released by an older autograder, and lacks today's check: "
            f"python -m autograder release {name}  (marks stay)"
        )
    if not exercises and any(path.startswith(f"checks/{name}/") for path in files):
        raise AutograderError(
            f"{name} was released with exercises, and the project at {project.root} has none for "
            'it: say where they are in course.toml, project = "PATH"'
        )
    return Release(
        name=name,
        notebook=_read(released / f"{name}.ipynb"),
        source=_read(course.source_dir(name) / f"{name}.ipynb"),
        packs={exercise.name: exercise.pack(name, secret) for exercise in exercises},
        files=files,
    )


def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)
