"""The notebook's end: serves what the tester asks of the answers, in the submission's process.

Nothing here is trusted by the tester; it only has to work for honest answers.
"""

from __future__ import annotations

import builtins
import collections
import copy
import importlib
import io
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .codec import Codec
from .describe import describe, has_methods, where
from .files import Files
from .line import Exchange, from_text, to_text
from .standins import Module
from .table import Table

__all__ = ["Notebook"]

_PRINTED = 1 << 20


class _Printed(io.StringIO):
    """What answers print while they serve a request, up to a size."""

    def write(self, text: str) -> int:
        if self.tell() < _PRINTED:
            super().write(text)
        return len(text)

    def take(self) -> str:
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


class Notebook:
    """Serves requests on the variables of one notebook."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._watched: dict[str, Any] = {}
        self._from_library: dict[int, tuple[Any, list[str]]] = {}
        self._printed, self._files = _Printed(), Files()
        self._exchange: Exchange | None = None
        self._where = ""
        self._codec = Codec(Table(1), describe, self._rebuild, self._library, self._resolve)
        self._codec.is_object = self._is_object
        self._made: Any = None

    def serve(self, text: str, exchange: Exchange) -> str:
        """The reply to one request; `exchange` asks the tester in between."""
        before, self._exchange = self._exchange, exchange
        try:
            with self._redirected():
                try:
                    name, operands, state = from_text(self._codec, text)
                    self._take(state)
                    reply = ("ok", getattr(self, "_do_" + name)(*operands))
                except BaseException as error:
                    reply = ("error", error)
                    self._where = where(error)
                return self._reply(reply)
        finally:
            self._exchange = before

    def _reply(self, reply: tuple[str, Any]) -> str:
        try:
            return to_text(self._codec, (*reply, self._state()))
        except Exception as error:
            problem = TypeError(f"This cannot be passed on: {type(error).__name__}: {error}"[:500])
            return to_text(self._codec, ("error", problem, {}))

    def _state(self) -> dict[str, Any]:
        """What has changed beside the result: printed text, and variables that the test uses."""
        state: dict[str, Any] = {"where": self._where} if self._where else {}
        self._where = ""
        printed = self._printed.take()
        if printed:
            state["printed"] = printed
        files = self._files.changed()
        if files:
            state["files"] = files
        changed = {
            name: self._namespace[name]
            for name, value in self._watched.items()
            if name in self._namespace and self._namespace[name] is not value
        }
        if changed:
            self._watched.update(changed)
            state["variables"] = changed
        return state

    def _take(self, state: dict[str, Any]) -> None:
        """What the test has changed: its random numbers, and variables that answers read."""
        if "random" in state:
            random.setstate(state["random"])
        if "numpy_random" in state:
            np.random.set_state(state["numpy_random"])  # noqa: NPY002  (the test's choice)
        for name, value in state.get("variables", {}).items():
            self._namespace[name] = self._watched[name] = value
        self._files.write(state.get("files", {}))
        for name in state.get("deleted", ()):
            self._namespace.pop(name, None)

    @contextmanager
    def _redirected(self) -> Iterator[None]:
        """Printed text goes into the reply, and `input` asks the tester."""
        streams, stdin = sys.stdout, builtins.input
        sys.stdout = self._printed
        builtins.input = lambda prompt="": self.ask("input", str(prompt))
        try:
            yield
        finally:
            sys.stdout, builtins.input = streams, stdin

    def ask(self, name: str, *operands: Any) -> Any:
        """Ask the tester, while it waits for a reply."""
        if self._exchange is None:
            raise RuntimeError("This belongs to a test, which has ended.")
        exchange = self._exchange
        text = exchange(
            to_text(self._codec, (name, operands, self._state())),
            lambda request: self.serve(request, exchange),
        )
        if not text:
            raise RuntimeError("The test has ended.")
        status, value, state = from_text(self._codec, text)
        self._take(state)
        if status == "error":
            raise value
        return value

    # -- requests ------------------------------------------------------------------------------

    def _do_names(
        self, names: tuple[str, ...], given: set[str] | None
    ) -> tuple[dict[str, Any], dict[str, bytes | None]]:
        values = {name: self._namespace[name] for name in names if name in self._namespace}
        self._watched = dict(values)
        return values, self._files.others(given)

    def _do_define(self, sources: tuple[str, ...], variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            if isinstance(value, Module):
                value = importlib.import_module(value.name)
            self._namespace[name] = value
        for source in sources:
            exec(source, self._namespace)

    def _do_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = function(*args, **kwargs)
        if isinstance(function, type) and isinstance(made, function) and has_methods(function):
            self._made = made
        return made

    def _is_object(self, value: Any) -> bool:
        """Whether it is what a test has just made of a class with methods, or such a record."""
        kind = type(value)
        return value is self._made or (hasattr(kind, "_fields") and has_methods(kind))

    def _do_method(self, value: Any, name: str, args: Any, kwargs: Any) -> Any:
        return getattr(value, name)(*args, **kwargs)

    def _do_special(self, value: Any, name: str, args: tuple[Any, ...]) -> Any:
        if name == "__iter__":
            return iter(value)
        if name == "__bool__":
            return bool(value)
        if name == "__getitem__":
            return value[args[0]]
        return getattr(type(value), name)(value, *args)

    def _do_next(self, iterator: Any, sent: Any) -> tuple[bool, Any]:
        try:
            return False, next(iterator) if sent is None else iterator.send(sent)
        except StopIteration as end:
            return True, end.value

    def _do_close(self, iterator: Any) -> None:
        getattr(iterator, "close", lambda: None)()

    def _do_getattr(self, value: Any, name: str) -> Any:
        return getattr(value, name)

    def _do_setattr(self, value: Any, name: str, item: Any) -> None:
        setattr(value, name, item)

    def _do_delattr(self, value: Any, name: str) -> None:
        delattr(value, name)

    def _do_dir(self, value: Any) -> list[str]:
        return dir(value)

    def _do_copy(self, value: Any) -> Any:
        return copy.copy(value)

    def _do_deepcopy(self, value: Any) -> Any:
        return copy.deepcopy(value)

    def _library(self, value: Any) -> list[str] | None:
        """The name by which the tester sent this function of a library."""
        known = self._from_library.get(id(value))
        return known[1] if known and known[0] is value else None

    def _resolve(self, module: str, name: str) -> Any:
        value: Any = importlib.import_module(module)
        for part in name.split(".") if name else ():
            value = getattr(value, part)
        self._from_library[id(value)] = (value, [module, name])
        return value

    # -- objects of the tester -----------------------------------------------------------------

    def _rebuild(self, description: list[Any]) -> Any:
        number, kind, *rest = description
        if kind == "fields":
            return _fields(*rest)
        if kind == "iterator":
            return _Iterator(self.ask, number, self._codec.table)
        if kind == "function":
            return _callback(self.ask, number, self._codec.table, *rest)
        return _Remote(self.ask, rest)


_named_tuple: Any = collections.namedtuple


def _fields(name: str, fields: tuple[str, ...]) -> Any:
    return _named_tuple(name, fields)


def _callback(ask: Callable[..., Any], number: int, table: Table, name: str, doc: Any) -> Any:
    def callback(*args: Any, **kwargs: Any) -> Any:
        return ask("call", table[number], args, kwargs)

    callback.__name__ = callback.__qualname__ = name
    callback.__doc__ = doc
    return callback


class _Iterator:
    """An iterator of the test, given to an answer."""

    def __init__(self, ask: Callable[..., Any], number: int, table: Table) -> None:
        self._ask, self._number, self._table = ask, number, table

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        done, value = self._ask("next", self._table[self._number])
        if done:
            raise StopIteration(value)
        return value


class _Remote:
    """An object of the test, given to an answer: its attributes, items and calls are asked for."""

    def __init__(self, ask: Callable[..., Any], description: list[Any]) -> None:
        self.__dict__["_ask"] = ask

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._ask("getattr", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", self, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("getitem", self, key)

    def __len__(self) -> int:
        return int(self._ask("len", self))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(self._ask("iter", self))
