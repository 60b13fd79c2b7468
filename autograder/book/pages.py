"""All pages of the book, as Sphinx reads them: written by hand, or made from the course.

::

    index.md, conventions.md, …     as they stand in book/
    notebooks/NN_topic.ipynb        the release, with the outputs of the source
    slides.md, mistakes/            made from the exercises
    api/MODULE.md                   autodoc of the library
    solutions/, derivations/        only where asked for
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from cs231n_lib.play import play

from ..authoring.percent import kind
from ..project import Project
from . import gallery, slides
from .answers import released
from .executed import key_of, with_outputs

__all__ = ["assemble", "notebook_page", "worked"]

_BOX = """\
:::{{admonition}} Do this notebook
:class: do

This page shows it with everything passed, and without the code that you write. To write it, get the
notebook with the places left empty:

- **from the self-study bundle:** unzip it, and open `notebooks/{name}.ipynb` in JupyterLab;
- **from a clone of the course:**
  ```sh
  make demo                                              # once: makes the environment
  .venv/bin/python -m autograder init course             # once
  .venv/bin/python -m autograder release {name}
  .venv/bin/jupyter lab course/release/{name}
  ```

Run the first cell, write an exercise, and run the check below it, such as `check("{check}")`: it
needs no internet and no other exercise. `progress()` shows what is done.
:::"""

_WITHOUT = """\
On these pages the code that you are asked to write is left out, in the notebooks and in the
library's source."""

_WITH = """\
This is the book with the answers: under "Answers", and in the library's source. The notebooks'
pages show none."""

_ANSWERS = """\
# Solutions

The answers of this course's authors, a page for each notebook. Others are right, too: the check
accepts what computes the same.
"""

_ANSWER = ":::{admonition} Your answer\n:class: answer\nIn your own words, in the notebook.\n:::"


def assemble(
    folder: Path,
    project: Project,
    ran: Mapping[str, NotebookNode],
    *,
    cache: Path,
    solutions: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Write every page into `folder`, which is made anew; `ran` holds the executed notebooks.

    `cache` keeps what is slow to make.
    """
    shutil.rmtree(folder, ignore_errors=True)
    written = project.root / "book"
    shutil.copytree(written, folder, ignore=shutil.ignore_patterns("conf.py", "_*", "derivations"))
    for name, source in ran.items():
        target = folder / "notebooks" / f"{name}.ipynb"
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook_page(name, source), target)
    for name, write in {"slides": slides.write, "mistakes": gallery.write}.items():
        _kept(name, write, folder, project, cache, tell)
    _library(folder / "api", project.library)
    if solutions:
        for name, source in ran.items():
            target = folder / "solutions" / f"{name}.md"
            target.parent.mkdir(exist_ok=True)
            target.write_text(worked(name, source), encoding="utf-8")
        (folder / "solutions" / "index.md").write_text(_ANSWERS, encoding="utf-8")
        if (written / "derivations").exists():
            shutil.copytree(written / "derivations", folder / "derivations")
    index = folder / "index.md"
    text = index.read_text(encoding="utf-8")
    text = text.replace("<!-- notebooks -->", _table(ran))
    text = text.replace("<!-- code -->", _WITH if solutions else _WITHOUT)
    text = re.sub(r"<!-- play (\w+) -->", _playable, text)
    index.write_text(text + _contents(folder), encoding="utf-8")


def _kept(
    name: str,
    write: Callable[[Path, Project], object],
    folder: Path,
    project: Project,
    cache: Path,
    tell: Callable[[str], None],
) -> None:
    """Put the pages that a function writes into `folder`; they are kept, for they take a minute."""
    key = key_of(
        *project.library.rglob("*"),
        *(project.root / "autograder" / "exercises").rglob("*"),
        *(project.root / "notebooks" / "src").rglob("*"),
        *Path(__file__).parent.glob("*.py"),
    )
    kept = cache / f"{name}-{key}"
    if not kept.exists():
        tell(f"making {name}")
        for old in cache.glob(f"{name}-*"):
            shutil.rmtree(old)
        draft = cache / f"new-{name}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write(draft, project)
        draft.rename(kept)
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def notebook_page(name: str, ran: NotebookNode) -> NotebookNode:
    """The release of `name` as a page: with outputs, and each cell marked by what it is for."""
    page = with_outputs(released(ran), ran)
    first = ""
    for cell, source in zip(page.cells, ran.cells, strict=True):
        what, called = kind(source)
        first = first or (called if what == "check" else "")
        if what == "question":
            cell.source = _ANSWER
        elif what in ("solution", "check"):
            cell.metadata["tags"] = [what]
    page.cells.insert(1, new_markdown_cell(_BOX.format(name=name, check=first), id="do-this"))
    return page


def worked(name: str, ran: NotebookNode) -> str:
    """The answers of notebook `name`: a section for each cell that a reader fills in."""
    parts = [
        f"# Solutions: {_title(ran)}",
        f":::{{admonition}} These are the answers\n:class: warning\n"
        f"The exercises: [](../notebooks/{name}.ipynb)\n:::",
    ]
    for cell in ran.cells:
        what, called = kind(cell)
        if what not in ("solution", "question"):
            continue
        text = re.sub(r"^### (BEGIN|END) SOLUTION\n?|^ +### (BEGIN|END) SOLUTION\n?", "",
                      cell.source, flags=re.M).strip()  # fmt: skip
        parts.append(f"## `{called}`")
        parts.append(text if what == "question" else f"```python\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def _library(folder: Path, library: Path) -> None:
    folder.mkdir()
    modules = {path.stem for path in library.glob("*.py")} - {"__init__"}
    for name in modules | {path.parent.name for path in library.glob("*/__init__.py")}:
        text = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {LIBRARY}.{name}\n```\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    text = f"# The library\n\n```{{eval-rst}}\n.. automodule:: {LIBRARY}\n   :no-members:\n```\n"
    (folder / "index.md").write_text(text, encoding="utf-8")


def _playable(found: re.Match[str]) -> str:
    """A playable picture in a page that is no notebook."""
    return f"```{{raw}} html\n{play(found[1])._repr_html_()}\n```"


def _title(notebook: NotebookNode) -> str:
    return str(notebook.cells[0].source.partition("\n")[0].removeprefix("# "))


def _table(ran: Mapping[str, NotebookNode]) -> str:
    """A line for each notebook: its title, and what it is about."""
    lines = ["| notebook | slides | time |", "|---|---|---|"]
    for name, notebook in ran.items():
        said = re.search(
            r"\*\*Slides:\*\* (.+?)\.? \*\*.*?Time:\*\* ([^.]+)\.", notebook.cells[0].source
        )
        slides, time = said.groups() if said else ("", "")
        lines.append(f"| [{_title(notebook)}](notebooks/{name}.ipynb) | {slides} | {time} |")
    return "\n".join(lines)


def _contents(folder: Path) -> str:
    """The tables of contents of the pages that are there, in reading order.

    A folder with an `index.md` is one line, and its other pages stand below it.
    """

    def found(pattern: str) -> list[str]:
        pages = sorted(path.relative_to(folder).with_suffix("") for path in folder.glob(pattern))
        return [page.as_posix() for page in pages]

    for index in sorted(folder.glob("*/index.md")):
        pages = sorted(path.stem for path in index.parent.glob("*.md") if path != index)
        with index.open("a", encoding="utf-8") as text:
            text.write(_toctree("", pages))
    return "\n".join(
        _toctree(caption, pages)
        for caption, pages in {
            "The ten notebooks": found("notebooks/*.ipynb"),
            "Maps": found("slides.md") + found("mistakes/index.md") + found("conventions.md"),
            "Reference": found("api/index.md"),
            "Answers": found("solutions/index.md") + found("derivations/index.md"),
        }.items()
        if pages
    )


def _toctree(caption: str, pages: list[str]) -> str:
    lines = [f":caption: {caption}"] if caption else []
    return "\n".join(
        ["", "```{toctree}", *lines, ":maxdepth: 1", ":hidden:", "", *pages, "```", ""]
    )
