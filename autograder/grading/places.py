"""Where submissions are graded: in processes here, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ..errors import AutograderError
from .grader import Grader, Results, Tasks
from .kernel import isolation_level
from .workers import processors, run

__all__ = ["Place", "place"]


class Place(Protocol):
    """Where submissions are graded."""

    @property
    def workers(self) -> int:
        """How many submissions are graded at once."""

    def level(self, require: str) -> str:
        """The isolation level there; raises AutograderError if it is weaker than `require`."""

    def run(self, grader: Grader, tasks: Tasks) -> Results:
        """Yield each student's result as it is ready, as :func:`workers.run` does."""


class _LocalProcesses:
    def __init__(self, jobs: int) -> None:
        self.jobs = jobs or processors()

    @property
    def workers(self) -> int:
        return self.jobs

    def level(self, require: str) -> str:
        return isolation_level(require)

    def run(self, grader: Grader, tasks: Tasks) -> Results:
        return run(grader, tasks, self.jobs, grader.seconds)


@contextmanager
def place(scheduler: str, jobs: int) -> Iterator[Place]:
    """The workers of the Dask scheduler at this address; if it is "", `jobs` processes here."""
    if not scheduler:
        yield _LocalProcesses(jobs)
        return
    try:
        from .cluster import connect
    except ImportError as error:
        raise AutograderError(
            f"--scheduler needs Dask, which is not installed here ({error}): "
            "pip install -e '.[cluster]'"
        ) from None
    with connect(scheduler) as cluster:
        yield cluster
