"""Prove the hand-written tests of an assignment: which of them finds which fault of the solution.

The solution, an empty notebook, and the solution with one machine-made fault at a time are graded
just as students' work is. A fault that changes nothing that matters cannot be told from one that
the tests miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from nbgrader.utils import is_grade, is_solution

from ..course import Course
from ..errors import AutograderError, command
from ..grading.load import load_releases
from ..grading.released import Release
from ..results import cell_name
from ..tester.names import names_of
from .plain_faults import NONE, Fault, faults, python_of, shares, spread
from .plain_runs import Run, Variant, failed_tests, run_variants, short_limits
from .rehearsal import grade_id_of

__all__ = ["FAULTS", "PlainProof", "ProvedTest", "TriedFault", "prove_plain"]

FAULTS = 60
"""The most faults that are tried of a notebook."""
_FEW = 3


@dataclass(frozen=True)
class ProvedTest:
    """One hand-written test. solution, stub : the points they earn; problem : how the solution
    fails, or ""; stub_passes : whether an empty notebook gets what the solution gets; answers :
    the answer cells whose names it needs; line : its last assertion, to know it by."""

    name: str
    points: float
    solution: float
    stub: float
    problem: str
    stub_passes: bool
    answers: frozenset[str]
    line: str

    @property
    def usable(self) -> bool:
        """Whether the solution gets all its points, so that a fault can show."""
        return not self.problem and self.solution >= self.points


@dataclass(frozen=True)
class TriedFault:
    """A fault of an answer cell. finders : the tests that fail; whether by a comparison of their
    own, and not by an error in an answer."""

    cell: str
    fault: Fault
    finders: Mapping[str, bool]


@dataclass(frozen=True)
class PlainProof:
    """What came of it. untried : answer cells without faults, and why; seconds : of one processor,
    for one fault; lost : how many faults could not be graded."""

    assignment: str
    tests: tuple[ProvedTest, ...]
    faults: tuple[TriedFault, ...]
    untried: Mapping[str, str]
    seconds: float
    lost: int = 0

    @property
    def passed(self) -> bool:
        """Whether the solution gets all points of all tests."""
        return all(test.usable for test in self.tests)

    def tried(self, test: ProvedTest) -> list[TriedFault]:
        """The faults of the cells that a test depends on, and others that it finds."""
        return [
            fault
            for fault in self.faults
            if test.usable and (fault.cell in test.answers or test.name in fault.finders)
        ]

    def found(self, test: ProvedTest) -> list[TriedFault]:
        """The faults that this test finds."""
        return [fault for fault in self.faults if test.name in fault.finders]

    def finds_nothing(self, test: ProvedTest) -> bool:
        """Whether it passes for every fault that was tried, and for an empty notebook."""
        return bool(self.tried(test)) and not self.found(test) and test.stub_passes

    def passing(self, test: ProvedTest) -> list[TriedFault]:
        """The faults of the answers that it depends on for which it passes."""
        return [fault for fault in self.tried(test) if test.name not in fault.finders]

    def compares_nothing(self, test: ProvedTest) -> bool:
        """Whether it finds no other answers than those that are missing, None, or raise errors.

        That is not said after a few faults, which may be none.
        """
        wrong = [fault for fault in self.found(test) if fault.fault.kind != NONE]
        compared = any(fault.finders[test.name] for fault in wrong)
        return len(self.passing(test)) >= _FEW and not compared

    @property
    def missed(self) -> list[TriedFault]:
        """The faults that no test finds, in cells that some usable test depends on."""
        answers = {answer for test in self.tests if test.usable for answer in test.answers}
        return [fault for fault in self.faults if not fault.finders and fault.cell in answers]

    @property
    def untested(self) -> list[str]:
        """The answer cells that no test depends on."""
        tested = {fault.cell for fault in self.faults if fault.finders}
        tested |= set().union(*(test.answers for test in self.tests))
        return [
            cell
            for cell in dict.fromkeys(fault.cell for fault in self.faults)
            if cell not in tested
        ]


def prove_plain(
    course: Course,
    assignment: str,
    most: int = FAULTS,
    jobs: int = 0,
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> PlainProof:
    """Try at most `most` faults of each notebook of a released assignment.

    tell : called with an answer cell, the number of finished faults, and that of all.

    Raises
    ------
    AutograderError : the assignment is not released, or nothing can be graded here.
    """
    if not course.release_dir(assignment).is_dir():
        raise AutograderError(f"{assignment} is not released: {command('release', assignment)}")
    releases = {release.name: release for release in load_releases(course, assignment)}
    name_of = partial(cell_name, several=len(releases) > 1)
    solutions, stubs = _solutions_and_stubs(releases, jobs)
    tests = tuple(
        test
        for name, release in releases.items()
        for test in _tests(release, solutions[name], stubs[name], partial(name_of, name))
    )
    usable = {test.name for test in tests if test.usable}
    variants: list[Variant] = []
    untried: dict[str, str] = {}
    for name, release in releases.items():
        chosen, reasons = _choose_faults(release, most, _marks(course))
        untried |= {name_of(name, cell): why for cell, why in reasons.items()}
        limits = short_limits(solutions[name])
        variants += [Variant(name, True, cell, fault, limits) for cell, fault in chosen]
    tried: dict[int, TriedFault] = {}
    seconds = 0.0
    for done, (number, run) in enumerate(run_variants(releases, variants, jobs), start=1):
        notebook, _, cell, fault, _ = variants[number]
        tell(name_of(notebook, cell), done, len(variants))
        if isinstance(run, Run) and fault:
            seconds += run.seconds
            failed = failed_tests(run, solutions[notebook])
            finders = {name_of(notebook, test): compared for test, compared in failed.items()}
            finders = {test: finders[test] for test in finders if test in usable}
            tried[number] = TriedFault(name_of(notebook, cell), fault, finders)
    ordered = tuple(tried[number] for number in sorted(tried))
    lost = len(variants) - len(tried)
    return PlainProof(assignment, tests, ordered, untried, seconds / max(1, len(tried)), lost)


def _solutions_and_stubs(
    releases: Mapping[str, Release], jobs: int
) -> tuple[dict[str, Run], dict[str, Run]]:
    solutions: dict[str, Run] = {}
    stubs: dict[str, Run] = {}
    variants = [Variant(name, answered) for name in releases for answered in (True, False)]
    for number, run in run_variants(releases, variants, jobs):
        if isinstance(run, AutograderError):
            raise run
        (solutions if variants[number].answered else stubs)[variants[number].notebook] = run
    return solutions, stubs


def _marks(course: Course) -> tuple[str, str]:
    """The marks around what students have to write."""
    clear = course.config().ClearSolutions  # nbgrader's spelling:
    begin = clear.get("begin_solution_delimeter", "BEGIN SOLUTION")
    return begin, clear.get("end_solution_delimeter", "END SOLUTION")


# ---------------------------------------------------------------------------- tests and their cells


def _tests(
    release: Release, solution: Run, stub: Run, name_of: Callable[[str], str]
) -> Iterator[ProvedTest]:
    needed, lost_by_stub = _needed_answers(release), failed_tests(stub, solution)
    for cell in release.source.cells:
        name = grade_id_of(cell)
        if name in solution.marks:
            lines = [line.strip() for line in cell.source.splitlines()]
            lines = [line for line in lines if line and not line.startswith("#")]
            asserts = [line for line in lines if line.startswith("assert")]
            yield ProvedTest(
                name=name_of(name),
                points=float(cell.metadata.nbgrader.points),
                solution=solution.marks[name],
                stub=stub.marks[name],
                problem=solution.problems[name],
                stub_passes=name not in lost_by_stub,
                answers=frozenset(name_of(answer) for answer in needed[name]),
                line=(asserts or lines or [""])[-1],
            )


def _needed_answers(release: Release) -> dict[str, set[str]]:
    """For each test, the answer cells that bind what it loads, itself or by way of other cells."""
    code = [cell for cell in release.source.cells if cell.cell_type == "code"]
    names = [names_of(python_of(cell.source)[1]) for cell in code]
    # Many cells call something of `np` or `plt`: that makes none of them depend on another.
    imported = set().union(*(bound for cell in names for _, bound in cell.imports))
    needed: dict[str, set[str]] = {}
    for place, test in enumerate(code):
        if not is_grade(test) or is_solution(test):
            continue
        loads = names[place].loads - imported
        needed[grade_id_of(test)] = set()
        for cell, its in zip(code[:place][::-1], names[:place][::-1], strict=True):
            if not (its.binds | its.touches) & loads:
                continue
            loads -= its.binds
            if is_solution(cell):
                needed[grade_id_of(test)].add(grade_id_of(cell))
            else:
                loads |= its.loads - imported
    return needed


def _choose_faults(
    release: Release, most: int, marks: tuple[str, str]
) -> tuple[list[tuple[str, Fault]], dict[str, str]]:
    """Answer cells with a fault, spread evenly; and why there are none of the other cells."""
    reasons: dict[str, str] = {}
    possible: dict[str, list[Fault]] = {}
    for cell in release.source.cells:
        if cell.cell_type == "code" and is_solution(cell):
            if is_grade(cell):
                reasons[grade_id_of(cell)] = "a person marks it"
            else:
                possible[grade_id_of(cell)] = faults(cell.source, *marks)
    counts = shares({cell: len(items) for cell, items in possible.items()}, most)
    for cell, count in counts.items():
        if not count:
            few = "too few faults were asked for"
            reasons[cell] = few if possible[cell] else "it holds no Python that can be changed"
    chosen = [(cell, fault) for cell in possible for fault in spread(possible[cell], counts[cell])]
    return chosen, reasons
