"""The student's check: is my function right, and if not, why?

In a notebook, after writing ``adam``::

    from autograder.check import check, progress
    check("adam")      # the tests of this exercise, each with its points and what is wrong
    progress()         # every exercise, and what is done

The check looks the functions up by name where it is called, runs each test's probe on them, and
compares with stored results of the reference. It knows common mistakes by what they compute.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import show
from .judge import Report, judge
from .pack import Pack, available, find
from .probe import run

__all__ = ["NotWritten", "Report", "check", "examine", "needs", "progress"]


def check(name: str, namespace: Mapping[str, Any] | None = None) -> show.Score:
    """Check the exercise called `name` and show the result.

    Parameters
    ----------
    name : the exercise, e.g. ``"adam"``.
    namespace : where to find the answers; by default the variables of the caller (in a notebook:
        of the notebook).

    Returns
    -------
    The points earned, a float that Jupyter shows as a report.

    Raises
    ------
    KeyError : there is no exercise of that name.
    """
    if namespace is None:
        caller = sys._getframe(1)
        namespace = {**caller.f_globals, **caller.f_locals}
    report = examine(find(name), namespace)
    _remember(report)
    return show.Score(report.earned, show.report_text(report), show.report_html(report))


def examine(pack: Pack, namespace: Mapping[str, Any]) -> Report:
    """Run every test of `pack` on the answers in `namespace`, here and now."""
    outcomes = [run(case.probe, pack.names, case.inputs, namespace) for case in pack.cases]
    return judge(pack, outcomes)


class NotWritten(Exception):
    """An experiment needs a function that is still to be written. Jupyter shows it as one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"✋ {self}"]


def needs(*names: str) -> None:
    """Stop a cell kindly while the functions it experiments with are not written.

    names : exercises of this course; the answers are looked up where this is called.

    Raises
    ------
    NotWritten : some answer is missing or still the empty stub.
    """
    caller = sys._getframe(1)
    namespace = {**caller.f_globals, **caller.f_locals}
    for name in names:
        pack = find(name)
        ran = (run(case.probe, pack.names, case.inputs, namespace) for case in pack.cases)
        if any(outcome.status in ("missing", "not written") for outcome in ran):
            raise NotWritten(f"This experiment uses your `{name}`: write it above first.")


def progress(notebook: str | None = None) -> show.Score:
    """Show the last result of every exercise of `notebook` ("05_update_rules"; default: all).

    What has not been checked yet counts 0. Results are kept in ``.autograder_progress.json`` in the
    home folder (or the file that ``AUTOGRADER_PROGRESS`` names): they last, across notebooks.
    """
    kept = _recall()
    packs = [
        find(name)
        for name, path in available().items()
        if notebook is None or path.parent.name == notebook
    ]
    rows = [
        (pack.notebook, pack.exercise, min(kept.get(_key(pack), 0.0), pack.points), pack.points)
        for pack in sorted(packs, key=lambda pack: (pack.notebook, pack.number))
    ]
    if not rows:
        known = sorted({path.parent.name for path in available().values()})
        raise KeyError(f"notebook must be one of {known}, got {notebook!r}")
    total = sum(row[2] for row in rows)
    return show.Score(total, show.progress_text(rows), show.progress_html(rows))


def _file() -> Path:
    return Path(os.environ.get("AUTOGRADER_PROGRESS") or Path.home() / ".autograder_progress.json")


def _key(of: Pack | Report) -> str:
    return f"{of.notebook}/{of.exercise}"


def _recall() -> dict[str, float]:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
        return {str(name): float(points) for name, points in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError, RuntimeError):
        return {}


def _remember(report: Report) -> None:
    # A folder that cannot be written to must not spoil a check.
    with contextlib.suppress(OSError, RuntimeError):
        kept = {**_recall(), _key(report): report.earned}
        path = _file()
        if path.exists() and not path.is_file():
            return  # the null device: replacing it would break the machine of one who may
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        draft.replace(path)
