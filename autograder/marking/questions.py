"""What a person marks in an assignment, and what students answered.

Questions come from the source notebooks, answers from the graded ones. Students wrote these, so
they may hold anything: whatever cannot be read becomes an answer that says why.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from ..course import Course
from ..grading.notebook_file import read_notebook
from ..grading.outputs import is_picture
from ..results import cell_name
from .rubric import items_of, split
from .types import Answer, Question

__all__ = ["answers", "questions", "whole"]

LONGEST = 20_000
"""Most characters of an answer."""
PICTURES, PICTURE_SIZE = 5, 2 << 20
"""Most pictures of an answer, and most bytes of one."""
OUTPUTS, LONGEST_OUTPUT = 20, 4_000
_FILE_SIZE = 50 << 20
_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


# -------------------------------------------------------------------------------------- questions


def questions(course: Course, assignment: str) -> list[Question]:
    """The cells of an assignment that a person marks, in order."""
    notebooks = {name: _source(course, assignment, name) for name in course.notebooks(assignment)}
    # The gradebook knows a notebook by its cells, and names these as cell_name() does.
    several = sum(any(map(_is_nbgraders, book.cells)) for book in notebooks.values()) > 1
    marks = _Marks.of(course)
    return [
        _question(assignment, name, cell, book.cells[:at], marks, several)
        for name, book in notebooks.items()
        for at, cell in enumerate(book.cells)
        if is_task(cell) or (is_grade(cell) and is_solution(cell))
    ]


def _source(course: Course, assignment: str, name: str) -> NotebookNode:
    folders = (course.source_dir(assignment), course.release_dir(assignment))
    paths = [folder / f"{name}.ipynb" for folder in folders]
    return read_notebook(next(filter(Path.is_file, paths)))


def _is_nbgraders(cell: NotebookNode) -> bool:
    return any(kind(cell) for kind in (is_grade, is_solution, is_locked, is_task))


@dataclass(frozen=True)
class _Marks:
    """What stands in the lines around a solution and around a task's mark scheme."""

    solution: tuple[str, str]
    scheme: tuple[str, str]

    @classmethod
    def of(cls, course: Course) -> _Marks:
        config = course.config()
        solution, scheme = config.get("ClearSolutions", {}), config.get("ClearMarkScheme", {})
        return cls(
            (
                solution.get("begin_solution_delimeter", "BEGIN SOLUTION"),
                solution.get("end_solution_delimeter", "END SOLUTION"),
            ),
            (
                scheme.get("begin_mark_scheme_delimeter", "BEGIN MARK SCHEME"),
                scheme.get("end_mark_scheme_delimeter", "END MARK SCHEME"),
            ),
        )


def _question(
    assignment: str,
    notebook: str,
    cell: NotebookNode,
    above: list[NotebookNode],
    marks: _Marks,
    several: bool,
) -> Question:
    task, code = is_task(cell), cell.cell_type == "code"
    outside, inside = _regions(cell.source, *(marks.scheme if task else marks.solution))
    if not inside and not task:  # the whole cell is the model answer
        outside, inside = "", cell.source.strip()
    answer, rubric = split(inside)
    texts = (
        other.source.strip()
        for other in reversed(above)
        if other.cell_type == "markdown" and not is_solution(other)
    )
    asks = outside if outside and not code else next(filter(None, texts), "")
    # What an experiment above showed is folded, and the question comes after it.
    asks = asks.rpartition("</details>")[2].strip() or asks
    details, points = cell.metadata.nbgrader, float(cell.metadata.nbgrader.get("points", 0))
    return Question(
        assignment=assignment,
        notebook=notebook,
        cell=details.grade_id,
        name=cell_name(notebook, details.grade_id, several),
        max_points=points,
        kind="task" if task else "code" if code else "words",
        text=asks,
        answer=answer,
        rubric=items_of(rubric, points),
    )


def _regions(source: str, begin: str, end: str) -> tuple[str, str]:
    """The text outside of the marked regions, and the text inside."""
    texts: tuple[list[str], list[str]] = ([], [])
    inside = False
    for line in source.splitlines():
        if begin in line or end in line:
            inside = begin in line
        else:
            texts[inside].append(line)
    return "\n".join(texts[False]).strip(), "\n".join(texts[True]).strip()


# ---------------------------------------------------------------------------------------- answers


def answers(course: Course, question: Question, students: Iterable[str]) -> dict[str, Answer]:
    """What these students answered, without pictures and outputs; "" where nothing was changed.

    An answer that cannot be read has the text "", and in its outputs the reason.
    """
    given = _given(course, question)
    return {student: _answer(course, question, student, given)[0] for student in students}


def whole(course: Course, question: Question, student: str) -> Answer:
    """One answer with its pictures and outputs."""
    answer, cells = _answer(course, question, student, _given(course, question))
    if not cells:
        return answer
    outputs = [output for cell in cells for output in _outputs(cell)]
    pictures: dict[str, tuple[str, bytes]] = {}
    for name, bundle in [
        *(pasted for cell in cells for pasted in _pasted(cell)),
        *((f"output {number}", data) for number, (data, _) in enumerate(outputs, 1)),
    ]:
        picture = _picture(bundle)
        if picture and len(pictures) < PICTURES:
            pictures[name] = picture
    texts = [text[:LONGEST_OUTPUT] for _, text in outputs if text.strip()]
    return replace(answer, pictures=pictures, outputs=tuple(texts[:OUTPUTS]))


_NOTHING = msgspec.Raw(b"null")


class _Cell(msgspec.Struct):
    """A cell as it stands in the file: its parts are decoded when they are needed."""

    cell_type: msgspec.Raw = _NOTHING
    source: msgspec.Raw = _NOTHING
    metadata: msgspec.Raw = _NOTHING
    attachments: msgspec.Raw = _NOTHING
    outputs: msgspec.Raw = _NOTHING

    @property
    def text(self) -> str:
        source = _decoded(self.source)
        lines = source if isinstance(source, list) else [source]
        return "".join(line for line in lines if isinstance(line, str))

    @property
    def grade_id(self) -> str:
        if b'"grade_id"' not in bytes(self.metadata):
            return ""
        details = _dict(_dict(_decoded(self.metadata)).get("nbgrader"))
        return str(details.get("grade_id", ""))

    @property
    def is_code(self) -> bool:
        return bytes(self.cell_type) == b'"code"'


class _Notebook(msgspec.Struct):
    cells: list[_Cell]


_read = msgspec.json.Decoder(_Notebook).decode


def _decoded(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _answer(
    course: Course, question: Question, student: str, given: frozenset[str]
) -> tuple[Answer, list[_Cell]]:
    """A student's answer, and the cells that it is in: none if it cannot be read."""
    path = course.autograded_dir(question.assignment, student) / f"{question.notebook}.ipynb"
    try:
        cells = [cell for cell in _cells_of(path, question) if cell.text.strip() not in given]
        text = "\n\n".join(_shown(cell, question) for cell in cells)
        written = "".join([text, *(bytes(cell.attachments).decode() for cell in cells)])
    except Exception as error:  # a file that somebody made may fail in any way
        why = str(error) if isinstance(error, _NoAnswer) else "The graded notebook cannot be read."
        return Answer(student, "", _digest(why), outputs=(why,)), []
    left_out = max(len(text) - LONGEST, 0)
    return Answer(student, text[:LONGEST], _digest(written), cut=left_out), cells


class _NoAnswer(Exception):
    """There is none to read; the message says why."""


def _cells_of(path: Path, question: Question) -> Iterator[_Cell]:
    """The cell of a question; of a task also the cells below, up to the next of nbgrader's."""
    try:
        if path.stat().st_size > _FILE_SIZE:
            raise _NoAnswer(f"The graded notebook has more than {_FILE_SIZE >> 20} MB.")
        cells = iter(_read(path.read_bytes()).cells)
    except FileNotFoundError:
        raise _NoAnswer("There is no graded notebook.") from None
    cell = next((cell for cell in cells if cell.grade_id == question.cell), None)
    if cell is None:
        raise _NoAnswer(f"The graded notebook has no cell {question.cell!r}.")
    yield cell
    for cell in cells if question.kind == "task" else ():
        if cell.grade_id:
            return
        yield cell


def _given(course: Course, question: Question) -> frozenset[str]:
    """What students were given in the place of their answer, and the empty text."""
    path = course.release_dir(question.assignment) / f"{question.notebook}.ipynb"
    try:
        cells = list(_cells_of(path, question))
    except Exception:  # without a release an answer is shown with what was given
        cells = []
    return frozenset(["", *(cell.text.strip() for cell in cells)])


def _shown(cell: _Cell, question: Question) -> str:
    if question.kind != "task" or not cell.is_code:
        return cell.text
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", cell.text)), default=0))
    return f"{fence}python\n{cell.text}\n{fence}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --------------------------------------------------------------------------- pictures and outputs


def _pasted(cell: _Cell) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, bundle in _dict(_decoded(cell.attachments)).items():
        yield unquote(name), _dict(bundle)


def _outputs(cell: _Cell) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The data and the plain text of each output."""
    outputs = _decoded(cell.outputs)
    for output in map(_dict, outputs if isinstance(outputs, list) else ()):
        data = _dict(output.get("data"))
        text = output.get("text") or output.get("traceback") or data.get("text/plain") or ""
        separator = "\n" if "traceback" in output else ""
        lines = text if isinstance(text, list) else [text]
        text = separator.join(line for line in lines if isinstance(line, str))
        yield data, _COLOURS.sub("", text)


def _picture(bundle: Mapping[str, Any]) -> tuple[str, bytes] | None:
    for kind in ("image/png", "image/jpeg"):
        data = bundle.get(kind)
        text = "".join(data) if isinstance(data, list) else data
        if isinstance(text, str) and len(text) < 2 * PICTURE_SIZE and is_picture(kind, text):
            picture = base64.b64decode("".join(text.split()))
            return (kind, picture) if len(picture) <= PICTURE_SIZE else None
    return None
