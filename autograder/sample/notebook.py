"""The submissions of the sample class: the released notebook, filled in or damaged."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from ..authoring import replayer
from ..authoring.percent import first_code_cell
from ..exercise import Exercise
from .source import stand_alone

__all__ = ["DAMAGE", "HANG", "KILL", "Plan", "Writer", "defines"]


@dataclass
class Plan:
    """How one student answers: correctly, but for the exceptions here.

    wrong : by exercise, answers that replace the right ones; text : by exercise, the cell's text
    ("" if nothing was written); words : whether the questions are answered.
    """

    kind: str
    wrong: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    words: bool = False
    damage: str = ""


DAMAGE = (
    "unfinished",
    "syntax error",
    "endless loop",
    "kernel killed",
    "replays stored results",
    "fits stored results",
    "check deleted",
    "points edited",
    "cell duplicated",
    "broken JSON",
    "no notebook",
    "prints and warnings",
    "script in Markdown",
    "own cell never ends",
)
"""What students do to notebooks. Under all but the first six, every answer is right."""

KILL = "import os\nos._exit(1)"
HANG = "while True:\n    pass"


class Writer:
    """Fills in the released notebook."""

    def __init__(
        self,
        notebook: str,
        exercises: Sequence[Exercise],
        released: NotebookNode,
        source: NotebookNode,
    ) -> None:
        self.notebook = notebook
        self.released = released
        self.solutions = {_grade_id(cell): cell.source for cell in source.cells if _grade_id(cell)}
        self.exercise_of: dict[str, Exercise] = {}
        for exercise in exercises:  # a function belongs to the first exercise that asks for it
            for name in (exercise.name, *exercise.answers):
                self.exercise_of.setdefault(f"{name}_solution", exercise)

    def setup(self) -> dict[str, Any]:
        """The names that the notebook's first code cell defines."""
        scope: dict[str, Any] = {"__name__": "__main__"}
        exec(self.released.cells[first_code_cell(self.released)].source, scope)
        return scope

    def answers(self, plan: Plan) -> list[str]:
        """The texts of the answer cells in code, in order."""
        return [
            self._answer(cell.source, _grade_id(cell), plan)
            for cell in self.released.cells
            if _grade_id(cell) in self.exercise_of
        ]

    def hand_in(self, plan: Plan) -> tuple[str, str]:
        """The name and the text of the file that this student hands in."""
        if plan.damage == "no notebook":
            return "README.txt", "My laptop broke. I hand it in next week.\n"
        document = copy.deepcopy(self.released)
        for cell in document.cells:
            name = _grade_id(cell)
            if name in self.exercise_of:
                cell.source = self._answer(cell.source, name, plan)
            elif plan.words and cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = _short_answer(self.solutions[name])
        if plan.damage in _DAMAGES:
            _DAMAGES[plan.damage](document)
        text = json.dumps(document, indent=1, ensure_ascii=False)
        if plan.damage == "broken JSON":
            # About half of it arrived, and its last cell's id in part.
            text = text[: text.rindex('"id": "', 0, len(text) // 2) + len('"id": "')]
        return f"{self.notebook}.ipynb", text

    def _answer(self, stub: str, cell_name: str, plan: Plan) -> str:
        exercise = self.exercise_of[cell_name]
        if exercise.name in plan.text:
            return plan.text[exercise.name] or stub
        answer = _without_marks(self.solutions[cell_name])
        for name, replaces in plan.wrong.items():
            answer = _with_wrong_definitions(answer, replaces, name)
        if plan.damage == "prints and warnings":
            answer += _noisy_versions(sorted(set().union(*map(defines, ast.parse(answer).body))))
        return answer


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _without_marks(source: str) -> str:
    lines = source.splitlines()
    return "\n".join(line for line in lines if not re.match(r"\s*#+ (BEGIN|END) SOLUTION", line))


def _with_wrong_definitions(solution: str, replaces: Mapping[str, Any], prefix: str) -> str:
    """The solution, with its definitions replaced by those in `replaces`."""
    tree = ast.parse(solution)
    names = [name for node in tree.body for name in defines(node) if name in replaces]
    if not names:
        return solution
    kept = [ast.get_source_segment(solution, n) for n in tree.body if not defines(n) & set(names)]
    new = stand_alone({name: replaces[name] for name in names}, prefix)
    return "\n\n\n".join([*filter(None, kept), new])


def defines(node: ast.stmt) -> set[str]:
    """The names of functions and values that a statement of a cell defines."""
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _short_answer(solution: str) -> str:
    """A short answer: the first sentence of the model answer."""
    text = _without_marks(solution).strip().removeprefix("**Model answer.**").strip()
    first = re.split(r"(?<=[.?!])\s|\n\n", text, maxsplit=1)[0]
    return f"{first}\n\nI am not sure that this is all."


def _noisy_versions(names: Sequence[str]) -> str:
    lines = ["", "", "import sys, warnings"]
    for name in names:
        lines += [
            f"_quiet_{name} = {name}",
            f"if callable({name}):",
            f"    def {name}(*args, **kwargs):",
            f"        print('in {name}')",
            f"        print('still in {name}', file=sys.stderr)",
            f"        return _quiet_{name}(*args, **kwargs)",
        ]
    return "\n".join([*lines, "warnings.warn('I am only a warning', stacklevel=1)"])


# Damage to a whole notebook.


def _delete_check(document: NotebookNode) -> None:
    document.cells.remove(_graded_cells(document)[0])


def _edit_points(document: NotebookNode) -> None:
    for cell in _graded_cells(document):
        cell.metadata.nbgrader.update(points=1000, locked=False)
    _graded_cells(document)[-1].source = "1000.0"


def _duplicate(document: NotebookNode) -> None:
    answers = [c for c in document.cells if c.cell_type == "code" and "_solution" in _grade_id(c)]
    document.cells.insert(document.cells.index(answers[0]), copy.deepcopy(answers[0]))


_SCRIPT = (
    "<script>document.title = 'changed by a student'</script>\n"
    "<img src='none.png' onerror=\"document.title = 'changed by a student'\">\n\n"
    "[a link](javascript:document.title='changed')"
)


def _add_script(document: NotebookNode) -> None:
    for cell in document.cells:
        meta = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and meta.get("solution"):
            cell.source = f"I think so.\n\n{_SCRIPT}"
    shown = f"from IPython.display import HTML\nHTML({_SCRIPT!r})"
    document.cells += [new_markdown_cell(_SCRIPT, id="script"), new_code_cell(shown, id="shown")]


def _add_endless_cell(document: NotebookNode) -> None:
    document.cells.insert(len(document.cells) // 2, new_code_cell(HANG, id="endless"))


def _add_replayer(fit: bool) -> Callable[[NotebookNode], None]:
    def add(document: NotebookNode) -> None:
        text = f"{inspect.getsource(replayer)}\n\ninstall(fit={fit})"
        first = first_code_cell(document)
        document.cells.insert(first + 1, new_code_cell(text, id="replayer"))

    return add


_DAMAGES: dict[str, Callable[[NotebookNode], None]] = {
    "replays stored results": _add_replayer(fit=False),
    "fits stored results": _add_replayer(fit=True),
    "check deleted": _delete_check,
    "points edited": _edit_points,
    "cell duplicated": _duplicate,
    "script in Markdown": _add_script,
    "own cell never ends": _add_endless_cell,
}


def _graded_cells(document: NotebookNode) -> list[NotebookNode]:
    return [
        cell
        for cell in document.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
