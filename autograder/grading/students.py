"""Who handed in: the folders under ``submitted/``."""

from __future__ import annotations

from pathlib import Path

from ..course import Course

__all__ = ["students_of"]

_NOTES = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader adds to a submission."""


def students_of(course: Course, assignment: str) -> list[str]:
    """Ids of the students who handed in an assignment, and did not delete that since."""
    folders = course.submitted.glob(f"*/{assignment}")
    return sorted(folder.parent.name for folder in folders if _holds_something(folder))


def _holds_something(folder: Path) -> bool:
    """Whether there is more in a submission's folder than what collecting adds."""
    if folder.is_symlink() or not folder.is_dir():
        return True
    return any(path.name not in _NOTES and path.name[0] != "." for path in folder.iterdir())
