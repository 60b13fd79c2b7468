"""What both processes have of libraries goes by name, which the tester alone chooses."""

from __future__ import annotations

import random
import sys
import types
from typing import Any

import numpy as np

from .errors import BadMessage

__all__ = ["Library"]


class Library:
    """What the tester has sent by name."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], Any] = {}

    def name(self, value: Any) -> list[str] | None:
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
        self._sent[module, name] = value
        return [module, name]

    def resolve(self, module: str, name: str) -> Any:
        """What the tester has sent by this name, and nothing else."""
        try:
            return self._sent[module, name]
        except (KeyError, TypeError):
            raise BadMessage("not an object of the test") from None


def _holder(method: Any) -> str:
    """The module that offers this method of an object as a function: `random.randint`."""
    kind = type(method.__self__)
    if method.__self__ is sys.modules.get(str(method.__module__)):
        return str(method.__module__)
    if kind is random.Random:
        return "random"
    return "numpy.random" if kind is np.random.RandomState else ""
