"""Compare what a student's functions gave with what the reference gave, and say what differs.

A verdict never quotes an expected value: it names the test, the mistake if it is a known one, and
otherwise the kind, place and size of the difference.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from .pack import Case, Pack
from .probe import Outcome
from .values import Other

__all__ = ["Report", "Verdict", "difference", "judge"]


@dataclass(frozen=True)
class Verdict:
    """The result of one test. status: passed, failed, error, missing, not written or lost."""

    test: str
    points: float
    status: str
    message: str = ""
    mistake: str = ""
    elsewhere: bool = False
    printed: str = ""

    @property
    def earned(self) -> float:
        return self.points if self.status == "passed" else 0.0


@dataclass(frozen=True)
class Report:
    """The results of one exercise."""

    exercise: str
    notebook: str
    slide: str
    verdicts: list[Verdict]

    @property
    def earned(self) -> float:
        return float(sum(verdict.earned for verdict in self.verdicts))

    @property
    def points(self) -> float:
        return float(sum(verdict.points for verdict in self.verdicts))

    @property
    def mistakes(self) -> list[str]:
        """Names of the mistakes recognised, each once."""
        return list(dict.fromkeys(verdict.mistake for verdict in self.verdicts if verdict.mistake))


def judge(pack: Pack, outcomes: Sequence[Outcome]) -> Report:
    """Judge one outcome for each case of `pack`.

    Where several mistakes explain a failure, the one that explains most tests of the exercise (and
    claims none that passed) is named.
    """
    complaints = [_complaint(case, got) for case, got in zip(pack.cases, outcomes, strict=True)]
    matches = [
        _matching(case, got) if complaint else []
        for case, got, complaint in zip(pack.cases, outcomes, complaints, strict=True)
    ]
    explained = {
        name: sum(
            (name in found) - (not complaint and name in case.mistakes)
            for case, found, complaint in zip(pack.cases, matches, complaints, strict=True)
        )
        for name in pack.mistakes
    }
    verdicts = []
    for case, got, complaint, found in zip(pack.cases, outcomes, complaints, matches, strict=True):
        status = "passed" if not complaint else "failed" if got.status == "ok" else got.status
        mistake = max(found, key=lambda name: explained[name], default="")
        text = pack.mistakes[mistake] if mistake else None
        verdicts.append(
            Verdict(
                test=case.name,
                points=case.points,
                status=status,
                message=text.message if text else complaint,
                mistake=mistake,
                elsewhere=bool(text and text.elsewhere),
                printed=got.printed,
            )
        )
    return Report(pack.exercise, pack.notebook, pack.slide, verdicts)


def _matching(case: Case, got: Outcome) -> list[str]:
    """The mistakes that would have given just this outcome."""
    if got.status != "ok":
        return []
    return [name for name, known in case.mistakes.items() if _alike(case, got, known)]


def _alike(case: Case, got: Outcome, known: Outcome) -> bool:
    if known.status != "ok":
        return False
    if case.holds:
        return _complaint(case, got) == _complaint(case, known)
    same_values = not _difference_of_values(case, got.values, known.values)
    if case.quiet and bool(got.warnings) != bool(known.warnings):
        return False
    return same_values and set(got.changed) & set(case.untouched) == set(known.changed) & set(
        case.untouched
    )


def _complaint(case: Case, got: Outcome) -> str:
    """Why this outcome fails the case; "" if it passes."""
    if got.status != "ok":
        return got.error or got.status
    if case.holds:
        wrong = _property(case, got.values)
    else:
        wrong = _difference_of_values(case, got.values, case.expected.values)
    if wrong:
        return wrong
    if case.quiet and got.warnings:
        return f"The numbers are right, but there was a warning: {got.warnings[0]}"
    touched = [name for name in case.untouched if name in got.changed]
    if touched:
        return f"Your function changed its input `{touched[0]}`: work on a copy."
    return ""


_MANY = 1000
"""Numbers that a result may hold beyond ten times what the reference's holds."""


def _property(case: Case, values: dict[str, Any]) -> str:
    """What the case's property says of results that are not enormous; only finite ones can have it.

    NaN passes every comparison for a difference (and what is infinite gives NaN), and NumPy would
    stretch a huge column over a row until no memory is left.
    """
    found, expected = [*_arrays("", values)], [*_arrays("", case.expected.values)]
    most = 10 * sum(array.size for _, array in expected) + _MANY
    if sum(array.size for _, array in found) > most:
        return "The result holds far more numbers than were asked for."
    finite = all(np.isfinite(array).all() for _, array in expected)
    odd = _not_finite(found) if finite else ""
    scope: dict[str, Any] = {"np": np}
    exec(_compiled(case.holds), scope)
    try:
        with warnings.catch_warnings():  # they are no use to who reads the verdict
            warnings.simplefilter("ignore")
            return scope["holds"](case.inputs, values) or odd
    except Exception:  # a property is written for results of the form that was asked for
        return odd or "The result has another form than was asked for (its type or its shape)."


@lru_cache(maxsize=64)
def _compiled(source: str) -> CodeType:
    return compile(source, "<property>", "exec")


def _not_finite(found: list[tuple[str, np.ndarray]]) -> str:
    for name, array in found:
        for test, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
            if test(array).any():
                return f"{name} is {word} at {test(array).sum()} of {array.size} places."
    return ""


def _arrays(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays and numbers in a value, with their names."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _arrays(f"{name}[{key!r}]" if name else f"`{key}`", item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _arrays(f"{name}[{place}]", item)
    elif isinstance(value, (bool, int, float, np.ndarray)):
        yield name, np.asarray(value)


def _difference_of_values(case: Case, got: dict[str, Any], expected: dict[str, Any]) -> str:
    for name, value in expected.items():
        wrong = difference(f"`{name}`", got.get(name), value, case.rtol, case.atol)
        if wrong:
            return wrong
    return ""


def difference(name: str, got: Any, expected: Any, rtol: float, atol: float) -> str:
    """Say how `got` differs from `expected` beyond the tolerance; "" if it does not.

    Tolerance: ``|got - expected| <= atol + rtol |expected|`` at every place.

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
        wrong = difference(f"{name}[{key!r}]", got[key], value, rtol, atol)
        if wrong:
            return wrong
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
    where = np.argwhere(bad)[0].tolist()
    at = f" The first is at {where}." if where else ""
    for test, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
        odd = test(got_wide) & bad
        if odd.any():
            return f"{name} is {word} at {odd.sum()} of {odd.size} places.{at}"
    with np.errstate(all="ignore"):
        gaps = np.abs(got_wide - expected) / np.maximum(np.abs(expected), np.abs(got_wide))
        relative = np.nan_to_num(gaps[bad], nan=np.inf).max()
    many = f"{bad.sum()} of {bad.size} places"
    much = f"{name} is wrong at {many}; largest relative error {relative:.1e}."
    coarse = got.dtype.kind == "f" and got.dtype.itemsize < 8
    narrow = f" (It was computed in {got.dtype}.)" if coarse else ""
    return f"{much}{at}{narrow}"
