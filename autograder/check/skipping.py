"""Run all cells of an unfinished notebook: what cannot run yet is skipped with one grey line.

In JupyterLab (any kernel of IPython) an error stops "Run All". What only says that something is
still to be written is no error: an empty stub or an unanswered question, an experiment whose
functions are not written (:func:`autograder.check.needs`), and what builds on a cell that was
skipped for such a reason. All other errors stay what they are.

While nbgrader validates or grades, and in the grader's sandbox, nothing is skipped: there all of
these are errors, as a test that was not passed must be.
"""

from __future__ import annotations

import os
import symtable
import sys
from collections.abc import Callable, Collection
from types import FrameType, TracebackType
from typing import Any

from .show import Line, emit

__all__ = ["NotWritten", "install"]

_GRADING = ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING")


class NotWritten(Exception):
    """An experiment needs a function that is not written yet. Jupyter shows it as one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class _Skipper:
    """Decides which errors of a kernel's cells are skipped.

    answers : gives the names of what is to be written.
    """

    def __init__(self, shell: Any, answers: Callable[[], Collection[str]]) -> None:
        self._shell = shell
        self._answers = answers
        self._show = shell.showtraceback
        self._names: set[str] = set()
        """What cells that were skipped would have defined."""
        self._skipped: BaseException | None = None
        shell.showtraceback = self.showtraceback
        shell.events.register("post_run_cell", self.after)

    def showtraceback(self, exc_tuple: Any = None, *rest: Any, **options: Any) -> None:
        """IPython's method of this name, which shows an error."""
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        line = self._reason(error) if error else ""
        if not line:
            self._show(exc_tuple, *rest, **options)
            return
        self._skipped = error
        emit(Line(line))

    def after(self, result: Any) -> None:
        """IPython calls it after each cell: a skipped cell has not failed."""
        if self._skipped is not None and result.error_in_exec is self._skipped:
            result.error_in_exec = None
            self._names |= _defined(self._shell.transform_cell(result.info.raw_cell))
        self._skipped = None

    def _reason(self, error: BaseException) -> str:
        """The line to show for an error that is none; "" for any other error."""
        kind, frame = type(error), self._last_frame(error.__traceback__)
        if kind is NotWritten:
            return f"Skipped. {error}"
        if frame is None:
            return ""
        if kind is NameError:
            name = getattr(error, "name", "")
            if name in self._names:
                return f"Skipped: `{name}` comes from a cell above that was also skipped."
            if name in self._answers():
                return f"Skipped: this cell uses `{name}`, which is not defined yet."
        if kind is NotImplementedError and not error.args:
            name = frame.f_code.co_name
            if name == "<module>":
                return (
                    "Not answered yet: put your answer in this cell and delete the line "
                    "`raise NotImplementedError()`."
                )
            if name in self._answers():
                return f"Skipped: this cell uses your `{name}`, which is not written yet."
        return ""

    def _last_frame(self, trace: TracebackType | None) -> FrameType | None:
        """The frame in which the error was raised, if that is code of the notebook."""
        while trace and trace.tb_next:
            trace = trace.tb_next
        frame = trace.tb_frame if trace else None
        return frame if frame and frame.f_globals is self._shell.user_ns else None


def install(answers: Callable[[], Collection[str]]) -> None:
    """Skip from now on, if this is the kernel of a notebook that is not being graded."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    graded = any(os.environ.get(name) for name in _GRADING)
    if getattr(shell, "kernel", None) is None or graded:
        return
    if not isinstance(getattr(shell.showtraceback, "__self__", None), _Skipper):
        _Skipper(shell, answers)


def _defined(source: str) -> set[str]:
    """The names that a cell defines.

    >>> sorted(_defined("import os\\nfor i in range(3):\\n    a, b = 1, 2\\ndef f():\\n    c = 3"))
    ['a', 'b', 'f', 'i', 'os']
    """
    try:
        symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    except SyntaxError:
        return set()
    return {item.get_name() for item in symbols if item.is_assigned() or item.is_imported()}
