"""Try one exercise: on its reference, stub, mistakes and right answers, and on pretenders.

A *secret* is the key of a course's hidden inputs. The functions here return plain data on what
happens under some secrets; `prove` runs them in processes and puts the results together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..authoring import pretenders
from ..check.judge import judge
from ..check.pack import Case, Pack
from ..check.probe import Outcome, run
from ..exercise import PUBLIC, Exercise
from .rewritings import rewritings

__all__ = ["Margin", "Trial", "carried", "excess", "secret", "try_secrets"]


def secret(number: int) -> bytes:
    """The key of the `number`-th course that the tests are tried on; 0 is the public key."""
    return f"proof {number}".encode() if number else PUBLIC


# --- reference, stub, mistakes, right answers -----------------------------------------------------


@dataclass
class Margin:
    """Errors on one test's inputs, in tolerances: 1 is the largest that passes."""

    honest: float = 0.0
    """The largest error of a right answer."""
    wrong: float = math.inf
    """The smallest error of a mistake that fails the test by its numbers."""

    @property
    def factor(self) -> float:
        return math.inf if self.honest == 0 else self.wrong / self.honest


@dataclass
class Trial:
    """The results of one exercise under some secrets. Counts are numbers of secrets."""

    exercise: str
    secrets: int = 0
    complaints: list[str] = field(default_factory=list)
    killed: dict[str, Counter[str]] = field(default_factory=dict)
    """By mistake, how often each test failed it."""
    named: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """By mistake, under how many secrets it lost points."""
    gains: dict[str, set[str]] = field(default_factory=dict)
    """By pretender, the tests that it passed under any secret."""
    honest: dict[str, str] = field(default_factory=dict)
    """By right answer, why it was marked wrong, or ""."""
    margins: dict[str, Margin] = field(default_factory=dict)

    def gain(self, pretender: str, tests: Sequence[str]) -> None:
        """Note the tests that a pretender passed."""
        if tests:
            self.gains.setdefault(pretender, set()).update(tests)

    def add(self, trial: Trial) -> None:
        """Add the results of other secrets."""
        self.secrets += trial.secrets
        self.complaints += trial.complaints
        self.named.update(trial.named)
        self.lost.update(trial.lost)
        for mistake, tests in trial.killed.items():
            self.killed.setdefault(mistake, Counter()).update(tests)
        for pretender, passed in trial.gains.items():
            self.gains.setdefault(pretender, set()).update(passed)
        for name, wrong in trial.honest.items():
            self.honest[name] = self.honest.get(name) or wrong
        for test, margin in trial.margins.items():
            total = self.margins.setdefault(test, Margin())
            total.honest = max(total.honest, margin.honest)
            total.wrong = min(total.wrong, margin.wrong)


def try_secrets(exercise: Exercise, numbers: Sequence[int]) -> Trial:
    """Try all answers that are known to be right or wrong under each of these secrets.

    Rewritings of the reference by machine, liars and idlers are tried under every tenth secret.
    """
    trial = Trial(exercise.name)
    styles = {style.name: style.replaces for style in exercise.styles}
    rewritten = rewritings(exercise.answers)
    trial.killed = {mistake.name: Counter() for mistake in exercise.mistakes}
    trial.honest = dict.fromkeys([*styles, *rewritten], "")
    home: Pack | None = None
    for number in numbers:
        key = secret(number)
        honest = styles if number % 10 else {**styles, **rewritten}
        trial.secrets += 1
        under = f"under secret {number}"
        try:
            home = home or exercise.pack("", PUBLIC)
            pack = exercise.pack("", key)
        except ValueError as error:  # the reference fails a property
            trial.complaints.append(f"{error} ({under})")
            continue
        for case in pack.cases:
            trial.margins.setdefault(case.name, Margin())
        _try_stub(trial, exercise, pack, under)
        _try_mistakes(trial, pack, under)
        if number:
            trial.gain("the replayer", pretenders.replayed_tests(home, pack))
        if number % 10 == 1:
            trial.gain("the liar", pretenders.liars_tests(home, pack))
            for idler, passed in pretenders.idle_tests(exercise, pack).items():
                trial.gain(f"who {idler}", passed)
        for name, replaces in honest.items():
            _try_honest(trial, exercise, pack, name, replaces, under)
    return trial


def _try_stub(trial: Trial, exercise: Exercise, pack: Pack, under: str) -> None:
    blank = {name: _stub if callable(a) else ... for name, a in exercise.answers.items()}
    report = judge(pack, _run_probes(pack, blank))
    if report.earned or any(verdict.status != "not written" for verdict in report.verdicts):
        trial.complaints.append(f"an unwritten answer earns {report.earned:g} {under}")


def _stub(*args: object, **kwargs: object) -> None:
    raise NotImplementedError


def _try_mistakes(trial: Trial, pack: Pack, under: str) -> None:
    for name in pack.mistakes:
        # A case stores no outcome of a mistake that passes it: take the expected one.
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
    outcomes = _run_probes(pack, {**exercise.answers, **replaces})
    report = judge(pack, outcomes)
    wrong = [f"{v.test}: {v.message}" for v in report.verdicts if v.status != "passed"]
    if wrong and not trial.honest[name]:
        trial.honest[name] = f"{wrong[0]} ({under})"
    for case, outcome in zip(pack.cases, outcomes, strict=True):
        size = excess(case, outcome)
        if size <= 1:
            margin = trial.margins[case.name]
            margin.honest = max(margin.honest, size)


def _run_probes(pack: Pack, answers: Mapping[str, Any]) -> list[Outcome]:
    return [run(case.probe, pack.names, case.inputs, answers) for case in pack.cases]


def excess(case: Case, outcome: Outcome) -> float:
    """The largest error of an outcome in units of the tolerance; NaN if it has no numbers.

    Infinite if a shape or a type differs, or a result is missing.
    """
    if case.holds or outcome.status != "ok":
        return math.nan
    sizes = [
        _excess_of_value(case, outcome.values.get(name), value)
        for name, value in case.expected.values.items()
    ]
    return max(sizes, default=math.nan)


def _excess_of_value(case: Case, got: Any, expected: Any) -> float:
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return math.inf
        sizes = [_excess_of_value(case, got.get(key), value) for key, value in expected.items()]
        return max(sizes, default=0.0)
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return math.inf
        pairs = zip(got, expected, strict=True)
        return max((_excess_of_value(case, *pair) for pair in pairs), default=0.0)
    if expected is None or isinstance(expected, str):
        return 0.0 if got == expected and type(got) is type(expected) else math.inf
    if not isinstance(got, (bool, int, float, complex, np.ndarray)):
        return math.inf
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or got.dtype.kind not in "biufc":
        return math.inf
    with np.errstate(all="ignore"):
        got = got.astype(np.result_type(got, np.float64))
        gap = np.abs(got - expected) / (case.atol + case.rtol * np.abs(expected))
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return float(np.max(np.where(same, 0.0, np.nan_to_num(gap, nan=math.inf)), initial=0.0))


def carried(exercise: Exercise, owners: Mapping[str, Exercise]) -> list[tuple[str, str, float]]:
    """The mistakes of earlier exercises that cost points in this one, which uses their answers.

    owners : by answer, the exercise that asks for it. Returns (earlier exercise, mistake, points).
    """
    pack, costs = exercise.pack("", secret(1)), []
    for name, owner in owners.items():
        for mistake in owner.mistakes:
            if owner.name != exercise.name and set(mistake.replaces) == {name}:
                report = judge(pack, _run_probes(pack, {**exercise.answers, **mistake.replaces}))
                if report.earned < report.points:
                    costs.append((owner.name, mistake.name, report.points - report.earned))
    return costs
