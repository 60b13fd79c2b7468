"""Convert text to notebooks and back: short cell headers in the text, nbgrader's metadata in cells.

The text is in jupytext's percent format. A cell's header says what the cell is for::

    # %% locked="setup"                        read-only
    # %% solution="adam"                       to be written by the student
    # %% check="adam"                          graded by the exercise `adam`
    # %% test="by_hand" points=3               graded by the asserts that are written in it
    # %% [markdown] question="why" points=2    answered in words, graded by a person

``{{points}}`` in a text stands for what all points add up to, in words.

:func:`to_notebook` expands the headers into nbgrader 0.9's metadata. :func:`to_text` is its
inverse, also for a notebook that was edited in JupyterLab.
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
from .totals import POINTS, SENTENCE, totals

__all__ = [
    "FIRST_CELL",
    "dump",
    "first_code_cell",
    "hidden_tests",
    "kind",
    "place",
    "to_notebook",
    "to_text",
]

KINDS = ("locked", "solution", "check", "test", "question")
FIRST_CELL = "first_cell"
"""The name of the locked cell that a course puts before each notebook's own code."""
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def hidden_tests(exercise: str) -> str:
    """The end of a check cell, hidden from students: plain nbgrader grades with it."""
    return (
        "### BEGIN HIDDEN TESTS\n"
        "from autograder.stock import score\n"
        f'score("{exercise}")\n'
        "### END HIDDEN TESTS"
    )


def kind(cell: NotebookNode) -> tuple[str, str]:
    """The role and the name of a built cell, such as ("check", "adam"); ("", "") if it has none."""
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
    """A cell's place for an error message: notebook, number (from 1), header or first words."""
    role, cell_name = kind(cell)
    for key in KINDS:
        if key in cell.metadata:
            role, cell_name = key, cell.metadata[key]
    first = next((line for line in cell.source.splitlines() if line.strip()), "empty")
    label = f'{role}="{cell_name}"' if role else first[:40]
    return f"{name}, cell {number} ({label})"


def first_code_cell(notebook: NotebookNode) -> int:
    """The place of the first cell of a notebook's own code; its end if it has none."""
    places = (n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    own = (n for n in places if kind(notebook.cells[n]) != ("locked", FIRST_CELL))
    return next(own, len(notebook.cells))


def to_notebook(
    text: str, points: Mapping[str, float], name: str, first_cell: str = ""
) -> NotebookNode:
    """Make the source notebook of `text`.

    Parameters
    ----------
    text : percent text.
    points : of the exercises, by name.
    name : of the file, for errors.
    first_cell : code for a locked cell before the notebook's own code, if it has any.

    Raises
    ------
    AutograderError : an invalid header, an unknown exercise, missing points, …
    """
    draft = jupytext.reads(text, fmt="py:percent")
    at = first_code_cell(draft)
    if first_cell and at < len(draft.cells):
        draft.cells.insert(at, nbformat.v4.new_code_cell(first_cell))
        draft.cells[at].metadata.locked = FIRST_CELL
    metadata = {"kernelspec": _KERNEL, "language_info": _LANGUAGE}
    notebook = nbformat.v4.new_notebook(metadata=metadata)
    taken: set[str] = set()
    places = [place(name, number, cell) for number, cell in enumerate(draft.cells, start=1)]
    for cell, where in zip(draft.cells, places, strict=True):
        cell.metadata.pop("lines_to_next_cell", None)
        _expand(cell, points, where)
    _fill_in_totals(draft, name)
    for cell, where in zip(draft.cells, places, strict=True):
        cell.id = _cell_id(cell, taken, where)
        taken.add(cell.id)
        notebook.cells.append(cell)
    return notebook


def _fill_in_totals(notebook: NotebookNode, name: str) -> None:
    sentence = totals([(*kind(cell), cell) for cell in notebook.cells])
    for cell in notebook.cells:
        if _is_text(cell) and POINTS in cell.source:
            if not sentence:
                raise AutograderError(f"{name}: {POINTS} is in the text, but no cell has points")
            cell.source = cell.source.replace(POINTS, sentence)


def _is_text(cell: NotebookNode) -> bool:
    """Whether this is a text that no student writes."""
    return cell.cell_type == "markdown" and kind(cell)[0] in ("", "locked")


def _expand(cell: NotebookNode, points: Mapping[str, float], where: str) -> None:
    """Replace the short metadata of `cell` with nbgrader's, and add the hidden tests."""
    short = dict(cell.metadata)
    tags = short.pop("tags", None)
    cell.metadata = NotebookNode({"tags": tags} if tags else {})
    worth = short.pop("points", None)
    if worth is not None and not {"question", "test"} & set(short):
        raise AutograderError(
            f"{where}: points are given to a question or a test; "
            "those of an exercise are the sum of its tests', which its lesson sets"
        )
    if not short:
        return
    if len(short) > 1 or not set(short) <= set(KINDS):
        raise AutograderError(f"{where}: a cell's header may have one of {KINDS}, got {[*short]}")
    ((role, cell_name),) = short.items()
    if not isinstance(cell_name, str) or not _ID.fullmatch(cell_name):
        raise AutograderError(f"{where}: {role} must be a name of letters, digits, _ and -")
    if role in ("solution", "check", "test") and cell.cell_type != "code":
        raise AutograderError(f"{where}: a {role} cell must be a code cell, got {cell.cell_type}")
    meta: dict[str, Any] = {
        "grade": role in ("check", "test", "question"),
        "grade_id": f"{cell_name}_solution" if role == "solution" else cell_name,
        "locked": role in ("check", "test", "locked"),
        "schema_version": 3,
        "solution": role in ("solution", "question"),
        "task": False,
    }
    if role == "check":
        if cell_name not in points:
            known = ", ".join(points) or "none"
            raise AutograderError(f"{where}: no exercise is called {cell_name!r}; known: {known}")
        worth = points[cell_name]
        cell.source = f"{cell.source}\n{hidden_tests(cell_name)}"
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
    """The grade_id, or a digest of the content, so that other cells do not change it."""
    meta = cell.metadata.get("nbgrader")
    if meta:
        if meta["grade_id"] in taken:
            raise AutograderError(f"{where}: the id {meta['grade_id']!r} is used twice")
        return str(meta["grade_id"])
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    candidates = (f"{digest}-{n}" if n else digest for n in range(len(taken) + 1))
    return next(candidate for candidate in candidates if candidate not in taken)


def dump(notebook: NotebookNode) -> str:
    """The text of the .ipynb file; the same notebook gives the same text."""
    return str(nbformat.writes(notebook, version=4)) + "\n"


def to_text(notebook: NotebookNode, name: str) -> str:
    """The percent text of `notebook`, without outputs, ids and what :func:`to_notebook` adds.

    Raises
    ------
    AutograderError : the text cannot hold something (a pasted picture, edited hidden tests, …).
    """
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        where = place(name, number, cell)
        if cell.get("attachments"):
            raise AutograderError(f"{where}: a pasted picture cannot be kept as text")
        source = cell.source
        short: dict[str, Any] = {}
        role, cell_name = kind(cell)
        if (role, cell_name) == ("locked", FIRST_CELL):
            continue
        meta = cell.metadata.get("nbgrader") or {}
        if meta.get("task"):
            raise AutograderError(f"{where}: a task cell cannot be kept as text; use a question")
        if role:
            short[role] = cell_name
        if role == "solution" and meta["grade_id"] != f"{cell_name}_solution":
            raise AutograderError(f"{where}: the id of a solution cell must end in _solution")
        if role in ("question", "test"):
            short["points"] = meta.get("points", 0)
        if role == "check":
            source = _without_hidden(source, cell_name, where)
        if _is_text(cell):
            source = SENTENCE.sub(POINTS, source)
        if cell.metadata.get("tags"):
            short["tags"] = list(cell.metadata["tags"])
        # One blank line between cells, whatever they hold: jupytext would count by PEP 8.
        short["lines_to_next_cell"] = 1
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        cells.append(make(source, metadata=short))
    options = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}
    draft = nbformat.v4.new_notebook(cells=cells, metadata={"jupytext": options})
    text = str(jupytext.writes(draft, fmt="py:percent"))
    return text.rstrip("\n") + "\n"


def _without_hidden(source: str, exercise: str, where: str) -> str:
    block = hidden_tests(exercise)
    if source.rstrip().endswith(block):
        source = source.rstrip().removesuffix(block).removesuffix("\n")
    if "HIDDEN TESTS" in source:
        raise AutograderError(
            f"{where}: the hidden tests are made by `build` and were edited; "
            "write tests in the lesson's exercises"
        )
    return source
