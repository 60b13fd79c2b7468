"""The instructor's page about answers that are alike: facts, with both texts side by side.

How it is measured, and what is not told, says :mod:`autograder.reports.alike`. Nothing here runs
what was handed in, and no mark depends on it. The page is one file that loads nothing from
elsewhere; what students wrote is escaped.
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
from ..grading.rebuild import HandedIn, read_submission, rebuild
from ..grading.submission import read_notebook
from ..intake.attempts import collected_before
from ..project import Project
from .alike import SHORTEST, Alike, Class
from .pages import render, write
from .report import REPORTS, title_of
from .spreadsheet import table

__all__ = ["LEAST", "Cell", "Found", "compare", "write_similar"]

LEAST = 0.8
_REFERENCE = "the published solution"
_SHOWN = 100
"""Pairs whose texts are on the page; the others are in the CSV."""
_LARGEST = 12
"""Where more students have alike texts, not every two of them are counted as a pair."""


@dataclass(frozen=True)
class Cell:
    """One answer cell over the class. answers : the texts by who wrote them; solution : ours."""

    notebook: str
    name: str
    answers: Mapping[str, str]
    solution: str
    measured: Class
    pairs: Sequence[Alike]
    to_reference: Sequence[Alike]
    like_reference: int


@dataclass(frozen=True)
class Found:
    """What was found in a notebook. hand_ins : files; together : who handed in one file."""

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
    """Write ``reports/similar-NOTEBOOK.html`` and ``.csv``; returns the page's path, and how many
    pairs are in it. Without a notebook: one page for all, ``reports/similar.html``.

    dry_run : write nothing.

    Raises
    ------
    AutograderError : nothing was handed in; least is not a share.
    """
    if not 0 < least <= 1:
        raise AutograderError(f"--least must be above 0 and at most 1, got {least:g}")
    released = sorted(path.name for path in course.release.glob("*") if path.is_dir())
    asked = [name for name in ([notebook] if notebook else released) if students_of(course, name)]
    if not asked:
        raise AutograderError(
            f"nothing was handed in for {notebook or 'any notebook'}: "
            f"python -m autograder collect {notebook or 'ASSIGNMENT'} FROM"
        )
    named = f"similar-{notebook}" if notebook else "similar"
    path = course.root / REPORTS / f"{named}.html"
    if dry_run:
        return path, 0
    found = [compare(course, name, least, project) for name in asked]
    cells = [cell for part in found for cell in part.cells]
    lines = _in_order([(cell, each) for cell in cells for each in cell.pairs])
    page = render(
        "similar.html.j2",
        title=title_of(course, notebook) if notebook else "All notebooks",
        notebook=notebook,
        named=named,
        least=least,
        shortest=SHORTEST,
        found=found,
        lines=lines[:_SHOWN],
        more=max(len(lines) - _SHOWN, 0),
        reference=[(cell, each) for cell in cells for each in cell.to_reference],
        marked=_marked,
    )
    rows = [_row(cell, each) for cell, each, _ in lines]
    write(path.with_suffix(".csv"), table(_COLUMNS, rows))
    return write(path, page), len(lines)


_COLUMNS = ("notebook", "exercise", "one", "other", "alike", "parts", "weight", "same_fault")


def _row(cell: Cell, each: Alike) -> list[str | float | bool]:
    names = ["; ".join(each.one), "; ".join(each.other)]
    return [cell.notebook, cell.name, *names, each.similarity, each.parts, each.weight, each.wrong]


def compare(
    course: Course, notebook: str, least: float = LEAST, project: Project | None = None
) -> Found:
    """Compare what was handed in for a notebook, answer cell by answer cell.

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
    handed_in = _handed_in(course, notebook, released)
    wrong = {names: _wrong(course, notebook, names[0]) for names in handed_in}
    exercises = (project or course.project).load(notebook)
    cells = []
    for name, stub in given.items():
        texts = {", ".join(names): answers[name] for names, answers in handed_in.items()}
        asking = [each.name for each in exercises if name in (each.name, *each.answers)]
        how = {
            ", ".join(names): "; ".join(filter(None, (failed.get(each, "") for each in asking)))
            for names, failed in wrong.items()
        }
        measured = Class(texts, stub, how)
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
    together = [names for names in handed_in if len(names) > 1]
    return Found(notebook, len(handed_in), together, cells)


def _answers(notebook: NotebookNode) -> dict[str, str]:
    """The sources of the answer cells in code, by what they are called."""
    named = [(kind(cell), cell) for cell in notebook.cells if cell.cell_type == "code"]
    return {called: cell.source for (what, called), cell in named if what == "solution"}


def _handed_in(
    course: Course, notebook: str, released: NotebookNode
) -> dict[tuple[str, ...], dict[str, str]]:
    """The answers of each file that was handed in, by the names of those whose it is.

    A group hands in one file at one moment (Gradescope's): its members are not alike, but together.
    """
    answers: dict[object, dict[str, str]] = {}
    owners: dict[object, list[str]] = {}
    for student in students_of(course, notebook):
        for attempt in collected_before(course, notebook, student):
            one = (sha256(attempt.data).digest(), attempt.time) if attempt.time else student
            owners.setdefault(one, []).append(student)
            if one not in answers:
                submission = read_submission(HandedIn(attempt.data))
                rebuilt, _ = rebuild(released, submission)
                answers[one] = _answers(rebuilt)
    return {tuple(names): answers[one] for one, names in owners.items()}


def _wrong(course: Course, notebook: str, student: str) -> dict[str, str]:
    """How a graded student's exercises are wrong: the tests that failed, and the mistakes known."""
    results = results_at(course, notebook, student)
    return {
        report.exercise: ", ".join(
            f"{verdict.test}: {verdict.mistake or verdict.status}"
            for verdict in report.verdicts
            if verdict.status != "passed"
        )
        for report in (results.reports if results else ())
    }


Line = tuple[Cell, Alike, int]
"""A pair, where it was found, and in how many answers the two are alike."""


def _in_order(found: Sequence[tuple[Cell, Alike]]) -> list[Line]:
    """What counts most first, over all answers of two students; theirs stand together."""
    shared: defaultdict[tuple[str, ...], dict[tuple[str, str], float]] = defaultdict(dict)
    for cell, each in found:
        for two in _pairs(each):  # the same two may be in several entries of one cell
            place = cell.notebook, cell.name
            shared[two][place] = max(each.weight, shared[two].get(place, 0.0))
    weight = {two: math.fsum(own.values()) for two, own in shared.items()}
    strongest = [max(_pairs(each), key=lambda two: (weight[two], two)) for _, each in found]
    order = sorted(
        range(len(found)),
        key=lambda i: (-weight[strongest[i]], strongest[i], -found[i][1].weight),
    )
    return [(*found[i], len(shared[strongest[i]])) for i in order]


def _pairs(each: Alike) -> Iterator[tuple[str, ...]]:
    names = [*each.one, *each.other]
    yield from combinations(sorted(names if len(names) <= _LARGEST else names[:2]), 2)


def _marked(cell: Cell, one: str, other: str) -> list[list[tuple[str, str]]]:
    """Two texts in pieces: (text, "rare" or "common" if the other has it as well, else "")."""
    sources = [cell.answers.get(who, cell.solution) for who in (one, other)]
    found = [cell.measured.parts(source) for source in sources]
    shared = found[0].keys() & found[1].keys()
    marked = []
    for source, places in zip(sources, found, strict=True):
        marks: dict[int, dict[int, str]] = {}
        # The rare ones last: a token may belong to common parts as well.
        for part in sorted(shared, key=lambda part: cell.measured.count(part) > 0):
            for token in places[part]:
                mark = "rare" if cell.measured.count(part) else "common"
                line = marks.setdefault(token.line, {})
                line.update(dict.fromkeys(range(token.start, token.end), mark))
        marked.append(_pieces(source, marks))
    return marked


def _pieces(source: str, marks: Mapping[int, Mapping[int, str]]) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        own = marks.get(number, {})
        before = ""
        for column, letter in enumerate(line):
            mark = own.get(column, "")
            if letter == " " and own.get(column + 1) == before:
                mark = before  # no gaps between two that are marked
            if pieces and pieces[-1][1] == mark:
                pieces[-1] = (pieces[-1][0] + letter, mark)
            else:
                pieces.append((letter, mark))
            before = mark
    return pieces
