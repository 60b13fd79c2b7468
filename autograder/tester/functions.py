"""Functions that look as those of the notebook do: name, signature, docstring, source."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from typing import Any

__all__ = ["give_source", "named", "signature_of"]


def named(function: Callable[..., Any], name: str, doc: Any, parameters: Any) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__module__ = "__main__"
    function.__doc__ = doc if isinstance(doc, str) else None
    signature = signature_of(parameters)
    if signature:
        function.__signature__ = signature  # type: ignore[attr-defined]
        function.__annotations__ = {
            key: parameter.annotation
            for key, parameter in signature.parameters.items()
            if parameter.annotation is not inspect.Parameter.empty
        }
        if signature.return_annotation is not inspect.Signature.empty:
            function.__annotations__["return"] = signature.return_annotation
    return function


def give_source(function: Any, number: object, source: Any) -> None:
    """Let `inspect` find the answer's text, which is data like any other."""
    if type(source) is str:
        file = f"<function {number} of the notebook>"
        lines = source.splitlines(keepends=True)
        linecache.cache[file] = (len(source), None, lines, file)
        function.__code__ = function.__code__.replace(co_filename=file, co_firstlineno=1)


def signature_of(parameters: Any, skip: int = 0) -> inspect.Signature | None:
    """The signature that (name, kind, default, annotation) of each parameter make."""
    if type(parameters) is not tuple:
        return None
    *rows, result = parameters
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=empty if default is NotImplemented else default,
                annotation=empty if annotation is NotImplemented else annotation,
            )
            for name, kind, default, annotation in rows[skip:]
        ],
        return_annotation=inspect.Signature.empty if result is NotImplemented else result,
    )
