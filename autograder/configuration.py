"""What a course's ``nbgrader_config.py`` plugs into nbgrader, by name.

nbgrader imports a class when it makes one, so who only reads a configuration need not wait.
"""

from __future__ import annotations

from typing import Any

from .course import put_programs_on_path

__all__ = ["configure"]


def configure(c: Any) -> None:
    """Set nbgrader's options; called by the course's ``nbgrader_config.py`` with its config."""
    put_programs_on_path()
    c.Autograde.exporter_class = "autograder.plugin.SubmissionReader"
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    c.AssignLatePenalties.plugin_class = "autograder.intake.late.LatePolicy"
    c.GenerateFeedback.exporter_class = "autograder.reports.feedback_page.FeedbackPage"
    c.GenerateFeedback.preprocessors = [
        "autograder.reports.feedback_page.GetMarks",
        "autograder.plugin.HideRubrics",
        "autograder.reports.feedback_page.HideHiddenTests",
        "autograder.reports.feedback_page.RevealTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        "autograder.reports.feedback_page.Summary",
    ]
