"""Make a course directory, where releases and marks live.

A directory that nbgrader made becomes one as it is: all that is there stays.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from ..errors import AutograderError
from .shared import (
    DEFAULT_COURSE,
    add_dry_run,
    add_project,
    project_of,
    say,
    short,
    warn,
    would_write,
)

EXAMPLES = ("course",)
_FOLDERS = ("source", "release", "submitted", "autograded", "feedback")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, nargs="?", default=DEFAULT_COURSE)
    add_project(parser)
    add_dry_run(parser)


def run(options: argparse.Namespace) -> int:
    from ..course import SETTINGS, init, is_nbgraders, missing_paths

    directory: Path = options.directory
    project = None
    if is_nbgraders(directory):
        _require_usual_folders(directory)
    if options.project or not is_nbgraders(directory):
        project = project_of(options)
    if options.dry_run:
        return would_write(missing_paths(directory))
    course = init(directory, project)
    warn(course)
    print(f"course directory: {short(course.root)}")
    print(f"dates and the late policy go into {short(course.root / SETTINGS)}")
    assignments = sorted(path.parent.name for path in course.source.glob("*/*.ipynb"))
    assignment = shlex.quote(assignments[0]) if assignments else "ASSIGNMENT"
    say(course, f"Next: python -m autograder release {assignment}")
    return 0


def _require_usual_folders(directory: Path) -> None:
    """Raise AutograderError if nbgrader's configuration gives its folders other names."""
    from ..course import CONFIG, Course

    course = Course(directory)
    if not (course.root / CONFIG).is_file():
        return
    settings = course.config().CourseDirectory
    usual = {f"{name}_directory": name for name in _FOLDERS}
    usual["directory_structure"] = str(Path("{nbgrader_step}", "{student_id}", "{assignment_id}"))
    for name, value in usual.items():
        if (actual := settings.get(name, value)) != value:
            raise AutograderError(
                f"{course.root / CONFIG}: CourseDirectory.{name} must be {value!r}, got "
                f"{actual!r}: remove that line, and rename the folder"
            )
