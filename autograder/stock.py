"""Grading by plain nbgrader, without this project's plugin.

The hidden tests of a source notebook end in ``score("adam")``, whose value nbgrader reads as
partial credit. It is computed in the student's process, so only for courses that trust their
students. The grader (`python -m autograder grade`) does not use it. A course of plain nbgrader says
which project its notebooks are of by the environment variable AUTOGRADER_PROJECT.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from .check import examine, show
from .check.pack import Pack
from .course import SETTINGS, Course
from .project import Project, find_project

__all__ = ["KEY", "score"]

KEY = b"stock"
"""The key of the inputs, which are neither the students' nor those of a course's secret."""


@cache
def _pack(name: str) -> Pack:
    project = _project()
    for notebook in project.lessons:
        for exercise in project.load(notebook):
            if exercise.name == name:
                return exercise.pack(notebook, KEY)
    raise KeyError(f"name must be an exercise, got {name!r}")


def _project() -> Project:
    """The project of the course around this folder; at home, the project around it."""
    current = Path.cwd()
    for folder in (current, *current.parents):
        if (folder / SETTINGS).is_file():
            return Course(folder).project
    return find_project()


def score(name: str) -> show.Score:
    """The points of the caller's answers to the exercise `name`, displayed as a report.

    Raises
    ------
    KeyError : there is no exercise of that name.
    """
    report = examine(_pack(name), sys._getframe(1).f_globals)
    return show.Score(report.earned, show.report_text(report), show.report_html(report))
