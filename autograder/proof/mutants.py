"""Generic faults: every small change of an answer's syntax tree, one at a time.

``mutants(source)`` yields the source with a sign turned, an operator, comparison, constant, axis or
index replaced, a term, argument, statement or copy dropped, arguments swapped, a narrow type put
in: the slips that nobody listed. `prove` asks the tests of an exercise to find each of them.

Published mutation tools (cosmic-ray, mutmut) change a file and start the test program again,
seconds a mutant, and know no axis, copy or dtype. Here a mutant is a function that is called, in
milliseconds, and the changes are those of array code.

What is not asked of students is not changed: signatures, docstrings, and what refuses or converts
arguments (an ``if`` that ends in ``raise``, ``x = np.asarray(x)``, helpers of nothing but these).
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..exercise import source_of
from .changes import DROPPED, called, changes

__all__ = ["Mutant", "load", "mutants", "whole_source"]


@dataclass(frozen=True)
class Mutant:
    """A source with one change. `before` and `after` are the line that changed."""

    kind: str
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.before}  →  {self.after}"


def whole_source(function: Callable[..., Any]) -> str:
    """The function's source, after that of its module's private helpers which it calls.

    >>> from cs231n_lib import optim
    >>> [node.name for node in ast.parse(whole_source(optim.adam)).body]
    ['_filled', 'adam']
    """
    module = inspect.getmodule(function)
    found: dict[str, str] = {}

    def visit(one: Callable[..., Any]) -> None:
        source = source_of(one)
        for node in ast.walk(ast.parse(source)):
            helper = vars(module).get(node.id) if isinstance(node, ast.Name) else None
            if (
                inspect.isfunction(helper)
                and helper.__name__.startswith("_")
                and helper.__module__ == one.__module__
                and helper.__name__ not in found
                and helper is not one
            ):
                visit(helper)
        found.setdefault(one.__name__, source)

    visit(function)
    return "\n\n".join(found.values())


def load(source: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of that source, which finds what else it needs in `function`'s module."""
    scope = {"np": np, **vars(inspect.getmodule(function))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, f"<mutant of {function.__name__}>", "exec"), scope)
    loaded: Callable[..., Any] = scope[function.__name__]
    return loaded


def mutants(source: str) -> list[Mutant]:
    """All sources that differ from `source` by one change, each once.

    >>> for mutant in mutants("def f(a, b):\\n    return a < b"):
    ...     print(mutant.kind, "|", mutant.name)
    comparison | return a < b  →  return a <= b
    comparison | return a < b  →  return a >= b
    """
    tree = ast.parse(textwrap.dedent(source))
    seen, found = {ast.unparse(tree)}, []
    names: Counter[str] = Counter()
    for place in list(_places(tree)):
        before = _line(place.statement)
        for kind, new in changes(place.node):
            with_change = place.put(new)
            after = _line(place.now(new))
            text = ast.unparse(ast.fix_missing_locations(tree))
            with_change()
            if text not in seen and _compiles(text):
                seen.add(text)
                names[f"{before} {after}"] += 1
                number = names[f"{before} {after}"]
                again = f"  # no. {number}" if number > 1 else ""
                found.append(Mutant(kind, before, after + again, text))
    return found


# --- places ---------------------------------------------------------------------------------------

_SKIPPED = {"annotation", "returns", "decorator_list", "type_params", "type_comment"}


@dataclass
class _Place:
    """Where a node stands: in a field of its owner, at `index` if that field is a list."""

    owner: ast.AST
    field: str
    index: int | None
    node: ast.AST
    statement: ast.stmt

    def put(self, new: ast.AST) -> Callable[[], None]:
        """Put `new` there; returns what takes it back."""
        if self.index is None:
            setattr(self.owner, self.field, new)
            return lambda: setattr(self.owner, self.field, self.node)
        items, before = getattr(self.owner, self.field), [*getattr(self.owner, self.field)]
        if new is DROPPED and not isinstance(self.node, ast.stmt):
            del items[self.index]
        else:
            items[self.index] = new
        return lambda: items.__setitem__(slice(None), before)

    def now(self, new: ast.AST) -> ast.stmt:
        """The statement as it is with `new` in place."""
        return new if self.node is self.statement and isinstance(new, ast.stmt) else self.statement


def _places(tree: ast.Module) -> Iterator[_Place]:
    guards = _guards(tree)

    def inside(owner: ast.AST, statement: ast.stmt | None) -> Iterator[_Place]:
        if isinstance(owner, ast.FunctionDef) and owner.name in guards:
            return
        for field, value in ast.iter_fields(owner):
            if field in _SKIPPED:
                continue
            for index, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or _is_guard(node, guards):
                    continue
                here = node if isinstance(node, ast.stmt) else statement
                if here is not None and not isinstance(node, ast.FunctionDef):
                    at = index if isinstance(value, list) else None
                    yield _Place(owner, field, at, node, here)
                yield from inside(node, here)

    return inside(tree, None)


def _is_guard(node: ast.AST, helpers: set[str]) -> bool:
    """Whether this refuses or converts arguments, and computes nothing."""
    if isinstance(node, ast.If):
        return not node.orelse and isinstance(node.body[-1], ast.Raise)
    if isinstance(node, ast.For):
        return all(_is_guard(item, helpers) for item in node.body)
    if isinstance(node, ast.Assign):
        return _converts(node.targets[0], node.value, helpers)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_guard(node.value, helpers)
    if isinstance(node, ast.withitem):
        return isinstance(node.context_expr, ast.Call) and called(node.context_expr) == "errstate"
    if isinstance(node, ast.Call):
        return called(node) in helpers
    if isinstance(node, ast.arguments):  # the signature is given
        return True
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert))


def _converts(target: ast.expr, value: ast.expr, helpers: set[str]) -> bool:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return all(_converts(*two, helpers) for two in zip(target.elts, value.elts, strict=True))
    if not isinstance(value, ast.Call) or called(value) not in {"asarray", *helpers}:
        return False
    given = ast.Tuple(value.args) if isinstance(target, ast.Tuple) else value.args[0]
    return ast.unparse(target) == ast.unparse(given)


def _guards(tree: ast.Module) -> set[str]:
    """Names of the helpers that refuse arguments, or give them back."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            rest = [item for item in node.body if not _is_guard(item, found)]
            given = {arg.arg for arg in node.args.args}
            if all(isinstance(item, ast.Return) and _gives_back(item, given) for item in rest):
                found.add(node.name)
    return {name for name in found if name.startswith("_")}


def _gives_back(node: ast.Return, given: set[str]) -> bool:
    nodes = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    return all(isinstance(each, ast.Name) and each.id in given for each in nodes)


def _line(statement: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(statement)).splitlines()[0].strip()


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as "int" is not callable: it will show
            compile(text, "<mutant>", "exec")
    except SyntaxError:  # such as a `*` with nothing to unpack
        return False
    return True
