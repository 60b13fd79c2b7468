"""Import the class from a CSV that an LMS exported, or merge two accounts of one person.

Students who are missing from a new CSV of the class have left: they are recorded as such, and their
marks stay. `roster merge A B` gives B's submissions and marks to A, and those that B adds later.
Where both handed in, the later submission counts, and the other's files go to set_aside/.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AutograderError, command
from .shared import add_course, add_dry_run, course_of, first_of, listed, say, short

if TYPE_CHECKING:
    from rich.table import Table

    from ..course import Course
    from ..intake.merge import Account, Merged

EXAMPLES = ("class.csv", "class.csv --id Email", "one-more.csv --add", "merge student-01 st0001")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv", help="the class; or: merge A B")
    parser.add_argument("accounts", nargs="*", metavar="ID", help="after `merge`: A stays, B goes")
    parser.add_argument(
        "--id", default="", metavar="COLUMN", help="the CSV column with this course's student ids"
    )
    parser.add_argument(
        "--add", action="store_true", help="the CSV holds only part of the class: nobody has left"
    )
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    course = course_of(options)
    if options.file == "merge" and len(options.accounts) == 2:
        student, other = options.accounts
        return _merge(course, student, other, options.dry_run)
    if options.file == "merge" or options.accounts:
        raise AutograderError(
            "roster must have one CSV file, or `merge` and two ids, got "
            f"{' '.join([options.file, *options.accounts])}"
        )
    return _import(course, Path(options.file), options)


def _import(course: Course, file: Path, options: argparse.Namespace) -> int:
    from ..intake import roster as rosters

    before = rosters.saved_roster(course) or rosters.Roster()
    roster = rosters.import_roster(course, file, options.id, not options.add)
    ids = sorted(set(roster.students) - roster.left)
    if not ids:
        raise AutograderError(f"the roster {file} must hold students, got none")
    gone, back = roster.left - before.left, (before.left - roster.left) & {*roster.students}
    lines = [*listed("note", roster.notes)]
    if gone:
        lines += listed("left, with marks kept", [", ".join(first_of(sorted(gone)))])
        lines.append(
            "  (Is this only part of the class? Import the whole class again, then this with --add)"
        )
    if back:
        lines += listed("here again", [", ".join(first_of(sorted(back)))])
    for line in lines:
        print(line)
    shown = ", ".join([*ids[:3], *(["..."] if len(ids) > 3 else [])])
    if options.dry_run:
        print(f"{len(ids)} students ({shown}). Nothing was written (--dry-run).")
        return 0
    rosters.write_roster(course.root / rosters.ROSTER, roster)
    new = rosters.into_gradebook(course, roster)
    print(f"{len(ids)} students ({shown}), {new} new in the gradebook")
    print(f"wrote {short(course.root / rosters.ROSTER)}")
    say(course, "Next: python -m autograder collect ASSIGNMENT submissions.zip")
    return 0


def _merge(course: Course, student: str, other: str, dry_run: bool) -> int:
    from rich.console import Console

    from ..intake.merge import merge
    from ..intake.policy import read

    plan = merge(course, student, other, dry_run)
    if plan:
        Console().print(_merge_table(plan))
    for line in _consequences(plan):
        print(line)
    if other in read(course).extensions:
        print(f"Rename [extensions.{other}] in course.toml to [extensions.{student}].")
    if dry_run:
        print("Nothing was written (--dry-run).")
        return 0
    print(f"{other} is an account of {student} now: what it hands in is {student}'s.")
    say(course, "Next: python -m autograder status --student " + student)
    return 0


def _merge_table(plan: Sequence[Merged]) -> Table:
    from rich.markup import escape

    from ..reports.tables import plain_table

    columns = ("assignment", "counts", "does not count", "why")
    table = plain_table("merge", columns, ())
    for merged in plan:
        dropped = _account(merged.dropped) if merged.dropped else ""
        cells = (merged.notebook, _account(merged.kept), dropped, merged.reason)
        table.add_row(*map(escape, cells))
    return table


def _account(account: Account) -> str:
    points = "no marks yet" if account.points is None else f"{account.points:g} points"
    return f"{account.id}: {points}"


def _consequences(plan: Sequence[Merged]) -> Iterator[str]:
    """The marks that go, and those that must be given again."""
    for merged in plan:
        if merged.dropped and merged.dropped.by_hand:
            yield (
                f"{merged.notebook}: {merged.dropped.by_hand} marks that {merged.dropped.id} was "
                "given by hand are dropped."
            )
        if merged.kept.points is None:
            yield f"{merged.notebook} must be graded: {command('grade', merged.notebook)}"
