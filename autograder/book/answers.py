"""Which code the book must not show, and the notebooks and sources without it."""

from __future__ import annotations

import ast
import copy
from functools import cache

from nbconvert.preprocessors import Preprocessor
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    LockCells,
)

from ..authoring import editions
from ..project import Project

__all__ = ["STAGES", "built", "emptied", "released", "summary"]

STAGES: tuple[type[Preprocessor], ...] = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    ClearHiddenTests,
    ClearMarkScheme,
)
"""Those of nbgrader's release that change what a reader sees; the others write its gradebook."""


def released(source: NotebookNode) -> NotebookNode:
    """A source notebook as students get it: no solution, model answer, hidden test or output."""
    node = copy.deepcopy(source)
    for stage in STAGES:
        node, _ = stage().preprocess(node, {})
    return node


@cache
def built(project: Project) -> dict[str, dict[str, str]]:
    """What any notebook asks a reader to build: {module: {function: notebook}}."""
    return editions.withheld(project.lessons[0], project) if project.lessons else {}


def emptied(source: str, names: dict[str, str]) -> str:
    """The text of a module in which the functions `names` ({function: notebook}) have no body.

    The signature stays, and the docstring's first paragraph; the rest often holds the equation as
    code.

    >>> print(emptied("def f(x):\\n    'Twice x.'\\n    return 2 * x\\n", {"f": "01_x"}))
    def f(x):
        ...  # Twice x. You build this in 01_x.
    <BLANKLINE>
    """
    lines = source.splitlines(keepends=True)
    functions = [
        (function, names[node.name])
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names
        for function in ast.walk(node)
        if isinstance(function, ast.FunctionDef)
    ]
    for function, notebook in sorted(functions, key=lambda pair: -pair[0].lineno):
        first, last = function.body[0], function.body[-1]
        comment = f"{summary(ast.get_docstring(function) or '')} You build this in {notebook}."
        text = f"...  # {comment.strip()}\n"
        lines[first.lineno - 1 : last.end_lineno] = [" " * first.col_offset + text]
    return "".join(lines)


def summary(docstring: str) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(docstring.strip().partition("\n\n")[0].split())
