"""Grade submissions as they arrive, and return the feedback at once.

Stop it with Ctrl-C or in any other way: the next run continues where it stopped.
docs/watch.md says how to run it as a service, and what you can set in course.toml.

exit code, with --once: 0 everything is done; 1 something failed, and is listed. 130
stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime
from pathlib import Path

from ..errors import AutograderError, command
from .shared import add_course, add_jobs, add_require, course_of, level_of, listed, positive

EXAMPLES = ("", "01_smoothing --once", "01_smoothing --drop handed-in --interval 30")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignment", metavar="ASSIGNMENT", nargs="*", help="default: every released assignment"
    )
    parser.add_argument(
        "--drop", type=Path, metavar="DIR",
        help="watch DIR/ASSIGNMENT, where students' files or an LMS's zips arrive; default: "
        "nbgrader's exchange",
    )  # fmt: skip
    parser.add_argument("--once", action="store_true", help="look once and stop, for cron")
    parser.add_argument(
        "--interval", type=positive, default=5, metavar="SECONDS",
        help="time between two looks (default: %(default)s)",
    )  # fmt: skip
    add_jobs(parser)
    add_require(parser)
    parser.add_argument(
        "--json", action="store_true",
        help="print one event per line, for programs (autograder/intake/watch_events.py)",
    )  # fmt: skip
    add_course(parser)


def run(options: argparse.Namespace) -> int:
    from ..intake.arrivals import QUIET
    from ..intake.watch import Watcher

    level = level_of(options)
    course = course_of(options)
    for assignment in options.assignment:
        if not course.release_dir(assignment).is_dir():
            raise AutograderError(
                f"{assignment} must be released before it is watched: "
                f"{command('release', assignment)}"
            )
    if options.drop and not options.drop.is_dir():
        raise AutograderError(f"--drop must be a folder, got {str(options.drop)!r}")
    watcher = Watcher(
        course,
        _json_line if options.json else _line,
        notebooks=options.assignment,
        drop=options.drop,
        jobs=options.jobs,
        require=level,
    )
    with watcher:
        if not options.json:
            what = ", ".join(options.assignment) or "every released assignment"
            print(f"watching {options.drop or 'the exchange'} for {what}", flush=True)
        while True:
            is_more = watcher.look()
            if options.once:
                if is_more:  # what came in is seen twice before it is taken
                    time.sleep(QUIET)
                    watcher.look()
                return 1 if watcher.in_trouble else 0
            time.sleep(min(QUIET, options.interval) if is_more else options.interval)


def _json_line(event: object) -> None:
    from ..intake.watch_events import as_record

    print(json.dumps(as_record(event)), flush=True)  # type: ignore[arg-type]


def _line(event: object) -> None:
    """One line for each hand-in, and for what failed."""
    from ..intake.watch_events import Handled, Renewed, Trouble

    if isinstance(event, Handled):
        if event.outcome == "graded":
            points = "as before" if event.score is None else f"{event.score:g}/{event.max:g}"
            words = f"{points}; feedback given, which shows {event.shows}"
            words += f" ({event.reason})" * bool(event.reason)
        else:
            words = f"{event.outcome}: {event.reason}"
        text = f"{event.student or event.name}: {words}"
    elif isinstance(event, Renewed):
        text = f"{event.student}: feedback given again, which shows {event.shows}"
    elif isinstance(event, Trouble):
        text = f"FAILED, will be tried again: {event.reason}"
    else:
        return
    for line in listed(event.notebook, [f"{datetime.now():%H:%M:%S} {text}"]):
        print(line.strip(), flush=True)
