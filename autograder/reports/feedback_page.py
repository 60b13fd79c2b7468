"""The student's feedback: nbgrader's page with a summary on top.

The summary shows the score, the points of each exercise, the mistakes by name, what to read again,
and a grader's comments. It gives only the names of hidden tests; ``feedback --reveal`` also shows
their code and numbers, once nobody can hand in any more.

:mod:`autograder.plugin` passes these classes to nbgrader's ``generate_feedback``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Enum

from ..check.judge import Report
from ..check.pack import Case
from ..course import Course
from ..grading.feedback_state import feedback_mode, mark
from ..grading.gradebook import feedback_digests
from ..grading.load import load_release
from ..grading.submission import results_of
from .class_statistics import OUTCOMES
from .failures import Failure, failures_in, tests_in
from .pages import render
from .released import released

__all__ = ["FeedbackPage", "GetMarks", "HideHiddenTests", "RevealTests", "Summary"]

_SUMMARY = "autograder_summary"
_MADE_FROM = "autograder_made_from"
_FAILURES = "autograder_failures"
_TOP = '<a name="top"></a>'
_FOLD = '<details class="below"><summary>Your notebook, as it was graded</summary>'
_LEFT_OUT = "<p>Cells of the course on which no points depend were not run again.</p>"
# Browsers open a fold themselves for what is searched in it, not all for a link or for paper.
_FOLD_END = """</details>
<script>
{
  const fold = document.querySelector("details.below");
  const folds = [...document.querySelectorAll("details")];
  const follow = () => {
    const place = document.getElementsByName(decodeURIComponent(location.hash.slice(1)))[0];
    if (!fold.contains(place ?? null)) return;
    fold.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  addEventListener("load", follow);
  addEventListener("beforeprint", () => folds.forEach(each => each.open = true));
  // A formula that was set while it was hidden has no size.
  const set = () => window.MathJax?.Hub?.Queue(["Rerender", MathJax.Hub]);
  fold.addEventListener("toggle", set, {once: true});
}
</script>
"""
_LONGEST = 4000  # characters of a value
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


_NO_ALT = re.compile(r"<img(?![^>]*\salt=)")
_environments: dict[tuple[str, ...], Environment] = {}
"""By the folders of the templates: compiled once a process, and not for each page."""


class FeedbackPage(HTMLExporter):
    """nbgrader's page with the summary, made fit for phones and screen readers."""

    def _create_environment(self) -> Environment:
        key = tuple(self.template_paths)
        environment = _environments.get(key)
        if environment is None:
            environment = _environments[key] = super()._create_environment()
        for name, function in self.default_filters():  # some belong to their exporter
            self._register_filter(environment, name, function)
        return environment

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:  # nbconvert declares a notebook, but returns text
        page: Any
        left_out = any(map(_did_not_run, nb.cells)) and not results_of(nb).unreadable
        page, resources = self._rendered(nb, self._init_resources(resources), **kwargs)
        page = _NO_ALT.sub('<img alt="No description has been provided for this image"', page)
        # nbgrader's template has no blocks here; the first occurrence of each is the template's.
        for old, new in (
            ("<html>", '<html lang="en">'),
            ("<head>", f"<head>\n{resources.pop(_MADE_FROM, '')}\n{_VIEWPORT}"),
            (_TOP, _TOP + resources.pop(_SUMMARY, "") + _FOLD + (_LEFT_OUT if left_out else "")),
        ):
            page = page.replace(old, new, 1)
        page, _, end = page.rpartition("</body>")
        return f"{page}{_FOLD_END}</body>{end}", resources

    def _rendered(self, nb: NotebookNode, resources: Any, **kwargs: Any) -> Any:
        """What HTMLExporter does, but for reading the page again to give its images words.

        That takes more than half of the time. The page needs no more of it.
        """
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        highlight = Highlight2HTML(pygments_lexer=lexer, parent=self)
        self.register_filter("highlight_code", self.filters.get("highlight_code", highlight))
        widgets = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", widgets)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **kwargs)


def _did_not_run(cell: NotebookNode) -> bool:
    plain = cell.cell_type == "code" and not cell.metadata.get("nbgrader")
    return plain and bool(cell.source.strip()) and cell.execution_count is None


class GetMarks(GetGrades):
    """Reads the marks as nbgrader does, and also which answers wait for a grader."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        names, config = resources["nbgrader"], self.config
        course, student = _course(self.parent.parent.coursedir), names["student"]
        # Before the marks are read: a mark that changes meanwhile makes the page stale, not fresh.
        digests = feedback_digests(course, names["assignment"], [student])
        mode = feedback_mode(
            bool(config.RevealTests.get("enabled")), config.Summary.get("show", "all")
        )
        resources[_MADE_FROM] = mark(digests.get(student, ""), mode)
        notebooks = released(course, names["assignment"])
        # Here, since hidden lines and what tests printed are taken out before the summary.
        resources[_FAILURES] = {
            name: failure
            for name, failure in failures_in(
                nb, tests_in(notebooks[names["notebook"]].cells)
            ).items()
            if failure
        }
        return super().preprocess(nb, resources)

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._get_score(cell, resources)
        names = cell.metadata.nbgrader["grade_id"], self.notebook_id, self.assignment_id
        grade = self.gradebook.find_grade(*names, self.student_id)
        cell.metadata.nbgrader["waits"] = bool(grade.needs_manual_grade)


def _course(directory: CourseDirectory) -> Course:
    """The course that nbgrader works on, with the gradebook that it was told of."""
    return Course(Path(directory.root), directory.db_url)


class HideHiddenTests(ClearHiddenTests):
    """Removes the hidden lines of an instructor's test, and their output."""

    enforce_metadata = False

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, cell_index: int
    ) -> tuple[NotebookNode, Any]:
        # Only in test cells: a student may write the marks of a region too, even unclosed.
        if is_grade(cell) and not is_solution(cell) and self._remove_hidden_test_region(cell):
            marks = cell.metadata.nbgrader
            passed = marks.get("score", 0) >= marks.get("points", 0)
            failure = resources.get(_FAILURES, {}).get(marks.get("grade_id"))
            text = "Hidden tests: passed." if passed else "Hidden tests: not passed."
            if failure and not failure.hidden:
                text = f"{failure.for_students}."
            cell.outputs = [new_output("stream", name="stdout", text=text)]
        return cell, resources


class RevealTests(NbGraderPreprocessor):
    """Shows failed tests with their inputs and the right results; off by default."""

    enabled = Bool(False, help="Whether students see the hidden tests").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        names = resources["nbgrader"]
        course = _course(self.parent.parent.coursedir)
        release = load_release(course, names["assignment"], notebook=names["notebook"])
        failed = {
            (report.exercise, verdict.test)
            for report in results_of(nb).reports
            for verdict in report.verdicts
            if verdict.status != "passed"
        }
        for cell in nb.cells:
            pack = release.packs.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            cases = [
                case
                for case in (pack.cases if pack else ())
                if (cell.id, case.name) in failed and not _is_choice(case)
            ]
            if cases and is_grade(cell) and not is_solution(cell):
                page = render("revealed.html.j2", tests=[_test_values(case) for case in cases])
                cell.outputs.append(new_output("display_data", {"text/html": page}))
        return nb, resources


def _is_choice(case: Case) -> bool:
    # A multiple-choice question has only a salted digest, which means nothing to a reader.
    return "salt" in case.inputs


def _test_values(case: Case) -> dict[str, str]:
    return {
        "name": case.name,
        "probe": case.probe.strip(),
        "inputs": _values_text(case.inputs),
        "expected": "" if case.holds else _values_text(case.expected.values),
        "holds": case.holds.strip(),
    }


def _values_text(values: dict[str, Any]) -> str:
    """Values as a student may type them, large arrays shortened.

    >>> print(_values_text({"x": np.array([1.0, 0.3]), "rate": 0.5}))
    x = array([1. , 0.3])
    rate = 0.5
    """
    with np.printoptions(threshold=60, edgeitems=3, floatmode="unique"):
        lines = [f"{name} = {value!r}" for name, value in values.items()]
    return "\n".join(line if len(line) < _LONGEST else f"{line[:_LONGEST]} ..." for line in lines)


class Summary(NbGraderPreprocessor):
    """Writes the summary; runs last, when the marks are in the notebook."""

    show = Enum(
        ("points", "mistakes", "all"), "all", help="Of what went wrong: nothing, its names, all"
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        marks = resources["nbgrader"]
        results = results_of(nb)
        reports = {report.exercise: report for report in results.reports}
        graded = [
            cell.metadata.nbgrader
            for cell in nb.cells
            if "score" in cell.metadata.get("nbgrader", {})
        ]
        lines = [
            _summary_of_cell(
                cell_marks,
                reports.get(cell_marks["grade_id"]),
                resources.get(_FAILURES, {}).get(cell_marks["grade_id"]),
            )
            for cell_marks in graded
        ]
        wrong = any(line["wrong"] for line in lines)
        if self.show != "all":
            self._hide(nb, lines)
        resources[_SUMMARY] = render(
            "feedback_summary.html.j2",
            title=_title(nb, marks["notebook"]),
            student=marks["student"],
            score=marks["score"],
            most=marks["max_score"],
            late=marks["late_penalty"],
            lines=lines,
            waiting=sum(line["waits"] for line in lines),
            later=wrong and self.show != "all",
            wrong=sorted((line for line in lines if line["wrong"]), key=_order),
            comments=[
                (cell.metadata.nbgrader["grade_id"], comment)
                for cell in nb.cells
                if (comment := cell.metadata.get("nbgrader", {}).get("comment"))
                and comment != _UNANSWERED
            ],
            unreadable=results.unreadable,
            facts=results.facts,
            regraded=[
                version
                for version in results.regraded
                if version.before != version.after and not version.by_hand
            ],
        )
        return nb, resources

    def _hide(self, nb: NotebookNode, lines: list[dict[str, Any]]) -> None:
        """Take out what is not to be shown, and the reports of the tests below, which have all.

        A test that failed or ended in an error could tell its inputs, one bit in each attempt.
        """
        for line in lines:
            others = line["others"]
            kept = (
                {} if self.show == "points" else {x: others[x] for x in others if x not in _TELLING}
            )
            line["others"] = kept
            if self.show == "points":
                line["named"] = {}
            if line["failure"] and (self.show == "points" or line["failure"].tried):
                line["failure"] = None
            line["wrong"] = bool(line["named"] or kept or line["failure"]) and line["wrong"]
        for cell in nb.cells:
            if is_grade(cell) and not is_solution(cell):
                cell.outputs = []


def _order(line: dict[str, Any]) -> tuple[bool, float]:
    """What was written first, by the points that it lost: that the rest is missing is no news."""
    return set(line["others"]) == _UNWRITTEN, line["score"] - line["most"]


_UNANSWERED = "No response."
"""nbgrader's comment on an answer that was not changed."""


def _summary_of_cell(marks: Any, report: Report | None, failure: Failure | None) -> dict[str, Any]:
    """The summary's values for one graded cell; `wrong`: whether something went wrong in it.

    report : of an exercise; failure : of a hand-written test.
    """
    score, most, waits = marks["score"], marks["points"], bool(marks.get("waits"))
    unanswered = marks.get("comment") == _UNANSWERED and not score
    verdicts = [v for v in (report.verdicts if report else ()) if v.status != "passed"]
    named = {v.mistake: v.message for v in verdicts if v.mistake}
    others: dict[str, list[str]] = {}
    for verdict in verdicts:
        if not verdict.mistake:
            outcome = _OUTCOMES.get(verdict.status, "")
            if verdict.status == "missing":  # the grader says why
                outcome = verdict.message.rstrip(".") or outcome
            others.setdefault(outcome, []).append(verdict.test)
    return {
        "name": marks["grade_id"],
        "score": score,
        "most": most,
        "waits": waits and not unanswered,
        "unanswered": unanswered,
        "named": named,
        "others": others,
        "slide": report.slide if report else "",
        "tests": len(report.verdicts) if report else 0,
        "failure": failure if score < most else None,
        "wrong": bool(named or others or (failure and score < most)) and not waits,
    }


_OUTCOMES = {
    "not written": "Not written yet",
    "missing": "The function is not there",
    "error": "Your code raised an error",
    "lost": "It did not end, or ended the whole process",
    "failed": "Another result than expected",
}
assert _OUTCOMES.keys() == OUTCOMES.keys()
_UNWRITTEN = {_OUTCOMES["not written"]}
_TELLING = {_OUTCOMES[status] for status in ("failed", "error", "lost")}


def _title(nb: NotebookNode, name: str) -> str:
    """The first heading of the release; cells that students added have other ids."""
    for cell in nb.cells:
        heading = re.match(r"# (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading and not str(cell.id).startswith("added-"):
            return heading[1].strip()
    return name
