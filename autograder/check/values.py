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

__all__ = ["LIMIT", "BadValue", "Other", "dumps", "join", "loads", "plain", "split"]

LIMIT = 16_000_000
"""The maximum number of bytes in the arrays of one value."""

_DTYPES = {
    "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8",
    "<f2", "<f4", "<f8", "<c8", "<c16",
}  # fmt: skip
_DEPTH = 20


class BadValue(ValueError):
    """The bytes do not encode a value."""


class Other(str):
    """Stands for a result that is not a value; the text describes it, such as ``"a module"``."""

    __slots__ = ()


def plain(value: object, depth: int = 0) -> Any:
    """Return `value` as plain data, or an :class:`Other` that describes it.

    >>> plain((1, np.float64(2.5), [1, 2]))
    [1, array(2.5), array([1, 2])]
    >>> plain(print)
    'a builtin_function_or_method'
    """
    if value is None or type(value) in (bool, float, str, Other):
        return value
    if type(value) is int:
        return value if abs(value) < 2**63 else Other("a huge integer")
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain_array(value)
    if depth > _DEPTH:
        return Other("a deeply nested container")
    if type(value) in (list, tuple):
        return _plain_list(list(value), depth)  # type: ignore[call-overload]
    if type(value) is dict:
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    return Other(f"a {type(value).__name__[:80]}")


def _plain_array(value: Any) -> Any:
    if value.size * value.itemsize > LIMIT or max(value.shape, default=0) > LIMIT:
        return Other(f"an array of shape {value.shape}, too large to compare")
    array = np.array(value, subok=False, order="C")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype == np.longdouble and array.dtype.str not in _DTYPES:
        array = array.astype(np.float64)
    if array.dtype.str not in _DTYPES:
        return Other(f"an array of dtype {array.dtype}")
    return array


def _plain_list(items: list[Any], depth: int) -> Any:
    if items and all(type(item) in (bool, int, float) for item in items):
        array = np.array(items)
        if array.dtype.str in _DTYPES:
            return array
    return [plain(item, depth + 1) for item in items]


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


def join(tree: Any, arrays: list[np.ndarray]) -> Any:
    """Put the arrays back into the tree: the inverse of :func:`split`."""
    if isinstance(tree, list):
        return [join(item, arrays) for item in tree]
    if isinstance(tree, dict):
        if len(tree) != 1:
            raise BadValue(f"a node must have one key, got {len(tree)}")
        ((kind, item),) = tree.items()
        if kind == "other" and isinstance(item, str):
            return Other(item[:200])  # shown to students
        if kind == "array" and type(item) is int and 0 <= item < len(arrays):
            return arrays[item]
        if kind == "dict" and isinstance(item, dict):
            return {key: join(part, arrays) for key, part in item.items()}
        raise BadValue(f"unknown node {kind!r}")
    return tree


def dumps(value: Any) -> bytes:
    """Encode a value as bytes (ASCII JSON).

    >>> loads(dumps({"w": np.arange(3.0), "t": 2}))
    {'w': array([0., 1., 2.]), 't': 2}
    """
    tree, arrays = split(plain(value))
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
        return join(document["tree"], arrays)
    except BadValue:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, MemoryError, OverflowError) as error:
        raise BadValue(f"not a value: {type(error).__name__}: {str(error)[:200]}") from None


def _read_array(dtype: str, shape: list[int], data: str) -> np.ndarray:
    if dtype not in _DTYPES:
        raise BadValue(f"dtype {dtype!r:.40} is not allowed")
    if len(shape) > 32 or any(type(side) is not int or not 0 <= side <= LIMIT for side in shape):
        raise BadValue(
            "a shape must be a list of sizes"
        )  # (10**15, 0) has no bytes, but takes time
    raw = base64.b64decode(data, validate=True)
    if math.prod(shape) * np.dtype(dtype).itemsize != len(raw):
        raise BadValue("the shape does not fit the data")
    return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
