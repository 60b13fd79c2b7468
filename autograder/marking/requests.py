"""Answers that come back after their mark: changed since, or a student asks for another look.

Students ask through the instructor, who keeps a CSV (``student,question,reason``), or in the
notebook that they hand in again: a text cell that begins with ``Regrade QUESTION: reason``. Such a
cell counts only if its answer was marked before it came.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..course import Course
from ..errors import AutograderError
from .gradebook import Entry
from .store import QUESTION, Store, key_of
from .types import Question

__all__ = ["Asked", "keep_requests", "look_again", "open_requests", "read_requests"]

_COLUMNS = {"student": ("student", "student_id"), "question": ("question",), "reason": ("reason",)}
_LONGEST_REASON = 1000  # characters
_LARGEST_CSV = 5_000_000  # bytes
_LARGEST_NOTEBOOK = 50_000_000


@dataclass(frozen=True)
class Asked:
    """A student asks for another look at an answer. question : its name."""

    student: str
    question: str
    reason: str


# ------------------------------------------------------------------------------------------- a CSV


def read_requests(
    path: Path, questions: Sequence[Question], students: Collection[str]
) -> tuple[list[Asked], list[str]]:
    """The requests in a CSV, and what is wrong with the lines that are left out.

    Raises AutograderError if it cannot be read, or lacks the columns student, question and reason.
    """
    rows = _rows(path)
    headings = [heading.strip().casefold() for heading in rows[0][1]] if rows else []
    columns = {}
    for column, names in _COLUMNS.items():
        places = [headings.index(name) for name in names if name in headings]
        if not places:
            raise AutograderError(
                f"{path} must have the columns student, question and reason; it lacks {column}, "
                f"and has {', '.join(filter(None, headings)) or 'none'}"
            )
        columns[column] = places[0]
    by_name = {name.casefold(): question for question in questions for name in _names(question)}
    requests, notes = [], []
    for number, row in rows[1:]:
        student, name, reason = (
            _text(row[place]) if place < len(row) else "" for place in columns.values()
        )
        if not any((student, name, reason)):
            continue
        line = f"line {number} of {path.name}"
        if student not in students:
            notes.append(f"{line}: no answer of a student {student[:60]!r}")
        elif name.casefold() not in by_name:
            known = ", ".join(question.name for question in questions)
            notes.append(f"{line}: no question {name[:60]!r}; there are {known}")
        else:
            question = by_name[name.casefold()].name
            requests.append(Asked(student, question, reason[:_LONGEST_REASON]))
    return requests, notes


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a CSV, each with the number of its last line."""
    try:
        if path.stat().st_size > _LARGEST_CSV:
            raise AutograderError(f"{path} is too large: {_LARGEST_CSV} bytes at most")
        text = path.read_bytes().decode("utf-8-sig").replace("\0", "")
    except OSError as error:
        raise AutograderError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AutograderError(f"{path} must be UTF-8 text (CSV UTF-8)") from None
    # Excel writes a first line that says how cells are separated, and in many countries ";".
    separated = re.match(r'"?sep=(.)"?\r?\n', text)
    body = text[separated.end() :] if separated else text
    separator = separated[1] if separated else max(",;\t", key=body.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    try:
        return [(reader.line_num + bool(separated), row) for row in reader]
    except csv.Error as error:
        raise AutograderError(f"{path} is no CSV: {error}") from None


def _text(cell: str) -> str:
    """A cell without the ' that keeps a spreadsheet from taking it for a formula."""
    text = cell.strip()
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text


def _names(question: Question) -> set[str]:
    return {question.name, question.cell}


def keep_requests(
    store: Store, question: Question, requests: Iterable[Asked], entries: Mapping[str, Entry]
) -> int:
    """Keep the requests for a question until their answers are marked again; returns how many.

    One that was kept before, with the same reason, is not kept again.
    """
    last = store.last_marked(question)
    rows = [
        (*key_of(question), asked.student, asked.reason, store.now(), last.get(asked.student, 0))
        for asked in requests
        if asked.question == question.name and asked.student in entries
    ]
    if not rows:
        return 0
    with store.writing() as database:
        before = database.total_changes
        database.executemany("INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return database.total_changes - before


# -------------------------------------------------------------------------------------- what waits


def look_again(
    course: Course,
    store: Store,
    question: Question,
    entries: Mapping[str, Entry],
    digests: Mapping[str, str],
) -> dict[str, str]:
    """The answers that wait for another look, with the reason: {student: reason}.

    entries : what the gradebook says of this question; digests : of the answers as they are now.
    """
    marks, asked = store.marks(question), open_requests(store, question)
    reasons = {}
    for student, entry in entries.items():
        kept = marks.get(student)
        marked_text = kept.mark.digest if kept and kept.mark.points == entry.points else ""
        changed = bool(marked_text) and marked_text != digests.get(student, marked_text)
        why = []
        if entry.points is not None and (entry.waits or changed):
            if changed:
                why.append("The answer changed after its mark.")
            elif marked_text:
                why.append("Handed in again; this answer is as it was.")
            else:
                why.append("Handed in again after its mark.")
            why += _asked_in_notebook(course, question, student)
        why += asked.get(student, [])
        if why:
            reasons[student] = " ".join(why)
    return reasons


def open_requests(store: Store, question: Question) -> dict[str, list[str]]:
    """What students ask, by student, until their answers are marked again."""
    last = store.last_marked(question)
    requests: dict[str, list[str]] = {}
    with store.reading() as database:
        for student, reason, after in database.execute(
            f"SELECT student, reason, after FROM requests WHERE {QUESTION} ORDER BY at, reason",
            key_of(question),
        ):
            if last.get(student, 0) <= after:
                requests.setdefault(student, []).append(f"The student asks: {reason}")
    return requests


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


_REQUEST = re.compile(
    r"\W{0,9}regrade\s{1,9}(?P<question>[^:\n]{1,200}):[*_]{0,3}(?P<reason>.*)", re.I | re.S
)


def _asked_in_notebook(course: Course, question: Question, student: str) -> list[str]:
    """What the student writes in text cells; nothing if the notebook cannot be read."""
    names = {name.casefold() for name in _names(question)}
    reasons = []
    for notebook in course.notebooks(question.assignment):
        path = course.autograded_dir(question.assignment, student) / f"{notebook}.ipynb"
        try:
            if path.stat().st_size > _LARGEST_NOTEBOOK:
                continue
            cells = msgspec.json.decode(path.read_bytes(), type=_Notebook).cells
        except (OSError, ValueError, msgspec.MsgspecError):
            continue
        for cell in cells:
            if cell.cell_type != "markdown":
                continue
            request = _REQUEST.match("".join(cell.source))
            if request and request["question"].strip().strip("`*").casefold() in names:
                reason = " ".join(request["reason"].split())[:_LONGEST_REASON]
                reasons.append(f"The student asks: {reason}")
    return reasons[:3]
