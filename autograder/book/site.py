"""Make the book: run the notebooks, assemble the pages, let Sphinx write the site."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from ..errors import AutograderError
from ..project import Project, find_project
from .answers import released
from .executed import run_all
from .pages import assemble
from .secrecy import shown_secrets

__all__ = ["WORK", "make", "write"]

_CAPTION = '<p class="caption" role="heading"'

WORK = ROOT / "build" / "book"
"""Where runs of notebooks and Sphinx's own files are kept."""


def make(
    output: Path,
    work: Path,
    project: Project | None = None,
    *,
    solutions: bool = False,
    tell: Callable[[str], None] = print,
) -> Path:
    """Write the book as a site into `output`; returns its front page.

    `work` keeps the runs of the notebooks, and Sphinx's own files. `solutions`: with the answers.

    Raises
    ------
    AutograderError : a notebook fails, or Sphinx finds something wrong (it says what).
    """
    project = project or find_project()
    _require_ours(output)
    ran = run_all(project.lessons, project, work / "executed", tell)
    return write(output, work, project, ran, solutions=solutions, tell=tell)


def write(
    output: Path,
    work: Path,
    project: Project,
    ran: Mapping[str, NotebookNode],
    *,
    solutions: bool = False,
    tell: Callable[[str], None] = print,
) -> Path:
    """Write the site of notebooks that have been run."""
    pages = work / "source"
    assemble(pages, project, ran, cache=work / "generated", solutions=solutions, tell=tell)
    shutil.rmtree(output, ignore_errors=True)
    tell("writing the pages")
    if _sphinx(pages, project.root / "book", output, work / "doctrees", solutions):
        raise AutograderError("the book has faults: see the warnings above")
    shutil.rmtree(output / "_sources", ignore_errors=True)  # the pages' texts, from myst-nb
    for page in output.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        # Sphinx's captions of the contents are headings without a level, which screen readers need.
        page.write_text(text.replace(_CAPTION, f'{_CAPTION} aria-level="2"'), encoding="utf-8")
    found = [] if solutions else shown_secrets(output, map(released, ran.values()), project)
    if found:
        shutil.rmtree(output)
        raise AutograderError("\n".join(["the book shows lines of solutions:", *found[:10]]))
    return output / "index.html"


def _require_ours(output: Path) -> None:
    """What is there is deleted: it must be an older book."""
    if output.is_dir() and any(output.iterdir()) and not (output / "searchindex.js").exists():
        raise AutograderError(f"--output must be a new folder or hold an older book, got {output}")


def _sphinx(pages: Path, config: Path, output: Path, doctrees: Path, solutions: bool) -> int:
    try:
        from sphinx.cmd.build import main
    except ModuleNotFoundError:
        raise AutograderError("the book is made by Sphinx: pip install -e '.[book]'") from None
    shutil.rmtree(doctrees, ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(config), "-d", str(doctrees)]
    options += ["-D", f"book_solutions={int(solutions)}"]
    return int(main([*options, str(pages), str(output)]))
