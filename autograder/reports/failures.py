"""Why hand-written tests failed, read from a graded notebook: its last words, and its line.

The error of a test is text in the graded notebook (:mod:`autograder.grading.submission`). Where the
test runs among the answers, these may have written some of it: it is shown, and decides nothing.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from ..results import KEY, SubmissionResults

__all__ = ["NOT_DEFINED", "NOT_WRITTEN", "Failure", "failures_in", "tests_in"]

NOT_WRITTEN, NOT_DEFINED = "not written", "not defined"
_LONGEST = 160  # characters of an error, and of a line
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
_HEADER = re.compile(r"^(\w+) +Traceback \(most recent call last\)$", re.M)
_PLACE = re.compile(r"^Cell In\[\d+\], line (\d+)", re.M)
_ANSWER_LINE = re.compile(r"  \S+, line \d+: ")
"""Where in the answers the error was raised, which the tester adds to its message."""
_VALUE = re.compile(r"(ACTUAL|DESIRED|x|y|\[left\]|\[right\]) ?:")


@dataclass(frozen=True)
class Failure:
    """Why a hand-written test gave less than all its points.

    error : its last words; line : of the test, where it ended, "" if that is not known; reason :
    what can be said of the error without any value; hidden : students do not have that line;
    partly_hidden : nor all of the test.
    """

    error: str
    line: str = ""
    reason: str = ""
    hidden: bool = False
    partly_hidden: bool = False

    @property
    def tried(self) -> bool:
        return self.error not in (NOT_WRITTEN, NOT_DEFINED)

    @property
    def title(self) -> str:
        """Its error; of an assert without a message the line."""
        return f"`{self.line}`" if self.error == "AssertionError" and self.line else self.error

    @property
    def for_students(self) -> str:
        """What its student may read: no hidden line, and nothing computed in one."""
        if self.error == NOT_WRITTEN:
            return "Not written yet"
        if self.hidden:
            return "A hidden test failed"
        if not self.line:
            return "The test failed; some of it is hidden" if self.partly_hidden else self.error
        open_to_all = self.tried and not self.partly_hidden
        reason = self.error.removeprefix("AssertionError") if open_to_all else self.reason
        return f"`{self.line}` failed: {reason.lstrip(': ')}".removesuffix(": ")


def tests_in(cells: Sequence[NotebookNode]) -> dict[str, str]:
    """The cells that mark answers in code, as students see them: {grade id: source}."""
    return {
        str(cell.metadata.nbgrader.grade_id): cell.source
        for cell in cells
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    }


def failures_in(
    notebook: Mapping[str, Any], released: Mapping[str, str]
) -> dict[str, Failure | None]:
    """For each hand-written test of a graded `notebook`, why it failed; None if it passed.

    released : the test cells as students have them, {grade id: source}.
    """
    results = SubmissionResults.from_value(notebook["metadata"].get(KEY, {}))
    judged = {report.exercise for report in results.reports}
    outcomes: dict[str, Failure | None] = {}
    for cell in () if results.unreadable else notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        name = marks.get("grade_id", "")
        if marks.get("grade") and name in released and name not in judged:
            points, earned = float(marks.get("points", 0)), results.marks.get(name) or 0.0
            failure = None
            if earned < points or not points:
                failure = _failure(cell, released[name], results.facts)
            if earned < points and not failure:
                failure = Failure(f"{earned:g} of {points:g} points")
            outcomes[name] = failure
    return outcomes


def _failure(cell: Mapping[str, Any], released: str, facts: list[str]) -> Failure | None:
    source = "".join(cell["source"])
    partly_hidden = source.strip() != released.strip()
    for output in reversed(cell.get("outputs", ())):
        if output["output_type"] != "stream":
            continue
        text = _COLOURS.sub("", "".join(output["text"]))
        reason = text.partition(": ")[0].rstrip(".")
        if any(fact.startswith(f"{reason}: ") for fact in facts):  # it was stopped
            return Failure(reason, partly_hidden=partly_hidden)
        headers = list(_HEADER.finditer(text)) if text.startswith("----") else []
        if headers:
            traceback = text[headers[-1].end() :]
            place = _PLACE.search(traceback)
            lines = _statement(source, int(place[1]) if place else 0)
            seen = {line.strip() for line in released.splitlines()}
            hidden = not {line.strip() for line in lines} <= seen
            line = _in_one_line("\n".join(lines))
            error, reason = _error(headers[-1][1], traceback, line)
            return Failure(error, _short(line), reason, hidden, partly_hidden)
    return None


def _error(name: str, traceback: str, line: str) -> tuple[str, str]:
    """The error's name and message (of a long one the lines that say most), and its reason."""
    message = traceback.rpartition(f"\n{name}:")[2]
    texts = [text for text in message.splitlines() if not _ANSWER_LINE.match(text)]
    lines = [text.strip() for text in texts if text.strip()]
    if name == "NotImplementedError" and not lines:
        return NOT_WRITTEN, ""
    undefined = re.match(r"name '(\w+)' is not defined", lines[0]) if lines else None
    if name == "NameError" and undefined and re.search(rf"\b{undefined[1]}\b", line):
        return NOT_DEFINED, f"`{undefined[1]}` is not defined"
    # NumPy and pandas begin with an empty line, then what was compared, then what differs.
    several = message.lstrip(" ").startswith("\n")
    kept = [text.rstrip(":") for text in lines[: 2 if several else 1] if not _VALUE.match(text)]
    is_python_s = name != "AssertionError" and hasattr(builtins, name)
    return _short(": ".join(filter(None, (name, "; ".join(kept))))), name if is_python_s else ""


def _statement(source: str, number: int) -> list[str]:
    """The lines of the statement at this line of a cell; of one with a body only that line."""
    lines = source.splitlines()
    if not 0 < number <= len(lines):
        return []
    line = lines[number - 1 : number]
    try:
        statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    except SyntaxError:  # a magic
        return line
    around = [node for node in statements if node.lineno <= number <= (node.end_lineno or 0)]
    node = max(around, key=lambda node: (node.lineno, node.col_offset), default=None)
    if node is None or hasattr(node, "body"):
        return line
    return lines[node.lineno - 1 : node.end_lineno]


def _short(text: str) -> str:
    text = _ADDRESS.sub("0x…", _in_one_line(text))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
