"""Which cell of the release each cell of a submission is: by its name, else by what is in it.

Some tools drop ids and metadata. An unchanged cell is then known by its text, an answer by what it
defines, or by its place between cells that are known.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

__all__ = [
    "Cell", "answers_in", "definitions", "name_of", "other_notebook", "recognise", "same_text",
    "sole_definitions", "text_of", "with_ids",
]  # fmt: skip

Cell = tuple[str, str, str]
"""A cell's type, source and name, which is "" if no cell of the release has it."""

_DEFINED = re.compile(r"^(?:(?:async )?def|class) +(\w+)|^(\w+) *(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_OTHER_LANGUAGE = re.compile(r"\s*%%(?!time\b|capture\b|prun\b)")
_ID = re.compile(r"(?!added-|rubric-|about-this-)[A-Za-z0-9_-]{1,64}")  # those are graders' own
_PROGRESS = re.compile(r"^progress\([\"']([\w.-]{1,64})[\"']\)", re.MULTILINE)
_TITLE = re.compile(r"^# +(\S.{0,79})", re.MULTILINE)


def with_ids(notebook: NotebookNode) -> NotebookNode:
    """A copy in which each cell has an id of its own, as since format 4.5.

    A missing, doubled or bad id is replaced by one that says the cell's place.
    """
    notebook = copy.deepcopy(notebook)
    # Nor may an id be another cell's name.
    pairs = [{cell.get("id"), name_of(cell)} for cell in notebook.cells]
    counts = Counter(name for pair in pairs for name in pair)
    for number, cell in enumerate(notebook.cells):
        if counts[cell.get("id")] > 1 or not _ID.fullmatch(cell.get("id") or ""):
            cell.id = f"cell-{number}"
            while cell.id in counts:
                cell.id += "-"
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return notebook


def name_of(cell: NotebookNode) -> str:
    """The name of a released cell: its nbgrader id, else its own."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return str(nbgrader.get("grade_id") or cell.get("id", ""))


def text_of(source: str) -> str:
    """The source without what editors change: line ends, and white space before them."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def same_text(source: str, cell: NotebookNode) -> bool:
    """Whether the source is that of the released cell."""
    return text_of(source) == text_of(cell.source)


def definitions(source: str) -> set[str]:
    """What a cell defines, by the lines that do so.

    >>> sorted(definitions("def f(x):\\n    y = x\\nz: int = f(1) == 2"))
    ['f', 'z']

    A cell magic may make it a file, or another language's program:

    >>> definitions("%%writefile helper.py\\ndef f(x): return x")
    set()
    """
    if _OTHER_LANGUAGE.match(source):
        return set()
    return {function or variable for function, variable in _DEFINED.findall(source)}


def sole_definitions(released: NotebookNode) -> dict[str, int]:
    """What one answer cell defines and no other released cell does, with the cell's number."""
    cells = [
        definitions(cell.source) if cell.cell_type == "code" else set[str]()
        for cell in released.cells
    ]
    counts = Counter(name for names in cells for name in names)
    return {
        name: number
        for number, names in enumerate(cells)
        for name in names
        if counts[name] == 1 and is_solution(released.cells[number])
    }


def recognise(released: NotebookNode, cells: Sequence[Cell]) -> list[Cell]:
    """The submission's cells, each with the name of the released cell that it is, or ""."""
    places = {name_of(cell): number for number, cell in enumerate(released.cells)}
    places.pop("", None)
    known = {at: places[name] for at, (_, _, name) in enumerate(cells) if name in places}
    chain = _in_order(_pairs(released, cells, known))
    known = dict(chain) | known
    if not other_notebook(released, _with_names(released, cells, known)):
        known |= _by_place(released, cells, known, chain)
    return _with_names(released, cells, known)


def _with_names(released: NotebookNode, cells: Sequence[Cell], known: dict[int, int]) -> list[Cell]:
    names = {at: name_of(released.cells[number]) for at, number in known.items()}
    return [(kind, source, names.get(at, "")) for at, (kind, source, _) in enumerate(cells)]


def _pairs(
    released: NotebookNode, cells: Sequence[Cell], known: dict[int, int]
) -> list[tuple[int, int]]:
    """Which cell may be which, as numbers (handed in, released)."""
    taken = set(known.values())
    by_text: dict[str, list[int]] = defaultdict(list)
    for number, cell in enumerate(released.cells):
        if number not in taken and cell.source.strip():
            by_text[text_of(cell.source)].insert(0, number)
    defining = {
        name: number for name, number in sole_definitions(released).items() if number not in taken
    }
    pairs = []
    for at, (kind, source, _) in enumerate(cells):
        numbers = [known[at]] if at in known else by_text.get(text_of(source), [])
        if not numbers and kind == "code":
            numbers = sorted(defining[name] for name in definitions(source) & defining.keys())[:1]
        pairs += [(at, number) for number in numbers]
    return pairs


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs in which both numbers rise.

    The pairs are sorted: the first number rises; where it is the same, the second falls.
    """
    ends: list[int] = []  # the least second number with which a chain of each length ends
    last: list[int] = []  # and the pair that it is from
    before: list[int] = []
    for number, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        last[length : length + 1] = [number]
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _by_place(
    released: NotebookNode,
    cells: Sequence[Cell],
    known: dict[int, int],
    chain: Sequence[tuple[int, int]],
) -> dict[int, int]:
    """Where between two known cells as many are unknown as missing (or, of answers, missing)."""
    taken = set(known.values())
    texts = {text_of(cell.source) for cell in released.cells} | {""}
    places: dict[int, int] = {}
    begin, first = -1, -1
    for end, last in [*chain, (len(cells), len(released.cells))]:
        unknown = [
            at
            for at in range(begin + 1, end)
            if at not in known and text_of(cells[at][1]) not in texts
        ]
        missing = [number for number in range(first + 1, last) if number not in taken]
        for kind in ("code", "markdown", "raw") if unknown else ():
            ats = [at for at in unknown if cells[at][0] == kind]
            alike = [number for number in missing if released.cells[number].cell_type == kind]
            unlocked = [number for number in alike if not is_locked(released.cells[number])]
            answers = [number for number in unlocked if is_solution(released.cells[number])]
            for numbers in (unlocked, answers):
                if len(ats) == len(numbers):
                    places |= dict(zip(ats, numbers, strict=True))
                    break
        begin, first = end, last
    return places


def answers_in(released: NotebookNode, cells: Sequence[Cell]) -> float:
    """How many answers there are among the recognised `cells`; 0.5 if perhaps some in words."""
    texts = {text_of(cell.source) for cell in released.cells}
    names = {name_of(cell) for cell in released.cells if is_solution(cell)}
    own = [(source, name) for _, source, name in cells if text_of(source) not in texts | {""}]
    defined = sole_definitions(released).keys()
    answers = sum(name in names or bool(definitions(source) & defined) for source, name in own)
    words = bool(own) and any(name for _, _, name in cells)
    return answers or (0.5 if words and not other_notebook(released, cells) else 0.0)


def other_notebook(released: NotebookNode, cells: Sequence[Cell]) -> str:
    """A sentence if the recognised `cells` are those of another notebook, else "".

    That is so if its name, or else its title, is another, and at most a tenth of the answers and
    checks are there.
    """
    marked = [cell for cell in released.cells if is_solution(cell) or is_grade(cell)]
    # "YOUR ANSWER HERE" stands in every notebook.
    marked = [cell for cell in marked if cell.cell_type == "code"] or marked
    names = {name for _, _, name in cells}
    if sum(name_of(cell) in names for cell in marked) * 10 > len(marked):
        return ""
    own = [(cell.cell_type, cell.source) for cell in released.cells]
    handed_in = [(kind, source) for kind, source, _ in cells]
    for kind, pattern in (("code", _PROGRESS), ("markdown", _TITLE)):
        expected, actual = _first(pattern, kind, own), _first(pattern, kind, handed_in)
        if expected and actual and expected != actual:
            return f"This is the notebook {actual}, not {expected}."
        if expected and actual:
            return ""
    return ""


def _first(pattern: re.Pattern[str], kind: str, cells: Iterable[tuple[str, str]]) -> str:
    matches = (pattern.search(source) for cell_type, source in cells if cell_type == kind)
    text = next((match[1] for match in matches if match), "")
    return "".join(filter(str.isprintable, text)).strip()
