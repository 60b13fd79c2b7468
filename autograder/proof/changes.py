"""Faults at one node of a syntax tree: ``changes(node)`` yields (kind, changed node)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["DROPPED", "Change", "called", "changes", "with_fields"]

DROPPED = ast.Pass()
"""The "changed node" of a change that removes the node."""

Change = tuple[str, ast.AST]


def changes(node: ast.AST) -> Iterator[Change]:
    """The faults that fit this node."""
    for kind in type(node).__mro__:
        if kind.__name__ in _OPERATORS:
            yield from _OPERATORS[kind.__name__](node)
    if isinstance(node, ast.stmt) and not isinstance(node, (ast.Return, ast.Pass)):
        yield "dropped statement", DROPPED
    if isinstance(node, ast.keyword) and node.arg != "dtype":
        yield "dropped argument", DROPPED
    if isinstance(node, ast.Slice):
        for part in ("lower", "upper", "step"):
            if getattr(node, part) is not None:
                yield "index", with_fields(node, **{part: None})


def called(call: ast.Call) -> str:
    """The name of the called function or method."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def with_fields(node: Any, **fields: Any) -> Any:
    """A copy of the node, one level deep, with these fields."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


_TWINS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv, ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def _binary(node: ast.BinOp) -> Iterator[Change]:
    twin = _TWINS.get(type(node.op))
    if twin:
        sign = twin in (ast.Add, ast.Sub)
        yield "sign" if sign else "operator", with_fields(node, op=twin())
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.FloorDiv)):
        yield "swapped operands", with_fields(node, left=node.right, right=node.left)
    yield "dropped term", node.left
    yield "dropped term", node.right


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    twin = _TWINS.get(type(node.op))
    if twin:
        yield "operator", with_fields(node, op=twin())
    yield "dropped term", ast.Assign([node.target], node.value, lineno=0)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    kind = {ast.USub: "sign", ast.Not: "condition"}.get(type(node.op), "operator")
    yield kind, node.operand


_COMPARED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
}  # fmt: skip


def _compare(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            operators = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield "comparison", with_fields(node, ops=operators)


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    yield "condition", with_fields(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        rest = node.values[:place] + node.values[place + 1 :]
        yield "condition", rest[0] if len(rest) == 1 else with_fields(node, values=rest)


def _branches(node: ast.IfExp) -> Iterator[Change]:
    yield "condition", with_fields(node, body=node.orelse, orelse=node.body)
    yield "condition", node.body
    yield "condition", node.orelse


def _if(node: ast.If) -> Iterator[Change]:
    yield "condition", with_fields(node, test=ast.UnaryOp(ast.Not(), node.test))


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "off by one", ast.Constant(value + 1)
        yield "off by one", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "constant", ast.Constant(2 * value if value else 1.0)
    elif isinstance(value, str):
        yield "constant", ast.Constant(value + "_")


_FUNCTIONS = [
    ("sum", "mean"), ("max", "min"), ("argmax", "argmin"), ("nanargmax", "nanargmin"),
    ("maximum", "minimum"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("floor", "ceil"),
    ("std", "var"), ("linspace", "geomspace"), ("exp", "expm1"), ("log", "log1p"),
    ("argsort", "sort"), ("normal", "uniform"), ("standard_normal", "random"),
    ("median", "mean"), ("any", "all"), ("tanh", "sin"), ("reversed", "list"),
]  # fmt: skip
_OTHER = {**{b: a for a, b in _FUNCTIONS}, **dict(_FUNCTIONS)}
_COPIES = {"array", "copy", "dict", "list", "deepcopy", "astype", "asarray", "float64"}
_NEW_ARRAYS = {"zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like", "full"}
_SYMMETRIC = {"min", "max", "maximum", "minimum", "array_equal", "isinstance"}
_KEPT_CALLS = {"float", "int", "bool", "len", "range", "isinstance", "tuple", "str", "asarray"}


def _call(node: ast.Call) -> Iterator[Change]:
    function = node.func
    name = called(node)
    if name in _OTHER:
        field = "attr" if isinstance(function, ast.Attribute) else "id"
        yield "function", with_fields(node, func=with_fields(function, **{field: _OTHER[name]}))
    kind = "missing copy" if name in _COPIES else "dropped function"
    if (
        len(node.args) == 1
        and name not in _KEPT_CALLS
        and not isinstance(node.args[0], ast.Starred)
    ):
        yield kind, node.args[0]
    if isinstance(function, ast.Attribute) and name in ("copy", "astype", "sum", "mean", "max"):
        yield kind, function.value
    for place in range(len(node.args) - 1 if name not in _SYMMETRIC else 0):
        args = [*node.args]
        args[place], args[place + 1] = args[place + 1], args[place]
        yield "swapped arguments", with_fields(node, args=args)


def _tuple(node: ast.Tuple) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield (
            "swapped results",
            with_fields(node, elts=[node.elts[1], node.elts[0], *node.elts[2:]]),
        )


def _assign(node: ast.Assign) -> Iterator[Change]:
    value, target = node.value, node.targets[0]
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") in _NEW_ARRAYS:
        whole = ast.keyword("dtype", ast.Name("int", ast.Load()))  # values will be truncated
        yield (
            "dtype",
            with_fields(node, value=with_fields(value, keywords=[*value.keywords, whole])),
        )
    if not isinstance(target, ast.Name) or not isinstance(value, ast.BinOp):
        return
    yield "dtype", with_fields(node, value=_narrow(value))
    if isinstance(value.left, ast.Name) and value.left.id == target.id:
        yield "missing copy", ast.AugAssign(target, value.op, value.right)


def _return(node: ast.Return) -> Iterator[Change]:
    if isinstance(node.value, ast.BinOp):
        yield "dtype", with_fields(node, value=_narrow(node.value))


def _narrow(value: ast.expr) -> ast.Call:
    half = ast.Attribute(ast.Name("np", ast.Load()), "float16", ast.Load())
    return ast.Call(half, [value], [])


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Constant):
        yield "index", node.value


_OPERATORS: dict[str, Callable[[Any], Iterator[Change]]] = {
    "BinOp": _binary, "AugAssign": _augmented, "UnaryOp": _unary, "Compare": _compare,
    "BoolOp": _boolean, "IfExp": _branches, "If": _if, "Constant": _constant, "Call": _call,
    "Tuple": _tuple, "Assign": _assign, "Return": _return, "Subscript": _subscript,
}  # fmt: skip
