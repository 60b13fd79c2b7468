"""The instructor's page about a graded class: what to see to first, then all results. And a CSV.

The data come from the gradebook and the graded notebooks
(:func:`autograder.grading.classroom.rows`), the statistics from
:mod:`autograder.reports.class_statistics`. The page is one file that loads nothing from elsewhere;
students' texts are escaped.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ..check.judge import Report
from ..course import Course
from ..errors import AutograderError, command
from ..grading.class_table import Row, rows
from ..grading.compare import version_lines
from ..grading.gradebook import points_of
from ..grading.timings import timings
from ..marking.summary import marked_questions
from .attention import attention, class_list
from .class_statistics import (
    OUTCOMES,
    Cause,
    Topic,
    causes,
    histogram,
    items,
    slowest,
    topics,
    worth_teaching,
)
from .hand_written import Outcomes, causes_of, class_tests, outcomes, topics_of
from .pages import render, write
from .released import cells_of, released, title_of
from .spreadsheet import Cell, table

__all__ = ["REPORTS", "bars", "by_lost_points", "notes", "write_csv", "write_report"]

REPORTS = "reports"
_TO_TEACH = 5
Loss = TypeVar("Loss", Topic, Cause)


def write_report(
    course: Course, assignment: str, dry_run: bool = False, anonymous: bool = False
) -> Path:
    """Write ``reports/ASSIGNMENT.html`` (and ``.csv`` beside it); returns the page's path.

    Who left the class is left out. dry_run : write nothing; anonymous : only ids, no names.

    Raises
    ------
    AutograderError : nothing has been graded yet.
    """
    members = class_list(course)
    graded = [row for row in rows(course, assignment) if row.student not in members.left]
    if not graded:
        raise AutograderError(
            f"no submission of {assignment} is graded yet: {command('grade', assignment)}"
        )
    folder = course.root / REPORTS
    if dry_run:
        return folder / f"{assignment}.html"
    reports = {row.student: row.reports for row in graded if not row.unreadable}
    notebooks = released(course, assignment)
    cells = cells_of(notebooks)
    points, most = points_of(course, assignment)
    order = {name: most[name] for name in (*cells, *most) if name in most}
    failed = outcomes(course, assignment, graded, notebooks)
    tests = class_tests(failed, points, order, cells)
    class_size = {"of": len(graded), "unread": len(graded) - len(reports)}
    to_teach: list[Topic] = []
    too_few: list[Topic] = []
    for topic in by_lost_points([*topics(reports), *topics_of(tests)]):
        worth = worth_teaching(len(topic.students), len(reports))
        (to_teach if worth else too_few).append(topic)
    slides = {report.exercise: report.slide for row in graded for report in row.reports}
    page = render(
        "report.html.j2",
        assignment=assignment,
        title=title_of(course, assignment),
        rows=[_student(course, assignment, row, failed, folder) for row in graded],
        names=(members.anonymous() if anonymous else members).names,
        first=attention(course, assignment, graded, members, notebooks),
        waiting=sum(row.needs_manual for row in graded),
        numbers=_numbers(graded, failed),
        histogram=bars(row.score / row.max_score for row in graded if row.max_score),
        topics=[(class_size, topic) for topic in to_teach[:_TO_TEACH]],
        more_topics=to_teach[_TO_TEACH:],
        too_few=sorted(too_few, key=lambda topic: -len(topic.students)),
        causes=by_lost_points([*causes(reports), *causes_of(tests)]),
        items=items({student: points[student] for student in reports if student in points}, order),
        slides=slides,
        exercises=_tests(reports),
        tests={test.name: test for test in tests},
        out_of_reach=[test.name for test in tests if not test.in_reach],
        in_reach=[test.name for test in tests if test.in_reach],
        read=len(reports),
        of=len(graded),
        points=[(row.student, row.score, points.get(row.student, {})) for row in graded],
        most=order,
        total=max(row.max_score for row in graded),
        slow=slowest(timings(course, assignment)),
        cells=cells,
        mended=[row for row in graded if row.facts or row.unreadable or _lost(row)],
        lost=_lost,
        marked=marked_questions(course, assignment, reports),
        versions=version_lines(version for row in graded for version in row.regraded),
    )
    write_csv(folder / f"{assignment}.csv", graded)
    return write(folder / f"{assignment}.html", page)


def by_lost_points(losses: Iterable[Loss]) -> list[Loss]:
    """Topics, or causes, the most expensive first."""
    return sorted(losses, key=lambda loss: -loss.lost)


def write_csv(path: Path, graded: Sequence[Row]) -> None:
    """One line a student: id, score, maximum points, whether an answer waits for a grader."""
    head = ["student", "score", "max_score", "needs_manual_grade"]
    lines: list[list[Cell]] = [
        [row.student, row.score, row.max_score, row.needs_manual] for row in graded
    ]
    write(path, table(head, lines))


# ---------------------------------------------------------------------------------------- the class


def _numbers(table: Sequence[Row], failed: Outcomes) -> list[tuple[str, str, str]]:
    """The figures at the top of the page: (number, what it counts, detail)."""
    scores = [row.score for row in table]
    most = max(row.max_score for row in table)
    unread = sum(bool(row.unreadable) for row in table)
    last = (
        str(sum(bool(row.mistakes) for row in table)),
        "with a known mistake",
        "recognised and explained",
    )
    if not any(row.reports for row in table):
        passed = sum(not failed.of(student) for student in failed.failures)
        last = (str(passed), "passed every test", "written by hand, in code")
    return [
        (str(len(table)), "submissions", f"{unread} could not be read" if unread else "all graded"),
        (f"{statistics.median(scores):.4g}", "median score", f"of {most:g} points"),
        (f"{statistics.fmean(scores):.1f}", "mean score", f"{min(scores):g} to {max(scores):g}"),
        last,
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


def _student(
    course: Course, assignment: str, row: Row, failed: Outcomes, folder: Path
) -> dict[str, Any]:
    pages = sorted(course.feedback_dir(assignment, row.student).glob("*.html"))
    return {
        "name": row.student,
        "score": row.score,
        "max_score": row.max_score,
        "share": row.score / row.max_score if row.max_score else 0.0,
        "waiting": row.needs_manual,
        "mistakes": [
            (name, mistake) for name, mistakes in row.mistakes.items() for mistake in mistakes
        ],
        "notes": notes(row, failed),
        "links": {
            page.stem: quote(Path(os.path.relpath(page, folder)).as_posix()) for page in pages
        },
    }


def notes(row: Row, failed: Outcomes | None = None) -> list[str]:
    """Remarks: why points are missing where no mistake is known, and the facts.

    failed : the hand-written tests; without it nothing is said of them.
    """
    if row.unreadable:
        return [row.unreadable]
    missing: dict[str, list[str]] = {}
    for report in row.reports:
        statuses = [verdict.status for verdict in report.verdicts]
        if set(statuses) <= {"passed"} or report.mistakes:
            continue
        worst = next(status for status in OUTCOMES if status in statuses)
        missing.setdefault(OUTCOMES[worst], []).append(f"`{report.exercise}`")
    for name, failure in (failed.of(row.student) if failed else {}).items():
        missing.setdefault(failure.title, []).append(f"`{name}`")
    return [*(f"{what}: {', '.join(names)}" for what, names in missing.items()), *row.facts]


def _lost(row: Row) -> list[str]:
    """The exercises in which a test hung or ended the process."""
    return [
        report.exercise
        for report in (() if row.unreadable else row.reports)
        if any(verdict.status == "lost" for verdict in report.verdicts)
    ]
