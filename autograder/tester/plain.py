"""Values without identity, as text and back; and the types that both processes know by name."""

from __future__ import annotations

import base64
import builtins
import collections
import datetime
import decimal
import fractions
import io
import math
import pathlib
import re
import types
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import BadMessage

__all__ = [
    "READERS",
    "TYPES",
    "WRITERS",
    "as_plain",
    "empty_array",
    "exception",
    "is_plain_dtype",
    "to_bytes",
    "to_text",
    "type_name",
    "type_named",
]

_DTYPE = re.compile(r"[<>|=](b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SU]\d{1,7}|[mM]8(\[\w{1,9}\])?)")
_PLACES = 16_000_000
_LEFT_OUT = {
    "AssertionError", "BaseException", "BaseExceptionGroup", "ExceptionGroup", "GeneratorExit",
    "KeyboardInterrupt", "SystemExit", "StopIteration", "StopAsyncIteration",
    "type", "super", "property", "staticmethod", "classmethod",
    "map", "filter", "zip", "enumerate", "reversed",
}  # fmt: skip


def type_name(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__qualname__


def _types() -> dict[tuple[str, str], type]:
    kinds = [
        kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and name not in _LEFT_OUT and name == kind.__name__
    ]
    kinds += [np.ndarray, *{np.dtype(code).type for code in np.typecodes["All"]}]
    kinds += [np.generic, np.number, np.integer, np.floating, np.bool_]
    kinds += [type(None), types.FunctionType, types.GeneratorType, types.ModuleType]
    kinds += [collections.deque, collections.Counter, collections.OrderedDict]
    kinds += [collections.defaultdict, decimal.Decimal, fractions.Fraction, re.Pattern, re.Match]
    kinds += [datetime.datetime, datetime.date, datetime.time, datetime.timedelta]
    kinds += [np.linalg.LinAlgError, decimal.InvalidOperation, re.error]
    return {type_name(kind): kind for kind in kinds}


TYPES = _types()
"""The types that are the same in both processes, by module and name."""


def to_text(data: Any) -> str:
    return base64.b64encode(data).decode("ascii")


def to_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def is_plain_dtype(text: object) -> bool:
    return isinstance(text, str) and _DTYPE.fullmatch(text) is not None


def empty_array(dtype: np.dtype[Any], shape: Any, size: int) -> np.ndarray:
    if len(shape) > 32 or any(type(side) is not int or side < 0 for side in shape):
        raise BadMessage("a shape must be a list of sizes")
    if math.prod(shape) * dtype.itemsize > size or math.prod(filter(None, shape)) > _PLACES:
        raise BadMessage("the shape does not fit the data")
    return np.empty(shape, dtype)


def type_named(module: str, name: str) -> type:
    kind = TYPES.get((module, name))
    if kind is None:
        raise BadMessage("a type that is not allowed")
    return kind


def exception(kind: type, arguments: list[Any]) -> BaseException:
    if not issubclass(kind, Exception):
        raise BadMessage("no exception")
    try:
        return kind(*arguments)
    except Exception:  # some check their arguments: UnicodeDecodeError
        error = kind.__new__(kind)
        error.args = tuple(arguments)
        return error


def as_plain(value: Any) -> Any:
    """The plain value in an instance of a subclass; `value` itself if there is none."""
    if isinstance(value, np.ndarray) and type(value).__module__.partition(".")[0] != "numpy":
        return np.array(value, subok=False)
    kinds: list[Any] = [int, float, complex, str, bytes, list, tuple, set, frozenset, dict]
    for kind in kinds:
        if isinstance(value, kind):
            return kind(value)
    return value


def _zone(value: Any) -> Any:
    offset = value.utcoffset()
    return None if offset is None else offset.total_seconds()


def _read_zone(seconds: Any) -> datetime.timezone | None:
    return None if seconds is None else datetime.timezone(datetime.timedelta(seconds=seconds))


def _write_datetime(value: datetime.datetime) -> list[Any]:
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    return ["datetime", *parts, value.microsecond, value.fold, _zone(value)]


def _read_datetime(*parts: Any) -> datetime.datetime:
    *numbers, fold, zone = parts
    return datetime.datetime(*numbers[:7]).replace(tzinfo=_read_zone(zone), fold=fold)


def _write_slice(value: slice) -> list[Any]:
    ends = (value.start, value.stop, value.step)
    return ["slice", *(end if end is None else hex(int(end)) for end in ends)]


def _read_time(*parts: Any) -> datetime.time:
    hour, minute, second, microsecond, fold, zone = parts
    return datetime.time(hour, minute, second, microsecond, _read_zone(zone), fold=fold)


def _read_text(text: str, position: int) -> io.StringIO:
    file = io.StringIO(text)
    file.seek(position)
    return file


WRITERS: dict[type, Callable[[Any], list[Any]]] = {
    complex: lambda x: ["complex", x.real, x.imag],
    bytes: lambda x: ["bytes", to_text(x)],
    type(...): lambda x: ["..."],
    type(NotImplemented): lambda x: ["NotImplemented"],
    range: lambda x: ["range", hex(x.start), hex(x.stop), hex(x.step)],
    slice: _write_slice,
    decimal.Decimal: lambda x: ["decimal", str(x)],
    fractions.Fraction: lambda x: ["fraction", hex(x.numerator), hex(x.denominator)],
    datetime.datetime: _write_datetime,
    datetime.date: lambda x: ["date", x.toordinal()],
    datetime.time: lambda x: [
        "time", x.hour, x.minute, x.second, x.microsecond, x.fold, _zone(x)
    ],
    datetime.timedelta: lambda x: ["timedelta", x.days, x.seconds, x.microseconds],
    uuid.UUID: lambda x: ["uuid", x.hex],
    pathlib.PosixPath: lambda x: ["path", str(x)],
}  # fmt: skip


def _int(text: str) -> int:
    return int(text, 16)


READERS: dict[str, Callable[..., Any]] = {
    "int": _int,
    "complex": complex,
    "bytes": to_bytes,
    "...": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "range": lambda *parts: range(*map(_int, parts)),
    "slice": lambda *parts: slice(*(None if part is None else _int(part) for part in parts)),
    "decimal": decimal.Decimal,
    "fraction": lambda top, bottom: fractions.Fraction(_int(top), _int(bottom)),
    "datetime": _read_datetime,
    "date": datetime.date.fromordinal,
    "time": _read_time,
    "timedelta": datetime.timedelta,
    "uuid": uuid.UUID,
    "text": _read_text,
    "path": pathlib.PosixPath,
    "type": type_named,
    "dtype": lambda text: np.dtype(text if text == "|O" else _plain_dtype(text)),
    "scalar": lambda dtype, data: _read_scalar(dtype, data),
}


def _plain_dtype(text: str) -> str:
    if not is_plain_dtype(text):
        raise BadMessage("a dtype that is not allowed")
    return text


def _read_scalar(dtype: str, data: str) -> Any:
    _plain_dtype(dtype)
    (value,) = np.frombuffer(to_bytes(data), dtype)
    return value
