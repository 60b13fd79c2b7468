"""The objects that both processes know: each has a number, and changes of its content travel.

A number is even if the tester gave it, odd if the notebook did. An entry whose object can change
keeps a picture of its content as the other process knows it.
"""

from __future__ import annotations

import operator
import sys
import zlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from . import pandas_data
from .errors import BadMessage

__all__ = ["MAPPINGS", "BadMessage", "Table", "content_of", "same_content"]

MAPPINGS = (dict, OrderedDict, Counter, defaultdict)
_ALWAYS_COMPARED = 10_000
"""Items or bytes up to which an object is compared at each message; else if it is part of one."""


class _Entry:
    __slots__ = ("content", "value")

    def __init__(self, value: Any) -> None:
        self.value, self.content = value, None


class Table:
    """Numbers of objects, and objects by their numbers."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._entries: dict[int, _Entry] = {}
        self._numbers: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, number: object) -> Any:
        entry = self._entries.get(number) if type(number) is int else None
        if entry is None:
            raise BadMessage("an unknown object")
        return entry.value

    def number(self, value: object) -> int | None:
        """The number of this very object, or None."""
        return self._numbers.get(id(value))

    def add(self, value: Any, number: object = None) -> int:
        """Enter an object of this process, or one that the other process has numbered."""
        if number is None:
            number = self._next
            self._next += 2
        elif type(number) is not int or number in self._entries or number % 2 == self._next % 2:
            raise BadMessage("not a number of the other process")
        self._entries[number] = _Entry(value)
        self._numbers[id(value)] = number
        return number

    def latest(self) -> int:
        """The number that this process gives next."""
        return self._next

    def is_ours(self, number: int) -> bool:
        return number % 2 == self._next % 2

    def forget(self, numbers: Iterable[object]) -> None:
        for number in numbers:
            entry = self._entries.pop(number, None) if type(number) is int else None
            if entry:
                self._numbers.pop(id(entry.value), None)

    def unused(self) -> list[int]:
        """Forget the data and the other process's objects that only this table holds."""
        numbers = [
            number
            for number, entry in self._entries.items()
            if (entry.content is not None or not self.is_ours(number))
            and sys.getrefcount(entry.value) <= 2
        ]
        self.forget(numbers)
        return numbers

    def note(self, value: Any) -> None:
        """The other process now knows this content."""
        number = self.number(value)
        if number is not None:
            self._entries[number].content = content_of(value)

    def changed(self, value: Any) -> bool:
        """Whether the content differs from what the other process knows."""
        entry = self._entries[self._numbers[id(value)]]
        return entry.content is not None and not same_content(entry.content, content_of(value))

    def small_changed(self) -> Iterator[Any]:
        """The objects, of those that are compared at each message, whose content has changed."""
        for entry in list(self._entries.values()):
            if entry.content is None or _size(entry.value) > _ALWAYS_COMPARED:
                continue
            if not same_content(entry.content, content_of(entry.value)):
                yield entry.value


def _size(value: Any) -> int:
    kind = type(value)
    if kind is np.ndarray:
        return int(value.nbytes)
    return len(value) if kind in MAPPINGS or kind in _SEQUENCES else _ALWAYS_COMPARED + 1


_SEQUENCES = (list, set, deque, bytearray)


def content_of(value: Any) -> Any:
    """A picture of a container's content, which holds the items themselves."""
    kind = type(value)
    if kind in MAPPINGS:
        return kind, (*value.keys(), *value.values())
    if kind is np.ndarray:
        if value.dtype.hasobject:
            return (np.ndarray, value.shape), tuple(value.ravel().tolist())
        return (value.dtype.str, value.shape, zlib.crc32(value.tobytes())), ()
    if kind is bytearray:
        return bytes(value), ()
    if kind in _SEQUENCES:
        return kind, tuple(value)
    return pandas_data.fingerprint(value)


def same_content(one: Any, other: Any) -> bool:
    """Whether two pictures show the same items, by identity: no item is asked."""
    return (
        one[0] == other[0]
        and len(one[1]) == len(other[1])
        and all(map(operator.is_, one[1], other[1]))
    )
