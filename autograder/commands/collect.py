"""Collect what students handed in for an assignment.

exit code: 0 everything was collected; 1 something was not, and is listed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AutograderError, command
from .shared import add_course, add_dry_run, course_of, first_of, listed, say

if TYPE_CHECKING:
    from ..intake.collect import Collected

EXAMPLES = (
    "01_smoothing submissions.zip",
    "01_smoothing submissions.zip --roster worksheet.csv",
    "01_smoothing exchange --keep best",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument(
        "source", metavar="FROM",
        help="a zip from an LMS (see --from); a folder; or `exchange` for nbgrader's exchange",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="layout", default="",
        choices=(
            "canvas", "moodle", "gradescope", "blackboard", "brightspace", "ilias", "exchange",
            "submitted", "folder",
        ),
        help="the system it comes from (submitted: nbgrader's folder); default: recognised by the "
        "file names",
    )  # fmt: skip
    parser.add_argument(
        "--keep", choices=("last", "best"), default="last",
        help="which of several submissions counts; best: grade them all to find out (default: "
        "last)",
    )  # fmt: skip
    parser.add_argument(
        "--roster", type=Path, metavar="FILE.csv",
        help="who is who, in addition to the course's roster, such as Moodle's grading worksheet",
    )  # fmt: skip
    parser.add_argument(
        "--id", default="", metavar="COLUMN", help="the CSV column with this course's student ids"
    )
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..intake import exchange
    from ..intake.attempts import by_grading
    from ..intake.collect import collect

    course, assignment, best = course_of(options), options.assignment, options.keep == "best"
    source, layout, strangers = Path(options.source), options.layout, dict[str, str]()
    if options.source == "exchange" or exchange.is_inbound(course, assignment, source):
        inbound = exchange.inbound(course, assignment)
        if inbound is None:
            if best or options.dry_run:
                raise AutograderError(
                    "this course's exchange is not a folder, so nbgrader itself collects from it: "
                    "leave out --keep best and --dry-run"
                )
            exchange.run_other(course, assignment)
            say(course, f"Next: {command('grade', assignment)}")
            return 0
        source, layout = inbound, "exchange"
        strangers = exchange.foreign_owners(course, inbound, assignment)
    collected = collect(
        course,
        assignment,
        source,
        layout,
        by_grading(course, assignment) if best else None,
        options.roster,
        options.id,
        strangers,
        dry_run=options.dry_run,
    )
    collected.failed += strangers.values()
    say(course, *_lines(collected, source, options.dry_run))
    return 0 if collected.complete else 1


def _lines(collected: Collected, source: Path, dry_run: bool) -> Iterator[str]:
    """What was taken, what was not, and what is next."""
    taken = len(collected.new) + len(collected.replaced)
    yield (
        f"{source} ({collected.layout}): {len(collected.new)} new, {len(collected.replaced)} "
        f"replacing an earlier one, {len(collected.unchanged)} already collected"
    )
    several = [f"{student}: {which}" for student, which in collected.several.items()]
    yield from listed("submitted more than once", several)
    yield from listed("NOT COLLECTED, unknown student", collected.unknown)
    yield from listed("NOT COLLECTED", collected.failed)
    yield from listed("refused in the archive", collected.refused)
    yield from listed("note", collected.notes)
    beside = [f"{student}: {files}" for student, files in collected.beside.items()]
    yield from listed("left out, as only notebooks are collected", beside)
    if collected.missing:
        yield from listed("nothing from", [", ".join(first_of(collected.missing))])
    if dry_run:
        yield "Nothing was written (--dry-run)."
    elif taken or collected.unchanged:
        yield f"Next: {command('grade', collected.assignment)}"
