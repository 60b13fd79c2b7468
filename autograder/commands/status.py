"""Show what is due, to be graded, and waiting for a mark."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import AutograderError
from .shared import add_course, course_of, first_rows, say

if TYPE_CHECKING:
    from rich.table import Table

    from ..reports.status import NotebookStatus, StudentStatus

EXAMPLES = ("", "01_smoothing", "--student student-01")
_STATES = {"waiting": "waits for a mark by hand", "returned": "graded, feedback written"}
"""In words, where the name alone says too little."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT", nargs="?", help="list its students")
    parser.add_argument("--student", metavar="ID", help="list this student's assignments")
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from rich.console import Console

    from ..reports.status import next_step, of_notebooks, of_students

    course, assignment, student = course_of(options), options.assignment, options.student
    lines = of_students(course, [assignment] if assignment else [])
    if student:
        lines = [line for line in lines if line.student == student]
        if not lines:
            raise AutograderError(f"--student must be one of the class, got {student!r}")
    if assignment or student:
        shown, more = first_rows(lines)
        Console().print(_students_table(shown, assignment or student))
        if more:
            print(more)
        return 0
    notebooks = of_notebooks(course, lines)
    Console().print(_notebooks_table(notebooks))
    for notebook, count in Counter(line.notebook for line in lines if line.stale).items():
        pages = "page is" if count == 1 else "pages are"
        print(f"{notebook}: {count} feedback {pages} older than the marks")
    say(course, f"Next: {next_step(notebooks)}")
    return 0


def _notebooks_table(notebooks: Sequence[NotebookStatus]) -> Table:
    """One line per assignment: how many students are where."""
    from rich.markup import escape

    from ..reports.status import STATES
    from ..reports.tables import plain_table

    numbers = ("handed\nin", "to\ngrade", "by\nhand", "graded", "given\nback")
    table = plain_table("the term", ("assignment", "due (UTC)"), numbers)
    table.columns[1].min_width = 16
    now = datetime.now(UTC).replace(tzinfo=None)
    for notebook in notebooks:
        counts = [notebook.counts[state] for state in STATES[1:]]
        table.add_row(
            escape(notebook.notebook),
            _due(notebook.due, now),
            f"{notebook.handed_in} of {notebook.students}",
            *(f"{count}" if count else "" for count in counts),
        )
    return table


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return ""
    left = due - now
    days = f", in {left // timedelta(days=1)} days" if left > timedelta() else ""
    return f"{due:%Y-%m-%d %H:%M}{days}"


def _students_table(lines: Sequence[StudentStatus], title: str) -> Table:
    """One line per student and assignment. title : the one whose column would always say it."""
    from rich.markup import escape

    from ..reports.tables import plain_table

    columns = ("student", "name", "notebook", "state")
    shown = [name for name in columns if {getattr(line, name) for line in lines} != {title}]
    headings = ["assignment" if name == "notebook" else name for name in shown]
    table = plain_table(title, headings, ("points", "off for\nbeing late"))
    for line in lines:
        points = "" if line.points is None else f"{line.points:g}/{line.most:g}"
        late = f"{line.late:g}" if line.late else ""
        words = _STATES.get(line.state, line.state) + line.stale * ", feedback is older"
        in_words = replace(line, state=words)
        cells = [getattr(in_words, name) for name in shown]
        table.add_row(*map(escape, [*cells, points, late]))
    return table
