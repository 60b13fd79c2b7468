"""What a feedback page was made from, kept in the page: so that a stale one is recognised.

Times of files would not do: a copied or restored course has others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..course import Course

__all__ = ["feedback_mode", "made_from", "mark", "pages_of"]

_MARK = re.compile(r'<meta name="autograder-made-from" content="(\w+) ([\w-]+)">')
_TOP = 1000
"""The mark is among the first characters of a page: below, students' words may look like it."""


def pages_of(
    course: Course, assignment: str, student: str, notebooks: Sequence[str] = ()
) -> list[Path]:
    """The paths of a student's feedback pages, one a notebook. notebooks : if they are known."""
    folder = course.feedback_dir(assignment, student)
    return [folder / f"{name}.html" for name in notebooks or course.notebooks(assignment)]


def feedback_mode(reveal: bool, show: str) -> str:
    """What is shown on a page, as a word."""
    return f"{show}-revealed" if reveal else show


def mark(digest: str, mode: str) -> str:
    """The line of a page's head that :func:`made_from` reads.

    >>> mark("0a1b", "all-revealed")
    '<meta name="autograder-made-from" content="0a1b all-revealed">'
    """
    return f'<meta name="autograder-made-from" content="{digest} {mode}">'


def made_from(
    course: Course, assignment: str, student: str, notebooks: Sequence[str] = ()
) -> tuple[str, str] | None:
    """What a student's pages were made from (a digest of :func:`.gradebook.feedback_digests`), and
    their mode; empty if an older version made one, or they differ; None if one is missing.
    """
    states = []
    for path in pages_of(course, assignment, student, notebooks):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                line = _MARK.search(file.read(_TOP))
        except FileNotFoundError:
            return None
        states.append((line[1], line[2]) if line else ("", ""))
    return states[0] if len(set(states)) == 1 else ("", "")
