"""How long each cell took: for the report only, marks do not depend on it.

Kept in ``timings/NOTEBOOK/STUDENT.json``, apart from the graded notebooks, which are the same in
every run. Without the folder only the report's slowest cells are lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..course import Course

__all__ = ["note", "timings"]


def note(course: Course, notebook: str, student: str, seconds: Mapping[str, float]) -> None:
    """Store the seconds of a submission's cells, by their ids, in place of the earlier ones.

    It never raises OSError: the marks are recorded already, and a full disk must not change that.
    """
    path = _folder(course, notebook) / f"{student}.json"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(seconds)), encoding="utf-8")


def timings(course: Course, notebook: str) -> dict[str, dict[str, float]]:
    """What :func:`note` stored, as {student: {cell: seconds}}; unreadable files are left out."""
    by_student = {}
    for path in sorted(_folder(course, notebook).glob("*.json")):
        with suppress(OSError, ValueError, AttributeError, TypeError):
            cells = json.loads(path.read_text(encoding="utf-8"))
            by_student[path.stem] = {str(cell): float(seconds) for cell, seconds in cells.items()}
    return by_student


def _folder(course: Course, notebook: str) -> Path:
    return course.root / "timings" / notebook
