"""Grade one submission: rebuild it, run it in the sandbox, probe, judge, write the marks into it.

:func:`grade` is a pure function of the submission, the release and the course's secret. It touches
no database, so it may run in any process, any number of times, with the same marks.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.utils import determine_grade, is_grade, is_locked, is_solution

from ..check.judge import Report, judge
from ..check.pack import Pack
from ..check.probe import Outcome
from ..check.show import report_html, report_text
from ..check.values import plain
from ..results import SubmissionResults
from .environment import environment
from .kernel import Limits, Sandbox, isolation_level
from .outputs import Execution, is_picture, writable
from .rebuild import HandedIn, Submission, collect, defuse, read_submission, rebuild
from .released import Release

__all__ = ["Graded", "conditions", "environment", "grade", "hand_written_tests", "results_of"]

KEY = "autograder"
"""Where a graded notebook's metadata holds its results."""
RUBRIC = "rubric-"
"""How the ids of the cells begin that only a grader sees."""


@dataclass
class Graded:
    """A graded notebook (nbgrader's autograded copy) and, in its metadata, its results.

    seconds : what each cell took, by its id; not in the notebook, which is the same in every run.
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

    Whatever that is, the result is a graded notebook: what cannot be read gets a graded zero with
    its reason. Raises AutograderError only where grading itself is not possible here.
    """
    handed_in = collect(submission, release.name) if isinstance(submission, Path) else submission
    found = read_submission(handed_in)
    notebook, facts = rebuild(release.notebook, found)
    notebook = writable(notebook)
    hand_written = hand_written_tests(release)
    seconds: dict[str, float] = {}
    for cell in notebook.cells:
        if _id(cell) in hand_written:
            cell.source = hand_written[_id(cell)]
    if found.unreadable:
        reports = _zero(notebook, release, found)
    else:
        level = level or isolation_level()
        problems: dict[str, str] = {}
        reports = _run(notebook, release, limits, level, on_cell, seconds, problems)
        facts += _stopped(notebook, problems)
    _annotate(notebook, release, facts, found)
    results = SubmissionResults(
        marks=_marks(notebook),
        reports=reports,
        facts=facts,
        unreadable=found.unreadable,
        submission=handed_in.digest,
        release=release.digest,
        isolation=level,
        **conditions(limits),
        changes={name: pack.changes for name, pack in release.packs.items() if pack.changes},
        not_tamper_proof=sorted(hand_written),
    )
    notebook.metadata[KEY] = results.to_value()
    return Graded(writable(notebook), reports, seconds)


def conditions(limits: Limits | None) -> dict[str, Any]:
    """Under what a submission is graded, as its results tell: software and limits."""
    return {"environment": environment(), "limits": asdict(limits or Limits())}


def _marks(notebook: NotebookNode) -> dict[str, float | None]:
    """What nbgrader's gradebook will hold: {grade cell: points, None where a person has to}."""
    return {_id(cell): determine_grade(cell)[0] for cell in notebook.cells if is_grade(cell)}


def results_of(notebook: NotebookNode) -> SubmissionResults:
    """The results that :func:`grade` left in a graded notebook; empty if there are none."""
    return SubmissionResults.from_value(notebook.metadata.get(KEY, {}))


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def hand_written_tests(release: Release) -> dict[str, str]:
    """Sources of the test cells that are no exercise of ours: their hidden lines are needed."""
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
    reports = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    with Sandbox(release.edition, limits, level) as sandbox:
        for number, cell in enumerate(code):
            on_cell(number, len(code))
            pack = release.packs.get(_id(cell)) if _is_check(cell) else None
            began = time.perf_counter()
            if pack:
                report = judge(pack, _probe(sandbox, pack))
                reports.append(report)
                cell.outputs = _show(report, float(cell.metadata.nbgrader.points))
                seconds[cell.id] = time.perf_counter() - began
                continue
            execution = sandbox.execute(cell.source, needed=is_solution(cell) or is_locked(cell))
            seconds[cell.id] = time.perf_counter() - began
            if execution.problem:
                problems[cell.id] = execution.problem.partition(": ")[0]  # the rest may be theirs
            cell.execution_count = execution.count
            cell.outputs = _safe(execution)
            if _is_check(cell):
                cell.outputs = _trust(cell.outputs, float(cell.metadata.nbgrader.points))
    return reports


def _stopped(notebook: NotebookNode, problems: dict[str, str]) -> list[str]:
    """Facts about the cells that were stopped or not run, {id: why}: which they are."""
    found: dict[str, list[str]] = {}
    last = ""
    for cell in notebook.cells:
        last = _id(cell) or last
        if cell.id in problems:
            where = f"`{last}`" if _id(cell) else f"a cell after `{last}`" if last else "a cell"
            found.setdefault(problems[cell.id], []).append(where)
    return [f"{why.rstrip('.')}: {_few(cells)}." for why, cells in found.items()]


def _few(names: list[str], most: int = 3) -> str:
    different = list(dict.fromkeys(names))
    more = len(different) - most
    return ", ".join([*different[:most], *([f"{more} more"] if more > 0 else [])])


def _probe(sandbox: Sandbox, pack: Pack) -> list[Outcome]:
    """One outcome a test. After two that hang or kill, the rest of the exercise is not tried."""
    outcomes: list[Outcome] = []
    for case in pack.cases:
        lost = [outcome for outcome in outcomes if outcome.status == "lost"]
        outcomes.append(lost[0] if len(lost) >= 2 else _heard(sandbox.probe(case, pack.names)))
    return outcomes


_STATUSES = ("ok", "missing", "not written", "error", "lost")


def _heard(outcome: Outcome) -> Outcome:
    """An outcome as it may be judged; it comes from a process that students control.

    What their code printed is left out: here the inputs are hidden, and a print would show them.
    """
    if outcome.status not in _STATUSES:
        said = "The notebook's process gave an answer that cannot be read."
        return Outcome("error", error=said)
    return replace(outcome, values=plain(outcome.values), printed="")


def _zero(notebook: NotebookNode, release: Release, submission: Submission) -> list[Report]:
    reports = []
    for cell in notebook.cells:
        if not _is_check(cell):
            continue
        points = float(cell.metadata.nbgrader.points)
        pack = release.packs.get(_id(cell))
        if pack is None:
            cell.outputs = [_number(0.0)]
            continue
        lost = Outcome("lost", error=submission.unreadable)
        report = judge(pack, [lost] * len(pack.cases))
        reports.append(report)
        cell.outputs = _show(report, points)
    return reports


def _number(points: float) -> NotebookNode:
    """What nbgrader reads as the grade of a cell: the first and only result in it."""
    return new_output("execute_result", {"text/plain": repr(points)}, execution_count=None)


def _show(report: Report, points: float) -> list[NotebookNode]:
    earned = report.earned * points / report.points if report.points else 0.0
    page = {"text/plain": report_text(report), "text/html": report_html(report)}
    return [new_output("display_data", page), _number(min(max(earned, 0.0), points))]


def _trust(outputs: list[NotebookNode], points: float) -> list[NotebookNode]:
    """The grade of a hand-written test: an error is 0, a number in range counts, else full."""
    earned = points
    for output in outputs:
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
    # A warning is no failure: nbgrader would take anything on stderr, or a second result, for one.
    shown = []
    for output in outputs:
        if output.output_type == "execute_result":
            output = new_output("display_data", output.data)
        elif output.output_type == "stream":
            output = new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "error":
            output = new_output("stream", name="stdout", text="\n".join(output.traceback))
        shown.append(output)
    return [*shown, _number(earned)]


def _safe(execution: Execution) -> list[NotebookNode]:
    """Outputs as data: text and pixels only, so that nothing of them runs in a browser."""
    outputs = []
    for output in execution.outputs:
        kind = output["output_type"]
        if kind == "stream":
            outputs.append(new_output("stream", name=output["name"], text=str(output["text"])))
        elif kind == "error":
            lines = [str(line) for line in output["traceback"]][:200]
            said = {"ename": str(output["ename"]), "evalue": str(output["evalue"])[:1000]}
            outputs.append(new_output("error", **said, traceback=lines))
        else:
            data = {
                mime: item
                for mime, item in output["data"].items()
                if isinstance(item, str) and (mime == "text/plain" or is_picture(mime, item))
            }
            if data and kind == "execute_result":
                outputs.append(new_output(kind, data, execution_count=execution.count))
            elif data:
                outputs.append(new_output("display_data", data))
    if execution.problem:
        said = {"ename": "Stopped", "evalue": execution.problem}
        outputs.append(new_output("error", **said, traceback=[execution.problem]))
    return outputs


def _annotate(
    notebook: NotebookNode, release: Release, facts: list[str], submission: Submission
) -> None:
    """Add what a reader of the graded notebook needs: facts on top, rubrics for the grader."""
    rubrics = {
        _id(cell): cell.source
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
    """Read one of our own notebooks."""
    return nbformat.read(path, as_version=4)
