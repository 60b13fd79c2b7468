"""Feedback pages: those that are missing or stale, written by several processes.

Each page is its student's own file, and is made by nbgrader from the gradebook and the graded
notebook, which are only read.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from ..course import Course
from ..errors import AutograderError
from . import workers
from .classroom import graded_students
from .feedback_state import feedback_mode, made_from, pages_of
from .gradebook import feedback_digests

__all__ = ["feedback"]

Progress = Callable[[str, int, int], None]
"""Called with the student just done, how many are done, and how many there are."""

_FEW = 2  # pages that are written sooner than workers have started
_SECONDS = 600  # for one page


@dataclass(frozen=True)
class _Writer:
    """Writes the pages of one student; sent to the workers."""

    course: Course
    assignment: str
    reveal: bool
    show: str

    def __call__(self, student: str) -> None:
        config = self.course.config()
        config.HideHiddenTests.enabled = not self.reveal
        config.RevealTests.enabled = self.reveal
        config.Summary.show = self.show
        directory = CourseDirectory(config=config)
        directory.assignment_id, directory.student_id = self.assignment, student
        converter = GenerateFeedback(coursedir=directory, config=config)
        converter.force = True
        _run(converter)


def feedback(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    progress: Progress = lambda student, done, of: None,
    reveal: bool = False,
    dry_run: bool = False,
    show: str = "all",
    force: bool = False,
    jobs: int = 0,
) -> list[Path]:
    """Write nbgrader's feedback pages that are missing or stale; returns their paths.

    A page is stale if it was made from other marks, comments or results, or with another `reveal`
    or `show`; the others stay untouched, unless `force`. reveal : show the hidden tests too, and
    not only their names; dry_run : write nothing; show : "points" alone, "mistakes" with their
    names too, or "all"; jobs : processes; 0: one for each processor.

    Raises
    ------
    AutograderError : for some students there is no page; the others have theirs.
    """
    chosen = list(students or graded_students(course, assignment))
    if not force and chosen:
        fresh = feedback_digests(course, assignment, chosen)
        mode = feedback_mode(reveal, show)
        chosen = [
            student
            for student in chosen
            if made_from(course, assignment, student) != (fresh.get(student), mode)
        ]
    pages = [page for student in chosen for page in pages_of(course, assignment, student)]
    failed: list[str] = []
    written = _written(_Writer(course, assignment, reveal, show), () if dry_run else chosen, jobs)
    for done, (student, failure) in enumerate(written, start=1):
        if failure is not None:
            failed.append(f"{student}: {failure}")
        progress(student, done, len(chosen))
    if failed:
        raise AutograderError(
            f"{len(failed)} of {len(chosen)} submissions got no feedback; the first is {failed[0]}"
        )
    return pages


def _written(
    write: _Writer, students: Sequence[str], jobs: int
) -> Iterator[tuple[str, AutograderError | None]]:
    """Yield each student whose pages are done, and what went wrong."""
    if jobs != 1 and len(students) > _FEW:
        yield from workers.run(write, [(student, student) for student in students], jobs, _SECONDS)
        return
    for student in students:
        try:
            write(student)
        except AutograderError as error:
            yield student, error
        else:
            yield student, None


def _run(converter: Any) -> None:
    """Run an nbgrader converter; if it fails, its log becomes part of the error."""
    log = logging.getLogger("autograder.nbgrader")
    log.propagate = False
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.handlers = [handler]
    converter.log = log
    try:
        with warnings.catch_warnings():
            # nbgrader 0.9 with SQLAlchemy 2 warns about objects that it adds a line later.
            warnings.simplefilter("ignore", SAWarning)
            converter.start()
    except Exception as error:
        raise AutograderError(f"nbgrader: {error}\n" + "\n".join(lines[-20:])) from error
