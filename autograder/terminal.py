"""What a grader sees: progress while it works (or events, for a machine), and the class table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from .grading import classroom
from .grading.compare import Change, Comparison
from .grading.events import Event, Failed, Graded, Start, Tell, as_record
from .reports.report import notes

__all__ = ["class_table", "difference_table", "grading_bar", "json_lines", "progress_bar"]


_EVERY = 5.0
"""Seconds between two lines, where there is no terminal."""


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


class _Bar:
    """How far a piece of work is: a live bar in a terminal, else a line now and then."""

    def __init__(self, what: str, console: Console) -> None:
        self.what, self.console = what, console
        self.began = self.told = time.monotonic()
        self.done = self.failed = 0
        self.live = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]}", style="red"),
            TextColumn("{task.fields[student]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.live.add_task(what, total=None, student="", failed="")

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def step(self, student: str, total: int, failed: bool = False) -> None:
        self.done, self.failed = self.done + 1, self.failed + failed
        broken = f"{self.failed} failed" if self.failed else ""
        self.live.update(
            self.task, completed=self.done, total=total, student=student, failed=broken
        )
        now = time.monotonic()
        if not self.live.disable or (now - self.told < _EVERY and self.done < total):
            return
        self.told = now
        speed = self.done / max(now - self.began, 1e-3)
        left = timedelta(seconds=round((total - self.done) / speed))
        parts = [f"{self.what} {self.done}/{total}", f"{speed:.1f}/s", f"{left} left", broken]
        self.say(", ".join(filter(None, [*parts, student])))


@contextmanager
def progress_bar(what: str, console: Console | None = None) -> Iterator[classroom.Progress]:
    """Done, total, speed and time left of some work that is told as (student, done, of)."""
    bar = _Bar(what, console or Console())
    with bar.live:
        yield lambda student, done, of: bar.step(student, of)


@contextmanager
def grading_bar(
    notebook: str, compared: list[Comparison] | None = None, console: Console | None = None
) -> Iterator[Tell]:
    """The same for the events of a class that is graded, and who could not be.

    compared : takes up the comparisons of a dry run.
    """
    bar = _Bar(f"grading {notebook}", console or Console())
    total = 0

    def tell(event: Event) -> None:
        nonlocal total
        if isinstance(event, Start):
            total = event.total
            where = f"{event.workers} at once, isolation: {event.isolation}"
            bar.say(f"{notebook}: {total} to grade, {event.unchanged} unchanged; {where}")
        elif isinstance(event, Graded):
            bar.step(event.student, total)
        elif isinstance(event, Comparison) and compared is not None:
            compared.append(event)
        elif isinstance(event, Failed):
            bar.say(f"{event.student} is not graded: {event.reason}")
            bar.step(event.student, total, failed=True)

    with bar.live:
        yield tell


def json_lines(stream: TextIO) -> Tell:
    """Writes each event as a line of JSON; :mod:`autograder.events` says what is in it."""
    return lambda event: print(json.dumps(as_record(event)), file=stream, flush=True)


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


def difference_table(notebook: str, comparisons: Sequence[Comparison]) -> Table:
    """What grading again would change, one line a student; the sum of it below."""
    comparisons = [each for each in comparisons if each.differs]
    table = Table(title=f"{notebook}: what would change", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("student", no_wrap=True)
    for heading in ("before", "after", "gain"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("on which test: points before → after", overflow="fold")
    for each in sorted(comparisons, key=lambda each: each.student):
        before = "-" if each.before is None else f"{each.before:g}"
        gain = "new" if each.before is None else f"{each.gain:+g}"
        cells = [each.student, before, f"{each.after:g}", gain, _changes(each.changes)]
        table.add_row(*map(escape, cells))
    known = [each.gain for each in comparisons if each.before is not None]
    gains, losses = sum(gain > 0 for gain in known), sum(gain < 0 for gain in known)
    table.caption = (
        f"{gains} gain, {losses} lose, {len(known) - gains - losses} keep their points with other "
        f"tests passed, {len(comparisons) - len(known)} are new. Nothing was recorded."
    )
    table.caption_justify = "left"
    return table


def _changes(changes: Sequence[Change]) -> str:
    """Test by test; of an exercise where more than two changed, their sum."""
    by_exercise: dict[str, list[Change]] = {}
    for each in changes:
        by_exercise.setdefault(each.exercise, []).append(each)
    said = []
    for exercise, own in by_exercise.items():
        if len(own) > 2:
            before, after = _sum(x.before for x in own), _sum(x.after for x in own)
            by_hand = any(each.by_hand for each in own)
            own = [Change(exercise, f"{len(own)} tests", before, after, by_hand)]
        said += [_change(each) for each in own]
    return "; ".join(said)


def _sum(points: Iterable[float | None]) -> float | None:
    known = [each for each in points if each is not None]
    return sum(known) if known else None


def _change(change: Change) -> str:
    def points(value: float | None) -> str:
        return "none" if value is None else f"{value:g}"

    where = ", ".join(filter(None, [change.exercise, change.test]))
    by_hand = " (marked by hand)" * change.by_hand
    return f"{where}: {points(change.before)} → {points(change.after)}{by_hand}"
