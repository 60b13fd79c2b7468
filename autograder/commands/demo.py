"""Release, answer, grade and report with a sample class."""

from __future__ import annotations

import argparse
from pathlib import Path

from .shared import add_project, project_of

EXAMPLES = ("",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, nargs="?", default=Path("demo-course"))
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..sample import demo

    return demo.run(options.directory, project=project_of(options))
