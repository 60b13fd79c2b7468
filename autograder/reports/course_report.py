"""The instructor's page about the whole course: every student in every graded assignment.

The same figures as the page of one assignment (:mod:`autograder.reports.report`), to which it
links. They are read one by one: a large course needs no more memory than its largest assignment.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..course import Course
from ..errors import AutograderError
from ..grading.class_table import Row, rows
from ..grading.gradebook import points_of
from . import class_statistics
from .attention import class_list
from .class_statistics import Cause, Item, Topic, worth_teaching
from .hand_written import ClassTest, causes_of, class_tests, outcomes, topics_of
from .pages import count, render, write
from .released import cells_of, released, title_of
from .report import REPORTS, bars
from .spreadsheet import table

__all__ = ["write_course_report"]

_TO_TEACH, _MISTAKES, _HARDEST = 8, 20, 10


@dataclass(frozen=True)
class _Assignment:
    """The results of one assignment. link : to its own page, "" if there is none."""

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
    tests: Sequence[ClassTest]


def write_course_report(course: Course, dry_run: bool = False, anonymous: bool = False) -> Path:
    """Write ``reports/course.html`` (and ``.csv`` beside it); returns the page's path.

    Who left the class is left out. dry_run : write nothing; anonymous : only ids, no names.

    Raises
    ------
    AutograderError : nothing has been graded yet.
    """
    names = sorted({folder.name for folder in course.autograded.glob("*/*")})
    members = class_list(course)
    assignments = [
        _assignment(course, name, graded)
        for name in names
        if (graded := [row for row in rows(course, name) if row.student not in members.left])
    ]
    if not assignments:
        raise AutograderError(
            "no submission of this course is graded yet: python -m autograder grade ASSIGNMENT"
        )
    folder = course.root / REPORTS
    if dry_run:
        return folder / "course.html"
    students = _students(assignments)
    most = sum(assignment.most for assignment in assignments)
    topics = [
        (assignment, topic)
        for assignment in assignments
        for topic in assignment.topics
        if worth_teaching(len(topic.students), assignment.of - assignment.unread)
    ]
    costly = [(one, cause) for one in assignments for cause in one.causes if cause.known]
    costly += [(one, cause) for one in assignments for cause in causes_of(one.tests) if cause.tried]
    unsolved = [
        (assignment, item)
        for assignment in assignments
        for item in assignment.items
        if item.share < 1 and not item.waiting
    ]
    page = render(
        "course_report.html.j2",
        assignments=assignments,
        students=students,
        names=(members.anonymous() if anonymous else members).names,
        most=most,
        numbers=_numbers(assignments, students, most),
        histogram=bars(total / most for _, total, _ in students if most),
        topics=_by_lost_points(topics)[:_TO_TEACH],
        causes=_by_lost_points(costly)[:_MISTAKES],
        hardest=sorted(unsolved, key=lambda pair: pair[1].share)[:_HARDEST],
    )
    head = ["student", "total", *(assignment.name for assignment in assignments)]
    lines = ([student, total, *scores] for student, total, scores in students)
    possible = ["(most points)", most, *(assignment.most for assignment in assignments)]
    write(folder / "course.csv", table(head, [possible, *lines]))
    return write(folder / "course.html", page)


def _by_lost_points(pairs):  # type: ignore[no-untyped-def]
    """Pairs of an assignment and a topic or cause, the most expensive first."""
    return sorted(pairs, key=lambda pair: -pair[1].lost)


def _assignment(course: Course, name: str, graded: Sequence[Row]) -> _Assignment:
    reports = {row.student: row.reports for row in graded if not row.unreadable}
    points, most = points_of(course, name)
    read = {student: cells for student, cells in points.items() if student in reports}
    notebooks = released(course, name)
    failed = outcomes(course, name, graded, notebooks)
    tests = class_tests(failed, points, most, cells_of(notebooks))
    page = course.root / REPORTS / f"{name}.html"
    return _Assignment(
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
        topics=[*class_statistics.topics(reports), *topics_of(tests)],
        causes=class_statistics.causes(reports),
        items=class_statistics.items(read, most),
        tests=tests,
    )


Line = tuple[str, float, list[float | None]]
"""A student, the total, and the score in each assignment, None if nothing is graded."""


def _students(assignments: Sequence[_Assignment]) -> list[Line]:
    names = sorted({student for assignment in assignments for student in assignment.scores})
    lines = []
    for name in names:
        scores = [assignment.scores.get(name) for assignment in assignments]
        lines.append((name, sum(score or 0.0 for score in scores), scores))
    return lines


def _numbers(
    assignments: Sequence[_Assignment], students: Sequence[Line], most: float
) -> list[tuple[str, str, str]]:
    totals = [total for _, total, _ in students]
    missing = sum(score is None for _, _, scores in students for score in scores)
    figures = [
        (str(len(students)), "students", f"in {count(len(assignments), 'graded assignment')}"),
        (f"{statistics.median(totals):.4g}", "median total", f"of {most:g} points"),
        (f"{statistics.fmean(totals):.1f}", "mean total", f"{min(totals):g} to {max(totals):g}"),
        (str(missing), "not handed in", "or not graded: they count as 0"),
    ]
    if waiting := sum(assignment.waiting for assignment in assignments):
        figures.append((str(waiting), "wait for a grader", "answers in words, in the formgrader"))
    return figures
