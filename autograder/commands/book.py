"""Build the course's web site, which needs no server."""

from __future__ import annotations

import argparse
from pathlib import Path

from .shared import add_project, project_of

EXAMPLES = ("", "--solutions")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--solutions", action="store_true", help="with answers and derivations")
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=Path("build/book/html"))
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..book.site import make, work_folder

    project = project_of(options)
    print(make(options.output, work_folder(project), project, solutions=options.solutions))
    return 0
