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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .codec import Codec
from .errors import BadMessage, Lost, Refused
from .files import Files, names_of_files
from .line import Exchange, from_text, to_text
from .names import Names, names_of
from .standins import Module, StandIns
from .table import Table

__all__ = ["Tests"]

_USUAL = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sp": "scipy", "mpl": "matplotlib",
    "sns": "seaborn", "sm": "statsmodels.api", "nx": "networkx", "tf": "tensorflow",
}  # fmt: skip
"""What usual short names of modules mean. Any other name is that of the module itself."""
_FRAMES = (types.FrameType, types.CodeType, types.TracebackType, types.ModuleType)


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


@dataclass
class _Cell:
    """A cell of the instructor's notebook; given : it is the tester's; done : and has run."""

    source: str
    names: Names
    given: bool = False
    done: bool = False


class Tests:
    """Runs test cells in the namespace of `shell`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._namespace: dict[str, Any] = shell.user_ns
        self._hidden = {*shell.user_ns, *vars(builtins)}
        self._cells: list[_Cell] = []
        self._read: set[str] = set()
        self._methods: set[str] = set()
        self._fetched: dict[str, Any] = {}
        self._sent: dict[str, Any] = {}
        self._position = 0
        self._files = Files(guarded=True)
        self._exchange: Exchange | None = None
        self._kept: BaseException | None = None
        self.begin()

    def begin(self) -> None:
        """Begin anew with a notebook's process that has just started: it knows no object."""
        self._table = Table(0)
        self._stand_ins = StandIns(self.ask, self._table)
        self._codec = Codec(
            self._table, self._describe, self._stand_ins.rebuild, self._library, self._resolve
        )
        self._from_library: dict[tuple[str, str], Any] = {}
        self._random = random.getstate()
        self._numpy_random = _numpy_state()

    # -- cells ---------------------------------------------------------------------------------

    def handle(self, request: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Serve one request of the grader: what is new, and then a cell to run or to share."""
        if request.get("begin"):
            self.begin()
        self.learn(request.get("learn", ()))
        for source in request.get("provide", ()):
            self.provide(source)
        count, success = self._shell.execution_count, True
        if "share" in request:
            self.share(request["share"], exchange)
        if "run" in request:
            success = self.run(request["run"], exchange)
        return {"count": count, "success": success}

    def learn(self, sources: Iterable[str]) -> None:
        """Take the instructor's notebook, its solutions with it: whose each name is."""
        for source in sources:
            self._cells.append(self._analysed(source))

    def _analysed(self, source: str) -> _Cell:
        text = self._shell.transform_cell(source)
        return _Cell(text, names_of(text))

    def provide(self, source: str) -> None:
        """Take a cell of the instructor's, to run it when a test needs a name of it."""
        self._locate(source).given = True

    def _locate(self, source: str) -> _Cell:
        """The cell of the instructor's notebook that this is; else a new one at this place."""
        cell = self._analysed(source)
        if self._position and self._cells[self._position - 1].source == cell.source:
            return self._cells[self._position - 1]
        for number in range(self._position, len(self._cells)):
            if self._cells[number].source == cell.source:
                self._position = number + 1
                return self._cells[number]
        self._cells.insert(self._position, cell)
        self._position += 1
        return cell

    def run(self, source: str, exchange: Exchange) -> bool:
        """Run a test cell; whether it succeeded."""
        cell = self._locate(source)
        with self._line(exchange):
            cell.given = cell.done = True
            self._read = set().union(
                *(other.names.read_by_functions for other in self._cells if not other.given)
            )
            self._methods = set().union(
                *(other.names.methods for other in self._cells if not other.given)
            )
            self._sent, self._kept = {}, None
            try:
                self._prepare(cell.names, self._position - 1)
            except (BadMessage, Refused) as error:
                return self._show(error)
            result = self._shell.run_cell(source, store_history=True)
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
        files = self._files.watch(names_of_files(names.texts))
        if not fetch and not files:
            return
        values, contents = self.ask("names", tuple(sorted(fetch)), files)
        self._files.write(contents)
        for name in fetch & self._fetched.keys() - values.keys():
            if self._namespace.get(name) is self._fetched.pop(name):
                del self._namespace[name]
        for name, value in values.items():
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
            binder = self._binder(name, position)
            if binder is None:
                imported = any(self._import(name, cell) for cell in self._cells)
                known = imported or self._bound_by_star(name, position) or name in self._hidden
                if not known:
                    fetch.add(name)
                continue
            if not self._cells[binder].given or self._is_changed_by_answers(name, binder, position):
                if not self._import(name, self._cells[binder]) and not hasattr(builtins, name):
                    fetch.add(name)
                continue
            for number in range(binder, position):
                cell = self._cells[number]
                if (
                    cell.given
                    and number not in seen
                    and name in cell.names.binds | cell.names.touches
                ):
                    seen.add(number)
                    self._run_provided(cell, number)
                    self._collect(cell.names.loads, position, fetch, seen)

    def _binder(self, name: str, position: int) -> int | None:
        for number in range(min(position, len(self._cells)) - 1, -1, -1):
            if name in self._cells[number].names.binds:
                return number
        return None

    def _is_changed_by_answers(self, name: str, binder: int, position: int) -> bool:
        """Whether the solution changes the data that a cell of the tester begins with."""
        names = self._cells[binder].names
        if name in names.definitions or any(name in bound for _, bound in names.imports):
            return False
        cells = self._cells[binder:position]
        return any(not cell.given and name in cell.names.touches for cell in cells)

    def _bound_by_star(self, name: str, position: int) -> bool:
        for cell in self._cells[:position]:
            for statement, bound in cell.names.imports:
                if "*" in bound:
                    self._execute(statement)
        return name in self._namespace and name not in self._fetched and name not in self._hidden

    def _import(self, name: str, cell: _Cell) -> bool:
        """Whether a cell with answers only imports this name, and the tester could do so too."""
        for statement, bound in cell.names.imports:
            if name in bound and name not in cell.names.definitions:
                return self._execute(statement)
        return False

    def _run_provided(self, cell: _Cell, position: int) -> None:
        if cell.done:
            return
        cell.done = True
        self._prepare(cell.names, position)
        self._execute(cell.source)

    def _execute(self, source: str) -> bool:
        """Run instructor's code unseen; whether it succeeded."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                exec(compile(source, "<provided>", "exec"), self._namespace)
            except Lost:
                raise
            except Exception:
                return False
        return True

    def share(self, source: str, exchange: Exchange) -> None:
        """Give the notebook what this cell of the instructor loads and cells here have bound."""
        cell = self._locate(source)
        variables: dict[str, Any] = {}
        sources: list[str] = []
        for name in cell.names.loads:
            binder = self._binder(name, self._position - 1)
            if binder is None or not self._cells[binder].done or name not in self._namespace:
                continue
            names = self._cells[binder].names
            texts = [text for text, bound in names.imports if name in bound]
            texts += [names.definitions[name]] if name in names.definitions else []
            if texts:
                sources += texts
            else:
                variables[name] = self._namespace[name]
        if variables or sources:
            with self._line(exchange):
                self.ask("define", tuple(sources), variables)

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
            raise Refused(f"an object stands here where plain data were expected: {method}")

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
        cell = self._cells[self._position - 1]
        return name in cell.names.binds and value is not self._sent.get(name, self)

    def _take(self, state: Any) -> None:
        printed = state.get("printed", "")
        if type(printed) is str and printed:
            sys.stdout.write(printed)
        self._files.write(state.get("files", {}))
        for name, value in state.get("variables", {}).items():
            known = name in self._fetched and self._namespace.get(name) is self._fetched[name]
            if known and not isinstance(value, Module):
                self._namespace[name] = self._fetched[name] = value

    def _serve(self, text: str) -> str:
        """The reply to what an answer asks meanwhile: a callback, or `input`."""
        reply: tuple[str, Any]
        try:
            name, operands, state = from_text(self._codec, text)
            self._take(state)
            if name not in _SERVED:
                raise BadMessage("an unknown request")
            reply = ("ok", _SERVED[name](self, *operands))
        except BadMessage as error:
            reply = ("error", TypeError(str(error)))
        except BaseException as error:
            if isinstance(error, (AssertionError, Lost, KeyboardInterrupt)):
                self._kept = error  # an answer cannot swallow it
            reply = ("error", error)
        return to_text(self._codec, (*reply, self._state()))

    def _mine(self, value: Any) -> Any:
        """An object that the tester itself gave to the notebook."""
        number = self._table.number(value)
        if number is None or not self._table.is_ours(number) or isinstance(value, _FRAMES):
            raise BadMessage("not an object of the test")
        return value

    def _serve_input(self, prompt: str) -> str:
        ask = self._namespace.get("input", builtins.input)
        return str(ask(str(prompt)))

    def _serve_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._mine(function)(*args, **kwargs)

    def _serve_next(self, iterator: Any) -> tuple[bool, Any]:
        try:
            return False, next(self._mine(iterator))
        except StopIteration as end:
            return True, end.value

    def _serve_getattr(self, value: Any, name: str) -> Any:
        if type(name) is not str or name.startswith("_") or callable(self._mine(value)):
            raise AttributeError(name)
        return getattr(value, name)

    def _serve_getitem(self, value: Any, key: Any) -> Any:
        return self._mine(value)[key]

    def _serve_len(self, value: Any) -> int:
        return len(self._mine(value))

    def _serve_iter(self, value: Any) -> Any:
        return iter(self._mine(value))

    # -- objects of the tester, described ------------------------------------------------------

    def _describe(self, value: Any) -> list[Any]:
        if isinstance(value, _FRAMES):
            raise Refused(f"a {type(value).__name__} cannot be given to an answer")
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            return ["fields", value.__name__, tuple(value._fields)]
        if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
            return ["iterator"]
        if callable(value):
            name = str(getattr(value, "__name__", type(value).__name__))
            return ["function", name, getattr(value, "__doc__", None) or ""]
        return ["object"]

    def _library(self, value: Any) -> list[str] | None:
        """Module and name of what a library defines: the notebook has the same."""
        if isinstance(value, types.ModuleType):
            name, module = "", value.__name__
        elif isinstance(value, np.ufunc):
            name, module = value.__name__, "numpy"
        elif isinstance(value, (types.MethodType, types.BuiltinMethodType)) and _holder(value):
            name, module = value.__name__, _holder(value)
        elif isinstance(value, (type, types.FunctionType)):
            name, module = value.__qualname__, value.__module__ or ""
        else:
            return None
        item: Any = sys.modules.get(module)
        if module == "__main__" or module.partition(".")[0] == __name__.partition(".")[0]:
            return None
        for part in name.split(".") if name else ():
            item = getattr(item, part, None)
        if item is None or item != value:
            return None
        self._from_library[module, name] = value
        return [module, name]

    def _resolve(self, module: str, name: str) -> Any:
        """What the tester has sent by this name, and nothing else."""
        try:
            return self._from_library[module, name]
        except (KeyError, TypeError):
            raise BadMessage("not an object of the test") from None


_SERVED: dict[str, Callable[..., Any]] = {
    name.removeprefix("_serve_"): method
    for name, method in vars(Tests).items()
    if name.startswith("_serve_")
}


def _holder(method: Any) -> str:
    """The module that offers this method of an object as a function: `random.randint`."""
    kind = type(method.__self__)
    if method.__self__ is sys.modules.get(str(method.__module__)):
        return str(method.__module__)
    if kind is random.Random:
        return "random"
    return "numpy.random" if kind is np.random.RandomState else ""


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
