"""What each command does: the parsed options in, the exit code out.

Each imports what it needs when it is called: ``--help`` and ``build`` must not wait for the grader.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from .errors import AutograderError

if TYPE_CHECKING:
    from .compare import Comparison
    from .course import Course

_LARGEST_TABLE = 40
"""Of more students than that, the table is in the report alone."""


def init(options: argparse.Namespace) -> int:
    from .course import init

    course = init(options.directory)
    print(f"course directory: {course.root}")
    return 0


def build(options: argparse.Namespace) -> int:
    from . import build

    if options.from_notebook:
        path = build.from_notebook(options.from_notebook)
        print(f"wrote {path}")
        return 0
    if options.check:
        found = build.differences(options.notebooks)
        for line in found:
            print(line)
        print("Run `python -m autograder build`." if found else "Notebooks and checks are in step.")
        return 1 if found else 0
    for line in build.build(options.notebooks, force=options.force):
        print(line)
    return 0


def release(options: argparse.Namespace) -> int:
    from .course import Course
    from .release import release

    for path in release(Course.open(options.course), options.notebook):
        print(path)
    return 0


def grade(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .classroom import NotAllGraded, grade_class
    from .course import Course
    from .sandbox.isolation import LEVELS
    from .terminal import difference_table, grading_bar, json_lines

    if options.require not in ("", *LEVELS):
        raise AutograderError(f"LEVEL must be one of {', '.join(LEVELS)}, got {options.require!r}")
    course, failure = Course.open(options.course), None
    compared: list[Comparison] = []
    progress = (
        nullcontext(json_lines(sys.stdout))
        if options.json
        else grading_bar(options.notebook, compared)
    )
    try:
        with progress as tell:
            grade_class(
                course,
                options.notebook,
                students=options.student,
                jobs=options.jobs,
                force=options.force,
                require=options.require,
                scheduler=options.scheduler,
                dry_run=options.dry_run,
                tell=tell,
            )
    except NotAllGraded as error:
        failure = error
    if options.dry_run and not options.json:
        compared.sort(key=lambda each: each.student)
        Console().print(difference_table(options.notebook, compared))
    elif not options.json:
        _show_class(course, options.notebook)
    if failure:
        raise failure
    return 0


def _show_class(course: Course, notebook: str) -> None:
    from rich.console import Console

    from .classroom import rows, students_of
    from .terminal import class_table

    if len(students_of(course, notebook)) <= _LARGEST_TABLE:
        Console().print(class_table(notebook, rows(course, notebook)))
        print("Unchanged submissions keep their marks (--force: grade all again).")
    print(f"The page about the class: python -m autograder report {notebook}")


def feedback(options: argparse.Namespace) -> int:
    from .classroom import feedback
    from .course import Course
    from .terminal import progress_bar

    course = Course.open(options.course)
    with progress_bar(f"feedback {options.notebook}") as progress:
        pages = feedback(course, options.notebook, options.student, progress)
    print(f"{len(pages)} pages in {course.feedback}")
    return 0


def report(options: argparse.Namespace) -> int:
    from .course import Course
    from .report import write_report

    print(write_report(Course.open(options.course), options.notebook))
    return 0


def demo(options: argparse.Namespace) -> int:
    from . import demo

    return int(demo.demo_command(options))


def bench(options: argparse.Namespace) -> int:
    from . import bench

    return int(bench.bench_command(options))
