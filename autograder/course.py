"""A course directory: nbgrader's folders and configuration, and the course's secret.

It holds students' work and marks, so it never lies among a checkout's tracked files.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from .course_place import (
    CONFIG,
    require_free,
    require_plain_path,
    require_usual_folders,
    where_the_course_is,
)
from .errors import AutograderError
from .project import Project, find_project, has_manifest

__all__ = [
    "CONFIG",
    "LOCKED",
    "LOCK_SECONDS",
    "SECRET",
    "SETTINGS",
    "Course",
    "init",
    "is_nbgraders",
    "missing_paths",
    "patient",
]

LOCK_SECONDS = 60.0
"""Seconds to wait for a gradebook that another program has locked.

The formgrader reads for ten seconds to list the submissions of 3,000 students. To change it, end
the gradebook's URL with ``?timeout=90`` for SQLite (nbgrader uses that too), or ``?options=-c
lock_timeout=90000`` for PostgreSQL.
"""
LOCKED = (
    "another program has kept it locked too long (a formgrader that lists a large class, an "
    "nbgrader, a copy of the file): let it end, or end it, then try again"
)

SECRET = "secret.key"
SETTINGS = "course.toml"
_READER = "autograder.plugin.SubmissionReader"
_PLUG_IN = "from autograder.configuration import configure; configure(get_config())"
_SECRET_BYTES = 32
_PROJECT_LINES = """
# The project whose lessons are given: the folder of its project.toml, relative to this one.
project = @PROJECT@
"""
"""What ``course.toml`` says of the project, if there is one."""


@dataclass(frozen=True)
class Course:
    """The paths in the course directory `root` (made absolute), and its settings.

    gradebook_url : the URL of another gradebook than the configuration's, such as one that
    nbgrader was given by ``--db``.
    """

    root: Path
    gradebook_url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).resolve())

    @classmethod
    def open(cls, directory: Path) -> Course:
        """The course in `directory`; raises AutograderError if :func:`init` did not make it."""
        course = cls(directory)
        require_plain_path(course.root)
        if not (course.root / CONFIG).is_file():
            raise AutograderError(
                f"{directory} is not a course directory (it has no {CONFIG}): "
                + where_the_course_is(directory, course.root)
            )
        return course

    def settings(self) -> dict[str, Any]:
        """What ``course.toml`` holds; nothing if there is none."""
        try:
            return tomllib.loads((self.root / SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise AutograderError(f"{self.root / SETTINGS} cannot be read: {error}") from None

    @property
    def project(self) -> Project:
        """The project whose lessons this course gives: ``project`` of ``course.toml``.

        Without that line, the project around this directory, or around the current one; where there
        is none, a project without lessons: the course is of assignments in its ``source/`` alone.
        """
        settings = self.settings()
        folder = settings.get("project")
        if folder is not None and not isinstance(folder, str):
            raise AutograderError(f"{SETTINGS}: project must be a folder's path, got {folder!r}")
        if folder:
            if not has_manifest(self.root / folder):
                raise AutograderError(
                    f"{self.root / SETTINGS}: project must be the folder of a project.toml, "
                    f"relative to the course directory; got {folder!r}"
                )
            return find_project(self.root / folder)
        for folder in (self.root, Path.cwd()):
            with suppress(AutograderError):
                return find_project(folder)
        return Project(self.root, title=self.root.name, id=self.root.name)

    def notebooks(self, assignment: str) -> list[str]:
        """The names of an assignment's notebooks: those released that its source has, too."""
        released, sources = (
            {path.stem for path in folder.glob("*.ipynb") if path.name[0] != "."}
            for folder in (self.release_dir(assignment), self.source_dir(assignment))
        )
        return sorted(released & sources or released or sources)

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def release(self) -> Path:
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def download(self) -> Path:
        """Zips for students, one an assignment."""
        return self.root / "download"

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    @property
    def db_url(self) -> str:
        """The gradebook's URL: ``CourseDirectory.db_url`` of the configuration, if set there.

        It may hold a password: :func:`autograder.grading.database.printable_url` hides that.
        """
        if self.gradebook_url:
            return self.gradebook_url
        if not (self.root / CONFIG).is_file():
            return sqlite_url(self.gradebook)
        return str(self.config().CourseDirectory.db_url)

    def source_dir(self, assignment: str) -> Path:
        return self.source / assignment

    def release_dir(self, assignment: str) -> Path:
        return self.release / assignment

    def submitted_dir(self, assignment: str, student: str) -> Path:
        return self.submitted / student / assignment

    def autograded_dir(self, assignment: str, student: str) -> Path:
        return self.autograded / student / assignment

    def feedback_dir(self, assignment: str, student: str) -> Path:
        return self.feedback / student / assignment

    def secret(self) -> bytes:
        """The key of the hidden inputs: 32 random bytes that only the instructor can read."""
        path = self.root / SECRET
        try:
            mode, key = path.stat().st_mode, path.read_bytes()
        except FileNotFoundError:
            raise AutograderError(
                f"{path} is missing: bring it back from a backup. With a new one (`init` makes "
                "one) the hidden inputs change, and marks given so far cannot be reproduced"
            ) from None
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AutograderError(
                f"{path} must be readable by its owner alone (mode 600), got mode "
                f"{stat.S_IMODE(mode):o}: chmod 600 {path}"
            )
        if len(key) != _SECRET_BYTES:
            raise AutograderError(f"{path} must hold {_SECRET_BYTES} bytes, got {len(key)}")
        return key

    def config(self) -> Config:
        """The course's nbgrader configuration, for use inside this process."""
        put_programs_on_path()
        try:
            config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        except Exception as error:  # it is code: it may raise anything
            raise AutograderError(
                f"{self.root / CONFIG} cannot be read: {type(error).__name__}: {error}"
            ) from error
        directory = config.CourseDirectory
        require_usual_folders(self.root / CONFIG, directory)
        directory.root = str(self.root)
        url = str(directory.get("db_url") or sqlite_url(self.gradebook))
        kind, _, path = url.partition(":///")
        # A relative path means what it means to nbgrader, started in the course's folder.
        directory.db_url = sqlite_url(self.root / path) if kind.startswith("sqlite") else url
        return config

    def warning(self) -> str:
        """What is dangerous about the configuration, and what to add to it; "" if nothing is."""
        exporter = self.config().Autograde.get("exporter_class")
        kinds = exporter.__mro__ if isinstance(exporter, type) else ()
        names = [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds] or [str(exporter)]
        if _READER in names:
            return ""
        return (
            f"warning: with {self.root / CONFIG} as it is, `nbgrader autograde` runs students' "
            f"code outside the sandbox; add the line: {_PLUG_IN}"
        )


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file, as nbgrader writes it."""
    return f"sqlite:///{path.as_posix()}"


def patient(url: str) -> str:
    """The gradebook's URL for nbgrader, which else waits five seconds for an SQLite file.

    >>> patient("sqlite:///gradebook.db"), patient("sqlite:///gradebook.db?timeout=90")
    ('sqlite:///gradebook.db?timeout=60', 'sqlite:///gradebook.db?timeout=90')
    """
    return f"{url}?timeout={LOCK_SECONDS:g}" if url.startswith("sqlite") and "?" not in url else url


def put_programs_on_path() -> None:
    """Let nbgrader find the program `alembic`, which it needs to make a gradebook."""
    folder = os.path.dirname(sys.executable)
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if folder not in paths:
        os.environ["PATH"] = os.pathsep.join([folder, *paths])


def init(directory: Path, project: Project | None = None) -> Course:
    """Make `directory` a course directory; what is there already stays as it is.

    project : whose lessons it gives; default: the project around the current directory, which a
    course that nbgrader made can do without.

    Raises
    ------
    AutograderError : the directory lies among a checkout's tracked files or in a release, or is a
        file; there is no project.
    """
    course = Course(directory)
    project = project or (course.project if is_nbgraders(course.root) else find_project())
    _require_fit(course)
    try:
        for folder in _folders(course):
            folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise AutograderError(
            f"a course directory must be a folder, got a file: {folder}"
        ) from None
    blanks = {
        "@ID@": json.dumps(project.id),
        "@PROJECT@": json.dumps(Path(os.path.relpath(project.root, course.root)).as_posix()),
        "@LESSON@": next(iter(project.lessons), "01_topic"),
    }
    if not has_manifest(project.root):
        blanks = {_PROJECT_LINES: "", **blanks}
    for name, template in ((CONFIG, f"{CONFIG}.txt"), (SETTINGS, SETTINGS)):
        path = course.root / name
        if not path.exists():
            text = (resources.files(__package__) / "templates" / template).read_text("utf-8")
            for blank, value in blanks.items():
                text = text.replace(blank, value)
            path.write_text(text, encoding="utf-8", newline="\n")
    _make_secret(course.root / SECRET)
    course.secret()
    return course


def is_nbgraders(directory: Path) -> bool:
    """Whether `directory` is a course that nbgrader made: with assignments, or a configuration."""
    return (directory / CONFIG).is_file() or any(directory.glob("source/*/*.ipynb"))


def missing_paths(directory: Path) -> list[Path]:
    """What :func:`init` would make in `directory`; raises what that would raise."""
    course = Course(directory)
    _require_fit(course)
    files = [course.root / name for name in (CONFIG, SETTINGS, SECRET)]
    return [path for path in (*_folders(course), *files) if not path.exists()]


def _require_fit(course: Course) -> None:
    require_free(course.root)
    if (course.root / CONFIG).is_file():
        course.config()


def _folders(course: Course) -> tuple[Path, ...]:
    return course.root, course.source, course.release, course.submitted, course.download


def _make_secret(path: Path) -> None:
    try:
        # O_EXCL: of two runs at once only one makes it, and an old one is never overwritten.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
