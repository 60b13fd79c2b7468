"""Grade a class: send submissions to workers, record each result in nbgrader's gradebook.

Workers only compute; only this process writes (the gradebook, ``autograded/``). Of a class of any
size, it holds only the submissions that are being graded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_task

from ..course import Course
from ..errors import AutograderError, command
from ..grading.load import load_releases, require_closed
from ..project import Project
from ..results import SubmissionResults, merged
from .class_table import Row, graded_students, rows, students_of
from .compare import compare, recorded
from .database import add_indexes
from .events import End, Failed, Graded, Start, Tell
from .gradebook import (
    auto_scores,
    current,
    marked_by_hand,
    results_at,
)
from .grader import Grader
from .hand_in import collect_all
from .kernel import Limits
from .places import place
from .recorder import Recorder
from .submission import results_of
from .timings import note
from .workers import Lost

__all__ = ["NotAllGraded", "Row", "grade_class", "graded_students", "rows", "students_of"]

_MOST_LINES = 20
Progress = Callable[[str, int, int], None]
"""Called with the student just done, how many are done, and how many there are."""


class NotAllGraded(AutograderError):
    """Some submissions have no new marks. failed : the reasons, by student."""

    code = 1

    def __init__(self, failed: Mapping[str, str]) -> None:
        self.failed = failed
        lines = [f"{student}: {reason}" for student, reason in failed.items()]
        more = len(lines) - _MOST_LINES
        super().__init__(
            f"no new marks for {len(lines)}; grade again when this is mended:\n"
            + "\n".join([*lines[:_MOST_LINES], *([f"... and {more} more"] if more > 0 else [])])
        )


def grade_class(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    jobs: int = 0,
    force: bool = False,
    limits: Limits | None = None,
    require: str = "",
    scheduler: str = "",
    dry_run: bool = False,
    figures: bool = False,
    project: Project | None = None,
    tell: Tell = lambda event: None,
) -> list[str]:
    """Grade the submissions of `assignment`; returns the ids of the students graded now.

    A submission that was graded before and has not changed since is skipped, unless `force`.
    jobs : how many at once, 0: one for each processor; require : the weakest isolation to accept
    (a level's name); scheduler : address of a Dask scheduler whose workers grade instead of this
    machine; dry_run : record nothing, report how results would change; figures : run also the
    cells that no mark depends on; project : with the exercises, if not the course's; tell : called
    with each event.

    Raises
    ------
    NotAllGraded : some submissions have no new marks; all others are graded.
    AutograderError : nothing can be graded.
    """
    began = time.monotonic()
    if not any(course.release_dir(assignment).glob("*.ipynb")):
        raise AutograderError(
            f"{assignment} must be released before it is graded: {command('release', assignment)}"
        )
    chosen = _chosen(course, assignment, students)
    releases = load_releases(course, assignment, project)
    graded_before = current(course, assignment, chosen, releases, limits, figures)
    unchanged = set() if force else set(graded_before)
    due = [student for student in chosen if student not in unchanged]
    graded: list[str] = []
    failed: dict[str, str] = {}
    with _keeper(course, assignment, dry_run, tell) as keep, place(scheduler, jobs) as backend:
        grader = Grader(releases, limits or Limits(), backend.level(require), figures)
        if not scheduler:  # other machines have no course directory
            require_closed(course, grader.level, project)
        count = min(backend.workers, len(due))
        tell(Start(assignment, len(due), len(chosen) - len(due), count, grader.level))
        names = [release.name for release in releases]
        tasks = (
            (student, collect_all(course.submitted_dir(assignment, student), names))
            for student in due
        )
        with closing(backend.run(grader, tasks)) as results:
            for student, result in results:
                try:
                    event = _finish(keep, student, result, grader)
                except Exception as error:  # the others are still graded
                    failed[student] = str(error)
                    tell(Failed(student, str(error)))
                else:
                    graded.append(student)
                    if not dry_run:
                        note(course, assignment, student, event.cells)
                    tell(event)
    tell(End(len(graded), len(failed), round(time.monotonic() - began, 3)))
    if failed:
        raise NotAllGraded(failed)
    return graded


def _chosen(course: Course, assignment: str, students: Sequence[str] | None) -> list[str]:
    known = students_of(course, assignment)
    unknown = sorted(set(students or ()) - set(known))
    if unknown:
        raise AutograderError(f"student must have handed in {assignment}, got {unknown}")
    return known if students is None else sorted(set(students))


Keep = Callable[[str, Mapping[str, NotebookNode]], None]
"""Called with a student and the graded notebooks."""


@contextmanager
def _keeper(course: Course, assignment: str, dry_run: bool, tell: Tell) -> Iterator[Keep]:
    """The function that records graded notebooks, or compares them with the gradebook."""
    if not dry_run:
        add_indexes(course)
        with Recorder(course, assignment) as recorder:
            yield recorder.record
        return
    by_hand, saved = marked_by_hand(course, assignment), auto_scores(course, assignment)

    def show(student: str, graded: Mapping[str, NotebookNode]) -> None:
        before = recorded(saved.get(student), results_at(course, assignment, student))
        tell(compare(student, before, _results_of_all(graded), by_hand.get(student)))

    yield show


def _finish(keep: Keep, student: str, result: Any, grader: Grader) -> Graded:
    """Keep the result of one submission; returns its event."""
    if isinstance(result, Lost):
        result = grader.give_up(f"Grading it was given up: {result}.")
    elif isinstance(result, Exception):
        raise result
    keep(student, result.notebooks)
    results = _results_of_all(result.notebooks)
    cells = [cell for notebook in result.notebooks.values() for cell in notebook.cells]
    return Graded(
        student,
        score=results.score,
        max=sum(
            float(cell.metadata.nbgrader.points)
            for cell in cells
            if is_grade(cell) or is_task(cell)
        ),
        seconds=round(result.seconds, 3),
        reason=results.unreadable,
        cells={cell: round(duration, 3) for cell, duration in result.cells.items()},
    )


def _results_of_all(notebooks: Mapping[str, NotebookNode]) -> SubmissionResults:
    return merged({name: results_of(notebook) for name, notebook in notebooks.items()})
