"""What stands in which cell: answers in their own cells, and in others, in words or as code."""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from .recognise import Cell, definitions, name_of, same_text, sole_definitions, text_of
from .repairs import DOUBLED, Repairs

__all__ = ["Added", "Answers", "is_plain_code", "sort_cells", "take_code", "take_words"]

Answers = dict[str, tuple[str, str]]
"""What a student has in each released cell: its type and source, by the cell's name."""
Added = dict[str, list[tuple[str, str]]]
"""The cells that a student added, by the name of the released cell above them."""

_LONGER = 3
"""By so many words is a text longer that holds an answer as well."""


def sort_cells(
    released: NotebookNode, handed_in: list[Cell], start: str, repairs: Repairs
) -> tuple[Answers, Added]:
    """What the student has in each released cell, and the cells that were added below each.

    start : below which cell those stand that are above all others.
    """
    cells_by_name = {name_of(cell): cell for cell in released.cells}
    untouched = {
        name for _, source, name in handed_in if name and same_text(source, cells_by_name[name])
    }
    copied = {
        text_of(cells_by_name[name].source)
        for name in untouched
        if is_plain_code(cells_by_name[name])
    }
    given = {text_of(cell.source) for cell in released.cells} - copied | {""}
    answers: Answers = {}
    added: Added = defaultdict(list)
    above = start
    for kind, source, name in handed_in:
        if not name:
            if text_of(source) not in given:
                added[above].append((kind, source))
            continue
        cell = cells_by_name[name]
        changed = not same_text(source, cell)
        if is_locked(cell) and changed and name in untouched:  # a copy that was written over
            repairs.note(DOUBLED, name)
            added[above].append((kind, source))
            continue
        above = name
        if name not in answers:
            answers[name] = (kind, source)
            if is_task(cell) and is_locked(cell) and changed:
                added[name].append((kind, source))
            continue
        first_changed = not same_text(answers[name][1], cell)
        if is_solution(cell):
            repairs.note(DOUBLED, name)
            if not first_changed:
                answers[name] = (kind, source)  # the first was the untouched stub
                continue
        if changed or (is_plain_code(cell) and not first_changed):
            added[name].append((kind, source))
    return answers, added


def is_plain_code(cell: NotebookNode) -> bool:
    """Whether it is the student's to run as they like."""
    return cell.cell_type == "code" and not (is_locked(cell) or is_solution(cell))


def take_code(released: NotebookNode, cells: Sequence[Cell], answers: Answers) -> list[str]:
    """Put into unchanged and missing answer cells what another cell defines.

    Its cell stays where it is, and runs there as well. Returns the names of the answer cells.
    """
    texts = {text_of(cell.source) for cell in released.cells}
    locked = {name_of(cell) for cell in released.cells if is_locked(cell)}
    last: dict[str, str] = {}
    for kind, source, name in cells:
        if kind == "code" and name not in locked and text_of(source) not in texts:
            last.update(dict.fromkeys(definitions(source), source))
    taken = []
    for defined, number in sole_definitions(released).items():
        cell = released.cells[number]
        name = name_of(cell)
        if defined in last and not is_grade(cell) and _unanswered(cell, answers):
            answers[name] = ("code", last[defined])
            taken.append(name)
    return taken


def take_words(
    released: NotebookNode, answers: Answers, added: Added, start: str = ""
) -> list[str]:
    """Put the texts beside an unchanged or missing question into it, where a person marks them.

    If a question is missing, and there are none in its place, it may be any text of the student's.
    start : above which name the cells are that stand above all others. Returns the questions.
    """
    there = set(answers)
    above, above_waits, before = start, False, None
    taken: list[str] = []
    moved: set[int] = set()
    for cell in released.cells:
        name = name_of(cell)
        waits = is_grade(cell) and is_solution(cell) and _unanswered(cell, answers)
        if waits:
            beside = [] if above_waits and name in there else list(added.get(above, ()))
            beside += added.get(name, ()) if name in there else ()
            if cell.cell_type == "code":
                texts = ["# (answered in the cells beside this one)"] if beside else []
            else:
                words = [item for item in beside if item[0] != "code" or _is_prose(item[1])]
                moved |= {id(item) for item in words if item[0] != "code"}
                texts = _answer_in_the_question(before, answers) + [text for _, text in words]
                if not texts and name not in there:
                    everywhere = chain.from_iterable(added.values())
                    texts = [text for kind, text in everywhere if kind != "code"]
            if texts:
                answers[name] = (cell.cell_type, "\n\n".join(texts))
                taken.append(name)
        if name in there:
            above, above_waits = name, waits or is_task(cell)
        before = cell
    for name, items in added.items():
        added[name] = [item for item in items if id(item) not in moved]
    return taken


def _unanswered(cell: NotebookNode, answers: Mapping[str, tuple[str, str]]) -> bool:
    name = name_of(cell)
    return name not in answers or same_text(answers[name][1], cell)


def _answer_in_the_question(before: NotebookNode | None, answers: Answers) -> list[str]:
    """The text above, if the student has written into it."""
    if before is None or before.cell_type != "markdown" or is_locked(before) or is_task(before):
        return []
    text = answers.get(name_of(before), ("", ""))[1]
    longer = len(text.split()) - len(before.source.split())
    return [text] if longer >= _LONGER and not is_solution(before) else []


def _is_prose(source: str) -> bool:
    """Whether a code cell holds words: comments, texts, or what is no Python at all."""
    if source.lstrip().startswith("%%"):
        return False
    source = re.sub(r"^[%!].*", "pass", source[:10_000], flags=re.MULTILINE)
    with warnings.catch_warnings(action="ignore"):
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return True
    return all(
        isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
        for item in body
    )
