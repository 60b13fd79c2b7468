"""Write a report on an assignment, or on the whole course, as a page and a CSV."""

from __future__ import annotations

import argparse
import gc

from ..errors import command
from .shared import OBJECTS, add_course, add_dry_run, course_of, say, short, would_write

EXAMPLES = ("01_smoothing", "--course")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignment", metavar="ASSIGNMENT", nargs="?", help="default: the whole course, on one page"
    )
    parser.add_argument(
        "--anonymous", action="store_true", help="show students' ids without their names"
    )
    add_dry_run(parser)
    add_course(parser, bare=True)


def run(options: argparse.Namespace) -> int:
    from ..reports.course_report import write_course_report
    from ..reports.report import write_report

    course, assignment = course_of(options), options.assignment
    gc.set_threshold(OBJECTS)
    page = (
        write_report(course, assignment, options.dry_run, options.anonymous)
        if assignment
        else write_course_report(course, options.dry_run, options.anonymous)
    )
    paths = [page, page.with_suffix(".csv")]
    if options.dry_run:
        return would_write(paths)
    for path in paths:
        print(short(path))
    then = ("feedback", assignment) if assignment else ("export", "csv")
    say(course, f"Next: open it in a browser; then {command(*then)}")
    return 0
