"""Rebuild a submission from the released notebook.

From the submission come only the sources that a student may write: of answer cells, of cells to
play with, and of added cells. Ids, points, metadata, locked cells and checks come from the release;
outputs are dropped. Each repair is reported as a fact.
"""

from __future__ import annotations

import copy
import errno
import hashlib
import json
import os
import re
import stat
from collections import defaultdict
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from .notebook_file import FILE_LIMIT, SIZE_LIMIT, TooLong, decode, without_outputs

__all__ = [
    "HandedIn", "Submission", "collect", "read_notebook_file", "read_plain", "read_submission",
    "rebuild",
]  # fmt: skip


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in, as data, so that it can be graded on any machine.

    data : the notebook file's bytes, empty if there is a problem; facts : what a reader should
    know about the file; problem : why there is nothing to grade, or "".
    """

    data: bytes = b""
    facts: tuple[str, ...] = ()
    problem: str = ""

    @property
    def digest(self) -> str:
        """Identifies what was handed in, to see whether it has changed since it was graded."""
        about = json.dumps([self.facts, self.problem]).encode()
        return hashlib.sha256(about + self.data).hexdigest()


@dataclass
class Submission:
    """A notebook's cells (type, source, id), facts, and why it cannot be read, or ""."""

    cells: list[tuple[str, str, str]] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    unreadable: str = ""


def collect(folder: Path, notebook: str) -> HandedIn:
    """What is in the submission `folder`; never raises for what is there.

    A notebook with another name counts if it is the only one. Links are not followed. Of a file
    above ``SIZE_LIMIT``, the saved outputs are left out.
    """
    if folder.is_symlink():
        return HandedIn(problem="The submission is a link; links are not followed.")
    try:
        names = _notebooks_in(folder)
        expected = f"{notebook}.ipynb"
        if expected not in names and len(names) != 1:
            others = f"{len(names)} other notebooks" if names else "no notebook"
            return HandedIn(problem=f"There is no {expected} ({others} in the submission).")
        name = expected if expected in names else names[0]
        fact = f"The notebook was handed in as {name!r}; expected {expected}."
        facts: tuple[str, ...] = () if name == expected else (fact,)
        data, size = read_notebook_file(folder / name)
    except OSError as error:
        return HandedIn(problem=f"The file cannot be read: {error.strerror}.")
    except TooLong as error:
        return HandedIn(facts=facts, problem=f"The file is too large: {error}.")
    if size > SIZE_LIMIT:
        facts += (f"The file has {size >> 20} MB; its saved outputs were left out.",)
    return HandedIn(data, facts)


def _notebooks_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(".ipynb") and entry.is_file(follow_symlinks=False)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_plain(path: Path) -> tuple[bytes, int]:
    """The bytes of a plain file, and its size; no bytes above ``SIZE_LIMIT``."""
    with _open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > SIZE_LIMIT:
            return b"", size
        data = file.read(SIZE_LIMIT + 1)
        return (b"" if len(data) > SIZE_LIMIT else data), len(data)


def read_notebook_file(path: Path) -> tuple[bytes, int]:
    """The bytes of a plain notebook file, and its size; above ``SIZE_LIMIT`` without its outputs.

    Raises OSError, TooLong.
    """
    data, size = read_plain(path)
    if size <= SIZE_LIMIT:
        return data, size
    if size > FILE_LIMIT:
        raise TooLong(f"{size >> 20} MB")
    with _open_plain(path) as file, mmap(file.fileno(), 0, access=ACCESS_READ) as view:
        return without_outputs(view), size


def _open_plain(path: Path) -> BinaryIO:
    # It may have become a link or a pipe meanwhile: do not follow it, or wait for it.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = open(os.open(path, flags), "rb")  # noqa: SIM115  (the caller closes it)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a plain file")
    return file


def read_submission(handed_in: HandedIn) -> Submission:
    """Read the notebook that was handed in, however broken; never raises for what is in it."""
    facts = list(handed_in.facts)
    if handed_in.problem:
        return Submission(facts=facts, unreadable=handed_in.problem)
    data = handed_in.data
    try:
        data = without_outputs(data)
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
        line = f", line {error.lineno}" if len(data) == len(handed_in.data) else ""
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


def _name(cell: NotebookNode) -> str:
    nbgrader = cell.metadata.get("nbgrader", {})
    return str(nbgrader.get("grade_id") or cell.get("id", ""))


def rebuild(released: NotebookNode, submission: Submission) -> tuple[NotebookNode, list[str]]:
    """The notebook to grade, and the facts about repairs.

    released : the notebook as students received it.
    """
    notebook = copy.deepcopy(released)
    facts = list(submission.facts)
    cells_by_name = {_name(cell): cell for cell in notebook.cells}
    released_sources = {cell.source.strip() for cell in notebook.cells}
    answers: dict[str, tuple[str, str]] = {}
    added: dict[str, list[tuple[str, str]]] = defaultdict(list)  # by the cell above
    above = ""
    for kind, source, name in submission.cells:
        if name in cells_by_name:
            above = name
            if name in answers and is_solution(cells_by_name[name]):
                facts.append(f"The cell `{name}` was there more than once.")
                stub = cells_by_name[name].source.strip()
                if answers[name][1].strip() == stub:
                    del answers[name]  # the first was the untouched stub: this one counts
                elif source.strip() != stub:
                    added[above].append((kind, source))
            answers.setdefault(name, (kind, source))
        elif source.strip() and source.strip() not in released_sources:
            added[above].append((kind, source))
    cells = [_added_cell(kind, source) for kind, source in added[""]]
    for cell in notebook.cells:
        name = _name(cell)
        if not submission.unreadable:
            _fill_in(cell, answers.get(name), name, facts)
        cells.append(cell)
        cells += [_added_cell(kind, source) for kind, source in added[name]]
    for number, cell in enumerate(item for item in cells if "id" not in item):
        cell["id"] = f"added-{number + 1}"
    notebook.cells = cells
    for cell in notebook.cells:
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook, list(dict.fromkeys(facts))


def _fill_in(
    cell: NotebookNode, answer: tuple[str, str] | None, name: str, facts: list[str]
) -> None:
    """Put a student's source (type, text) into a cell of the release, unless that is locked."""
    if is_locked(cell):
        if answer is None:
            facts.append(f"The locked cell `{name}` was missing; it was put back.")
        elif answer[1].strip() != cell.source.strip():
            facts.append(f"The locked cell `{name}` had been changed; the released one was used.")
        return
    if answer is None:
        if is_solution(cell):
            facts.append(f"The answer cell `{name}` was missing.")
            if not is_grade(cell):
                # Not the stub, which would undo a function written in another cell.
                cell.source = "# (this cell was missing)"
        return
    kind, source = answer
    if kind != cell.cell_type:
        facts.append(f"The cell `{name}` had been turned into a {kind} cell.")
    if source != cell.source:
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
