"""Write a page of similar answers.

It changes nothing, and no mark depends on it. What is compared: docs/similarity.md.
"""

from __future__ import annotations

import argparse

from .shared import add_course, add_dry_run, course_of, say, short, would_write

EXAMPLES = ("", "01_smoothing --least 0.9")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignment", metavar="ASSIGNMENT", nargs="?", default="", help="default: all, on one page"
    )
    parser.add_argument(
        "--least", type=float, default=0.8, metavar="SHARE",
        help="how alike two answers must be to be listed (default: 0.8)",
    )  # fmt: skip
    add_dry_run(parser)
    add_course(parser, bare=True)


def run(options: argparse.Namespace) -> int:
    from ..reports.pages import count
    from ..reports.similarity import write_similar

    course, least = course_of(options), options.least
    page, pairs = write_similar(course, options.assignment, least, dry_run=options.dry_run)
    paths = [page, page.with_suffix(".csv")]
    if options.dry_run:
        return would_write(paths)
    for path in paths:
        print(short(path))
    alike = count(pairs, "pair of answers is", "pairs of answers are")
    print(f"{alike} alike to {least:g} or more.")
    say(course, "Next: open it in a browser, and read both texts of a pair")
    return 0
