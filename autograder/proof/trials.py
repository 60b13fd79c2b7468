"""One exercise, tried: with its reference, stub, mistakes and honest answers, and with mutants.

A *secret* is the key of a course's hidden inputs. What has to hold under every one of them is
collected here as plain data; `prove` runs it all, in processes, and judges the whole.
"""

from __future__ import annotations

import math
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..check.judge import Report, judge
from ..check.pack import Case, Pack
from ..check.probe import Outcome, run
from ..exercise import PUBLIC, Exercise
from .mutants import Mutant, load
from .rewritings import rewritings

__all__ = ["Fate", "Margin", "Trial", "carried", "excess", "secret", "try_mutants", "try_secrets"]

SECONDS = 2.0
"""Processor time that one probe of a mutant may take: its loops may never end."""


def secret(number: int) -> bytes:
    """The key of the `number`-th course that the tests are tried on; 0 is what students have."""
    return f"proof {number}".encode() if number else PUBLIC


# --- reference, stub, mistakes, honest answers ----------------------------------------------------


@dataclass
class Margin:
    """Errors on one test's inputs, in tolerances: 1 is the largest that passes."""

    honest: float = 0.0
    """The largest of any honest answer."""
    wrong: float = math.inf
    """The smallest of any mistake that fails the test by its numbers."""

    @property
    def factor(self) -> float:
        return math.inf if self.honest == 0 else self.wrong / self.honest


@dataclass
class Trial:
    """What became of one exercise under some secrets. Counts are numbers of secrets."""

    exercise: str
    secrets: int = 0
    complaints: list[str] = field(default_factory=list)
    killed: dict[str, Counter[str]] = field(default_factory=dict)
    """For each mistake, how often each test failed it."""
    named: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """For each mistake, under how many secrets it lost points."""
    honest: dict[str, str] = field(default_factory=dict)
    """The honest answers; what was wrong with each, or ""."""
    margins: dict[str, Margin] = field(default_factory=dict)

    def add(self, other: Trial) -> None:
        """Take in what other secrets gave."""
        self.secrets += other.secrets
        self.complaints += other.complaints
        self.named.update(other.named)
        self.lost.update(other.lost)
        for mistake, tests in other.killed.items():
            self.killed.setdefault(mistake, Counter()).update(tests)
        for name, wrong in other.honest.items():
            self.honest[name] = self.honest.get(name) or wrong
        for test, margin in other.margins.items():
            mine = self.margins.setdefault(test, Margin())
            mine.honest = max(mine.honest, margin.honest)
            mine.wrong = min(mine.wrong, margin.wrong)


def try_secrets(exercise: Exercise, numbers: Sequence[int]) -> Trial:
    """Everything that is known to be right or wrong, under each of these secrets.

    What a person wrote is tried under all of them, the reference rewritten by machine under each
    tenth.
    """
    trial = Trial(exercise.name)
    styles = {style.name: style.replaces for style in exercise.styles}
    rewritten = rewritings(exercise.answers)
    trial.killed = {mistake.name: Counter() for mistake in exercise.mistakes}
    trial.honest = dict.fromkeys([*styles, *rewritten], "")
    for number in numbers:
        key = secret(number)
        honest = styles if number % 10 else {**styles, **rewritten}
        trial.secrets += 1
        under = f"under secret {number}"
        try:
            pack = exercise.pack("", key)
        except ValueError as error:  # the reference fails a property
            trial.complaints.append(f"{error} ({under})")
            continue
        for case in pack.cases:
            trial.margins.setdefault(case.name, Margin())
        _try_stub(trial, exercise, pack, under)
        _try_mistakes(trial, pack, under)
        for name, replaces in honest.items():
            _try_honest(trial, exercise, pack, name, replaces, under)
    return trial


def _try_stub(trial: Trial, exercise: Exercise, pack: Pack, under: str) -> None:
    blank = {name: _stub if callable(a) else ... for name, a in exercise.answers.items()}
    report = judge(pack, _ask(pack, blank))
    if report.earned or any(verdict.status != "not written" for verdict in report.verdicts):
        trial.complaints.append(f"an unwritten answer earns {report.earned:g} {under}")


def _stub(*args: object, **kwargs: object) -> None:
    raise NotImplementedError


def _try_mistakes(trial: Trial, pack: Pack, under: str) -> None:
    for name in pack.mistakes:
        # A mistake that passes a case is not kept with it: any outcome that passes stands for it.
        outcomes = [case.mistakes.get(name, case.expected) for case in pack.cases]
        report = judge(pack, outcomes)
        failed = [verdict.test for verdict in report.verdicts if verdict.status != "passed"]
        trial.killed[name].update(failed)
        trial.lost[name] += bool(failed)
        trial.named[name] += report.mistakes == [name]
        if not failed:
            trial.complaints.append(f"the mistake {name!r} passes {under}")
        elif report.mistakes != [name]:
            called = ", ".join(report.mistakes) or "no name"
            trial.complaints.append(f"the mistake {name!r} is called {called} {under}")
        for case in pack.cases:
            size = excess(case, case.mistakes[name]) if name in case.mistakes else math.nan
            if size > 1:
                margin = trial.margins[case.name]
                margin.wrong = min(margin.wrong, size)


def _try_honest(
    trial: Trial,
    exercise: Exercise,
    pack: Pack,
    name: str,
    replaces: Mapping[str, Any],
    under: str,
) -> None:
    outcomes = _ask(pack, {**exercise.answers, **replaces})
    report = judge(pack, outcomes)
    wrong = [f"{v.test}: {v.message}" for v in report.verdicts if v.status != "passed"]
    if wrong and not trial.honest[name]:
        trial.honest[name] = f"{wrong[0]} ({under})"
    for case, outcome in zip(pack.cases, outcomes, strict=True):
        size = excess(case, outcome)
        if size <= 1:
            margin = trial.margins[case.name]
            margin.honest = max(margin.honest, size)


def _ask(pack: Pack, answers: Mapping[str, Any]) -> list[Outcome]:
    return [run(case.probe, pack.names, case.inputs, answers) for case in pack.cases]


def excess(case: Case, got: Outcome) -> float:
    """The largest error of `got` in units of the tolerance; NaN where there are no numbers to say.

    Infinite where a shape or a type differs, or a result is missing.
    """
    if case.holds or got.status != "ok":
        return math.nan
    sizes = [
        _excess(case, got.values.get(name), value) for name, value in case.expected.values.items()
    ]
    return max(sizes, default=math.nan)


def _excess(case: Case, got: Any, expected: Any) -> float:
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return math.inf
        sizes = [_excess(case, got.get(key), value) for key, value in expected.items()]
        return max(sizes, default=0.0)
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return math.inf
        return max((_excess(case, *two) for two in zip(got, expected, strict=True)), default=0.0)
    if expected is None or isinstance(expected, str):
        return 0.0 if got == expected and type(got) is type(expected) else math.inf
    if not isinstance(got, (bool, int, float, complex, np.ndarray)):
        return math.inf
    one, other = np.asarray(got), np.asarray(expected)
    if one.shape != other.shape or one.dtype.kind not in "biufc":
        return math.inf
    with np.errstate(all="ignore"):
        one = one.astype(np.result_type(one, np.float64))
        gap = np.abs(one - other) / (case.atol + case.rtol * np.abs(other))
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return float(np.max(np.where(same, 0.0, np.nan_to_num(gap, nan=math.inf)), initial=0.0))


def carried(exercise: Exercise, owners: Mapping[str, Exercise]) -> list[tuple[str, str, float]]:
    """What mistakes of earlier exercises cost in this one, which uses their answers.

    owners : by answer, the exercise that asks for it. Returns (earlier exercise, mistake, points).
    """
    pack, found = exercise.pack("", secret(1)), []
    for name, owner in owners.items():
        for mistake in owner.mistakes:
            if owner.name != exercise.name and set(mistake.replaces) == {name}:
                report = judge(pack, _ask(pack, {**exercise.answers, **mistake.replaces}))
                if report.earned < report.points:
                    found.append((owner.name, mistake.name, report.points - report.earned))
    return found


# --- mutants --------------------------------------------------------------------------------------


@dataclass
class Fate:
    """What became of one mutant of one answer."""

    answer: str
    kind: str
    before: str
    after: str
    exercise: str = ""
    """The exercise whose check at home finds it."""
    tests: list[str] = field(default_factory=list)
    """The tests of that exercise which fail it."""
    named: list[str] = field(default_factory=list)
    """The mistakes it is called."""
    hidden: list[bool] = field(default_factory=list)
    """Whether it loses points at school, for each of the secrets tried."""

    @property
    def killed(self) -> bool:
        """Whether it loses points under every secret."""
        return all(self.hidden)

    @property
    def survives(self) -> bool:
        """Whether it loses points under none, and not at home."""
        return not any(self.hidden) and not self.tests


def try_mutants(
    answer: str, owners: Sequence[Exercise], found: Sequence[Mutant], numbers: Sequence[int]
) -> list[Fate]:
    """What the exercises that ask for `answer` say to each mutant, at home and at school."""
    home = {exercise.name: exercise.pack("", PUBLIC) for exercise in owners}
    school = [
        [(exercise, replace(exercise, mistakes=()).pack("", secret(number))) for exercise in owners]
        for number in numbers
    ]
    fates = []
    for mutant in found:
        fate = Fate(answer, mutant.kind, mutant.before, mutant.after)
        replaces = {answer: _loaded(mutant, owners[0].answers[answer])}
        for exercise in owners:
            pack = home[exercise.name]
            report = _judged(pack, {**exercise.answers, **replaces})
            fate.tests = [v.test for v in report.verdicts if v.status != "passed"]
            if fate.tests:
                fate.exercise, fate.named = exercise.name, report.mistakes
                break
        fate.hidden = [
            any(
                _loses(pack, {**exercise.answers, **replaces}, fate.tests)
                for exercise, pack in each
            )
            for each in school
        ]
        fates.append(fate)
    return fates


def _loaded(mutant: Mutant, answer: Any) -> Any:
    try:
        return load(mutant.source, answer)
    except Exception as error:
        text = str(error)

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError(text)

        return broken


def _loses(pack: Pack, answers: Mapping[str, Any], first: Sequence[str]) -> bool:
    """Whether any case fails; the likely ones are tried first, and nothing after the first."""
    for case in sorted(pack.cases, key=lambda case: case.name not in first):
        alone = replace(pack, cases=[case])
        if _judged(alone, answers).earned < case.points:
            return True
    return False


def _judged(pack: Pack, answers: Mapping[str, Any]) -> Report:
    lost = Outcome("lost", error="It did not come to an end.")
    outcomes: list[Outcome] = []
    for case in pack.cases:
        if outcomes and outcomes[-1] is lost:  # once is enough
            outcomes.append(lost)
            continue
        try:
            with _limit(SECONDS):
                outcomes.append(run(case.probe, pack.names, case.inputs, answers))
        except _TooLongError:
            outcomes.append(lost)
    return judge(pack, outcomes)


class _TooLongError(BaseException):
    """Not an Exception: no mutant may catch it."""


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise in the code inside when it has used that much processor time (not: waited)."""

    def late(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
