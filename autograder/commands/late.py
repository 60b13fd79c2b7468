"""Apply the due dates and the late policy of course.toml."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .shared import add_course, add_dry_run, course_of, first_rows, say, would_write

if TYPE_CHECKING:
    from rich.table import Table

    from ..intake.late import Settled

EXAMPLES = ("--dry-run",)


def arguments(parser: argparse.ArgumentParser) -> None:
    add_dry_run(parser)
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from rich.console import Console

    from ..intake.late import settle

    course = course_of(options)
    late = settle(course, options.dry_run)
    if late:
        shown, more = first_rows(late)
        Console().print(_late_table(shown))
        if more:
            print(more)
    else:
        print("Nobody is late.")
    if options.dry_run:
        return would_write([])
    say(course, "Next: python -m autograder status")
    return 0


def _late_table(late: Sequence[Settled]) -> Table:
    """Who is late, and what it costs."""
    from rich.markup import escape

    from ..reports.tables import plain_table

    numbers = ("days\nlate", "from the\nbank", "points\noff", "off\nbefore")
    table = plain_table("late", ("student", "assignment"), numbers)
    for line in late:
        days, charged = line.bill.days, line.bill.charged
        before = "" if abs(line.before - line.after) < 1e-9 else f"{line.before:g}"
        cells = [line.student, line.notebook, f"{days}", f"{days - charged}", f"{line.after:g}"]
        table.add_row(*map(escape, [*cells, before]))
    return table
