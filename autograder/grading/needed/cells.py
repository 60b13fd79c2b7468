"""Which cells of a notebook need not run."""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from .effects import Effects, Statement, effects_of
from .library import LOOKS_UP, LOOKS_UP_ANYWHERE, MODULES, Library, changed, is_in, lasts

__all__ = ["Part", "left_out"]

_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[dio]h")
"""IPython's variables, in which earlier cells and their results are."""
_BUILTINS = frozenset(dir(builtins))
_LONGEST, _LONGEST_TOGETHER, _MOST_STATEMENTS = 20_000, 200_000, 1_000
"""Characters of one of the student's cells, and of all; their statements. Beyond, all cells run."""


@dataclass(frozen=True)
class Part:
    """A code cell, in its place.

    plain : it is the release's, unchanged, and earns nothing; ours : the source is the course's.
    asked : names that a test takes from the notebook.
    """

    name: str
    source: str
    plain: bool = False
    ours: bool = True
    asked: tuple[str, ...] = ()


def left_out(parts: Sequence[Part], library: Library) -> dict[str, set[str]]:
    """The cells that need not run, by name, and the names that each of them would bind.

    >>> cells = [Part("x", "x = 1"), Part("plot", "y = x + 1", plain=True), Part("answer", "x")]
    >>> left_out(cells, Library())
    {'plot': {'y'}}
    >>> left_out([*cells, Part("own", "print(y)", ours=False)], Library())
    {}
    """
    theirs = [part.source for part in parts if not part.ours]
    if (
        max(map(len, theirs), default=0) > _LONGEST
        or sum(map(len, theirs)) > _LONGEST_TOGETHER
        or sum(len(effects_of(source).statements) for source in theirs) > _MOST_STATEMENTS
    ):
        return {}
    notebook = _Notebook(parts, library)
    running = [not part.plain for part in parts]
    added = [at for at, run in enumerate(running) if run]
    while added:
        if any(notebook.looks_up(at) for at in added):
            return {}
        added = notebook.that_matter(running)
        for at in added:
            running[at] = True
    return {
        part.name: effects_of(part.source).binds
        for part, run in zip(parts, running, strict=True)
        if not run
    }


class _Notebook:
    """What the cells of a notebook do to each other."""

    def __init__(self, parts: Sequence[Part], library: Library) -> None:
        self._library = library
        self._cells = [effects_of(part.source) for part in parts]
        self._asked = [set(part.asked) for part in parts]
        statements = [item for cell in self._cells for item in cell.statements]
        self._imports: dict[str, str] = {}
        self._definitions: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            for name, dotted in statement.imports.items():
                known = self._imports.setdefault(name, dotted)
                self._imports[name] = dotted if dotted == known else "two modules"
            for name in statement.binds - statement.imports.keys():
                self._definitions[name].append(statement)
        self._variables = self._find_variables(statements)
        self._groups = _Groups()
        self._used: dict[str, set[str]] = {}
        for statement in statements:
            variables = statement.names & self._variables
            self._groups.join(variables.union(*map(self._used_by, statement.names - variables)))

    def _find_variables(self, statements: Iterable[Statement]) -> set[str]:
        """The names whose value somebody may change."""
        variables: set[str] = set()
        handed_on: set[str] = set()
        for statement in statements:
            variables |= changed(statement.later, self._imports)
            for names in (statement.now, statement.later):
                handed_on |= names.shares | names.touches | names.changes
        for statement in statements:
            variables |= statement.values & handed_on if statement.flat else statement.values
        of_modules = set()
        for name, dotted in self._imports.items():
            last = dotted.rpartition(".")[2]
            functions = self._library.functions - self._library.values | self._library.roots
            if is_in(dotted, MODULES) or last in functions:
                of_modules.add(name)
            else:
                variables.add(name)
        return variables - (of_modules - self._definitions.keys())

    def looks_up(self, at: int) -> bool:
        """Whether a cell may read names that its text does not show."""
        cell = self._cells[at]
        names = cell.inputs & LOOKS_UP or any(map(_HISTORY.fullmatch, cell.inputs))
        words = any(item.words & LOOKS_UP_ANYWHERE for item in cell.statements)
        return cell.unknown or bool(names) or words

    def that_matter(self, running: Sequence[bool]) -> list[int]:
        """The cells not `running` of which one that runs could tell that they did not run."""
        read: set[str] = set()  # by later cells, even indirectly
        matter = []
        for at in reversed(range(len(running))):
            cell = self._cells[at]
            if running[at]:
                read |= self._reach(cell.inputs | self._asked[at])
            elif self._matters(cell, read):
                matter.append(at)
        return matter

    def _matters(self, cell: Effects, read: Set[str]) -> bool:
        reached = self._reach(cell.inputs)
        if cell.unknown or cell.settings or self._lasts(cell, reached) or cell.binds & read:
            return True
        lasting = self._imports.keys() | cell.inputs & read
        if any(changed(item.now, self._imports) & lasting for item in cell.statements):
            return True
        variables = (reached | cell.binds) & self._variables
        return self._groups.common(variables, read & self._variables)

    def _reach(self, names: Set[str]) -> set[str]:
        """These names, and those that their definitions mention."""
        return self._follow(names, self._definitions.keys())

    def _used_by(self, function: str) -> set[str]:
        """The variables that a function mentions, or those that it calls."""
        if function not in self._used:
            functions = self._definitions.keys() - self._variables
            self._used[function] = self._follow({function}, functions) & self._variables
        return self._used[function]

    def _follow(self, names: Set[str], through: Set[str]) -> set[str]:
        reached, waiting = set(names), list(names)
        while waiting:
            name = waiting.pop()
            for statement in self._definitions[name] if name in through else ():
                more = statement.names - reached
                reached |= more
                waiting += more
        return reached

    def _lasts(self, cell: Effects, reached: Set[str]) -> bool:
        """Whether a cell that reaches these names may leave something else behind."""
        if "*" in self._imports and reached - self._known():
            return True
        functions = [
            item for name in reached for item in self._definitions.get(name, ()) if item.later.loads
        ]
        statements = [*cell.statements, *functions]
        modules = {self._imports[name] for name in reached & self._imports.keys()}
        modules.update(*(item.modules for item in statements))
        trusted = (*MODULES, *self._library.roots)
        return not all(is_in(dotted, trusted) for dotted in modules) or any(
            lasts(item, self._imports)
            or item.words & self._library.stateful
            or item.later.touches & self._imports.keys()
            or any(map(self._is_variable_of_library, item.chains))
            for item in statements
        )

    def _is_variable_of_library(self, chain: str) -> bool:
        """Whether a dotted name is a variable that others may import by another name."""
        module, *names = chain.split(".")
        of_library = is_in(self._imports.get(module, "?"), self._library.roots)
        return of_library and not self._library.values.isdisjoint(names)

    def _known(self) -> set[str]:
        return {*self._definitions, *self._imports, *_BUILTINS}


class _Groups:
    """Variables that may hold parts of each other."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def _root(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def join(self, names: Iterable[str]) -> None:
        roots = [self._root(name) for name in names]
        for root in roots:
            self._parent[root] = roots[0]

    def common(self, names: Iterable[str], others: Iterable[str]) -> bool:
        return not {*map(self._root, names)}.isdisjoint(map(self._root, others))
