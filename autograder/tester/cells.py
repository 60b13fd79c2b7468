"""The instructor's cells in their order: what each name is, and whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .names import Names, names_of

__all__ = ["Cell", "Cells"]


@dataclass
class Cell:
    """A cell of the instructor's notebook.

    given : it is the tester's; done : and has run; is_test : and ran here alone.
    """

    source: str
    names: Names
    given: bool = False
    done: bool = False
    is_test: bool = False

    def imports(self, name: str) -> Iterator[str]:
        """Its statements that import this name; "*" for those that import all of a module."""
        return (statement for statement, bound in self.names.imports if name in bound)


class Cells:
    """The cells of the instructor's notebook, up to which the tester has come.

    transform : turns a cell with magics into Python.
    """

    def __init__(self, transform: Callable[[str], str]) -> None:
        self._transform = transform
        self._cells: list[Cell] = []
        self._analysed: dict[str, tuple[str, Names]] = {}
        self.position = 0

    def __getitem__(self, number: int) -> Cell:
        return self._cells[number]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells)

    def learn(self, sources: Iterable[str]) -> None:
        """Take the instructor's notebook, its solutions with it."""
        self._cells += map(self._analyse, sources)

    def _analyse(self, source: str) -> Cell:
        if source not in self._analysed:
            text = self._transform(source)
            self._analysed[source] = text, names_of(text)
        return Cell(*self._analysed[source])

    def locate(self, source: str) -> Cell:
        """The cell of the instructor's notebook that this is; else a new one at this place."""
        cell = self._analyse(source)
        if self.position and self._cells[self.position - 1].source == cell.source:
            return self._cells[self.position - 1]
        for number in range(self.position, len(self._cells)):
            if self._cells[number].source == cell.source:
                self.position = number + 1
                return self._cells[number]
        self._cells.insert(self.position, cell)
        self.position += 1
        return cell

    def binder(self, name: str, position: int) -> int | None:
        """The last cell before `position` that gives this name a value."""
        for number in range(min(position, len(self._cells)) - 1, -1, -1):
            if name in self._cells[number].names.binds:
                return number
        return None

    def is_the_testers(self, name: str, binder: int, position: int) -> bool:
        """Whether the tester has the cell that binds `name`, and no answer changes the data."""
        cell = self._cells[binder]
        if not cell.given or name in cell.names.definitions or any(cell.imports(name)):
            return cell.given
        between = self._cells[binder:position]
        return not any(not other.given and name in other.names.touches for other in between)

    def is_of_tests(self, name: str, binder: int) -> bool:
        """Whether tests have bound or changed `name`: the notebook has not what they made of it."""
        later = self._cells[binder : self.position]
        return any(cell.is_test and name in cell.names.binds | cell.names.touches for cell in later)

    def concerning(self, name: str, binder: int, position: int) -> Iterator[int]:
        """The cells of the tester from `binder` on that bind or change `name`."""
        for number in range(binder, position):
            names = self._cells[number].names
            if self._cells[number].given and name in names.binds | names.touches:
                yield number

    def of_answers(self, what: Callable[[Names], set[str]]) -> set[str]:
        """All of these names in the cells that are not the tester's."""
        return set().union(*(what(cell.names) for cell in self._cells if not cell.given))
