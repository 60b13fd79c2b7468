"""Try every test on faults and on right answers."""

from __future__ import annotations

import argparse

from .shared import add_jobs, add_project, positive, project_of

EXAMPLES = ("", "01_smoothing --secrets 20")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="default: all")
    parser.add_argument(
        "--secrets", type=positive, default=200, metavar="N", help="course secrets; default: 200"
    )
    add_jobs(parser)
    parser.add_argument(
        "--check", action="store_true", help="only say whether kill_matrix.md is up to date"
    )
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..proof import kill_matrix, kill_pages, prove
    from ..reports.progress import progress_bar

    project = project_of(options)
    if options.check:
        lines = kill_matrix.out_of_date(project, options.lessons)
        advice = "Run `python -m autograder prove`." if lines else "The proof is up to date."
        print("\n".join([*lines, advice]))
        return 1 if lines else 0
    with progress_bar("prove") as progress:
        proofs = prove.prove(project, options.lessons, options.secrets, options.jobs, progress)
    rows = [kill_matrix.row(proof) for proof in proofs]
    total = kill_matrix.summary(rows)
    print(kill_pages.report(rows, total))
    if options.secrets < prove.SECRETS:
        print(f"Nothing is written: the proof that is published takes {prove.SECRETS} secrets.")
    else:
        print(*kill_matrix.write(project, proofs), sep="\n")
    return 1 if total["bars"] else 0
