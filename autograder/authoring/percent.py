"""Notebooks as text, and back: short cell metadata here, nbgrader's full metadata there.

The text is jupytext's percent format. What a cell is for is said in its header::

    # %% locked="setup"                        read-only
    # %% solution="adam"                       to be written by the student
    # %% check="adam"                          graded by the exercise `adam`
    # %% test="by_hand" points=3               graded by the asserts that are written in it
    # %% [markdown] question="why" points=2    answered in words, graded by a person

:func:`to_notebook` expands that into the metadata that nbgrader 0.9 wants; :func:`to_text` takes a
notebook, also one that was edited in JupyterLab, back. The two are each other's inverse.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

from ..errors import AutograderError

__all__ = ["dump", "hidden_tests", "kind", "place", "to_notebook", "to_text"]

KINDS = ("locked", "solution", "check", "test", "question")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def hidden_tests(exercise: str) -> str:
    """The end of a check cell, which only instructors see: plain nbgrader grades with it."""
    return (
        "### BEGIN HIDDEN TESTS\n"
        "from autograder.stock import score\n"
        f'score("{exercise}")\n'
        "### END HIDDEN TESTS"
    )


def kind(cell: NotebookNode) -> tuple[str, str]:
    """What a built cell is for, and its name: ("check", "adam"); ("", "") if it is free."""
    meta = cell.metadata.get("nbgrader") or {}
    name = meta.get("grade_id", "")
    if meta.get("grade") and meta.get("solution"):
        return "question", name
    if meta.get("grade"):
        return "check" if hidden_tests(name) in cell.source else "test", name
    if meta.get("solution"):
        return "solution", name.removesuffix("_solution")
    return ("locked", name) if meta.get("locked") else ("", "")


def place(name: str, number: int, cell: NotebookNode) -> str:
    """Where a cell is, for an error: its notebook, number (from 1) and header or first words."""
    what, called = kind(cell)
    for key in KINDS:
        if key in cell.metadata:
            what, called = key, cell.metadata[key]
    first = next((line for line in cell.source.splitlines() if line.strip()), "empty")
    label = f'{what}="{called}"' if what else first[:40]
    return f"{name}, cell {number} ({label})"


def to_notebook(text: str, points: Mapping[str, float], name: str) -> NotebookNode:
    """Make the source notebook of `text`.

    Parameters
    ----------
    text : percent text.
    points : of each exercise, by name.
    name : of the file, for errors.

    Raises
    ------
    AutograderError : a header that is not understood, an unknown exercise, missing points, …
    """
    draft = jupytext.reads(text, fmt="py:percent")
    metadata = {"kernelspec": _KERNEL, "language_info": _LANGUAGE}
    notebook = nbformat.v4.new_notebook(metadata=metadata)
    taken: set[str] = set()
    for number, cell in enumerate(draft.cells, start=1):
        where = place(name, number, cell)
        cell.metadata.pop("lines_to_next_cell", None)
        _expand(cell, points, where)
        cell.id = _cell_id(cell, taken, where)
        taken.add(cell.id)
        notebook.cells.append(cell)
    return notebook


def _expand(cell: NotebookNode, points: Mapping[str, float], where: str) -> None:
    """Replace the short metadata of `cell` by nbgrader's; add the hidden tests."""
    short = dict(cell.metadata)
    tags = short.pop("tags", None)
    cell.metadata = NotebookNode({"tags": tags} if tags else {})
    worth = short.pop("points", None)
    if worth is not None and not {"question", "test"} & set(short):
        raise AutograderError(
            f"{where}: points are given to a question or a test; "
            "those of an exercise are the sum of its tests', in autograder/exercises"
        )
    if not short:
        return
    if len(short) > 1 or not set(short) <= set(KINDS):
        raise AutograderError(f"{where}: a cell's header may have one of {KINDS}, got {[*short]}")
    ((what, called),) = short.items()
    if not isinstance(called, str) or not _ID.fullmatch(called):
        raise AutograderError(f"{where}: {what} must be a name of letters, digits, _ and -")
    if what in ("solution", "check", "test") and cell.cell_type != "code":
        raise AutograderError(f"{where}: a {what} cell must be a code cell, got {cell.cell_type}")
    meta: dict[str, Any] = {
        "grade": what in ("check", "test", "question"),
        "grade_id": f"{called}_solution" if what == "solution" else called,
        "locked": what in ("check", "test", "locked"),
        "schema_version": 3,
        "solution": what in ("solution", "question"),
        "task": False,
    }
    if what == "check":
        if called not in points:
            raise AutograderError(
                f"{where}: no exercise is called {called!r}; known: {', '.join(points) or 'none'}"
            )
        worth = points[called]
        cell.source = f"{cell.source}\n{hidden_tests(called)}"
    if meta["grade"]:
        meta["points"] = _points(worth, where)
    if meta["solution"]:
        _require_region(cell, where)
    cell.metadata["nbgrader"] = meta


def _points(worth: object, where: str) -> float:
    if isinstance(worth, bool) or not isinstance(worth, (int, float)) or not 0 < worth < 1e6:
        raise AutograderError(f"{where}: points must be given, such as points=2; got {worth!r}")
    return int(worth) if float(worth).is_integer() else worth


def _require_region(cell: NotebookNode, where: str) -> None:
    marks = re.findall(r"^\s*#+ (BEGIN|END) SOLUTION\s*$", cell.source, flags=re.MULTILINE)
    if not marks or marks != ["BEGIN", "END"] * (len(marks) // 2):
        raise AutograderError(
            f"{where}: what the student does not see must be between the lines "
            f"`### BEGIN SOLUTION` and `### END SOLUTION`; found {marks or 'neither'}"
        )


def _cell_id(cell: NotebookNode, taken: set[str], where: str) -> str:
    """The grade_id, else from the content: ids do not change when another cell does."""
    meta = cell.metadata.get("nbgrader")
    if meta:
        if meta["grade_id"] in taken:
            raise AutograderError(f"{where}: the id {meta['grade_id']!r} is used twice")
        return str(meta["grade_id"])
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    candidates = (f"{digest}-{n}" if n else digest for n in range(len(taken) + 1))
    return next(candidate for candidate in candidates if candidate not in taken)


def dump(notebook: NotebookNode) -> str:
    """The text of the .ipynb file: the same bytes for the same notebook."""
    return str(nbformat.writes(notebook, version=4)) + "\n"


def to_text(notebook: NotebookNode, name: str) -> str:
    """The percent text of `notebook`: without outputs, hidden tests, points of exercises and ids.

    Raises
    ------
    AutograderError : what the text cannot hold (a pasted picture, edited hidden tests, …).
    """
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        where = place(name, number, cell)
        if cell.get("attachments"):
            raise AutograderError(f"{where}: a pasted picture cannot be kept as text")
        source = cell.source
        short: dict[str, Any] = {}
        what, called = kind(cell)
        meta = cell.metadata.get("nbgrader") or {}
        if meta.get("task"):
            raise AutograderError(f"{where}: a task cell cannot be kept as text; use a question")
        if what:
            short[what] = called
        if what == "solution" and meta["grade_id"] != f"{called}_solution":
            raise AutograderError(f"{where}: the id of a solution cell must end in _solution")
        if what in ("question", "test"):
            short["points"] = meta.get("points", 0)
        if what == "check":
            source = _without_hidden(source, called, where)
        if cell.metadata.get("tags"):
            short["tags"] = list(cell.metadata["tags"])
        # One blank line between cells, whatever they hold: jupytext would count by PEP 8.
        short["lines_to_next_cell"] = 1
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        cells.append(make(source, metadata=short))
    jupytext_says = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}
    draft = nbformat.v4.new_notebook(cells=cells, metadata={"jupytext": jupytext_says})
    text = str(jupytext.writes(draft, fmt="py:percent"))
    return text.rstrip("\n") + "\n"


def _without_hidden(source: str, exercise: str, where: str) -> str:
    block = hidden_tests(exercise)
    if source.rstrip().endswith(block):
        source = source.rstrip().removesuffix(block).removesuffix("\n")
    if "HIDDEN TESTS" in source:
        raise AutograderError(
            f"{where}: the hidden tests are made by `build` and were edited; "
            "tests live in autograder/exercises"
        )
    return source
