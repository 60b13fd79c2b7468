"""Where things are in the notebooks: the heading under which an exercise or a question stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..authoring.build import source_notebook
from ..authoring.percent import kind
from ..project import Project

__all__ = ["Place", "anchor", "places"]


@dataclass(frozen=True)
class Place:
    """A heading of a notebook's page, and what stands between it and the next one.

    `link`: the page, and the heading's anchor, relative to the folder of the notebooks' pages.
    `cells`: names of the exercises and of the questions that a person reads.
    """

    heading: str
    link: str
    cells: tuple[str, ...]


def places(notebook: str, project: Project | None = None) -> list[Place]:
    """The headings of a notebook (levels 1 to 3) in order."""
    taken: dict[str, int] = {}
    found: list[Place] = []
    cells: list[str] = []
    for cell in source_notebook(notebook, project).cells:
        if cell.cell_type == "markdown":
            for heading in _headings(cell.source):
                if found:
                    found[-1] = Place(found[-1].heading, found[-1].link, tuple(cells))
                cells = []
                link = f"{notebook}.ipynb#{anchor(heading, taken)}"
                found.append(Place(heading.lstrip("# "), link, ()))
        what, name = kind(cell)
        if what in ("check", "question"):
            cells.append(name)
    found[-1] = Place(found[-1].heading, found[-1].link, tuple(cells))
    return found


def _headings(source: str) -> Iterator[str]:
    """Headings of a Markdown cell; lines of solutions and of code are none."""
    inside = False
    for line in source.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside and re.match(r"#{1,3} (?!BEGIN|END)", line):
            yield line


def anchor(heading: str, taken: dict[str, int]) -> str:
    """The anchor of a heading as GitHub makes it, and MyST; `taken` counts those of the page.

    >>> taken = {}
    >>> anchor('### "Only relevant in first few iterations"?', taken), anchor("## Adam", taken)
    ('only-relevant-in-first-few-iterations', 'adam')
    >>> anchor("## Adam", taken)
    'adam-1'
    """
    words = re.sub(r"^#+ +", "", heading).replace("`", "").replace("*", "").lower()
    words = re.sub(r"\$[^$]*\$", "", words)
    found = re.sub(r"[^\w\- ]", "", words.replace(" ", "-"))
    number = taken.get(found, 0)
    taken[found] = number + 1
    return f"{found}-{number}" if number else found
