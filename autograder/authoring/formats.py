"""Old notebooks, as if they were written today."""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

__all__ = ["in_todays_format"]


def in_todays_format(notebook: NotebookNode) -> NotebookNode:
    """The same notebook, with an id for each cell, and nbgrader's metadata of today."""
    if notebook.nbformat_minor < 5:
        notebook.nbformat_minor = 5
        for number, cell in enumerate(notebook.cells):
            cell.setdefault("id", f"cell-{number}")
    upgraded: NotebookNode = MetadataValidator().upgrade_notebook_metadata(notebook)
    return upgraded
