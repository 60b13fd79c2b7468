"""Answers that nobody worked for; none may earn a point.

- The *replayer* gives each test a result that is stored in the students' packs: the reference's or
  a mistake's. It earns points where the right result is the same at home and at school.
- The *liar* also knows each property's text: it changes what it replays, number by number, until
  the property holds. It earns points where a property asks what the student's process says of
  itself.
- *Idlers* are functions that do nothing: they return None, zeros, or what they were given.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..check.judge import judge
from ..check.pack import Case, Pack
from ..check.probe import Outcome, run
from ..exercise import Exercise

__all__ = ["idle_tests", "liars_tests", "replayed_tests"]

_TRIES = 200
"""How many results the liar tries on one property."""


def replayed_tests(home: Pack, school: Pack) -> list[str]:
    """The tests at school that some result stored at home passes."""
    return [
        there.name
        for here, there in zip(home.cases, school.cases, strict=True)
        if any(_passes(there, values) for values in _stored(here))
    ]


def liars_tests(home: Pack, school: Pack) -> list[str]:
    """The tests at school that a replayed result passes after it was fitted to the property."""
    return [
        there.name
        for here, there in zip(home.cases, school.cases, strict=True)
        if there.holds and any(_passes(there, values) for values in _lies(here, there))
    ]


def _stored(case: Case) -> list[dict[str, Any]]:
    outcomes = [case.expected, *case.mistakes.values()]
    return [outcome.values for outcome in outcomes if outcome.status == "ok"]


def _passes(case: Case, values: Mapping[str, Any]) -> bool:
    alone = Pack("", "", "", [], [replace(case, mistakes={})])
    return judge(alone, [Outcome(values=dict(values))]).earned > 0


# --- the liar -------------------------------------------------------------------------------------


def _lies(here: Case, there: Case) -> Iterator[dict[str, Any]]:
    """What is stored, with its single numbers and truths replaced by others in all combinations."""
    claims = [True, False, 0, 1, *_numbers_in(there.inputs)]
    for values in _stored(here):
        places = [*_single_numbers(values)]
        for combination in itertools.islice(
            itertools.product(*(_pool(_get(values, place), claims) for place in places)), _TRIES
        ):
            lie = values
            for place, claim in zip(places, combination, strict=True):
                lie = _with(lie, place, claim)
            yield lie


def _pool(value: Any, claims: list[Any]) -> list[Any]:
    return [value, *(claim for claim in claims if type(claim) is not type(value) or claim != value)]


Place = tuple[Any, ...]


def _single_numbers(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _single_numbers(item, (*place, key))
    elif isinstance(value, list):
        for key, item in enumerate(value):
            yield from _single_numbers(item, (*place, key))
    elif isinstance(value, (bool, int, float)) or (
        isinstance(value, np.ndarray) and not value.ndim
    ):
        yield place


def _get(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def _with(value: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    changed = list(value) if isinstance(value, list) else dict(value)
    changed[place[0]] = _with(value[place[0]], place[1:], new)
    return changed


def _numbers_in(inputs: Mapping[str, Any]) -> list[Any]:
    """The numbers among the inputs, and the lengths of the arrays."""
    numbers: list[Any] = []
    for place in _single_numbers(dict(inputs)):
        numbers.append(_get(inputs, place))
    for value in inputs.values():
        numbers += np.shape(value) if isinstance(value, np.ndarray) else ()
    return numbers


# --- idlers ---------------------------------------------------------------------------------------


def idle_tests(exercise: Exercise, pack: Pack) -> dict[str, list[str]]:
    """For each way to do nothing, the tests of `pack` that functions which do so pass."""
    names = [name for name, answer in exercise.answers.items() if inspect.isfunction(answer)]
    passed: dict[str, list[str]] = {}
    for case in pack.cases if names else ():
        results: list[Any] = []
        recorded = {name: _recorder(exercise.answers[name], results) for name in names}
        run(case.probe, pack.names, case.inputs, {**exercise.answers, **recorded})
        for title, idle in _IDLERS.items():
            calls = iter(results)
            idlers = {name: _idler(idle, calls) for name in names}
            outcome = run(case.probe, pack.names, case.inputs, {**exercise.answers, **idlers})
            if judge(replace(pack, cases=[case]), [outcome]).earned:
                passed.setdefault(title, []).append(case.name)
    return passed


def _recorder(function: Callable[..., Any], results: list[Any]) -> Callable[..., Any]:
    def record(*args: Any, **kwargs: Any) -> Any:
        results.append(function(*args, **kwargs))
        return results[-1]

    return record


def _idler(idle: Callable[..., Any], results: Iterator[Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: idle(next(results, None), [*args, *kwargs.values()])


def _zero_like(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _zero_like(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_zero_like(item) for item in value)
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_, np.ndarray)):
        return np.zeros_like(value)[()]
    return "" if isinstance(value, str) else None


_IDLERS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "returns None": lambda result, given: None,
    "returns a tuple of None": lambda result, given: (
        (None,) * len(result) if isinstance(result, tuple) else None
    ),
    "returns zeros": lambda result, given: _zero_like(result),
    "returns its first argument": lambda result, given: given[0],
    "returns its arguments": lambda result, given: tuple(given),
}
