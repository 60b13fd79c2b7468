"""Make a course directory, where releases and marks live."""

from __future__ import annotations

import argparse
from pathlib import Path

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
    from ..course import SETTINGS, init, missing_paths

    project = project_of(options)
    if options.dry_run:
        return would_write(missing_paths(options.directory))
    course = init(options.directory, project)
    warn(course)
    print(f"course directory: {short(course.root)}")
    print(f"dates and the late policy go into {short(course.root / SETTINGS)}")
    say(course, "Next: python -m autograder release ASSIGNMENT")
    return 0
