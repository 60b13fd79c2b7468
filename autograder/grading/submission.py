"""Grade one submission: rebuild it, run it in the sandbox, probe, judge, write the marks into it.

:func:`grade` is a pure function of the submission, the release and the course's secret. It uses no
database, so it gives the same marks in any process, any number of times.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_locked,
    is_solution,
    is_task,
)

from ..check.judge import Report, judge
from ..check.pack import Pack
from ..check.probe import Outcome
from ..check.show import report_html, report_text
from ..check.values import plain
from ..results import SubmissionResults
from ..tester.names import names_of
from .apart import Tester
from .environment import environment
from .hand_in import HandedIn, collect
from .judging import Judge
from .kernel import Limits, Sandbox, isolation_level
from .missing import AnswerErrors
from .outputs import Execution, is_picture, writable
from .rebuild import Submission, defuse, read_submission, rebuild
from .released import Release
from .repairs import first_few
from .shown import Page, without_many_colours

__all__ = ["Graded", "conditions", "environment", "grade", "hand_written_tests", "results_of"]

KEY = "autograder"
"""The key of the results in a graded notebook's metadata."""
RUBRIC = "rubric-"
"""Prefix of the ids of cells that only graders see."""


@dataclass
class Graded:
    """A graded notebook (nbgrader's autograded copy), with its results in its metadata.

    seconds : how long each cell took, by its id; kept apart, because the notebook is the same in
    every run.
    """

    notebook: NotebookNode
    reports: list[Report] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def grade(
    submission: HandedIn | Path,
    release: Release,
    limits: Limits | None = None,
    level: str = "",
    on_cell: Callable[[int, int], None] = lambda done, of: None,
) -> Graded:
    """Grade what was handed in, or what is in a submission's folder.

    The result is always a graded notebook: an unreadable submission gets zero, with the reason.
    Raises AutograderError only if grading itself is not possible on this machine.
    """
    if isinstance(submission, Path):
        submission = collect(submission, release.name)
    content = read_submission(submission)
    notebook, facts = rebuild(release.notebook, content)
    notebook = writable(notebook)
    hand_written = hand_written_tests(release)
    seconds: dict[str, float] = {}
    for cell in notebook.cells:
        if _id(cell) in hand_written:
            cell.source = hand_written[_id(cell)]
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    if content.unreadable:
        reports = _grade_as_zero(notebook, release, content.unreadable)
    else:
        level = level or isolation_level()
        problems: dict[str, str] = {}
        reports = _run(notebook, release, limits, level, on_cell, seconds, problems)
        facts += _facts_about_problems(notebook, problems)
    facts += Page(release.notebook).bound(notebook)
    _annotate(notebook, release, facts, content)
    results = SubmissionResults(
        marks=_marks(notebook, content),
        reports=reports,
        facts=facts,
        unreadable=content.unreadable,
        submission=submission.digest,
        release=release.digest,
        isolation=level,
        **conditions(limits),
        changes={name: pack.changes for name, pack in release.packs.items() if pack.changes},
        not_tamper_proof=sorted(hand_written.keys() - release.out_of_reach),
    )
    notebook.metadata[KEY] = results.to_value()
    return Graded(writable(notebook), reports, seconds)


def conditions(limits: Limits | None) -> dict[str, Any]:
    """The software and limits of grading, as the results name them."""
    return {"environment": environment(), "limits": asdict(limits or Limits())}


def results_of(notebook: NotebookNode) -> SubmissionResults:
    """The results in a graded notebook; empty if there are none."""
    return SubmissionResults.from_value(notebook.metadata.get(KEY, {}))


def _marks(notebook: NotebookNode, submission: Submission) -> dict[str, float | None]:
    """The points of each graded cell, None where a person gives them; nothing is 0 points."""
    for_tasks = 0.0 if submission.unreadable else None
    return {
        _id(cell): determine_grade(cell)[0] if is_grade(cell) else for_tasks
        for cell in notebook.cells
        if is_grade(cell) or is_task(cell)
    }


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def hand_written_tests(release: Release) -> dict[str, str]:
    """Sources of the test cells without a pack, with their hidden lines, by grade id."""
    return {
        _id(cell): cell.source
        for cell in release.source.cells
        if _is_check(cell) and _id(cell) not in release.packs
    }


def _run(
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
    solutions = {_id(cell): cell.source for cell in release.source.cells if is_solution(cell)}
    with Sandbox(release.edition, limits, level) as sandbox, ExitStack() as stack:
        tester = _tester(sandbox, release, limits, level, stack)
        for number, cell in enumerate(code):
            on_cell(number, len(code))
            pack = release.packs.get(_id(cell)) if _is_check(cell) else None
            began = time.perf_counter()
            if pack:
                report = judge_in_time(pack, errors.explain(pack, _probe(sandbox, pack)))
                reports.append(report)
                cell.outputs = _report_outputs(report, float(cell.metadata.nbgrader.points))
                seconds[cell.id] = time.perf_counter() - began
                continue
            if tester and _id(cell) in release.out_of_reach and _is_check(cell):
                execution = tester.run(cell.source)
            else:
                released = instructors.get(cell.id, "")
                if tester and (_is_check(cell) or released == cell.source):
                    tester.share(cell.source)
                elif tester and is_solution(cell):  # what the solution takes from earlier tests
                    tester.share(solutions.get(_id(cell), ""))
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
            if _is_check(cell):
                points = float(cell.metadata.nbgrader.points)
                cell.outputs = grade_hand_written_test(cell.outputs, points, execution.failed)
    return reports


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


def _facts_about_problems(notebook: NotebookNode, problems: dict[str, str]) -> list[str]:
    """For each problem of `problems` ({cell id: problem}), a fact that names its cells."""
    cells_by_problem: dict[str, list[str]] = {}
    last = ""
    for cell in notebook.cells:
        last = _id(cell) or last
        if cell.id in problems:
            name = f"`{last}`" if _id(cell) else f"a cell after `{last}`" if last else "a cell"
            cells_by_problem.setdefault(problems[cell.id], []).append(name)
    return [
        f"{problem.rstrip('.')}: {first_few(list(dict.fromkeys(names)))}."
        for problem, names in cells_by_problem.items()
    ]


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


def _grade_as_zero(notebook: NotebookNode, release: Release, reason: str) -> list[Report]:
    """Write zeros into the check cells of an unreadable submission."""
    reports = []
    for cell in notebook.cells:
        if not _is_check(cell):
            continue
        pack = release.packs.get(_id(cell))
        if pack is None:
            cell.outputs = [_grade_output(0.0)]
            continue
        report = judge(pack, [Outcome("lost", error=reason)] * len(pack.cases))
        reports.append(report)
        cell.outputs = _report_outputs(report, float(cell.metadata.nbgrader.points))
    return reports


def _grade_output(points: float) -> NotebookNode:
    """What nbgrader reads as the grade of a cell, if it is the cell's only result."""
    return new_output("execute_result", {"text/plain": repr(points)}, execution_count=None)


def _report_outputs(report: Report, points: float) -> list[NotebookNode]:
    earned = report.earned * points / report.points if report.points else 0.0
    page = {"text/plain": report_text(report), "text/html": report_html(report)}
    return [new_output("display_data", page), _grade_output(min(max(earned, 0.0), points))]


def grade_hand_written_test(
    outputs: list[NotebookNode], points: float, failed: bool = False
) -> list[NotebookNode]:
    """The test's outputs with its grade: an error is 0, a number in range counts, else full.

    failed : it raised an error, which an answer may have kept from being shown.
    """
    earned = 0.0 if failed else points
    for output in outputs if earned else ():
        if output.output_type == "error":
            earned = 0.0
            break
        if output.output_type == "execute_result":
            try:
                number = float(output.data.get("text/plain", ""))
            except ValueError:
                continue
            earned = number if 0 <= number <= points else 0.0
            break
    # nbgrader would take anything on stderr, a warning too, or a second result for a failure.
    shown = []
    for output in outputs:
        if output.output_type == "execute_result":
            output = new_output("display_data", output.data)
        elif output.output_type == "stream":
            output = new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "error":
            output = new_output("stream", name="stdout", text="\n".join(output.traceback))
        shown.append(output)
    return [*shown, _grade_output(earned)]


def safe_outputs(execution: Execution) -> list[NotebookNode]:
    """Outputs of text and pixels only, so that nothing in them runs in a browser."""
    outputs = []
    for output in execution.outputs:
        kind = output["output_type"]
        if kind == "stream":
            text = without_many_colours(str(output["text"]))
            outputs.append(new_output("stream", name=output["name"], text=text))
        elif kind == "error":
            lines = [without_many_colours(str(line)) for line in output["traceback"]][:200]
            error = {"ename": str(output["ename"]), "evalue": str(output["evalue"])[:1000]}
            outputs.append(new_output("error", **error, traceback=lines))
        else:
            data = {
                mime: without_many_colours(item) if mime == "text/plain" else item
                for mime, item in output["data"].items()
                if isinstance(item, str) and (mime == "text/plain" or is_picture(mime, item))
            }
            if data and kind == "execute_result":
                outputs.append(new_output(kind, data, execution_count=execution.count))
            elif data:
                outputs.append(new_output("display_data", data))
    if execution.problem:
        error = {"ename": "Stopped", "evalue": execution.problem}
        outputs.append(new_output("error", **error, traceback=[execution.problem]))
    return outputs


def _annotate(
    notebook: NotebookNode, release: Release, facts: list[str], submission: Submission
) -> None:
    """Add what readers of the graded notebook need: facts on top, rubrics for the grader."""
    rubrics = {
        _id(cell): cell.source.replace("attachment:", "attachment: ")  # pictures stay in the source
        for cell in release.source.cells
        if cell.cell_type == "markdown" and is_solution(cell)
    }
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if _id(cell) in rubrics and rubrics[_id(cell)] != cell.source:
            text = "\n".join(
                line
                for line in rubrics[_id(cell)].splitlines()
                if "BEGIN SOLUTION" not in line and "END SOLUTION" not in line
            )
            cells.append(new_markdown_cell(f"> *For the grader.*\n\n{text}", id=RUBRIC + _id(cell)))
    notes = ([submission.unreadable] if submission.unreadable else []) + facts
    if notes:
        lines = "\n".join(f"- {defuse(html.escape(note))}" for note in notes)
        text = f"**About this submission**\n\n{lines}"
        cells.insert(0, new_markdown_cell(text, id="about-this-submission"))
    notebook.cells = cells


def read_notebook(path: Path) -> NotebookNode:
    """Read a trusted notebook: a source or a release."""
    return nbformat.read(path, as_version=4)
