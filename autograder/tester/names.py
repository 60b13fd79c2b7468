"""What a cell's source loads, binds and touches: decides what a test needs, and whose it is."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

__all__ = ["Names", "names_of"]

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_RUNS_TEXT = {
    "eval", "exec", "compile", "timeit", "repeat", "run_line_magic", "run_cell_magic",
    "get_ipython", "globals", "locals", "vars", "format_map", "format",
}  # fmt: skip


@dataclass
class Names:
    """The names in one cell.

    loads : those that it or a function in it reads, or that stand in its texts.
    binds : those that it gives a value, but for those local to functions; touches : whose value
    it may change.
    read_by_functions : those that functions in it read and do not bind.
    imports : its import statements, and the names that each binds ("*" for all of a module).
    definitions : its functions and classes, by name, as text; texts : the strings in it.
    methods : what functions in its classes are called.
    """

    loads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    touches: set[str] = field(default_factory=set)
    read_by_functions: set[str] = field(default_factory=set)
    imports: list[tuple[str, set[str]]] = field(default_factory=list)
    definitions: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)


def names_of(source: str) -> Names:
    """Analyse Python text (magics are transformed before); nothing for text that is no Python."""
    names = Names()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return names
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            names.read_by_functions |= _free(node)
        elif isinstance(node, ast.Global):
            names.binds |= set(node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.binds.add(node.name)
        elif isinstance(node, ast.ClassDef):
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            names.methods |= {item.name for item in node.body if isinstance(item, functions)}
    names.loads, names.texts = _loaded(tree)
    for node in tree.body:
        _Top(names, source).visit(node)
    return names


def _loaded(tree: ast.AST) -> tuple[set[str], list[str]]:
    names: set[str] = set()
    words: set[str] = set()
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    words |= names
    for text in texts:
        if text.isidentifier():
            names.add(text)
        elif words & _RUNS_TEXT:
            names |= set(_IDENTIFIER.findall(text[:10_000]))
    return names, texts


def _free(function: ast.AST) -> set[str]:
    """Names that a function reads and does not bind."""
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            (bound if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Global):
            read |= set(node.names)
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            bound -= set(node.names)
    return read - bound


class _Top(ast.NodeVisitor):
    """Gathers what the top level of a cell binds; does not enter functions."""

    def __init__(self, names: Names, source: str) -> None:
        self._names, self._source = names, source

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self._names.binds.add(node.name)
        text = ast.get_source_segment(self._source, node)
        decorators = "".join(f"@{ast.unparse(item)}\n" for item in node.decorator_list)
        if text:
            self._names.definitions[node.name] = decorators + text

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _define

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass

    def _comprehension(self, node: ast.AST) -> None:
        pass

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._names.binds.add(node.id)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        bound = {(alias.asname or alias.name.partition(".")[0]) for alias in node.names}
        self._names.binds |= bound - {"*"}
        self._names.imports.append((ast.unparse(node), bound))

    visit_Import = visit_ImportFrom = _import

    def _touch(self, node: ast.AST) -> None:
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        if isinstance(node, ast.Name):
            self._names.touches.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._touch(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._touch(node)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self._touch(node.value.func)
        self.generic_visit(node)
