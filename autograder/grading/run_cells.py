"""Run a notebook's cells in the sandbox, and judge each test where it stands.

An exercise's test is probed and judged here, in the grader; a hand-written one runs beside the
answers or, where the release's rehearsal allows it, out of their reach (:mod:`.apart`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
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
from .released import Release

__all__ = ["grade_id", "hand_written_tests", "is_check", "run_cells"]


def run_cells(
    notebook: NotebookNode,
    release: Release,
    limits: Limits | None,
    level: str,
    on_cell: Callable[[int, int], None],
    seconds: dict[str, float],
    problems: dict[str, str],
) -> list[Report]:
    """Run and judge the code cells, writing their outputs; fills in `seconds` and `problems`."""
    reports = []
    judge_in_time, errors = Judge(), AnswerErrors()
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    instructors = {
        cell.id: cell.source
        for cell in release.notebook.cells
        if not is_grade(cell) and not is_solution(cell)
    }
    solutions = {grade_id(cell): cell.source for cell in release.source.cells if is_solution(cell)}
    with Sandbox(release.edition, limits, level) as sandbox, ExitStack() as stack:
        tester = _tester(sandbox, release, limits, level, stack)
        for number, cell in enumerate(code):
            on_cell(number, len(code))
            pack = release.packs.get(grade_id(cell)) if is_check(cell) else None
            began = time.perf_counter()
            if pack:
                report = judge_in_time(pack, errors.explain(pack, _probe(sandbox, pack)))
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
            if is_check(cell):
                points = float(cell.metadata.nbgrader.points)
                cell.outputs = grade_hand_written_test(cell.outputs, points, execution.failed)
    return reports


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


def _tester(
    sandbox: Sandbox, release: Release, limits: Limits | None, level: str, stack: ExitStack
) -> Tester | None:
    """The process for tests that run out of the answers' reach; None if the release has none."""
    if not release.out_of_reach:
        return None
    reference = [cell.source for cell in release.source.cells if cell.cell_type == "code"]
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
