"""A large class: seconds, processor seconds and memory, at a tenth of it, half of it, and its end.

Memory is the proportional set size (PSS: a page that several processes share is divided among
them), the largest in each part of the run; needs Linux. What does not grow with the class has the
same figures in each line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from ..errors import AutograderError
from ..grading.workers import processors
from ..project import Project
from .classes import LIGHT, plain_course, sandboxed_course
from .notebooks import grade_command, honest_course
from .ways import table

__all__ = ["Moment", "follow", "run"]

STUDENTS = 3000
_SHARES = (0.1, 0.5, 1.0)
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Moment:
    """When so many submissions were graded; parent, others : the most MB since the moment before.

    parent : of the process that records; others : of its workers and all that they started.
    """

    graded: int
    seconds: float
    processor: float
    parent: int
    others: int


def run(
    project: Project | None = None,
    lesson: str = "",
    students: int = STUDENTS,
    console: Console | None = None,
) -> None:
    """Grade so many copies of an honest class of `lesson`, or of the light synthetic notebook."""
    console, jobs = console or Console(), processors()
    if not Path("/proc/self/smaps_rollup").exists():
        raise AutograderError("memory can be measured on Linux only")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if project:
            course, _ = honest_course(Path(folder), project, [lesson], students)
            command = grade_command(course, lesson, jobs)
        else:
            names = [f"s-{number:05}" for number in range(students)]
            course = sandboxed_course(Path(folder), names)
            command = ["-m", "autograder.bench.classes", str(course.root), LIGHT, "", str(jobs)]
        moments = follow(command, students)
    if not lesson:
        console.print(f"A warm interpreter that runs the cells alone takes {cells_alone()} MB.")
    title = f"{lesson or LIGHT}: {students} submissions, {jobs} workers"
    headings = ("seconds", "each s", "each CPU s", "parent MB", "a worker MB")
    made = table(title, "graded", headings)
    for before, moment in pairwise(moments):
        more = moment.graded - before.graded
        made.add_row(
            f"{moment.graded}",
            f"{moment.seconds:.0f}",
            f"{(moment.seconds - before.seconds) / more:.3f}",
            f"{(moment.processor - before.processor) / more:.3f}",
            f"{moment.parent}",
            f"{moment.others // jobs}",
        )
    console.print(made)


def follow(command: Sequence[str], submissions: int) -> list[Moment]:
    """Run a grader that tells its events: the moments of its first submission, and of the shares.

    Raises
    ------
    AutograderError : the grader failed.
    """
    began, graded, moments = time.monotonic(), 0, []
    due = [1, *sorted({max(2, round(share * submissions)) for share in _SHARES})]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as child:
        memory = _Memory(child.pid)
        memory.start()
        try:
            assert child.stdout is not None
            for line in child.stdout:
                graded += json.loads(line)["event"] == "graded"
                if due and graded == due[0]:
                    seconds = time.monotonic() - began
                    processor = _processor(child.pid)
                    moments.append(Moment(due.pop(0), seconds, processor, *memory.top()))
        finally:
            memory.over.set()
            memory.join()
    if child.returncode or due:
        raise AutograderError(f"{' '.join(command)} failed")
    return moments


def cells_alone() -> int:
    """Megabytes of a warm IPython and a fork that runs the same cells, which no grader saves."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        source = plain_course(Path(folder), []).source_dir(LIGHT) / f"{LIGHT}.ipynb"
        command = [sys.executable, "-m", "autograder.bench.floor", str(source), "100", "1"]
        with subprocess.Popen(command) as child:
            memory = _Memory(child.pid)
            memory.start()
            child.wait()
            memory.over.set()
        return sum(memory.top())


class _Memory(threading.Thread):
    """Looks at the memory of a process and of what it started, ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.over, self.seen = pid, threading.Event(), (0, 0)

    def run(self) -> None:
        while not self.over.wait(0.1):
            others = sum(map(_family, _children(self.pid)))
            self.seen = max(self.seen[0], _pss(self.pid)), max(self.seen[1], others)

    def top(self) -> tuple[int, int]:
        """The most megabytes since this was last asked: of the process, and of the others."""
        top, self.seen = self.seen, (0, 0)
        return top


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def _pss(pid: int) -> int:
    """Megabytes of a process; shared pages are divided among the processes that share them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1024
    except OSError:
        pass
    return 0


def _family(pid: int) -> int:
    return _pss(pid) + sum(map(_family, _children(pid)))


def _processor(pid: int) -> float:
    """Seconds of a processor that a process, and all that it started, have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(_processor, _children(pid)))
