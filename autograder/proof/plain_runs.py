"""Grade variants of an instructor's notebook: the solution, an empty one, one with a fault."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from ..errors import AutograderError
from ..grading import workers
from ..grading.grader import Grader
from ..grading.hand_in import HandedIn
from ..grading.kernel import Limits, isolation_level
from ..grading.released import Release
from ..grading.run_cells import hand_written_tests
from ..grading.submission import grade, results_of
from .plain_faults import Fault
from .rehearsal import grade_id_of, problem_of, solved

__all__ = ["Run", "Variant", "failed_tests", "run_variants", "short_limits"]

_LEAST_SECONDS = 5.0
_TIMES_THE_SOLUTION = 10
_NOT_RUN = "Not run: the whole notebook"
_STOPPED = (
    "Stopped",
    "The Python process ended",
    "It could not be run",
    "After this cell the Python",
)
"""How the grader begins the text that it shows in place of a test's result."""


class Variant(NamedTuple):
    """A notebook with the solution's answers or empty, and with a fault in one answer cell."""

    notebook: str
    answered: bool = True
    cell: str = ""
    fault: Fault | None = None
    limits: Limits | None = None


class Run(NamedTuple):
    """What the hand-written tests gave. problems : how each failed, or ""; not_run : those for
    which there was no time; cells : the seconds that each cell took."""

    marks: Mapping[str, float]
    problems: Mapping[str, str]
    not_run: frozenset[str]
    seconds: float
    cells: Sequence[float]


def run_variants(
    releases: Mapping[str, Release], variants: Sequence[Variant], jobs: int = 0
) -> Iterator[tuple[int, Run | AutograderError]]:
    """Grade variants in worker processes; yields the number of each with its run, as it is ready.

    releases : by the names of their notebooks.
    """
    grade_one = partial(_run, releases, isolation_level())
    numbered = ((str(number), variant) for number, variant in enumerate(variants))
    seconds = Grader([*releases.values()][:1]).seconds
    for number, run in workers.run(grade_one, numbered, jobs, seconds):
        yield int(number), run


def _run(releases: Mapping[str, Release], level: str, variant: Variant) -> Run:
    release = releases[variant.notebook]
    notebook = solved(release) if variant.answered else release.notebook
    if variant.fault:
        (changed,) = (cell for cell in notebook.cells if grade_id_of(cell) == variant.cell)
        changed.source = variant.fault.source
    handed_in = HandedIn(nbformat.writes(notebook).encode())
    began = time.perf_counter()
    graded = grade(handed_in, release, variant.limits, level)
    seconds = time.perf_counter() - began
    tests = hand_written_tests(release)
    cells = {
        grade_id_of(cell): cell for cell in graded.notebook.cells if grade_id_of(cell) in tests
    }
    marks = results_of(graded.notebook).marks
    return Run(
        {name: marks[name] or 0.0 for name in cells},
        {name: problem_of(cell) or _stopped(cell) for name, cell in cells.items()},
        frozenset(name for name, cell in cells.items() if _NOT_RUN in str(cell.outputs)),
        seconds,
        [*graded.seconds.values()],
    )


def _stopped(cell: NotebookNode) -> str:
    texts = [str(output.get("text", "")) for output in cell.outputs]
    return next((f"fails ({text})" for text in texts if text.startswith(_STOPPED)), "")


def short_limits(solution: Run) -> Limits:
    """Limits for a fault that never ends: from what the solution takes, not above the usual."""
    usual = Limits()
    cell = max(_LEAST_SECONDS, _TIMES_THE_SOLUTION * max(solution.cells, default=0.0))
    cell = min(usual.cell_seconds, cell)
    whole = min(usual.total_seconds, 4 * cell + _TIMES_THE_SOLUTION * sum(solution.cells))
    return replace(usual, cell_seconds=round(cell), total_seconds=round(whole))


def failed_tests(run: Run, solution: Run) -> dict[str, bool]:
    """The tests in which a run gets less than the solution: whether by a comparison of their own,
    and not by an error in an answer."""
    failed = {}
    for name, points in solution.marks.items():
        problem = run.problems[name]
        worse = run.marks[name] < points or (problem and not solution.problems[name])
        if worse and name not in run.not_run:
            failed[name] = not problem or "AssertionError" in problem
    return failed
