"""What a notebook's points add up to, in words: ``{{points}}`` in its text.

The sentence is computed from the cells, so it cannot differ from them. It is recognised by its form
in a notebook that was edited in JupyterLab, points and all, and becomes the short form again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbformat.notebooknode import NotebookNode

__all__ = ["POINTS", "SENTENCE", "totals"]

POINTS = "{{points}}"
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_SUM = r"[\d.]+ (?:in|for) \w+"
_CHECKED = rf"{_SUM} (?:exercises?|multiple-choice questions?|questions? with a definite answer)"
_PARTS = (
    rf"{_CHECKED}(?: and {_CHECKED})?, which are checked here and now",
    rf"{_SUM} tests?, which run when it is graded",
    rf"{_SUM} questions? answered in words, which a person reads",
)
SENTENCE = re.compile(rf"\b[\d.]+: (?:{'|'.join(_PARTS)})(?:; (?:{'|'.join(_PARTS)}))*")
"""What :func:`totals` returns, with any numbers."""
_LETTER = re.compile(r"^\w+ = ['\"][A-Z]['\"]", re.MULTILINE)


def totals(cells: Sequence[tuple[str, str, NotebookNode]]) -> str:
    """The sum of the points, and its parts; "" if nothing has points.

    cells : of a built notebook, each with its role and its name.
    """
    solutions = {name: cell.source for role, name, cell in cells if role == "solution"}
    parts: dict[str, list[float]] = {}
    for role, name, cell in cells:
        if role in ("check", "test", "question"):
            kind = "choice" if role == "check" and _is_choice(solutions.get(name)) else role
            parts.setdefault(kind, []).append(cell.metadata.nbgrader.points)
    if not parts:
        return ""
    letters = all(
        _LETTER.search(solutions[name])
        for role, name, _ in cells
        if role == "check" and _is_choice(solutions.get(name))
    )
    checked = [
        _part(parts, "check", "in", "exercise"),
        _part(parts, "choice", "for", "multiple-choice question")
        if letters
        else _part(parts, "choice", "for", "question", " with a definite answer"),
    ]
    here = " and ".join(filter(None, checked))
    others = [
        f"{here}, which are checked here and now" if here else "",
        _part(parts, "test", "for", "test", ", which run when it is graded"),
        _part(parts, "question", "for", "question", " answered in words, which a person reads"),
    ]
    return f"{sum(map(sum, parts.values())):g}: {'; '.join(filter(None, others))}"


def _is_choice(solution: str | None) -> bool:
    """Whether the answer to an exercise is a value, and no function."""
    return solution is not None and not re.search(r"^\s*(def|class) ", solution, re.MULTILINE)


def _part(
    parts: dict[str, list[float]], kind: str, preposition: str, what: str, which: str = ""
) -> str:
    points = parts.get(kind, [])
    if not points:
        return ""
    count = _NUMBERS[len(points)] if len(points) < len(_NUMBERS) else str(len(points))
    plural = "" if len(points) == 1 else "s"
    return f"{sum(points):g} {preposition} {count} {what}{plural}{which}"
