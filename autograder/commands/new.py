"""Create a small working course, which you can turn into your own.

docs/your_own_course.md walks you through it in ten minutes.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from .shared import short

EXAMPLES = ("my-course", "my-course --library my_lib")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="a new or empty folder")
    parser.add_argument(
        "--library",
        default="",
        metavar="NAME",
        help="also create a package of the course's functions; students get it without the answers",
    )


def run(options: argparse.Namespace) -> int:
    from ..authoring.new import new_project

    folder = options.directory.absolute()
    for path in new_project(folder, options.library):
        print(short(path))
    print(f"Next: cd {shlex.quote(str(short(folder)))} && python -m autograder build")
    return 0
