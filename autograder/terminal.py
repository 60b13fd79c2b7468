"""What a grader sees in the terminal: a progress bar while it works, and the class table after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from . import classroom
from .report import notes

__all__ = ["class_table", "progress_bar"]


@contextmanager
def progress_bar(what: str, console: Console | None = None) -> Iterator[classroom.Progress]:
    """A bar with done, total and time left; one line a submission where there is no terminal."""
    console = console or Console()
    if not console.is_terminal:
        yield lambda student, done, of: console.print(f"{what} {done}/{of} {student}", markup=False)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[student]}"),
        console=console,
    )
    with bar:
        task = bar.add_task(what, total=None, student="")

        def advance(student: str, done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, student=student)

        yield advance


def class_table(
    notebook: str, rows: Sequence[classroom.Row], handed_in: Mapping[str, str] | None = None
) -> Table:
    """Score and what was found, one line a student; `handed_in`: what each one did, if known."""
    table = Table(title=notebook, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    table.add_column("student", no_wrap=True)
    if handed_in is not None:
        table.add_column("handed in", no_wrap=True, style="dim")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("what the grader says", overflow="fold")
    for row in rows:
        kind = [] if handed_in is None else [handed_in.get(row.student, "")]
        cells = [row.student, *kind, f"{row.score:g}/{row.max_score:g}", _notes(row)]
        table.add_row(*map(escape, cells))
    if any(row.needs_manual for row in rows):
        table.caption = "Answers in words wait for a grader: their points are not in yet."
        table.caption_justify = "left"
    return table


def _notes(row: classroom.Row) -> str:
    mistakes = [f"{name}: {', '.join(found)}" for name, found in row.mistakes.items()]
    return "; ".join([*mistakes, *notes(row)]).replace("`", "")
