"""Compare the results of a student's functions with the reference's, and describe the difference.

A verdict never quotes an expected value. It names the test and the mistake, if that is known, and
otherwise the kind, place and size of the difference.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from .difference import difference
from .pack import Case, Pack
from .probe import Outcome

__all__ = ["Report", "Verdict", "judge", "same_outcome"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one test. status : passed, failed, error, missing, not written or lost.

    A test that passed may have a message: why that is right, or a slip that is counted elsewhere.
    """

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


@dataclass(frozen=True, slots=True)
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

    A *slip* of form (a shape with a needless axis, a changed input, a warning) beside right numbers
    is counted once: in the cheapest test that shows it. A mistake is named only on evidence: every
    test that it fails has its outcome, and they are at least half of the failed tests.
    """
    failures = [_failure(case, outcome) for case, outcome in zip(pack.cases, outcomes, strict=True)]
    names = _names(pack, outcomes, failures)
    forgiven = _forgiven(pack, failures)
    verdicts = []
    for number, (case, outcome, failure) in enumerate(
        zip(pack.cases, outcomes, failures, strict=True)
    ):
        verdict = Verdict(case.name, case.points, "passed", case.why, printed=outcome.printed)
        if failure and number in forgiven:
            message = f"{failure.message} You lose points for this in one test only."
            verdict = replace(verdict, message=message)
        elif failure:
            status = "failed" if outcome.status == "ok" else outcome.status
            verdict = replace(verdict, status=status, message=failure.message)
            if names[number]:
                text = pack.mistakes[names[number]]
                verdict = replace(
                    verdict,
                    message=text.message,
                    mistake=names[number],
                    elsewhere=text.elsewhere,
                )
        verdicts.append(verdict)
    return Report(pack.exercise, pack.notebook, pack.slide, verdicts)


@dataclass(frozen=True)
class _Failure:
    """Why a test failed. slips : what is wrong with the form, if nothing else is wrong."""

    message: str
    slips: tuple[str, ...] = ()


def _forgiven(pack: Pack, failures: Sequence[_Failure | None]) -> set[int]:
    """Numbers of the tests whose slips are counted in other tests."""
    shown_by: dict[str, list[int]] = {}
    for number, failure in enumerate(failures):
        for slip in failure.slips if failure else ():
            shown_by.setdefault(slip, []).append(number)
    counted = {
        min(numbers, key=lambda number: pack.cases[number].points) for numbers in shown_by.values()
    }
    return {number for numbers in shown_by.values() for number in numbers} - counted


# --- names ----------------------------------------------------------------------------------------


def _names(
    pack: Pack, outcomes: Sequence[Outcome], failures: Sequence[_Failure | None]
) -> list[str]:
    """For each test the mistake that explains its failure, or ""."""
    failed = {number for number, failure in enumerate(failures) if failure}
    explained: dict[str, set[int]] = {}
    for name in pack.mistakes:
        fails = {number for number, case in enumerate(pack.cases) if name in case.mistakes}
        if (
            fails <= failed
            and 2 * len(fails) >= len(failed)
            and all(same_outcome(pack.cases[n], outcomes[n], name) for n in fails)
            and any(_is_telling(outcomes[n]) for n in fails)
        ):
            explained[name] = fails
    return [
        max(
            (name for name in explained if number in explained[name] and outcome.status == "ok"),
            key=lambda name: len(explained[name]),
            default="",
        )
        for number, outcome in enumerate(outcomes)
    ]


def _is_telling(outcome: Outcome) -> bool:
    """Whether the values hold a finite number or a text: many faults end in the same NaN."""
    texts = any(isinstance(value, str) for value in outcome.values.values())
    return texts or any(np.isfinite(array).any() for _, array in _arrays("", outcome.values))


def same_outcome(case: Case, outcome: Outcome, name: str) -> bool:
    """Whether this outcome is that of the mistake `name`: its values, or its kind of exception."""
    known = case.mistakes[name]
    if outcome.status != "ok" or known.status != "ok":
        return outcome.status == known.status == "error" and _kind(outcome) == _kind(known)
    if _difference_of_values(case, outcome.values, known.values):
        return False
    if case.quiet and bool(outcome.warnings) != bool(known.warnings):
        return False
    return not set(case.untouched) & (set(outcome.changed) ^ set(known.changed))


def _kind(outcome: Outcome) -> str:
    """The exception's class; its text depends on the versions of Python and NumPy."""
    return outcome.error.rpartition("\n")[2].partition(":")[0]


# --- one test -------------------------------------------------------------------------------------


def _failure(case: Case, outcome: Outcome) -> _Failure | None:
    """Why this outcome fails the case, None if it passes."""
    if outcome.status != "ok":
        return _Failure(outcome.error or outcome.status)
    compare = _property_failure if case.holds else _difference_from_expected
    messages: dict[str, str] = {}
    wrong = compare(case, outcome.values)
    if wrong:
        squeezed = _in_shape_of(outcome.values, case.expected.values)
        if squeezed is None or compare(case, squeezed):
            return _Failure(wrong)
        messages["shape"] = wrong
    touched = [name for name in case.untouched if name in outcome.changed]
    if touched:
        messages["input"] = f"Your function changed its input `{touched[0]}`: work on a copy."
    if case.quiet and outcome.warnings:
        messages["warning"] = (
            f"The numbers are right, but there was a warning: {outcome.warnings[0]}"
        )
    if not messages:
        return None
    return _Failure(next(iter(messages.values())), tuple(messages))


def _in_shape_of(values: Any, expected: Any) -> Any:
    """The values with needless or missing axes of length 1 set right; None if none are."""
    changed = False

    def walk(got: Any, want: Any) -> Any:
        nonlocal changed
        if isinstance(got, dict) and isinstance(want, dict):
            return {key: walk(item, want.get(key)) for key, item in got.items()}
        if isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
            return [walk(*pair) for pair in zip(got, want, strict=True)]
        if isinstance(got, np.ndarray) and isinstance(want, (bool, int, float, np.ndarray)):
            shape = np.shape(want)
            if got.shape != shape and _without_ones(got.shape) == _without_ones(shape):
                changed = True
                return got.reshape(shape)
        return got

    walked = walk(values, expected)
    return walked if changed else None


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [side for side in shape if side != 1]


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
        return "The result holds far more numbers than it should."
    finite = all(np.isfinite(array).all() for _, array in expected)
    not_finite = _not_finite(arrays) if finite else ""
    scope: dict[str, Any] = {"np": np}
    exec(_compiled(case.holds), scope)
    try:
        with warnings.catch_warnings():  # of no use in a verdict
            warnings.simplefilter("ignore")
            known = [case.inputs, values, case.expected.values]
            holds = scope["holds"]
            return holds(*known[: holds.__code__.co_argcount]) or not_finite
    except Exception:  # the property expects results of the reference's form
        form = "The result has the wrong form (type or shape)."
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


def _difference_from_expected(case: Case, values: dict[str, Any]) -> str:
    return _difference_of_values(case, values, case.expected.values)


def _difference_of_values(case: Case, got: dict[str, Any], expected: dict[str, Any]) -> str:
    for name, value in expected.items():
        message = difference(
            f"`{name}`", got.get(name), value, case.rtol, case.atol, case.name, case.inputs
        )
        if message:
            return message
    return ""
