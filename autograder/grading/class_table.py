"""Who handed in, and what was graded: read from the folders and the gradebook, without a grader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..check.judge import Report
from ..course import Course
from ..results import NewVersion, SubmissionResults
from .gradebook import Score, copies_of, results_at, scores

__all__ = ["Row", "graded_students", "rows", "students_of"]

_NOTES = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader adds to a submission."""


@dataclass(frozen=True)
class Row:
    """One line of the class table."""

    student: str
    score: float
    max_score: float
    needs_manual: bool
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    """Recognised mistakes, by exercise."""
    unreadable: str = ""
    facts: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    regraded: tuple[NewVersion, ...] = ()
    """The exercises that were graded again with new tests."""


def students_of(course: Course, assignment: str) -> list[str]:
    """Ids of the students who handed in an assignment, and did not delete that since."""
    folders = course.submitted.glob(f"*/{assignment}")
    return sorted(folder.parent.name for folder in folders if _holds_something(folder))


def _holds_something(folder: Path) -> bool:
    """Whether there is more in a submission's folder than what collecting adds."""
    if folder.is_symlink() or not folder.is_dir():
        return True
    return any(path.name not in _NOTES and path.name[0] != "." for path in folder.iterdir())


def rows(course: Course, assignment: str) -> list[Row]:
    """The class table of `assignment`, from the gradebook and the graded notebooks."""
    graded = graded_students(course, assignment)
    saved = scores(course, assignment) if graded else {}  # there may be no gradebook yet
    notebooks = course.notebooks(assignment)
    return [
        _row(student, saved[student], results)
        for student in graded
        if student in saved and (results := results_at(course, assignment, student, notebooks))
    ]


def graded_students(course: Course, assignment: str) -> list[str]:
    """Ids of the students whose notebooks are graded and whose submission is still there."""
    notebooks = course.notebooks(assignment)
    return [
        student
        for student in students_of(course, assignment)
        if all(
            path.is_file() for path in copies_of(course, assignment, student, notebooks).values()
        )
    ]


def _row(student: str, score: Score, results: SubmissionResults) -> Row:
    mistakes = {report.exercise: report.mistakes for report in results.reports}
    return Row(
        student=student,
        score=score.points,
        max_score=score.max_points,
        needs_manual=score.needs_manual,
        mistakes={name: names for name, names in mistakes.items() if names},
        unreadable=results.unreadable,
        facts=tuple(results.facts),
        reports=tuple(results.reports),
        regraded=tuple(results.regraded),
    )
