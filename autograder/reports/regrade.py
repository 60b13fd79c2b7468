"""What grading again would change, for whom and why, as a table: ``grade --dry-run --changes``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..grading.compare import Comparison
from .pages import write
from .spreadsheet import Cell, table

__all__ = ["write_changes"]

_COLUMNS = ("student", "exercise", "test", "before", "after", "by_hand", "version", "why")


def write_changes(path: Path, comparisons: Iterable[Comparison]) -> Path:
    """Write a line for each test whose points would be others, as CSV; returns its path.

    by_hand : a person gave the exercise's points, which stay; version, why : of the exercise's
    tests now, if they had another version when the submission was graded.
    """
    lines: list[list[Cell]] = []
    for each in sorted(comparisons, key=lambda each: each.student):
        versions = {new.exercise: (new.new, new.why) for new in each.versions}
        for change in each.changes:
            version, why = versions.get(change.exercise, (None, ""))
            points = [change.before, change.after]
            about = [change.exercise, change.test]
            lines.append([each.student, *about, *points, change.by_hand, version, why])
    return write(path, table(_COLUMNS, lines))
