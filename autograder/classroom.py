"""Grade a class: hand submissions to worker processes, record each result in nbgrader's gradebook.

Workers only compute; this process alone writes (the gradebook, ``autograded/``, ``feedback/``).
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from .course import Course
from .errors import AutograderError
from .grading import digest, grade, read_notebook, results_of
from .kernel import Limits
from .plugin import Recorder, load_release

__all__ = ["Row", "feedback", "grade_class", "rows", "students_of"]

Progress = Callable[[str, int, int], None]
"""Called with the student just done, how many are done, and how many there are."""


@dataclass(frozen=True)
class Row:
    """One line of the class table."""

    student: str
    score: float
    max_score: float
    needs_manual: bool
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    """Mistakes recognised, by exercise."""
    unreadable: str = ""
    facts: tuple[str, ...] = ()
    reports: tuple[dict[str, Any], ...] = ()


def students_of(course: Course, notebook: str) -> list[str]:
    """Ids of the students who handed in something for `notebook`."""
    return sorted(folder.parent.name for folder in course.submitted.glob(f"*/{notebook}"))


def grade_class(
    course: Course,
    notebook: str,
    students: Sequence[str] | None = None,
    jobs: int | None = None,
    force: bool = False,
    limits: Limits | None = None,
    progress: Progress = lambda student, done, of: None,
) -> list[str]:
    """Grade the submissions of `notebook`; returns the ids of those graded now.

    A submission that was graded before and has not changed since is skipped, unless `force`.
    """
    if not (course.release_dir(notebook) / f"{notebook}.ipynb").is_file():
        raise AutograderError(
            f"{notebook} must be released before it is graded: "
            f"python -m autograder release {notebook}"
        )
    known = students_of(course, notebook)
    unknown = sorted(set(students or ()) - set(known))
    if unknown:
        raise AutograderError(f"student must have handed in {notebook}, got {unknown}")
    identity = load_release(course.root, notebook).digest
    due = [
        student
        for student in (students or known)
        if force or not _is_current(course, notebook, student, identity)
    ]
    failed = []
    for done, (student, result) in enumerate(_graded(course, notebook, due, jobs, limits), start=1):
        try:
            if isinstance(result, Exception):
                raise result
            _record(course, notebook, student, result)
        except Exception as error:  # the others are graded all the same
            failed.append(f"{student}: {error}")
        progress(student, done, len(due))
    if failed:
        raise AutograderError(
            "these submissions could not be graded; grade them again when this is mended:\n"
            + "\n".join(failed)
        )
    return due


def _is_current(course: Course, notebook: str, student: str, identity: str) -> bool:
    path = course.autograded / student / notebook / f"{notebook}.ipynb"
    try:
        results = results_of(read_notebook(path))
    except (OSError, ValueError):
        return False
    mine = digest(course.submitted / student / notebook, notebook)
    return results.get("submission") == mine and results.get("release") == identity


def _graded(
    course: Course, notebook: str, students: Sequence[str], jobs: int | None, limits: Limits | None
) -> Iterator[tuple[str, NotebookNode | Exception]]:
    """Yield each student's graded notebook as it is ready, or why grading it was not possible."""
    if not students:
        return
    workers = min(jobs or os.cpu_count() or 1, len(students))
    # Not fork: workers start kernels, and a fork would copy this process's database and threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: dict[Future[NotebookNode], str] = {
            pool.submit(_grade_one, course.root, notebook, student, limits): student
            for student in students
        }
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except BrokenProcessPool:
                yield waiting[future], AutograderError("the worker process ended")
            except Exception as error:
                yield waiting[future], error


def _grade_one(root: Path, notebook: str, student: str, limits: Limits | None) -> NotebookNode:
    folder = Course(root).submitted / student / notebook
    return grade(folder, load_release(root, notebook), limits).notebook


def _settings(course: Course, notebook: str, student: str) -> dict[str, Any]:
    """What each of nbgrader's converters is made with."""
    config = course.config()
    directory = CourseDirectory(config=config)
    directory.assignment_id, directory.student_id = notebook, student
    return {"coursedir": directory, "config": config}


def _record(course: Course, notebook: str, student: str, graded: NotebookNode) -> None:
    _run(Recorder(graded, **_settings(course, notebook, student)))


def _run(converter: Any) -> None:
    """Run an nbgrader converter, keeping its log for the case that it fails."""
    log = logging.getLogger("autograder.nbgrader")
    log.propagate = False
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.handlers = [handler]
    converter.log = log
    try:
        with warnings.catch_warnings():
            # Of nbgrader 0.9 under SQLAlchemy 2: about objects that it adds a line later.
            warnings.simplefilter("ignore", SAWarning)
            converter.start()
    except Exception as error:
        raise AutograderError(f"nbgrader: {error}\n" + "\n".join(lines[-20:])) from error


def feedback(
    course: Course,
    notebook: str,
    students: Sequence[str] | None = None,
    progress: Progress = lambda student, done, of: None,
) -> list[Path]:
    """Write nbgrader's feedback pages; returns their paths."""
    graded = sorted(folder.parent.name for folder in course.autograded.glob(f"*/{notebook}"))
    chosen = list(students or graded)
    pages = []
    for done, student in enumerate(chosen, start=1):
        converter = GenerateFeedback(**_settings(course, notebook, student))
        converter.force = True
        _run(converter)
        pages.append(course.feedback / student / notebook / f"{notebook}.html")
        progress(student, done, len(chosen))
    return pages


def rows(course: Course, notebook: str) -> list[Row]:
    """The class table of `notebook`, from the gradebook and the graded notebooks."""
    table = []
    with Gradebook(course.db_url) as gradebook:
        for path in sorted(course.autograded.glob(f"*/{notebook}/{notebook}.ipynb")):
            student = path.parts[-3]
            try:
                submission = gradebook.find_submission(notebook, student)
            except MissingEntry:
                continue
            results = results_of(read_notebook(path))
            reports = results.get("reports", [])
            mistakes = {
                report["exercise"]: list(
                    dict.fromkeys(v["mistake"] for v in report["verdicts"] if v["mistake"])
                )
                for report in reports
            }
            table.append(
                Row(
                    student=student,
                    score=submission.score,
                    max_score=submission.max_score,
                    needs_manual=submission.needs_manual_grade,
                    mistakes={name: found for name, found in mistakes.items() if found},
                    unreadable=results.get("unreadable", ""),
                    facts=tuple(results.get("facts", ())),
                    reports=tuple(reports),
                )
            )
    return table
