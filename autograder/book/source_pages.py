"""The library in the book, without the code that a notebook asks a reader to write.

A Sphinx extension, to be named in ``conf.py`` beside ``sphinx.ext.viewcode``, whose question
"what is the source of this module?" it answers. ``book_project`` is the folder of the project's
manifest; ``book_solutions = True`` shows all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..project import Project, find_project
from .answers import built, emptied, summary

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["modules", "setup", "shown_source"]


def modules(project: Project) -> list[str]:
    """The modules of the library by their full names, the package itself among them."""
    if project.library is None:
        return []
    paths = sorted(project.library.rglob("*.py"))
    names = [path.relative_to(project.library.parent).with_suffix("").parts for path in paths]
    return [".".join(parts).removesuffix(".__init__") for parts in names]


def shown_source(module: str, project: Project, solutions: bool) -> str:
    """The text of a module of the library, as the book shows it."""
    assert project.library is not None
    path = Path(project.library.parent, *module.split(".")).with_suffix(".py")
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"
    text = path.read_text(encoding="utf-8")
    return text if solutions else emptied(text, built(project).get(module, {}))


def _find(app: Sphinx, module: str) -> tuple[str, dict[str, Any]] | None:
    from sphinx.pycode import ModuleAnalyzer

    project = _project(app)
    if module not in modules(project):
        return None
    text = shown_source(module, project, app.config.book_solutions)
    analyzer = ModuleAnalyzer.for_string(text, module)
    return analyzer.code, analyzer.find_tags()


def _project(app: Sphinx) -> Project:
    return find_project(Path(app.config.book_project))


def _describe(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Say in which notebook a function is built, and leave its equation to the reader."""
    module, _, function = name.rpartition(".")
    notebook = built(_project(app)).get(module, {}).get(function)
    if notebook and not app.config.book_solutions:
        lines[:] = [summary("\n".join(lines))]
    lines[:] = [_bars(line) for line in lines]
    if notebook and f"notebooks/{notebook}" in app.env.found_docs:
        lines += ["", f"*You build this in* :doc:`/notebooks/{notebook}`."]


def _bars(line: str) -> str:
    r"""A line of prose with its bars escaped: to Sphinx, ``|x|`` is the name of a text.

    >>> print(_bars("between |x| and ``|y|``"))
    between \|x\| and ``|y|``
    """
    if line[:1] in ("", " ", "+", "|", ">", "."):
        return line
    parts = re.split("(``.*?``)", line)
    return "".join(part if part[:2] == "``" else part.replace("|", r"\|") for part in parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_config_value("book_solutions", False, "env", (bool,))
    app.add_config_value("book_project", "", "env", (str,))
    app.connect("viewcode-find-source", _find)
    app.connect("autodoc-process-docstring", _describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
