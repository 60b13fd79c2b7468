"""What the notebook's end says of an object that is no data, for its stand-in."""

from __future__ import annotations

import inspect
import traceback
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from .plain import TYPES, type_name
from .standins import FORWARDED, OPERATORS

__all__ = ["describe", "has_methods", "where"]

_NO_METHODS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType,
    np.ufunc,
)  # fmt: skip
_SPECIAL = FORWARDED | OPERATORS | {"__exit__"}
_VIEWS: tuple[Any, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def describe(value: Any) -> list[Any]:
    """Its kind, and what a stand-in of that kind shows; see the makers in ``standins``."""
    if isinstance(value, types.ModuleType):
        return ["module", value.__name__]
    if isinstance(value, type):
        return _describe_class(value)
    if isinstance(value, BaseException):
        return ["error", type(value), tuple(value.args)]
    if isinstance(value, _NO_METHODS) or (
        callable(value) and hasattr(value, "__wrapped__") and hasattr(value, "__name__")
    ):
        return _describe_function(value)
    if isinstance(value, _VIEWS):
        return ["view", type(value).__name__, list(value)]
    if isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools"):
        return ["iterator", type(value).__name__]
    return ["object", type(value)]


def has_methods(kind: type) -> bool:
    """Whether this is a class of the notebook with methods, properties or operators of its own."""
    return any(
        (name in _SPECIAL - {"__repr__"} or not name.startswith("_"))  # a record has that one
        and (callable(item) or isinstance(item, (property, classmethod, staticmethod)))
        for base in kind.__mro__
        if base.__module__ == "__main__"
        for name, item in vars(base).items()
    )


def _describe_class(kind: type) -> list[Any]:
    if issubclass(kind, tuple) and hasattr(kind, "_fields") and not has_methods(kind):
        return ["fields", kind.__name__, tuple(kind._fields)]
    mine = kind.__module__ == "__main__"
    methods = {
        name: (_text(item.__doc__), _parameters(item), _source(item))
        for name, item in (vars(kind).items() if mine else ())
        if isinstance(item, types.FunctionType)
    }
    special = [name for name in _SPECIAL if _defines(kind, name)]
    bases = tuple(base for base in kind.__bases__ if base is not object)
    if kind in (AssertionError, BaseException):
        bases = (Exception,)
    doc = _text(kind.__doc__) if mine else None
    return ["class", kind.__name__, kind.__module__, doc, bases, methods, special]


def _text(value: Any) -> str | None:
    return value if type(value) is str else None


def _defines(kind: type, name: str) -> bool:
    for base in kind.__mro__[:-1]:
        if name in vars(base):
            return vars(base)[name] is not None
    return False


def _describe_function(value: Any) -> list[Any]:
    attributes = {
        key: item
        for key, item in getattr(value, "__dict__", {}).items()
        if type(item) in (int, float, str, bool, type(None))
    }
    return [
        "function",
        str(getattr(value, "__name__", "function")),
        _text(getattr(value, "__doc__", None)),
        _parameters(value),
        inspect.isgeneratorfunction(value),
        attributes,
        _source(value),
    ]


def _source(function: Any) -> str | None:
    if not isinstance(function, types.FunctionType) or function.__module__ != "__main__":
        return None
    try:
        return inspect.getsource(function)[:20_000]
    except Exception:  # the cell's text is gone, or none
        return None


def _parameters(function: Any) -> tuple[Any, ...] | None:
    """(name, kind, default, annotation) of each parameter, then what is said of the result."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return None
    empty = inspect.Parameter.empty
    rows = [
        (
            parameter.name,
            int(parameter.kind),
            NotImplemented if parameter.default is empty else _plain_default(parameter.default),
            _annotation(parameter.annotation),
        )
        for parameter in signature.parameters.values()
    ]
    return (*rows, _annotation(signature.return_annotation))


def _plain_default(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_plain_default, value))
    return value if type(value) in (int, float, str, bool, type(None)) else ...


def _annotation(value: Any) -> Any:
    if value is inspect.Parameter.empty:
        return NotImplemented
    if value is None or isinstance(value, str):
        return value
    known = isinstance(value, type) and TYPES.get(type_name(value)) is value
    return value if known else str(value)


def where(error: BaseException) -> str:
    """Where in the answer an error arose, for its author: the lines of the notebook's cells."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("<ipython-input")
    ]
    return "\n".join(f"  {frame.name}, line {frame.lineno}: {frame.line}" for frame in frames[-5:])
