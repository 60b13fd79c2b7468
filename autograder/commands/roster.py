"""Take the class from a CSV that an LMS exported."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import AutograderError
from .shared import add_course, add_dry_run, course_of, listed, say, short

EXAMPLES = ("class.csv", "class.csv --id Email")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument(
        "--id", default="", metavar="COLUMN", help="the CSV's column of students' ids here"
    )
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..intake.roster import ROSTER, course_roster, into_gradebook, write_roster

    course = course_of(options)
    roster = course_roster(course, options.file, options.id, add=True)
    if roster is None or not roster.students:
        raise AutograderError(f"the roster {options.file} must hold students, got none")
    for line in listed("to know", roster.notes):
        print(line)
    ids = sorted(roster.students)
    shown = ", ".join([*ids[:3], *(["..."] if len(ids) > 3 else [])])
    if options.dry_run:
        print(f"{len(ids)} students ({shown}). Nothing was written (--dry-run).")
        return 0
    write_roster(course.root / ROSTER, roster)
    new = into_gradebook(course, roster)
    print(f"{len(ids)} students ({shown}), {new} new in the gradebook")
    print(f"wrote {short(course.root / ROSTER)}")
    say(course, "Next: python -m autograder collect ASSIGNMENT submissions.zip")
    return 0
