"""What each command does: the parsed options in, the exit code out.

Each imports what it needs when it is called: ``--help`` and ``build`` must not wait for the grader.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AutograderError

if TYPE_CHECKING:
    from .course import Course
    from .grading.compare import Comparison

_LARGEST_TABLE = 40
"""Of more students than that, the table is in the report alone."""


def init(options: argparse.Namespace) -> int:
    from .course import init

    course = init(options.directory)
    print(f"course directory: {course.root}")
    print("Next: python -m autograder release NN_topic")
    return 0


def build(options: argparse.Namespace) -> int:
    from .authoring import build

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


def pictures(options: argparse.Namespace) -> int:
    from . import pictures

    if options.check:
        found = pictures.differences(options.names)
        print("\n".join(found or ["The pictures are what their modules compute."]))
        return 1 if found else 0
    for path in pictures.write(options.names):
        print(path)
    return 0


def release(options: argparse.Namespace) -> int:
    from .authoring.release import release
    from .course import Course

    for path in release(Course.open(options.course), options.notebook):
        print(path)
    return 0


def grade(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .grading.classroom import NotAllGraded, grade_class
    from .intake.late import put_due_dates, read, settle
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
    if not options.dry_run:
        put_due_dates(course)
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
    if not options.dry_run and read(course).counts:
        settle(course)
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

    from .grading.classroom import rows, students_of
    from .terminal import class_table

    if len(students_of(course, notebook)) <= _LARGEST_TABLE:
        Console().print(class_table(notebook, rows(course, notebook)))
        print("Unchanged submissions keep their marks (--force: grade all again).")
    print(f"The page about the class: python -m autograder report {notebook}")


def collect(options: argparse.Namespace) -> int:
    from .course import Course
    from .term import collect_class

    lines, complete = collect_class(
        Course.open(options.course),
        options.notebook,
        None if options.source == "exchange" else Path(options.source),
        options.layout,
        options.keep == "best",
        options.roster,
        options.id,
        options.dry_run,
    )
    for line in lines:
        print(line)
    return 0 if complete else 1


def roster(options: argparse.Namespace) -> int:
    from .course import Course
    from .term import import_roster

    course = Course.open(options.course)
    for line in import_roster(course, options.file, options.id, options.dry_run):
        print(line)
    return 0


def late(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .intake.late import settle
    from .term import late_table

    found = settle(Course.open(options.course), options.dry_run)
    if found:
        Console().print(late_table(found))
    else:
        print("Nobody is late.")
    if options.dry_run:
        print("Nothing was written (--dry-run).")
    return 0


def status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .status import next_step, of_notebooks, of_students
    from .term import notebooks_table, students_table

    course = Course.open(options.course)
    lines = of_students(course, [options.notebook] if options.notebook else [])
    if options.student:
        lines = [line for line in lines if line.student == options.student]
        if not lines:
            raise AutograderError(f"--student must be one of the class, got {options.student!r}")
    if options.notebook or options.student:
        Console().print(students_table(lines, options.notebook or options.student))
        return 0
    notebooks = of_notebooks(course, lines)
    Console().print(notebooks_table(notebooks))
    print(f"Next: {next_step(notebooks)}")
    return 0


def feedback(options: argparse.Namespace) -> int:
    from .course import Course
    from .grading.classroom import feedback
    from .terminal import progress_bar

    course = Course.open(options.course)
    with progress_bar(f"feedback {options.notebook}") as progress:
        pages = feedback(course, options.notebook, options.student, progress, reveal=options.reveal)
    print(f"{len(pages)} pages in {course.feedback}")
    return 0


def report(options: argparse.Namespace) -> int:
    from .course import Course
    from .reports.course_report import write_course_report
    from .reports.report import write_report

    course = Course.open(options.course)
    if options.notebook:
        print(write_report(course, options.notebook))
    else:
        print(write_course_report(course))
    return 0


def export(options: argparse.Namespace) -> int:
    from .course import Course

    course = Course.open(options.course)
    if options.format == "gradescope-zip":
        from .reports import gradescope

        settings = (options.require, options.reveal, options.visibility)
        said = gradescope.export(course, options.notebook, options.to, options.dry_run, *settings)
    else:
        from .reports import exports

        asked = (options.format, options.notebook, options.to, options.column)
        said = exports.export(course, *asked, dry_run=options.dry_run)
    for line in said:
        print(line)
    return 0


def prove(options: argparse.Namespace) -> int:
    from .proof import kill_matrix, kill_pages, prove
    from .terminal import progress_bar

    if options.check:
        found = kill_matrix.out_of_date(options.notebooks)
        print("\n".join([*found, "Run `make prove`."] if found else ["The proof is up to date."]))
        return 1 if found else 0
    with progress_bar("prove") as progress:
        proofs = prove.prove(options.notebooks, options.secrets, options.jobs, progress)
    rows = [kill_matrix.row(proof) for proof in proofs]
    total = kill_matrix.summary(rows)
    print(kill_pages.report(rows, total))
    if options.secrets < prove.SECRETS:
        print(f"Nothing is written: the proof that is published takes {prove.SECRETS} secrets.")
    else:
        print(*kill_matrix.write(proofs), sep="\n")
    return 1 if total["bars"] else 0


def demo(options: argparse.Namespace) -> int:
    from . import demo

    return int(demo.demo_command(options))


def bench(options: argparse.Namespace) -> int:
    from .bench import speed as bench

    return int(bench.bench_command(options))
