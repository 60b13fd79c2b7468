"""Mark written answers: similar ones together, with a key for each rubric item.

This opens a page in your browser that only this machine can reach. Marks go into the gradebook as
you give them; what was saved stays when you close the page. In JupyterLab and on a JupyterHub, the
same page is in the menu: Nbgrader, Mark Answers.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import AutograderError, command
from .shared import add_course, course_of, listed, say

EXAMPLES = ("01_smoothing", "01_smoothing q1 --grader Ada --no-browser")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument("question", metavar="QUESTION", nargs="?", default="")
    parser.add_argument("--grader", default="", metavar="NAME", help="default: your login name")
    parser.add_argument(
        "--requests", type=Path, metavar="FILE.csv",
        help="regrade requests of students: student,question,reason",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="default: any free port")
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..marking.lab import default_grader, enable, page_on_hub
    from ..marking.todo import take_requests, to_mark

    course, assignment, question = course_of(options), options.assignment, options.question
    grader = options.grader.strip() or default_grader()
    if options.requests:
        count, notes = take_requests(course, assignment, options.requests)
        print(f"{count} new regrade {'request' if count == 1 else 'requests'}")
        for line in listed("left out", notes):
            print(line)
    waiting = to_mark(course, assignment)
    if not waiting:
        print(f"No submission of {assignment} is graded yet.")
        say(course, f"Next: {command('grade', assignment)}")
        return 0
    if question and question not in waiting:
        raise AutograderError(f"QUESTION must be one of {', '.join(waiting)}; got {question!r}")
    if not question and not any(waiting.values()):
        print(f"No answer in {assignment} waits for a mark. Name a question to see it again:")
        say(course, f"Next: {command('mark', assignment, next(iter(waiting)))}")
        return 0
    for name, count in waiting.items():
        print(f"  {name}: {count} {'waits' if count == 1 else 'wait'}")
    if address := page_on_hub(assignment):
        print(f"Marking {assignment}: open {address} in the browser, on this hub")
        if enable():
            print("(first restart your server, this once, in File > Hub Control Panel)")
        return 0
    from ..marking.alone import server

    with _private_files():
        app, address = server(
            course, assignment, question, grader, options.port, not options.no_browser
        )
        # In the server's loop: when it is printed, the page is there.
        line = f"Marking {assignment} at {address}  (Ctrl-C ends)"
        app.io_loop.add_callback(print, line, flush=True)
        app.start()
    say(course, f"Next: {command('feedback', assignment)}")
    return 0


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a port, 0 to 65535, got {text!r}")
    return int(text)


@contextmanager
def _private_files() -> Iterator[None]:
    """What the server writes (where its page is, with the token) is for nobody else."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
