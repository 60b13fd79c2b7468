"""Digests of Python code that comments, docstrings and line breaks do not change.

Also the files that a module imports, so that a digest can cover them.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

__all__ = ["code_digest", "imported_files"]


def code_digest(paths: Iterable[Path]) -> str:
    """One digest for the names and the syntax trees of these modules, in any order."""
    parts = sorted(f"{path.name} {_digest(path.read_text('utf-8'))}" for path in set(paths))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _digest(source: str) -> str:
    """The digest of one module's text.

    >>> _digest("x = 1  # one") == _digest("'About x.'; x = (1)")
    True
    >>> _digest("x = 1") == _digest("x = 1.0")
    False
    """
    return hashlib.sha256("".join(_tokens(ast.parse(source))).encode()).hexdigest()


def _tokens(node: object) -> Iterator[str]:
    """A syntax tree as text, the same in every version of Python: empty fields are left out."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if name == "body" and _has_docstring(node):
                value = value[1:]
            if value not in (None, []) and name not in ("ctx", "kind"):
                yield f" {name}="
                yield from _tokens(value)
        yield ")"
    elif isinstance(node, list):
        for item in node:
            yield from _tokens(item)
            yield ","
    else:
        yield repr(node)


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def imported_files(modules: Iterable[Path], packages: Iterable[Path] = ()) -> set[Path]:
    """These modules and all that they import, even indirectly, from `packages` or relatively.

    packages : folders of packages; imports from other packages are left out.

    Raises
    ------
    FileNotFoundError : a module that is imported does not exist.
    """
    tops = {folder.name: folder for folder in packages}
    files: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = waiting.pop()
        if path not in files:
            files.add(path)
            waiting += _imports(path, tops)
    return files


def _imports(path: Path, tops: dict[str, Path]) -> Iterator[Path]:
    for node in _import_statements(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                yield from _files(path.parents[node.level - 1], node.module or "", node.names)
            else:
                top, _, rest = (node.module or "").partition(".")
                yield from _files(tops[top], rest, node.names) if top in tops else ()
        else:
            for alias in node.names:
                top, _, rest = alias.name.partition(".")
                yield from _files(tops[top], rest, []) if top in tops else ()


@lru_cache(maxsize=1000)
def _import_statements(source: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    nodes = ast.walk(ast.parse(source))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def _files(folder: Path, module: str, names: list[ast.alias]) -> Iterator[Path]:
    """The file of a module; for a package its ``__init__.py`` and its modules among `names`."""
    path = folder.joinpath(*module.split(".")) if module else folder
    if not path.is_dir():
        if not path.with_suffix(".py").is_file():
            raise FileNotFoundError(f"{path.with_suffix('.py')} is imported and is not there")
        yield path.with_suffix(".py")
        return
    inside = [path / alias.name for alias in names]
    candidates = [path / "__init__.py", *(submodule.with_suffix(".py") for submodule in inside)]
    candidates += [submodule / "__init__.py" for submodule in inside]
    yield from filter(Path.is_file, candidates)
