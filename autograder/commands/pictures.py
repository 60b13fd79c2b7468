"""Compute the playable pictures of the notebooks."""

from __future__ import annotations

import argparse

from .shared import add_project, project_of

EXAMPLES = ("", "--check")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--check", action="store_true", help="write nothing; list what differs")
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..authoring import pictures

    project = project_of(options)
    if options.check:
        lines = pictures.differences(project, options.pictures)
        print("\n".join(lines or ["The pictures are up to date."]))
        return 1 if lines else 0
    for path in pictures.write(project, options.pictures):
        print(path)
    return 0
