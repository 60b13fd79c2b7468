"""Values as text: what one process says of its data to the other, which believes nothing.

Plain data keep their type and travel by value; a container keeps its identity as well (``table``).
Whatever else a value is stays where it is, and the other process gets a stand-in (`describe` and
`rebuild` of the two ends). There is no pickle, no name is looked up outside the lists below, and a
shape must fit its bytes. In the text a list is always [TAG, ...]; all else stands for itself.
"""

from __future__ import annotations

import collections
import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import pandas_data
from .errors import BadMessage
from .plain import (
    READERS,
    TYPES,
    WRITERS,
    as_plain,
    empty_array,
    exception,
    is_plain_dtype,
    to_bytes,
    to_text,
    type_name,
    type_named,
)
from .table import MAPPINGS, Table

__all__ = ["BadMessage", "Codec"]

_SCALARS = {type(None), bool, int, float, str}
_LARGE = 1 << 63
_DEPTH = 300


class Codec:
    """Encodes and decodes for one end of the line.

    describe : what to say of an object that is no data, as a list of values.
    rebuild : the stand-in for such a description; it may need other objects decoded before.
    """

    def __init__(
        self,
        table: Table,
        describe: Callable[[Any], list[Any]],
        rebuild: Callable[[list[Any]], Any],
        library: Callable[[Any], list[str] | None] = lambda value: None,
        resolve: Callable[[str, str], Any] | None = None,
    ) -> None:
        self.table = table
        self._describe, self._rebuild = describe, rebuild
        self._library, self._resolve = library, resolve
        self.is_object: Callable[[Any], bool] = lambda value: False
        """Whether a value is no data, although it derives from a type of data."""
        self._changed: list[Any] = []
        self._met: list[Any] = []
        self._depth = 0

    # -- a message -----------------------------------------------------------------------------

    def pack(self, value: Any) -> dict[str, Any]:
        """A value, and the changes of all that the other process knows."""
        forget = self.table.unused()
        self._changed = [*self.table.small_changed(), *self._met]
        self._met = []
        before, self._depth = self.table.latest(), 0
        try:
            parts: list[Any] = self._pack_changes()
            parts.append([self.encode(value)])
            parts += self._pack_changes()
        except BaseException:
            self.table.forget(range(before, self.table.latest(), 2))
            raise
        return {"forget": forget, "parts": parts}

    def _pack_changes(self) -> list[Any]:
        parts = []
        while self._changed:
            value = self._changed.pop()
            if self.table.number(value) is not None and self.table.changed(value):
                self.table.note(value)
                parts.append([self.table.number(value), self._content(value)])
        return parts

    def unpack(self, message: Any) -> Any:
        """The value of a message, after its changes were made; BadMessage if it is none."""
        try:
            self._depth = 0
            self.table.forget(message["forget"])
            value = None
            for part in message["parts"]:
                if len(part) == 1:
                    value = self.decode(part[0])
                else:
                    self._change(self.table[part[0]], part[1])
            return value
        except BadMessage:
            raise
        except Exception as error:  # whatever the parts are worth
            raise BadMessage(f"not a message: {type(error).__name__}: {error}"[:200]) from None

    # -- to text -------------------------------------------------------------------------------

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            if kind is int and not -_LARGE < value < _LARGE:
                return ["int", hex(value)]
            return value
        number = self.table.number(value)
        if number is not None:
            if self.table.changed(value):
                self._changed.append(value)
            return ["@", number]
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise RecursionError("the data are nested too deeply")
            return self._encode(value, kind)
        finally:
            self._depth -= 1

    def _encode(self, value: Any, kind: type) -> Any:
        write = WRITERS.get(kind)
        if write:
            return write(value)
        if self.is_object(value):
            return self._opaque(value)
        if kind in (tuple, frozenset):
            return [kind.__name__, self._items(value)]
        if isinstance(value, np.generic):
            return self._encode_scalar(value)
        if isinstance(value, np.dtype) and (value.kind == "O" or is_plain_dtype(value.str)):
            return ["dtype", value.str]
        if kind is io.StringIO and not value.closed:
            return ["text", value.getvalue(), value.tell()]
        if kind in _CONTAINERS or self._is_array(value):
            if not _hashed_by_value(value):
                return self._opaque(value)
            number = self.table.add(value)
            content = self._content(value)
            self.table.note(value)
            return ["new", number, content]
        if isinstance(value, type) and TYPES.get(type_name(value)) is value:
            return ["type", *type_name(value)]
        name = self._library(value)
        if name:
            return ["library", *name]
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return ["named", self.encode(kind), self._items(tuple(value))]
        if isinstance(value, BaseException) and TYPES.get(type_name(kind)) is kind:
            return ["exception", *type_name(kind), self._items(value.args)]
        if pandas_data.is_table(value):
            return self._encode_table(value)
        data = pandas_data.write(value, self.encode)
        if data:
            return ["pandas", *data]
        plain = as_plain(value)
        return self._opaque(value) if plain is value else self.encode(plain)

    def _opaque(self, value: Any) -> Any:
        number = self.table.add(value)
        return ["object", number, [self.encode(item) for item in self._describe(value)]]

    def _encode_table(self, value: Any) -> Any:
        data = pandas_data.write(value, self.encode)
        if data is None:
            return self._opaque(value)
        number = self.table.add(value)
        self.table.note(value)
        return ["new", number, ["pandas", *data]]

    def _encode_scalar(self, value: Any) -> Any:
        array = np.asarray(value)
        if not is_plain_dtype(array.dtype.str):
            return self._opaque(value)
        return ["scalar", array.dtype.str, to_text(array.tobytes())]

    @staticmethod
    def _is_array(value: Any) -> bool:
        return type(value) is np.ndarray and (
            value.dtype == object or is_plain_dtype(value.dtype.str)
        )

    def _items(self, items: Any) -> list[Any]:
        items = list(items)
        kinds = set(map(type, items))
        if kinds <= _SCALARS and (
            int not in kinds or all(-_LARGE < item < _LARGE for item in items if type(item) is int)
        ):
            return items
        return [self.encode(item) for item in items]

    def _content(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind is np.ndarray:
            if value.dtype == object:
                return ["objects", list(value.shape), self._items(value.ravel().tolist())]
            return ["array", value.dtype.str, list(value.shape), to_text(value.tobytes())]
        if kind in MAPPINGS:
            factory = (
                self.encode(value.default_factory) if kind is collections.defaultdict else None
            )
            return [kind.__name__, self._items(value), self._items(value.values()), factory]
        if kind is bytearray:
            return ["bytearray", to_text(value)]
        if pandas_data.is_table(value):
            return ["pandas", *(pandas_data.write(value, self.encode) or ())]
        if kind is collections.deque:
            return ["deque", self._items(value), value.maxlen]
        return [kind.__name__, self._items(value)]

    # -- from text -----------------------------------------------------------------------------

    def decode(self, tree: Any) -> Any:
        kind = type(tree)
        if kind is not list:
            if kind is str and len(tree) < 100:
                return sys.intern(tree)  # so that `answer is "min"` is as in one process
            if kind in _SCALARS:
                return tree
            raise BadMessage("no value")
        self._depth += 1
        try:
            if self._depth > 3 * _DEPTH:
                raise BadMessage("nested too deeply")
            return self._decode(*tree)
        finally:
            self._depth -= 1

    def _decode(self, tag: str, *rest: Any) -> Any:
        read = READERS.get(tag)
        if read:
            return read(*rest)
        if tag == "@":
            value = self.table[rest[0]]
            self._met.append(value)
            return value
        if tag in ("tuple", "frozenset"):
            return (tuple if tag == "tuple" else frozenset)(self._read_items(rest[0], tag))
        if tag == "new":
            return self._read_new(*rest)
        if tag == "object":
            number, description = rest
            value = self._rebuild([number, *map(self.decode, description)])
            if self.table.number(value) is None:
                self.table.add(value, number)
            return value
        if tag == "named":
            kind, items = self.decode(rest[0]), self._read_items(rest[1])
            if not isinstance(kind, type) or not issubclass(kind, tuple):
                raise BadMessage("not a named tuple")
            return tuple.__new__(kind, items)
        if tag == "exception":
            return exception(type_named(*rest[:2]), self._read_items(rest[2]))
        if tag == "pandas":
            return pandas_data.read(rest, self.decode)
        if tag == "library" and self._resolve:
            return self._resolve(*rest)
        raise BadMessage("an unknown kind of value")

    def _read_items(self, items: Any, container: str = "") -> list[Any]:
        if type(items) is not list:
            raise BadMessage("no list of items")
        if len(items) < 100 or not set(map(type, items)) <= _SCALARS:
            items = [self.decode(item) for item in items]
        if container in ("set", "frozenset", "keys") and not all(map(_hashed_by_value, items)):
            raise BadMessage("a key that decides what it is equal to")
        return items

    def _read_new(self, number: Any, content: list[Any]) -> Any:
        value = self._empty(*content)
        self.table.add(value, number)
        self._fill(value, *content)
        self.table.note(value)
        self._met.append(value)
        return value

    def _change(self, value: Any, content: list[Any]) -> None:
        new = self._empty(*content)
        if type(value) is not type(new):
            raise BadMessage("a change of type")
        if type(value) is np.ndarray and (value.shape, value.dtype) != (new.shape, new.dtype):
            raise BadMessage("a change of shape")
        if content[0] == "pandas":
            pandas_data.update(value, new)
        self._fill(value, *content)
        self.table.note(value)

    def _empty(self, tag: str, *rest: Any) -> Any:
        if tag == "array":
            if not is_plain_dtype(rest[0]):
                raise BadMessage("a dtype that is not allowed")
            return empty_array(np.dtype(rest[0]), rest[1], len(rest[2]))
        if tag == "objects":
            return empty_array(np.dtype(object), rest[0], 8 * len(rest[1]) * 2)
        if tag == "pandas":
            return pandas_data.read(rest, self.decode)
        if tag == "deque":
            return collections.deque(maxlen=rest[1])
        if tag == "defaultdict":
            factory = self.decode(rest[2])
            if factory is not None and not callable(factory):
                raise BadMessage("no factory")
            return collections.defaultdict(factory)
        return _CONTAINER_NAMES[tag]()

    def _fill(self, value: Any, tag: str, *rest: Any) -> None:
        if tag == "array":
            value[...] = np.frombuffer(to_bytes(rest[2]), value.dtype).reshape(value.shape)
        elif tag == "objects":
            items = self._read_items(rest[1])
            if len(items) != value.size:
                raise BadMessage("the shape does not fit the data")
            for place, item in enumerate(items):
                value.flat[place] = item
        elif tag == "pandas":
            pass  # it was made whole
        elif tag == "bytearray":
            value[:] = to_bytes(rest[0])
        elif isinstance(value, dict):
            keys, items = self._read_items(rest[0], "keys"), self._read_items(rest[1])
            value.clear()
            for key, item in zip(keys, items, strict=True):
                value[key] = item  # a Counter's `update` would add
        elif tag == "list":
            value[:] = self._read_items(rest[0])
        else:
            items = self._read_items(rest[0], tag)
            value.clear()
            (value.update if tag == "set" else value.extend)(items)


_CONTAINERS = {list, set, bytearray, collections.deque, *MAPPINGS}
_CONTAINER_NAMES = {kind.__name__: kind for kind in _CONTAINERS}


def _hashed_by_value(value: Any) -> bool:
    """Whether no code of a notebook runs when this is a key, or its keys are."""
    if isinstance(value, (set, dict)):
        return all(map(_hashed_by_value, value))
    return not getattr(type(value), "compares_in_the_notebook", False)
