"""What a piece of Python reads, binds and may change, from its text alone.

Where the text leaves a doubt, more is read, bound and changed than may be true.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from .scopes import Names, Scope, imports_of

__all__ = ["Effects", "Statement", "effects_of"]

_HARMLESS = re.compile(r"^%(?:autoreload|config|load_ext|matplotlib)\b.*$", re.MULTILINE)
"""Magics that change settings only."""
_NOT_PYTHON = re.compile(
    r"^\s*(?:[!?%,;/]|>>>|\.\.\.|In \[)|=\s*[%!]|\?\s*$|\A\s*^[ \t]+\S", re.MULTILINE
)
"""What Jupyter may understand, and Python does not."""
_DECORATORS = {
    "abstractmethod", "classmethod", "contextlib.contextmanager", "contextmanager", "dataclass",
    "dataclasses.dataclass", "overload", "property", "staticmethod",
}  # fmt: skip
"""Decorators that keep nothing between calls."""


@dataclass
class Statement:
    """A statement at the top level; of loops and the like, the head is one, and each of the rest.

    now : its names; later : those of the functions in it, when they are called.
    values : those that it binds to what can be changed: no function, class or constant.
    flat : these are a list, dict or set of constants.
    imports : what it imports, as {name: dotted name}; modules : also what functions in it import.
    methods : the functions in a class, and in functions.
    words : all names and attributes in it; chains : its dotted names.
    """

    now: Names
    later: Names
    values: set[str] = field(default_factory=set)
    flat: bool = False
    imports: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    chains: set[str] = field(default_factory=set)

    @property
    def loads(self) -> set[str]:
        return self.now.loads | self.later.loads

    @property
    def binds(self) -> set[str]:
        return self.now.binds | self.later.binds

    @property
    def names(self) -> set[str]:
        return self.loads | self.binds


@dataclass
class Effects:
    """What a text does.

    inputs : the names that it reads before it surely binds them; settings : it has a magic that
    changes some; unknown : it cannot be analysed, and may do anything.
    """

    statements: list[Statement] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    settings: bool = False
    unknown: bool = False

    @property
    def binds(self) -> set[str]:
        return {name for statement in self.statements for name in statement.binds}


@lru_cache(maxsize=4096)
def effects_of(source: str) -> Effects:
    """Analyse a cell or a module. A text that is neither Python nor IPython does nothing.

    >>> effects = effects_of("x = [name[i] for i in other]")
    >>> sorted(effects.inputs), effects.binds, effects.statements[0].values
    (['name', 'other'], {'x'}, {'x'})
    >>> effects_of("if x") == Effects(), effects_of("%load x").unknown
    (True, True)
    """
    without = _HARMLESS.sub("", source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd texts
            body = ast.parse(without).body
        statements = [_statement(node) for node in _simple(body)]
        inputs, bound = _inputs(body, set())
    except SyntaxError:
        return Effects(unknown=bool(_NOT_PYTHON.search(without)))
    except (ValueError, MemoryError, RecursionError):
        return Effects(unknown=True)
    for statement in statements:
        inputs |= statement.later.loads - bound
    return Effects(statements, inputs, settings=without != source)


def _simple(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements in these, and for loops and the like what their heads do."""
    for node in body:
        match node:
            case ast.If() | ast.While():
                yield ast.Expr(node.test)
            case ast.For() | ast.AsyncFor():
                one = ast.Subscript(node.iter, ast.Constant(0), ast.Load())
                yield ast.Assign([node.target], node.iter if _is_constant(node.iter) else one)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    targets = [item.optional_vars] if item.optional_vars else []
                    yield ast.Assign(targets, item.context_expr)
            case ast.Try() | ast.TryStar():
                for handler in node.handlers:
                    names = [ast.Name(handler.name, ast.Store())] if handler.name else []
                    yield ast.Assign(list(names), handler.type or ast.Constant(None))
                    yield from _simple(handler.body)
            case _:
                yield node
                continue
        for block in (node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])):
            yield from _simple(block)


def _inputs(body: Iterable[ast.stmt], bound: set[str]) -> tuple[set[str], set[str]]:
    """The names that statements read before they surely bind them, and those bound at the end."""
    inputs: set[str] = set()
    bound = set(bound)

    def read(*nodes: ast.AST | None) -> set[str]:
        scope = Scope()
        scope.visit_all(nodes)
        inputs.update(scope.now.loads - bound)
        return scope.now.binds

    for node in body:
        match node:
            case ast.If() | ast.While():
                read(node.test)
                blocks = [_inputs(block, bound) for block in (node.body, node.orelse)]
                inputs.update(*(names for names, _ in blocks))
                bound |= blocks[0][1] & blocks[1][1]
            case ast.For() | ast.AsyncFor():
                read(node.iter)
                bound |= read(node.target)
                for block in (node.body, node.orelse):
                    inputs |= _inputs(block, bound)[0]
            case ast.With() | ast.AsyncWith():
                bound |= read(*node.items)
                names, bound = _inputs(node.body, bound)
                inputs |= names
            case ast.Try() | ast.TryStar():
                for block in (node.body, node.orelse, node.finalbody):
                    inputs |= _inputs(block, bound)[0]
                for handler in node.handlers:
                    read(handler.type)
                    named = {handler.name} if handler.name else set()
                    inputs |= _inputs(handler.body, bound | named)[0]
            case _:
                bound |= read(node)
    return inputs, bound


def _statement(node: ast.stmt) -> Statement:
    scope = Scope()
    scope.visit(node)
    statement = Statement(scope.now, scope.later)
    if not _is_constant(node):
        statement.values = statement.binds
        statement.flat = _is_flat(node)
    calls = (item for item in ast.walk(node) if isinstance(item, ast.Call))
    reading = {id(call.func) for call in calls if _is_reading(call)}
    inside = {id(item.value) for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    for item in ast.walk(node):
        if isinstance(item, (ast.Name, ast.Attribute)):
            word = item.id if isinstance(item, ast.Name) else item.attr
            statement.words |= set() if id(item) in reading else {word}
            if (
                isinstance(item, ast.Attribute)
                and id(item) not in inside
                and (name := _chain(item))
            ):
                statement.chains.add(name)
        elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item is not node:
            statement.methods.add(item.name)
        elif isinstance(item, (ast.Import, ast.ImportFrom)):
            imports = imports_of(item)
            statement.modules |= {*imports.values()}
            statement.imports |= imports if item is node else {}
    return statement


def _is_reading(node: ast.Call) -> bool:
    """Whether it opens a file, and surely not to write it."""
    if any(item.arg in (None, "mode") for item in node.keywords):
        return False
    how = node.args
    if isinstance(node.func, ast.Name) and node.func.id == "open":
        how = how[1:]
    elif not (isinstance(node.func, ast.Attribute) and node.func.attr == "open"):
        return False
    return all(
        isinstance(item, ast.Constant) and str(item.value)[:1] == "r" and "+" not in str(item.value)
        for item in how
    )


def _chain(node: ast.expr | None) -> str:
    """A dotted name as text, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _chain(node.value)):
        return f"{before}.{node.attr}"
    return ""


_TYPES = {
    "Callable", "Iterable", "Iterator", "Literal", "Mapping", "MutableMapping", "Sequence", "dict",
    "list", "set", "tuple", "type",
}  # fmt: skip
_CONSTANTS = {
    "Path", "TypeVar", "bool", "dataclasses.field", "field", "float", "frozenset", "int",
    "math.exp", "math.log", "math.sqrt", "namedtuple", "object", "range", "re.compile", "slice",
    "str",
}  # fmt: skip
"""Functions whose results nobody changes."""


def _is_constant(node: ast.AST | None) -> bool:
    """Whether nobody can change what this statement binds, or this expression gives."""
    match node:
        case None | ast.Import() | ast.ImportFrom() | ast.Constant() | ast.JoinedStr():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            cached = _chain(node.returns) in ("bool", "bytes", "float", "int", "str")
            return _is_plain(node.decorator_list, cached) and _is_constant(node.args)
        case ast.Lambda():
            return _is_constant(node.args)
        case ast.arguments():
            defaults = [*node.defaults, *node.kw_defaults]
            return all(_is_constant(item) or _chain(item) for item in defaults)  # no new value
        case ast.ClassDef():
            whole = _is_plain(node.decorator_list) and not any(map(_is_of_class, ast.walk(node)))
            return whole and all(map(_is_constant, node.body))
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [name for t in targets for name in getattr(t, "elts", [t])]
            return _is_constant(node.value) and all(isinstance(t, ast.Name) for t in names)
        case ast.UnaryOp():
            return _is_constant(node.operand)
        case ast.BinOp():
            return _is_constant(node.left) and _is_constant(node.right)
        case ast.Tuple():
            return all(map(_is_constant, node.elts))
        case ast.Subscript():
            return _chain(node.value).rpartition(".")[2] in _TYPES
        case ast.Call():
            return _chain(node.func) in _CONSTANTS or _is_constant(node.func)
        case ast.Attribute():
            return _is_constant(node.value)  # of what cannot be changed
        case ast.Expr() | ast.Pass():
            return True
    return False


def _is_flat(node: ast.AST) -> bool:
    """Whether this statement binds names to a list, dict or set of constants."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = all(isinstance(target, ast.Name) for target in targets) and len(targets) == 1
    match node.value:
        case ast.Dict(keys, values):
            return named and None not in keys and all(map(_is_constant, [*keys, *values]))
        case ast.List(items) | ast.Set(items):
            return named and all(map(_is_constant, items))
    return False


def _is_plain(decorators: Iterable[ast.expr], cached: bool = False) -> bool:
    """Whether decorators keep nothing between calls; cached : they may keep results."""
    names = [_chain(item.func if isinstance(item, ast.Call) else item) for item in decorators]
    caches = ("cache", "lru_cache", "functools.cache", "functools.lru_cache")
    return all(
        name in _DECORATORS or name.endswith(".setter") or (cached and name in caches)
        for name in names
    )


def _is_of_class(node: ast.AST) -> bool:
    """Whether it stores something in a class: ``cls.x = 1``, ``type(self).x = 1``."""
    if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
        return False
    inside = list(ast.walk(node.value))
    names = {item.id for item in inside if isinstance(item, ast.Name)}
    attributes = {item.attr for item in inside if isinstance(item, ast.Attribute)}
    return bool(names & {"cls", "type"}) or "__class__" in attributes
