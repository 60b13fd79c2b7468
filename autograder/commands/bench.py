"""Measure what grading costs, and how long one waits for a command.

Each PART is measured by itself; without one, all but "large":

notebooks   seconds for one more submission of each of the project's lessons, with
            one worker, and how many times as fast as `nbgrader autograde` that is
synthetic   the same for two notebooks made for this, with all processors, and
            beside the cells alone
commands    processor seconds and imports of `status`, `report` and `release`
course      processor seconds and memory of reports and exports, for a course of
            3,000 students in ten notebooks
marking     seconds to the next answer to mark, in a class of 3,000
large       seconds and memory of a large class: is each submission like the last?
            (copies of a --lesson, or of a synthetic notebook; --students 3000)

A figure is the median of the rounds, with half of what lies between them. Where
they differ by more than the figure, it is too small to measure, and no ratio is
shown. With one --rounds nobody knows how sure a ratio is, and none is shown.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from types import ModuleType

from ..errors import AutograderError
from .shared import add_project, positive, project_of

EXAMPLES = ("", "notebooks --lesson 01_smoothing", "large --students 100")
_DEFAULT = ("notebooks", "synthetic", "commands", "marking", "course")
_PARTS = (*_DEFAULT, "large")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", metavar="PART", nargs="*", help="default: all but large")
    parser.add_argument(
        "--lesson", action="append", metavar="NAME", help="only this lesson (repeatable)"
    )
    parser.add_argument(
        "--students", type=positive, metavar="N",
        help="in each class; default: 12 in a notebook's, 20 in a synthetic one's",
    )  # fmt: skip
    parser.add_argument(
        "--plain", type=positive, metavar="N",
        help="how many of a notebook's class nbgrader grades as well; default: 3",
    )  # fmt: skip
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="default: 3")
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..bench import course, large, marking, notebooks, speed, waiting, ways
    from ..grading.kernel import isolation_level

    parts, lessons = options.parts or _DEFAULT, options.lesson or []
    for part in parts:
        if part not in _PARTS:
            raise AutograderError(f"PART must be one of {', '.join(_PARTS)}; got {part!r}")
    rounds, students = options.rounds, options.students
    if "notebooks" in parts:
        count, plain = students or notebooks.STUDENTS, options.plain or notebooks.PLAIN
        notebooks.run(project_of(options), lessons, count, plain, rounds)
    if "synthetic" in parts:
        speed.run(students or speed.STUDENTS, rounds)
    if "commands" in parts:
        project = project_of(options)
        waiting.run(project, project.named(lessons)[0] if lessons else "", rounds)
    if "large" in parts:
        made = project_of(options) if lessons else None
        large.run(made, lessons[0] if lessons else "", students or large.STUDENTS)
    # In processes of their own: their memory is measured, too.
    for module in [module for module in (marking, course) if _part(module) in parts]:
        subprocess.run([sys.executable, "-m", module.__name__], check=True)
    print(f"isolation: {isolation_level()}; {ways.machine()}")
    return 0


def _part(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
