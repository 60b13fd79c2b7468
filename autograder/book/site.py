"""Make the book: run the notebooks, assemble the pages, let Sphinx write the site."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from ..errors import AutograderError
from ..project import MANIFEST, Project, find_project
from .answers import released
from .executed import run_all
from .pages import assemble
from .secrecy import shown_secrets

__all__ = ["make", "work_folder", "write"]

_CAPTION = '<p class="caption" role="heading"'
_TOGGLE = ' aria-label="Toggle hidden content"'
_CONFIGURATION = """\
from autograder.book.configuration import *

project = html_title = {title!r}
"""


def work_folder(project: Project) -> Path:
    """Where runs of notebooks and Sphinx's own files are kept: beside the book's folder."""
    return (project.book.parent if project.book else project.root) / "build" / "book"


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
    _require_older_book(output)
    if not project.lessons:
        raise AutograderError(f"{project.root / MANIFEST} names no lessons, so no book")
    if project.book and not project.book.is_dir():
        raise AutograderError(f"{project.root / MANIFEST}: there is no book in {project.book}")
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
    if _sphinx(pages, output, work, project, solutions):
        raise AutograderError("the book has faults: see the warnings above")
    shutil.rmtree(output / "_sources", ignore_errors=True)  # the pages' texts, from myst-nb
    for page in output.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        # Sphinx's captions of the contents are headings without a level, which screen readers need;
        # and they should read what a fold says, not myst-nb's name for all of them.
        text = text.replace(_CAPTION, f'{_CAPTION} aria-level="2"').replace(_TOGGLE, "")
        page.write_text(text, encoding="utf-8")
    secrets = [] if solutions else shown_secrets(output, map(released, ran.values()), project)
    if secrets:
        shutil.rmtree(output)
        raise AutograderError("\n".join(["the book shows lines of solutions:", *secrets[:10]]))
    return output / "index.html"


def _require_older_book(output: Path) -> None:
    """What is in `output` is deleted."""
    if output.is_dir() and any(output.iterdir()) and not (output / "searchindex.js").exists():
        raise AutograderError(f"--output must be a new folder or hold an older book, got {output}")


def _sphinx(pages: Path, output: Path, work: Path, project: Project, solutions: bool) -> int:
    try:
        from sphinx.cmd.build import main
    except ModuleNotFoundError:
        raise AutograderError("the book is made by Sphinx: pip install -e '.[book]'") from None
    if project.library and str(project.library.parent) not in sys.path:
        sys.path.append(str(project.library.parent))  # autodoc imports it
    shutil.rmtree(work / "doctrees", ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(work / "doctrees")]
    options += ["-c", str(_configuration(work, project))]
    options += ["-D", f"book_solutions={int(solutions)}", "-D", f"book_project={project.root}"]
    return int(main([*options, str(pages), str(output)]))


def _configuration(work: Path, project: Project) -> Path:
    """The folder of Sphinx's ``conf.py``: the book's, else one that is made here."""
    if project.book and (project.book / "conf.py").is_file():
        return project.book
    path = work / "configuration" / "conf.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_CONFIGURATION.format(title=project.title), encoding="utf-8")
    return path.parent
