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
    """The headings of a notebook (levels 1 to 3) in order.

    What comes before the first heading, if anything does, has the notebook's name for one.
    """
    taken: dict[str, int] = {}
    headings = [(notebook, f"{notebook}.ipynb")]
    cells: list[list[str]] = [[]]
    for cell in source_notebook(notebook, project).cells:
        if cell.cell_type == "markdown":
            for heading in _headings(cell.source):
                link = f"{notebook}.ipynb#{anchor(heading, taken)}"
                headings.append((heading.lstrip("# "), link))
                cells.append([])
        what, name = kind(cell)
        if what in ("check", "question"):
            cells[-1].append(name)
    made = [Place(*pair, tuple(names)) for pair, names in zip(headings, cells, strict=True)]
    return made if made[0].cells or len(made) == 1 else made[1:]


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
    name = re.sub(r"[^\w\- ]", "", words.replace(" ", "-"))
    number = taken.get(name, 0)
    taken[name] = number + 1
    return f"{name}-{number}" if number else name
