"""The cost of grading: plain ``nbgrader autograde``, this grader, and the cells alone.

All grade the same class (``bench.classes``), as commands that take turns, so that a busy moment
hits all alike, with linear algebra on one thread.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from ..course import Course, put_programs_on_path
from ..errors import AutograderError
from ..grading.workers import processors
from .classes import HEAVY, LIGHT, plain_course, sandboxed_course
from .ways import Way, note, ratio, table, timed

__all__ = ["PLAIN_CONFIG", "STOCK", "run", "same_marks"]

PLAIN_CONFIG = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "plain"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.ExecutePreprocessor.timeout = 120
"""
STOCK, FLOOR = "nbgrader autograde", "cells alone"
STUDENTS = 20


def run(
    students: int = STUDENTS,
    rounds: int = 3,
    console: Console | None = None,
    notebooks: Sequence[str] = (HEAVY, LIGHT),
) -> None:
    """Measure and print a table for each notebook. All files are temporary."""
    console = console or Console()
    few = max(1, students // 5)
    if students <= few:
        raise AutograderError(f"students must be at least 2, got {students}")
    # The first few are called a-..., so that both graders can select them.
    names = [f"{'a' if number < few else 'b'}-{number:04}" for number in range(students)]
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        ours, plain = sandboxed_course(folder, names), plain_course(folder, names)
        (plain.root / "nbgrader_config.py").write_text(PLAIN_CONFIG, encoding="utf-8")
        put_programs_on_path()
        for notebook in notebooks:
            generate = ["-m", "nbgrader", "generate_assignment", notebook]
            timed("generate_assignment", plain.root, generate)
            ways = _ways(ours, plain, notebook, few, students)
            for turn in range(1, rounds + 1):
                for way in ways:
                    way.measure()
                    console.print(f"{notebook}, round {turn} of {rounds}: {way.last}")
            console.print(_table(ways, notebook))
            same, of = same_marks(ours, plain, notebook)
            console.print(f"Same marks from both graders: {same} of {of}.\n")


def _ways(ours: Course, plain: Course, notebook: str, few: int, many: int) -> list[Way]:
    def stock(students: str) -> list[str]:
        return ["-m", "nbgrader", "autograde", notebook, "--force", f"--student={students}"]

    def grade(jobs: int) -> Way:
        command = ["-m", "autograder.bench.classes", str(ours.root), notebook]
        name = f"this grader, {jobs} worker{'s' if jobs > 1 else ''}"
        number = str(jobs)
        return Way(name, ours.root, [*command, "a", number], [*command, "", number], (few, many))

    def floor(jobs: int) -> Way:
        # The plain source: cells, and asserts as cells.
        path = plain.source_dir(notebook) / f"{notebook}.ipynb"
        first, second = (
            ["-m", "autograder.bench.floor", str(path), str(times), str(jobs)]
            for times in (few, many)
        )
        return Way(f"{FLOOR}, {jobs} at once", ours.root, first, second, (few, many))

    jobs = list(dict.fromkeys((1, processors())))
    return [
        Way(STOCK, plain.root, stock("a-*"), stock("*"), (few, many)),
        *(grade(number) for number in jobs),
        *(floor(number) for number in jobs),
    ]


def same_marks(ours: Course, plain: Course, notebook: str) -> tuple[int, int]:
    """Of the submissions that both graded: how many have the same points, and how many are they."""
    marks = []
    for course in (ours, plain):
        with Gradebook(course.db_url) as gradebook:
            submissions = gradebook.assignment_submissions(notebook)
            marks.append({submission.student.id: submission.score for submission in submissions})
    both = marks[0].keys() & marks[1].keys()
    return sum(marks[0][student] == marks[1][student] for student in both), len(both)


def _table(ways: Sequence[Way], notebook: str) -> Table:
    few, many = ways[0].submissions
    title = f"{notebook}: one more submission ({few} against {many}, {len(ways[0].seconds)} rounds)"
    made = table(title, "", ("seconds", "CPU s", "× faster", "whole class"))
    for way in ways:
        times = ratio(ways[0].cost, way.cost)
        made.add_row(
            way.name,
            way.cost.shown(),
            way.processor_cost.shown(),
            times.shown(1) if times else "",
            f"{way.whole:.1f} s",
        )
    made.caption = note(way.cost for way in ways)
    return made
