"""Rebuild a submission from the released notebook.

From the submission come only the sources that a student may write: of answer cells, of cells to
play with, and of added cells. Ids, points, metadata, locked cells and checks come from the release;
outputs are dropped. An answer counts wherever it stands. Each repair is reported as a fact.
"""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from .beside import Added, Answers, take_code, take_words
from .hand_in import HandedIn, NotebookFile
from .notebook_file import TooLong, decode, without_outputs
from .recognise import Cell, answers_in, name_of, other_notebook, recognise, same_text, text_of
from .repairs import CHANGED, DOUBLED, ELSEWHERE, MISSING, MISSING_ANSWER, TURNED, UNMARKED, Repairs

__all__ = ["Submission", "defuse", "read_submission", "rebuild"]


@dataclass
class Submission:
    """A notebook's cells, facts, and why it cannot be read, or ""; file : if one of several.

    others : the other notebooks that can be read.
    """

    cells: list[Cell] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    unreadable: str = ""
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
        data = without_outputs(content)
        text, encoding = decode(data)
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError("it is not a notebook")
        if document.get("nbformat") != 4:
            document = nbformat.convert(nbformat.from_dict(document), 4)
            facts.append("The notebook had an old format and was converted.")
        cells = [_read_cell(cell) for cell in document["cells"]]
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
    return Submission([cell for cell in cells if cell], facts)


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
    name = name if isinstance(name, str) else cell.get("id")
    return cell["cell_type"], source, name if isinstance(name, str) else ""


def rebuild(released: NotebookNode, submission: Submission) -> tuple[NotebookNode, list[str]]:
    """The notebook to grade, and the facts about repairs.

    released : the notebook as students received it.
    """
    notebook = copy.deepcopy(released)
    facts, submission = _choose(released, submission)
    handed_in = recognise(released, submission.cells)
    other = other_notebook(released, handed_in)
    repairs = Repairs()
    cells_by_name = {name_of(cell): cell for cell in notebook.cells}
    released_texts = {text_of(cell.source) for cell in notebook.cells}
    names = {name for _, _, name in handed_in}
    set_up = next((name_of(cell) for cell in notebook.cells if is_locked(cell)), "")
    start = "" if set_up in names else set_up
    answers: Answers = {}
    added: Added = defaultdict(list)
    above = start
    for (_, _, old), (kind, source, name) in zip(submission.cells, handed_in, strict=True):
        if name:
            above = name
            cell = cells_by_name[name]
            if name in answers and is_solution(cell):
                repairs.note(DOUBLED, name)
                if same_text(answers[name][1], cell):
                    del answers[name]  # the first was the untouched stub: this one counts
                elif not same_text(source, cell):
                    added[above].append((kind, source))
            elif name != old and is_solution(cell):
                repairs.note(UNMARKED, name)
            answers.setdefault(name, (kind, source))
        elif text_of(source) not in released_texts | {""}:
            added[above].append((kind, source))
    if not other:
        for name in take_code(released, handed_in, answers):
            repairs.note(ELSEWHERE, name)
        for name in take_words(released, answers, added, start):
            repairs.note(ELSEWHERE, name)
    cells = [_added_cell(kind, source) for kind, source in added[""]]
    for cell in notebook.cells:
        name = name_of(cell)
        if not submission.unreadable:
            _fill_in(cell, answers.get(name), name, repairs)
        cells.append(cell)
        cells += [_added_cell(kind, source) for kind, source in added[name] if name]
    for number, cell in enumerate(item for item in cells if "id" not in item):
        cell["id"] = f"added-{number + 1}"
    notebook.cells = cells
    for cell in notebook.cells:
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook, [other] if other else [*facts, *repairs.sentences()]


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


def _fill_in(
    cell: NotebookNode, answer: tuple[str, str] | None, name: str, repairs: Repairs
) -> None:
    """Put a student's source (type, text) into a cell of the release, unless that is locked."""
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
        repairs.note(TURNED[kind], name)
    if not same_text(source, cell):
        cell.source = source if cell.cell_type == "code" else defuse(source)


def _added_cell(kind: str, source: str) -> NotebookNode:
    cell = NotebookNode(cell_type=kind, metadata=NotebookNode(), source=source)
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell.source = defuse(source)
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
