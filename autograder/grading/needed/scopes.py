"""The names that Python code reads, binds and changes, resolved as Python resolves them.

Those that are local to functions, comprehensions and their arguments are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Names", "Scope", "imports_of"]

_CHANGES = {
    "add", "append", "appendleft", "clear", "discard", "extend", "fill", "insert", "pop", "popitem",
    "popleft", "remove", "reverse", "setdefault", "setflags", "sort", "update",
}  # fmt: skip
"""Methods that change a list, dict, set, deque or array."""


_READS = {"copy", "count", "get", "index", "items", "keys", "values"}
_READERS = {
    "all", "any", "dict", "enumerate", "float", "frozenset", "int", "len", "list", "max", "min",
    "print", "range", "repr", "set", "sorted", "str", "sum", "tuple", "zip",
}  # fmt: skip
"""Methods and functions that hand on no list or dict, only what is in it."""


@dataclass
class Names:
    """The names that some code reads (loads) and gives a value (binds).

    touches : those of which it sets an attribute or an item; changes : those whose value, or what
    that returns, it may change otherwise; shares : those whose value it hands on, and does not only
    look into.
    """

    loads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    touches: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    shares: set[str] = field(default_factory=set)

    def take(self, other: Names, local: Iterable[str] = ()) -> None:
        """Take the names of code inside this one, but for those that are local to it."""
        self.loads |= other.loads.difference(local)
        self.binds |= other.binds.difference(local)
        self.touches |= other.touches.difference(local)
        self.changes |= other.changes.difference(local)
        self.shares |= other.shares.difference(local)


def imports_of(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What an import binds, as {name: dotted name}; "*" : everything of a module."""
    if isinstance(node, ast.Import):
        tops = [alias.name.partition(".")[0] for alias in node.names]
        pairs = zip(node.names, tops, strict=True)
        return {alias.asname or top: alias.name if alias.asname else top for alias, top in pairs}
    module = "." * node.level + (node.module or "")
    return {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}


class Scope(ast.NodeVisitor):
    """The names of one scope, and of the functions inside it when they are called."""

    def __init__(self) -> None:
        self.now, self.later = Names(), Names()
        self._outer: set[str] = set()  # declared as global, or nonlocal
        self._looked_into: set[int] = set()

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        (self.now.loads if isinstance(node.ctx, ast.Load) else self.now.binds).add(node.id)
        if isinstance(node.ctx, ast.Load) and id(node) not in self._looked_into:
            self.now.shares.add(node.id)

    def _look_into(self, *nodes: ast.AST) -> None:
        self._looked_into.update(map(id, nodes))

    def _change(self, node: ast.AST, called: bool) -> None:
        """Note the name at the front of what is changed; called : not a part, but a result."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
            called = called or isinstance(node, ast.Call)
            node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Name):
            (self.now.changes if called else self.now.touches).add(node.id)

    def _part(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node, called=False)
        elif isinstance(node, ast.Subscript):
            self._look_into(node.value)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _part

    def visit_Compare(self, node: ast.Compare) -> None:
        self._look_into(node.left, *node.comparators)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        pairs = zip(node.keys, node.values, strict=True)
        self._look_into(*(value for key, value in pairs if key is None))
        self.generic_visit(node)

    def _iteration(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        self._look_into(node.iter)
        self.generic_visit(node)

    visit_For = visit_AsyncFor = visit_comprehension = _iteration

    def visit_Starred(self, node: ast.Starred) -> None:
        self._look_into(node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.now.loads.add(node.target.id)
            self.now.touches.add(node.target.id)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit_all([node.target, node.value])  # nobody changes anything through a type

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
            self._change(node.func.value, called=True)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _READS:
                self._look_into(node.func.value)
            elif node.func.attr == "join":
                self._look_into(*node.args)
        elif isinstance(node.func, ast.Name) and node.func.id in _READERS:
            self._look_into(*node.args)
        for keyword in node.keywords:
            if keyword.arg == "out":
                self._change(keyword.value, called=True)
            elif keyword.arg is None:
                self._look_into(keyword.value)
        self.generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = [
            *node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs,
            *filter(None, (node.args.vararg, node.args.kwarg)),
        ]  # fmt: skip
        outside: list[ast.expr | None] = [*node.args.defaults, *node.args.kw_defaults]
        outside += [argument.annotation for argument in arguments]
        body = Scope()
        body.now.binds = {argument.arg for argument in arguments}
        if isinstance(node, ast.Lambda):
            body.visit(node.body)
        else:
            self.now.binds.add(node.name)
            outside += [*node.decorator_list, node.returns]
            body.visit_all(node.body)
        self.visit_all(outside)
        local = body.now.binds - body._outer
        self.later.take(body.now, local)
        self.later.take(
            Names(body.later.loads, set(), body.later.touches, body.later.changes), local
        )
        self.later.binds |= body.later.binds

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.now.binds.add(node.name)
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        body = Scope()
        body.visit_all(node.body)
        self._take(body, body.now.binds)
        self.now.loads |= body.now.loads  # a name of the class may be one outside as well

    def _comprehension(self, node: ast.AST) -> None:
        body = Scope()
        body.generic_visit(node)
        outside = {
            item.target.id
            for item in ast.walk(node)
            if isinstance(item, ast.NamedExpr) and isinstance(item.target, ast.Name)
        }
        self._take(body, body.now.binds - outside)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _take(self, body: Scope, local: set[str]) -> None:
        self.now.take(body.now, local)
        self.later.take(body.later)

    def _declaration(self, node: ast.Global | ast.Nonlocal) -> None:
        self._outer |= set(node.names)

    visit_Global = visit_Nonlocal = _declaration

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.now.binds |= imports_of(node).keys()

    visit_Import = visit_ImportFrom = _import

    def _named(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        self.now.binds |= {node.name} if node.name else set()
        self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _named

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.now.binds |= {node.rest} if node.rest else set()
        self.generic_visit(node)
