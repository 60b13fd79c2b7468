"""Memory that grading takes: the parent, and each worker beyond what the cells alone take.

``python -m autograder.bench.memory [STUDENTS ...]`` grades classes of the light notebook (default
100 and 3000) and prints the largest proportional set sizes (PSS: a page that several processes
share is divided among them); needs Linux. It takes some minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .classes import LIGHT, plain_course, sandboxed_course

__all__ = ["cells_alone", "grading", "main"]

JOBS = 2


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


def _largest(arguments: Sequence[str]) -> tuple[int, int]:
    """Run Python; the largest megabytes of its process, and of all processes it started."""
    process = children = 0
    with subprocess.Popen([sys.executable, *arguments]) as run:
        while run.poll() is None:
            process = max(process, _pss(run.pid))
            children = max(children, sum(map(_family, _children(run.pid))))
            time.sleep(0.1)
    if run.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return process, children


def grading(students: int) -> tuple[int, int]:
    """Megabytes of the parent, and of a worker with its template and the student's process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        names = [f"s-{number:05}" for number in range(students)]
        course = sandboxed_course(Path(folder), names)
        arguments = ["-m", "autograder.bench.classes", str(course.root), LIGHT, "", str(JOBS)]
        parent, workers = _largest(arguments)
    return parent, workers // JOBS


def cells_alone() -> int:
    """Megabytes of a warm IPython and a fork that runs the same cells, which no grader saves."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        source = plain_course(Path(folder), []).source_dir(LIGHT) / f"{LIGHT}.ipynb"
        return sum(_largest(["-m", "autograder.bench.floor", str(source), "100", "1"]))


def main(numbers: list[str]) -> None:
    floor = cells_alone()
    print(f"the cells alone: {floor} MB", flush=True)
    for students in map(int, numbers or ["100", "3000"]):
        began = time.monotonic()
        parent, worker = grading(students)
        seconds = time.monotonic() - began
        print(
            f"{students} submissions: the parent {parent} MB; a worker with its template and the "
            f"student's process {worker} MB, {worker - floor} beyond the cells ({seconds:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
