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

from ..authoring.percent import kind
from ..course import Course
from ..errors import AutograderError
from ..grading.classroom import students_of
from ..grading.gradebook import results_at
from ..grading.hand_in import HandedIn
from ..grading.rebuild import read_submission, rebuild
from ..grading.submission import read_notebook
from ..intake.attempts import collected_before
from ..project import Project
from .alike import SHORTEST, Alike, Class
from .pages import render, write
from .report import REPORTS, title_of
from .spreadsheet import table

__all__ = ["LEAST", "Cell", "NotebookSimilarity", "compare", "write_similar"]

LEAST = 0.8
_REFERENCE = "the published solution"
_MOST_TEXTS = 100
"""The most pairs whose texts are on the page; the others are in the CSV only."""
_LARGEST_GROUP = 12
"""In larger groups of alike texts, not every two students count as a pair."""


@dataclass(frozen=True)
class Cell:
    """One answer cell over the class. answers : {student or group: text}; solution : published."""

    notebook: str
    name: str
    answers: Mapping[str, str]
    solution: str
    measured: Class
    pairs: Sequence[Alike]
    to_reference: Sequence[Alike]
    like_reference: int


@dataclass(frozen=True)
class NotebookSimilarity:
    """The comparison of a notebook. hand_ins : number of files; together : groups with one file."""

    notebook: str
    hand_ins: int
    together: Sequence[Sequence[str]]
    cells: Sequence[Cell]


def write_similar(
    course: Course,
    notebook: str = "",
    least: float = LEAST,
    project: Project | None = None,
    dry_run: bool = False,
) -> tuple[Path, int]:
    """Write ``reports/similar-NOTEBOOK.html`` and ``.csv``; returns the page's path and the number
    of pairs. Without a notebook: one page for all, ``reports/similar.html``.

    dry_run : write nothing.

    Raises
    ------
    AutograderError : nothing was handed in, or `least` is not a share.
    """
    if not 0 < least <= 1:
        raise AutograderError(f"--least must be above 0 and at most 1, got {least:g}")
    released = sorted(path.name for path in course.release.glob("*") if path.is_dir())
    names = [name for name in ([notebook] if notebook else released) if students_of(course, name)]
    if not names:
        raise AutograderError(
            f"nothing was handed in for {notebook or 'any notebook'}: "
            f"python -m autograder collect {notebook or 'ASSIGNMENT'} FROM"
        )
    file = f"similar-{notebook}" if notebook else "similar"
    path = course.root / REPORTS / f"{file}.html"
    if dry_run:
        return path, 0
    notebooks = [compare(course, name, least, project) for name in names]
    cells = [cell for compared in notebooks for cell in compared.cells]
    lines = _by_shared_weight([(cell, pair) for cell in cells for pair in cell.pairs])
    page = render(
        "similar.html.j2",
        title=title_of(course, notebook) if notebook else "All notebooks",
        notebook=notebook,
        file=file,
        least=least,
        shortest=SHORTEST,
        notebooks=notebooks,
        lines=lines[:_MOST_TEXTS],
        more=max(len(lines) - _MOST_TEXTS, 0),
        reference=[(cell, pair) for cell in cells for pair in cell.to_reference],
        marked=_marked_texts,
    )
    rows = [_csv_row(cell, pair) for cell, pair, _ in lines]
    write(path.with_suffix(".csv"), table(_CSV_COLUMNS, rows))
    return write(path, page), len(lines)


_CSV_COLUMNS = ("notebook", "exercise", "one", "other", "alike", "parts", "weight", "same_fault")


def _csv_row(cell: Cell, pair: Alike) -> list[str | float | bool]:
    names = ["; ".join(pair.one), "; ".join(pair.other)]
    return [cell.notebook, cell.name, *names, pair.similarity, pair.parts, pair.weight, pair.wrong]


def compare(
    course: Course, notebook: str, least: float = LEAST, project: Project | None = None
) -> NotebookSimilarity:
    """Compare the submissions of a notebook, cell by cell.

    Raises AutograderError if the notebook was not released.
    """
    paths = [
        folder(notebook) / f"{notebook}.ipynb" for folder in (course.release_dir, course.source_dir)
    ]
    if not all(path.is_file() for path in paths):
        raise AutograderError(
            f"{notebook} must be released: python -m autograder release {notebook}"
        )
    released, source = map(read_notebook, paths)
    given, solutions = _answers(released), _answers(source)
    files = _answers_of_files(course, notebook, released)
    failures = {names: _failures(course, notebook, names[0]) for names in files}
    exercises = (project or course.project).load(notebook)
    cells = []
    for name, stub in given.items():
        texts = {", ".join(names): answers[name] for names, answers in files.items()}
        owners = [item.name for item in exercises if name in (item.name, *item.answers)]
        wrong = {
            ", ".join(names): "; ".join(filter(None, (failed.get(owner, "") for owner in owners)))
            for names, failed in failures.items()
        }
        measured = Class(texts, stub, wrong)
        solution = solutions.get(name, "")
        cells.append(
            Cell(
                notebook,
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
    return NotebookSimilarity(notebook, len(files), together, cells)


def _answers(notebook: NotebookNode) -> dict[str, str]:
    """The sources of the answer cells in code, by name."""
    cells = [(kind(cell), cell) for cell in notebook.cells if cell.cell_type == "code"]
    return {name: cell.source for (role, name), cell in cells if role == "solution"}


def _answers_of_files(
    course: Course, notebook: str, released: NotebookNode
) -> dict[tuple[str, ...], dict[str, str]]:
    """The answers in each submitted file, by the names of the students who handed it in.

    A group in Gradescope hands in one file at one time: that is one submission, and no pair.
    """
    answers: dict[object, dict[str, str]] = {}
    owners: dict[object, list[str]] = {}
    for student in students_of(course, notebook):
        for attempt in collected_before(course, notebook, student):
            file = (sha256(attempt.data).digest(), attempt.time) if attempt.time else student
            owners.setdefault(file, []).append(student)
            if file not in answers:
                submission = read_submission(HandedIn(attempt.data))
                rebuilt, _ = rebuild(released, submission)
                answers[file] = _answers(rebuilt)
    return {tuple(names): answers[file] for file, names in owners.items()}


def _failures(course: Course, notebook: str, student: str) -> dict[str, str]:
    """The failed tests and known mistakes of a graded student, by exercise."""
    results = results_at(course, notebook, student)
    return {
        report.exercise: ", ".join(
            f"{verdict.test}: {verdict.mistake or verdict.status}"
            for verdict in report.verdicts
            if verdict.status != "passed"
        )
        for report in (results.reports if results else ())
    }


RankedPair = tuple[Cell, Alike, int]
"""A cell, a pair in it, and the number of cells in which these two students are alike."""


def _by_shared_weight(pairs: Sequence[tuple[Cell, Alike]]) -> list[RankedPair]:
    """The pairs sorted by the weight that their students share over all cells, heaviest first."""
    shared: defaultdict[tuple[str, ...], dict[tuple[str, str], float]] = defaultdict(dict)
    for cell, pair in pairs:
        for two in _pairs(pair):  # the same two may be in several pairs of one cell
            place = cell.notebook, cell.name
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
