"""The student's check: is my function right, and if not, why?

In a notebook, after writing ``adam``::

    from autograder.check import check, progress
    check("adam")      # the tests of this exercise, with points and what is wrong
    progress()         # the points of every exercise so far

and around an experiment::

    guess("steps_saved", 100)      # what the reader expects; never graded
    needs("adam")                  # skip this cell while `adam` is not written
    reveal("steps_saved", saved)   # the guess beside what was measured

The check looks up the functions by name in the caller's variables, runs each test's probe on them,
and compares the results with stored results of the reference. It recognises common mistakes by what
they compute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import show, skipping, stored
from .guesses import guess, guessed, reveal
from .hints import why_missing
from .judge import Report, judge
from .pack import UNCHECKED, Pack, available, checks_folder, find
from .probe import run
from .skipping import NotWritten

__all__ = [
    "NotWritten",
    "Report",
    "check",
    "examine",
    "guess",
    "guessed",
    "needs",
    "progress",
    "reveal",
    "takes",
]


def check(name: str, namespace: Mapping[str, Any] | None = None) -> show.Score:
    """Check the exercise called `name` and show the result.

    Parameters
    ----------
    name : the exercise, e.g. ``"adam"``.
    namespace : the variables that hold the answers; by default the caller's (the notebook's).

    Returns
    -------
    The points earned, a float that Jupyter shows as a report.

    Raises
    ------
    KeyError : there is no such exercise.
    """
    if namespace is None:
        caller = sys._getframe(1)
        namespace = {**caller.f_globals, **caller.f_locals}
    pack = find(name)
    report = examine(pack, namespace)
    stored.save("progress", _progress_key(pack), report.earned)
    return show.Score(report.earned, show.report_text(report), show.report_html(report))


def examine(pack: Pack, namespace: Mapping[str, Any]) -> Report:
    """Run every test of `pack` on the answers in `namespace`, in this process."""
    outcomes = [run(case.probe, pack.names, case.inputs, namespace) for case in pack.cases]
    missing = next((name for name in pack.names if name not in namespace), "")
    if missing:
        others = (find(name) for name in exercises_by_notebook().get(pack.notebook, ()))
        answers = {name for other in others for name in other.names}
        hint = why_missing(missing, namespace, answers)
        outcomes = [replace(outcome, error=hint) for outcome in outcomes]
    return judge(pack, outcomes)


def needs(*names: str) -> None:
    """Skip a cell, with a line that says why, while functions that it needs are not written.

    names : exercises of this course; their answers are looked up in the caller's variables.

    Raises
    ------
    NotWritten : some answer is missing or still the empty stub. In a notebook it ends the cell, and
        the cells below run (:mod:`.skipping`).
    """
    caller = sys._getframe(1)
    namespace = {**caller.f_globals, **caller.f_locals}
    for name in names:
        pack = find(name)
        outcomes = (run(case.probe, pack.names, case.inputs, namespace) for case in pack.cases)
        if any(outcome.status in ("missing", "not written") for outcome in outcomes):
            raise NotWritten(f"This experiment uses your `{name}`: write it above first.")


def takes(seconds: float) -> None:
    """Say at the start of a slow cell (over five seconds) about how long it takes."""
    show.emit(show.Line(f"This cell takes about {seconds:.0f} seconds."))


def progress(notebook: str | None = None) -> show.Score:
    """Show the last result of every exercise of `notebook` ("01_warm_up"; default: all).

    All are those notebooks that are there: beside the folder `checks` or below it. An exercise that
    has not been checked counts 0. Results of all notebooks are stored in
    ``.autograder_progress.json`` in the home folder, or in the file ``AUTOGRADER_PROGRESS``.
    """
    notebooks = exercises_by_notebook()
    shown = [name for name in notebooks if _is_there(name)] or [*notebooks]
    if notebook is not None:
        shown = [name for name in notebooks if name == notebook]
    if not shown:
        raise KeyError(f"notebook must be one of {[*notebooks]}, got {notebook!r}")
    points = _load_progress()
    parts = [_progress_of(name, notebooks[name], points) for name in shown]
    total = sum(part.earned for part in parts)
    return show.Score(total, show.progress_text(parts), show.progress_html(parts))


def exercises_by_notebook() -> dict[str, list[str]]:
    """The names of the exercises of each notebook."""
    notebooks: dict[str, list[str]] = {}
    for name, path in available().items():
        notebooks.setdefault(path.parent.name, []).append(name)
    return dict(sorted(notebooks.items()))


def _is_there(notebook: str) -> bool:
    """Whether the notebook's file is; the checks of lessons before it lie there without one."""
    folders = {Path.cwd(), checks_folder().parent}
    places = (f"{notebook}.ipynb", f"{notebook}/{notebook}.ipynb", f"*/{notebook}/{notebook}.ipynb")
    return any(any(folder.glob(place)) for folder in folders for place in places)


def _progress_of(notebook: str, names: list[str], points: Mapping[str, float]) -> show.Progress:
    packs = sorted(map(find, names), key=lambda pack: pack.number)
    exercises = [
        (
            pack.exercise,
            min(points.get(_progress_key(pack), 0.0), pack.points),
            pack.points,
        )
        for pack in packs
    ]
    return show.Progress(notebook, exercises, unchecked_points(notebook))


def unchecked_points(notebook: str) -> list[tuple[str, float]]:
    """What of the notebook's points the check cannot judge; a folder made long ago does not say."""
    try:
        path = checks_folder() / notebook / UNCHECKED
        points = json.loads(path.read_text(encoding="utf-8"))
        texts = {"questions": "marked by hand", "tests": "tested after you hand in your work"}
        return [(text, float(points[key])) for key, text in texts.items() if key in points]
    except (OSError, ValueError, TypeError):
        return []


def _progress_key(pack: Pack) -> str:
    return f"{pack.course}/{pack.notebook}/{pack.exercise}"


def _load_progress() -> dict[str, float]:
    try:
        return {name: float(points) for name, points in stored.load("progress").items()}
    except (ValueError, TypeError):
        return {}


def _answers() -> set[str]:
    """The names that the exercises of this course ask for."""
    return {answer for name in available() for answer in find(name).names}


skipping.install(_answers)
