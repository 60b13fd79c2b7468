"""What an edition leaves importable must not be an answer.

A student may import everything that the edition of the library holds. So every function and class
in it is tried as each answer that is a function: as it is, and with arguments in other orders or
left out. By text: no three statements in a row of an answer are in the edition under other names.

What is asked for by a later lesson needs no look here: its edition holds all that this one holds.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import io
import itertools
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from functools import cache
from numbers import Number
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..authoring import editions
from ..authoring.pretenders import idle_tests
from ..check.judge import judge
from ..check.pack import Case, Pack
from ..check.probe import run
from ..exercise import Exercise, source_of
from ..project import Project
from ..reports.code_shapes import statements
from .running import TooLongError, time_limit
from .trials import secret

__all__ = ["importable_answers", "repeated_statements"]

SECONDS = 0.3
"""Limit on the processor time that one candidate has for one test: as it is, it is tried first."""

_PERMUTED = 4
"""Up to so many arguments are tried in every order."""
_CALLS = 5
"""Of one answer in one test, so many calls are looked at."""
_IN_A_ROW = 3

Candidate = Callable[..., Any]
_signature = cache(inspect.signature)
_IDLERS: list[Candidate] = [lambda *given: given[0], lambda *given: np.nan]
"""With their arguments in every order: what one of these earns says nothing of a candidate."""


@dataclass(eq=False)
class _Call:
    """What a probe gives to an answer, and what the reference makes of it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any = None


@dataclass
class _Question:
    """A test, and one of the answers that it needs: can a candidate take its place?"""

    exercise: Exercise
    name: str
    case: Case
    first: _Call
    telling: Sequence[_Call]
    """Calls whose result says something: no idler returns it."""
    is_earned: bool = True
    """Whether the test is one that no idler passes."""


def importable_answers(project: Project, lesson: str, exercise: Exercise) -> list[tuple[str, str]]:
    """Pairs of an answer and what the lesson's edition holds in its place, for a part of its work.

    It does a part if a test passes, or if it returns what the reference returns in one call.
    """
    if project.library is None:
        return []
    questions = [*_questions(exercise)]
    pairs = []
    with _imported_edition(project, lesson) as candidates, _harmless():
        for title, candidate in candidates.items():
            with suppress(TooLongError):  # then it is tried no more
                for question in questions:
                    with time_limit(SECONDS):
                        if _answers(candidate, question):
                            pairs.append((question.name, title))
    return [*dict.fromkeys(pairs)]


def _questions(exercise: Exercise) -> Iterator[_Question]:
    names = [name for name, answer in exercise.answers.items() if inspect.isfunction(answer)]
    if not names:
        return
    pack = replace(exercise, mistakes=()).pack("", secret(1))
    idle = {test for tests in idle_tests(exercise, pack).values() for test in tests}
    for name, case in itertools.product(names, pack.cases):
        calls = _calls(exercise, name, case)
        if calls:
            alone = [_Question(exercise, name, case, call, [call], False) for call in calls]
            telling = [question.first for question in alone if not _is_idle(question)]
            question = _Question(exercise, name, case, calls[0], (), case.name not in idle)
            is_earned = question.is_earned and not _is_idle(question)
            yield replace(question, telling=telling, is_earned=is_earned)


def _is_idle(question: _Question) -> bool:
    return any(_answers(idler, question) for idler in _IDLERS)


def _calls(exercise: Exercise, name: str, case: Case) -> list[_Call]:
    """The first calls of this answer by the test's probe."""
    calls: list[_Call] = []

    def record(*args: Any, **kwargs: Any) -> Any:
        given = copy.deepcopy((args, kwargs)) if len(calls) < _CALLS else None
        result = exercise.answers[name](*args, **kwargs)
        if given:
            calls.append(_Call(*given, result=copy.deepcopy(result)))
        return result

    run(case.probe, list(exercise.answers), case.inputs, {**exercise.answers, name: record})
    return calls


def _answers(candidate: Candidate, question: _Question) -> bool:
    """Whether the candidate, adapted in some way, does a part of the answer's work."""
    first = question.first
    for adapted in _adapted(candidate, first):
        for call in {first: None, **dict.fromkeys(question.telling)}:
            try:
                with redirect_stdout(io.StringIO()):
                    args, kwargs = copy.deepcopy((call.args, call.kwargs))
                    result = adapted(*args, **kwargs)
            except (Exception, SystemExit):
                continue
            if call in question.telling and _is_same(result, call.result, question.case):
                return True
            if call is first and question.is_earned and _passes(adapted, result, question):
                return True
    return False


def _passes(candidate: Candidate, result: Any, question: _Question) -> bool:
    """Whether the candidate passes the test; result: what it returns for the first call."""
    fitting = _fitting(candidate, result, question.first.result)
    if fitting is None:
        return False
    exercise, case = question.exercise, question.case
    names = list(exercise.answers)
    answers = {**exercise.answers, question.name: fitting}
    outcome = run(case.probe, names, case.inputs, answers)
    return judge(Pack(exercise.name, "", "", names, [case]), [outcome]).earned > 0


def _fitting(candidate: Candidate, result: Any, expected: Any) -> Candidate | None:
    """The candidate with a tuple's first part alone, or with None behind, as the reference has it.

    None if that part has another shape, or is of another type.
    """
    if _form(_first(result)) != _form(_first(expected)):
        return None
    if isinstance(result, tuple) == isinstance(expected, tuple):
        return candidate
    if isinstance(result, tuple):
        return lambda *args, **kwargs: candidate(*args, **kwargs)[0]
    return lambda *args, **kwargs: (candidate(*args, **kwargs), None)


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, tuple) and result else result


def _form(value: Any) -> Any:
    return (
        np.asarray(value).shape
        if isinstance(value, (Number, np.generic, np.ndarray))
        else type(value)
    )


def _is_same(result: Any, expected: Any, case: Case) -> bool:
    """Whether the main part of a result is the expected one, and not by chance."""
    got, right = _main(result), _main(expected)
    if got is None or right is None or got.shape != right.shape:
        return False
    return np.allclose(got, right, case.rtol, case.atol, equal_nan=True)


def _main(result: Any) -> np.ndarray | None:
    """The numbers of a result, or of the first part of a tuple; None if they may be chance."""
    first = _first(result)
    if not isinstance(first, (float, np.floating, np.ndarray)):
        return None
    numbers = np.asarray(first)
    is_plain = numbers.dtype.kind != "f" or not np.any(
        np.isfinite(numbers) & (numbers != numbers.round(3))
    )
    return None if is_plain else numbers


def _adapted(candidate: Candidate, call: _Call) -> Iterator[Candidate]:
    """The candidate as it is, and with its arguments in other orders or left out."""
    if _accepts(candidate, *call.args, **call.kwargs):
        yield candidate
    count = len(call.args) + len(call.kwargs)
    sizes = range(1, count + 1) if count <= _PERMUTED else ()
    for size in (size for size in sizes if _accepts(candidate, *range(size))):
        for order in itertools.permutations(range(count), size):
            yield lambda *args, order=order, **kwargs: candidate(
                *(given for i in order for given in [*args, *kwargs.values()][i : i + 1])
            )


def _accepts(candidate: Candidate, *args: Any, **kwargs: Any) -> bool:
    try:
        _signature(candidate).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return False
    return True


# --- the edition ----------------------------------------------------------------------------------


@contextmanager
def _imported_edition(project: Project, lesson: str) -> Iterator[dict[str, Candidate]]:
    """The functions and classes of the lesson's edition, which is imported in place of the library.

    The references keep the modules that they were defined in.
    """
    library = project.library.name if project.library else ""
    with tempfile.TemporaryDirectory() as folder:
        editions.write(lesson, Path(folder), project)
        aside = {name: sys.modules.pop(name) for name in [*sys.modules] if _is_in(name, library)}
        before, sys.path[:0] = sys.path[:], [folder]
        importlib.invalidate_caches()
        try:
            names = sorted(
                ".".join(path.relative_to(folder).with_suffix("").parts)
                for path in Path(folder, library).rglob("*.py")
                if library and path.stem not in ("__init__", "__main__")
            )
            modules = [importlib.import_module(name) for name in names]
            yield {title: item for module in modules for title, item in _callables(module)}
        finally:
            sys.path[:] = before
            for name in [name for name in sys.modules if _is_in(name, library)]:
                del sys.modules[name]
            sys.modules.update(aside)


def _is_in(name: str, library: str) -> bool:
    return bool(library) and name.partition(".")[0] == library


def _callables(module: ModuleType) -> Iterator[tuple[str, Candidate]]:
    for name, item in vars(module).items():
        if callable(item) and getattr(item, "__module__", "") == module.__name__:
            yield f"{module.__name__}.{name}", item


_refusing = False


@contextmanager
def _harmless() -> Iterator[None]:
    """Let the code inside write no file and use no network, and keep its warnings quiet."""
    global _refusing
    if not hasattr(_refuse, "is_hooked"):
        sys.addaudithook(_refuse)  # for ever: Python removes no hook
        _refuse.is_hooked = True  # type: ignore[attr-defined]
    _refusing = True
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        _refusing = False


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if _refusing:
        writes = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        acts = event.startswith(("socket.", "subprocess.", "shutil.", "os.")) and event not in (
            "os.listdir",
            "os.scandir",
        )
        if writes or acts:
            raise PermissionError(f"{event} is refused")


# --- by text --------------------------------------------------------------------------------------


def repeated_statements(project: Project, lesson: str, exercise: Exercise) -> list[tuple[str, str]]:
    """Pairs of an answer and a function of the lesson's edition that repeats its statements."""
    if project.library is None:
        return []
    answers = {
        name: answer for name, answer in exercise.answers.items() if inspect.isfunction(answer)
    }
    runs = {run: name for name, answer in answers.items() for run in _runs(source_of(answer))}
    changed = editions.sources(lesson, project)
    pairs = []
    for path in sorted(editions.modules(lesson, project)):
        name = path.relative_to(project.library).as_posix()
        text = changed.get(name) or path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                repeated = [runs[run] for run in _runs(ast.unparse(node)) if run in runs]
                pairs += [(answer, f"{name}: {node.name}") for answer in repeated]
    return [*dict.fromkeys(pairs)]


def _runs(function: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Each three statements in a row of a function's body, as shapes; parameters are names.

    Errors that are raised do not count: who checks the same arguments does not do the same work.
    """
    lines = (statements(ast.unparse(ast.parse(function))) or ())[1:]
    lines = tuple(line for line in lines if line[0].shape != "raise")
    shapes = [tuple(re.sub(r"^#\d+$", "name", token.shape) for token in line) for line in lines]
    for start in range(len(shapes) - _IN_A_ROW + 1):
        yield tuple(shapes[start : start + _IN_A_ROW])
