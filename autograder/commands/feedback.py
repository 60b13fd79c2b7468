"""Write the feedback pages for a graded assignment."""

from __future__ import annotations

import argparse

from ..errors import command
from .shared import (
    add_course,
    add_dry_run,
    add_jobs,
    add_students,
    course_of,
    say,
    short,
    would_write,
)

EXAMPLES = ("01_smoothing", "01_smoothing --student student-01 --reveal")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    add_students(parser)
    parser.add_argument(
        "--reveal", action="store_true",
        help="show the code and numbers of failed hidden tests, not only their names",
    )  # fmt: skip
    parser.add_argument(
        "--force", action="store_true", help="also rewrite pages that are up to date"
    )
    add_jobs(parser)
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..grading.feedback import feedback
    from ..reports.pages import count
    from ..reports.progress import progress_bar

    course, assignment = course_of(options), options.assignment
    modes = {"reveal": options.reveal, "force": options.force, "jobs": options.jobs}
    if options.dry_run:
        return would_write(feedback(course, assignment, options.student, dry_run=True, **modes))
    with progress_bar(f"feedback {assignment}") as progress:
        pages = feedback(course, assignment, options.student, progress, **modes)
    names = course.notebooks(assignment)
    page = f"{names[0] if len(names) == 1 else 'NOTEBOOK'}.html"
    where = short(course.feedback / "STUDENT" / assignment / page)
    print(f"{count(len(pages), 'page')} written: {where}")
    print("Pages that are up to date stay as they are (--force: write all again).")
    say(course, f"Next: {command('export', 'canvas', assignment)}")
    return 0
