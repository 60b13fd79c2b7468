"""What every command says at its end: what comes next, or what it would have written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from .course import DEFAULT_COURSE, Course

__all__ = ["say", "short", "would_write"]


def short(path: Path) -> Path:
    """`path` as a person writes it here: from the folder they are in, if it lies in there."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def say(course: Course, *lines: str) -> None:
    """Print lines; a "Next:" that is a command names the course where that is not ``./course``."""
    where = ""
    if course.root != DEFAULT_COURSE.resolve():
        where = f" --course {shlex.quote(str(short(course.root)))}"
    for line in lines:
        command = line.startswith("Next: ") and "python -m autograder" in line
        print(f"{line}{where if command else ''}")


def would_write(paths: Sequence[Path]) -> int:
    """What a ``--dry-run`` ends with: the files, and that there are none; returns the exit code."""
    for path in paths:
        print(f"would write {short(path)}{' again' if path.exists() else ''}")
    print("Nothing was written (--dry-run).")
    return 0
