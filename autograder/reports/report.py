"""The instructor's page about a graded class: what to see to first, then all results. And a CSV.

The data come from the gradebook and the graded notebooks
(:func:`autograder.grading.classroom.rows`), the statistics from
:mod:`autograder.reports.class_statistics`. The page is one file that loads nothing from elsewhere;
students' texts are escaped.
"""

from __future__ import annotations

import os
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nbformat import NotebookNode

from ..check.judge import Report
from ..course import Course
from ..errors import AutograderError
from ..grading.classroom import Row, rows
from ..grading.compare import version_lines
from ..grading.gradebook import points_of
from ..grading.submission import read_notebook
from ..grading.timings import timings
from .attention import attention, class_list
from .class_statistics import (
    OUTCOMES,
    Topic,
    causes,
    histogram,
    items,
    slowest,
    topics,
    worth_teaching,
)
from .pages import render, write
from .spreadsheet import Cell, table

__all__ = ["bars", "cells_of", "notes", "title_of", "write_csv", "write_report"]

REPORTS = "reports"
_TO_TEACH = 5


def write_report(
    course: Course, notebook: str, dry_run: bool = False, anonymous: bool = False
) -> Path:
    """Write ``reports/NOTEBOOK.html`` (and ``.csv`` beside it); returns the page's path.

    Who left the class is left out. dry_run : write nothing; anonymous : only ids, no names.

    Raises
    ------
    AutograderError : nothing has been graded yet.
    """
    members = class_list(course)
    graded = [row for row in rows(course, notebook) if row.student not in members.left]
    if not graded:
        raise AutograderError(
            f"no submission of {notebook} is graded yet: python -m autograder grade {notebook}"
        )
    folder = course.root / REPORTS
    if dry_run:
        return folder / f"{notebook}.html"
    reports = {row.student: row.reports for row in graded if not row.unreadable}
    released = _released(course, notebook)
    cells = cells_of(course, notebook)
    points, most = points_of(course, notebook)
    order = {name: most[name] for name in (*cells, *most) if name in most}
    class_size = {"of": len(graded), "unread": len(graded) - len(reports)}
    to_teach: list[Topic] = []
    too_few: list[Topic] = []
    for topic in topics(reports):
        worth = worth_teaching(len(topic.students), len(reports))
        (to_teach if worth else too_few).append(topic)
    slides = {report.exercise: report.slide for row in graded for report in row.reports}
    page = render(
        "report.html.j2",
        notebook=notebook,
        title=title_of(course, notebook),
        rows=[_student(course, notebook, row, folder) for row in graded],
        names=(members.anonymous() if anonymous else members).names,
        first=attention(course, notebook, graded, members, released),
        waiting=sum(row.needs_manual for row in graded),
        numbers=_numbers(graded),
        histogram=bars(row.score / row.max_score for row in graded if row.max_score),
        topics=[(class_size, topic) for topic in to_teach[:_TO_TEACH]],
        more_topics=to_teach[_TO_TEACH:],
        too_few=sorted(too_few, key=lambda topic: -len(topic.students)),
        causes=causes(reports),
        items=items({student: points[student] for student in reports if student in points}, order),
        slides=slides,
        exercises=_tests(reports),
        read=len(reports),
        of=len(graded),
        points=[(row.student, row.score, points.get(row.student, {})) for row in graded],
        most=order,
        total=max(row.max_score for row in graded),
        slow=slowest(timings(course, notebook)),
        cells=cells,
        mended=[row for row in graded if row.facts or row.unreadable or _lost(row)],
        lost=_lost,
        versions=version_lines(version for row in graded for version in row.regraded),
    )
    write_csv(folder / f"{notebook}.csv", graded)
    return write(folder / f"{notebook}.html", page)


def write_csv(path: Path, graded: Sequence[Row]) -> None:
    """One line a student: id, score, maximum points, whether an answer waits for a grader."""
    head = ["student", "score", "max_score", "needs_manual_grade"]
    lines: list[list[Cell]] = [
        [row.student, row.score, row.max_score, row.needs_manual] for row in graded
    ]
    write(path, table(head, lines))


def _released(course: Course, notebook: str) -> Sequence[NotebookNode]:
    path = course.release_dir(notebook) / f"{notebook}.ipynb"
    return read_notebook(path).cells if path.is_file() else ()


def title_of(course: Course, notebook: str) -> str:
    """The first heading of the released notebook, or the notebook's name if it has none."""
    for cell in _released(course, notebook):
        heading = re.match(r"# (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1].strip()
    return notebook


def cells_of(course: Course, notebook: str) -> dict[str, str]:
    """The cells of the released notebook in order, as {id: label}."""
    labels, heading = {}, ""
    for cell in _released(course, notebook):
        headings = re.findall(r"^#+ (.+)", cell.source, re.M) if cell.cell_type != "code" else []
        heading = headings[-1].strip() if headings else heading
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        first = "".join(cell.source.strip().splitlines()[:1])[:60]
        code = name or first.replace("`", "'")
        under = f" under “{heading}”" if heading and not name else ""
        labels[name or cell.id] = f"`{code}`{under}"
    return labels


# ---------------------------------------------------------------------------------------- the class


def _numbers(table: Sequence[Row]) -> list[tuple[str, str, str]]:
    """The figures at the top of the page: (number, what it counts, detail)."""
    scores = [row.score for row in table]
    most = max(row.max_score for row in table)
    unread = sum(bool(row.unreadable) for row in table)
    known = sum(bool(row.mistakes) for row in table)
    return [
        (str(len(table)), "submissions", f"{unread} could not be read" if unread else "all graded"),
        (f"{statistics.median(scores):.4g}", "median score", f"of {most:g} points"),
        (f"{statistics.fmean(scores):.1f}", "mean score", f"{min(scores):g} to {max(scores):g}"),
        (str(known), "with a known mistake", "recognised and explained"),
    ]


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram: its count, its label, and its height as a share of the highest."""

    count: int
    label: str
    height: float


def bars(shares: Any) -> list[Bar]:
    """The histogram of scores as shares of all points."""
    counts = histogram(shares)
    width, highest = 100 // len(counts), max(*counts, 1)
    return [
        Bar(number, f"{i * width}–{(i + 1) * width} %", number / highest)
        for i, number in enumerate(counts)
    ]


@dataclass
class _Test:
    """One test over the class: how many passed, and the outcomes of the others."""

    name: str
    points: float
    passed: int
    of: int
    others: Counter[str]


def _tests(reports: Mapping[str, Sequence[Report]]) -> dict[str, list[_Test]]:
    """The tests of each exercise, in the notebook's order."""
    by_exercise: dict[str, dict[str, _Test]] = {}
    for exercises in reports.values():
        for report in exercises:
            tests = by_exercise.setdefault(report.exercise, {})
            for verdict in report.verdicts:
                fresh = _Test(verdict.test, verdict.points, 0, 0, Counter())
                test = tests.setdefault(verdict.test, fresh)
                test.of += 1
                test.passed += verdict.status == "passed"
                if verdict.status != "passed":
                    outcome = OUTCOMES.get(verdict.status, verdict.status)
                    test.others[verdict.mistake or outcome] += 1
    return {name: list(tests.values()) for name, tests in by_exercise.items()}


# ------------------------------------------------------------------------------------- the students


def _student(course: Course, notebook: str, row: Row, folder: Path) -> dict[str, Any]:
    page = course.feedback_dir(notebook, row.student) / f"{notebook}.html"
    link = quote(Path(os.path.relpath(page, folder)).as_posix()) if page.is_file() else ""
    return {
        "name": row.student,
        "score": row.score,
        "max_score": row.max_score,
        "share": row.score / row.max_score if row.max_score else 0.0,
        "waiting": row.needs_manual,
        "mistakes": [
            (name, mistake) for name, mistakes in row.mistakes.items() for mistake in mistakes
        ],
        "notes": notes(row),
        "link": link,
    }


def notes(row: Row) -> list[str]:
    """Remarks: why points are missing where no mistake is known, and the facts."""
    if row.unreadable:
        return [row.unreadable]
    missing: dict[str, list[str]] = {}
    for report in row.reports:
        statuses = [verdict.status for verdict in report.verdicts]
        if set(statuses) <= {"passed"} or report.mistakes:
            continue
        worst = next(status for status in OUTCOMES if status in statuses)
        missing.setdefault(OUTCOMES[worst], []).append(f"`{report.exercise}`")
    return [*(f"{what}: {', '.join(names)}" for what, names in missing.items()), *row.facts]


def _lost(row: Row) -> list[str]:
    """The exercises in which a test hung or ended the process."""
    return [
        report.exercise
        for report in (() if row.unreadable else row.reports)
        if any(verdict.status == "lost" for verdict in report.verdicts)
    ]
