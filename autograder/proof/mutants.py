"""Generic faults: every small change of an answer's syntax tree, one at a time.

``mutants(source)`` yields the source with a sign turned, an operator, comparison, constant, axis or
index replaced, a term, argument, statement or copy dropped, arguments swapped, or a narrow type put
in: the slips that nobody listed. `prove` requires the tests of an exercise to find each of them.

Published mutation tools (cosmic-ray, mutmut) change a file and restart the tests, which takes
seconds a mutant, and they know no axis, copy or dtype. Here a mutant is a function that is called
within milliseconds, and the changes suit array code.

Code that students do not have to write is not changed: signatures, docstrings, and guards, which
reject or convert arguments (an ``if`` that ends in ``raise``, ``x = np.asarray(x)``, helpers that
hold only such statements).
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
    """A source with one change. `before` and `after` : the line that changed."""

    kind: str
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.before}  →  {self.after}"


def whole_source(function: Callable[..., Any]) -> str:
    """The function's source, preceded by the private helpers of its module that it calls.

    >>> from autograder import syntax
    >>> [node.name for node in ast.parse(whole_source(syntax.code_digest)).body][-1]
    'code_digest'
    """
    module = inspect.getmodule(function)
    sources: dict[str, str] = {}

    def visit(called_function: Callable[..., Any]) -> None:
        source = source_of(called_function)
        for node in ast.walk(ast.parse(source)):
            helper = vars(module).get(node.id) if isinstance(node, ast.Name) else None
            if (
                inspect.isfunction(helper)
                and helper.__name__.startswith("_")
                and helper.__module__ == called_function.__module__
                and helper.__name__ not in sources
                and helper is not called_function
            ):
                visit(helper)
        sources.setdefault(called_function.__name__, source)

    visit(function)
    return "\n\n".join(sources.values())


def load(source: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that `source` defines, with the global names of `function`'s module."""
    scope = {"np": np, **vars(inspect.getmodule(function))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, f"<mutant of {function.__name__}>", "exec"), scope)
    loaded: Callable[..., Any] = scope[function.__name__]
    return loaded


def mutants(source: str) -> list[Mutant]:
    """All different sources that one change of `source` gives.

    >>> for mutant in mutants("def f(a, b):\\n    return a < b"):
    ...     print(mutant.kind, "|", mutant.name)
    comparison | return a < b  →  return a <= b
    comparison | return a < b  →  return a >= b
    """
    tree = ast.parse(textwrap.dedent(source))
    seen, results = {ast.unparse(tree)}, []
    names: Counter[str] = Counter()
    for place in list(_places(tree)):
        before = _line(place.statement)
        for kind, new in changes(place.node):
            undo = place.put(new)
            after = _line(place.changed_statement(new))
            text = ast.unparse(ast.fix_missing_locations(tree))
            undo()
            if text not in seen and _compiles(text):
                seen.add(text)
                names[f"{before} {after}"] += 1
                number = names[f"{before} {after}"]
                again = f"  # no. {number}" if number > 1 else ""
                results.append(Mutant(kind, before, after + again, text))
    return results


# --- places ---------------------------------------------------------------------------------------

_SKIPPED = {"annotation", "returns", "decorator_list", "type_params", "type_comment"}


@dataclass
class _Place:
    """The place of a node: a field of its owner, at `index` if that field is a list."""

    owner: ast.AST
    field: str
    index: int | None
    node: ast.AST
    statement: ast.stmt

    def put(self, new: ast.AST) -> Callable[[], None]:
        """Put `new` in this place; returns a function that undoes it."""
        if self.index is None:
            setattr(self.owner, self.field, new)
            return lambda: setattr(self.owner, self.field, self.node)
        items, before = getattr(self.owner, self.field), [*getattr(self.owner, self.field)]
        if new is DROPPED and not isinstance(self.node, ast.stmt):
            del items[self.index]
        else:
            items[self.index] = new
        return lambda: items.__setitem__(slice(None), before)

    def changed_statement(self, new: ast.AST) -> ast.stmt:
        """The statement around this place, with `new` in it."""
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
                around = node if isinstance(node, ast.stmt) else statement
                if around is not None and not isinstance(node, ast.FunctionDef):
                    at = index if isinstance(value, list) else None
                    yield _Place(owner, field, at, node, around)
                yield from inside(node, around)

    return inside(tree, None)


def _is_guard(node: ast.AST, helpers: set[str]) -> bool:
    """Whether this only rejects or converts arguments."""
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
    if isinstance(node, ast.arguments):  # students are given the signature
        return True
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert))


def _converts(target: ast.expr, value: ast.expr, helpers: set[str]) -> bool:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return all(_converts(*pair, helpers) for pair in zip(target.elts, value.elts, strict=True))
    if not isinstance(value, ast.Call) or called(value) not in {"asarray", *helpers}:
        return False
    argument = ast.Tuple(value.args) if isinstance(target, ast.Tuple) else value.args[0]
    return ast.unparse(target) == ast.unparse(argument)


def _guards(tree: ast.Module) -> set[str]:
    """Names of the private helpers that only reject arguments, or return them."""
    guards: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            rest = [item for item in node.body if not _is_guard(item, guards)]
            parameters = {arg.arg for arg in node.args.args}
            if all(
                isinstance(item, ast.Return) and _returns_only(item, parameters) for item in rest
            ):
                guards.add(node.name)
    return {name for name in guards if name.startswith("_")}


def _returns_only(node: ast.Return, parameters: set[str]) -> bool:
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    return all(isinstance(value, ast.Name) and value.id in parameters for value in values)


def _line(statement: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(statement)).splitlines()[0].strip()


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as: 'int' object is not callable
            compile(text, "<mutant>", "exec")
    except SyntaxError:  # such as a `*` with nothing to unpack
        return False
    return True
