"""What `collect`, `roster`, `late` and `status` say: what was done, what was not, what is next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from . import status
from .course import Course
from .errors import AutograderError
from .intake import collect, exchange, late, roster
from .intake.attempts import by_grading
from .steps import short

__all__ = ["collect_class", "import_roster", "late_table", "notebooks_table", "students_table"]

_SHOWN = 40
"""Names that are listed; of the others, how many."""


def collect_class(
    course: Course,
    notebook: str,
    source: Path | None,
    layout: str = "",
    best: bool = False,
    roster_file: Path | None = None,
    column: str = "",
    dry_run: bool = False,
) -> tuple[Iterator[str], bool]:
    """Collect from `source`, else from nbgrader's exchange; what to say, and if all was taken."""
    owners: dict[str, str] = {}
    if source is None:
        folder = exchange.inbound(course, notebook)
        if folder is None:
            if best or dry_run:
                raise AutograderError(
                    "this course's exchange is no folder, so it can only be collected from as it "
                    "does that itself: without --keep best and --dry-run"
                )
            exchange.run_other(course, notebook)
            return iter([f"Next: python -m autograder grade {notebook}"]), True
        source, layout = folder, "exchange"
        owners = exchange.foreign_owners(course, folder, notebook)
    keep = by_grading(course, notebook) if best else None
    told = collect.collect(
        course, notebook, source, layout, keep, roster_file, column, owners, dry_run=dry_run
    )
    told.failed += owners.values()
    return _collected(told, source, dry_run), told.complete


def _collected(told: collect.Collected, source: Path, dry_run: bool) -> Iterator[str]:
    taken = len(told.new) + len(told.replaced)
    yield (
        f"{source} ({told.layout}): {len(told.new)} new, {len(told.replaced)} in place of an "
        f"earlier one, {len(told.unchanged)} here already"
    )
    yield from _listed("several times", [f"{name}: {how}" for name, how in told.several.items()])
    yield from _listed("NOT COLLECTED, nobody known", told.unknown)
    yield from _listed("NOT COLLECTED", told.failed)
    yield from _listed("refused in the archive", told.refused)
    yield from _listed("to know", told.notes)
    if told.missing:
        yield from _listed("nothing from", [", ".join(_some(told.missing))])
    if dry_run:
        yield "Nothing was written (--dry-run)."
    elif taken or told.unchanged:
        yield f"Next: python -m autograder grade {told.notebook}"


def _listed(what: str, lines: Sequence[str]) -> Iterator[str]:
    for line in _some(lines):
        # Names in an archive are a stranger's: what would steer the terminal is not shown to it.
        shown = "".join(letter if letter.isprintable() else "?" for letter in line)
        yield f"  {what}: {shown}"


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"... and {more} more"] if more > 0 else [])]


def import_roster(course: Course, path: Path, column: str, dry_run: bool) -> Iterator[str]:
    """Take the class from a CSV into ``roster.csv`` and nbgrader's gradebook; what to say of it."""
    found = roster.of_course(course, path, column, add=True)
    if found is None or not found.students:
        raise AutograderError(f"the roster {path} must hold students, got none")
    yield from _listed("to know", found.notes)
    ids = sorted(found.students)
    shown = ", ".join([*ids[:3], *(["..."] if len(ids) > 3 else [])])
    if dry_run:
        yield f"{len(ids)} students ({shown}). Nothing was written (--dry-run)."
        return
    roster.write_roster(course.root / roster.ROSTER, found)
    new = roster.into_gradebook(course, found)
    yield f"{len(ids)} students ({shown}), {new} new in the gradebook"
    yield f"wrote {short(course.root / roster.ROSTER)}"
    yield "Next: python -m autograder collect NN_topic submissions.zip"


# ------------------------------------------------------------------------------------------- tables


def late_table(lines: Sequence[late.Settled]) -> Table:
    """Who is late, and what it costs."""
    table = _table("late", "student", "notebook")
    for heading in ("days\nlate", "from the\nbank", "points\noff", "off\nbefore"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in lines:
        days, charged = each.bill.days, each.bill.charged
        cells = [each.student, each.notebook, f"{days}", f"{days - charged}"]
        changed = "" if abs(each.before - each.after) < 1e-9 else f"{each.before:g}"
        table.add_row(*map(escape, [*cells, f"{each.after:g}", changed]))
    return table


def notebooks_table(notebooks: Sequence[status.NotebookStatus]) -> Table:
    """One line a notebook: how many students are where."""
    table = _table("the term", "notebook")
    table.add_column("due (UTC)", min_width=16)
    for heading in ("handed\nin", "to\ngrade", "by\nhand", "graded", "given\nback"):
        table.add_column(heading, justify="right", no_wrap=True)
    now = datetime.now(UTC).replace(tzinfo=None)
    for each in notebooks:
        counts = [each.counts[state] for state in status.STATES[1:]]
        table.add_row(
            escape(each.notebook),
            _due(each.due, now),
            f"{each.handed_in} of {each.students}",
            *(f"{count}" if count else "" for count in counts),
        )
    return table


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return ""
    left = due - now
    days = f", in {left // timedelta(days=1)} days" if left > timedelta() else ""
    return f"{due:%Y-%m-%d %H:%M}{days}"


def students_table(lines: Sequence[status.StudentStatus], title: str) -> Table:
    """One line a student and notebook. title : the one whose column would say the same in each."""
    columns = ("student", "name", "notebook", "state")
    shown = [each for each in columns if {getattr(line, each) for line in lines} != {title}]
    table = _table(title, *shown)
    for heading in ("points", "off for\nbeing late"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in lines:
        points = "" if each.points is None else f"{each.points:g}/{each.most:g}"
        late = f"{each.late:g}" if each.late else ""
        told = replace(each, state=_STATES.get(each.state, each.state))
        cells = [getattr(told, column) for column in shown]
        table.add_row(*map(escape, [*cells, points, late]))
    return table


_STATES = {"waiting": "waits for a mark by hand", "returned": "graded, feedback written"}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        # An id or a notebook's name is looked for and copied: it stands in one piece.
        table.add_column(column, overflow="fold", no_wrap=column in ("student", "notebook"))
    return table
