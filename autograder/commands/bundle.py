"""Zip the book, and a bundle for studying alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from .shared import add_project, project_of

EXAMPLES = ("",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=Path("build/book"))
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..book.bundle import bundle
    from ..book.site import work_folder

    project = project_of(options)
    for path in bundle(options.output, work_folder(project), project):
        print(path)
    return 0
