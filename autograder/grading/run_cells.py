"""Run the cells that a mark needs in the sandbox, and judge each test where it stands.

An exercise's test is probed and judged here, in the grader; a hand-written one runs beside the
answers or, where the release's rehearsal allows it, out of their reach (:mod:`.apart`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import ExitStack
from dataclasses import replace

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from ..check.judge import Report
from ..check.pack import Pack
from ..check.probe import Outcome
from ..check.values import plain
from ..tester.names import names_of
from .apart import Tester
from .cell_outputs import grade_hand_written_test, report_outputs, safe_outputs
from .judging import Judge
from .kernel import Limits, Sandbox
from .missing import AnswerErrors
from .needed.cells import Part, left_out
from .released import Release

__all__ = ["grade_id", "hand_written_tests", "is_check", "run_cells"]


class _Missed(Exception):
    """A cell that was left out was needed after all."""


def run_cells(
    notebook: NotebookNode,
    release: Release,
    limits: Limits | None,
    level: str,
    on_cell: Callable[[int, int], None],
    seconds: dict[str, float],
    problems: dict[str, str],
    figures: bool = False,
) -> list[Report]:
    """Run and judge the code cells, writing their outputs; fills in `seconds` and `problems`.

    figures : run also the cells that no mark depends on.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    sandbox = Sandbox(release.edition, limits, level)
    skipped = {} if figures else left_out(_parts(code, release), release.library)
    try:
        return _run_cells(code, skipped, sandbox, release, on_cell, seconds, problems)
    except _Missed:
        for cell in code:
            cell.outputs, cell.execution_count = [], None
        seconds.clear()
        problems.clear()
        return _run_cells(code, {}, sandbox, release, on_cell, seconds, problems)


def _run_cells(
    code: list[NotebookNode],
    skipped: Mapping[str, Set[str]],
    sandbox: Sandbox,
    release: Release,
    on_cell: Callable[[int, int], None],
    seconds: dict[str, float],
    problems: dict[str, str],
) -> list[Report]:
    reports = []
    judge_in_time, errors = Judge(), AnswerErrors()
    instructors = _instructors(release)
    solutions = {grade_id(cell): cell.source for cell in release.source.cells if is_solution(cell)}
    with sandbox, ExitStack() as stack:
        tester = _tester(sandbox, release, stack)
        for number, cell in enumerate(code):
            on_cell(number, len(code))
            pack = release.packs.get(grade_id(cell)) if is_check(cell) else None
            if cell.id in skipped:
                if tester:  # tests may use what it would define
                    tester.provide(_definitions(cell.source))
                sandbox.leave_out()
                continue
            began = time.perf_counter()
            if pack:
                outcomes = _probe(sandbox, pack)
                _require_all((outcome.error for outcome in outcomes), skipped)
                report = judge_in_time(pack, errors.explain(pack, outcomes))
                reports.append(report)
                cell.outputs = report_outputs(report, float(cell.metadata.nbgrader.points))
                seconds[cell.id] = time.perf_counter() - began
                continue
            if tester and grade_id(cell) in release.out_of_reach and is_check(cell):
                execution = tester.run(cell.source)
            else:
                released = instructors.get(cell.id, "")
                if tester and (is_check(cell) or released == cell.source):
                    tester.share(cell.source)
                elif tester and is_solution(cell):  # what the solution takes from earlier tests
                    tester.share(solutions.get(grade_id(cell), ""))
                # What an open cell defines for tests is the instructor's, whatever became of it.
                if tester and (given := released if is_locked(cell) else _definitions(released)):
                    tester.provide(given)
                needed = is_solution(cell) or is_locked(cell)
                execution = sandbox.execute(cell.source, needed)
            seconds[cell.id] = time.perf_counter() - began
            if execution.problem:
                # After the colon may stand a student's own words.
                problems[cell.id] = execution.problem.partition(": ")[0]
            cell.execution_count = execution.count
            cell.outputs = safe_outputs(execution)
            errors.note(cell)
            _require_all(_errors_of(cell), skipped)
            if is_check(cell):
                points = float(cell.metadata.nbgrader.points)
                cell.outputs = grade_hand_written_test(cell.outputs, points, execution.failed)
    return reports


def _instructors(release: Release) -> dict[str, str]:
    """The cells of the release that are no answer and no test."""
    return {
        cell.id: cell.source
        for cell in release.notebook.cells
        if not is_grade(cell) and not is_solution(cell)
    }


def _parts(code: Iterable[NotebookNode], release: Release) -> list[Part]:
    """The cells, as `left_out` looks at them."""
    instructors = _instructors(release)
    parts = []
    for cell in code:
        ours = is_check(cell) or instructors.get(cell.id) == cell.source
        pack = release.packs.get(grade_id(cell)) if is_check(cell) else None
        if pack:
            parts.append(Part(cell.id, "", asked=tuple(pack.names)))
        else:
            plain = ours and not is_check(cell) and not is_locked(cell)
            parts.append(Part(cell.id, cell.source, plain, ours))
    return parts


_NOT_THERE = re.compile(r"(?:NameError: name '(\w+)' is not defined)|FileNotFoundError: ")


def _errors_of(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"{output.ename}: {output.evalue}"


def _require_all(errors: Iterable[str], skipped: Mapping[str, Set[str]]) -> None:
    """Raise _Missed if one of the errors may come from a cell that was left out."""
    names = {None}.union(*skipped.values()) if skipped else set()
    for error in errors:
        for missing in _NOT_THERE.finditer(error):
            if missing[1] in names:
                raise _Missed


def _probe(sandbox: Sandbox, pack: Pack) -> list[Outcome]:
    """One outcome for each test. After two that hang or kill, the other tests are not tried."""
    outcomes: list[Outcome] = []
    for case in pack.cases:
        lost = [outcome for outcome in outcomes if outcome.status == "lost"]
        if len(lost) >= 2:
            outcomes.append(lost[0])
        else:
            outcomes.append(_sanitized(sandbox.probe(case, pack.names)))
    return outcomes


_STATUSES = ("ok", "missing", "not written", "error", "lost")


def _sanitized(outcome: Outcome) -> Outcome:
    """An outcome that is safe to judge; it comes from a process that students control.

    What their code printed is left out: it could show the hidden inputs.
    """
    if outcome.status not in _STATUSES:
        error_text = "The notebook's process gave an answer that cannot be read."
        return Outcome("error", error=error_text)
    return replace(outcome, values=plain(outcome.values), printed="")


def _definitions(source: str) -> str:
    """The functions and classes that this code defines, without the rest of it."""
    return "\n\n".join(names_of(source).definitions.values())


def _tester(sandbox: Sandbox, release: Release, stack: ExitStack) -> Tester | None:
    """The process for tests that run out of the answers' reach; None if the release has none."""
    if not release.out_of_reach:
        return None
    reference = [cell.source for cell in release.source.cells if cell.cell_type == "code"]
    limits, level = sandbox.limits, sandbox.level
    return stack.enter_context(Tester(sandbox, release.edition, limits, level, reference))


def hand_written_tests(release: Release) -> dict[str, str]:
    """Sources of the test cells without a pack, with their hidden lines, by grade id."""
    return {
        grade_id(cell): cell.source
        for cell in release.source.cells
        if is_check(cell) and grade_id(cell) not in release.packs
    }


def grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
