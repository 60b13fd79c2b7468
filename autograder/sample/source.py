"""Write a function as source that stands alone, for a notebook cell.

A mistake or a style of an exercise is a function that depends on its module: on helpers, closures,
constants, the reference itself. Students cannot import those, so they are written out before the
function. Annotations and docstrings are left out.
"""

from __future__ import annotations

import ast
import builtins
import copy
import dis
import inspect
import linecache
import math
import sys
import sysconfig
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import AutograderError

__all__ = ["stand_alone"]

_GRADER = __name__.partition(".")[0]
_INSTALLED = tuple(map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
_PLAIN = (bool, int, float, str, bytes, type(None), type(...))


def stand_alone(answers: Mapping[str, Any], prefix: str) -> str:
    """The source that defines `answers` (functions or plain values) and all that they need.

    prefix : begins the names of helpers, so that those of two cells do not collide.

    Raises
    ------
    AutograderError : a function uses something that cannot be written as source.

    >>> two = 2
    >>> print(stand_alone({"choice": "B"}, "q"))
    choice = 'B'
    """
    writer = _Writer(prefix)
    for name, value in answers.items():
        writer.taken.add(name)
        if inspect.isfunction(value):
            writer.names[id(value)] = name
    for name, value in answers.items():
        writer.define(name, value)
    return "\n".join([*sorted(writer.imports), *writer.parts])


class _Writer:
    """Collects definitions; those that a function needs come before it."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.imports: set[str] = set()
        self.parts: list[str] = []
        self.taken: set[str] = set()
        self.names: dict[int, str] = {}
        self._alive: list[Any] = []  # while an object lives, no other has its id

    def define(self, name: str, value: Any) -> None:
        self._alive.append(value)
        if inspect.isfunction(value):
            definition = self._function(name, value)
            self.parts.append(f"\n{ast.unparse(ast.fix_missing_locations(definition))}\n")
        else:
            self.parts.append(f"{name} = {ast.unparse(self._literal(value, name))}")

    def refer(self, value: Any, hint: str) -> ast.expr:
        """An expression for `value`, which is defined first if it needs a name."""
        if isinstance(value, _PLAIN) or _is_plain_tuple(value):
            return self._literal(value, hint)
        if isinstance(value, types.ModuleType):
            return self._module(value)
        if id(value) in self.names:
            return ast.Name(self.names[id(value)], ast.Load())
        public = self._public(value)
        if public is not None:
            return public
        known_name = getattr(value, "__name__", "<lambda>")
        name = self._fresh(hint if known_name == "<lambda>" else known_name)
        self.names[id(value)] = name
        self.define(name, value)
        return ast.Name(name, ast.Load())

    def _fresh(self, hint: str) -> str:
        hint = hint.strip("_")
        stem = f"_{hint}" if hint.startswith(self.prefix) else f"_{self.prefix}_{hint}"
        name, number = stem, 2
        while name in self.taken:
            name, number = f"{stem}_{number}", number + 1
        self.taken.add(name)
        return name

    def _module(self, module: types.ModuleType) -> ast.expr:
        name = module.__name__
        if _is_own_module(module):
            raise AutograderError(f"{self.prefix}: the module {name} cannot stand in a cell")
        alias = {"numpy": "np"}.get(name, name)
        self.imports.add(f"import {name} as {alias}" if alias != name else f"import {name}")
        return ast.parse(alias, mode="eval").body

    def _public(self, value: Any) -> ast.expr | None:
        """A public name for `value`, such as `np.maximum`, `itertools.product` or `len`."""
        name = getattr(value, "__name__", None)
        if not isinstance(name, str):
            return None
        if getattr(builtins, name, None) is value:
            return ast.Name(name, ast.Load())
        owner = getattr(value, "__self__", None)
        if isinstance(owner, np.ufunc):  # np.maximum.accumulate
            return ast.Attribute(ast.Attribute(self._module(np), owner.__name__), name)
        package = str(getattr(value, "__module__", "")).split(".")[0]
        standard = [sys.modules[package]] if package in sys.stdlib_module_names else []
        for module in (np, math, *standard):
            if getattr(module, name, None) is value:
                return ast.Attribute(self._module(module), name)
        return None

    def _literal(self, value: Any, hint: str) -> ast.expr:
        if isinstance(value, float) and not math.isfinite(value):
            return ast.parse(f"float('{value}')", mode="eval").body
        if isinstance(value, (tuple, list)):
            node = ast.Tuple if isinstance(value, tuple) else ast.List
            return node([self.refer(item, hint) for item in value], ast.Load())
        if isinstance(value, Mapping):
            keys = [self.refer(key, hint) for key in value]
            return ast.Dict(list(keys), [self.refer(item, hint) for item in value.values()])
        if isinstance(value, slice):
            ends = (value.start, value.stop, value.step)
            return ast.Call(
                ast.Name("slice", ast.Load()), [self.refer(end, hint) for end in ends], []
            )
        if isinstance(value, np.ndarray):
            array = ast.Attribute(self._module(np), "array")
            return ast.Call(array, [self._literal(value.tolist(), hint)], [])
        if isinstance(value, _PLAIN):
            return ast.Constant(value)
        raise AutograderError(
            f"{self.prefix}: {hint!r} cannot stand in a cell: it is a {type(value).__name__}"
        )

    def _function(self, name: str, function: Callable[..., Any]) -> ast.FunctionDef:
        node = copy.deepcopy(_syntax_tree(function))
        if isinstance(node, ast.Lambda):
            returned: list[ast.stmt] = [ast.Return(node.body)]
            node = ast.FunctionDef(name, node.args, returned, [])
        node.name, node.decorator_list = name, []
        if ast.get_docstring(node) is not None:
            del node.body[0]
        # Defaults are written by value, since the names in their expressions may not exist.
        defaults, keyword_defaults = function.__defaults__ or (), function.__kwdefaults__ or {}
        node.args.defaults = [self.refer(value, "default") for value in defaults]
        node.args.kw_defaults = [
            self.refer(keyword_defaults[arg.arg], arg.arg) if arg.arg in keyword_defaults else None
            for arg in node.args.kwonlyargs
        ]
        node = _Simplify(self, _outer_names(function, node)).visit(node)
        node.body = node.body or [ast.Pass()]
        return node


class _Simplify(ast.NodeTransformer):
    """Replaces outer names by their values, and drops code that is superfluous then."""

    def __init__(self, writer: _Writer, outside: Mapping[str, Any]) -> None:
        self.writer = writer
        self.outside = outside

    def _known(self, node: ast.expr) -> tuple[bool, Any]:
        if isinstance(node, ast.Constant):
            return True, node.value
        if isinstance(node, ast.Name) and node.id in self.outside:
            return True, self.outside[node.id]
        if isinstance(node, ast.Attribute):
            known, value = self._known(node.value)
            if known and _is_own_module(value):
                return True, getattr(value, node.attr)
        if isinstance(node, ast.Call) and not node.keywords:
            return self._called(node)
        return False, None

    def _called(self, node: ast.Call) -> tuple[bool, Any]:
        """The value of a look-up such as ``reference("tanh")``, evaluated now."""
        known, function = self._known(node.func)
        arguments = [self._known(argument) for argument in node.args]
        ready = known and inspect.isfunction(function) and all(known for known, _ in arguments)
        if ready and any(_is_own_module(value) for value in function.__globals__.values()):
            value = function(*[value for _, value in arguments])
            return inspect.isfunction(value), value
        return False, None

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.outside:
            return self.writer.refer(self.outside[node.id], node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        known, value = self._known(node)
        return self.writer.refer(value, node.attr) if known else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and self.outside.get(node.func.id, len) is None:
            # In `step(x) if step else x` without a step, Python would warn of `None(x)`.
            return ast.Constant(None)
        known, value = self._known(node)
        return self.writer.refer(value, "helper") if known else self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        known, value = self._known(node.test)
        if known:
            return self.visit(node.body if value else node.orelse)
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        known, value = self._known(node.values[0])
        if known and len(node.values) == 2:
            decided = bool(value) == isinstance(node.op, ast.Or)
            return self.visit(node.values[0 if decided else 1])
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        node = self.generic_visit(node)  # type: ignore[assignment]
        same = [ast.unparse(target) for target in node.targets] == [ast.unparse(node.value)]
        return None if same else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit(ast.Assign([node.target], node.value))

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


def _is_plain_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(item, _PLAIN) or _is_plain_tuple(item) for item in value
    )


def _is_own_module(value: Any) -> bool:
    """Whether this is a module of the grader, a lesson or the library, not an installed one."""
    if not isinstance(value, types.ModuleType):
        return False
    if value.__name__.partition(".")[0] == _GRADER:
        return True
    path = getattr(value, "__file__", None) or ""
    return path != "" and not path.startswith(_INSTALLED)


def _outer_names(function: Callable[..., Any], node: ast.AST) -> dict[str, Any]:
    """The values of the names that `function` uses but does not bind, without builtins."""
    children = [child for child in ast.walk(node) if child is not node]
    bound = {child.arg for child in children if isinstance(child, ast.arg)}
    bound |= {n.id for n in children if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {child.name for child in children if isinstance(child, ast.FunctionDef)}
    code = function.__code__
    cells = function.__closure__ or ()
    closure = {name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True)}
    used = {n.id for n in children if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    scope = function.__globals__
    return {name: scope[name] for name in used - bound if name in scope} | closure


def _syntax_tree(function: Callable[..., Any]) -> ast.FunctionDef | ast.Lambda:
    """The syntax tree of `function`, found in its file."""
    code = function.__code__
    source = getattr(function, "__source__", None)
    if source:
        return next(item for item in ast.parse(source).body if isinstance(item, ast.FunctionDef))
    tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    nodes: list[ast.FunctionDef | ast.Lambda] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if node.name == code.co_name and first == code.co_firstlineno:
                nodes.append(node)
        elif isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
            nodes.append(node)
    lambdas = [n for n in nodes if isinstance(n, ast.Lambda) == (code.co_name == "<lambda>")]
    matches = [node for node in lambdas if len(lambdas) == 1 or _is_code_of(node, code)]
    if not matches:
        raise AutograderError(f"{function!r}: its source cannot be found")
    return max(matches, key=lambda node: (node.lineno, node.col_offset))


def _is_code_of(node: Any, code: types.CodeType) -> bool:
    """Whether the code's instructions all lie in this lambda's body (a line may hold several)."""
    start = (node.body.lineno, node.body.col_offset)
    end = (node.body.end_lineno, node.body.end_col_offset)
    positions = [step.positions for step in dis.get_instructions(code)]
    return all(
        start <= (position.lineno, position.col_offset)
        and (position.end_lineno, position.end_col_offset) <= end
        for position in positions
        if position and position.end_col_offset  # entry and exit have no position
    )
