"""Try the mutants of an answer, at home and under some secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..check.judge import judge
from ..exercise import Exercise
from .mutants import Mutant, load
from .names import names_given
from .running import run_limited
from .trials import secret

__all__ = ["Fate", "try_mutants"]


@dataclass
class Fate:
    """The results of one mutant of one answer."""

    answer: str
    kind: str
    before: str
    after: str
    exercise: str = ""
    """The exercise whose public tests find it."""
    tests: list[str] = field(default_factory=list)
    """The public tests of that exercise that it fails."""
    named: list[str] = field(default_factory=list)
    """The mistakes that it is recognised as."""
    false: list[str] = field(default_factory=list)
    """Those of them, here or under any secret, that it is not."""
    hidden: list[bool] = field(default_factory=list)
    """Under each secret, whether it loses points."""
    moving: list[str] = field(default_factory=list)
    """The tests that it fails at home only, or under some secrets only."""

    @property
    def killed(self) -> bool:
        """Whether it loses points under every secret."""
        return all(self.hidden)

    @property
    def survives(self) -> bool:
        """Whether it loses no points, under any secret or with the public inputs."""
        return not any(self.hidden) and not self.tests


def try_mutants(
    answer: str, owners: Sequence[Exercise], mutants: Sequence[Mutant], numbers: Sequence[int]
) -> list[Fate]:
    """Try mutants of `answer` on the exercises that ask for it, with public and hidden inputs."""
    packs = [
        (exercise, [exercise.pack("", secret(number)) for number in (0, *numbers)])
        for exercise in owners
    ]
    fates = []
    for mutant in mutants:
        fate = Fate(answer, mutant.kind, mutant.before, mutant.after, hidden=[False] * len(numbers))
        replaces = {answer: _load_mutant(mutant, owners[0].answers[answer])}
        for exercise, tried in packs:
            answers = {**exercise.answers, **replaces}
            all_outcomes = [run_limited(pack, answers) for pack in tried]
            reports = [judge(*judged) for judged in zip(tried, all_outcomes, strict=True)]
            failed = [
                {verdict.test for verdict in report.verdicts if verdict.status != "passed"}
                for report in reports
            ]
            if failed[0] and not fate.exercise:
                fate.exercise, fate.named = exercise.name, reports[0].mistakes
                fate.tests = [test.name for test in exercise.tests if test.name in failed[0]]
            fate.false += names_given(tried, all_outcomes)[1]
            fate.hidden = [
                hidden or bool(tests) for hidden, tests in zip(fate.hidden, failed[1:], strict=True)
            ]
            fate.moving += sorted(set().union(*failed) - failed[0].intersection(*failed))
        fate.false = sorted(set(fate.false))
        fates.append(fate)
    return fates


def _load_mutant(mutant: Mutant, answer: Any) -> Any:
    """The mutant's function; one that raises an error if its source cannot be run."""
    try:
        return load(mutant.source, answer)
    except Exception as error:
        text = str(error)

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError(text)

        return broken
