"""Write marks for Canvas, Moodle or a spreadsheet."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import OBJECTS, add_course, add_dry_run, course_of, listed, short

if TYPE_CHECKING:
    from ..reports.exports import Exported

EXAMPLES = (
    "canvas 01_smoothing --column 'Smoothing (4711)'",
    "csv",
    "gradescope-zip 01_smoothing",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    formats = ("canvas", "moodle", "csv", "json", "gradescope-zip")
    parser.add_argument("format", choices=formats, help="gradescope-zip: an autograder to upload")
    parser.add_argument(
        "assignment", metavar="ASSIGNMENT", nargs="?", default="", help="default: the whole course"
    )
    add_course(parser, bare=True)
    parser.add_argument("--to", type=Path, metavar="FILE", help="default: a file in exports/")
    add_dry_run(parser)
    parser.add_argument(
        "--column", default="", metavar="TITLE", help="the assignment's name in Canvas or Moodle"
    )
    parser.add_argument(
        "--require", default="", metavar="LEVEL",
        help="gradescope-zip: refuse to grade below this isolation level",
    )  # fmt: skip
    parser.add_argument(
        "--reveal", action="store_true", help="gradescope-zip: show what differed in hidden tests"
    )
    parser.add_argument(
        "--visibility", default="visible", metavar="WHEN",
        help="gradescope-zip: visible, hidden, after_due_date or after_published",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    course, assignment, dry_run = course_of(options), options.assignment, options.dry_run
    gc.set_threshold(OBJECTS)
    if options.format == "gradescope-zip":
        from ..reports import gradescope

        settings = (options.require, options.reveal, options.visibility)
        lines = gradescope.export(course, assignment, options.to, dry_run, *settings)
    else:
        from ..reports import exports

        exported = exports.export(
            course, options.format, assignment, options.to, options.column, dry_run
        )
        lines = list(_lines(exported, dry_run))
    print("\n".join(lines))
    return 0


def _lines(exported: Exported, dry_run: bool) -> Iterator[str]:
    """What is in the file, what is not, and what to do with it."""
    yield f"{'would write ' if dry_run else ''}{short(exported.path)}: {exported.results} results"
    if exported.waiting:
        yield f"with answers still to be marked by hand, not in the score yet: {exported.waiting}"
    if exported.ungraded:
        yield f"students without a graded submission: {exported.ungraded}"
    yield from listed("left out, the submitted files are no longer there", exported.deleted)
    if exported.advice and not dry_run:
        yield exported.advice
