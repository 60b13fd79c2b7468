"""Try every test on right answers and on faulty ones.

A NAME is a lesson of the project, or another assignment of the course that has been released. For
such an assignment, `prove` grades the solution, an empty notebook, and the solution with one
machine-made fault at a time: this shows which test finds which faults, and which tests find none.
The exit code is 1 if the solution does not get all points.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .shared import (
    add_course,
    add_jobs,
    add_project,
    course_of,
    first_of,
    positive,
    project_of,
    short,
)

EXAMPLES = ("", "01_smoothing --secrets 20", "homework1 --course course")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all lessons")
    parser.add_argument(
        "--secrets",
        type=positive,
        default=200,
        metavar="N",
        help="how many course secrets; default: 200",
    )
    parser.add_argument(
        "--faults",
        type=positive,
        default=60,
        metavar="N",
        help="faults per notebook, for an assignment that is not a lesson; default: 60",
    )
    add_jobs(parser)
    parser.add_argument(
        "--check", action="store_true", help="only say whether kill_matrix.md is up to date"
    )
    add_course(parser)
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    plain = [] if options.check else plain_assignments(options)
    lessons = [name for name in options.names if name not in plain]
    codes = [prove_assignment(options, name) for name in plain]
    if lessons or not plain:
        codes.append(prove_lessons(options, lessons))
    return max(codes)


def plain_assignments(options: argparse.Namespace) -> list[str]:
    """Those of the names that are assignments of the course and no lessons of the project."""
    from ..course import Course
    from ..errors import AutograderError

    source = Course(options.course).source_dir
    in_course = [name for name in options.names if source(name).is_dir()]
    try:
        lessons = project_of(options).lessons if in_course else {}
    except AutograderError:
        if options.project:
            raise
        lessons = Course(options.course).project.lessons  # a course needs none
    return [name for name in in_course if name not in lessons]


def prove_lessons(options: argparse.Namespace, lessons: Sequence[str]) -> int:
    from ..proof import kill_matrix, kill_pages, prove
    from ..reports.progress import progress_bar

    project = project_of(options)
    if options.check:
        lines = kill_matrix.out_of_date(project, lessons)
        advice = "Run `python -m autograder prove`." if lines else "The proof is up to date."
        print("\n".join([*lines, advice]))
        return 1 if lines else 0
    with progress_bar("prove") as progress:
        proofs = prove.prove(project, lessons, options.secrets, options.jobs, progress)
    rows = [kill_matrix.row(proof) for proof in proofs]
    total = kill_matrix.summary(rows)
    print(kill_pages.report(rows, total))
    if options.secrets < prove.SECRETS:
        print(f"Nothing is written: the published proof uses {prove.SECRETS} secrets.")
    else:
        print(*kill_matrix.write(project, proofs), sep="\n")
    return 1 if total["bars"] else 0


def prove_assignment(options: argparse.Namespace, assignment: str) -> int:
    from rich.console import Console
    from rich.markup import escape

    from ..proof import plain_page
    from ..proof.plain import prove_plain
    from ..reports.progress import progress_bar
    from ..reports.report import REPORTS
    from ..reports.tables import plain_table

    course = course_of(options)
    with progress_bar("prove") as progress:
        proof = prove_plain(course, assignment, options.faults, options.jobs, progress)
    table = plain_table(assignment, plain_page.HEADINGS[:1], plain_page.HEADINGS[1:])
    for row in plain_page.rows(proof):
        table.add_row(*map(escape, row))
    console = Console()
    console.width = min(console.width, 100)
    console.print(table)
    print(plain_page.EXPLAINED.replace("*", ""), end="\n\n")
    for line in (*plain_page.summary(proof), *plain_page.verdicts(proof)):
        print(line)
    lines = list(plain_page.missed(proof))
    if lines:
        print(f"Faults that no test finds: {len(lines)}. {plain_page.EQUAL}")
        print(*(f"  {line}" for line in first_of(lines)), sep="\n")
    path = course.root / REPORTS / f"proof-{assignment}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(plain_page.page(proof), encoding="utf-8")
    print(short(path))
    return 0 if proof.passed else 1
