"""Notebook 07 for the test modules that share its one run."""

from __future__ import annotations

from helpers.course_notebook import CourseNotebook

__all__ = ["NOTEBOOK", "SEEDS", "says"]

NOTEBOOK = CourseNotebook("07_dropout")
SEEDS = range(3, 15)
"""Not the notebook's own, which runs 0, 1 and 2."""
says = NOTEBOOK.says
