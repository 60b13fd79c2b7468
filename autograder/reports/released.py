"""An assignment as students got it: its notebooks' cells, and what reports call them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbformat import NotebookNode

from ..authoring.formats import in_todays_format
from ..course import Course
from ..grading.notebook_file import read_notebook
from ..results import cell_name

__all__ = ["cells_of", "released", "title_of"]

_MADE_UP = re.compile(r"cell-[0-9a-f]{8,}")
"""A grade id that nbgrader made up, which tells a reader nothing."""


def released(course: Course, assignment: str) -> dict[str, NotebookNode]:
    """The released notebooks by name; their cells have the ids that the grader gives them."""
    notebooks = {}
    for name in course.notebooks(assignment):
        path = course.release_dir(assignment) / f"{name}.ipynb"
        if path.is_file():
            notebooks[name] = in_todays_format(read_notebook(path))
    return notebooks


def title_of(course: Course, assignment: str) -> str:
    """The first heading of an assignment's only notebook, else the assignment's name."""
    notebooks = list(released(course, assignment).values())
    for cell in notebooks[0].cells if len(notebooks) == 1 else ():
        heading = re.match(r"# (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1].strip()
    return assignment


def cells_of(notebooks: Mapping[str, NotebookNode]) -> dict[str, str]:
    """The cells of the `released` notebooks in order, as {cell: label}."""
    labels = {}
    for notebook, content in notebooks.items():
        heading = ""
        for cell in content.cells:
            headings = (
                re.findall(r"^#+ (.+)", cell.source, re.M) if cell.cell_type != "code" else []
            )
            heading = headings[-1].strip() if headings else heading
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            first = "".join(cell.source.strip().splitlines()[:1])[:60]
            name = cell_name(notebook, grade_id or cell.id, len(notebooks) > 1)
            code = name if grade_id else first.replace("`", "'")
            tells = grade_id and not _MADE_UP.fullmatch(grade_id)
            labels[name] = f"`{code}`" + (f" under “{heading}”" if heading and not tells else "")
    return labels
