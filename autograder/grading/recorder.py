"""Write graded submissions into nbgrader's gradebook and into ``autograded/``.

What is left is what nbgrader's own ``autograde`` would leave (a test compares them, column by
column), but in one transaction a submission. The graded notebook is put in its place last, in one
step: it is the commit mark. Whatever ends a run, and wherever, a submission is either recorded or
not :func:`autograder.grading.gradebook.current`, and then it is graded again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

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
from .compare import regraded
from .database import Failure, connect, explained, shown
from .gradebook import copy_of, results_at
from .rebuild import read_plain
from .submission import KEY, results_of

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Recorder"]

_STAMP = "timestamp.txt"
_SECRET = "submission_secret.txt"
_LONGEST_SECRET = 1000


@dataclass(frozen=True)
class _Rows:
    """Ids of what a release put into the gradebook; of its cells, by their names."""

    assignment: str
    notebook: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


class Recorder:
    """Records the graded submissions of one notebook, one after the other, in a ``with`` block.

    Raises
    ------
    AutograderError : at the start, where nothing could be recorded (no gradebook, a read-only
        folder, another grader at work on this notebook); from :meth:`record`, for one submission.
    """

    def __init__(self, course: Course, notebook: str) -> None:
        self._course, self._notebook = course, notebook
        self._engine = connect(course, write=True)
        config = course.config()
        self._nbgrader = Autograde(coursedir=CourseDirectory(config=config), config=config)
        self._late = AssignLatePenalties(config=config)
        self._late.assignment_id = notebook  # as nbgrader sets it: the plugin is told no notebook
        self._late.init_plugin()

    def __enter__(self) -> Recorder:
        with self._explained():
            self._course.autograded.mkdir(exist_ok=True)
            self._lock = _locked(self._course.autograded, self._notebook)
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
        """Save the marks in `graded`, then `graded` itself. What a person gave is not touched.

        Raises AutograderError where that fails; the submission is then graded again next time.
        """
        course, notebook = self._course, self._notebook
        target = copy_of(course, notebook, student)
        stamp, problem = _stamp(course.submitted_dir(notebook, student) / _STAMP)
        if problem:
            graded = _with(graded, facts=[*results_of(graded).facts, problem])
        before = results_at(course, notebook, student)
        same = before is not None and before.submission == results_of(graded).submission
        draft = course.autograded / f".{notebook}.new"
        with self._explained():
            try:
                with Session(self._engine) as database, database.begin():
                    by_hand = self._save(database, student, graded, stamp, same)
                    if before and same:
                        versions = regraded(before, results_of(graded), by_hand)
                        graded = _with(graded, regraded=versions) if versions else graded
                    # Before the commit: where the disk is full, nothing has changed yet.
                    self._write(draft, nbformat.v4.writes(graded) + "\n")
                target.parent.mkdir(parents=True, exist_ok=True)
                self._copy_stamp(target.parent / _STAMP, stamp)
                self._copy_secret(course.submitted_dir(notebook, student), target.parent)
                os.replace(draft, target)
                if self._nbgrader.coursedir.groupshared:
                    self._nbgrader.set_permissions(notebook, student)
            finally:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Failure as error:
            raise AutograderError(explained(error, self._course.db_url)) from error

    def _save(
        self, database: Session, student: str, graded: NotebookNode, stamp: str, same: bool
    ) -> set[str]:
        """Into the gradebook; returns the graded cells whose points a person gave."""
        submission, saved = self._submission(database, student)
        if stamp:
            submission.timestamp = parse_utc(stamp)
        grades = self._children(database, api.Grade, saved, self._rows.graded)
        comments = self._children(database, api.Comment, saved, self._rows.commented)
        try:
            for cell in graded.cells:
                if is_grade(cell):
                    _set_grade(grades[cell.metadata.nbgrader.grade_id], cell, same)
                if is_solution(cell) or is_task(cell):
                    _set_comment(comments[cell.metadata.nbgrader.grade_id], cell)
        except KeyError as error:
            raise AutograderError(
                f"{shown(self._course.db_url)} must know all graded cells of {self._notebook}, but "
                f"not {error}: release the notebook again, then grade"
            ) from None
        database.flush()
        saved.late_submission_penalty = self._penalty(database, submission, saved)
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
        own = {"assignment_id": self._rows.assignment, "student_id": student}
        submission = _one(database, api.SubmittedAssignment, own, "timestamp", "extension")
        own = {"notebook_id": self._rows.notebook, "assignment_id": submission.id}
        return submission, _one(database, api.SubmittedNotebook, own, "late_submission_penalty")

    def _children(
        self, database: Session, model: Any, saved: Any, cells: Mapping[str, str]
    ) -> dict[str, Any]:
        """The notebook's grades or comments, by the names of their cells."""
        names = {cell: name for name, cell in cells.items()}
        columns = [getattr(model, name) for name in _COLUMNS[model]]
        # By their cells as well: (cell, notebook) is what the table's index is about.
        query = select(model).where(model.cell_id.in_(names), model.notebook_id == saved.id)
        found = {
            names[each.cell_id]: each
            for each in database.scalars(query.options(load_only(*columns)))
        }
        for name, cell in cells.items():
            if name not in found:
                found[name] = model(cell_id=cell, notebook_id=saved.id)
                database.add(found[name])
        return found

    def _penalty(self, database: Session, submission: Any, saved: Any) -> float | None:
        """What the course's plugin takes off a late submission, within its points."""
        if submission.assignment.duedate is None or not submission.total_seconds_late:
            return None
        score = database.scalar(
            select(func.coalesce(func.sum(api.Grade.score), 0.0)).where(
                api.Grade.cell_id.in_(self._rows.graded.values()), api.Grade.notebook_id == saved.id
            )
        )
        penalty = self._late.plugin_inst.late_submission_penalty(
            submission.student_id, score, submission.total_seconds_late
        )
        return None if penalty is None else min(max(penalty, 0), score)

    def _write(self, path: Path, text: str) -> None:
        """Write a new file, down to the disk, with the rights that nbgrader gives it."""
        path.unlink(missing_ok=True)  # a killed run's, perhaps read-only
        try:
            with path.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            path.chmod(int(str(self._nbgrader.permissions), 8))
        except OSError as error:
            error.filename = str(path)  # Python names it where it is opened, not where it is full
            raise

    def _copy_stamp(self, path: Path, stamp: str) -> None:
        """Leave the time of handing in beside the notebook, where nbgrader looks for it."""
        path.unlink(missing_ok=True)
        if stamp:
            self._write(path, stamp)

    def _copy_secret(self, submitted: Path, graded: Path) -> None:
        """Leave what nbgrader's exchange finds the feedback's owner by, where it looks for it."""
        (graded / _SECRET).unlink(missing_ok=True)
        try:
            secret = read_plain(submitted / _SECRET)[0][:_LONGEST_SECRET]
        except OSError:
            return  # handed in some other way, or no plain file
        self._write(graded / _SECRET, secret.decode(errors="replace"))


_COLUMNS = {
    api.Grade: ("cell_id", "auto_score", "manual_score", "needs_manual_grade"),
    api.Comment: ("cell_id", "auto_comment"),
}


def _one(database: Session, model: Any, own: dict[str, str], *columns: str) -> Any:
    """The one row with these ids, made if need be; of it, only `columns` are read."""
    wanted = [getattr(model, name) for name in (*own, *columns)]
    found = database.scalar(select(model).filter_by(**own).options(load_only(*wanted)))
    if found is None:
        found = model(id=api.new_uuid(), **own)
        database.add(found)
        database.flush()
    return found


def _set_grade(grade: Any, cell: NotebookNode, same: bool) -> None:
    score, _ = determine_grade(cell)
    # nbgrader asks a person again whenever it grades again; we do where there is a reason to.
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
    found = database.execute(query).all()
    if [name for _, _, name in found] != [notebook]:
        raise AutograderError(
            f"{shown(course.db_url)} must hold {notebook} as an assignment of one notebook, got "
            f"{[name for _, _, name in found] or 'none'}: release it again, then grade (if this is "
            f"the wrong gradebook: CourseDirectory.db_url in {course.root / CONFIG})"
        )
    cell = api.BaseCell
    cells = database.execute(
        select(cell.name, cell.id, cell.type).where(cell.notebook_id == found[0][1])
    ).all()
    return _Rows(
        assignment=found[0][0],
        notebook=found[0][1],
        graded={name: id for name, id, kind in cells if kind in ("GradeCell", "TaskCell")},
        commented={name: id for name, id, kind in cells if kind in ("SolutionCell", "TaskCell")},
    )


def _locked(folder: Path, notebook: str) -> BinaryIO:
    """A lock file, held until it is closed or the process ends, however it does."""
    file = (folder / f".{notebook}.lock").open("ab")
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AutograderError(
            f"{notebook} is being graded already ({file.name} is locked): wait for that run to end"
        ) from None
    except OSError:
        pass  # a file system without locks
    return file


_TIME = re.compile(r"\d[-+:.T\d ]*Z?( [A-Za-z][\w/+-]*)?")


def _stamp(path: Path) -> tuple[str, str]:
    """What ``timestamp.txt`` says, if it is a time; and what is wrong with it, if something is.

    It comes with the submission, so it may hold anything. Without one, the time in the gradebook
    stays.
    """
    try:
        data, size = read_plain(path)
    except FileNotFoundError:
        return "", ""
    except OSError:
        return "", f"{_STAMP} cannot be read; it was left out."
    text = data[:_LONGEST].decode(errors="replace").strip()
    if not text and size < _LONGEST:
        return "", ""
    try:
        if size < _LONGEST and _TIME.fullmatch(text):
            parse_utc(text)
            return text, ""
    except (ValueError, OverflowError):
        pass
    return "", f"{_STAMP} holds no time; it was left out."


_LONGEST = 100


def _with(graded: NotebookNode, **more: Any) -> NotebookNode:
    """The graded notebook, whose results tell this as well."""
    results = replace(results_of(graded), **more).to_value()
    return NotebookNode({**graded, "metadata": NotebookNode({**graded.metadata, KEY: results})})
