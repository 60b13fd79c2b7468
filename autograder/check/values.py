"""Values that pass between a student's process and the grader: plain numbers, text and arrays.

A *value* is None, a bool, an int, a float, a string, an array of numbers, or a list or a dict (with
string keys) of values. :func:`plain` turns any result of a function into a value; :func:`dumps` and
:func:`loads` encode a value as bytes. Neither side trusts the other: there is no pickle, the dtypes
are a fixed list, sizes are bounded, and a shape must fit its bytes.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np

__all__ = [
    "ITEMS",
    "LIMIT",
    "BadValue",
    "Other",
    "TooLarge",
    "dumps",
    "join",
    "loads",
    "plain",
    "split",
]

LIMIT = 16_000_000
"""Most bytes in the arrays and texts of one value."""
ITEMS = 200_000
"""Most items in the lists and dicts of one value, but for lists of numbers, which become arrays."""

_DTYPES = {
    "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8",
    "<f2", "<f4", "<f8", "<c8", "<c16",
}  # fmt: skip
_DEPTH = 20


class BadValue(ValueError):
    """The bytes do not encode a value."""


class TooLarge(BadValue):
    """The bytes encode a value beyond ``LIMIT`` or ``ITEMS``; the message is for its author."""


class Other(str):
    """Stands for a result that is not a value; the text describes it, such as ``"a module"``."""

    __slots__ = ()


class _Room:
    """How much a value may still hold: bytes in arrays and texts, items in lists and dicts.

    An array that is referred to twice counts twice: whoever walks the value meets it twice.
    """

    def __init__(self, size: float = LIMIT, items: float = ITEMS) -> None:
        self.size, self.items = size, items

    def take(self, size: int = 0, items: int = 0) -> bool:
        """Whether there is room for so much more; if so, it is taken."""
        if size > self.size or items > self.items:
            return False
        self.size -= size
        self.items -= items
        return True


def _cost(shape: tuple[int, ...], itemsize: int) -> int:
    """The bytes of an array. An empty one of shape (10**7, 0) has none, but a loop over its rows
    takes as long as over others, so its places cost a hundred bytes."""
    return math.prod(shape) * itemsize or 100 * math.prod(side for side in shape if side)


def plain(value: object, bounded: bool = True) -> Any:
    """Return `value` as plain data, or an :class:`Other` that describes it.

    bounded : parts for which there is no room within ``LIMIT`` and ``ITEMS`` become an ``Other``.

    >>> plain((1, np.float64(2.5), [1, 2]))
    [1, array(2.5), array([1, 2])]
    >>> plain(print)
    'a builtin_function_or_method'
    """
    return _plain(value, 0, _Room() if bounded else _Room(math.inf, math.inf))


def _plain(value: object, depth: int, room: _Room) -> Any:
    if value is None or type(value) in (bool, float):
        return value
    if isinstance(value, str) and type(value) in (str, Other):
        size = len(value)
        return value if room.take(size) else Other(f"a text of {size} characters{_TOO_LARGE}")
    if type(value) is int:
        return value if abs(value) < 2**63 else Other("a huge integer")
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain_array(value, room)
    if depth > _DEPTH:
        return Other("a deeply nested container")
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return _plain_list(value, depth, room)
    if isinstance(value, dict) and type(value) is dict:
        if not room.take(items=len(value)):
            return Other(f"a dict of {len(value)} entries{_TOO_LARGE}")
        return {str(key): _plain(item, depth + 1, room) for key, item in value.items()}
    return Other(f"a {type(value).__name__[:80]}")


_TOO_LARGE = ", and the whole result is too large to compare"


def _plain_array(value: Any, room: _Room) -> Any:
    cost = _cost(value.shape, value.itemsize)
    if not room.take(cost):
        whole = _TOO_LARGE if cost <= LIMIT else ", too large to compare"
        return Other(f"an array of shape {value.shape}{whole}")
    array = np.array(value, subok=False, order="C")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype == np.longdouble and array.dtype.str not in _DTYPES:
        array = array.astype(np.float64)
    if array.dtype.str not in _DTYPES:
        return Other(f"an array of dtype {array.dtype}")
    return array


def _plain_list(items: list[Any] | tuple[Any, ...], depth: int, room: _Room) -> Any:
    kinds = (bool, int, float, np.number, np.bool_)
    numbers = bool(items) and all(isinstance(item, kinds) for item in items)
    if not (room.take(8 * len(items)) if numbers else room.take(items=len(items))):
        return Other(f"a {type(items).__name__} of {len(items)} items{_TOO_LARGE}")
    if numbers:
        array = np.array(items)
        if array.dtype.str in _DTYPES:
            return array
    return [_plain(item, depth + 1, room) for item in items]


def split(value: Any) -> tuple[Any, list[np.ndarray]]:
    """Take the arrays out of `value`: returns (JSON tree with references, arrays)."""
    arrays: list[np.ndarray] = []

    def walk(item: Any) -> Any:
        if isinstance(item, Other):
            return {"other": str(item)}
        if isinstance(item, np.ndarray):
            arrays.append(item)
            return {"array": len(arrays) - 1}
        if isinstance(item, (list, tuple)):
            return [walk(part) for part in item]
        if isinstance(item, dict):
            return {"dict": {key: walk(part) for key, part in item.items()}}
        return item

    return walk(value), arrays


def join(tree: Any, arrays: list[np.ndarray], room: _Room | None = None) -> Any:
    """Put the arrays back into the tree: the inverse of :func:`split`."""
    if isinstance(tree, list):
        _require(room, items=len(tree))
        return [join(item, arrays, room) for item in tree]
    if isinstance(tree, dict):
        if len(tree) != 1:
            raise BadValue(f"a node must have one key, got {len(tree)}")
        ((kind, item),) = tree.items()
        if kind == "other" and isinstance(item, str):
            return Other(item[:200])  # shown to students
        if kind == "array" and type(item) is int and 0 <= item < len(arrays):
            _require(room, size=_cost(arrays[item].shape, arrays[item].itemsize))
            return arrays[item]
        if kind == "dict" and isinstance(item, dict):
            _require(room, items=len(item))
            return {key: join(part, arrays, room) for key, part in item.items()}
        raise BadValue(f"unknown node {kind!r:.40}")
    return tree


def _require(room: _Room | None, size: int = 0, items: int = 0) -> None:
    if room and not room.take(size, items):
        raise TooLarge(
            f"The whole result is too large to compare: more than {LIMIT // 10**6} MB, or more "
            f"than {ITEMS} items in its lists and dicts."
        )


def dumps(value: Any, bounded: bool = True) -> bytes:
    """Encode a value as bytes (ASCII JSON). bounded : as for :func:`plain`.

    >>> loads(dumps({"w": np.arange(3.0), "t": 2}))
    {'w': array([0., 1., 2.]), 't': 2}
    """
    tree, arrays = split(plain(value, bounded))
    packed = [
        [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode("ascii")]
        for array in arrays
    ]
    return json.dumps({"tree": tree, "arrays": packed}).encode("ascii")


def loads(data: bytes) -> Any:
    """Decode what :func:`dumps` wrote; raises :class:`BadValue` (only) for anything else."""
    if len(data) > 2 * LIMIT:
        raise BadValue(f"at most {2 * LIMIT} bytes are read, got {len(data)}")
    try:
        document = json.loads(data)
        arrays = [_read_array(*packed) for packed in document["arrays"]]
        return join(document["tree"], arrays, _Room())
    except BadValue:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, MemoryError, OverflowError) as error:
        raise BadValue(f"not a value: {type(error).__name__}: {str(error)[:200]}") from None


def _read_array(dtype: str, shape: list[int], data: str) -> np.ndarray:
    if dtype not in _DTYPES:
        raise BadValue(f"dtype {dtype!r:.40} is not allowed")
    if len(shape) > 32 or any(type(side) is not int or not 0 <= side <= LIMIT for side in shape):
        raise BadValue("a shape must be a list of sizes")
    if _cost(tuple(shape), np.dtype(dtype).itemsize) > LIMIT:
        raise BadValue("an array must not be larger than a value may be")
    raw = base64.b64decode(data, validate=True)
    if math.prod(shape) * np.dtype(dtype).itemsize != len(raw):
        raise BadValue("the shape does not fit the data")
    return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
