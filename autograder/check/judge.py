"""Compare the results of a student's functions with the reference's, and describe the difference.

A verdict never quotes an expected value. It names the test and the mistake, if that is known, and
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

from .difference import difference
from .pack import Case, Pack
from .probe import Outcome

__all__ = ["Report", "Verdict", "judge"]


@dataclass(frozen=True)
class Verdict:
    """The result of one test. status : passed, failed, error, missing, not written or lost."""

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
        """Names of the recognised mistakes, without repetition."""
        return list(dict.fromkeys(verdict.mistake for verdict in self.verdicts if verdict.mistake))


def judge(pack: Pack, outcomes: Sequence[Outcome]) -> Report:
    """Judge the outcomes of the cases of `pack`.

    If several mistakes explain a failure, the verdict names the one that explains most failed tests
    of the exercise and fewest passed ones.
    """
    failures = [_failure(case, outcome) for case, outcome in zip(pack.cases, outcomes, strict=True)]
    matches = [
        _matching_mistakes(case, outcome) if failure else []
        for case, outcome, failure in zip(pack.cases, outcomes, failures, strict=True)
    ]
    judged = list(zip(pack.cases, outcomes, failures, matches, strict=True))
    explained = {
        name: sum(
            (name in matching) - (not failure and name in case.mistakes)
            for case, _, failure, matching in judged
        )
        for name in pack.mistakes
    }
    verdicts = []
    for case, outcome, failure, matching in judged:
        status = "passed" if not failure else "failed" if outcome.status == "ok" else outcome.status
        mistake = max(matching, key=lambda name: explained[name], default="")
        text = pack.mistakes[mistake] if mistake else None
        verdicts.append(
            Verdict(
                test=case.name,
                points=case.points,
                status=status,
                message=text.message if text else failure,
                mistake=mistake,
                elsewhere=bool(text and text.elsewhere),
                printed=outcome.printed,
            )
        )
    return Report(pack.exercise, pack.notebook, pack.slide, verdicts)


def _matching_mistakes(case: Case, outcome: Outcome) -> list[str]:
    """Names of the mistakes that have this outcome."""
    if outcome.status != "ok":
        return []
    return [name for name, known in case.mistakes.items() if _same_outcome(case, outcome, known)]


def _same_outcome(case: Case, outcome: Outcome, other: Outcome) -> bool:
    if other.status != "ok":
        return False
    if case.holds:
        return _failure(case, outcome) == _failure(case, other)
    if _difference_of_values(case, outcome.values, other.values):
        return False
    if case.quiet and bool(outcome.warnings) != bool(other.warnings):
        return False
    return not set(case.untouched) & (set(outcome.changed) ^ set(other.changed))


def _failure(case: Case, outcome: Outcome) -> str:
    """Why this outcome fails the case, "" if it passes."""
    if outcome.status != "ok":
        return outcome.error or outcome.status
    if case.holds:
        message = _property_failure(case, outcome.values)
    else:
        message = _difference_of_values(case, outcome.values, case.expected.values)
    if message:
        return message
    if case.quiet and outcome.warnings:
        return f"The numbers are right, but there was a warning: {outcome.warnings[0]}"
    touched = [name for name in case.untouched if name in outcome.changed]
    if touched:
        return f"Your function changed its input `{touched[0]}`: work on a copy."
    return ""


_EXTRA_NUMBERS = 1000
"""Numbers that a result may hold beyond ten times those of the reference."""


def _property_failure(case: Case, values: dict[str, Any]) -> str:
    """Why these values fail the case's property, "" if they have it.

    Values that are not finite fail, since every comparison with NaN is false (and infinities give
    NaN). Huge ones fail too: NumPy might broadcast them until no memory is left.
    """
    arrays, expected = [*_arrays("", values)], [*_arrays("", case.expected.values)]
    most = 10 * sum(array.size for _, array in expected) + _EXTRA_NUMBERS
    if sum(array.size for _, array in arrays) > most:
        return "The result holds far more numbers than were asked for."
    finite = all(np.isfinite(array).all() for _, array in expected)
    not_finite = _not_finite(arrays) if finite else ""
    scope: dict[str, Any] = {"np": np}
    exec(_compiled(case.holds), scope)
    try:
        with warnings.catch_warnings():  # of no use in a verdict
            warnings.simplefilter("ignore")
            return scope["holds"](case.inputs, values) or not_finite
    except Exception:  # the property expects results of the reference's form
        form = "The result has another form than was asked for (its type or its shape)."
        return not_finite or form


@lru_cache(maxsize=64)
def _compiled(source: str) -> CodeType:
    return compile(source, "<property>", "exec")


def _not_finite(arrays: list[tuple[str, np.ndarray]]) -> str:
    for name, array in arrays:
        for test, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
            if test(array).any():
                return f"{name} is {word} at {test(array).sum()} of {array.size} places."
    return ""


def _arrays(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The names and values of the arrays and numbers in a value."""
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
        message = difference(f"`{name}`", got.get(name), value, case.rtol, case.atol)
        if message:
            return message
    return ""
