"""Stand-ins: what a test cell gets in place of a notebook's functions, classes and objects.

A stand-in asks the notebook's process; it computes nothing from what that says but data. Operators
between an object of the notebook and plain data are refused: to forward ``==`` would hand the
expected value over and let the answer decide.
"""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from .errors import BadMessage
from .functions import give_source, named, signature_of
from .table import Table

__all__ = ["Module", "StandIn", "StandIns"]

Ask = Callable[..., Any]

FORWARDED = frozenset(
    f"__{name}__"
    for name in (
        "len", "iter", "next", "getitem", "setitem", "delitem", "call", "bool", "str", "repr",
        "format", "hash", "int", "float", "complex", "abs", "neg", "pos", "invert", "round",
        "trunc", "floor", "ceil", "enter", "reversed",
    )
)  # fmt: skip
"""Special methods whose arguments are the test's own choice, and whose result is data."""
_ARITHMETIC = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "and", "or",
    "xor", "lshift", "rshift",
)  # fmt: skip
OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("eq", "ne", "lt", "le", "gt", "ge", "contains"),
        *(prefix + name for prefix in ("", "r", "i") for name in _ARITHMETIC),
    )
)
"""Special methods that are forwarded between two objects of the notebook only."""
_ATTRIBUTES = frozenset(
    f"__{name}__"
    for name in ("dict", "annotations", "dataclass_fields", "version", "slots", "wrapped")
)


class Module:
    """A module that a name of the notebook is bound to; the tester looks for its own."""

    def __init__(self, name: str) -> None:
        self.name = name


def _is_forwarded(name: str) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return name in _ATTRIBUTES
    return not name.startswith(("_repr_", "_ipython_"))


class _Class(type):
    """The class of stand-in classes: a class of the notebook can be called and asked as well."""

    __ask__: Ask

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return cls.__ask__("call", cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        __tracebackhide__ = True
        if not _is_forwarded(name):
            raise AttributeError(name)
        return cls.__ask__("getattr", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls.__ask__("setattr", cls, name, value)

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls.__ask__("special", cls, "__iter__", ()))

    def __len__(cls) -> int:
        return int(cls.__ask__("special", cls, "__len__", ()))

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        return cls.__ask__("special", cls, "__getitem__", (key,))

    def __contains__(cls, item: Any) -> bool:
        return isinstance(item, cls)

    def __dir__(cls) -> list[str]:
        return sorted(map(str, cls.__ask__("dir", cls)))


class StandIn(metaclass=_Class):
    """An object that stays in the notebook's process."""

    __slots__ = ()
    compares_in_the_notebook = False

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        if not _is_forwarded(name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return type(self).__ask__("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        __tracebackhide__ = True
        if name.startswith("__") and isinstance(self, BaseException):
            BaseException.__setattr__(self, name, value)  # Python sets __traceback__ and the like
        else:
            type(self).__ask__("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        type(self).__ask__("delattr", self, name)

    def __dir__(self) -> list[str]:
        return sorted(map(str, type(self).__ask__("dir", self)))

    def __copy__(self) -> Any:
        return type(self).__ask__("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return type(self).__ask__("deepcopy", self)


def _forward(ask: Ask, name: str) -> Callable[..., Any]:
    def forward(self: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        try:
            return ask("special", self, name, args)
        except Exception as error:
            if name == "__next__" and getattr(type(error), "ends_iteration", False):
                raise StopIteration(*error.args) from None
            raise

    forward.__name__ = name
    return forward


def _forward_call(ask: Ask) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return ask("call", self, args, kwargs)

    return call


def _compare(ask: Ask, refuse: Callable[[str], NoReturn], name: str) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        __tracebackhide__ = True
        if isinstance(other, StandIn):
            return ask("special", self, name, (other,))
        if other is None and name in ("__eq__", "__ne__"):
            return name == "__ne__"
        refuse(
            f"an object of class {type(self).__name__} stands here, where plain data were expected:"
            f" {name.strip('_')} is not asked of it"
        )

    compare.__name__ = name
    return compare


def _leave(ask: Ask) -> Callable[..., Any]:
    def leave(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        """A failing assertion is never shown to the notebook, nor kept back by it."""
        if kind is None or issubclass(kind, AssertionError) or not issubclass(kind, Exception):
            ask("special", self, "__exit__", (None, None, None))
            return False
        return ask("special", self, "__exit__", (kind, error, None))

    return leave


class StandIns:
    """Makes stand-ins from descriptions.

    ask : how they reach the notebook's process; refuse : fails the cell with a message.
    """

    def __init__(self, ask: Ask, refuse: Callable[[str], NoReturn], table: Table) -> None:
        self._ask, self._refuse, self._table = ask, refuse, table
        self._root = _Class("StandIn", (StandIn,), {"__slots__": (), "__ask__": staticmethod(ask)})

    def rebuild(self, description: list[Any]) -> Any:
        number, kind, *rest = description
        make = getattr(self, f"_make_{kind}", None) if kind in _KINDS else None
        if make is None:
            raise BadMessage("an unknown kind of object")
        return make(number, *rest)

    def _make_module(self, number: int, name: str) -> Module:
        return Module(str(name))

    def _make_function(
        self,
        number: int,
        name: str,
        doc: Any,
        parameters: Any,
        lazy: bool,
        attributes: Any,
        source: Any,
    ) -> Any:
        ask, table = self._ask, self._table

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return ask("call", table[number], args, kwargs)

        def generate(*args: Any, **kwargs: Any) -> Any:
            return (yield from ask("call", table[number], args, kwargs))

        function = named(generate if lazy else call, name, doc, parameters)
        give_source(function, number, source)
        if type(attributes) is dict:
            for key, value in attributes.items():
                if type(key) is str and not key.startswith("__"):
                    function.__dict__[key] = value
        return function

    def _make_iterator(self, number: int, kind: str) -> Any:
        ask, table = self._ask, self._table

        def generate() -> Iterator[Any]:
            sent = None
            try:
                while True:
                    done, value = ask("next", table[number], sent)
                    if done is not False:
                        return value
                    sent = yield value
            finally:
                if sent is not None:
                    ask("close", table[number])

        generator: Any = generate()
        if kind == "map":
            return map(lambda item: item, generator)
        if kind == "filter":
            return filter(lambda item: True, generator)
        return generator

    def _make_view(self, number: int, kind: str, items: list[Any]) -> Any:
        if kind == "dict_keys":
            return dict.fromkeys(items).keys()
        if kind == "dict_items":
            return dict(items).items()
        return dict(enumerate(items)).values()

    def _make_fields(self, number: int, name: str, fields: tuple[str, ...]) -> Any:
        kind = _named_tuple(name, fields)
        kind.__module__ = "__main__"
        return kind

    def _make_class(
        self, number: int, name: str, module: str, doc: Any, bases: Any, methods: Any, special: Any
    ) -> Any:
        ask = self._ask
        body: dict[str, Any] = {"__doc__": doc, "__module__": str(module), "__qualname__": name}
        for method, (text, parameters, source) in dict(methods).items():
            if method == "__init__":
                body["__signature__"] = signature_of(parameters, skip=1)
            if method == "__init__" or not method.startswith("__"):
                body[method] = named(self._method(method), method, text, parameters)
                give_source(body[method], f"{name}.{method}", source)
        for method in special:
            if method == "__call__":
                body[method] = _forward_call(ask)
            elif method in FORWARDED:
                body[method] = _forward(ask, method)
            elif method in OPERATORS:
                body[method] = _compare(ask, self._refuse, method)
            elif method == "__exit__":
                body[method] = _leave(ask)
        body["ends_iteration"] = (module, name) == ("builtins", "StopIteration")
        custom = {"__eq__", "__hash__"} & set(body)
        body["compares_in_the_notebook"] = bool(custom)
        if "__eq__" in custom and "__hash__" not in custom:
            body["__hash__"] = None
        twin = _twin(module, name)
        if twin and issubclass(twin, Exception):
            bases = (twin,)
        elif twin:
            body["__class__"] = property(lambda self: twin)  # what `isinstance` asks for
        parents = [base for base in map(self._base, bases) if base]
        if not any(isinstance(parent, _Class) for parent in parents):
            parents.insert(0, self._root)
        if not any(issubclass(parent, BaseException) for parent in parents):
            body["__slots__"] = ()
        try:
            return _Class(name, tuple(dict.fromkeys(parents)), body)
        except TypeError:  # the order of bases does not fit
            return _Class(name, (self._root,), body)

    def _method(self, name: str) -> Callable[..., Any]:
        ask = self._ask

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return ask("method", self, name, args, kwargs)

        return method

    @staticmethod
    def _base(base: Any) -> type | None:
        """The base of a local class: a stand-in, or an exception that may be expected."""
        if isinstance(base, _Class):
            return base
        return base if isinstance(base, type) and issubclass(base, Exception) else None

    def _make_error(self, number: int, kind: Any, arguments: Any) -> Any:
        if not isinstance(kind, _Class):
            raise BadMessage("no class of exceptions")
        if not issubclass(kind, Exception):
            kind = _Class(kind.__name__, (kind, Exception), {})
        error = kind.__new__(kind, *arguments)
        BaseException.__setattr__(error, "args", tuple(arguments))
        return error

    def _make_object(self, number: int, kind: Any) -> Any:
        if not isinstance(kind, _Class) or issubclass(kind, BaseException):
            raise BadMessage("no class of the notebook")
        return object.__new__(kind)


_named_tuple: Any = collections.namedtuple
_KINDS = {name.removeprefix("_make_") for name in vars(StandIns) if name.startswith("_make_")}


_TEST_RUNNERS = ("unittest", "pytest", "_pytest", "nose", "twisted")


def _twin(module: str, name: str) -> type | None:
    """The tester's own class of that name, from a file that both processes have."""
    twin = getattr(sys.modules.get(module), name, None) if module != "__main__" else None
    if not isinstance(twin, type) or isinstance(twin, _Class) or twin.__module__ != module:
        return None
    top = module.partition(".")[0]
    if issubclass(twin, Exception):
        # An end of an iteration, a skipped test: what is not tested would count as passed.
        kept_back = (AssertionError, StopIteration, StopAsyncIteration)
        return None if issubclass(twin, kept_back) or top in _TEST_RUNNERS else twin
    return None if top in sys.stdlib_module_names or top in ("numpy", "pandas") else twin
