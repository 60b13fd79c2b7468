"""The instructor's page about the whole course: every student in every graded notebook.

The same figures as the page of one notebook (:mod:`autograder.reports.report`), to which it links.
Notebooks are read one by one: a large course needs no more memory than its largest notebook.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..course import Course
from ..errors import AutograderError
from ..grading.classroom import Row, rows
from ..grading.gradebook import points_of
from . import class_statistics
from .attention import class_list
from .class_statistics import Cause, Item, Topic, worth_teaching
from .pages import count, render, write
from .report import REPORTS, bars, title_of
from .spreadsheet import table

__all__ = ["write_course_report"]

_TO_TEACH, _MISTAKES, _HARDEST = 8, 20, 10


@dataclass(frozen=True)
class _Notebook:
    """The results of one notebook. link : to its own page, "" if there is none."""

    name: str
    title: str
    link: str
    of: int
    most: float
    median: float
    waiting: int
    unread: int
    scores: Mapping[str, float]
    waits: frozenset[str]
    topics: Sequence[Topic]
    causes: Sequence[Cause]
    items: Sequence[Item]


def write_course_report(course: Course, dry_run: bool = False, anonymous: bool = False) -> Path:
    """Write ``reports/course.html`` (and ``.csv`` beside it); returns the page's path.

    Who left the class is left out. dry_run : write nothing; anonymous : only ids, no names.

    Raises
    ------
    AutograderError : nothing has been graded yet.
    """
    names = sorted({copy.stem for copy in course.autograded.glob("*/*/*.ipynb")})
    members = class_list(course)
    notebooks = [
        _notebook(course, name, graded)
        for name in names
        if (graded := [row for row in rows(course, name) if row.student not in members.left])
    ]
    if not notebooks:
        raise AutograderError(
            "no submission of this course is graded yet: python -m autograder grade ASSIGNMENT"
        )
    folder = course.root / REPORTS
    if dry_run:
        return folder / "course.html"
    students = _students(notebooks)
    most = sum(notebook.most for notebook in notebooks)
    topics = [
        (notebook, topic)
        for notebook in notebooks
        for topic in notebook.topics
        if worth_teaching(len(topic.students), notebook.of - notebook.unread)
    ]
    mistakes = [(book, cause) for book in notebooks for cause in book.causes if cause.known]
    unsolved = [
        (notebook, item)
        for notebook in notebooks
        for item in notebook.items
        if item.share < 1 and not item.waiting
    ]
    page = render(
        "course_report.html.j2",
        notebooks=notebooks,
        students=students,
        names=(members.anonymous() if anonymous else members).names,
        most=most,
        numbers=_numbers(notebooks, students, most),
        histogram=bars(total / most for _, total, _ in students if most),
        topics=_by_lost_points(topics)[:_TO_TEACH],
        causes=_by_lost_points(mistakes)[:_MISTAKES],
        hardest=sorted(unsolved, key=lambda pair: pair[1].share)[:_HARDEST],
    )
    head = ["student", "total", *(notebook.name for notebook in notebooks)]
    lines = ([student, total, *scores] for student, total, scores in students)
    possible = ["(most points)", most, *(notebook.most for notebook in notebooks)]
    write(folder / "course.csv", table(head, [possible, *lines]))
    return write(folder / "course.html", page)


def _by_lost_points(pairs):  # type: ignore[no-untyped-def]
    """Pairs of a notebook and a topic or cause, the most expensive first."""
    return sorted(pairs, key=lambda pair: -pair[1].lost)


def _notebook(course: Course, name: str, graded: Sequence[Row]) -> _Notebook:
    reports = {row.student: row.reports for row in graded if not row.unreadable}
    points, most = points_of(course, name)
    read = {student: cells for student, cells in points.items() if student in reports}
    page = course.root / REPORTS / f"{name}.html"
    return _Notebook(
        name=name,
        title=title_of(course, name),
        link=quote(page.name) if page.is_file() else "",
        of=len(graded),
        most=max(row.max_score for row in graded),
        median=statistics.median(row.score for row in graded),
        waiting=sum(row.needs_manual for row in graded),
        unread=sum(bool(row.unreadable) for row in graded),
        scores={row.student: row.score for row in graded},
        waits=frozenset(row.student for row in graded if row.needs_manual),
        topics=class_statistics.topics(reports),
        causes=class_statistics.causes(reports),
        items=class_statistics.items(read, most),
    )


Line = tuple[str, float, list[float | None]]
"""A student, the total, and the score in each notebook, None if nothing is graded."""


def _students(notebooks: Sequence[_Notebook]) -> list[Line]:
    names = sorted({student for notebook in notebooks for student in notebook.scores})
    lines = []
    for name in names:
        scores = [notebook.scores.get(name) for notebook in notebooks]
        lines.append((name, sum(score or 0.0 for score in scores), scores))
    return lines


def _numbers(
    notebooks: Sequence[_Notebook], students: Sequence[Line], most: float
) -> list[tuple[str, str, str]]:
    totals = [total for _, total, _ in students]
    missing = sum(score is None for _, _, scores in students for score in scores)
    figures = [
        (str(len(students)), "students", f"in {count(len(notebooks), 'graded notebook')}"),
        (f"{statistics.median(totals):.4g}", "median total", f"of {most:g} points"),
        (f"{statistics.fmean(totals):.1f}", "mean total", f"{min(totals):g} to {max(totals):g}"),
        (str(missing), "not handed in", "or not graded: they count as 0"),
    ]
    if waiting := sum(notebook.waiting for notebook in notebooks):
        figures.append((str(waiting), "wait for a grader", "answers in words, in the formgrader"))
    return figures
