"""Tables of pandas as values, where the notebook uses it: columns as arrays, no code of its own."""

from __future__ import annotations

import importlib
import re
import sys
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import BadMessage

__all__ = ["fingerprint", "is_table", "read", "update", "write"]

_EXTENSIONS = re.compile(r"str|string|boolean|U?Int(8|16|32|64)|Float(32|64)")


def _pandas() -> Any:
    return sys.modules.get("pandas")


def is_table(value: Any) -> bool:
    """Whether it is a DataFrame or a Series, which can be changed in place."""
    pandas = _pandas()
    return bool(pandas) and type(value) in (pandas.DataFrame, pandas.Series)


def fingerprint(table: Any) -> Any:
    """A picture of the content, as ``table.content_of`` takes it of a list."""
    columns = [table] if table.ndim == 1 else [table.iloc[:, k] for k in range(table.shape[1])]
    sums: list[Any] = [type(table), id(table.index)]
    items: list[Any] = [] if table.ndim == 1 else list(table.columns)
    for column in columns:
        array = np.asarray(column)
        sums.append((str(column.dtype), array.shape))
        if array.dtype.hasobject:
            items += array.tolist()
        else:
            sums.append(zlib.crc32(array.tobytes()))
    return tuple(sums), tuple(items)


def update(table: Any, new: Any) -> None:
    """Change a table in place, so that all who know it see it."""
    table._update_inplace(new)


def write(value: Any, encode: Callable[[Any], Any]) -> list[Any] | None:
    """What `read` makes the value of; None if it is nothing of pandas that can be sent."""
    pandas = _pandas()
    if not pandas:
        return None
    kind = type(value)
    if value is pandas.NaT or value is pandas.NA:
        return [encode("NaT" if value is pandas.NaT else "NA")]
    if kind is pandas.Timestamp:
        zone = None if value.tz is None else str(value.tz)
        return list(map(encode, ["timestamp", int(value.value), zone]))
    if kind is pandas.Timedelta:
        return list(map(encode, ["timedelta", int(value.value)]))
    try:
        if kind is pandas.DataFrame:
            columns = [_column(value.iloc[:, k]) for k in range(value.shape[1])]
            return list(map(encode, ["frame", columns, value.columns, value.index]))
        if kind is pandas.Series:
            return list(map(encode, ["series", _column(value), value.index, value.name]))
        if kind is pandas.RangeIndex:
            parts = [value.start, value.stop, value.step, value.name]
            return list(map(encode, ["range", *parts]))
        if kind is pandas.MultiIndex:
            levels = [value.get_level_values(k).rename(None) for k in range(value.nlevels)]
            return list(map(encode, ["multi", levels, list(value.names)]))
        if isinstance(value, pandas.Index):
            freq = getattr(value, "freqstr", None)
            return list(map(encode, ["index", _column(value), value.name, freq]))
    except TypeError:
        return None
    return None


def _column(column: Any) -> tuple[Any, ...]:
    """The array of a column, without its dtype's own code; TypeError if it has another kind."""
    pandas, dtype, values = _pandas(), column.dtype, column.array
    if isinstance(dtype, np.dtype):
        return ("array", np.array(column))
    if isinstance(dtype, pandas.CategoricalDtype):
        return ("categories", values.codes.copy(), dtype.categories, bool(dtype.ordered))
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return ("zoned", np.asarray(column.astype("i8")), dtype.unit, str(dtype.tz))
    if _EXTENSIONS.fullmatch(str(dtype)):
        missing = np.asarray(values.isna())
        plain = [None if gone else item for item, gone in zip(values, missing, strict=True)]
        return ("extension", plain, str(dtype))
    raise TypeError(f"a column of {dtype}")


def _read_column(pandas: Any, kind: str, *parts: Any) -> Any:
    if kind == "array" and type(parts[0]) is np.ndarray:
        return parts[0]
    if kind == "categories":
        codes, categories, ordered = parts
        return pandas.Categorical.from_codes(codes, categories, ordered)
    if kind == "zoned":
        times, unit, zone = parts
        if unit not in ("s", "ms", "us", "ns"):
            raise BadMessage("no unit of time")
        return pandas.DatetimeIndex(times.astype(f"M8[{unit}]"), tz="UTC").tz_convert(zone)
    if kind == "extension" and _EXTENSIONS.fullmatch(parts[1]):
        return pandas.array(parts[0], dtype=parts[1])
    raise BadMessage("no column")


def read(parts: Any, decode: Callable[[Any], Any]) -> Any:
    pandas = importlib.import_module("pandas")
    kind, *rest = map(decode, parts)
    if kind in ("NaT", "NA"):
        return getattr(pandas, kind)
    if kind == "timestamp":
        return pandas.Timestamp(rest[0], tz=rest[1])
    if kind == "timedelta":
        return pandas.Timedelta(rest[0])
    if kind == "range":
        return pandas.RangeIndex(*rest[:3], name=rest[3])
    if kind == "multi":
        return pandas.MultiIndex.from_arrays(rest[0], names=rest[1])
    if kind == "index":
        index = pandas.Index(_read_column(pandas, *rest[0]), name=rest[1])
        return index if rest[2] is None else pandas.DatetimeIndex(index, freq=rest[2])
    if kind == "series":
        return pandas.Series(_read_column(pandas, *rest[0]), index=rest[1], name=rest[2])
    if kind == "frame":
        columns, names, index = rest
        data = {k: _read_column(pandas, *column) for k, column in enumerate(columns)}
        frame = pandas.DataFrame(data, index=index)
        frame.columns = names
        return frame
    raise BadMessage("nothing of pandas")
