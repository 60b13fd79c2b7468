"""The commands: ``python -m autograder COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import commands, workshop
from .course import DEFAULT_COURSE
from .errors import AutograderError

__all__ = ["main", "parser"]

_EXAMPLES = {
    "init": (" course",),
    "build": (
        " 05_update_rules",
        " --from-notebook notebooks/source/05_update_rules/05_update_rules.ipynb",
    ),
    "release": (" 05_update_rules",),
    "roster": (" class.csv", " class.csv --id Email"),
    "collect": (
        " 05_update_rules submissions.zip",
        " 05_update_rules submissions.zip --roster worksheet.csv",
        " 05_update_rules exchange --keep best",
    ),
    "grade": (" 05_update_rules", " 05_update_rules --student student-01 --force"),
    "feedback": (" 05_update_rules",),
    "report": (" 05_update_rules", " --course"),
    "export": (
        " canvas 05_update_rules --column 'Update rules (4711)'",
        " csv",
        " gradescope-zip 05_update_rules",
    ),
    "late": (" --dry-run",),
    "status": ("", " 05_update_rules", " --student student-01"),
}
"""What stands at the end of a command's help; of one that is not here, the command alone."""


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
        examples = [f"  python -m autograder {name}{rest}" for rest in _EXAMPLES.get(name, ("",))]
        sub = subparsers.add_parser(
            name,
            help=text,
            description=text,
            epilog="\n".join(["for example:", *examples]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        return sub

    init = command("init", commands.init, "make a course directory, where releases and marks live")
    init.add_argument("directory", type=Path, nargs="?", default=DEFAULT_COURSE)
    _dry_run(init)

    build = command("build", workshop.build, "make the notebooks from their text")
    build.add_argument("notebooks", nargs="*", metavar="NN_topic", help="default: all")
    how = build.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing, say what differs")
    how.add_argument("--force", action="store_true", help="drop edits made in JupyterLab")
    how.add_argument(
        "--from-notebook", type=Path, metavar="X.ipynb", help="take an edit made in JupyterLab back"
    )
    _dry_run(how)

    pictures = command(
        "pictures", workshop.pictures, "compute the playable pictures of the notebooks"
    )
    pictures.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    pictures.add_argument("--check", action="store_true", help="write nothing, say what differs")

    book = command("book", workshop.book, "make the course's web site, to read without a server")
    book.add_argument("--solutions", action="store_true", help="with answers and derivations")
    book.add_argument("--output", type=Path, metavar="FOLDER", default=Path("build/book/html"))

    bundle = command("bundle", workshop.bundle, "zip the book, and all for studying alone")
    bundle.add_argument("--output", type=Path, metavar="FOLDER", default=Path("build/book"))

    release = command("release", commands.release, "make what students get: folder and zip")
    release.add_argument("notebook", metavar="NN_topic")
    _dry_run(release)
    _course(release)

    _term(command)

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
        "--changes", type=Path, metavar="FILE.csv", help="with --dry-run: write that, test by test"
    )
    grade.add_argument(
        "--json", action="store_true", help="one event a line, for programs (autograder/events.py)"
    )
    _exit_code(
        grade,
        "0 all are graded; 1 some submissions have no new marks, and are listed; 2 it\n"
        "cannot be done (the call, the release, the isolation); 130 stopped by Ctrl-C. What is\n"
        "graded stays, in each case.",
    )
    _course(grade)

    feedback = command(
        "feedback", commands.feedback, "write the feedback pages for a graded notebook"
    )
    feedback.add_argument("notebook", metavar="NN_topic")
    feedback.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    feedback.add_argument(
        "--reveal", action="store_true",
        help="show the code and numbers of failed hidden tests, not their names alone",
    )  # fmt: skip
    _dry_run(feedback)
    _course(feedback)

    report = command(
        "report", commands.report, "write the page about a graded class, or the course, and its CSV"
    )
    report.add_argument(
        "notebook", metavar="NN_topic", nargs="?", help="default: the whole course, on one page"
    )
    _dry_run(report)
    _course(report, nargs="?", const=DEFAULT_COURSE)

    similar = command("similar", commands.similar, "write the page about answers that are alike")
    similar.add_argument(
        "notebook", metavar="NN_topic", nargs="?", default="", help="default: all, on one page"
    )
    similar.add_argument(
        "--least", type=float, default=0.8, metavar="SHARE", help="how alike, to be told: 0.8"
    )
    told = "Nothing is changed, no mark depends on it. docs/similarity.md: what is told."
    similar.epilog = f"{similar.epilog}\n\n{told}"
    _dry_run(similar)
    _course(similar, nargs="?", const=DEFAULT_COURSE)

    _export(command("export", commands.export, "write marks for Canvas, Moodle or a spreadsheet"))

    prove = command("prove", workshop.prove, "try every test on faults and on right answers")
    prove.add_argument("notebooks", nargs="*", metavar="NN_topic", help="default: all")
    prove.add_argument(
        "--secrets", type=_positive, default=200, metavar="N", help="course secrets; default: 200"
    )
    prove.add_argument(
        "--jobs", type=_positive, default=0, metavar="N", help="at once; default: one a processor"
    )
    prove.add_argument(
        "--check", action="store_true", help="only say whether docs/kill_matrix.md is up to date"
    )

    demo = command("demo", workshop.demo, "release, answer, grade and report with a sample class")
    demo.add_argument("directory", type=Path, nargs="?", default=Path("demo-course"))

    bench = command(
        "bench", workshop.bench, "seconds a submission: plain nbgrader, and this grader"
    )
    bench.add_argument("--students", type=_positive, default=20, metavar="N", help="default: 20")
    bench.add_argument("--rounds", type=_positive, default=3, metavar="N", help="default: 3")
    return top


def _export(sub: argparse.ArgumentParser) -> None:
    formats = ("canvas", "moodle", "csv", "json", "gradescope-zip")
    sub.add_argument("format", choices=formats, help="gradescope-zip: an autograder to upload")
    sub.add_argument(
        "notebook", metavar="NN_topic", nargs="?", default="", help="default: the whole course"
    )
    _course(sub, nargs="?", const=DEFAULT_COURSE)
    sub.add_argument("--to", type=Path, metavar="FILE", help="default: a file in exports/")
    _dry_run(sub)
    sub.add_argument(
        "--column", default="", metavar="TITLE", help="what Canvas or Moodle calls the notebook"
    )
    sub.add_argument(
        "--require", default="", metavar="LEVEL",
        help="gradescope-zip: refuse to grade with less isolation",
    )  # fmt: skip
    sub.add_argument(
        "--reveal", action="store_true", help="gradescope-zip: show what differed in hidden tests"
    )
    sub.add_argument(
        "--visibility", default="visible", metavar="WHEN",
        help="gradescope-zip: visible, hidden, after_due_date or after_published",
    )  # fmt: skip


def _term(command: Callable[..., argparse.ArgumentParser]) -> None:
    roster = command("roster", commands.roster, "take the class from a CSV that an LMS exported")
    roster.add_argument("file", type=Path, metavar="FILE.csv")

    collect = command("collect", commands.collect, "take in what students handed in for a notebook")
    collect.add_argument("notebook", metavar="NN_topic")
    collect.add_argument(
        "source", metavar="FROM",
        help="a zip from Canvas, Moodle or Gradescope; a folder; or `exchange`: nbgrader's",
    )  # fmt: skip
    collect.add_argument(
        "--from", dest="layout", default="",
        choices=("canvas", "moodle", "gradescope", "exchange", "folder"),
        help="what made it; default: found out",
    )  # fmt: skip
    collect.add_argument(
        "--keep", choices=("last", "best"), default="last",
        help="of several hand-ins; best: all are graded to find out (default: last)",
    )  # fmt: skip
    collect.add_argument(
        "--roster", type=Path, metavar="FILE.csv",
        help="who is who, besides the course's own roster: Moodle's grading worksheet, say",
    )  # fmt: skip
    _exit_code(collect, "0 all was collected; 1 something was not, and is listed.")
    for sub in (roster, collect):
        sub.add_argument(
            "--id", default="", metavar="COLUMN", help="the CSV's column of students' ids here"
        )

    late = command("late", commands.late, "bring due dates and late penalties up to course.toml")
    for sub in (roster, collect, late):
        _dry_run(sub)
        _course(sub)

    status = command("status", commands.status, "what is due, to grade, and waiting for a mark")
    status.add_argument("notebook", metavar="NN_topic", nargs="?", help="its students, one by one")
    status.add_argument("--student", metavar="ID", help="this one's notebooks")
    _course(status)


def _dry_run(sub: argparse._ActionsContainer) -> None:
    sub.add_argument("--dry-run", action="store_true", help="write nothing, say what would be")


def _exit_code(sub: argparse.ArgumentParser, text: str) -> None:
    sub.epilog = f"{sub.epilog}\n\nexit code: {text}"


def _course(sub: argparse.ArgumentParser, **more: Any) -> None:
    how = {"type": Path, "default": DEFAULT_COURSE, "metavar": "DIR", **more}
    sub.add_argument("--course", help="default: %(default)s", **how)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)
