"""Write graded submissions into nbgrader's gradebook and into ``autograded/``.

The result is the same as that of nbgrader's own ``autograde`` (a test compares them, column by
column), but each submission is one transaction. The graded notebook is put in its place last, in
one step: it is the commit mark. Whenever a run is killed, a submission is either recorded or not
:func:`autograder.grading.gradebook.current`, and then it is graded again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat.v4
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_solution,
    is_task,
    parse_utc,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from ..course import CONFIG, Course
from ..errors import AutograderError
from .compare import new_versions
from .database import FAILURES, connect, explain, printable_url
from .gradebook import copy_of, results_at
from .hand_in import read_plain
from .lock import lock
from .submission import KEY, results_of

__all__ = ["Recorder"]

_TIMESTAMP = "timestamp.txt"
_SECRET = "submission_secret.txt"
_MAX_SECRET = 1000  # bytes
_MAX_TIMESTAMP = 100


@dataclass(frozen=True)
class _Rows:
    """Ids of a release's rows in the gradebook; those of its cells by their names."""

    assignment: str
    notebook: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


class Recorder:
    """Records the graded submissions of one notebook, one after the other, in a ``with`` block.

    Raises
    ------
    AutograderError : at the start, if nothing can be recorded (no gradebook, a read-only folder,
        another grader at work on this notebook); from :meth:`record`, for one submission.
    """

    def __init__(self, course: Course, notebook: str) -> None:
        self._course, self._notebook = course, notebook
        self._engine = connect(course, write=True)
        config = course.config()
        self._nbgrader = Autograde(coursedir=CourseDirectory(config=config), config=config)
        self._late = AssignLatePenalties(config=config)
        self._late.assignment_id = notebook  # as nbgrader does: the plugin gets it from here only
        self._late.init_plugin()

    def __enter__(self) -> Recorder:
        with self._explained_failures():
            self._course.autograded.mkdir(exist_ok=True)
            self._lock = lock(
                self._course.autograded / f".{self._notebook}.lock",
                f"{self._notebook} is being graded already",
            )
            try:
                with Session(self._engine) as database:
                    self._rows = _rows(database, self._notebook, self._course)
            except BaseException:
                self._lock.close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.dispose()
        self._lock.close()

    def record(self, student: str, graded: NotebookNode) -> None:
        """Save the marks in `graded`, then `graded` itself; points that a person gave stay.

        Raises AutograderError if that fails; the next run then grades the submission again.
        """
        course, notebook = self._course, self._notebook
        target = copy_of(course, notebook, student)
        submitted = course.submitted_dir(notebook, student)
        timestamp, problem = _read_timestamp(submitted / _TIMESTAMP)
        if problem:
            graded = _with_results(graded, facts=[*results_of(graded).facts, problem])
        before = results_at(course, notebook, student)
        same = before is not None and before.submission == results_of(graded).submission
        draft = course.autograded / f".{notebook}.new"
        with self._explained_failures():
            try:
                with Session(self._engine) as database, database.begin():
                    by_hand = self._save(database, student, graded, timestamp, same)
                    if before and same:
                        new = new_versions(before, results_of(graded), by_hand)
                        if versions := [*before.regraded, *new]:
                            graded = _with_results(graded, regraded=versions)
                    # Before the commit: if the disk is full, nothing has changed yet.
                    self._write(draft, nbformat.v4.writes(graded) + "\n")
                target.parent.mkdir(parents=True, exist_ok=True)
                self._write_timestamp(target.parent / _TIMESTAMP, timestamp)
                self._copy_secret(submitted, target.parent)
                os.replace(draft, target)
                if self._nbgrader.coursedir.groupshared:
                    self._nbgrader.set_permissions(notebook, student)
            finally:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)

    @contextmanager
    def _explained_failures(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            raise AutograderError(explain(error, self._course.db_url)) from error

    def _save(
        self, database: Session, student: str, graded: NotebookNode, timestamp: str, same: bool
    ) -> set[str]:
        """Save into the gradebook; returns the graded cells whose points a person gave."""
        submission, notebook = self._submission(database, student)
        if timestamp:
            submission.timestamp = parse_utc(timestamp)
        grades = self._rows_of_cells(database, api.Grade, notebook, self._rows.graded)
        comments = self._rows_of_cells(database, api.Comment, notebook, self._rows.commented)
        try:
            for cell in graded.cells:
                if is_grade(cell):
                    _set_grade(grades[cell.metadata.nbgrader.grade_id], cell, same)
                if is_solution(cell) or is_task(cell):
                    _set_comment(comments[cell.metadata.nbgrader.grade_id], cell)
        except KeyError as error:
            raise AutograderError(
                f"{printable_url(self._course.db_url)} must hold all graded cells of "
                f"{self._notebook}, but lacks {error}: release the notebook again, then grade"
            ) from None
        database.flush()
        notebook.late_submission_penalty = self._penalty(database, submission, notebook)
        return {name for name, grade in grades.items() if grade.manual_score is not None}

    def _submission(self, database: Session, student: str) -> tuple[Any, Any]:
        """The student's rows for the assignment and its notebook; made where there are none."""
        if not database.scalar(select(api.Student.id).where(api.Student.id == student)):
            if not self._nbgrader.create_student:
                raise AutograderError(
                    f"the student must be in the gradebook (Autograde.create_student is off), got "
                    f"{student!r}"
                )
            database.add(api.Student(id=student))
            database.flush()
        ids = {"assignment_id": self._rows.assignment, "student_id": student}
        columns = ("timestamp", "extension")
        submission = _get_or_add(database, api.SubmittedAssignment, ids, *columns)
        ids = {"notebook_id": self._rows.notebook, "assignment_id": submission.id}
        notebook = _get_or_add(database, api.SubmittedNotebook, ids, "late_submission_penalty")
        return submission, notebook

    def _rows_of_cells(
        self, database: Session, model: Any, notebook: Any, cells: Mapping[str, str]
    ) -> dict[str, Any]:
        """The notebook's grades or comments, by the names of their cells; made where missing."""
        names = {cell: name for name, cell in cells.items()}
        columns = [getattr(model, name) for name in _COLUMNS[model]]
        # Selected by their cells too, because the table's index is over (cell, notebook).
        query = select(model).where(model.cell_id.in_(names), model.notebook_id == notebook.id)
        rows = {
            names[row.cell_id]: row for row in database.scalars(query.options(load_only(*columns)))
        }
        for name, cell in cells.items():
            if name not in rows:
                rows[name] = model(cell_id=cell, notebook_id=notebook.id)
                database.add(rows[name])
        return rows

    def _penalty(self, database: Session, submission: Any, notebook: Any) -> float | None:
        """The points that the late plugin takes off, at most those of the submission."""
        if submission.assignment.duedate is None or not submission.total_seconds_late:
            return None
        score = database.scalar(
            select(func.coalesce(func.sum(api.Grade.score), 0.0)).where(
                api.Grade.cell_id.in_(self._rows.graded.values()),
                api.Grade.notebook_id == notebook.id,
            )
        )
        penalty = self._late.plugin_inst.late_submission_penalty(
            submission.student_id, score, submission.total_seconds_late
        )
        return None if penalty is None else min(max(penalty, 0), score)

    def _write(self, path: Path, text: str) -> None:
        """Write a new file and sync it, with the permissions that nbgrader gives it."""
        path.unlink(missing_ok=True)  # left by a killed run, perhaps read-only
        try:
            with path.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            path.chmod(int(str(self._nbgrader.permissions), 8))
        except OSError as error:
            error.filename = str(path)  # which Python leaves out if the disk is full
            raise

    def _write_timestamp(self, path: Path, timestamp: str) -> None:
        """Put the time of handing in beside the notebook, where nbgrader looks for it."""
        path.unlink(missing_ok=True)
        if timestamp:
            self._write(path, timestamp)

    def _copy_secret(self, submitted: Path, graded: Path) -> None:
        """Copy the secret by which nbgrader's exchange finds the student to give feedback to."""
        (graded / _SECRET).unlink(missing_ok=True)
        try:
            secret = read_plain(submitted / _SECRET)[0][:_MAX_SECRET]
        except OSError:
            return  # not handed in through the exchange, or no plain file
        self._write(graded / _SECRET, secret.decode(errors="replace"))


_COLUMNS = {
    api.Grade: ("cell_id", "auto_score", "manual_score", "needs_manual_grade"),
    api.Comment: ("cell_id", "auto_comment"),
}


def _get_or_add(database: Session, model: Any, ids: dict[str, str], *columns: str) -> Any:
    """The row with these ids, of which only `columns` are read; added if there is none."""
    to_load = [getattr(model, name) for name in (*ids, *columns)]
    row = database.scalar(select(model).filter_by(**ids).options(load_only(*to_load)))
    if row is None:
        row = model(id=api.new_uuid(), **ids)
        database.add(row)
        database.flush()
    return row


def _set_grade(grade: Any, cell: NotebookNode, same: bool) -> None:
    score, _ = determine_grade(cell)
    # nbgrader asks a person to mark again after each grading; we do only if something changed.
    if not (same and grade.manual_score is not None and grade.auto_score == score):
        grade.needs_manual_grade = grade.manual_score is not None or score is None
    grade.auto_score = score


def _set_comment(comment: Any, cell: NotebookNode) -> None:
    unanswered = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    comment.auto_comment = "No response." if unanswered and not is_task(cell) else None


def _rows(database: Session, notebook: str, course: Course) -> _Rows:
    query = (
        select(api.Assignment.id, api.Notebook.id, api.Notebook.name)
        .join(api.Notebook, api.Notebook.assignment_id == api.Assignment.id)
        .where(api.Assignment.name == notebook)
    )
    rows = database.execute(query).all()
    names = [name for _, _, name in rows]
    if names != [notebook]:
        raise AutograderError(
            f"{printable_url(course.db_url)} must hold {notebook} as an assignment of one "
            f"notebook, got {names or 'none'}: release it again, then grade (if this is "
            f"the wrong gradebook: CourseDirectory.db_url in {course.root / CONFIG})"
        )
    ((assignment_id, notebook_id, _),) = rows
    cell = api.BaseCell
    cells = database.execute(
        select(cell.name, cell.id, cell.type).where(cell.notebook_id == notebook_id)
    ).all()
    return _Rows(
        assignment=assignment_id,
        notebook=notebook_id,
        graded={name: id for name, id, kind in cells if kind in ("GradeCell", "TaskCell")},
        commented={name: id for name, id, kind in cells if kind in ("SolutionCell", "TaskCell")},
    )


_TIME = re.compile(r"\d[-+:.T\d ]*Z?( [A-Za-z][\w/+-]*)?")


def _read_timestamp(path: Path) -> tuple[str, str]:
    """The time in ``timestamp.txt``, or "", and what is wrong with the file, or "".

    Students hand it in, so it may hold anything. Without one, the time in the gradebook stays.
    """
    try:
        data, size = read_plain(path)
    except FileNotFoundError:
        return "", ""
    except OSError:
        return "", f"{_TIMESTAMP} cannot be read; it was left out."
    text = data[:_MAX_TIMESTAMP].decode(errors="replace").strip()
    if not text and size < _MAX_TIMESTAMP:
        return "", ""
    try:
        if size < _MAX_TIMESTAMP and _TIME.fullmatch(text):
            parse_utc(text)
            return text, ""
    except (ValueError, OverflowError):
        pass
    return "", f"{_TIMESTAMP} holds no time; it was left out."


def _with_results(graded: NotebookNode, **changes: Any) -> NotebookNode:
    """The graded notebook, with changes of its results."""
    results = replace(results_of(graded), **changes).to_value()
    return NotebookNode({**graded, "metadata": NotebookNode({**graded.metadata, KEY: results})})
