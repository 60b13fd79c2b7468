"""Build the notebooks from their text."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from .shared import add_dry_run, add_project, project_of, would_write

EXAMPLES = (
    "01_smoothing",
    "--from-notebook notebooks/source/01_smoothing/01_smoothing.ipynb",
)
_UP_TO_DATE = "Notebooks and checks are up to date."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="default: all")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing; list what differs")
    how.add_argument("--force", action="store_true", help="discard edits made in JupyterLab")
    how.add_argument(
        "--from-notebook", type=Path, metavar="X.ipynb",
        help="copy edits made in JupyterLab back into the text",
    )  # fmt: skip
    add_dry_run(how)
    add_project(parser)


def run(options: argparse.Namespace) -> int:
    from ..authoring.build import build, differences, from_notebook

    project = project_of(options)
    if options.from_notebook:
        print(f"wrote {from_notebook(options.from_notebook, project)}")
        return 0
    if options.check:
        lines = differences(options.lessons, project)
        where = f" --project {shlex.quote(str(options.project))}" if options.project else ""
        advice = f"Run `python -m autograder build{where}`." if lines else _UP_TO_DATE
        print("\n".join([*lines, advice]))
        return 1 if lines else 0
    if options.dry_run:
        lines = differences(options.lessons, project, form=False)
        print("\n".join(lines or ["everything is up to date"]))
        return would_write([])
    written = build(options.lessons, project, force=options.force)
    print("\n".join(written or [_UP_TO_DATE]))
    print("Next: python -m autograder release ASSIGNMENT")
    return 0
