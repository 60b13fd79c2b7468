"""Seconds a submission: plain nbgrader, and this grader."""

from __future__ import annotations

import argparse

from .shared import positive

EXAMPLES = ("--students 12",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--students", type=positive, default=20, metavar="N", help="default: 20")
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="default: 3")


def run(options: argparse.Namespace) -> int:
    from ..bench import speed

    return speed.run(options.students, options.rounds)
