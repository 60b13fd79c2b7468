"""How long each cell took: for the report, and part of no mark.

Kept in ``timings/NOTEBOOK/STUDENT.json``, apart from the graded notebooks: these are the same in
every run, and times are not. Nothing is lost with the folder but the report's slowest cells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..course import Course

__all__ = ["note", "timings"]


def note(course: Course, notebook: str, student: str, seconds: Mapping[str, float]) -> None:
    """Keep the seconds of a submission's cells, by their ids, in place of those of before.

    It never raises: a full disk must not cost a student the marks that are recorded already.
    """
    path = _folder(course, notebook) / f"{student}.json"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(seconds)), encoding="utf-8")


def timings(course: Course, notebook: str) -> dict[str, dict[str, float]]:
    """What :func:`note` kept, as {student: {cell: seconds}}; without what cannot be read."""
    found = {}
    for path in sorted(_folder(course, notebook).glob("*.json")):
        with suppress(OSError, ValueError, AttributeError, TypeError):
            told = json.loads(path.read_text(encoding="utf-8"))
            found[path.stem] = {str(cell): float(seconds) for cell, seconds in told.items()}
    return found


def _folder(course: Course, notebook: str) -> Path:
    return course.root / "timings" / notebook
