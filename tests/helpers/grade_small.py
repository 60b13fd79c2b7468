"""``python -m autograder`` for courses of the small project: a program for tests to run and kill.

    python grade_small.py PROJECT COMMAND ...

or, without arguments, a server: each line of its input is a list of such arguments, preceded by the
path of a pipe for what the command says; it is run in a fork, whose number is the answer. So twenty
runs wait once for what is imported. (The worker is a fork as well then, where it is a new process.)
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from functools import partial
from pathlib import Path

from autograder.commands import main
from autograder.grading import classroom, workers
from autograder.intake import watch
from helpers.small_course import project


def run(made: str, *arguments: str) -> int:
    small = project(Path(made))
    classroom.grade_class = partial(classroom.grade_class, project=small)  # type: ignore[assignment]
    watch.Watcher = partial(watch.Watcher, project=small)  # type: ignore[assignment,misc]
    return main(arguments)


def serve() -> None:
    fork = multiprocessing.get_context("fork")
    workers.multiprocessing.get_context = lambda kind: fork  # type: ignore[assignment]
    for line in sys.stdin:
        if not os.fork():
            if os.fork():
                os._exit(0)  # so that the run is an orphan, for the test to adopt
            os.setsid()
            print(os.getpid(), flush=True)
            pipe, *arguments = json.loads(line)
            sys.stdout = open(pipe, "w", encoding="utf-8")  # noqa: SIM115
            code = run(*arguments)
            sys.stdout.close()
            os._exit(code)
        os.wait()


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(run(*sys.argv[1:]))
    serve()
