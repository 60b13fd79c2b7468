"""The project: its manifest ``project.toml``, and the one place that loads lessons.

::

    title = "Training neural networks"
    id = "training"                     # nbgrader's course_id
    lessons = ["01_warm_up", "02_more"] # in order; the first is in lessons/warm_up/
    library = "../my_lib"               # the package that notebooks import; may be absent
    requirements = ["numpy>=2.0"]       # what a student installs
    book = "../book"                    # the book's own pages; may be absent
    proof = "../docs"                   # where `prove` writes; default: proof/
    first_cell = "first_cell.py"        # code before each notebook's own; may be absent
    demo = ["01_warm_up"]               # the lessons that `demo` plays; default: the first two

In the code of `first_cell`, ``{{notebook}}`` stands for the lesson's name. Paths are relative to
the manifest's folder, which also holds::

    lessons/warm_up/notebook.py         the notebook's text (jupytext's percent format)
    lessons/warm_up/__init__.py         EXERCISES, its exercises in their order
    lessons/warm_up/files/              data files of the notebook; may be absent
    source/01_warm_up/01_warm_up.ipynb  made from the text
    checks/01_warm_up/EXERCISE.npz      the student's check, made from the exercises

No other module of this package knows a lesson or a library by name.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from .errors import AutograderError

if TYPE_CHECKING:
    from .exercise import Exercise

__all__ = ["MANIFEST", "Project", "find_project", "has_manifest"]

MANIFEST = "project.toml"
_FOLDER = "notebooks"
"""The subfolder of a repository in which a manifest is looked for as well."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_REQUIREMENTS = ("numpy>=2.0", "jupyterlab>=4.2")


@dataclass(frozen=True)
class Project:
    """A course's lessons, and where its files are.

    exercises : a function that returns a lesson's exercises, if not the lesson's package does.
    """

    root: Path
    lessons: tuple[str, ...] = ()
    library: Path | None = None
    title: str = ""
    id: str = ""
    requirements: tuple[str, ...] = _REQUIREMENTS
    book: Path | None = None
    proof: Path | None = None
    first_cell: Path | None = None
    demo: tuple[str, ...] = ()
    exercises: Callable[[str], Sequence[Exercise]] | None = None

    @classmethod
    def read(cls, manifest: Path) -> Project:
        """The project that a manifest describes; raises AutograderError if the manifest is wrong.

        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), MANIFEST)
        >>> _ = path.write_text('title = "Sums"\\nlessons = ["01_adding"]\\n')
        >>> Project.read(path).lesson("01_adding").name
        'adding'
        """
        try:
            settings = tomllib.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise AutograderError(f"{manifest} cannot be read: {error}") from None
        root = manifest.resolve().parent
        texts = ("title", "id", "library", "book", "proof", "first_cell")
        for key, value in settings.items():
            if key not in (*texts, "lessons", "requirements", "demo"):
                raise AutograderError(f"{manifest}: there is no key {key!r}")
            if key in texts and not isinstance(value, str):
                raise AutograderError(f"{manifest}: {key} must be a text, got {value!r}")
            if key not in texts and not (
                isinstance(value, list) and all(isinstance(item, str) for item in value)
            ):
                raise AutograderError(f"{manifest}: {key} must be a list of texts, got {value!r}")
        for name in settings.get("lessons", []):
            if not _NAME.fullmatch(name) or not _topic(name).isidentifier():
                raise AutograderError(
                    f"{manifest}: a lesson's name must be digits, an underscore and a Python name, "
                    f"such as 01_warm_up; got {name!r}"
                )
        folders = {
            key: (root / settings[key]).resolve()
            for key in ("library", "book", "proof", "first_cell")
            if key in settings
        }
        if "first_cell" in folders and not folders["first_cell"].is_file():
            raise AutograderError(
                f"{manifest}: first_cell must be a file with code, got {settings['first_cell']!r}"
            )
        if "library" in folders and not (folders["library"] / "__init__.py").is_file():
            raise AutograderError(
                f"{manifest}: library must be a folder with a package (an __init__.py), got "
                f"{settings['library']!r}"
            )
        return cls(
            root,
            tuple(settings.get("lessons", ())),
            title=settings.get("title", root.name),
            id=settings.get("id", root.name),
            requirements=tuple(settings.get("requirements", _REQUIREMENTS)),
            demo=tuple(settings.get("demo", ())),
            **folders,
        )

    # ------------------------------------------------------------------------------ the lessons

    def load(self, lesson: str) -> list[Exercise]:
        """The exercises of a lesson, in order; none if the manifest does not name it."""
        if lesson not in self.lessons:
            return []
        if self.exercises:
            return list(self.exercises(lesson))
        exercises: list[Exercise] = self.module(lesson).EXERCISES
        return exercises

    def module(self, lesson: str, part: str = "") -> ModuleType:
        """A lesson's package, or a module in it: ``module("01_warm_up", "picture")``."""
        if self.library and str(self.library.parent) not in sys.path:
            sys.path.append(str(self.library.parent))
        name = f"{_package(self.root)}.lessons.{_topic(lesson)}"
        return importlib.import_module(f"{name}.{part}" if part else name)

    def book_module(self, name: str) -> ModuleType:
        """A module of the book's folder, such as its ``experiments``."""
        if self.book is None:
            raise AutograderError(f"{self.root / MANIFEST} names no book")
        if self.library and str(self.library.parent) not in sys.path:
            sys.path.append(str(self.library.parent))
        return importlib.import_module(f"{_package(self.book)}.{name}")

    def earlier(self, lesson: str) -> tuple[str, ...]:
        """The lessons before this one, whose answers are given away; none if it is no lesson."""
        index = self.lessons.index(lesson) if lesson in self.lessons else 0
        return self.lessons[:index]

    def named(self, lessons: Iterable[str]) -> list[str]:
        """These lessons, or all if there are none; raises AutograderError for an unknown name."""
        chosen = list(lessons)
        for name in chosen:
            if name not in self.lessons:
                known = ", ".join(self.lessons) or "(none yet)"
                raise AutograderError(f"the notebook must be one of {known}; got {name!r}")
        return chosen or list(self.lessons)

    # -------------------------------------------------------------------------------- the files

    def lesson(self, name: str) -> Path:
        """The folder of a lesson: its text, exercises, questions and picture."""
        return self.root / "lessons" / _topic(name)

    def text(self, lesson: str) -> Path:
        return self.lesson(lesson) / "notebook.py"

    def files(self, lesson: str) -> dict[str, Path]:
        """The data files of a lesson's notebook, by their path beside it."""
        folder = self.lesson(lesson) / "files"
        return {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    @property
    def source(self) -> Path:
        return self.root / "source"

    def built(self, lesson: str) -> Path:
        return self.source / lesson / f"{lesson}.ipynb"

    @property
    def checks(self) -> Path:
        return self.root / "checks"

    def pack(self, lesson: str, exercise: str) -> Path:
        return self.checks / lesson / f"{exercise}.npz"

    def relative(self, path: Path) -> str:
        """The path relative to the manifest's folder, for messages."""
        return path.relative_to(self.root).as_posix()


def find_project(start: Path | None = None) -> Project:
    """The project whose manifest is in `start` (default: the current folder) or above it.

    Where none is, the folder that the environment variable AUTOGRADER_PROJECT names is taken: for
    plain nbgrader, whose courses know of no project.

    Raises
    ------
    AutograderError : there is no manifest.
    """
    start = (start or Path.cwd()).resolve()
    named = os.environ.get("AUTOGRADER_PROJECT")
    for folder in (start, *start.parents, *([Path(named).resolve()] if named else [])):
        for manifest in _manifests(folder):
            return _read(manifest, manifest.stat().st_mtime_ns)
    raise AutograderError(
        f"there is no {MANIFEST} in {start} or above it: name the project's folder "
        "(--project DIR), or make one (python -m autograder new DIR)"
    )


def has_manifest(folder: Path) -> bool:
    """Whether `folder` is the folder of a project."""
    return bool(_manifests(folder))


def _manifests(folder: Path) -> list[Path]:
    paths = (folder / MANIFEST, folder / _FOLDER / MANIFEST)
    return [path for path in paths if path.is_file()]


@cache
def _read(manifest: Path, changed: int) -> Project:
    return Project.read(manifest)


def _topic(lesson: str) -> str:
    """The name of a lesson's folder: without the number, so that it can be imported."""
    return re.sub(r"^\d+_", "", lesson)


def _package(folder: Path) -> str:
    """The name of a package for `folder`, unique so that two projects never mix."""
    name = f"project_{sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
