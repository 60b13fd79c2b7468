"""Grade the submissions of an assignment.

exit code: 0 every submission is graded; 1 some submissions have no new marks,
and are listed; 2 grading is impossible (arguments, release, isolation); 130
stopped by Ctrl-C. In each case, what is graded stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..errors import AutograderError, command
from .shared import (
    add_course,
    add_jobs,
    add_require,
    add_students,
    course_of,
    level_of,
    say,
    short,
    version_notes,
)

if TYPE_CHECKING:
    from rich.table import Table

    from ..course import Course
    from ..grading.compare import Change, Comparison
    from ..grading.events import Tell

EXAMPLES = ("01_smoothing", "01_smoothing --student student-01 --force")
_LARGEST_TABLE = 40
"""Of more students than that, the table is in the report alone."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    add_students(parser)
    where = parser.add_mutually_exclusive_group()
    add_jobs(where)
    where.add_argument(
        "--scheduler", default="", metavar="ADDRESS",
        help="grade on the workers of this Dask cluster",
    )  # fmt: skip
    add_require(parser)
    parser.add_argument("--force", action="store_true", help="grade again what is already graded")
    parser.add_argument(
        "--dry-run", action="store_true", help="record nothing; show whose points would change"
    )
    parser.add_argument(
        "--figures", action="store_true",
        help="run also the cells that no mark depends on: feedback then has their figures",
    )  # fmt: skip
    parser.add_argument(
        "--changes", type=Path, metavar="FILE.csv",
        help="with --dry-run: write these changes to a file, test by test",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true",
        help="print one event per line, for programs (autograder/grading/events.py)",
    )  # fmt: skip
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..grading.classroom import NotAllGraded, grade_class
    from ..intake.late import put_due_dates, settle
    from ..intake.policy import read
    from ..reports.progress import grading_bar

    level = level_of(options)
    if options.changes and (options.json or not options.dry_run):
        raise AutograderError("--changes FILE needs --dry-run, and cannot be used with --json")
    course, assignment, failure = course_of(options), options.assignment, None
    for line in version_notes(course, assignment):
        print(line, file=sys.stderr)
    compared: list[Comparison] = []
    progress = (
        nullcontext(json_lines(sys.stdout)) if options.json else grading_bar(assignment, compared)
    )
    if not options.dry_run:
        put_due_dates(course)
    try:
        with progress as tell:
            grade_class(
                course,
                assignment,
                students=options.student,
                jobs=options.jobs,
                force=options.force,
                require=level,
                scheduler=options.scheduler,
                dry_run=options.dry_run,
                figures=options.figures,
                tell=tell,
            )
    except NotAllGraded as error:
        failure = error
    if not options.dry_run and read(course).is_set:
        settle(course)
    if not options.json:
        if options.dry_run:
            show_changes(course, assignment, compared, options.changes)
        else:
            show_class(course, assignment)
    if failure:
        raise failure
    return 0


def json_lines(stream: TextIO) -> Tell:
    """Writes each event as a line of JSON; :mod:`autograder.grading.events` says what is in it."""
    from ..grading.events import as_record

    return lambda event: print(json.dumps(as_record(event)), file=stream, flush=True)


def show_class(course: Course, assignment: str) -> None:
    """The class table, and what is next."""
    from rich.console import Console

    from ..grading.class_table import rows, students_of
    from ..reports.hand_written import outcomes
    from ..reports.released import released
    from ..reports.tables import class_table

    if len(students_of(course, assignment)) <= _LARGEST_TABLE:
        graded = rows(course, assignment)
        failed = outcomes(course, assignment, graded, released(course, assignment))
        Console().print(class_table(assignment, graded, failed=failed))
        print("Unchanged submissions keep their marks (--force: grade all again).")
    say(course, f"Next: {command('report', assignment)}")


def show_changes(
    course: Course, assignment: str, compared: Sequence[Comparison], to: Path | None
) -> None:
    """What a dry run says, and what is next. to : the file for all of it, test by test."""
    from rich.console import Console

    from ..grading.compare import version_lines
    from ..reports.regrade import write_changes

    Console().print(difference_table(assignment, compared))
    for line in version_lines(new for comparison in compared for new in comparison.versions):
        print(line)
    if to:
        print(f"{short(write_changes(to.absolute(), compared))}: test by test")
    say(course, f"Next: {command('grade', assignment)}")


def difference_table(assignment: str, compared: Iterable[Comparison]) -> Table:
    """What grading again would change, one line a student; the sum of it below."""
    from rich.markup import escape

    from ..reports.tables import plain_table

    different = [comparison for comparison in compared if comparison.differs]
    title = f"{assignment}: what would change"
    table = plain_table(title, ("student",), ("before", "after", "gain"))
    table.add_column("on which test: points before → after", overflow="fold")
    for comparison in sorted(different, key=lambda comparison: comparison.student):
        before = "-" if comparison.before is None else f"{comparison.before:g}"
        gain = "new" if comparison.before is None else f"{comparison.gain:+g}"
        cells = [comparison.student, before, f"{comparison.after:g}", gain]
        table.add_row(*map(escape, [*cells, _changes(comparison.changes)]))
    known = [comparison.gain for comparison in different if comparison.before is not None]
    gains, losses = sum(gain > 0 for gain in known), sum(gain < 0 for gain in known)
    table.caption = (
        f"{gains} gain, {losses} lose, {len(known) - gains - losses} keep their points with other "
        f"tests passed, {len(different) - len(known)} are new. Nothing was recorded."
    )
    table.caption_justify = "left"
    return table


def _changes(changes: Sequence[Change]) -> str:
    """Test by test; of an exercise where more than two changed, their sum."""
    by_exercise: dict[str, list[Change]] = {}
    for change in changes:
        by_exercise.setdefault(change.exercise, []).append(change)
    lines = []
    for exercise, tests in by_exercise.items():
        if len(tests) > 2:
            before, after = _sum(test.before for test in tests), _sum(test.after for test in tests)
            by_hand = any(test.by_hand for test in tests)
            lines.append(_change(exercise, f"{len(tests)} tests", before, after, by_hand))
        else:
            lines += [_change(exercise, x.test, x.before, x.after, x.by_hand) for x in tests]
    return "; ".join(lines)


def _sum(points: Iterable[float | None]) -> float | None:
    known = [value for value in points if value is not None]
    return sum(known) if known else None


def _change(
    exercise: str, test: str, before: float | None, after: float | None, by_hand: bool
) -> str:
    def points(value: float | None) -> str:
        return "none" if value is None else f"{value:g}"

    where = ", ".join(filter(None, [exercise, test]))
    return f"{where}: {points(before)} → {points(after)}{' (marked by hand)' * by_hand}"
