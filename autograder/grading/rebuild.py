"""Rebuild a submission from the released notebook.

From the submission come only the sources that a student may write: of answer cells, of cells to
play with, and of added cells, and the pictures pasted into words. Ids, points, metadata, locked
cells and checks come from the release; outputs are dropped. An answer counts wherever it stands.
Each repair is reported as a fact.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from .beside import Added, Answers, is_plain_code, sort_cells, take_code, take_words
from .hand_in import HandedIn, NotebookFile
from .notebook_file import TooLong, decode, without_outputs
from .recognise import (
    Cell,
    answers_in,
    definitions,
    name_of,
    other_notebook,
    recognise,
    same_text,
    text_of,
    with_ids,
)
from .repairs import (
    CHANGED,
    ELSEWHERE,
    MISSING,
    MISSING_ANSWER,
    TURNED,
    UNMARKED,
    Pictures,
    Repairs,
    drop_dead_references,
)

__all__ = ["Submission", "defuse", "read_submission", "rebuild"]


@dataclass
class Submission:
    """A notebook's cells, facts, and why it cannot be read, or ""; file : if one of several.

    pasted : the attachments of cells, by the cell's number; others : the other notebooks that can
    be read.
    """

    cells: list[Cell] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    unreadable: str = ""
    pasted: dict[int, Any] = field(default_factory=dict)
    file: NotebookFile | None = None
    others: list[Submission] = field(default_factory=list)


def read_submission(handed_in: HandedIn) -> Submission:
    """Read the notebook that was handed in, however broken; never raises for what is in it."""
    if handed_in.problem:
        return Submission(facts=list(handed_in.facts), unreadable=handed_in.problem)
    if not handed_in.several:
        return _read(handed_in.data, list(handed_in.facts))
    read = []
    for file in handed_in.several:
        read.append(_read(file.data, list(handed_in.facts)))
        read[-1].file = file
    first, *first_others = [item for item in read if not item.unreadable] or read[:1]
    first.others = first_others
    for item in read:
        if item.unreadable and item.file and item is not first:
            fact = f"The notebook {item.file.name!r} was left out. {item.unreadable}"
            for readable in (first, *first_others):
                readable.facts.append(fact)
    return first


def _read(content: bytes, facts: list[str]) -> Submission:
    try:
        data = _without_outputs(content)
        text, encoding = decode(data)
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError("it is not a notebook")
        if document.get("nbformat") != 4:
            document = nbformat.convert(nbformat.from_dict(document), 4)
            facts.append("The notebook had an old format and was converted.")
        cells = [cell for cell in document["cells"] if _read_cell(cell)]
        if encoding:
            facts.append(f"The file is not UTF-8 text; it was read as {encoding}.")
    except UnicodeDecodeError as error:
        return Submission(facts=facts, unreadable=f"The file is not text: {error.reason}.")
    except TooLong as error:
        return Submission(facts=facts, unreadable=f"The file is too large: {error}.")
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if len(data) == len(content) else ""
        problem = f"The file is not a notebook: {error.msg}{line}."
        return Submission(facts=facts, unreadable=problem)
    except Exception as error:  # a student's document may fail in any way
        problem = f"The file is not a notebook ({type(error).__name__}: {str(error)[:120]})."
        return Submission(facts=facts, unreadable=problem)
    pasted = {at: cell[_PASTED] for at, cell in enumerate(cells) if _PASTED in cell}
    return Submission([_read_cell(cell) for cell in cells], facts, pasted=pasted)


_PASTED = "pasted attachments"
_ATTACHMENTS = re.compile(rb'(?<!\\)"attachments"(?=[ \t\r\n]*:)')


def _without_outputs(content: bytes) -> bytes:
    """The notebook's JSON without outputs; with its attachments, if there is room for them."""
    try:
        return without_outputs(_ATTACHMENTS.sub(f'"{_PASTED}"'.encode(), content))
    except TooLong:
        return without_outputs(content)


def _read_cell(cell: Any) -> Any:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    name = name if isinstance(name, str) and name else cell.get("id")
    return cell["cell_type"], source, name if isinstance(name, str) else ""


def rebuild(released: NotebookNode, submission: Submission) -> tuple[NotebookNode, list[str]]:
    """The notebook to grade, and the facts about repairs.

    released : the notebook as students received it.
    """
    released = with_ids(released)
    facts, submission = _choose(released, submission)
    handed_in = recognise(released, submission.cells)
    other = other_notebook(released, handed_in)
    repairs, pictures = Repairs(), Pictures()
    handed_in = _with_pictures(released, handed_in, submission.pasted, pictures)
    names = [name for _, _, name in handed_in]
    named = {name for _, _, name in submission.cells}
    solutions = {name_of(cell) for cell in released.cells if is_solution(cell)}
    for name in names:
        if name in solutions - named:
            repairs.note(UNMARKED, name)
    set_up = next((name_of(cell) for cell in released.cells if is_locked(cell)), "")
    start = "" if set_up in names else set_up
    answers, added = sort_cells(released, handed_in, start, repairs)
    if not other:
        for name in take_code(released, handed_in, answers):
            repairs.note(ELSEWHERE, name)
        for name in take_words(released, answers, added, start):
            repairs.note(ELSEWHERE, name)
    notebook = with_ids(released)
    if not submission.unreadable:
        for cell in notebook.cells:
            _fill_in(cell, answers.get(name_of(cell)), repairs, pictures)
        notebook.cells = _in_order(notebook, released, answers, added, pictures)
    given = {cell.source for cell in released.cells}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.pop("attachments", None)
            cell.outputs, cell.execution_count = [], None
        elif cell.source in given and not is_solution(cell):
            drop_dead_references(cell)
    return notebook, [other] if other else [*facts, *repairs.sentences(), *pictures.facts()]


def _choose(released: NotebookNode, first: Submission) -> tuple[list[str], Submission]:
    """Of several notebooks the one to grade, the newest with answers; and the facts about it."""
    if first.file is None or not first.others:
        return first.facts, first
    read = [first, *first.others]
    counts = [answers_in(released, recognise(released, item.cells)) for item in read]
    least = min(1, max(counts))
    answered = [
        (-item.file.age, count, len(item.file.name), item.file.name, item)
        for item, count in zip(read, counts, strict=True)
        if item.file and least and count >= least
    ]
    chosen = max(answered, key=itemgetter(0, 1, 2, 3))[-1] if answered else first
    why = "none has answers"
    if answered:
        why = "the newest with answers" if len(answered) > 1 else "the only one with answers"
    name = chosen.file.name if chosen.file else ""
    fact = f"Of {len(read)} notebooks in the submission, {name!r} was graded: {why}."
    silent = chosen is first and len(answered) <= 1 and not first.facts
    return chosen.facts + ([] if silent else [fact]), chosen


def _with_pictures(
    released: NotebookNode, handed_in: list[Cell], pasted: dict[int, Any], pictures: Pictures
) -> list[Cell]:
    """The cells with the pictures renamed that the student's words show."""
    cells_by_name = {name_of(cell): cell for cell in released.cells}
    given = {text_of(cell.source) for cell in released.cells}
    cells = []
    for at, (kind, source, name) in enumerate(handed_in):
        if kind != "code" and text_of(source) not in given:
            theirs = cells_by_name[name].get("attachments", {}) if name else {}
            source = pictures.take(source, pasted.get(at), theirs)
        cells.append((kind, source, name))
    return cells


def _fill_in(
    cell: NotebookNode, answer: tuple[str, str] | None, repairs: Repairs, pictures: Pictures
) -> None:
    """Put a student's source (type, text) into a cell of the release, unless that is locked."""
    name = name_of(cell)
    if is_locked(cell):
        if answer is None:
            repairs.note(MISSING, name)
        elif not same_text(answer[1], cell):
            repairs.note(CHANGED, name)
        return
    if answer is None:
        if is_solution(cell):
            repairs.note(MISSING_ANSWER, name)
            if not is_grade(cell):
                # Not the stub, which would undo a function written in another cell.
                cell.source = "# (this cell was missing)"
        return
    kind, source = answer
    if kind != cell.cell_type:
        if is_solution(cell) or is_task(cell):
            repairs.note(TURNED[kind], name)
        else:
            cell.cell_type = kind
            for key in ("outputs", "execution_count"):
                cell.pop(key, None)
    if not same_text(source, cell):
        _write(cell, source, pictures)


def _write(cell: NotebookNode, source: str, pictures: Pictures) -> None:
    cell.source = source
    if cell.cell_type != "code":
        cell.source = defuse(source)
        pictures.attach(cell)


def _in_order(
    notebook: NotebookNode,
    released: NotebookNode,
    answers: Answers,
    added: Added,
    pictures: Pictures,
) -> list[NotebookNode]:
    """The cells to grade, with the added ones.

    A plain cell that was deleted comes back before those in its place, so that it undoes none of
    them; it stays away if what it defines was defined above.
    """
    cells: list[NotebookNode] = []
    defined: set[str] = set()
    below = [_added_cell(item, pictures) for item in added[""]]
    for cell, given in zip(notebook.cells, released.cells, strict=True):
        name = name_of(cell)
        if name not in answers and is_plain_code(cell):
            if not defined & definitions(cell.source):
                cells.append(cell)
            continue
        written = below + [cell] * (cell.source != given.source)
        code = [item.source for item in written if item.cell_type == "code"]
        defined.update(*map(definitions, code))
        cells += [*below, cell]
        below = [_added_cell(item, pictures) for item in added[name]]
    cells += below
    for number, cell in enumerate(item for item in cells if "id" not in item):
        cell["id"] = f"added-{number + 1}"
    return cells


def _added_cell(item: tuple[str, str], pictures: Pictures) -> NotebookNode:
    kind, source = item
    cell = NotebookNode(cell_type=kind, metadata=NotebookNode())
    _write(cell, source, pictures)
    return cell


def defuse(markdown: str) -> str:
    """Markdown whose tags, links and pictures become text, so that nothing in it runs.

    A link may be a program (``javascript:``), a picture may report its readers to a server, and
    nbconvert puts the text of a Mermaid diagram into its page as HTML.

    >>> defuse("if a<b then <script>, [x](y), ![x](y)")
    'if a< b then < script>, [x] (y), ![x] (y)'
    """
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", markdown)
    text = re.sub(r"\](?=[(:])", "] ", text)
    return re.sub(r"([`~]{3}[ \t]*)(?=mermaid)", r"\1text ", text)
