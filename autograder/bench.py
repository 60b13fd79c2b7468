"""Seconds a submission: plain ``nbgrader autograde``, and this grader with one and more workers.

All grade the same honest class, as commands, in turns (a busy moment hits each alike), with linear
algebra on one thread. What is told is the median over the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
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

from .build import ROOT, source_notebook
from .course import Course, init, put_programs_on_path
from .errors import AutograderError
from .exercises import notebooks
from .percent import dump
from .release import release
from .sample_class import DAMAGE, write_class

__all__ = ["Way", "bench_command", "run"]

_PLAIN_CONFIG = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "cs231n"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.ExecutePreprocessor.timeout = 120
"""
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
_TO_MEGABYTES = 1 << 20 if sys.platform == "darwin" else 1 << 10


@dataclass
class Way:
    """A way to grade the class: the command, where it runs, and what each round took."""

    name: str
    root: Path
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Run the command once; note wall time, processor time, and the largest process."""
        start = time.perf_counter()
        environment = {
            **os.environ,
            **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
            "PYTHONPATH": str(ROOT),
        }
        with tempfile.TemporaryFile() as said:
            command = [sys.executable, *self.command]
            child = subprocess.Popen(
                command, cwd=self.root, env=environment, stdout=said, stderr=said
            )
            # Not child.wait(): only wait4 tells what this child and its children used.
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                said.seek(0)
                words = said.read().decode(errors="replace")[-2000:]
                raise AutograderError(f"{self.name} failed:\n{words}")
        self.seconds.append(time.perf_counter() - start)
        self.processor.append(used.ru_utime + used.ru_stime)
        self.megabytes.append(used.ru_maxrss / _TO_MEGABYTES)


def bench_command(options: argparse.Namespace) -> int:
    return run(options.students, options.rounds, options.notebook)


def run(
    students: int = 5,
    rounds: int = 3,
    notebook: str | None = None,
    console: Console | None = None,
) -> int:
    """Measure and print a table; returns 0. The courses are made in a temporary folder."""
    console = console or Console()
    notebook = notebook or notebooks()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours, plain = _courses(Path(folder), notebook, students)
        ways = _ways(ours, plain, notebook)
        for turn in range(1, rounds + 1):
            for way in ways:
                way.measure()
                console.print(
                    f"round {turn} of {rounds}: {way.name}: {way.seconds[-1] / students:.2f} s",
                    highlight=False,
                )
        same = _same_marks(ours, plain, notebook)
    console.print(_table(ways, notebook, students, rounds))
    console.print(f"Same marks from both: {same} of {students}.")
    console.print(f"{_machine()}; Python {platform.python_version()}", highlight=False)
    return 0


def _courses(folder: Path, notebook: str, students: int) -> tuple[Course, Course]:
    """Two course directories with the same submissions: ours, and a plain one of nbgrader's."""
    ours = init(folder / "ours")
    release(ours, notebook)
    expected = write_class(ours, notebook, None)
    honest = [student for student, wanted in expected.items() if wanted.kind not in DAMAGE]
    if students > len(honest):
        raise AutograderError(f"students must be at most {len(honest)}, got {students}")
    for student in set(expected) - set(honest[:students]):
        shutil.rmtree(ours.submitted / student)
    plain = Course(folder / "plain")
    source = plain.source_dir(notebook)
    source.mkdir(parents=True)
    (plain.root / "nbgrader_config.py").write_text(_PLAIN_CONFIG, encoding="utf-8")
    (source / f"{notebook}.ipynb").write_text(dump(source_notebook(notebook)), encoding="utf-8")
    put_programs_on_path()
    Way("generate_assignment", plain.root, _nbgrader("generate_assignment", notebook)).measure()
    shutil.copytree(ours.submitted, plain.submitted)
    return ours, plain


def _nbgrader(*command: str) -> list[str]:
    return ["-m", "nbgrader", *command]


def _ways(ours: Course, plain: Course, notebook: str) -> list[Way]:
    def grade(jobs: int) -> list[str]:
        how = ["--course", str(ours.root), "--jobs", str(jobs), "--force"]
        return ["-m", "autograder", "grade", notebook, *how]

    many = os.cpu_count() or 1
    ways = [
        Way("nbgrader autograde", plain.root, _nbgrader("autograde", notebook, "--force")),
        Way("this grader, 1 worker", ours.root, grade(1)),
    ]
    if many > 1:
        ways.append(Way(f"this grader, {many} workers", ours.root, grade(many)))
    return ways


def _same_marks(ours: Course, plain: Course, notebook: str) -> int:
    marks = []
    for course in (ours, plain):
        with Gradebook(course.db_url) as gradebook:
            graded = gradebook.assignment_submissions(notebook)
            marks.append({each.student.id: each.score for each in graded})
    return sum(marks[0][student] == marks[1].get(student) for student in marks[0])


def _table(ways: Sequence[Way], notebook: str, students: int, rounds: int) -> Table:
    table = Table(
        title=f"{notebook}, {students} submissions, median of {rounds} rounds",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
    )
    table.add_column("", no_wrap=True)
    for heading in ("s each", "ratio", "CPU s each", "largest"):
        table.add_column(heading, justify="right", no_wrap=True)
    first = statistics.median(ways[0].seconds)
    for way in ways:
        seconds = statistics.median(way.seconds)
        table.add_row(
            way.name,
            f"{seconds / students:.2f}",
            f"{first / seconds:.2f}×",
            f"{statistics.median(way.processor) / students:.2f}",
            f"{max(way.megabytes):.0f} MB",
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
    return f"{platform.system()}, {os.cpu_count()} processors ({name}){load}"
