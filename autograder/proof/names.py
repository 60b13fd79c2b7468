"""Is a mistake named only where it is in the answer?

Tried are answers that are wrong in a known way and are not a single known mistake: every pair of
mistakes in one answer, and every right answer with a changed default. `fates` does the same for
mutants. A name is right if the mistake is one of the pair, or if the answer does what the mistake
does wherever that shows, also under secrets that the name was not given under.
"""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..check.judge import judge, same_outcome
from ..check.pack import Pack
from ..check.probe import Outcome
from ..exercise import Exercise, Mistake, edit
from .running import run_limited

__all__ = ["Naming", "changed_defaults", "names_given", "pairs", "try_names"]


@dataclass(frozen=True)
class Naming:
    """The names that one answer was given. false : those of mistakes that are not in it."""

    answer: str
    names: tuple[str, ...]
    false: tuple[str, ...]


def try_names(exercise: Exercise, packs: Sequence[Pack]) -> list[Naming]:
    """The names that pairs of mistakes and changed defaults are given, in any of these packs."""
    tried: dict[str, tuple[tuple[str, ...], Mapping[str, Any]]]
    tried = {f"{one} + {two}": ((one, two), answer) for one, two, answer in pairs(exercise)}
    tried.update((name, ((), answer)) for name, answer in changed_defaults(exercise))
    namings = []
    for name, (inside, answer) in tried.items():
        all_outcomes = [run_limited(pack, {**exercise.answers, **answer}) for pack in packs]
        names, false = names_given(packs, all_outcomes, inside)
        namings.append(Naming(name, tuple(names), tuple(false)))
    return namings


def names_given(
    packs: Sequence[Pack], all_outcomes: Sequence[Sequence[Outcome]], inside: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """The names that an answer is given under any secret, and those of them that are false.

    A name is false if the mistake is not among those `inside` the answer, and the answer has
    another outcome than the mistake, under any secret, in some test that the mistake fails.
    """
    tried = list(zip(packs, all_outcomes, strict=True))
    names = {name: None for pack, outcomes in tried for name in judge(pack, outcomes).mistakes}
    false = [
        name
        for name in names
        if name not in inside
        and not all(
            same_outcome(case, outcome, name)
            for pack, outcomes in tried
            for case, outcome in zip(pack.cases, outcomes, strict=True)
            if name in case.mistakes
        )
    ]
    return list(names), false


def pairs(exercise: Exercise) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each two mistakes that can be in one answer: their names and the answers with both."""
    for one, two in itertools.combinations(exercise.mistakes, 2):
        both = _with_both(one, two)
        if both is not None:
            yield one.name, two.name, both


def _with_both(one: Mistake, two: Mistake) -> dict[str, Any] | None:
    both = {**one.replaces, **two.replaces}
    for name in set(one.replaces) & set(two.replaces):
        first, second = (getattr(m.replaces[name], "__edits__", None) for m in (one, two))
        if first is None or second is None or first[0] is not second[0]:
            return None
        try:
            both[name] = edit(first[0], *first[1], *second[1])[first[0].__name__]
        except (ValueError, SyntaxError):  # both change the same place
            return None
    return both


def changed_defaults(exercise: Exercise) -> Iterator[tuple[str, dict[str, Any]]]:
    """The right answers with one default changed."""
    right: dict[str, Mapping[str, Any]] = {"the reference": exercise.answers}
    right.update({style.name: style.replaces for style in exercise.styles})
    for title, answers in right.items():
        for name, answer in answers.items():
            if inspect.isfunction(answer):
                for change, changed in _changed(answer):
                    yield f"{title}: {name}({change})", {**answers, name: changed}


def _changed(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for parameter in inspect.signature(function).parameters.values():
        for value in _other_values(parameter.default):
            copied = types.FunctionType(
                function.__code__, function.__globals__, function.__name__, None,
                function.__closure__,
            )  # fmt: skip
            given = list(function.__defaults__ or ())
            by_keyword = dict(function.__kwdefaults__ or {})
            if parameter.name in by_keyword:
                by_keyword[parameter.name] = value
            else:
                place = _places_of_defaults(function).index(parameter.name)
                given[place] = value
            copied.__defaults__, copied.__kwdefaults__ = tuple(given) or None, by_keyword or None
            yield f"{parameter.name}={value!r}", copied


def _places_of_defaults(function: Callable[..., Any]) -> list[str]:
    code, count = function.__code__, len(function.__defaults__ or ())
    return list(code.co_varnames[: code.co_argcount][code.co_argcount - count :])


def _other_values(default: Any) -> tuple[Any, ...]:
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int):
        return default + 1, default - 1
    if isinstance(default, float):
        return (default * 1000, default / 1000) if default else (0.1,)
    return ()
