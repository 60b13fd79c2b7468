"""How a result differs from the expected one, in a sentence that quotes no expected value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .values import Other

__all__ = ["difference"]


def difference(
    name: str,
    got: Any,
    expected: Any,
    rtol: float,
    atol: float,
    test: str = "",
    inputs: Mapping[str, Any] | None = None,
) -> str:
    """How `got` differs from `expected` beyond the tolerance, "" if it does not.

    Tolerance: ``|got - expected| <= atol + rtol |expected|``, elementwise. `test` and `inputs`, the
    test's name and its inputs, say what a list of results stands for.

    >>> difference("`dx`", np.ones((2, 1)), np.ones(2), 1e-6, 0)
    '`dx` has shape (2, 1); expected shape (2,).'
    >>> difference("`w`", [np.ones(2), np.array([3.0, 4])], [np.ones(2)] * 2, 0, 0, "two steps")
    '`w` (step 2 of 2) is wrong at both places; largest relative error 7.5e-01.'
    """
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return f"{name} must be a dict."
        for key, value in expected.items():
            if key not in got:
                return f"{name} has no entry {key!r}."
            message = difference(_entry(name, key), got[key], value, rtol, atol, test, inputs)
            if message:
                return message
        return ""
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return f"{name} must be a list of {len(expected)} results."
        for place, pair in enumerate(zip(got, expected, strict=True)):
            part = _part(place, len(expected), f"{test} {name}", inputs or {})
            message = difference(f"{name} ({part})", *pair, rtol, atol)
            if message:
                return message
        return ""
    if got is None and expected is not None:
        return f"{name} is None: is there a `return`, and is the result stored?"
    if expected is None or isinstance(expected, str):
        same = type(got) is type(expected) and got == expected
        return "" if same else f"{name} is not the right value."
    if isinstance(got, Other):
        return f"{name} is {got}; it must be numbers (a numpy array or a number)."
    if isinstance(got, (str, dict, list)):
        return f"{name} is a {type(got).__name__}; it must be numbers (a numpy array or a number)."
    return _difference_of_arrays(name, np.asarray(got), np.asarray(expected), rtol, atol)


def _entry(name: str, key: str) -> str:
    """The name of an entry: "`config`" and "v" give "`config['v']`"."""
    return f"{name[:-1]}[{key!r}]`" if name.endswith("`") else f"{name}[{key!r}]"


def _part(place: int, of: int, words: str, inputs: Mapping[str, Any]) -> str:
    """What the result at `place` is: the answer to one of several inputs, or a step if the words
    speak of steps, or of what comes next."""
    number = f"{place + 1} of {of}"
    for items in inputs.values():
        if isinstance(items, list) and len(items) == of > 1:
            shapes = [item.shape if isinstance(item, np.ndarray) else () for item in items]
            shape = f", of shape {shapes[place]}" if len(set(shapes)) > 1 else ""
            return f"for input {number}{shape}"
    return f"step {number}" if re.search(r"\bsteps?\b|\bnext", words) else f"result {number}"


def _difference_of_arrays(
    name: str, got: np.ndarray, expected: np.ndarray, rtol: float, atol: float
) -> str:
    if got.shape != expected.shape:
        return f"{name} has shape {got.shape}; expected shape {expected.shape}."
    if got.dtype.kind == "c" and expected.dtype.kind != "c":
        return f"{name} is complex; it must be real."
    expected_kind = expected.dtype.kind
    got_wide = got.astype(np.result_type(expected, np.float64), copy=False)
    expected = expected.astype(got_wide.dtype)
    with np.errstate(all="ignore"):
        bad = ~np.isclose(got_wide, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not bad.any():
        return ""
    for test, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
        not_finite = test(got_wide) & bad
        if not_finite.any():
            return f"{name} is {word}{_where(not_finite)}."
    if expected_kind == "b":
        return f"{name} is wrong{_where(bad)}."
    narrow = got.dtype.kind == "f" and got.dtype.itemsize < 8
    real = got_wide.dtype.kind == "f"
    with np.errstate(all="ignore"):
        factor = _factor(got_wide, expected, bad, 1e-3 if narrow else 1e-6) if real else ""
        gaps = np.abs(got_wide - expected) / np.maximum(np.abs(expected), np.abs(got_wide))
    relative = np.nan_to_num(gaps[bad], nan=np.inf).max()
    error = f": {factor}" if factor else f"; largest relative error {relative:.1e}"
    note = f" (It was computed in {got.dtype}.)" if narrow else ""
    return f"{name} is wrong{_where(bad)}{error}.{note}"


def _where(bad: np.ndarray) -> str:
    """The places that are bad, with a blank before; "" for a single number.

    >>> _where(np.array([[True, False], [True, False]]))
    ' in the whole column [:, 0]'
    """
    if bad.ndim == 0:
        return ""
    if bad.all():
        return {1: "", 2: " at both places"}.get(bad.size, f" at all {bad.size} places")
    first = np.argwhere(bad)[0].tolist()
    if bad.ndim == 2 and min(bad.shape) > 1:
        for axis, line, index in ((1, "row", "[{}]"), (0, "column", "[:, {}]")):
            lines = np.flatnonzero(bad.any(axis))
            start = index.format(lines[0])
            whole = bad.take(lines, 1 - axis).all()
            if whole and len(lines) == 1:
                return f" in the whole {line} {start}"
            if whole:
                return f" in {len(lines)} whole {line}s, the first is {start}"
            if len(lines) == 1:
                return f" at {bad.sum()} places, all in {line} {start}, the first is {first}"
    return f" at {bad.sum()} of {bad.size} places, the first is {first}"


def _factor(got: np.ndarray, expected: np.ndarray, bad: np.ndarray, precision: float) -> str:
    """The one factor, or the sign, by which all wrong numbers are wrong; "" if there is none.

    Said only if it holds, to the precision, for at least two different numbers.

    >>> _factor(np.array([2.0, 4, 3]), np.array([1.0, 2, 3]), np.array([True, True, False]), 1e-6)
    'each of these numbers is 2 times what it should be'
    """
    wrong, right = got[bad], expected[bad]
    if not wrong.any():
        return "each of these numbers is 0" if wrong.size > 1 else ""
    size = np.abs(right)
    large = size >= 1e-3 * size.max()
    if not np.isfinite(right).all() or np.ptp(right[large]) <= 1e-3 * size.max():
        return ""
    factor = float(np.median(wrong[large] / right[large]))
    tolerances = {"rtol": precision, "atol": 1e-6 * precision * size.max()}
    if not np.allclose(wrong, factor * right, **tolerances):
        return ""
    everywhere = np.allclose(got, factor * expected, **tolerances)
    which = "each number" if everywhere else "each of these numbers"
    if abs(factor + 1) < precision:
        return f"{which} has the wrong sign"
    digits = next((d for d in (4, 6) if float(f"{factor:.{d}g}") not in (1, -1)), 0)
    return f"{which} is {factor:.{digits}g} times what it should be" if digits else ""
