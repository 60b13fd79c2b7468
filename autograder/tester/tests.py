"""The tester's end: runs the instructor's cells, with stand-ins for what the notebook defined.

Whose a name is follows from the instructor's own notebook: the last cell before the test that binds
it. If that cell was given to the tester, the tester runs it and keeps its own value, which no
answer can replace; else the value comes from the notebook, anew for each test.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import random
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from .cells import Cell, Cells
from .codec import Codec
from .errors import BadMessage, Lost, Refused
from .files import Files, names_of_files
from .library import Library
from .line import Exchange, from_text, to_text
from .names import Names
from .served import Served, describe
from .standins import Module, StandIns
from .table import Table

__all__ = ["Tests"]

_USUAL = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sp": "scipy", "mpl": "matplotlib",
    "sns": "seaborn", "sm": "statsmodels.api", "nx": "networkx", "tf": "tensorflow",
}  # fmt: skip
"""What usual short names of modules mean. Any other name is that of the module itself."""


_DATA_METHODS = {
    name
    for kind in (str, bytes, int, float, complex, list, tuple, dict, set, range, np.ndarray)
    for name in dir(kind)
    if callable(getattr(kind, name, None))
} | {
    "allclose", "array_equal", "between", "compare", "contains", "eq", "equal", "equals",
    "fullmatch", "ge", "gt", "identical", "isin", "le", "lt", "match", "ne", "search",
}  # fmt: skip
"""Methods of plain data, those of pandas that compare among them."""


class Tests:
    """Runs test cells in the namespace of `shell`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._namespace: dict[str, Any] = shell.user_ns
        self._hidden = {*shell.user_ns, *vars(builtins)}
        self._cells = Cells(shell.transform_cell)
        self._read: set[str] = set()
        self._methods: set[str] = set()
        self._fetched: dict[str, Any] = {}
        self._sent: dict[str, Any] = {}
        self._bound: set[str] = set()
        self._files = Files(guarded=True)
        self._exchange: Exchange | None = None
        self._kept: BaseException | None = None
        self._refused: Refused | None = None
        self.begin()

    def begin(self) -> None:
        """Begin anew with a notebook's process that has just started: it knows no object."""
        self._table = Table(0)
        self._stand_ins = StandIns(self.ask, self.refuse, self._table)
        self._served = Served(self._table, self._namespace)
        library, rebuild = Library(), self._stand_ins.rebuild
        self._codec = Codec(self._table, describe, rebuild, library.name, library.resolve)
        self._random = random.getstate()
        self._numpy_random = _numpy_state()

    # -- cells ---------------------------------------------------------------------------------

    def handle(self, request: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Serve one request of the grader: what is new, and then a cell to run or to share."""
        if request.get("begin"):
            self.begin()
        self._cells.learn(request.get("learn", ()))
        for source in request.get("provide", ()):
            self._cells.locate(source).given = True  # it runs when a test needs a name of it
        count, success = self._shell.execution_count, True
        if "share" in request:
            self.share(request["share"], exchange)
        if "run" in request:
            success = self.run(request["run"], exchange)
        return {"count": count, "success": success}

    def run(self, source: str, exchange: Exchange) -> bool:
        """Run a test cell; whether it succeeded."""
        cell = self._cells.locate(source)
        with self._line(exchange):
            cell.given = cell.done = cell.is_test = True
            self._read = self._cells.of_answers(lambda names: names.read_by_functions)
            self._methods = self._cells.of_answers(lambda names: names.methods)
            self._bound = cell.names.binds - self._read
            self._sent, self._kept, self._refused = {}, None, None
            try:
                self._prepare(cell.names, self._cells.position - 1)
            except (BadMessage, Refused) as error:
                return self._show(error)
            result = self._shell.run_cell(source, store_history=True)
        # A test that expects a TypeError must not take a refusal for one.
        if result.success and self._refused:
            return self._show(self._refused)
        return bool(result.success)

    def _show(self, error: BaseException) -> bool:
        self._shell.showtraceback((type(error), error, None))
        return False

    @contextlib.contextmanager
    def _line(self, exchange: Exchange) -> Iterator[None]:
        self._exchange = exchange
        try:
            yield
        finally:
            self._exchange = None

    # -- names ---------------------------------------------------------------------------------

    def _prepare(self, names: Names, position: int) -> None:
        """Bind what a cell at `position` loads: the tester's own, and from the notebook."""
        fetch: set[str] = set()
        self._collect(names.loads, position, fetch, set())
        given = self._files.watch(names_of_files(names.texts))
        if not fetch and given is None:
            return
        values, contents = self.ask("names", tuple(sorted(fetch)), given)
        self._files.write(contents)
        for name in fetch & self._fetched.keys() - values.keys():
            if self._namespace.get(name) is self._fetched.pop(name):
                del self._namespace[name]
        for name in fetch & values.keys():
            value = values[name]
            if isinstance(value, Module):
                value = _module(name, value.name)
                if value is None:
                    continue
            self._namespace[name] = self._fetched[name] = value

    def _collect(
        self, names: Iterable[str], position: int, fetch: set[str], seen: set[int]
    ) -> None:
        """Run the cells of the tester that are needed; add to `fetch` what is the notebook's."""
        for name in sorted(names):
            binder = self._cells.binder(name, position)
            if binder is None:
                imported = any(self._import(name, cell) for cell in self._cells)
                if not (imported or self._bound_by_star(name) or name in self._hidden):
                    # To ask for what no answer binds would tell words of the test.
                    fetch |= {name} & self._cells.of_answers(lambda names: names.binds)
            elif not self._cells.is_the_testers(name, binder, position):
                cell = self._cells[binder]
                usual = self._import(name, cell) or hasattr(builtins, name)
                if name in cell.names.definitions or not usual:
                    fetch.add(name)
            else:
                for number in self._cells.concerning(name, binder, position):
                    if number not in seen:
                        seen.add(number)
                        self._run_provided(self._cells[number], number)
                        needed = self._cells[number].names.loads
                        self._collect(needed, position, fetch, seen)

    def _bound_by_star(self, name: str) -> bool:
        for cell in self._cells:
            for statement in cell.imports("*"):
                self._execute(statement)
        return name in self._namespace and name not in self._fetched and name not in self._hidden

    def _import(self, name: str, cell: Cell) -> bool:
        """Whether a cell with answers only imports this name, and the tester could do so too."""
        if name in cell.names.definitions:
            return False
        return any(self._execute(statement) for statement in cell.imports(name))

    def _run_provided(self, cell: Cell, position: int) -> None:
        if cell.done:
            return
        cell.done = True
        self._prepare(cell.names, position)
        self._execute(cell.source)
        for name in cell.names.binds:
            self._fetched.pop(name, None)

    def _execute(self, source: str) -> bool:
        """Run instructor's code unseen; whether it succeeded."""
        unseen = io.StringIO()
        with (
            self._shell.builtin_trap,  # `get_ipython` and the like, as in a cell
            contextlib.redirect_stdout(unseen),
            contextlib.redirect_stderr(unseen),
        ):
            try:
                exec(compile(source, "<provided>", "exec"), self._namespace)
            except Lost:
                raise
            except Exception:
                return False
        return True

    def share(self, source: str, exchange: Exchange) -> None:
        """Give the notebook what this cell of the instructor loads and cells here have bound."""
        cell = self._cells.locate(source)
        variables: dict[str, Any] = {}
        sources: list[str] = []
        for name in cell.names.loads:
            number = self._cells.binder(name, self._cells.position - 1)
            if number is None or name not in self._namespace:
                continue
            if not self._cells.is_of_tests(name, number):
                continue
            binder = self._cells[number]
            texts = [*binder.imports(name)]
            texts += [binder.names.definitions[name]] if name in binder.names.definitions else []
            if texts:
                sources += texts
            elif binder.is_test or self._is_data(self._namespace[name]):
                variables[name] = self._namespace[name]
        if variables or sources:
            with self._line(exchange):
                self.ask("define", tuple(sources), variables)

    @staticmethod
    def _is_data(value: Any) -> bool:
        """Whether all of a value travels: of an object of its own, a notebook has its own one."""
        objects: list[Any] = []

        def describe(value: Any) -> list[Any]:
            objects.append(value)
            return []

        try:
            Codec(Table(0), describe, lambda parts: None).encode(value)
        except Exception:  # a value may do anything when it is looked at
            return False
        return not objects

    # -- the line ------------------------------------------------------------------------------

    def ask(self, name: str, *operands: Any) -> Any:
        """Ask the notebook; raises what its answer raised."""
        __tracebackhide__ = True
        if name == "method":
            self._require_known(*operands[:2])
        value = self._ask(name, *operands)
        if name == "getattr" and callable(value):
            self._require_known(*operands)
        return value

    def _require_known(self, value: Any, method: str) -> None:
        """Refuse a method that no class of the solution has, or on libraries' objects one of data.

        A lying object's `equals` would be shown the expected value, and decide.
        """
        __tracebackhide__ = True
        kind = value if isinstance(value, type) else type(value)
        strict = kind.__module__ == "__main__" or method in _DATA_METHODS
        if strict and method not in self._methods:
            self.refuse(f"an object stands here where plain data were expected: {method}")

    def refuse(self, message: str) -> NoReturn:
        """Raise, and fail the cell even if it catches that."""
        self._refused = Refused(message)
        raise self._refused

    def _ask(self, name: str, *operands: Any) -> Any:
        __tracebackhide__ = True
        exchange = self._exchange
        if exchange is None:
            raise Lost("This belongs to a cell that has ended.")
        text = exchange(to_text(self._codec, (name, operands, self._state())), self._serve)
        if not text:
            raise Lost("The notebook's process has ended, or may not be asked any more.")
        try:
            status, value, state = from_text(self._codec, text)
            self._take(state)
        except (BadMessage, ValueError, TypeError, AttributeError) as error:
            raise Refused(
                f"The notebook's process gave an answer that cannot be read: {error}"
            ) from None
        if self._kept:
            kept, self._kept = self._kept, None
            raise kept
        if status == "error" and isinstance(value, Exception):
            where = state.get("where")
            if type(where) is str and where:
                value.add_note(where[:2000])
            raise value
        return value

    def _state(self) -> dict[str, Any]:
        """What the test has changed and answers may read."""
        state: dict[str, Any] = {}
        if (now := random.getstate()) != self._random:
            self._random = state["random"] = now
        if not _same_state(new := _numpy_state(), self._numpy_random):
            self._numpy_random = state["numpy_random"] = new
        files = self._files.changed()
        if files:
            state["files"] = files
        changed = {}
        for name in self._read | self._fetched.keys():
            value = self._namespace.get(name, self)
            if value is not self and self._is_shared(name, value):
                changed[name] = self._sent[name] = value
                if name in self._fetched:
                    self._fetched[name] = value
        if changed:
            state["variables"] = changed
        deleted = [name for name in self._fetched if name not in self._namespace]
        if deleted:
            state["deleted"] = tuple(deleted)
        return state

    def _is_shared(self, name: str, value: Any) -> bool:
        """Whether the test has given a new value to a variable that answers read."""
        if name in self._hidden or isinstance(value, types.ModuleType):
            return False
        if name in self._fetched:
            return name in self._read and value is not self._fetched[name]
        cell = self._cells[self._cells.position - 1]
        return name in cell.names.binds and value is not self._sent.get(name, self)

    def _take(self, state: Any) -> None:
        printed = state.get("printed", "")
        if type(printed) is str and printed:
            sys.stdout.write(printed)
        self._files.write(state.get("files", {}))
        for name, value in state.get("variables", {}).items():
            known = name in self._fetched and self._namespace.get(name) is self._fetched[name]
            if known and name not in self._bound and not isinstance(value, Module):
                self._namespace[name] = self._fetched[name] = value

    def _serve(self, text: str) -> str:
        """The reply to what an answer asks meanwhile: a callback, or `input`."""
        reply: tuple[str, Any]
        try:
            name, operands, state = from_text(self._codec, text)
            self._take(state)
            reply = ("ok", self._served(name, operands))
        except BadMessage as error:
            reply = ("error", TypeError(str(error)))
        except BaseException as error:
            if isinstance(error, (AssertionError, Lost, KeyboardInterrupt)):
                self._kept = error  # an answer cannot swallow it
            reply = ("error", error)
        return to_text(self._codec, (*reply, self._state()))


def _numpy_state() -> tuple[Any, ...]:
    return np.random.get_state()  # type: ignore[return-value]  # noqa: NPY002


def _same_state(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return one[2:] == other[2:] and bool(np.array_equal(one[1], other[1]))


def _module(name: str, claimed: str) -> Any:
    """The module that a test means by `name`, if the notebook has bound that to it."""
    if claimed != _USUAL.get(name, name):
        return None
    try:
        return importlib.import_module(claimed)
    except Exception:
        return None
