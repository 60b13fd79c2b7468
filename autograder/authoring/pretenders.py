"""Answers that nobody worked for; none may earn a point.

- The *replayer* gives each test a result that is stored in the students' packs: the reference's or
  a mistake's. It earns points where the right result is the same at home and at school.
- The *liar* also knows each property's text: it changes what it replays until the property holds.
  It earns points where a property asks what the student's process says of itself.
- *Idlers* are functions that do nothing: they return None, zeros, or what they were given.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..check.judge import judge
from ..check.pack import Case, Pack
from ..check.probe import Outcome, run
from ..exercise import Exercise
from .replayer import lies, stored_results

__all__ = ["idle_tests", "liars_tests", "replayable", "replayed_tests"]


def replayed_tests(home: Pack, school: Pack) -> list[str]:
    """The tests at school that some result stored at home passes."""
    return [
        there.name
        for here, there in zip(home.cases, school.cases, strict=True)
        if any(_passes(there, values) for values in stored_results(here))
    ]


def liars_tests(home: Pack, school: Pack) -> list[str]:
    """The tests at school that a replayed result passes after it was fitted to the property."""
    return [
        there.name
        for here, there in zip(home.cases, school.cases, strict=True)
        if there.holds and any(_passes(there, values) for values in lies(here, there.inputs))
    ]


def replayable(exercise: Exercise) -> list[str]:
    """The tests that the replayer or the liar passes, each as a message for the author."""
    home, school = exercise.pack(""), replace(exercise, mistakes=()).pack("", b"another course")
    tests = dict.fromkeys([*replayed_tests(home, school), *liars_tests(home, school)])
    return [
        f"{exercise.name}: {test}: a result that students have passes this test. Let the right "
        "result depend on hidden inputs: draw them, judge several together, or return data, not "
        "what the student's process says of them"
        for test in tests
    ]


def _passes(case: Case, values: Mapping[str, Any]) -> bool:
    alone = Pack("", "", "", [], [replace(case, mistakes={})])
    return judge(alone, [Outcome(values=dict(values))]).earned > 0


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
