"""The commands: ``python -m autograder COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import commands
from .errors import AutograderError

__all__ = ["main", "parser"]

DEFAULT_COURSE = Path("course")


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
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        sub = subparsers.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    init = command("init", commands.init, "make a course directory, where releases and marks live")
    init.add_argument("directory", type=Path, nargs="?", default=DEFAULT_COURSE)

    build = command("build", commands.build, "make the notebooks from their text")
    build.add_argument("notebooks", nargs="*", metavar="NN_topic", help="default: all")
    how = build.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing, say what differs")
    how.add_argument("--force", action="store_true", help="drop edits made in JupyterLab")
    how.add_argument(
        "--from-notebook", type=Path, metavar="X.ipynb", help="take an edit made in JupyterLab back"
    )

    release = command("release", commands.release, "make what students get: folder and zip")
    release.add_argument("notebook", metavar="NN_topic")
    _course(release)

    grade = command("grade", commands.grade, "grade what was handed in for a notebook")
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

    feedback = command(
        "feedback", commands.feedback, "write the feedback pages for a graded notebook"
    )
    feedback.add_argument("notebook", metavar="NN_topic")
    feedback.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    _course(feedback)

    report = command("report", commands.report, "write the page about a graded class, and its CSV")
    report.add_argument("notebook", metavar="NN_topic")
    _course(report)

    demo = command("demo", commands.demo, "release, answer, grade and report with a sample class")
    demo.add_argument("directory", type=Path, nargs="?", default=Path("demo-course"))

    bench = command(
        "bench", commands.bench, "seconds a submission: plain nbgrader, and this grader"
    )
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
