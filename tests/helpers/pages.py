"""Pages of the book for their tests: the code in them, run as a reader would, and their tables."""

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers import ROOT

BOOK = ROOT / "book"
LECTURE = Path(os.environ.get("LECTURE6", ROOT / ".." / "shared" / "lecture6.txt"))
"""The lecture's text, which is not part of the project."""
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.S | re.M)


class Page:
    """One Markdown page. Its blocks are one program: each sees the names of those before it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    def blocks(self) -> list[str]:
        """Each block, moved down to its own line of the page, which tracebacks then name."""
        blocks = BLOCK.finditer(self.text)
        return ["\n" * self.text.count("\n", 0, block.start(1)) + block[1] for block in blocks]

    @cached_property
    def names(self) -> dict[str, Any]:
        """The variables of the page after all its blocks have run."""
        scope: dict[str, Any] = {"__name__": "__main__"}
        for block in self.blocks():
            exec(compile(block, str(self.path), "exec"), scope)
        return scope

    def cell(self, section: str, row: str, column: str) -> str:
        """What the first table under the heading `section` says; a row is named by its start."""
        lines = self.text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0].splitlines()
        table = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line
        ]
        (line,) = [cells for cells in table if cells[0].startswith(row)]
        return line[table[0].index(column)]
