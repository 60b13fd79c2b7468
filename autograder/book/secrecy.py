"""Search the site for code that its reader is asked to write, as a release is searched."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from ..authoring.leaks import secret_lines
from ..project import Project
from .source_pages import modules, shown_source

__all__ = ["shown_secrets"]

_READ = (".html", ".js", ".txt", ".svg", ".json")


def shown_secrets(site: Path, releases: Iterable[NotebookNode], project: Project) -> list[str]:
    """The lines of solutions that `site` shows, one each: none, if it may be given to students.

    A line that is also in the `releases`, or in what is left of the library, tells nothing.
    """
    given = [cell.source for release in releases for cell in release.cells]
    given += [shown_source(module, project, solutions=False) for module in modules(project)]
    public = "\n".join(given)
    secret: dict[str, str] = {}
    for notebook in project.lessons:
        secret |= secret_lines(notebook, project)
    secret = {line: where for line, where in secret.items() if line not in public}
    lines = []
    for path in sorted(site.rglob("*")):
        if path.suffix in _READ and path.parent != site / "_static":  # Sphinx's own programs
            text = _words(path.read_text(encoding="utf-8"))
            name = path.relative_to(site).as_posix()
            lines += [f"{name}: {where}: {line}" for line, where in secret.items() if line in text]
    return lines


def _words(page: str) -> str:
    """The text of a page, and that of its attributes: frames hold whole pages in one."""
    return html.unescape(re.sub(r"<[^>]*>", "", page)) + html.unescape(page)
