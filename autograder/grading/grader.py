"""Grading as one value that is sent to workers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from ..errors import AutograderError
from .environment import environment
from .kernel import Limits
from .rebuild import HandedIn
from .released import Release
from .submission import grade

__all__ = ["Grader", "Results", "Tasks", "differing"]

Tasks = Iterable[tuple[str, HandedIn]]
Results = Generator[tuple[str, Any], None, None]
"""For each student what a :class:`Grader` gives, or an AutograderError."""

_MARGIN = 120
"""Seconds a worker has beyond the submission's own: to start a sandbox, judge and clean up."""


@dataclass(frozen=True)
class Grader:
    """Called with a :class:`HandedIn` it gives the graded notebook, the seconds that took, and
    those of each cell, by its id.

    environment : what the parent runs. Where a worker runs something else it refuses, for marks
    must not depend on who gave them.
    """

    release: Release
    limits: Limits = field(default_factory=Limits)
    level: str = ""
    environment: Mapping[str, str] = field(default_factory=environment)

    @property
    def seconds(self) -> int:
        """After how long a worker that has not finished a submission is ended."""
        return int(self.limits.total_seconds) + _MARGIN

    def __call__(self, handed_in: HandedIn) -> tuple[NotebookNode, float, dict[str, float]]:
        other = environment()
        if other != self.environment:
            raise AutograderError(f"a worker runs {differing(other, self.environment)}")
        began = time.perf_counter()
        graded = grade(handed_in, self.release, self.limits, self.level)
        return graded.notebook, time.perf_counter() - began, graded.seconds

    def give_up(self, reason: str) -> NotebookNode:
        """The graded zero of a submission that ends whatever works on it.

        What was handed in is not even read here. It is not noted either, so that grading the class
        again tries it again.
        """
        return grade(HandedIn(problem=reason), self.release, self.limits, self.level).notebook


def differing(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How two environments differ.

    >>> differing({"numpy": "2.1", "python": "3.12"}, {"numpy": "2.2", "python": "3.12"})
    'numpy 2.1, and here is 2.2'
    """
    return "; ".join(
        f"{name} {there.get(name, 'missing')}, and here is {version}"
        for name, version in here.items()
        if there.get(name) != version
    )
