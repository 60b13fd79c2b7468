"""Machine-made faults of the answer cells of an ordinary notebook, and a fair choice of them.

The operators are those of :mod:`.mutants`, with a few that suit what beginners write. Only what
students have to write is changed: lines between the marks of a solution, where a cell has such.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

from .changes import DROPPED, Change, called, with_fields
from .mutants import mutants

__all__ = ["NONE", "Fault", "faults", "python_of", "shares", "spread"]

NONE = "None"
"""The kind of a fault that puts None in the place of a result."""
_LEFT_OUT = {"dtype", "missing copy"}
"""Kinds of mutants that are faults in a course on arrays alone."""
_PYTHON = re.compile(r"%%(time|timeit|capture|prun)\b")
"""Magics of cells that hold Python."""


@dataclass(frozen=True)
class Fault:
    """One changed answer cell. line : in that cell, from 1; source : of the whole changed cell."""

    line: int
    kind: str
    before: str
    after: str
    source: str


def faults(source: str, begin: str = "BEGIN SOLUTION", end: str = "END SOLUTION") -> list[Fault]:
    """The faults of an answer cell, by line; none if it holds no Python.

    >>> for fault in faults("def double(x):\\n    return 2 * x"):
    ...     print(fault.line, fault.kind, "|", fault.after)
    2 operator | return 2 / x
    2 dropped term | return 2
    2 dropped term | return x
    2 off by one | return 3 * x
    2 off by one | return 1 * x
    2 None | return None
    2 text | return str(2 * x)
    """
    magics, python = python_of(source)
    try:
        tree = ast.parse(python)
        changed = [fault for fault in mutants(python) if fault.kind not in _LEFT_OUT]
        variants = [(fault.kind, fault.source) for fault in changed]
        variants += [(kind, text) for kind, text in _more_variants(tree) if text]
    except (SyntaxError, ValueError, IndexError, RecursionError):  # `mutants` knows tidy code only
        return []
    plain = ast.unparse(tree)
    lines, numbers = plain.splitlines(), _line_numbers(tree, plain)
    allowed = _lines_to_write(source, begin, end)
    results: dict[str, Fault] = {}
    for kind, text in variants:
        place, after = _first_difference(lines, text.splitlines())
        line = magics.count("\n") + max(
            (number for start, number in numbers.items() if start <= place + 1), default=1
        )
        before = lines[place] if place < len(lines) else ""
        # No test sees what an earlier cell has printed.
        shown = before.startswith("print(")
        if line in allowed and not shown and text != plain and text not in results:
            results[text] = Fault(line, kind, before.strip(), after.strip(), magics + text)
    return sorted(results.values(), key=lambda fault: fault.line)


def python_of(source: str) -> tuple[str, str]:
    """The lines of a cell before its Python (empty ones, magics such as %%time), and the Python.

    >>> python_of("%%time\\nx = 1\\n%matplotlib inline")
    ('%%time\\n', "x = 1\\nget_ipython().run_line_magic('matplotlib', 'inline')\\n")
    """
    lines = source.splitlines(keepends=True)
    start = 0
    while start < len(lines) and (not lines[start].strip() or lines[start].startswith("%%")):
        start += 1
    if any(line.startswith("%%") and not _PYTHON.match(line) for line in lines[:start]):
        return source, ""
    try:
        python = TransformerManager().transform_cell("".join(lines[start:]))
    except SyntaxError:
        python = "".join(lines[start:])
    return "".join(lines[:start]), python


def shares(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """How many of each to take, at most `most` in all, as evenly as there are.

    >>> shares({"a": 2, "b": 50, "c": 50}, 12)
    {'a': 2, 'b': 5, 'c': 5}
    """
    taken = dict.fromkeys(counts, 0)
    left = min(most, sum(counts.values()))
    while left:
        for name in counts:
            if left and taken[name] < counts[name]:
                taken[name] += 1
                left -= 1
    return taken


def spread(items: Sequence[Fault], count: int) -> list[Fault]:
    """So many of the items, at even distances."""
    return [items[place * len(items) // count] for place in range(count)]


# ------------------------------------------------------------------------------- where a fault lies


def _line_numbers(tree: ast.Module, plain: str) -> dict[int, int]:
    """For the line in `plain`, the same code written anew, where a statement begins: its line."""

    def lines(module: ast.Module) -> list[int]:
        return [node.lineno for node in ast.walk(module) if isinstance(node, ast.stmt)]

    return dict(zip(lines(ast.parse(plain)), lines(tree), strict=True))


def _lines_to_write(source: str, begin: str, end: str) -> set[int]:
    """Numbers of the lines that students have to write; those of magics are never among them."""
    inside: set[int] = set()
    outside: set[int] = set()
    is_open = False
    for number, line in enumerate(source.splitlines(), start=1):
        if begin in line or end in line:
            is_open = begin in line
        elif not line.lstrip().startswith(("%", "!")):
            (inside if is_open else outside).add(number)
    return inside or outside


def _first_difference(before: list[str], after: list[str]) -> tuple[int, str]:
    """The index of the first line that differs, and that line of `after`."""
    for place, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            return place, new
    place = min(len(before), len(after))
    return place, after[place] if place < len(after) else ""


# -------------------------------------------------------------------------------------- more faults


def _more_variants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Kind and text of the variants that :mod:`.mutants` does not make."""
    top = {id(node) for node in tree.body}
    for number, node in enumerate(ast.walk(tree)):
        for kind, new in _more_changes(node, id(node) in top):
            variant = copy.deepcopy(tree)
            target = next(item for place, item in enumerate(ast.walk(variant)) if place == number)
            changed = _Replace(target, new).visit(variant)
            yield kind, ast.unparse(ast.fix_missing_locations(changed))


def _more_changes(node: ast.AST, at_top: bool) -> Iterator[Change]:
    if isinstance(node, ast.Return) or (at_top and isinstance(node, ast.Assign)):
        if node.value is not None:
            yield NONE, with_fields(node, value=ast.Constant(None))
        if node.value is not None and not _is_text(node.value):
            yield "text", with_fields(node, value=_call("str", node.value))
    elif isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], ast.Raise):
        yield "dropped check", DROPPED
    elif isinstance(node, ast.Call) and called(node) == "range" and node.args:
        *start, stop = node.args[:2]
        if not isinstance(stop, ast.Constant):
            yield "off by one", with_fields(node, args=[*start, _plus(stop, -1), *node.args[2:]])
        if not start:
            yield "off by one", with_fields(node, args=[ast.Constant(1), stop])
    elif isinstance(node, ast.Slice):
        if node.upper is not None and not isinstance(node.upper, ast.Constant):
            yield "off by one", with_fields(node, upper=_plus(node.upper, -1))
        if node.lower is not None and not isinstance(node.lower, ast.Constant):
            yield "off by one", with_fields(node, lower=_plus(node.lower, 1))


def _is_text(node: ast.expr) -> bool:
    constant = isinstance(node, ast.Constant) and not isinstance(node.value, (int, float))
    return constant or isinstance(node, ast.JoinedStr)


def _plus(node: ast.expr, number: int) -> ast.BinOp:
    operator = ast.Add() if number > 0 else ast.Sub()
    return ast.BinOp(node, operator, ast.Constant(abs(number)))


def _call(function: str, argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), [argument], [])


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self._target, self._new = target, new

    def visit(self, node: ast.AST) -> ast.AST:
        changed: ast.AST = self._new if node is self._target else self.generic_visit(node)
        return changed
