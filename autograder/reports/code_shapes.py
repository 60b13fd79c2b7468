"""What is left of an answer when names, layout and comments are taken away: its shape.

A statement is a list of tokens. Comments, docstrings, spaces and parentheses are left out; a name
that the answer itself makes is ``name``, a parameter of the function that was asked for is its
place; what comes from elsewhere (``np``, attributes, numbers, texts) stays as it is. So an answer
with other names, another layout or other comments has the same shape.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Statement", "Token", "defined", "statements"]

_LONGEST = 50_000
_LAYOUT = {
    *(tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING),
    tokenize.ENDMARKER,
}
_MAGICS = re.compile(r"^[ \t]*[%!].*", re.MULTILINE)
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)
"""What a stranger's text makes the parser raise."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token means (`shape`), and where it stands: line from 1, columns from 0."""

    shape: str
    line: int
    start: int
    end: int


Statement = tuple[Token, ...]


@lru_cache(maxsize=512)
def statements(source: str, asked: frozenset[str] = frozenset()) -> tuple[Statement, ...] | None:
    """The statements of a cell in their order; None if it is not Python (or enormous).

    asked : names that every answer has to define, and so keeps.

    >>> def shapes(text, asked=frozenset({"double"})):
    ...     return [[token.shape for token in line] for line in statements(text, asked)]
    >>> one = "def double(x):\\n    '''Doubled.'''\\n    y = 2*x  # why not\\n    return (y)"
    >>> other = "def double(value):\\n    twice = 2 * value\\n    return twice"
    >>> shapes(one)
    [['def', 'double', '#0', ':'], ['name', '=', '2', '*', '#0'], ['return', 'name']]
    >>> shapes(one) == shapes(other)
    True
    """
    tree = _parsed(source)
    if tree is None and _MAGICS.search(source):  # notebooks know `%timeit` and `!ls`
        source = _MAGICS.sub("", source)
        tree = _parsed(source)
    if tree is None:
        return None
    try:
        return tuple(_lines(source, set(_bound(tree)) - asked, _parameters(tree)))
    except _BROKEN:
        return None


def defined(source: str) -> frozenset[str]:
    """The functions and values that a cell defines for the cells after it; none if it is broken."""
    tree = _parsed(source)
    return frozenset() if tree is None else frozenset(_bound(*tree.body, deep=False))


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a stranger's escape sequences
            return ast.parse(source) if len(source) <= _LONGEST else None
    except _BROKEN:
        return None


def _lines(
    source: str, own: set[str], places: Mapping[int, Mapping[str, str]]
) -> Iterator[Statement]:
    line: list[Token] = []
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE or token.string == ";":
            if not _is_text(line):
                yield tuple(line)
            line = []
        elif token.type not in _LAYOUT and token.string not in ("(", ")"):
            shape = token.string
            if token.type == tokenize.STRING:
                shape = _text(shape)
            elif token.type == tokenize.NAME and before != "." and not keyword.iskeyword(shape):
                place = places.get(token.start[0], {}).get(shape)
                shape = place or ("name" if shape in own else shape)
            line.append(Token(shape, token.start[0], token.start[1], token.end[1]))
        before = token.string


def _is_text(line: Iterable[Token]) -> bool:
    """Nothing, or a text that stands alone: a docstring."""
    return all(token.shape[:1] in ("'", '"') for token in line)


def _text(literal: str) -> str:
    """A text, whatever its quotes; what is computed in it (an f-string) stays as it is written."""
    try:
        return repr(ast.literal_eval(literal))
    except (ValueError, SyntaxError):
        return literal


def _bound(*nodes: ast.AST, deep: bool = True) -> Iterator[str]:
    """The names that these make; deep : also those inside functions."""
    for top in nodes:
        is_function = isinstance(top, (ast.FunctionDef, ast.ClassDef))
        for node in [top] if is_function and not deep else ast.walk(top):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                yield node.name


def _parameters(tree: ast.Module) -> Mapping[int, Mapping[str, str]]:
    """For each line of a function of the cell, its parameters by their place: ``#0``, ``#1``."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            called = {arg.arg: f"#{place}" for place, arg in enumerate(node.args.args)}
            found.update(dict.fromkeys(range(node.lineno, (node.end_lineno or 0) + 1), called))
    return found
