"""The rehearsal of a release: the solution and an empty notebook, graded as students' will be.

It says what each earns, which of the instructor's cells fail and how, and it decides which of the
hand-written tests can run out of the student's reach: those that give the solution and the empty
notebook the same marks there as in the student's process. The decisions are kept in the course, in
``rehearsed/ASSIGNMENT.json``; the grader follows them.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from ..authoring.release import add_edition
from ..course import Course
from ..grading.hand_in import HandedIn
from ..grading.load import REHEARSED, load_releases
from ..grading.released import Release
from ..grading.run_cells import hand_written_tests
from ..grading.submission import grade, results_of
from ..project import Project
from ..tester.names import names_of

__all__ = [
    "Rehearsal", "RehearsedCell", "after_generating", "grade_id_of", "is_due", "problem_of",
    "rehearse", "solved", "store",
]  # fmt: skip

_NEEDS = " needs the "
_ROUNDS = 5
"""How often tests are tried together elsewhere: each round may move some of them back."""


@dataclass(frozen=True)
class RehearsedCell:
    """One graded cell. solution, stub : what they earn; None if a person has to mark it.

    problem : how the solution fails a hand-written test, or ""; digest : of a hand-written test
    with its hidden lines, "" for other cells; why : why it cannot run out of the student's reach.
    """

    notebook: str
    name: str
    points: float
    solution: float | None
    stub: float | None
    problem: str = ""
    digest: str = ""
    out_of_reach: bool = False
    why: str = ""

    @property
    def fails(self) -> bool:
        """Whether the solution does not get all points."""
        return bool(self.problem) or (self.solution is not None and self.solution < self.points)


@dataclass(frozen=True)
class Rehearsal:
    """What came of it. faults : of the instructor's other cells; facts : on the solution's run."""

    assignment: str
    cells: tuple[RehearsedCell, ...] = ()
    faults: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the solution gets all points that no person gives."""
        return not any(cell.fails for cell in self.cells)

    def lines(self) -> list[str]:
        """What an instructor should know, one sentence a line; the worst first."""
        lines = [line for line in self.faults if _NEEDS in line]
        failed: dict[tuple[str, str], list[RehearsedCell]] = {}
        for cell in self.cells:
            if cell.fails:
                failed.setdefault((cell.notebook, cell.problem), []).append(cell)
        for (notebook, problem), cells in failed.items():
            names = ", ".join(f"`{cell.name}`" for cell in cells)
            earned = sum(cell.solution or 0 for cell in cells)
            line = f"THE SOLUTION FAILS {names} of {notebook}, with {earned:g} of "
            line += f"{sum(cell.points for cell in cells):g} points"
            lines.append(f"{line}: it {problem}" if problem else line)
        for cell in self.cells:
            if cell.stub:
                lines.append(
                    f"an empty notebook earns {cell.stub:g} of {cell.points:g} points in "
                    f"`{cell.name}` of {cell.notebook}"
                )
        lines += [line for line in self.faults if _NEEDS not in line]
        for cell in self.cells:
            if cell.why and not cell.fails:
                lines.append(
                    f"`{cell.name}` of {cell.notebook} is not tamper-proof: it runs in the "
                    f"student's process ({cell.why})"
                )
        return [*lines, *self.facts]


class _Mark(NamedTuple):
    """What one cell earned. problem : how it failed, or ""."""

    points: float | None
    problem: str

    @property
    def verdict(self) -> tuple[float | None, bool]:
        return self.points, bool(self.problem)


class _Run(NamedTuple):
    """One grading. faults : of cells that are neither answers nor tests, by what they are."""

    marks: dict[str, _Mark]
    faults: list[str]
    facts: list[str]


# ------------------------------------------------------------------------------------ the rehearsal


def is_due(course: Course, assignment: str, project: Project | None = None) -> bool:
    """Whether there is something to rehearse: of a lesson, only tests that were written by hand.

    What its exercises give away, and their solutions earn, `prove` has found out already.
    """
    project = project or course.project
    if assignment not in project.lessons:
        return True
    exercises = {exercise.name for exercise in project.load(assignment)}
    notebook = nbformat.read(project.built(assignment), as_version=4)
    return any(_is_test(cell) and grade_id_of(cell) not in exercises for cell in notebook.cells)


def rehearse(
    course: Course,
    assignment: str,
    project: Project | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Rehearsal:
    """Grade the solution and the empty notebook of a released assignment.

    tell : is called with the name of each notebook before that is graded.
    """
    cells: list[RehearsedCell] = []
    faults: list[str] = []
    facts: list[str] = []
    for release in load_releases(course, assignment, project):
        tell(release.name)
        solution, stub = _run(release, solved(release)), _run(release, release.notebook)
        reasons = _reasons_to_stay(release, solution, stub)
        cells += _rehearsed_cells(release, solution, stub, reasons)
        faults += [f"{release.name}: {line}" for line in solution.faults]
        facts += [f"{release.name}: {line}" for line in solution.facts]
    return Rehearsal(assignment, tuple(cells), tuple(faults), tuple(facts))


def store(course: Course, rehearsal: Rehearsal) -> Path:
    """Keep the decisions for the grader; returns their file."""
    cells: dict[str, dict[str, object]] = {}
    for cell in rehearsal.cells:
        values = asdict(cell)
        notebook, name = values.pop("notebook"), values.pop("name")
        decisions = cells.setdefault(notebook, {})
        if cell.digest:
            decisions[name] = values
    path = course.root / REHEARSED / f"{rehearsal.assignment}.json"
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".json.new")
    text = json.dumps({"assignment": rehearsal.assignment, "cells": cells}, indent=1)
    draft.write_text(text + "\n", encoding="utf-8")
    os.replace(draft, path)
    return path


def after_generating(assignment: str, student: str, notebooks: Sequence[str]) -> None:
    """nbgrader's hook after it generates a release, in the formgrader too: what `release` does.

    nbgrader calls it in the course's folder.
    """
    add_edition(assignment, student, notebooks)
    course = Course(Path.cwd())
    if is_due(course, assignment):
        store(course, rehearse(course, assignment))


# -------------------------------------------------------------------------------------- one grading


def solved(release: Release) -> NotebookNode:
    """The released notebook with the solution's answers, as a student would hand it in."""
    notebook = copy.deepcopy(release.notebook)
    sources = {grade_id_of(cell): cell.source for cell in release.source.cells if is_solution(cell)}
    for cell in notebook.cells:
        cell.source = sources.get(grade_id_of(cell), cell.source)
    return notebook


def _run(
    release: Release, notebook: NotebookNode, out_of_reach: frozenset[str] = frozenset()
) -> _Run:
    """Grade a notebook as if it was handed in, with these tests out of the student's reach."""
    handed_in = HandedIn(nbformat.writes(notebook).encode())
    graded = grade(handed_in, replace(release, out_of_reach=out_of_reach)).notebook
    results = results_of(graded)
    by_hand = hand_written_tests(release)
    problems = {
        grade_id_of(cell): problem_of(cell) for cell in graded.cells if grade_id_of(cell) in by_hand
    }
    numbers = {cell.id: number for number, cell in enumerate(release.source.cells, start=1)}
    faults = [
        f"{_place(cell, numbers[cell.id])} {problem_of(cell)}"
        for cell in graded.cells
        if cell.cell_type == "code" and not is_grade(cell) and problem_of(cell)
    ]
    marks = {name: _Mark(mark, problems.get(name, "")) for name, mark in results.marks.items()}
    return _Run(marks, faults, results.facts)


def _place(cell: NotebookNode, number: int) -> str:
    return f"the solution `{grade_id_of(cell)}`" if is_solution(cell) else f"cell {number}"


_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_ERROR = re.compile(r"^(\w+(?:Error|Exception|Interrupt|Exit|Stopped)):? ?(.*)$", re.MULTILINE)
_OFFLINE = re.compile(r"urlopen error|Max retries|NameResolution|resolve host|Connection")


def problem_of(cell: NotebookNode) -> str:
    """How running this cell failed, in words that follow a name for it; "" if it did not."""
    if "raises-exception" in cell.metadata.get("tags", ()):
        return ""
    for output in cell.outputs:
        if output.output_type == "error":
            return _explain(output.ename, output.evalue)
        text = _COLOURS.sub("", output.get("text", ""))
        # The grader turns the error of a test into text.
        errors = _ERROR.findall(text) if "Traceback" in text or "SyntaxError" in text else ()
        if errors:
            return _explain(*errors[-1])
    return ""


def _explain(error: str, message: str) -> str:
    missing = re.search(r"No module named '([\w.]+)'", message)
    if missing:
        return f"needs the module {missing[1]}, which is neither installed here nor beside it"
    lost = re.search(r"No such file or directory: '(.*)'", message)
    if lost:
        return f"needs the file {lost[1]}, which is not beside the notebook"
    if error == "StdinNotImplementedError":
        return "asks for input(), which nobody answers while grading"
    if _OFFLINE.search(f"{error}: {message}"):
        return f"needs the network, which there is not while grading: bring its data ({error})"
    return f"fails ({error}: {message.strip()[:200]})" if message else f"fails ({error})"


def grade_id_of(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_test(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


# ------------------------------------------------------------------------------------ the decisions


def _reasons_to_stay(release: Release, solution: _Run, stub: _Run) -> dict[str, str]:
    """Why hand-written tests have to run in the student's process: {grade id: reason}.

    The others give the solution and the empty notebook the same marks in both processes, and they
    did so together: what one test leaves behind may be what the next one needs.
    """
    tests = hand_written_tests(release).keys()
    reasons = {
        name: "the solution fails it, so nothing shows that it works elsewhere"
        for name in tests
        if solution.marks[name].problem
    }
    for name, source in hand_written_tests(release).items():
        if name not in reasons and (why := _believes(source, release)):
            reasons[name] = why
    runs = (("the solution", solution, solved(release)), ("a stub", stub, release.notebook))
    for _ in range(_ROUNDS):
        moved = tests - reasons.keys()
        if not moved:
            break
        new: dict[str, str] = {}
        for who, before, notebook in runs:
            there = _run(release, notebook, frozenset(moved)).marks
            for name, mark in before.marks.items():
                if mark.verdict != there[name].verdict:
                    new.setdefault(name, _difference(who, mark, there[name]))
        if not new:
            break
        if not moved & new.keys():  # a test that stays fails because of one that does not
            why = "; ".join(f"else {name}: {why}" for name, why in new.items())
            new = dict.fromkeys(moved, why)
        reasons |= {name: why for name, why in new.items() if name in moved}
    else:
        reasons |= dict.fromkeys(tests - reasons.keys(), "it depends on others that run there")
    return reasons


_RUNS_TEXT = {"compile", "dill", "eval", "exec", "get_ipython", "joblib", "marshal", "pickle"}
_READS_SOURCE = {"__code__", "dis", "getsource", "getsourcelines"}


def _believes(source: str, release: Release) -> str:
    """Why a test proves nothing in a process of its own either; "" if it may.

    Also asked of the functions that the instructor has defined for it.
    """
    words = _words(source)
    for cell in release.source.cells:
        if cell.cell_type == "code" and not is_solution(cell):
            definitions = names_of(cell.source).definitions
            for name in sorted(words & definitions.keys()):
                words |= _words(definitions[name])
    if run := sorted(words & _RUNS_TEXT):
        return f"it may run what an answer gives it ({', '.join(run)})"
    if read := sorted(words & _READS_SOURCE):
        return f"it reads the answer's code ({', '.join(read)}), which is the answer's word"
    return ""


def _words(source: str) -> set[str]:
    """The names in code, those of attributes too; all words of what is no plain Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return set(re.findall(r"\w+", source))
    return {
        word
        for node in ast.walk(tree)
        for word in (
            [node.id]
            if isinstance(node, ast.Name)
            else [node.attr]
            if isinstance(node, ast.Attribute)
            else [part for alias in node.names for part in alias.name.split(".")]
            if isinstance(node, (ast.Import, ast.ImportFrom))
            else []
        )
    }


def _difference(who: str, here: _Mark, there: _Mark) -> str:
    how = f": it {there.problem}" if there.problem and there.problem != here.problem else ""
    return f"elsewhere {who} earns {there.points:g} instead of {here.points:g}{how}"


def _rehearsed_cells(
    release: Release, solution: _Run, stub: _Run, reasons: dict[str, str]
) -> list[RehearsedCell]:
    sources = hand_written_tests(release)
    unmarked = _Mark(None, "")
    cells = []
    for cell in release.source.cells:
        if not is_grade(cell) and not is_task(cell):
            continue
        name = grade_id_of(cell)
        earned = solution.marks.get(name, unmarked)
        cells.append(
            RehearsedCell(
                release.name,
                name,
                float(cell.metadata.nbgrader.points),
                earned.points,
                stub.marks.get(name, unmarked).points,
                earned.problem,
                sha256(sources[name].encode()).hexdigest() if name in sources else "",
                name in sources and name not in reasons,
                reasons.get(name, ""),
            )
        )
    return cells
