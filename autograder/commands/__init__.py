"""The commands: ``python -m autograder COMMAND``, one file each.

A command is a module here, named in :data:`COMMANDS`, with

- a docstring: its first line is the command's line in ``--help``, the rest ends the command's own
  ``--help``;
- ``EXAMPLES``: arguments that can be typed as they stand;
- ``arguments(parser)``, which declares its options;
- ``run(options)``, which calls the engine, prints, and returns the exit code. It imports what it
  needs itself: ``--help`` and ``build`` must not wait for the grader.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from ..errors import AutograderError
from ..quick_imports import defer_nbgrader, import_jsonschema

__all__ = ["COMMANDS", "main", "parser"]

COMMANDS = (
    "new",
    "init",
    "build",
    "pictures",
    "book",
    "bundle",
    "release",
    "roster",
    "collect",
    "grade",
    "mark",
    "feedback",
    "watch",
    "report",
    "similar",
    "export",
    "late",
    "status",
    "prove",
    "demo",
    "bench",
)
"""In the order in which one meets them; the last ones try the tests and the grader themselves."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    0: done; 1: a check failed, or some submission has no new marks; 2: it cannot be done; 130: it
    was stopped by Ctrl-C.
    """
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    import_jsonschema()
    defer_nbgrader()
    try:
        return run(options)
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("autograder: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone. Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line, described."""
    top = argparse.ArgumentParser(
        prog="python -m autograder", description="Build, release and grade a course's notebooks."
    )
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = import_module(f".{name}", __name__)
        summary, _, notes = (command.__doc__ or "").partition("\n")
        examples = [f"  python -m autograder {name} {words}".rstrip() for words in command.EXAMPLES]
        sub = subparsers.add_parser(
            name,
            help=summary[:1].lower() + summary[1:].rstrip("."),
            description=summary,
            epilog="\n".join(["for example:", *examples, "", notes.strip()]).rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    return top
