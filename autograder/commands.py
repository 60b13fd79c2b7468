"""What each command of a term does: the parsed options in, the exit code out.

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
    from .course import SETTINGS, init, unmade
    from .steps import say, short, would_write

    if options.dry_run:
        return would_write(unmade(options.directory))
    course = init(options.directory)
    print(f"course directory: {short(course.root)}")
    print(f"dates and the late policy go into {short(course.root / SETTINGS)}")
    say(course, "Next: python -m autograder release NN_topic")
    return 0


def release(options: argparse.Namespace) -> int:
    from .authoring.release import rehearse, release
    from .course import Course
    from .intake.roster import ROSTER
    from .steps import say, short, would_write

    course, notebook = Course.open(options.course), options.notebook
    if options.dry_run:
        lines = rehearse(course, notebook)
        print("\n".join(lines or ["the release is as it would be made now"]))
        return would_write([course.release_dir(notebook), course.download / f"{notebook}.zip"])
    notes = _unversioned(course, notebook)
    folder, package = release(course, notebook)
    print("\n".join(notes), end="\n" * bool(notes))
    print(f"{short(folder)}\n{short(package)}: this is for students")
    known = (course.root / ROSTER).is_file()
    then = f"collect {notebook} submissions.zip" if known else "roster class.csv"
    say(course, f"Next: python -m autograder {then}")
    return 0


def _unversioned(course: Course, notebook: str) -> list[str]:
    """Notes on exercises whose tests are no longer the released ones, under the same version."""
    from .authoring.packs import unversioned

    packs = course.release_dir(notebook) / "checks" / notebook
    if not packs.is_dir():
        return []
    return [f"note: {line}" for line in unversioned(packs, notebook, course.project.load(notebook))]


def grade(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .grading.classroom import NotAllGraded, grade_class
    from .intake.late import put_due_dates, read, settle
    from .sandbox.isolation import LEVELS
    from .steps import say
    from .terminal import difference_table, grading_bar, json_lines

    if options.require not in ("", *LEVELS):
        raise AutograderError(f"LEVEL must be one of {', '.join(LEVELS)}, got {options.require!r}")
    if options.changes and (options.json or not options.dry_run):
        raise AutograderError("--changes FILE goes with --dry-run, and without --json")
    course, failure = Course.open(options.course), None
    for line in _unversioned(course, options.notebook):
        print(line, file=sys.stderr)
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
        Console().print(difference_table(options.notebook, compared))
        _show_versions(compared, options.changes)
        say(course, f"Next: python -m autograder grade {options.notebook}")
    elif not options.json:
        _show_class(course, options.notebook)
    if failure:
        raise failure
    return 0


def _show_versions(compared: list[Comparison], to: Path | None) -> None:
    from .grading.compare import version_lines
    from .reports.regrade import write_changes
    from .steps import short

    for line in version_lines(each for one in compared for each in one.versions):
        print(line)
    if to:
        print(f"{short(write_changes(to.absolute(), compared))}: test by test")


def _show_class(course: Course, notebook: str) -> None:
    from rich.console import Console

    from .grading.classroom import rows, students_of
    from .steps import say
    from .terminal import class_table

    if len(students_of(course, notebook)) <= _LARGEST_TABLE:
        Console().print(class_table(notebook, rows(course, notebook)))
        print("Unchanged submissions keep their marks (--force: grade all again).")
    say(course, f"Next: python -m autograder report {notebook}")


def collect(options: argparse.Namespace) -> int:
    from .course import Course
    from .steps import say
    from .term import collect_class

    course = Course.open(options.course)
    lines, complete = collect_class(
        course,
        options.notebook,
        None if options.source == "exchange" else Path(options.source),
        options.layout,
        options.keep == "best",
        options.roster,
        options.id,
        options.dry_run,
    )
    say(course, *lines)
    return 0 if complete else 1


def roster(options: argparse.Namespace) -> int:
    from .course import Course
    from .steps import say
    from .term import import_roster

    course = Course.open(options.course)
    say(course, *import_roster(course, options.file, options.id, options.dry_run))
    return 0


def late(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .intake.late import settle
    from .steps import say, would_write
    from .term import late_table

    course = Course.open(options.course)
    found = settle(course, options.dry_run)
    if found:
        Console().print(late_table(found))
    else:
        print("Nobody is late.")
    if options.dry_run:
        return would_write([])
    say(course, "Next: python -m autograder status")
    return 0


def status(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .course import Course
    from .status import next_step, of_notebooks, of_students
    from .steps import say
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
    say(course, f"Next: {next_step(notebooks)}")
    return 0


def feedback(options: argparse.Namespace) -> int:
    from .course import Course
    from .grading.classroom import feedback
    from .steps import say, short, would_write
    from .terminal import progress_bar

    course, notebook = Course.open(options.course), options.notebook
    if options.dry_run:
        return would_write(feedback(course, notebook, options.student, dry_run=True))
    with progress_bar(f"feedback {notebook}") as progress:
        pages = feedback(course, notebook, options.student, progress, reveal=options.reveal)
    where = short(course.feedback / "STUDENT" / notebook / f"{notebook}.html")
    print(f"{len(pages)} pages, one for each student: {where}")
    say(course, f"Next: python -m autograder export canvas {notebook}")
    return 0


def report(options: argparse.Namespace) -> int:
    from .course import Course
    from .reports.course_report import write_course_report
    from .reports.report import write_report
    from .steps import say, short, would_write

    course, notebook = Course.open(options.course), options.notebook
    page = (
        write_report(course, notebook, options.dry_run)
        if notebook
        else write_course_report(course, options.dry_run)
    )
    paths = [page, page.with_suffix(".csv")]
    if options.dry_run:
        return would_write(paths)
    for path in paths:
        print(short(path))
    what = f"feedback {notebook}" if notebook else "export csv"
    say(course, f"Next: open it in a browser; then python -m autograder {what}")
    return 0


def similar(options: argparse.Namespace) -> int:
    from .course import Course
    from .reports.pages import count
    from .reports.similarity import write_similar
    from .steps import say, short, would_write

    course = Course.open(options.course)
    page, pairs = write_similar(course, options.notebook, options.least, dry_run=options.dry_run)
    if options.dry_run:
        return would_write([page, page.with_suffix(".csv")])
    print(f"{short(page)}\n{short(page.with_suffix('.csv'))}")
    found = count(pairs, "pair of answers is", "pairs of answers are")
    print(f"{found} alike to {options.least:g} or more.")
    say(course, "Next: open it in a browser, and read both texts of a pair")
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
