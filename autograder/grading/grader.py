"""Grading as one picklable value, which is sent to workers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from ..errors import AutograderError
from ..results import cell_name
from .environment import environment
from .hand_in import HandedIn
from .kernel import Limits
from .released import Release
from .submission import grade

__all__ = ["GradedSubmission", "Grader", "Results", "Tasks", "differences"]

Tasks = Iterable[tuple[str, Sequence[HandedIn]]]
Results = Generator[tuple[str, Any], None, None]
"""For each student what a :class:`Grader` returns, or an AutograderError."""

_MARGIN = 120
"""Seconds a worker has beyond the submission's limit: to start a sandbox, judge and clean up."""


@dataclass(frozen=True)
class GradedSubmission:
    """The graded notebooks of a submission, by their names; the seconds that took, and those of
    each cell, by its name (:func:`~autograder.results.cell_name`)."""

    notebooks: Mapping[str, NotebookNode]
    seconds: float = 0.0
    cells: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Grader:
    """Called with what a student handed in for each notebook of an assignment, it grades that.

    releases : those of the assignment's notebooks, in this order; figures : run also the cells that
    no mark depends on; environment : the parent's software. A worker with other software refuses,
    because marks must not depend on the worker.
    """

    releases: Sequence[Release]
    limits: Limits = field(default_factory=Limits)
    level: str = ""
    figures: bool = False
    environment: Mapping[str, str] = field(default_factory=environment)

    @property
    def seconds(self) -> int:
        """How long a worker may take for one submission before it is killed."""
        return len(self.releases) * (int(self.limits.total_seconds) + _MARGIN)

    def __call__(self, handed_in: Sequence[HandedIn]) -> GradedSubmission:
        actual = environment()
        if actual != self.environment:
            raise AutograderError(f"a worker runs {differences(actual, self.environment)}")
        began = time.perf_counter()
        notebooks, cells = {}, {}
        several = len(self.releases) > 1
        for release, file in zip(self.releases, handed_in, strict=True):
            graded = grade(file, release, self.limits, self.level, figures=self.figures)
            notebooks[release.name] = graded.notebook
            for cell, seconds in graded.seconds.items():
                cells[cell_name(release.name, cell, several)] = seconds
        return GradedSubmission(notebooks, time.perf_counter() - began, cells)

    def give_up(self, reason: str) -> GradedSubmission:
        """A graded zero for a submission that kills its workers.

        What was handed in is neither read nor noted here, so the next run tries it again.
        """
        lost = HandedIn(problem=reason)
        return GradedSubmission(
            {
                release.name: grade(lost, release, self.limits, self.level).notebook
                for release in self.releases
            }
        )


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
