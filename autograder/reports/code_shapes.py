"""The shape of an answer: what is left of it without names, layout and comments.

A statement is a list of tokens. Comments, docstrings, spaces and parentheses are left out. A name
that the answer defines becomes ``name``, and a parameter of a function becomes its position; the
rest (``np``, attributes, numbers, texts) stays. So answers that differ in names, layout or comments
alone have the same shape.
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

_MAX_LETTERS = 50_000
_LAYOUT = {
    *(tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING),
    tokenize.ENDMARKER,
}
_MAGICS = re.compile(r"^[ \t]*[%!].*", re.MULTILINE)
_PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)
"""The errors that the parser raises on arbitrary text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token's `shape`, and its position: line from 1, columns from 0."""

    shape: str
    line: int
    start: int
    end: int


Statement = tuple[Token, ...]


@lru_cache(maxsize=512)
def statements(source: str, required: frozenset[str] = frozenset()) -> tuple[Statement, ...] | None:
    """The statements of a cell in order; None if it is not Python, or too long.

    required : names that every answer has to define, which stay as they are.

    >>> def shapes(text, required=frozenset({"double"})):
    ...     return [[token.shape for token in line] for line in statements(text, required)]
    >>> one = "def double(x):\\n    '''Doubled.'''\\n    y = 2*x  # why not\\n    return (y)"
    >>> other = "def double(value):\\n    twice = 2 * value\\n    return twice"
    >>> shapes(one)
    [['def', 'double', '#0', ':'], ['name', '=', '2', '*', '#0'], ['return', 'name']]
    >>> shapes(one) == shapes(other)
    True
    """
    tree = _parsed(source)
    if tree is None and _MAGICS.search(source):  # IPython's `%timeit` and `!ls`
        source = _MAGICS.sub("", source)
        tree = _parsed(source)
    if tree is None:
        return None
    try:
        return tuple(_statements(source, set(_bound_names(tree)) - required, _parameters(tree)))
    except _PARSE_ERRORS:
        return None


def defined(source: str) -> frozenset[str]:
    """The names that a cell defines for later cells; none if it is not Python."""
    tree = _parsed(source)
    return frozenset() if tree is None else frozenset(_bound_names(*tree.body, deep=False))


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about invalid escape sequences
            return ast.parse(source) if len(source) <= _MAX_LETTERS else None
    except _PARSE_ERRORS:
        return None


def _statements(
    source: str, local_names: set[str], places: Mapping[int, Mapping[str, str]]
) -> Iterator[Statement]:
    line: list[Token] = []
    previous = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE or token.string == ";":
            if not _is_docstring(line):
                yield tuple(line)
            line = []
        elif token.type not in _LAYOUT and token.string not in ("(", ")"):
            shape = token.string
            if token.type == tokenize.STRING:
                shape = _normalized_text(shape)
            elif token.type == tokenize.NAME and previous != "." and not keyword.iskeyword(shape):
                place = places.get(token.start[0], {}).get(shape)
                shape = place or ("name" if shape in local_names else shape)
            line.append(Token(shape, token.start[0], token.start[1], token.end[1]))
        previous = token.string


def _is_docstring(line: Iterable[Token]) -> bool:
    """Whether a statement is empty or consists of texts, as a docstring does."""
    return all(token.shape[:1] in ("'", '"') for token in line)


def _normalized_text(literal: str) -> str:
    """A text literal with normalized quotes; f-strings stay as they are."""
    try:
        return repr(ast.literal_eval(literal))
    except (ValueError, SyntaxError):
        return literal


def _bound_names(*nodes: ast.AST, deep: bool = True) -> Iterator[str]:
    """The names that these nodes bind; deep : also those inside functions."""
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
    """By line, the parameters of the function there, with their positions: ``#0``, ``#1``."""
    by_line = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            places = {arg.arg: f"#{place}" for place, arg in enumerate(node.args.args)}
            by_line.update(dict.fromkeys(range(node.lineno, (node.end_lineno or 0) + 1), places))
    return by_line
