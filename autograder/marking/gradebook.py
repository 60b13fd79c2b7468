"""Marks of one question in nbgrader's gradebook: read for the class, written for a group at once.

What is written is what nbgrader's formgrader writes (its ``GradeHandler`` and ``CommentHandler``):
points, comment, and that the answer waits no longer. A group is one transaction, and it is written
only if its answers' marks are still those that the grader saw: a mark given elsewhere meanwhile is
never overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbgrader import api
from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from ..course import Course
from ..errors import AutograderError
from ..grading.database import FAILURES, connect, explain, printable_url, reading
from .types import Mark, Question

__all__ = ["Entry", "MarkedElsewhere", "entries", "entry_of", "write"]

_FEW = 500
"""Up to so many students are asked for by name; of more, the whole class is read."""


@dataclass(frozen=True)
class Entry:
    """What the gradebook says of one answer.

    points : a person's, None if nobody gave any; comment : a person's; waits : for a person
    (with `points`: for another look, because the submission changed after its mark).
    """

    student: str
    points: float | None = None
    comment: str | None = None
    waits: bool = True


class MarkedElsewhere(AutograderError):
    """Answers whose marks are no longer those that the grader saw. now : their entries."""

    def __init__(self, now: Mapping[str, Entry]) -> None:
        self.now = dict(now)
        one = len(self.now) == 1
        super().__init__(
            f"{len(self.now)} {'answer was' if one else 'answers were'} marked or graded by "
            f"somebody else meanwhile, so nothing was saved: look at {'it' if one else 'them'} "
            "again, then save"
        )


def entries(
    course: Course, question: Question, students: Collection[str] | None = None
) -> dict[str, Entry]:
    """What the gradebook says of the answers of `students` (of all), by student."""
    with reading(course) as database:
        rows = _rows(database, course, question, students)
    return {row.entry.student: row.entry for row in rows}


def entry_of(mark: Mark, before: Entry) -> Entry:
    """What a mark writes over the entry `before`.

    Without a comment, one that was there is cleared as the formgrader does it: "". Where none was,
    none is written, so that the autograder's own ("No response.") still shows.
    """
    none = None if before.comment is None else ""
    return Entry(mark.student, mark.points, mark.comment or none, waits=False)


def write(
    course: Course,
    question: Question,
    changes: Sequence[Entry],
    expected: Mapping[str, Entry],
) -> None:
    """Write points, comments and whether they wait, in one transaction.

    expected : what the gradebook must still say of these answers, by student.

    Raises
    ------
    MarkedElsewhere : if it says something else; nothing is written.
    AutograderError : if the gradebook cannot be written, or has no such answers.
    """
    students = [entry.student for entry in changes]
    with _writing(course) as database:
        locked = _rows(database, course, question, students, lock=True)
        rows = {row.entry.student: row for row in locked}
        missing = [student for student in students if student not in rows]
        if missing:
            raise AutograderError(
                f"{printable_url(course.db_url)} must hold the answers to {question.name}, but "
                f"lacks that of {missing[0]}: grade {question.assignment} again"
            )
        now = {student: rows[student].entry for student in students}
        changed = {name: entry for name, entry in now.items() if entry != expected[name]}
        if changed:
            raise MarkedElsewhere(changed)
        _update(database, [(rows[entry.student], entry) for entry in changes])


@dataclass(frozen=True)
class _Row:
    """The ids of an answer's rows in the gradebook, and what they hold."""

    grade: str
    comment: str | None
    entry: Entry


def _rows(
    database: Session,
    course: Course,
    question: Question,
    students: Collection[str] | None,
    lock: bool = False,
) -> list[_Row]:
    graded, commented = _cells(database, course, question)
    student, grade, comment = api.SubmittedAssignment.student_id, api.Grade, api.Comment
    query = (
        select(
            grade.id,
            comment.id,
            student,
            grade.manual_score,
            comment.manual_comment,
            grade.needs_manual_grade,
        )
        .select_from(grade)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == grade.notebook_id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
        )
        .outerjoin(
            comment,
            and_(comment.notebook_id == grade.notebook_id, comment.cell_id == commented),
        )
        .where(grade.cell_id == graded)
        .order_by(student)
    )
    if lock:  # in PostgreSQL; a transaction of SQLite that writes locks the whole file
        query = query.with_for_update(of=grade)
    if students is not None and len(students) <= _FEW:
        query = query.where(student.in_(students))
    return [
        _Row(grade_id, comment_id, Entry(*values))
        for grade_id, comment_id, *values in database.execute(query)
    ]


def _cells(database: Session, course: Course, question: Question) -> tuple[str, str | None]:
    """The ids of the question's cell: as one that has points, and as one that has a comment."""
    cell = api.BaseCell
    query = (
        select(cell.type, cell.id)
        .join(api.Notebook, api.Notebook.id == cell.notebook_id)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(
            api.Assignment.name == question.assignment,
            api.Notebook.name == question.notebook,
            cell.name == question.cell,
        )
    )
    ids = {kind: id for kind, id in database.execute(query)}
    graded = ids.get("GradeCell") or ids.get("TaskCell")
    if graded is None:
        raise AutograderError(
            f"{printable_url(course.db_url)} must hold the question {question.name}, and does "
            f"not: release {question.assignment} again, then grade"
        )
    return graded, ids.get("SolutionCell") or ids.get("TaskCell")


def _update(database: Session, changes: Sequence[tuple[_Row, Entry]]) -> None:
    grades: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    for row, entry in changes:
        before = row.entry
        if (entry.points, entry.waits) != (before.points, before.waits):
            grades.append(
                {"id": row.grade, "manual_score": entry.points, "needs_manual_grade": entry.waits}
            )
        if entry.comment != before.comment:
            if row.comment is None:
                raise AutograderError(f"{entry.student}'s answer has no place for a comment")
            comments.append({"id": row.comment, "manual_comment": entry.comment})
    if grades:
        database.execute(update(api.Grade), grades)
    if comments:
        database.execute(update(api.Comment), comments)


@contextmanager
def _writing(course: Course) -> Iterator[Session]:
    """A transaction that writes: committed at the end of the block, unless that raises."""
    engine = connect(course, write=True)
    try:
        with Session(engine) as database, database.begin():
            yield database
    except FAILURES as error:
        raise AutograderError(explain(error, course.db_url)) from error
    finally:
        engine.dispose()
