"""The cost of grading: plain ``nbgrader autograde``, this grader, and the cells alone.

All grade the same class (``bench.classes``), as commands that take turns, so that a busy moment
hits all alike, with linear algebra on one thread. Each is measured with few submissions and with
many: the difference in time, divided by the difference in number, is the cost of one more
submission, without that of starting. The table shows the median over the rounds.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..course import Course, put_programs_on_path
from ..errors import AutograderError
from ..grading.kernel import isolation_level
from ..grading.workers import processors
from .classes import HEAVY, LIGHT, plain_course, sandboxed_course

__all__ = ["Way", "run"]

_PLAIN_CONFIG = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "plain"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.ExecutePreprocessor.timeout = 120
"""
_PACKAGES = Path(__file__).resolve().parents[2]
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
STOCK, FLOOR = "nbgrader autograde", "cells alone"


@dataclass
class Way:
    """A way to grade: its commands for few and for many submissions, and their times."""

    name: str
    root: Path
    few: Sequence[str]
    many: Sequence[str]
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """For each round, the times for few and for many submissions."""
    processor: list[tuple[float, float]] = field(default_factory=list)

    def measure(self) -> None:
        """Run both commands once, and record wall and processor time."""
        pairs = [_timed(self.name, self.root, command) for command in (self.few, self.many)]
        self.seconds.append((pairs[0][0], pairs[1][0]))
        self.processor.append((pairs[0][1], pairs[1][1]))


def _timed(name: str, root: Path, command: Sequence[str]) -> tuple[float, float]:
    start = time.perf_counter()
    environment = {
        **os.environ,
        **{f"{library}_NUM_THREADS": "1" for library in _THREADS},
        "PYTHONPATH": str(_PACKAGES),
    }
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            [sys.executable, *command], cwd=root, env=environment, stdout=output, stderr=output
        )
        # Not child.wait(): only wait4 returns what this child and its children used.
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")[-2000:]
            raise AutograderError(f"{name} failed:\n{text}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def more(pairs: Sequence[tuple[float, float]], few: int, many: int) -> float:
    """The cost of one more submission: the median over the rounds.

    >>> more([(2.0, 10.0), (2.5, 9.5), (2.0, 10.5)], few=2, many=6)
    2.0
    """
    return statistics.median((b - a) / (many - few) for a, b in pairs)


def run(
    students: int = 20,
    rounds: int = 3,
    console: Console | None = None,
    notebooks: Sequence[str] = (HEAVY, LIGHT),
) -> int:
    """Measure and print a table for each notebook; returns 0. All files are temporary."""
    console = console or Console()
    few = max(1, students // 5)
    if students <= few:
        raise AutograderError(f"students must be at least 2, got {students}")
    # The first few are called a-..., so that both graders can select them.
    names = [f"{'a' if number < few else 'b'}-{number:04}" for number in range(students)]
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        ours, plain = sandboxed_course(folder, names), plain_course(folder, names)
        (plain.root / "nbgrader_config.py").write_text(_PLAIN_CONFIG, encoding="utf-8")
        put_programs_on_path()
        for notebook in notebooks:
            generate = ["-m", "nbgrader", "generate_assignment", notebook]
            _timed("generate_assignment", plain.root, generate)
            ways = _ways(ours, plain, notebook, few, students)
            for turn in range(1, rounds + 1):
                for way in ways:
                    way.measure()
                    console.print(f"{notebook}, round {turn} of {rounds}: {way.name}")
            console.print(_table(ways, notebook, few, students, rounds))
            same = _same_marks(ours, plain, notebook)
            console.print(f"Same marks from both graders: {same} of {students}.\n")
    console.print(f"isolation: {isolation_level()}; {_machine()}", highlight=False)
    return 0


def _ways(ours: Course, plain: Course, notebook: str, few: int, many: int) -> list[Way]:
    def stock(students: str) -> list[str]:
        return ["-m", "nbgrader", "autograde", notebook, "--force", f"--student={students}"]

    def grade(jobs: int) -> Way:
        command = ["-m", "autograder.bench.classes", str(ours.root), notebook]
        name = f"this grader, {jobs} worker{'s' if jobs > 1 else ''}"
        return Way(name, ours.root, [*command, "a", str(jobs)], [*command, "", str(jobs)])

    def floor(jobs: int) -> Way:
        # The plain source: cells, and asserts as cells.
        path = plain.source_dir(notebook) / f"{notebook}.ipynb"
        command = ["-m", "autograder.bench.floor", str(path)]
        name = f"{FLOOR}, {jobs} at once"
        return Way(
            name, ours.root, [*command, str(few), str(jobs)], [*command, str(many), str(jobs)]
        )

    jobs = list(dict.fromkeys((1, processors())))
    return [
        Way(STOCK, plain.root, stock("a-*"), stock("*")),
        *(grade(number) for number in jobs),
        *(floor(number) for number in jobs),
    ]


def _same_marks(ours: Course, plain: Course, notebook: str) -> int:
    marks = []
    for course in (ours, plain):
        with Gradebook(course.db_url) as gradebook:
            submissions = gradebook.assignment_submissions(notebook)
            marks.append({submission.student.id: submission.score for submission in submissions})
    return sum(marks[0][student] == marks[1].get(student) for student in marks[0])


def _table(ways: Sequence[Way], notebook: str, few: int, many: int, rounds: int) -> Table:
    table = Table(
        title=f"{notebook}: one more submission ({few} against {many}, {rounds} rounds)",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
    )
    table.add_column("", no_wrap=True)
    for heading in ("seconds", "CPU s", "× faster", "whole class"):
        table.add_column(heading, justify="right", no_wrap=True)
    first = more(ways[0].seconds, few, many)
    for way in ways:
        seconds = more(way.seconds, few, many)
        table.add_row(
            way.name,
            f"{seconds:.3f}",
            f"{more(way.processor, few, many):.3f}",
            f"{first / seconds:.1f}",
            f"{statistics.median(both for _, both in way.seconds):.1f} s",
        )
    return table


def _machine() -> str:
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = platform.python_version()
    return f"{platform.system()}, {os.cpu_count()} processors ({name}){load}; Python {python}"
