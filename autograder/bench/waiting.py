"""What the commands take that a person waits for: processor seconds, and modules imported.

The course has one lesson of the project, released, and a small honest class, graded.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from ..grading.classroom import grade_class
from ..project import Project
from .notebooks import honest_course
from .ways import Figure, table, timed

__all__ = ["imports", "run"]

_STUDENTS = 5


def run(
    project: Project, lesson: str = "", rounds: int = 3, console: Console | None = None
) -> None:
    """Measure ``status``, ``release`` and ``report``. lesson : default: the demo's first."""
    console = console or Console()
    lesson = lesson or (project.demo or project.lessons)[0]
    made = table(f"commands, with {lesson}", "", ("seconds", "CPU s", "modules"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        course, _ = honest_course(Path(folder), project, [lesson], _STUDENTS)
        grade_class(course, lesson)
        for words in (["status"], ["report", lesson], ["release", lesson]):
            command = ["-m", "autograder", *words, "--course", str(course.root)]
            times = [timed(" ".join(words), course.root, command) for _ in range(rounds)]
            seconds, processor = (Figure(values) for values in zip(*times, strict=True))
            made.add_row(words[0], seconds.shown(2), processor.shown(2), f"{imports(command)}")
    console.print(made)


def imports(command: list[str]) -> int:
    """How many modules Python imports with these arguments."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    return done.stderr.count("import time:") - 1  # the first line is a heading
