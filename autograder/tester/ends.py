"""The two ends of the line, made when a process is first asked to be one of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .line import Exchange
from .notebook import Notebook
from .tests import Tests

__all__ = ["Ends"]


class Ends:
    """What a locked process with this shell can be."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    @cached_property
    def notebook(self) -> Notebook:
        return Notebook(self._shell.user_ns)

    def serve_line(self, text: str, exchange: Exchange) -> str:
        """Serve a request of the tester; an empty one says that a new tester begins."""
        if text:
            return self.notebook.serve(text, exchange)
        self.__dict__.pop("notebook", None)
        return ""

    @cached_property
    def tests(self) -> Tests:
        return Tests(self._shell)
