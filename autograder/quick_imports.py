"""Imports that would make every command wait, and what they do without."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

__all__ = ["defer_nbgrader", "import_jsonschema"]

_SLOW_FORMATS = ("rfc3987_syntax", "isoduration")
_NBGRADER = "nbgrader"


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat needs, without what reads two formats no notebook has.

    jsonschema imports these packages where they are installed (Jupyter's servers bring them). That
    of internationalised addresses takes a second of processor time: it makes 38 grammars; that of
    durations imports a library of dates. Others may still import them later.
    """
    slow = [name for name in _SLOW_FORMATS if name not in sys.modules]
    for name in slow:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        with suppress(ImportError):  # jsonschema itself: a student's Python does without
            import_module("jsonschema")
    finally:
        for name in slow:
            del sys.modules[name]


class _Deferred(ModuleType):
    """A package whose own code runs when something is asked of it that is no module in it."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and find_spec(f"{self.__name__}.{name}"):
            return import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
        return getattr(self, name)


def defer_nbgrader() -> None:
    """Let modules of nbgrader be imported without those that a Jupyter server has of it.

    The package's own code imports its server extensions, and takes half a second. No command needs
    them; who asks for one (or for nbgrader's version) gets the package as it is.
    """
    spec = None if _NBGRADER in sys.modules else find_spec(_NBGRADER)
    if spec:
        package = module_from_spec(spec)
        package.__class__ = _Deferred
        sys.modules[_NBGRADER] = package
