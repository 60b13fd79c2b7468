"""Make what students get: folder and zip."""

from __future__ import annotations

import argparse

from .shared import add_course, add_dry_run, course_of, say, short, version_notes, would_write

EXAMPLES = ("01_smoothing",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..authoring.release import rehearse, release
    from ..intake.roster import ROSTER

    course, assignment = course_of(options), options.assignment
    if options.dry_run:
        lines = rehearse(course, assignment)
        print("\n".join(lines or ["the release is as it would be made now"]))
        return would_write([course.release_dir(assignment), course.download / f"{assignment}.zip"])
    notes = version_notes(course, assignment)
    folder, package = release(course, assignment)
    for line in notes:
        print(line)
    print(f"{short(folder)}\n{short(package)}: this is for students")
    known = (course.root / ROSTER).is_file()
    then = f"collect {assignment} submissions.zip" if known else "roster class.csv"
    say(course, f"Next: python -m autograder {then}")
    return 0
