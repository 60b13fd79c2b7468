"""The progress of long work: a live bar in a terminal, else a line from time to time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ..grading import classroom
from ..grading.compare import Comparison
from ..grading.events import Event, Failed, Graded, Start, Tell

__all__ = ["grading_bar", "progress_bar"]

_SECONDS_A_LINE = 5.0
"""Seconds between two lines without a terminal."""


@contextmanager
def progress_bar(what: str, console: Console | None = None) -> Iterator[classroom.Progress]:
    """A bar with done, total, speed and time left, for work that reports (student, done, of)."""
    bar = _Bar(what, console or Console())
    with bar.live:
        yield lambda student, done, of: bar.step(student, of)


@contextmanager
def grading_bar(
    notebook: str, compared: list[Comparison] | None = None, console: Console | None = None
) -> Iterator[Tell]:
    """A bar for the events of grading a class; it also prints failures.

    compared : receives the comparisons of a dry run.
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


class _Bar:
    def __init__(self, what: str, console: Console) -> None:
        self.what, self.console = what, console
        self.began = self.last_line = time.monotonic()
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
        if not self.live.disable or (now - self.last_line < _SECONDS_A_LINE and self.done < total):
            return
        self.last_line = now
        speed = self.done / max(now - self.began, 1e-3)
        left = timedelta(seconds=round((total - self.done) / speed))
        parts = [f"{self.what} {self.done}/{total}", f"{speed:.1f}/s", f"{left} left", broken]
        self.say(", ".join(filter(None, [*parts, student])))


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")
