"""The changes that grading again would make, as a table: ``grade --dry-run --changes``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..grading.compare import Comparison
from .pages import write
from .spreadsheet import Cell, table

__all__ = ["write_changes"]

_COLUMNS = ("student", "exercise", "test", "before", "after", "by_hand", "version", "why")


def write_changes(path: Path, comparisons: Iterable[Comparison]) -> Path:
    """Write a CSV file with a line for each test whose points would change; returns its path.

    by_hand : a person gave the exercise's points, which stay; version, why : of the exercise's
    tests, if the submission was graded with another version.
    """
    lines: list[list[Cell]] = []
    for comparison in sorted(comparisons, key=lambda comparison: comparison.student):
        versions = {new.exercise: (new.new, new.why) for new in comparison.versions}
        for change in comparison.changes:
            version, why = versions.get(change.exercise, (None, ""))
            points = [change.before, change.after]
            about = [change.exercise, change.test]
            lines.append([comparison.student, *about, *points, change.by_hand, version, why])
    return write(path, table(_COLUMNS, lines))
