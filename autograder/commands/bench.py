"""Measure seconds per submission (plain nbgrader, this grader) and to the next answer to mark."""

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
    from ..bench import marking, speed

    code = speed.run(options.students, options.rounds)
    # In a process of its own: its memory is measured, too.
    subprocess.run([sys.executable, "-m", marking.__name__], check=True)
    return code
