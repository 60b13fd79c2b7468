"""Load what grading an assignment needs: its releases, and its exercises with hidden inputs."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import api
from sqlalchemy import select

from ..authoring.formats import in_todays_format
from ..authoring.plain import foreign_language
from ..course import Course
from ..errors import AutograderError, command
from ..project import Project
from .database import reading
from .launcher import require_private
from .recognise import with_ids
from .released import FOR_PEOPLE, Release, files_of, paths_of

__all__ = ["REHEARSED", "load_release", "load_releases", "require_closed"]

REHEARSED = "rehearsed"
"""The folder of the course with what the releases' rehearsals decided."""


def load_releases(
    course: Course, assignment: str, project: Project | None = None
) -> tuple[Release, ...]:
    """What grading an assignment needs: for each of its notebooks, with hidden inputs."""
    project = project or course.project
    names = course.notebooks(assignment)
    folders = course.release_dir(assignment), course.source_dir(assignment)
    paths = [path for folder in folders for path in paths_of(folder).values()]
    paths += [path for path in [_rehearsed(course, assignment)] if path.is_file()]
    # In a long-lived Jupyter server, a new release shows in the files' times.
    state = tuple((str(path), path.stat().st_mtime_ns) for path in paths)
    return _load_releases(course, assignment, project, tuple(names), state)


def load_release(
    course: Course, assignment: str, project: Project | None = None, notebook: str = ""
) -> Release:
    """One notebook's release; without `notebook` the assignment's only one."""
    releases = load_releases(course, assignment, project)
    chosen = [release for release in releases if release.name == notebook or not notebook]
    if len(chosen) != 1:
        names = ", ".join(release.name for release in releases)
        raise AutograderError(f"notebook must be one of {assignment} ({names}), got {notebook!r}")
    return chosen[0]


def require_closed(course: Course, level: str, project: Project | None = None) -> None:
    """Raise AutograderError if students' code could read the course, its lessons or its library."""
    project = project or course.project
    for folder in (course.root, project.root, project.library, project.book):
        if folder:
            require_private(folder, level)


@lru_cache(maxsize=16)
def _load_releases(
    course: Course,
    assignment: str,
    project: Project,
    names: tuple[str, ...],
    state: tuple[tuple[str, int], ...],
) -> tuple[Release, ...]:
    exercises = project.load(assignment)
    secret = course.secret() if exercises else b""
    released, sources = course.release_dir(assignment), course.source_dir(assignment)
    # As in nbgrader, files that the source got later count, such as modules for hidden tests.
    files = files_of(released, FOR_PEOPLE if exercises else ()) | files_of(sources)
    if exercises and "autograder/check/remote.py" not in files:
        raise AutograderError(
            f"{assignment} was released by an older autograder, and lacks today's check: "
            f"{command('release', assignment)}  (marks stay)"
        )
    if not exercises and any(path.startswith(f"checks/{assignment}/") for path in files):
        raise AutograderError(
            f"{assignment} was released with exercises, and the project at {project.root} has none "
            'for it: say where they are in course.toml, project = "PATH"'
        )
    packs = {exercise.name: exercise.pack(assignment, secret) for exercise in exercises}
    releases = []
    for name in names:
        source = _with_tests_as_released(_read(sources / f"{name}.ipynb"), course, assignment, name)
        notebook = _read(released / f"{name}.ipynb")
        _require_python(notebook, f"{assignment}/{name}.ipynb")
        decided = _out_of_reach(course, assignment, name, source)
        releases.append(Release(name, notebook, source, packs, files, assignment, decided))
    return tuple(releases)


def _read(path: Path) -> NotebookNode:
    document = json.loads(path.read_bytes())
    if document.get("nbformat") == 4:  # before nbformat gives new ids, at random, at each reading
        document = with_ids(nbformat.from_dict(document))
    return in_todays_format(nbformat.reads(json.dumps(document), as_version=4))


def _require_python(notebook: NotebookNode, path: str) -> None:
    if language := foreign_language(notebook):
        raise AutograderError(f"{path} is for {language}; only Python notebooks can be graded")


def _with_tests_as_released(
    source: NotebookNode, course: Course, assignment: str, name: str
) -> NotebookNode:
    """The source, with the tests that nbgrader wrote from its ``### AUTOTEST`` lines.

    nbgrader keeps them in its gradebook alone.
    """
    if not any("AUTOTEST" in cell.source for cell in source.cells):
        return source
    query = (
        select(api.SourceCell.name, api.SourceCell.source)
        .join(api.Notebook, api.Notebook.id == api.SourceCell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == assignment, api.Notebook.name == name)
    )
    with reading(course) as database:
        texts = {name: text for name, text in database.execute(query)}
    for cell in source.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if "AUTOTEST" in cell.source and grade_id in texts:
            cell.source = texts[grade_id]
    return source


def _rehearsed(course: Course, assignment: str) -> Path:
    return course.root / REHEARSED / f"{assignment}.json"


def _out_of_reach(
    course: Course, assignment: str, name: str, source: NotebookNode
) -> frozenset[str]:
    """The hand-written tests that the rehearsal found to run out of the student's reach.

    One that was changed since runs as in plain nbgrader, until the next release.
    """
    try:
        document = json.loads(_rehearsed(course, assignment).read_bytes())
        decisions = document["cells"].get(name, {})
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError) as error:
        raise AutograderError(
            f"{_rehearsed(course, assignment)} cannot be read ({error}): "
            f"{command('release', assignment)}  (marks stay)"
        ) from None
    digests = {
        cell.metadata.get("nbgrader", {}).get("grade_id"): hashlib.sha256(
            cell.source.encode()
        ).hexdigest()
        for cell in source.cells
    }
    return frozenset(
        grade_id
        for grade_id, decision in decisions.items()
        if decision["out_of_reach"] and decision["digest"] == digests.get(grade_id)
    )
