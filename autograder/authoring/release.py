"""Make the release: nbgrader's folder, with the student edition for a lesson, and a zip of it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from ..course import CONFIG, LOCKED, SECRET, Course, init, patient, sqlite_url
from ..errors import AutograderError
from ..project import Project
from . import editions
from .build import differences
from .leaks import leaks
from .plain import DropAttachments, ReadOldFormats, leaks_in_plain, problems

__all__ = ["add_edition", "changes", "release", "write_zip"]

_NO_REASONS = ("There was an error processing", "Please see the", "Removing ")
"""How what nbgrader says besides begins, when it fails."""
_PACKAGE = __name__.partition(".")[0]
_DATE = (2020, 1, 1, 0, 0, 0)
"""The date of every file in a zip, so that the same release gives the same bytes."""


def release(course: Course, assignment: str, project: Project | None = None) -> tuple[Path, Path]:
    """Release an assignment; returns nbgrader's release folder and the zip for students.

    It is a lesson of the project, or a folder in the course's ``source/`` with notebooks of any
    names: then what is in that folder is released, and nothing is added.

    Releasing again replaces both and keeps all marks. If it fails, the earlier release stays.

    Raises
    ------
    AutograderError : there is no such assignment, a lesson is not built, nbgrader refuses it, or a
        solution would leak.
    """
    project = project or course.project
    folder, archive = course.release_dir(assignment), course.download / f"{assignment}.zip"
    if assignment in project.lessons:
        with _restored_on_failure(course.source_dir(assignment), copy=True):
            _release_lesson(course, assignment, project)
    elif course.source_dir(assignment).is_dir() and "/" not in assignment:
        _release_plain(course, assignment)
    else:
        raise AutograderError(_no_assignment(course, assignment, project))
    return folder, archive


def _no_assignment(course: Course, assignment: str, project: Project) -> str:
    folders = {path.parent.name for path in course.source.glob("*/*.ipynb")}
    known = ", ".join([*project.lessons, *sorted(folders - {*project.lessons})]) or "(none yet)"
    return (
        f"the assignment must be one of {known}; got {assignment!r}. "
        f"Notebooks of your own go into {course.source_dir('NAME')}"
    )


def _release_lesson(course: Course, notebook: str, project: Project) -> None:
    stale = differences([notebook], project, form=False)
    if stale:
        raise AutograderError("\n".join(["build first (python -m autograder build):", *stale]))
    folder, source = course.release_dir(notebook), course.source_dir(notebook)
    with _restored_on_failure(folder):
        files = {f"{notebook}.ipynb": project.built(notebook), **project.files(notebook)}
        for name, path in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, source / name)
        _generate_release(course, notebook)
        _add_student_files(folder, notebook, project)
        missing = _missing_files(folder, notebook, project)
        if missing:
            raise AutograderError(f"the release of {notebook} lacks {', '.join(missing)}")
        _refuse("secret", leaks(folder, notebook, project, course.secret()))
        _zip(folder, course.download / f"{notebook}.zip")


def _release_plain(course: Course, assignment: str) -> None:
    _refuse("fault", problems(course, assignment))
    with _restored_on_failure(course.release_dir(assignment)):
        _generate_release(course, assignment, ReadOldFormats, DropAttachments)
        _refuse("secret", leaks_in_plain(course, assignment))
        _zip(course.release_dir(assignment), course.download / f"{assignment}.zip")


def _refuse(what: str, lines: Sequence[str]) -> None:
    if lines:
        shown = [line[:200] for line in lines[:10]]
        heading = f"not released, because of {len(lines)} {what}{'s' * (len(lines) > 1)}:"
        raise AutograderError("\n".join([heading, *shown]))


def changes(course: Course, assignment: str, project: Project | None = None) -> list[str]:
    """What :func:`release` would change, from releasing in a temporary copy of the course.

    Returns one line for each file of the release folder that is new, changed or gone. Raises what
    `release` would raise. A gradebook on a server is not copied.
    """
    project = project or course.project
    with tempfile.TemporaryDirectory() as folder:
        copy = init(Path(folder, "course"), project)
        url = f"\nc.CourseDirectory.db_url = {sqlite_url(copy.gradebook)!r}\n"
        config = (course.root / CONFIG).read_text(encoding="utf-8")
        (copy.root / CONFIG).write_text(config + url, encoding="utf-8")
        (copy.root / SECRET).write_bytes(course.secret())
        if course.gradebook.is_file():
            shutil.copyfile(course.gradebook, copy.gradebook)
        if course.source_dir(assignment).is_dir():
            shutil.copytree(course.source_dir(assignment), copy.source_dir(assignment))
        after = _files(release(copy, assignment, project)[0])
    before = _files(course.release_dir(assignment))
    return [
        f"{name}: {'new' if name not in before else 'gone' if name not in after else 'changed'}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _files(folder: Path) -> dict[str, bytes]:
    """The files of a release's `folder`, without those that Python and Jupyter add."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


@contextmanager
def _restored_on_failure(folder: Path, copy: bool = False) -> Iterator[None]:
    """Restore `folder` if the code inside fails."""
    aside = folder.with_name(f".{folder.name}.before")
    if aside.exists():  # an earlier run was killed: its backup is the good one
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
    if folder.exists():
        if copy:
            shutil.copytree(folder, aside)
        else:
            folder.rename(aside)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if aside.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _generate_release(
    course: Course,
    assignment: str,
    first: type[NbGraderPreprocessor] | None = None,
    last: type[NbGraderPreprocessor] | None = None,
) -> None:
    """Run nbgrader's generate_assignment, which removes solutions and fills the gradebook.

    first, last : steps before and after its own.
    """
    config = course.config()
    config.CourseDirectory.db_url = patient(config.CourseDirectory.db_url)
    directory = CourseDirectory(config=config)
    directory.assignment_id = assignment
    converter = GenerateAssignment(coursedir=directory, config=config)
    converter.force = True
    if getattr(converter.post_convert_hook, "__module__", "").startswith(f"{_PACKAGE}."):
        converter.post_convert_hook = lambda **_: None  # it does what `release` does afterwards
    steps = [first, *converter.preprocessors, last]
    converter.preprocessors = [step for step in steps if step]
    messages: list[str] = []
    converter.log = _logger_into(messages)
    try:
        converter.start()
    except Exception as error:
        if any("Cannot add or remove cells" in line for line in messages):
            raise AutograderError(
                f"{assignment} was handed in already, and nbgrader cannot add or remove graded "
                "cells then: keep the graded cells as they were, or release under a new name"
            ) from error
        if any("database is locked" in line for line in messages):
            raise AutograderError(f"{course.db_url}: database is locked; {LOCKED}") from error
        last_lines = [line.strip().rpartition("\n")[2] for line in messages]
        reasons = [line for line in last_lines if not line.startswith(_NO_REASONS)]
        raise AutograderError("\n".join(["nbgrader:", *(reasons or [str(error)])])) from error


def _logger_into(messages: list[str]) -> logging.Logger:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    log = logging.Logger("nbgrader", level=logging.WARNING)
    log.addHandler(Keep())
    return log


def add_edition(assignment: str, student: str, notebooks: Sequence[str]) -> None:
    """Add the files that students need to a lesson that nbgrader released.

    nbgrader calls it in the course's folder. An assignment that is no lesson is not changed. In a
    course made before there were rehearsals, it is nbgrader's hook.
    """
    course = Course(Path.cwd())
    if assignment in course.project.lessons:
        _add_student_files(course.release_dir(assignment), assignment, course.project)


def _add_student_files(folder: Path, notebook: str, project: Project) -> None:
    editions.write(notebook, folder, project)
    readme = (resources.files("autograder") / "templates" / "README.md").read_text(encoding="utf-8")
    title = _title(folder / f"{notebook}.ipynb")
    readme = readme.format(
        notebook=notebook, title=title, beside=_list_of_contents(notebook, project)
    )
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    requirements = "".join(f"{line}\n" for line in project.requirements)
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8", newline="\n")


def _list_of_contents(notebook: str, project: Project) -> str:
    """The files beside the notebook, in words."""
    items = [f"`{project.library.name}`, a small library that it uses"] if project.library else []
    if project.load(notebook):
        items.append("`autograder` and `checks`, with which you check your work")
    items += [f"`{name}`" for name in project.files(notebook)]
    return "".join(
        [*(f", {item}" for item in items[:-1]), *(f", and {last}" for last in items[-1:])]
    )


def _title(path: Path) -> str:
    for cell in nbformat.read(path, as_version=4).cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("# "):
                return str(line[2:].strip())
    return path.stem


def _missing_files(folder: Path, notebook: str, project: Project) -> list[str]:
    needed = [
        Path(f"{notebook}.ipynb"),
        Path("README.md"),
        Path("requirements.txt"),
        Path("autograder", "check", "__init__.py"),
        *(Path("checks", notebook, f"{exercise.name}.npz") for exercise in project.load(notebook)),
        *map(Path, project.files(notebook)),
    ]
    library = project.library.name if project.library else ""
    if library:
        needed.append(Path(library, "__init__.py"))
    return [path.as_posix() for path in needed if not (folder / path).is_file()] + [
        f"an edited {name}"
        for name, text in editions.sources(notebook, project).items()
        if _text_of(folder / library / name) != text
    ]


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _zip(folder: Path, target: Path) -> None:
    write_zip(target, {f"{folder.name}/{name}": data for name, data in _files(folder).items()})


def write_zip(target: Path, files: Mapping[str, bytes], programs: Collection[str] = ()) -> None:
    """Write a zip of {name: bytes} in one step; the same files give the same bytes.

    programs : names of the executable files.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".zip.new")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = (0o755 if name in programs else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    os.replace(draft, target)
