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
    is_grade,
    is_solution,
    is_task,
    parse_utc,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from ..course import CONFIG, Course
from ..errors import AutograderError
from ..results import SubmissionResults
from .compare import new_versions
from .database import FAILURES, connect, explain, printable_url
from .gradebook import results_of_notebooks
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
    """Ids of a notebook's rows in the gradebook; those of its cells by their names."""

    notebook: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


class Recorder:
    """Records the graded submissions of one assignment, one after the other, in a ``with`` block.

    Raises
    ------
    AutograderError : at the start, if nothing can be recorded (no gradebook, a read-only folder,
        another grader at work on this assignment); from :meth:`record`, for one submission.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self._course, self._assignment = course, assignment
        self._engine = connect(course, write=True)
        config = course.config()
        self._nbgrader = Autograde(coursedir=CourseDirectory(config=config), config=config)
        self._late = AssignLatePenalties(config=config)
        self._late.assignment_id = assignment  # as nbgrader does: the plugin gets it from here only
        self._late.init_plugin()

    def __enter__(self) -> Recorder:
        with self._explained_failures():
            self._course.autograded.mkdir(exist_ok=True)
            self._lock = lock(
                self._course.autograded / f".{self._assignment}.lock",
                f"{self._assignment} is being graded already",
            )
            try:
                with Session(self._engine) as database:
                    self._assignment_id, self._rows = _rows(
                        database, self._assignment, self._course
                    )
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

    def record(self, student: str, graded: Mapping[str, NotebookNode]) -> None:
        """Save the marks in the `graded` notebooks, then these; points that a person gave stay.

        Raises AutograderError if that fails; the next run then grades the submission again.
        """
        course, assignment = self._course, self._assignment
        submitted = course.submitted_dir(assignment, student)
        folder = course.autograded_dir(assignment, student)
        timestamp, problem = _read_timestamp(submitted / _TIMESTAMP)
        notebooks = dict(graded)
        if problem:
            name, first = next(iter(notebooks.items()))
            notebooks[name] = _with_results(first, facts=[*results_of(first).facts, problem])
        before = results_of_notebooks(course, assignment, student)
        drafts = {course.autograded / f".{assignment}.{n}.new": n for n in range(len(notebooks))}
        with self._explained_failures():
            try:
                with Session(self._engine) as database, database.begin():
                    submission = self._submission(database, student)
                    if timestamp:
                        submission.timestamp = parse_utc(timestamp)
                    for draft, (name, notebook) in zip(drafts, notebooks.items(), strict=True):
                        notebook = self._save(database, submission, name, notebook, before)
                        # Before the commit: if the disk is full, nothing has changed yet.
                        self._write(draft, nbformat.v4.writes(notebook) + "\n")
                folder.mkdir(parents=True, exist_ok=True)
                self._write_timestamp(folder / _TIMESTAMP, timestamp)
                self._copy_secret(submitted, folder)
                for draft, name in zip(drafts, notebooks, strict=True):
                    os.replace(draft, folder / f"{name}.ipynb")
                if self._nbgrader.coursedir.groupshared:
                    self._nbgrader.set_permissions(assignment, student)
            finally:
                for draft in drafts:
                    with suppress(OSError):
                        draft.unlink(missing_ok=True)

    @contextmanager
    def _explained_failures(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            raise AutograderError(explain(error, self._course.db_url)) from error

    def _save(
        self,
        database: Session,
        submission: Any,
        name: str,
        graded: NotebookNode,
        before: Mapping[str, SubmissionResults],
    ) -> NotebookNode:
        """Save one notebook into the gradebook; returns it, with what has changed `before`."""
        old, new = before.get(name), results_of(graded)
        same = old is not None and old.submission == new.submission
        cells = self._rows[name]
        ids = {"notebook_id": cells.notebook, "assignment_id": submission.id}
        row = _get_or_add(database, api.SubmittedNotebook, ids, "late_submission_penalty")
        grades = self._rows_of_cells(database, api.Grade, row, cells.graded)
        comments = self._rows_of_cells(database, api.Comment, row, cells.commented)
        try:
            for cell in graded.cells:
                if is_grade(cell) or is_task(cell):
                    grade_id = cell.metadata.nbgrader.grade_id
                    _set_grade(grades[grade_id], new.marks[grade_id], same)
                if is_solution(cell) or is_task(cell):
                    _set_comment(comments[cell.metadata.nbgrader.grade_id], cell)
        except KeyError as error:
            raise AutograderError(
                f"{printable_url(self._course.db_url)} must hold all graded cells of "
                f"{name}, but lacks {error}: release {self._assignment} again, then grade"
            ) from None
        database.flush()
        row.late_submission_penalty = self._penalty(database, submission, row, cells)
        if old and same:
            by_hand = {name for name, grade in grades.items() if grade.manual_score is not None}
            versions = [*old.regraded, *new_versions(old, new, by_hand)]
            if versions:
                return _with_results(graded, regraded=versions)
        return graded

    def _submission(self, database: Session, student: str) -> Any:
        """The student's row for the assignment; made if there is none."""
        if not database.scalar(select(api.Student.id).where(api.Student.id == student)):
            if not self._nbgrader.create_student:
                raise AutograderError(
                    f"the student must be in the gradebook (Autograde.create_student is off), got "
                    f"{student!r}"
                )
            database.add(api.Student(id=student))
            database.flush()
        ids = {"assignment_id": self._assignment_id, "student_id": student}
        columns = ("timestamp", "extension")
        return _get_or_add(database, api.SubmittedAssignment, ids, *columns)

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

    def _penalty(
        self, database: Session, submission: Any, notebook: Any, cells: _Rows
    ) -> float | None:
        """The points that the late plugin takes off, at most those of the submission."""
        if submission.assignment.duedate is None or not submission.total_seconds_late:
            return None
        score = database.scalar(
            select(func.coalesce(func.sum(api.Grade.score), 0.0)).where(
                api.Grade.cell_id.in_(cells.graded.values()),
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


def _set_grade(grade: Any, score: float | None, same: bool) -> None:
    # nbgrader asks a person to mark again after each grading; we do only if something changed.
    if not (same and grade.manual_score is not None and grade.auto_score == score):
        grade.needs_manual_grade = grade.manual_score is not None or score is None
    grade.auto_score = score


def _set_comment(comment: Any, cell: NotebookNode) -> None:
    unanswered = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    comment.auto_comment = "No response." if unanswered and not is_task(cell) else None


def _rows(database: Session, assignment: str, course: Course) -> tuple[str, dict[str, _Rows]]:
    """The id of the assignment's row, and the rows of its notebooks, by their names."""
    query = (
        select(api.Assignment.id, api.Notebook.name, api.Notebook.id)
        .join(api.Notebook, api.Notebook.assignment_id == api.Assignment.id)
        .where(api.Assignment.name == assignment)
    )
    saved = database.execute(query).all()
    notebooks = course.notebooks(assignment)
    ids = {name: notebook_id for _, name, notebook_id in saved}
    if not ids or not ids.keys() >= set(notebooks):
        raise AutograderError(
            f"{printable_url(course.db_url)} must hold {assignment} with its notebooks "
            f"({', '.join(notebooks)}), got {', '.join(ids) or 'none'}: release it again, then "
            f"grade (if this is the wrong gradebook: CourseDirectory.db_url in "
            f"{course.root / CONFIG})"
        )
    cell = api.BaseCell
    rows = {}
    for notebook in notebooks:
        cells = database.execute(
            select(cell.name, cell.id, cell.type).where(cell.notebook_id == ids[notebook])
        ).all()
        rows[notebook] = _Rows(
            notebook=ids[notebook],
            graded={name: id for name, id, kind in cells if kind in ("GradeCell", "TaskCell")},
            commented={
                name: id for name, id, kind in cells if kind in ("SolutionCell", "TaskCell")
            },
        )
    return saved[0][0], rows


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
