"""Make the folder and the zip that students get.

ASSIGNMENT is a lesson of the project, or a folder of nbgrader notebooks in the course's source/.
Then the solution and an empty notebook are graded as students' work will be (for a lesson, only if
it has hand-written tests), so that you see what they earn before a student sees a notebook. The
exit code is 1 if the solution does not get all points.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import command
from .shared import (
    add_course,
    add_dry_run,
    course_of,
    first_of,
    say,
    short,
    version_notes,
    would_write,
)

if TYPE_CHECKING:
    from rich.table import Table

    from ..course import Course
    from ..proof.rehearsal import Rehearsal

EXAMPLES = ("01_smoothing",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument(
        "--no-rehearsal",
        action="store_true",
        help="do not grade the solution and an empty notebook",
    )
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..authoring.plain import look_alikes
    from ..authoring.release import changes, release
    from ..grading.database import add_indexes
    from ..intake.roster import ROSTER

    course, assignment = course_of(options), options.assignment
    if options.dry_run:
        lines = changes(course, assignment)
        print("\n".join(lines or ["the release is up to date"]))
        return would_write([course.release_dir(assignment), course.download / f"{assignment}.zip"])
    notes = version_notes(course, assignment)
    folder, package = release(course, assignment)
    add_indexes(course)
    if assignment not in course.project.lessons:
        notes += [f"warning: {line}" for line in look_alikes(course, assignment)]
    for line in notes:
        print(line)
    print(f"{short(folder)}\n{short(package)}: this is for students")
    passed = options.no_rehearsal or rehearsed(course, assignment)
    known = (course.root / ROSTER).is_file()
    then = ("collect", assignment, "submissions.zip") if known else ("roster", "class.csv")
    if passed:
        say(course, f"Next: {command(*then)}")
    else:
        say(course, f"Next: {command('release', assignment)}, after you have fixed that")
    return 0 if passed else 1


def rehearsed(course: Course, assignment: str) -> bool:
    """Rehearse a release, if that tells anything; whether the solution passed."""
    from rich.console import Console

    from ..errors import AutograderError
    from ..proof.rehearsal import is_due, rehearse, store

    if not is_due(course, assignment):
        return True
    try:
        rehearsal = rehearse(course, assignment, tell=lambda name: print(f"rehearsing {name}"))
    except AutograderError as error:  # grading may need another machine
        print(f"warning: not rehearsed, because nothing can be graded here: {error}")
        return True
    store(course, rehearsal)
    Console().print(rehearsal_table(rehearsal))
    for line in first_of(rehearsal.lines()):
        print(f"warning: {line}")
    return rehearsal.passed


def rehearsal_table(rehearsal: Rehearsal) -> Table:
    """What the solution and an empty notebook earn in each of the notebooks."""
    from rich.markup import escape

    from ..reports.tables import plain_table

    numbers = ("points", "solution", "empty", "by hand", "tests", "tamper-proof")
    table = plain_table(f"{rehearsal.assignment}: rehearsed", ("notebook",), numbers)
    for notebook in dict.fromkeys(cell.notebook for cell in rehearsal.cells):
        cells = [cell for cell in rehearsal.cells if cell.notebook == notebook]
        marked = [cell for cell in cells if cell.solution is not None]
        row = [
            sum(cell.points for cell in marked),
            sum(cell.solution or 0 for cell in marked),
            sum(cell.stub or 0 for cell in marked),
            sum(cell.points for cell in cells if cell not in marked),
            len(marked),
            sum(cell.out_of_reach or not cell.digest for cell in marked),
        ]
        table.add_row(escape(notebook), *(f"{number:g}" for number in row))
    return table
