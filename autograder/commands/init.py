"""Create a course directory, which will hold releases and marks.

You can give the directory of an existing nbgrader course: everything in it stays as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import command
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


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, nargs="?", default=DEFAULT_COURSE)
    add_project(parser)
    add_dry_run(parser)


def run(options: argparse.Namespace) -> int:
    from ..course import SETTINGS, init, is_nbgraders, missing_paths
    from ..grading.database import add_indexes
    from ..marking.lab import enable

    directory: Path = options.directory
    project = None
    if options.project or not is_nbgraders(directory):
        project = project_of(options)
    if options.dry_run:
        return would_write(missing_paths(directory))
    course = init(directory, project)
    add_indexes(course)  # of a gradebook that is there
    enable()
    warn(course)
    print(f"course directory: {short(course.root)}")
    print(f"dates and the late policy go into {short(course.root / SETTINGS)}")
    assignments = sorted(path.parent.name for path in course.source.glob("*/*.ipynb"))
    say(course, f"Next: {command('release', *assignments[:1] or ['ASSIGNMENT'])}")
    return 0
