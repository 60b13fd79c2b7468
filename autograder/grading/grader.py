"""Grading as one picklable value, which is sent to workers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from ..errors import AutograderError
from .environment import environment
from .hand_in import HandedIn
from .kernel import Limits
from .released import Release
from .submission import grade

__all__ = ["Grader", "Results", "Tasks", "differences"]

Tasks = Iterable[tuple[str, HandedIn]]
Results = Generator[tuple[str, Any], None, None]
"""For each student what a :class:`Grader` returns, or an AutograderError."""

_MARGIN = 120
"""Seconds a worker has beyond the submission's limit: to start a sandbox, judge and clean up."""


@dataclass(frozen=True)
class Grader:
    """Called with a :class:`HandedIn`, it returns the graded notebook, the seconds that took, and
    the seconds of each cell, by its id.

    environment : the parent's software. A worker with other software refuses, because marks must
    not depend on the worker.
    """

    release: Release
    limits: Limits = field(default_factory=Limits)
    level: str = ""
    environment: Mapping[str, str] = field(default_factory=environment)

    @property
    def seconds(self) -> int:
        """How long a worker may take for one submission before it is killed."""
        return int(self.limits.total_seconds) + _MARGIN

    def __call__(self, handed_in: HandedIn) -> tuple[NotebookNode, float, dict[str, float]]:
        actual = environment()
        if actual != self.environment:
            raise AutograderError(f"a worker runs {differences(actual, self.environment)}")
        began = time.perf_counter()
        graded = grade(handed_in, self.release, self.limits, self.level)
        return graded.notebook, time.perf_counter() - began, graded.seconds

    def give_up(self, reason: str) -> NotebookNode:
        """A graded zero for a submission that kills its workers.

        What was handed in is neither read nor noted here, so the next run tries it again.
        """
        return grade(HandedIn(problem=reason), self.release, self.limits, self.level).notebook


def differences(actual: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """How a worker's environment differs from the one expected, that of this process.

    >>> differences({"numpy": "2.1", "python": "3.12"}, {"numpy": "2.2", "python": "3.12"})
    'numpy 2.1, and here is 2.2'
    """
    return "; ".join(
        f"{name} {actual.get(name, 'missing')}, and here is {version}"
        for name, version in expected.items()
        if actual.get(name) != version
    )
