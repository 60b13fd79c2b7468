"""What an answer may ask of the tester while a test runs: callbacks of the test, and `input`."""

from __future__ import annotations

import builtins
import io
import types
from collections.abc import Iterator
from typing import Any

from .errors import BadMessage, Refused
from .table import Table

__all__ = ["Served", "describe"]

_FRAMES = (types.FrameType, types.CodeType, types.TracebackType, types.ModuleType)
_REQUESTS = {"input", "call", "next", "getattr", "getitem", "len", "iter"}


class Served:
    """Serves these requests, on objects that the tester itself gave to the notebook."""

    def __init__(self, table: Table, namespace: dict[str, Any]) -> None:
        self._table, self._namespace = table, namespace

    def __call__(self, name: object, operands: tuple[Any, ...]) -> Any:
        if name not in _REQUESTS:
            raise BadMessage("an unknown request")
        return getattr(self, f"_do_{name}")(*operands)

    def _mine(self, value: Any) -> Any:
        """An object that the tester itself gave to the notebook."""
        number = self._table.number(value)
        if number is None or not self._table.is_ours(number) or isinstance(value, _FRAMES):
            raise BadMessage("not an object of the test")
        return value

    def _do_input(self, prompt: str) -> str:
        ask = self._namespace.get("input", builtins.input)
        return str(ask(str(prompt)))

    def _do_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._mine(function)(*args, **kwargs)

    def _do_next(self, iterator: Any) -> tuple[bool, Any]:
        try:
            return False, next(self._mine(iterator))
        except StopIteration as end:
            return True, end.value

    def _do_getattr(self, value: Any, name: str) -> Any:
        if type(name) is not str or name.startswith("_") or callable(self._mine(value)):
            raise AttributeError(name)
        return getattr(value, name)

    def _do_getitem(self, value: Any, key: Any) -> Any:
        return self._mine(value)[key]

    def _do_len(self, value: Any) -> int:
        return len(self._mine(value))

    def _do_iter(self, value: Any) -> Any:
        return iter(self._mine(value))


def describe(value: Any) -> list[Any]:
    """What the notebook gets in place of an object of the test."""
    if isinstance(value, _FRAMES):
        raise Refused(f"a {type(value).__name__} cannot be given to an answer")
    if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
        return ["fields", value.__name__, tuple(value._fields)]
    if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
        return ["iterator"]
    if callable(value):
        name = str(getattr(value, "__name__", type(value).__name__))
        return ["function", name, getattr(value, "__doc__", None) or ""]
    return ["object"]
