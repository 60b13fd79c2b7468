"""Measure seconds: per submission, to the next answer to mark, and of reports on a large course."""

from __future__ import annotations

import argparse
import subprocess
import sys

from .shared import positive

EXAMPLES = ("--students 12",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--students", type=positive, default=20, metavar="N", help="default: 20")
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="default: 3")


def run(options: argparse.Namespace) -> int:
    from ..bench import course, marking, speed

    code = speed.run(options.students, options.rounds)
    # In processes of their own: their memory is measured, too.
    for module in (marking, course):
        subprocess.run([sys.executable, "-m", module.__name__], check=True)
    return code
