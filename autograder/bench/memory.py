"""How much memory grading takes: the parent, each worker with its template, a student's process.

``python -m autograder.bench.memory [STUDENTS ...]`` grades classes of the light notebook (default
100 and 3000) and prints the largest proportional set size (PSS) of each kind of process; needs
Linux. It takes some minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .classes import LIGHT, sandboxed_course

__all__ = ["main", "measure"]


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _family(pid: int) -> int:
    return _pss(pid) + sum(map(_family, _children(pid)))


def _pss(pid: int) -> int:
    """Megabytes of a process, shared pages divided among those that share them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1024
    except OSError:
        pass
    return 0


def measure(students: int, jobs: int) -> dict[str, int]:
    """Largest megabytes: of the parent, and of all else, divided by the number of workers."""
    largest = {"parent": 0, "a worker with all it started": 0}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        names = [f"s-{number:05}" for number in range(students)]
        course = sandboxed_course(Path(folder), names)
        command = [sys.executable, "-m", "autograder.bench.classes", str(course.root), LIGHT, ""]
        with subprocess.Popen([*command, str(jobs)]) as run:
            while run.poll() is None:
                workers = sum(map(_family, _children(run.pid)))
                found = {"parent": _pss(run.pid), "a worker with all it started": workers // jobs}
                largest = {name: max(largest[name], found[name]) for name in largest}
                time.sleep(0.5)
        if run.returncode:
            raise SystemExit("grading failed")
    return largest


def main(numbers: list[str]) -> None:
    for students in map(int, numbers or ["100", "3000"]):
        began = time.monotonic()
        found = measure(students, jobs=2)
        told = ", ".join(f"{name} {size} MB" for name, size in found.items())
        print(f"{students} submissions: {told} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
