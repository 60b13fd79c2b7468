"""Notebook 09 for its test modules, which share one run."""

from __future__ import annotations

from helpers.course_notebook import CourseNotebook

__all__ = ["MORE", "NOTEBOOK", "says"]

NOTEBOOK = CourseNotebook("09_ensembles")
says = NOTEBOOK.says
MORE = range(5, 17)
"""Seeds that are not the notebook's; "seventeen ensembles" are its own five and these."""
