"""The instructor's page about a graded class: scores, tests, mistakes, students. And a CSV of it.

Everything comes from the gradebook and the graded notebooks (:func:`autograder.classroom.rows`).
The page is one file without scripts from elsewhere; what students wrote is escaped.
"""

from __future__ import annotations

import csv
import os
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from .classroom import Row, rows
from .course import Course
from .errors import AutograderError
from .grading import read_notebook

__all__ = ["notes", "write_csv", "write_report"]

_BINS = 10


def write_report(course: Course, notebook: str) -> Path:
    """Write ``reports/NOTEBOOK.html`` (and ``.csv`` beside it); returns the page's path.

    Raises
    ------
    AutograderError : nothing has been graded yet.
    """
    table = rows(course, notebook)
    if not table:
        raise AutograderError(
            f"no submission of {notebook} is graded yet: python -m autograder grade {notebook}"
        )
    folder = course.root / "reports"
    folder.mkdir(exist_ok=True)
    write_csv(folder / f"{notebook}.csv", table)
    path = folder / f"{notebook}.html"
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            notebook=notebook,
            title=_title(course, notebook),
            rows=[_student(course, notebook, row, folder) for row in table],
            numbers=_numbers(table),
            histogram=_histogram([row.score / row.max_score for row in table if row.max_score]),
            exercises=_exercises(table),
            unread=sum(bool(row.unreadable) for row in table),
        )
    )
    draft = path.with_suffix(".html.new")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def write_csv(path: Path, table: Sequence[Row]) -> None:
    """One line a student: id, score, most points, whether an answer waits for a grader."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "score", "max_score", "needs_manual_grade"])
        for row in table:
            waiting = "yes" if row.needs_manual else "no"
            writer.writerow([_harmless(row.student), row.score, row.max_score, waiting])


def _harmless(text: str) -> str:
    """A cell that a spreadsheet takes for text, whatever it begins with.

    >>> _harmless("=1+1"), _harmless("student-01")
    ("'=1+1", 'student-01')
    """
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text[:1] < " " else text


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _code
    environment.filters["points"] = lambda value: f"{value:.4g}"
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    return environment


def _code(text: str) -> Markup:
    """Escaped text, with `code` between backquotes shown as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))


def _title(course: Course, notebook: str) -> str:
    path = course.release_dir(notebook) / f"{notebook}.ipynb"
    for cell in read_notebook(path).cells if path.is_file() else ():
        heading = re.match(r"# (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1].strip()
    return notebook


# ---------------------------------------------------------------------------------------- the class


def _numbers(table: Sequence[Row]) -> list[tuple[str, str, str]]:
    """The figures on top: (number, of what, more about it)."""
    scores = [row.score for row in table]
    most = max(row.max_score for row in table)
    waiting = sum(row.needs_manual for row in table)
    unread = sum(bool(row.unreadable) for row in table)
    known = sum(bool(row.mistakes) for row in table)
    figures = [
        (str(len(table)), "submissions", f"{unread} could not be read" if unread else "all graded"),
        (f"{statistics.median(scores):.4g}", "median score", f"of {most:g} points"),
        (f"{statistics.fmean(scores):.1f}", "mean score", f"{min(scores):g} to {max(scores):g}"),
        (str(known), "with a known mistake", "recognised and explained"),
    ]
    if waiting:
        figures.append((str(waiting), "wait for a grader", "answers in words, in the formgrader"))
    return figures


@dataclass(frozen=True)
class _Bar:
    """One bar of the histogram: how many, its label, and its height as a share of the highest."""

    count: int
    label: str
    height: float


def _histogram(shares: Sequence[float]) -> list[_Bar]:
    """Scores as shares of all points, in ten classes; a share on a border belongs to the upper."""
    counts = Counter(min(int(share * _BINS + 1e-9), _BINS - 1) for share in shares)
    highest = max(counts.values(), default=1)
    width = 100 // _BINS
    return [
        _Bar(counts[i], f"{i * width}–{(i + 1) * width} %", counts[i] / highest)
        for i in range(_BINS)
    ]


# ------------------------------------------------------------------------------------ the exercises


@dataclass
class _Known:
    """A mistake that was recognised: its text, and who made it."""

    name: str
    message: str
    elsewhere: bool
    students: list[str]


@dataclass
class _Test:
    """One test over the class: how many passed, and what became of the others."""

    name: str
    points: float
    passed: int
    of: int
    others: list[tuple[str, int]]


@dataclass
class _Exercise:
    name: str
    slide: str
    points: float
    share: float
    full: int
    of: int
    tests: list[_Test]
    known: list[_Known]


_OUTCOMES = {
    "not written": "not written",
    "missing": "not defined",
    "error": "raised an error",
    "lost": "hung or ended the kernel",
    "failed": "another difference",
}


def _exercises(table: Sequence[Row]) -> list[_Exercise]:
    """The exercises in the notebook's order, over all submissions that could be read."""
    gathered: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for row in table:
        for report in row.reports if not row.unreadable else ():
            gathered.setdefault(report["exercise"], []).append((row.student, report))
    return [_exercise(name, reports) for name, reports in gathered.items()]


def _exercise(name: str, reports: Sequence[tuple[str, Mapping[str, Any]]]) -> _Exercise:
    tests: dict[str, _Test] = {}
    outcomes: dict[str, Counter[str]] = {}
    known: dict[str, _Known] = {}
    earned, full = 0.0, 0
    for student, report in reports:
        full += all(verdict["status"] == "passed" for verdict in report["verdicts"])
        for verdict in report["verdicts"]:
            called, status = verdict["test"], verdict["status"]
            test = tests.setdefault(called, _Test(called, verdict["points"], 0, 0, []))
            test.of += 1
            if status == "passed":
                test.passed += 1
                earned += verdict["points"]
                continue
            found = verdict["mistake"]
            outcomes.setdefault(called, Counter())[found or _OUTCOMES.get(status, status)] += 1
            if found:
                one = known.setdefault(
                    found, _Known(found, verdict["message"], verdict["elsewhere"], [])
                )
                if student not in one.students:
                    one.students.append(student)
    for called, test in tests.items():
        test.others = outcomes.get(called, Counter()).most_common()
    points = sum(test.points for test in tests.values())
    return _Exercise(
        name=name,
        slide=reports[0][1]["slide"],
        points=points,
        share=earned / (points * len(reports)) if points else 1.0,
        full=full,
        of=len(reports),
        tests=list(tests.values()),
        known=sorted(known.values(), key=lambda one: -len(one.students)),
    )


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
        "mistakes": [(name, found) for name, names in row.mistakes.items() for found in names],
        "notes": notes(row),
        "link": link,
    }


def notes(row: Row) -> list[str]:
    """What else there is to know: why points are missing without a known mistake, and the facts."""
    if row.unreadable:
        return [row.unreadable]
    missing: dict[str, list[str]] = {}
    for report in row.reports:
        statuses = [verdict["status"] for verdict in report["verdicts"]]
        if set(statuses) <= {"passed"} or any(v["mistake"] for v in report["verdicts"]):
            continue
        worst = next(status for status in _OUTCOMES if status in statuses)
        missing.setdefault(_OUTCOMES[worst], []).append(f"`{report['exercise']}`")
    return [*(f"{what}: {', '.join(names)}" for what, names in missing.items()), *row.facts]
