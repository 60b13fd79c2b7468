"""Make the notebooks from their text."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from .shared import add_dry_run, add_project, project_of, would_write

EXAMPLES = (
    "01_smoothing",
    "--from-notebook notebooks/source/01_smoothing/01_smoothing.ipynb",
)
_IN_STEP = "Notebooks and checks are in step."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="default: all")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing, say what differs")
    how.add_argument("--force", action="store_true", help="drop edits made in JupyterLab")
    how.add_argument(
        "--from-notebook", type=Path, metavar="X.ipynb", help="take an edit made in JupyterLab back"
    )
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
        advice = f"Run `python -m autograder build{where}`." if lines else _IN_STEP
        print("\n".join([*lines, advice]))
        return 1 if lines else 0
    if options.dry_run:
        lines = differences(options.lessons, project, form=False)
        print("\n".join(lines or ["all is in step"]))
        return would_write([])
    written = build(options.lessons, project, force=options.force)
    print("\n".join(written or [_IN_STEP]))
    print("Next: python -m autograder release ASSIGNMENT")
    return 0
