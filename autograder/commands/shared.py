"""What several commands share: their options, and what they say at their end."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import AutograderError

if TYPE_CHECKING:
    from ..course import Course
    from ..project import Project

DEFAULT_COURSE = Path("course")
OBJECTS = 100_000
"""For `gc`: the results of a class are many objects and no circles, and looking through them for
circles as often as Python does takes three times as long as reading them."""
_SHOWN = 40
"""Names and rows that are listed; of the others, how many."""
Row = TypeVar("Row")


# ------------------------------------------------------------------------------------------ options


def default_course() -> Path:
    """The course of who names none: the folder they are in, if it is one, or ``course`` in it."""
    here = Path()
    # Not asked of Course, whose imports take as long as a short command.
    return here if (here / "course.toml").is_file() else DEFAULT_COURSE


def add_course(parser: argparse.ArgumentParser, bare: bool = False) -> None:
    """``--course DIR``. bare : ``--course`` alone means the default one."""
    default = default_course()
    settings: dict[str, Any] = {"nargs": "?", "const": default} if bare else {}
    parser.add_argument(
        "--course",
        type=Path,
        default=default,
        metavar="DIR",
        help="default: the current folder, if that is a course; else ./course",
        **settings,
    )


def add_project(parser: argparse.ArgumentParser) -> None:
    """``--project DIR``: see :func:`project_of`."""
    parser.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the folder of project.toml; default: the current folder, or one above it",
    )


def add_dry_run(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--dry-run", action="store_true", help="write nothing; show what would be")


def add_students(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--student", action="append", metavar="ID", help="only this student (repeatable)"
    )


def add_jobs(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--jobs",
        type=positive,
        default=0,
        metavar="N",
        help="how many at a time; default: one per processor",
    )


def add_require(parser: argparse.ArgumentParser) -> None:
    """``--require LEVEL``: see :func:`level_of`."""
    parser.add_argument(
        "--require", default="", metavar="LEVEL",
        help="refuse to grade below this level: namespaces, landlock+seccomp or limits",
    )  # fmt: skip


def level_of(options: argparse.Namespace) -> str:
    """The least isolation that ``--require`` asks for; "" if it was not given."""
    from ..sandbox.isolation import LEVELS

    level: str = options.require
    if level not in ("", *LEVELS):
        raise AutograderError(f"LEVEL must be one of {', '.join(LEVELS)}, got {level!r}")
    return level


def positive(text: str) -> int:
    """The number that an option holds."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)


def course_of(options: argparse.Namespace) -> Course:
    """The course of ``--course``, which can be used as it is; warns of a dangerous one."""
    from ..course import Course
    from ..grading.database import require_schema

    course = Course.open(options.course)
    warn(course)
    require_schema(course)
    return course


def project_of(options: argparse.Namespace) -> Project:
    """The project of ``--project``, else the one around the folder one stands in."""
    from ..project import MANIFEST, find_project, has_manifest

    if options.project and not has_manifest(options.project):
        raise AutograderError(
            f"--project must be a folder with a {MANIFEST}, got {str(options.project)!r}"
        )
    return find_project(options.project)


# -------------------------------------------------------------------------------------------- words


def warn(course: Course) -> None:
    """Say on stderr what is dangerous about the course's configuration, in one line."""
    if line := course.warning():
        print(f"autograder: {line}", file=sys.stderr)


def say(course: Course, *lines: str) -> None:
    """Print lines; a "Next:" that is a command names the course where that is not ``./course``."""
    where = ""
    if course.root != default_course().resolve():
        where = f" --course {shlex.quote(str(short(course.root)))}"
    for line in lines:
        command = line.startswith("Next: ") and "python -m autograder" in line
        print(f"{line}{where if command else ''}")


def short(path: Path) -> Path:
    """`path` as a person writes it here: from the folder they are in, if it lies in there."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def would_write(paths: Sequence[Path]) -> int:
    """What a ``--dry-run`` ends with: the files, and that there are none; returns the exit code."""
    for path in paths:
        print(f"would write {short(path)}{' again' if path.exists() else ''}")
    print("Nothing was written (--dry-run).")
    return 0


def listed(what: str, lines: Sequence[str]) -> Iterator[str]:
    """A line for each of `lines`, which are about `what`: some of them, and how many more."""
    for line in first_of(lines):
        # Names in an archive are a stranger's: what would steer the terminal is not shown to it.
        shown = "".join(letter if letter.isprintable() else "?" for letter in line)
        yield f"  {what}: {shown}"


def first_rows(rows: Sequence[Row]) -> tuple[Sequence[Row], str]:
    """The first rows of a table, and a line that says how many more there are."""
    more = len(rows) - _SHOWN
    line = f"... and {more:,} more (status --student ID shows those of one student)"
    return rows[:_SHOWN], line if more > 0 else ""


def first_of(lines: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"... and {more} more"] if more > 0 else [])]


def version_notes(course: Course, assignment: str) -> list[str]:
    """Notes on exercises whose tests are no longer the released ones, under the same version."""
    from ..authoring.packs import unversioned

    packs = course.release_dir(assignment) / "checks" / assignment
    if not packs.is_dir():
        return []
    exercises = course.project.load(assignment)
    return [f"note: {line}" for line in unversioned(packs, assignment, exercises)]
