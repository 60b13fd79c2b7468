"""Tables for a terminal: how they look, and the table of a graded class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from ..grading.class_table import Row
    from .hand_written import Outcomes

__all__ = ["class_table", "plain_table"]


def plain_table(title: str, columns: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    """An empty table. columns : headings of text columns; numbers : of number columns."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        # Readers search and copy IDs and notebooks' names: do not break these.
        table.add_column(column, overflow="fold", no_wrap=column in ("student", "notebook"))
    for column in numbers:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def class_table(
    assignment: str,
    rows: Sequence[Row],
    handed_in: Mapping[str, str] | None = None,
    failed: Outcomes | None = None,
) -> Table:
    """One line a student: score and remarks. handed_in : what each handed in; failed : the
    hand-written tests (:func:`~autograder.reports.hand_written.outcomes`); if they are known.
    """
    table = plain_table(assignment, ("student",))
    if handed_in is not None:
        table.add_column("handed in", no_wrap=True, style="dim")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("what the grader says", overflow="fold")
    for row in rows:
        kind = [] if handed_in is None else [handed_in.get(row.student, "")]
        cells = [row.student, *kind, f"{row.score:g}/{row.max_score:g}", _remarks(row, failed)]
        table.add_row(*map(escape, cells))
    captions = [_in_reach(failed)] if failed and failed.in_reach else []
    if any(row.needs_manual for row in rows):
        captions.append("Written answers wait to be marked: their points are not included yet.")
    table.caption, table.caption_justify = escape("\n".join(captions)) or None, "left"
    return table


def _remarks(row: Row, failed: Outcomes | None) -> str:
    from .report import notes  # imports all that a page needs, and most tables need nothing of it

    mistakes = [f"{exercise}: {', '.join(names)}" for exercise, names in row.mistakes.items()]
    return "; ".join([*mistakes, *notes(row, failed)]).replace("`", "")


def _in_reach(failed: Outcomes) -> str:
    return f"Not tamper-proof, as they run among the answers: {', '.join(sorted(failed.in_reach))}."
