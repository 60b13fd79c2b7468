"""How a result differs from the expected one, in a sentence that quotes no expected value."""

from __future__ import annotations

from typing import Any

import numpy as np

from .values import Other

__all__ = ["difference"]


def difference(name: str, got: Any, expected: Any, rtol: float, atol: float) -> str:
    """How `got` differs from `expected` beyond the tolerance, "" if it does not.

    Tolerance: ``|got - expected| <= atol + rtol |expected|``, elementwise.

    >>> difference("`dx`", np.ones((2, 1)), np.ones(2), 1e-6, 0)
    '`dx` has shape (2, 1); expected shape (2,).'
    """
    if isinstance(expected, dict):
        return _difference_of_dicts(name, got, expected, rtol, atol)
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return f"{name} must be a list of {len(expected)} results."
        parts = enumerate(zip(got, expected, strict=True))
        return next(
            filter(None, (difference(f"{name}[{i}]", *two, rtol, atol) for i, two in parts)), ""
        )
    if got is None and expected is not None:
        return f"{name} is None: is there a `return`, and is the result stored?"
    if expected is None or isinstance(expected, str):
        same = type(got) is type(expected) and got == expected
        return "" if same else f"{name} is not what was asked for."
    if isinstance(got, Other):
        return f"{name} is {got}; it must be numbers (a numpy array or a number)."
    if isinstance(got, (str, dict, list)):
        return f"{name} is a {type(got).__name__}; it must be numbers (a numpy array or a number)."
    return _difference_of_arrays(name, np.asarray(got), np.asarray(expected), rtol, atol)


def _difference_of_dicts(name: str, got: Any, expected: dict, rtol: float, atol: float) -> str:
    if not isinstance(got, dict):
        return f"{name} must be a dict."
    for key, value in expected.items():
        if key not in got:
            return f"{name} has no entry {key!r}."
        message = difference(f"{name}[{key!r}]", got[key], value, rtol, atol)
        if message:
            return message
    return ""


def _difference_of_arrays(
    name: str, got: np.ndarray, expected: np.ndarray, rtol: float, atol: float
) -> str:
    if got.shape != expected.shape:
        return f"{name} has shape {got.shape}; expected shape {expected.shape}."
    if got.dtype.kind == "c" and expected.dtype.kind != "c":
        return f"{name} is complex; it must be real."
    got_wide = got.astype(np.result_type(expected, np.float64), copy=False)
    expected = expected.astype(got_wide.dtype)
    with np.errstate(all="ignore"):
        close = np.isclose(got_wide, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return ""
    bad = ~close
    first = np.argwhere(bad)[0].tolist()
    where = f" The first is at {first}." if first else ""
    for test, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
        not_finite = test(got_wide) & bad
        if not_finite.any():
            return f"{name} is {word} at {not_finite.sum()} of {bad.size} places.{where}"
    with np.errstate(all="ignore"):
        gaps = np.abs(got_wide - expected) / np.maximum(np.abs(expected), np.abs(got_wide))
        relative = np.nan_to_num(gaps[bad], nan=np.inf).max()
    error = f"wrong at {bad.sum()} of {bad.size} places; largest relative error {relative:.1e}"
    narrow = got.dtype.kind == "f" and got.dtype.itemsize < 8
    note = f" (It was computed in {got.dtype}.)" if narrow else ""
    return f"{name} is {error}.{where}{note}"
