"""The instructor's page about answers that are alike: facts, with both texts side by side.

:mod:`autograder.reports.alike` says how similarity is measured, and what is not reported. No
submission runs for it, and no mark depends on it. The page is one file that loads nothing from
elsewhere; students' texts are escaped.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from ..authoring.percent import kind
from ..course import Course
from ..errors import AutograderError, command
from ..grading.class_table import rows, students_of
from ..grading.notebook_file import read_notebook
from ..grading.rebuild import read_submission, rebuild
from ..intake.attempts import collected_before
from ..project import Project
from ..results import cell_name
from .alike import SHORTEST, Alike, Class
from .hand_written import outcomes
from .pages import render, write
from .released import released, title_of
from .report import REPORTS
from .spreadsheet import table

__all__ = ["LEAST", "Cell", "Similarity", "compare", "write_similar"]

LEAST = 0.8
_REFERENCE = "the published solution"
_MOST_TEXTS = 100
"""The most pairs whose texts are on the page; the others are in the CSV only."""
_LARGEST_GROUP = 12
"""In larger groups of alike texts, not every two students count as a pair."""


@dataclass(frozen=True)
class Cell:
    """One answer cell over the class. answers : {student or group: text}; solution : published."""

    assignment: str
    name: str
    answers: Mapping[str, str]
    solution: str
    measured: Class
    pairs: Sequence[Alike]
    to_reference: Sequence[Alike]
    like_reference: int


@dataclass(frozen=True)
class Similarity:
    """An assignment compared. hand_ins : number of files; together : groups with one file."""

    assignment: str
    hand_ins: int
    together: Sequence[Sequence[str]]
    cells: Sequence[Cell]


def write_similar(
    course: Course,
    assignment: str = "",
    least: float = LEAST,
    project: Project | None = None,
    dry_run: bool = False,
) -> tuple[Path, int]:
    """Write ``reports/similar-ASSIGNMENT.html`` and ``.csv``; returns the page's path and the
    number of pairs. Without an assignment: one page for all, ``reports/similar.html``.

    dry_run : write nothing.

    Raises
    ------
    AutograderError : nothing was handed in, or `least` is not a share.
    """
    if not 0 < least <= 1:
        raise AutograderError(f"--least must be above 0 and at most 1, got {least:g}")
    known = sorted(path.name for path in course.release.glob("*") if path.is_dir())
    names = [name for name in ([assignment] if assignment else known) if students_of(course, name)]
    if not names:
        raise AutograderError(
            f"nothing was handed in for {assignment or 'any assignment'}: "
            f"{command('collect', assignment or 'ASSIGNMENT', 'FROM')}"
        )
    file = f"similar-{assignment}" if assignment else "similar"
    path = course.root / REPORTS / f"{file}.html"
    if dry_run:
        return path, 0
    assignments = [compare(course, name, least, project) for name in names]
    cells = [cell for compared in assignments for cell in compared.cells]
    lines = _by_shared_weight([(cell, pair) for cell in cells for pair in cell.pairs])
    page = render(
        "similar.html.j2",
        title=title_of(course, assignment) if assignment else "All assignments",
        assignment=assignment,
        file=file,
        least=least,
        shortest=SHORTEST,
        assignments=assignments,
        lines=lines[:_MOST_TEXTS],
        more=max(len(lines) - _MOST_TEXTS, 0),
        reference=[(cell, pair) for cell in cells for pair in cell.to_reference],
        marked=_marked_texts,
    )
    rows = [_csv_row(cell, pair) for cell, pair, _ in lines]
    write(path.with_suffix(".csv"), table(_CSV_COLUMNS, rows))
    return write(path, page), len(lines)


_CSV_COLUMNS = ("assignment", "exercise", "one", "other", "alike", "parts", "weight", "same_fault")


def _csv_row(cell: Cell, pair: Alike) -> list[str | float | bool]:
    names = ["; ".join(pair.one), "; ".join(pair.other)]
    numbers = [pair.similarity, pair.parts, pair.weight, pair.wrong]
    return [cell.assignment, cell.name, *names, *numbers]


def compare(
    course: Course, assignment: str, least: float = LEAST, project: Project | None = None
) -> Similarity:
    """Compare the submissions of an assignment, cell by cell.

    Raises AutograderError if it was not released.
    """
    notebooks = released(course, assignment)
    sources = {
        name: course.source_dir(assignment) / f"{name}.ipynb"
        for name in course.notebooks(assignment)
    }
    if not notebooks or not all(path.is_file() for path in sources.values()):
        raise AutograderError(f"{assignment} must be released: {command('release', assignment)}")
    given = _answers(notebooks)
    solutions = _answers({name: read_notebook(path) for name, path in sources.items()})
    files = _answers_of_files(course, assignment, notebooks)
    tests = _tests_of(notebooks)
    for exercise in (project or course.project).load(assignment):
        for name in (exercise.name, *exercise.answers):
            tests.setdefault(name, set()).add(exercise.name)
    students = [names[0] for names in files]
    failures = dict(zip(files, _failures(course, assignment, students, notebooks), strict=True))
    cells = []
    for name, stub in given.items():
        texts = {", ".join(names): answers[name] for names, answers in files.items()}
        wrong = {
            ", ".join(names): "; ".join(
                failed[test] for test in sorted(tests[name]) if failed.get(test)
            )
            for names, failed in failures.items()
        }
        measured = Class(texts, stub, wrong)
        solution = solutions.get(name, "")
        cells.append(
            Cell(
                assignment,
                name,
                texts,
                solution,
                measured,
                pairs=measured.alike(least),
                to_reference=measured.alike_to(solution, _REFERENCE, least),
                like_reference=measured.equal_to(solution, least),
            )
        )
    together = [names for names in files if len(names) > 1]
    return Similarity(assignment, len(files), together, cells)


def _answers(notebooks: Mapping[str, NotebookNode]) -> dict[str, str]:
    """The sources of the answer cells in code, by name."""
    return {
        _name(notebook, cell, len(notebooks) > 1): cell.source
        for notebook, content in notebooks.items()
        for cell in content.cells
        if cell.cell_type == "code" and is_solution(cell)
    }


def _name(notebook: str, cell: NotebookNode, several: bool) -> str:
    return cell_name(notebook, kind(cell)[1], several)


def _tests_of(notebooks: Mapping[str, NotebookNode]) -> dict[str, set[str]]:
    """The tests below each answer, up to the next one."""
    tests: dict[str, set[str]] = {}
    for notebook, content in notebooks.items():
        below: set[str] = set()
        for cell in content.cells:
            name = _name(notebook, cell, len(notebooks) > 1)
            if is_solution(cell):
                below = tests.setdefault(name, set())
            elif is_grade(cell):
                below.add(name)
    return tests


def _answers_of_files(
    course: Course, assignment: str, notebooks: Mapping[str, NotebookNode]
) -> dict[tuple[str, ...], dict[str, str]]:
    """The answers in each submission, by the names of the students who handed it in.

    A group in Gradescope hands in one file at one time: that is one submission, and no pair.
    """
    answers: dict[object, dict[str, str]] = {}
    owners: dict[object, list[str]] = {}
    for student in students_of(course, assignment):
        for attempt in collected_before(course, assignment, student):
            data = b"".join(sha256(file.data).digest() for file in attempt.handed_in)
            file = (data, attempt.time) if attempt.time else student
            owners.setdefault(file, []).append(student)
            if file not in answers:
                answers[file] = _answers(
                    {
                        name: rebuild(content, read_submission(attempt.notebooks[name]))[0]
                        for name, content in notebooks.items()
                    }
                )
    return {tuple(names): answers[file] for file, names in owners.items()}


def _failures(
    course: Course,
    assignment: str,
    students: Sequence[str],
    notebooks: Mapping[str, NotebookNode],
) -> Iterator[dict[str, str]]:
    """How each student failed the tests, by exercise or hand-written test, as far as graded."""
    graded = {row.student: row for row in rows(course, assignment) if row.student in students}
    failed = outcomes(course, assignment, list(graded.values()), notebooks)
    for student in students:
        by_hand = failed.of(student).items()
        reports = graded[student].reports if student in graded else ()
        yield {name: failure.title for name, failure in by_hand if failure.tried} | {
            report.exercise: ", ".join(
                f"{verdict.test}: {verdict.mistake or verdict.status}"
                for verdict in report.verdicts
                if verdict.status != "passed"
            )
            for report in reports
        }


RankedPair = tuple[Cell, Alike, int]
"""A cell, a pair in it, and the number of cells in which these two students are alike."""


def _by_shared_weight(pairs: Sequence[tuple[Cell, Alike]]) -> list[RankedPair]:
    """The pairs sorted by the weight that their students share over all cells, heaviest first."""
    shared: defaultdict[tuple[str, ...], dict[tuple[str, str], float]] = defaultdict(dict)
    for cell, pair in pairs:
        for two in _pairs(pair):  # the same two may be in several pairs of one cell
            place = cell.assignment, cell.name
            shared[two][place] = max(pair.weight, shared[two].get(place, 0.0))
    weight = {two: math.fsum(by_place.values()) for two, by_place in shared.items()}
    strongest = [max(_pairs(pair), key=lambda two: (weight[two], two)) for _, pair in pairs]
    order = sorted(
        range(len(pairs)),
        key=lambda i: (-weight[strongest[i]], strongest[i], -pairs[i][1].weight),
    )
    return [(*pairs[i], len(shared[strongest[i]])) for i in order]


def _pairs(pair: Alike) -> Iterator[tuple[str, ...]]:
    names = [*pair.one, *pair.other]
    yield from combinations(sorted(names if len(names) <= _LARGEST_GROUP else names[:2]), 2)


def _marked_texts(cell: Cell, one: str, other: str) -> list[list[tuple[str, str]]]:
    """Two texts in pieces: (text, "rare" or "common" if both have it, else "")."""
    sources = [cell.answers.get(student, cell.solution) for student in (one, other)]
    parts = [cell.measured.parts(source) for source in sources]
    shared = parts[0].keys() & parts[1].keys()
    marked = []
    for source, tokens in zip(sources, parts, strict=True):
        marks: dict[int, dict[int, str]] = {}
        # Rare parts last: their tokens may belong to common parts too.
        for part in sorted(shared, key=lambda part: cell.measured.count(part) > 0):
            for token in tokens[part]:
                mark = "rare" if cell.measured.count(part) else "common"
                line = marks.setdefault(token.line, {})
                line.update(dict.fromkeys(range(token.start, token.end), mark))
        marked.append(_pieces(source, marks))
    return marked


def _pieces(source: str, marks: Mapping[int, Mapping[int, str]]) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        line_marks = marks.get(number, {})
        previous = ""
        for column, letter in enumerate(line):
            mark = line_marks.get(column, "")
            if letter == " " and line_marks.get(column + 1) == previous:
                mark = previous  # no gap between two marked tokens
            if pieces and pieces[-1][1] == mark:
                pieces[-1] = (pieces[-1][0] + letter, mark)
            else:
                pieces.append((letter, mark))
            previous = mark
    return pieces
