"""All pages of the book, as Sphinx reads them: written by hand, or made from the course.

::

    index.md, conventions.md, …     as they stand in the book's folder (derivations/ is an answer)
    notebooks/LESSON.ipynb          the release, with the outputs of the source
    mistakes/                       made from the exercises
    …                               what the book's own `pages.write` makes
    api/MODULE.md                   autodoc of the library
    solutions/, derivations/        only where asked for

In ``index.md``, ``<!-- notebooks: Time -->`` stands for a table of the notebooks and of what their
first cells say after ``**Time:**``, and ``<!-- code -->`` for what these pages show of the answers.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from ..authoring.percent import FIRST_CELL, kind
from ..errors import AutograderError
from ..project import Project
from . import gallery
from .additions import addition
from .answers import released
from .executed import key_of, library_files, with_outputs
from .source_pages import modules

__all__ = ["assemble", "lesson_files", "notebook_page", "worked"]

_BOX = """\
:::{{admonition}} Do this notebook
:class: do

This page shows it with everything passed, and without the code that you write. To write it, get the
notebook with the places left empty:

- **from the self-study bundle:** unzip it, and open `notebooks/{name}.ipynb` in JupyterLab;
- **from a clone of the course,** in its environment:
  ```sh
  python -m autograder init course       # once
  python -m autograder release {name}
  jupyter lab course/release/{name}
  ```
{check}:::"""

_CHECK = """
Run the first cell, write an exercise, and run the check below it, such as `check("{check}")`: it
needs no internet and no other exercise. `progress()` shows what is done.
"""

_WITHOUT = """\
The code that you are asked to write is left out of these pages, sources included."""

_WITH = """\
This is the book with the answers: see "Answers". The notebooks' pages show none."""

_ANSWERS = """\
# Solutions

The answers of this course's authors, a page for each notebook. Others are right, too: the check
accepts what computes the same.
"""

_SOURCES = (".md", ".ipynb", ".rst")
"""What Sphinx takes for a page."""

_REVEALS = re.compile(r"^[^#\n]*\b(?:reveal|guessed)\(", re.MULTILINE)
"""A cell that shows the reader's guess beside the result; its output is folded until then."""

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
    _written(folder, project, solutions)
    by_hand = _pages(folder)
    for name, path in lesson_files(project).items():
        if path.suffix not in _SOURCES:
            (folder / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / "notebooks" / name)
    for name, source in ran.items():
        target = folder / "notebooks" / f"{name}.ipynb"
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook_page(name, source), target)
    further = addition(project, "pages")
    if further:
        _kept("pages", further.write, folder, project, cache, tell)
    _kept("mistakes", gallery.write, folder, project, cache, tell)
    _library(folder / "api", project)
    if solutions:
        for name, source in ran.items():
            target = folder / "solutions" / f"{name}.md"
            target.parent.mkdir(exist_ok=True)
            target.write_text(worked(name, source), encoding="utf-8")
        (folder / "solutions" / "index.md").write_text(_ANSWERS, encoding="utf-8")
    index = folder / "index.md"
    text = index.read_text(encoding="utf-8")
    text = re.sub(r"<!-- notebooks(?:: (.*?))? -->", lambda mark: _table(ran, mark[1] or ""), text)
    text = text.replace("<!-- code -->", _WITH if solutions else _WITHOUT)
    index.write_text(text + _contents(folder, by_hand), encoding="utf-8")


def lesson_files(project: Project) -> dict[str, Path]:
    """The data of all lessons, by the name they have beside the notebooks.

    Raises
    ------
    AutograderError : two lessons have different files of one name.
    """
    files: dict[str, Path] = {}
    for lesson in project.lessons:
        for name, path in project.files(lesson).items():
            if name in files and files[name].read_bytes() != path.read_bytes():
                raise AutograderError(
                    f"{project.relative(files[name])} and {project.relative(path)} differ, and "
                    "would lie in one folder: give one of them another name"
                )
            files[name] = path
    return files


def _written(folder: Path, project: Project, solutions: bool) -> None:
    """Put the pages that are written by hand into `folder`."""

    def left_out(parent: str, names: list[str]) -> set[str]:
        code = {name for name in names if name.endswith(".py") or name[0] in "._"}
        packages = {name for name in names if Path(parent, name, "__init__.py").exists()}
        return code | packages | (set() if solutions else {"derivations"})

    folder.mkdir(parents=True)
    if project.book:
        shutil.copytree(project.book, folder, ignore=left_out, dirs_exist_ok=True)
    if not (folder / "index.md").exists():
        template = resources.files("autograder") / "templates" / "book" / "index.md"
        text = template.read_text(encoding="utf-8").format(title=project.title)
        (folder / "index.md").write_text(text, encoding="utf-8")


def _kept(
    name: str,
    write: Callable[[Path, Project], object],
    folder: Path,
    project: Project,
    cache: Path,
    tell: Callable[[str], None],
) -> None:
    """Put the pages that a function writes into `folder`; they are kept, for they take a minute."""
    engine = Path(__file__).parents[1]
    code = [engine / "exercise.py", *engine.glob("book/*.py"), *engine.glob("check/*.py")]
    code += [*(project.root / "lessons").rglob("*")]
    code += project.book.rglob("*.py") if project.book else []
    key = key_of(*library_files(project), *code)
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
        elif cell.cell_type == "code":
            _fold(cell, called == FIRST_CELL)
    if not _heading(ran):
        page.cells.insert(0, new_markdown_cell(f"# {name}", id="title"))
    check = _CHECK.format(check=first) if first else ""
    page.cells.insert(1, new_markdown_cell(_BOX.format(name=name, check=check), id="do-this"))
    return page


def _fold(cell: NotebookNode, first: bool) -> None:
    """Fold the code of the first cell and of figures, and what stands beside the reader's guess."""
    draws = any("image/png" in output.get("data", {}) for output in cell.outputs)
    tags = ["hide-input"] * (first or draws) + ["hide-output"] * bool(_REVEALS.search(cell.source))
    prompts = {
        ("hide-input",): "The code of this figure" if draws else "Is everything installed?",
        ("hide-output",): "What the cell shows",
        ("hide-input", "hide-output"): "The cell's {type}",
    }
    if tags:
        prompt = {f"code_prompt_{key}": prompts[tuple(tags)] for key in ("show", "hide")}
        cell.metadata["tags"] = tags
        cell.metadata["mystnb"] = {**cell.metadata.get("mystnb", {}), **prompt}


def worked(name: str, ran: NotebookNode) -> str:
    """The answers of notebook `name`: a section for each cell that a reader fills in."""
    parts = [
        f"# Solutions: {_heading(ran) or name}",
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


def _library(folder: Path, project: Project) -> None:
    """A page for each public module of the library."""
    for name in modules(project):
        module = name.partition(".")[2]
        if not any(part.startswith("_") for part in module.split(".")):
            title, options = (module, "") if module else ("The library", "   :no-members:\n")
            text = f"# {title}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"
            folder.mkdir(exist_ok=True)
            (folder / f"{module or 'index'}.md").write_text(text, encoding="utf-8")


def _heading(notebook: NotebookNode) -> str:
    """The heading with which a notebook begins; "" if it begins with something else."""
    first = notebook.cells[0] if notebook.cells else NotebookNode(cell_type="", source="")
    line = first.source.partition("\n")[0] if first.cell_type == "markdown" else ""
    return str(line.removeprefix("# ")) if line.startswith("# ") else ""


def _table(ran: Mapping[str, NotebookNode], labels: str) -> str:
    """A line for each notebook: its title, and what its first cell says after each label."""
    names = [label.strip() for label in labels.split(",") if label.strip()]
    heads = ["notebook", *(name.lower() for name in names)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, notebook in ran.items():
        text = notebook.cells[0].source if notebook.cells else ""
        cells = [f"[{_heading(notebook) or name}](notebooks/{name}.ipynb)"]
        for label in names:
            after = rf"\*\*{re.escape(label)}:\*\* (.+?)\.?(?: \*\*\w+:\*\*|$)"
            match = re.search(after, text, re.M)
            cells.append(match[1] if match else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _pages(folder: Path) -> list[str]:
    """The pages at the top, and folders by their `index`."""
    paths = sorted([*folder.glob("*.md"), *folder.glob("*/index.md")])
    return [path.relative_to(folder).with_suffix("").as_posix() for path in paths]


def _contents(folder: Path, by_hand: list[str]) -> str:
    """The tables of contents of the pages that are there, in reading order.

    A folder with an `index.md` is one line, and its other pages stand below it.
    """
    for index in sorted(folder.glob("*/index.md")):
        pages = sorted(path.stem for path in index.parent.glob("*.md") if path != index)
        with index.open("a", encoding="utf-8") as text:
            text.write(_toctree("", pages))
    there = _pages(folder)
    answers = ["solutions/index", "derivations/index"]
    placed = ["index", "mistakes/index", "api/index", *answers]
    rest = [page for page in there if page not in placed]
    made = [page for page in rest if page not in by_hand]
    written = [page for page in rest if page in by_hand]
    there += sorted(f"notebooks/{path.stem}" for path in folder.glob("notebooks/*.ipynb"))
    contents = {
        "Notebooks": [page for page in there if page.startswith("notebooks/")],
        "Guides": [*made, "mistakes/index", *written],
        "Reference": ["api/index"],
        "Answers": answers,
    }
    tables = {name: [page for page in pages if page in there] for name, pages in contents.items()}
    return "\n".join(_toctree(caption, pages) for caption, pages in tables.items() if pages)


def _toctree(caption: str, pages: list[str]) -> str:
    lines = [f":caption: {caption}"] if caption else []
    return "\n".join(
        ["", "```{toctree}", *lines, ":maxdepth: 1", ":hidden:", "", *pages, "```", ""]
    )
