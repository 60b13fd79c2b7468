"""Grade one submission: rebuild it, run it in the sandbox, probe, judge, write the marks into it.

:func:`grade` is a pure function of the submission, the release and the course's secret. It uses no
database, so it gives the same marks in any process, any number of times.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from ..check.judge import Report, judge
from ..check.probe import Outcome
from ..results import KEY, SubmissionResults
from .cell_outputs import grade_output, report_outputs
from .environment import environment
from .hand_in import HandedIn, collect
from .kernel import Limits, isolation_level
from .notebook_file import read_notebook
from .outputs import writable
from .rebuild import Submission, defuse, read_submission, rebuild
from .released import Release
from .repairs import first_few
from .run_cells import grade_id, hand_written_tests, is_check, run_cells
from .shown import Page

__all__ = ["KEY", "RUBRIC", "Graded", "conditions", "grade", "read_notebook", "results_of"]

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
    figures: bool = False,
) -> Graded:
    """Grade what was handed in, or what is in a submission's folder.

    figures : run every cell, for feedback with figures; otherwise those that no mark depends on
    are left out (:mod:`.needed`). The result is always a graded notebook: an unreadable submission
    gets zero, with the reason. Raises AutograderError only if grading itself is not possible on
    this machine.
    """
    if isinstance(submission, Path):
        submission = collect(submission, release.name)
    content = read_submission(submission)
    notebook, facts = rebuild(release.notebook, content)
    notebook = writable(notebook)
    hand_written = hand_written_tests(release)
    seconds: dict[str, float] = {}
    for cell in notebook.cells:
        if grade_id(cell) in hand_written:
            cell.source = hand_written[grade_id(cell)]
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    if content.unreadable:
        reports = _grade_as_zero(notebook, release, content.unreadable)
    else:
        level = level or isolation_level()
        problems: dict[str, str] = {}
        reports = run_cells(notebook, release, limits, level, on_cell, seconds, problems, figures)
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
        figures=figures,
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
        grade_id(cell): determine_grade(cell)[0] if is_grade(cell) else for_tasks
        for cell in notebook.cells
        if is_grade(cell) or is_task(cell)
    }


def _facts_about_problems(notebook: NotebookNode, problems: dict[str, str]) -> list[str]:
    """For each problem of `problems` ({cell id: problem}), a fact that names its cells."""
    cells_by_problem: dict[str, list[str]] = {}
    last = ""
    for cell in notebook.cells:
        last = grade_id(cell) or last
        if cell.id in problems:
            name = f"`{last}`" if grade_id(cell) else f"a cell after `{last}`" if last else "a cell"
            cells_by_problem.setdefault(problems[cell.id], []).append(name)
    return [
        f"{problem.rstrip('.')}: {first_few(list(dict.fromkeys(names)))}."
        for problem, names in cells_by_problem.items()
    ]


def _grade_as_zero(notebook: NotebookNode, release: Release, reason: str) -> list[Report]:
    """Write zeros into the check cells of an unreadable submission."""
    reports = []
    for cell in notebook.cells:
        if not is_check(cell):
            continue
        pack = release.packs.get(grade_id(cell))
        if pack is None:
            cell.outputs = [grade_output(0.0)]
            continue
        report = judge(pack, [Outcome("lost", error=reason)] * len(pack.cases))
        reports.append(report)
        cell.outputs = report_outputs(report, float(cell.metadata.nbgrader.points))
    return reports


def _annotate(
    notebook: NotebookNode, release: Release, facts: list[str], submission: Submission
) -> None:
    """Add what readers of the graded notebook need: facts on top, rubrics for the grader."""
    rubrics = {
        grade_id(cell): cell.source.replace(
            "attachment:", "attachment: "
        )  # pictures stay in the source
        for cell in release.source.cells
        if cell.cell_type == "markdown" and is_solution(cell)
    }
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if grade_id(cell) in rubrics and rubrics[grade_id(cell)] != cell.source:
            text = "\n".join(
                line
                for line in rubrics[grade_id(cell)].splitlines()
                if "BEGIN SOLUTION" not in line and "END SOLUTION" not in line
            )
            cells.append(
                new_markdown_cell(f"> *For the grader.*\n\n{text}", id=RUBRIC + grade_id(cell))
            )
    notes = ([submission.unreadable] if submission.unreadable else []) + facts
    if notes:
        lines = "\n".join(f"- {defuse(html.escape(note))}" for note in notes)
        text = f"**About this submission**\n\n{lines}"
        cells.insert(0, new_markdown_cell(text, id="about-this-submission"))
    notebook.cells = cells
