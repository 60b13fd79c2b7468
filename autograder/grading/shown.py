"""What of a submission is on its pages: bounded in size, and in the time that a page takes.

nbconvert makes the pages (feedback, formgrader) with regular expressions that take quadratic time
and more for some texts, and with a deep stack for others. So the graded notebook shows long cells
cut, and words that take long as they were typed. What was handed in stays as it is: that ran.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial

from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbconvert.filters.strings import strip_files_prefix
from nbformat import NotebookNode
from nbgrader.utils import is_locked

from .time_limit import TimeUp, within

__all__ = ["Page", "without_many_colours"]

WORDS = 10_000
"""Most characters of a cell in words whose Markdown is laid out."""
SHOWN = 20_000
"""Most characters of a cell that are shown."""
ALL = 400_000
"""Most characters of all cells that a student wrote."""
_MARKUP = 100  # characters that a cell counts at least, for what the page has around it
_CELL_SECONDS = 3.0  # to lay out one cell; honest ones take a tenth
_PAGE_SECONDS = 20.0
_SHORT = 4_000  # characters of code that need no trial
_FRAMES = 400  # of the stack, which a page's own program may take
_LINE = 500  # characters: some expressions are quadratic within a line
_OUTPUT = 50_000  # characters of an output whose colours are shown
_COLOURS = re.compile(r"\x1b(\[[\d;]*m)?")

_coloured = Highlight2HTML(pygments_lexer="ipython3")


class Page:
    """The page of one submission.

    released : the notebook as students received it; its own cells are not looked at.
    """

    def __init__(self, released: NotebookNode) -> None:
        self._given = {(cell.cell_type, cell.source) for cell in released.cells}
        self._left, self._seconds = ALL, _PAGE_SECONDS
        self._cut: list[str] = []

    def bound(self, notebook: NotebookNode) -> list[str]:
        """Cut what is too long in the cells that a student wrote; returns facts about it."""
        cells = [cell for cell in notebook.cells if self._fits(cell)]
        left_out, cut = len(notebook.cells) - len(cells), self._cut
        notebook.cells = cells
        facts = []
        if cut:
            more = f", and so are {len(cut) - 5} more" if len(cut) > 5 else ""
            facts.append(f"Long cells are cut here: {'; '.join(cut[:5])}{more}.")
        if left_out:
            facts.append(f"Of the added cells, {left_out:,} are left out here: there are too many.")
        return facts

    def _fits(self, cell: NotebookNode) -> bool:
        """Whether the cell, bounded, is on the page: all are but added ones that are too many."""
        if is_locked(cell) or (cell.cell_type, cell.source) in self._given:
            return True
        if self._left <= 0 and str(cell.id).startswith("added-"):
            return False
        most = max(min(self._left, SHOWN), _MARKUP)
        characters = len(cell.source)
        bound = self._bound_words if cell.cell_type == "markdown" else self._bound_code
        shown = bound(cell, most)
        self._left -= max(shown, _MARKUP)
        if shown < characters:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            where = f"`{name}`" if name else "a cell"
            self._cut.append(f"{shown:,} of the {characters:,} characters of {where} are shown")
        return True

    def _bound_words(self, cell: NotebookNode, most: int) -> int:
        text = cell.source
        if len(text) > min(WORDS, most) or not self._can_lay_out(_laid_out, text):
            cell.source = _as_typed(text[:most], len(text))
        return min(len(text), most)

    def _bound_code(self, cell: NotebookNode, most: int) -> int:
        text = cell.source[:most]
        # Cells in other languages have other colours, by other expressions.
        needs_trial = len(text) > _SHORT or "%%" in text
        if needs_trial and not self._can_lay_out(_coloured, text):
            text = text[:_SHORT]
        if len(text) < len(cell.source):
            cell.source = f"{text}\n# [cut here, of {len(cell.source):,} characters]"
        return len(text)

    def _can_lay_out(self, function: Callable[[str], object], text: str) -> bool:
        """Whether nbconvert can make its page of this text, and in time."""
        if self._seconds <= 0:
            return False
        began = time.monotonic()
        try:
            within(_CELL_SECONDS, partial(_below, _FRAMES, partial(function, text)))
        except (TimeUp, Exception):  # of a text that somebody made for that, anything
            return False
        finally:
            self._seconds -= time.monotonic() - began
        return True


def _laid_out(markdown: str) -> str:
    # nbconvert fails for pasted pictures that are not given along; rebuilding kept those there are.
    return strip_files_prefix(markdown2html_mistune(markdown.replace("](attachment:", "](")))


def _below(frames: int, function: Callable[[], object]) -> object:
    """``function()``, called below so many frames of the stack."""
    return _below(frames - 1, function) if frames else function()


def _as_typed(text: str, characters: int) -> str:
    """Markdown that shows a text as it was typed, and is laid out in no time."""
    part = f"the first {len(text):,} of {characters:,} characters, "
    cut = part if len(text) < characters else ""
    note = f"*(Shown here: {cut}as typed, because it is too long to lay out, or takes too long.)*"
    fence = "~" * (max(map(len, re.findall("~+", text)), default=0) + 3)
    lines = re.sub(rf"([^\n]{{{_LINE}}})(?!\n)", r"\1\n", text)
    return f"{note}\n\n{fence}text\n{lines}\n{fence}"


def without_many_colours(text: str) -> str:
    """The text of an output; without its colours if it is long, since a page takes long for them.

    >>> without_many_colours("\\x1b[31mred")
    '\\x1b[31mred'
    """
    return text if len(text) <= _OUTPUT else _COLOURS.sub("", text)
