"""The commands: ``python -m autograder COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AutograderError

if TYPE_CHECKING:
    from .compare import Comparison
    from .course import Course

__all__ = ["main", "parser"]

DEFAULT_COURSE = Path("course")
_LARGEST_TABLE = 40
"""Of more students than that, the table is in the report alone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    0: done; 1: a check failed, or some submission has no new marks; 2: it cannot be done; 130: it
    was stopped by Ctrl-C.
    """
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("autograder: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who read the output has gone. Python would say so again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line, described."""
    top = argparse.ArgumentParser(
        prog="python -m autograder", description="Build, release and grade the course's notebooks."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    init = command("init", _init, "make a course directory, where releases and marks live")
    init.add_argument("directory", type=Path, nargs="?", default=DEFAULT_COURSE)

    build = command("build", _build, "make the notebooks from their text")
    build.add_argument("notebooks", nargs="*", metavar="NN_topic", help="default: all")
    how = build.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing, say what differs")
    how.add_argument("--force", action="store_true", help="drop edits made in JupyterLab")
    how.add_argument(
        "--from-notebook", type=Path, metavar="X.ipynb", help="take an edit made in JupyterLab back"
    )

    release = command("release", _release, "make what students get: folder and zip")
    release.add_argument("notebook", metavar="NN_topic")
    _course(release)

    grade = command("grade", _grade, "grade what was handed in for a notebook")
    grade.add_argument("notebook", metavar="NN_topic")
    grade.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    where = grade.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=_positive, default=0, metavar="N", help="at once; default: one a processor"
    )
    where.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="grade on the workers of this Dask cluster",
    )
    grade.add_argument(
        "--require", default="", metavar="LEVEL",
        help="refuse to grade with less isolation: namespaces, landlock+seccomp or limits",
    )  # fmt: skip
    grade.add_argument("--force", action="store_true", help="also what is graded already")
    grade.add_argument(
        "--dry-run", action="store_true", help="record nothing; show whose points would change"
    )
    grade.add_argument(
        "--json", action="store_true", help="one event a line, for programs (autograder/events.py)"
    )
    grade.epilog = (
        "Exit code: 0 all are graded; 1 some submissions have no new marks, and are listed; 2 it "
        "cannot be done (the call, the release, the isolation); 130 stopped by Ctrl-C. What is "
        "graded stays, in each case."
    )
    _course(grade)

    feedback = command("feedback", _feedback, "write the feedback pages for a graded notebook")
    feedback.add_argument("notebook", metavar="NN_topic")
    feedback.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    _course(feedback)

    report = command("report", _report, "write the page about a graded class, and its CSV")
    report.add_argument("notebook", metavar="NN_topic")
    _course(report)

    demo = command("demo", _demo, "release, answer, grade and report with a sample class")
    demo.add_argument("directory", type=Path, nargs="?", default=Path("demo-course"))

    bench = command("bench", _bench, "seconds a submission: plain nbgrader, and this grader")
    bench.add_argument("--students", type=_positive, default=20, metavar="N", help="default: 20")
    bench.add_argument("--rounds", type=_positive, default=3, metavar="N", help="default: 3")
    return top


def _course(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--course", type=Path, default=DEFAULT_COURSE, metavar="DIR", help="default: %(default)s"
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)


# Each command imports what it needs: `--help` and `build` must not wait for the grader.


def _init(options: argparse.Namespace) -> int:
    from .course import init

    course = init(options.directory)
    print(f"course directory: {course.root}")
    return 0


def _build(options: argparse.Namespace) -> int:
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


def _release(options: argparse.Namespace) -> int:
    from .course import Course
    from .release import release

    for path in release(Course.open(options.course), options.notebook):
        print(path)
    return 0


def _grade(options: argparse.Namespace) -> int:
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


def _feedback(options: argparse.Namespace) -> int:
    from .classroom import feedback
    from .course import Course
    from .terminal import progress_bar

    course = Course.open(options.course)
    with progress_bar(f"feedback {options.notebook}") as progress:
        pages = feedback(course, options.notebook, options.student, progress)
    print(f"{len(pages)} pages in {course.feedback}")
    return 0


def _report(options: argparse.Namespace) -> int:
    from .course import Course
    from .report import write_report

    print(write_report(Course.open(options.course), options.notebook))
    return 0


def _demo(options: argparse.Namespace) -> int:
    from . import demo

    return int(demo.demo_command(options))


def _bench(options: argparse.Namespace) -> int:
    from . import bench

    return int(bench.bench_command(options))
