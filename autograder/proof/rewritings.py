"""Right answers made from the reference by machine; each must get full points.

The rewritings are a table: the same algebra with other rounding, other functions, other containers,
other kinds of callable. They are tried beside the styles that an exercise lists.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .mutants import load, whole_source

__all__ = ["REWRITINGS", "rewritings"]


def rewritings(answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The rewritten functions among `answers`, for each rewriting that changes any of them."""
    functions = {name: answer for name, answer in answers.items() if inspect.isfunction(answer)}
    results = {}
    for title, rewrite in REWRITINGS.items():
        rewritten = {name: rewrite(answer) for name, answer in functions.items()}
        rewritten = {name: answer for name, answer in rewritten.items() if answer is not None}
        if rewritten:
            results[title] = rewritten
    return results


# --- kinds of callable ----------------------------------------------------------------------------


def as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The answer is a bound method of an object."""

    class Answer:
        def answer(self, *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

    return Answer().answer


def as_callable_object(function: Callable[..., Any]) -> Any:
    """The answer is an object of a class with ``__call__``."""

    class Answer:
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

    return Answer()


# --- syntax ---------------------------------------------------------------------------------------


def _by_syntax(transformer: type[ast.NodeTransformer]) -> Callable[[Callable[..., Any]], Any]:
    def rewrite(function: Callable[..., Any]) -> Any:
        tree = ast.parse(whole_source(function))
        before = ast.unparse(tree)
        after = ast.unparse(ast.fix_missing_locations(transformer().visit(tree)))
        return load(after, function) if after != before else None

    return rewrite


_TEXTS = (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp)


def _may_be_numbers(*nodes: ast.expr) -> bool:
    """Whether none of these is evidently a text or a list."""
    return not any(
        isinstance(node, _TEXTS) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for node in nodes
    )


class _Commuted(ast.NodeTransformer):
    """``a + b`` is ``b + a``, and ``a * b`` is ``b * a``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Mult)) and _may_be_numbers(node.left, node.right):
            return ast.BinOp(node.right, node.op, node.left)
        return node


class _Opposite(ast.NodeTransformer):
    """``a - b`` is ``-(b - a)``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Sub):
            return ast.UnaryOp(ast.USub(), ast.BinOp(node.right, ast.Sub(), node.left))
        return node


class _Products(ast.NodeTransformer):
    """``x ** 2`` is ``x * x``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        exponent = node.right.value if isinstance(node.right, ast.Constant) else None
        if isinstance(node.op, ast.Pow) and exponent == 2:
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node


class _Reciprocals(ast.NodeTransformer):
    """``a / b`` is ``a * (1 / b)``, with one rounding more."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            power = ast.BinOp(ast.Constant(1.0), ast.Div(), node.right)
            return ast.BinOp(node.left, ast.Mult(), power)
        return node


_UFUNCS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.MatMult: "matmul",
}  # fmt: skip


class _Functional(ast.NodeTransformer):
    """Every operator is a NumPy function."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = _UFUNCS.get(type(node.op))
        if name and _may_be_numbers(node.left, node.right):
            return ast.Call(_numpy(name), [node.left, node.right], [])
        return node


class _Roots(ast.NodeTransformer):
    """``np.sqrt(x)`` is ``x ** 0.5``."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sqrt":
            return ast.BinOp(node.args[0], ast.Pow(), ast.Constant(0.5))
        return node


class _EarlyReturn(ast.NodeTransformer):
    """``return a if c else b`` is an ``if`` that returns, and a return after it."""

    def visit_Return(self, node: ast.Return) -> Any:
        if isinstance(node.value, ast.IfExp):
            chosen = node.value
            return [ast.If(chosen.test, [ast.Return(chosen.body)], []), ast.Return(chosen.orelse)]
        return node


class _Tensordot(ast.NodeTransformer):
    """``a @ b`` is ``np.tensordot(a, b, 1)``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return ast.Call(_numpy("tensordot"), [node.left, node.right, ast.Constant(1)], [])
        return node


def _numpy(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


REWRITINGS: dict[str, Callable[[Callable[..., Any]], Any]] = {
    "a method": as_method,
    "an object that can be called": as_callable_object,
    "terms and factors in the other order": _by_syntax(_Commuted),
    "differences the other way round": _by_syntax(_Opposite),
    "squares as products": _by_syntax(_Products),
    "division as multiplication by 1/x": _by_syntax(_Reciprocals),
    "functions for operators": _by_syntax(_Functional),
    "roots as powers": _by_syntax(_Roots),
    "early return": _by_syntax(_EarlyReturn),
    "tensordot for matrix products": _by_syntax(_Tensordot),
}
