"""A function with a time limit, in any thread of any process."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["TimeUp", "within"]

_GRACE = 0.5  # seconds for a thread to end
_TRIES = 2
Result = TypeVar("Result")


class TimeUp(Exception):
    """The function did not end in time."""


class _Stop(BaseException):
    """Ends a thread; no ``except Exception`` keeps it."""


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """The result of ``function()``; raises what it raises, or :class:`TimeUp` after `seconds`.

    It runs in a thread, which ends as soon as it runs Python code again: until then a loop in C
    goes on beside what follows. One that keeps the interpreter to itself is ended with the whole
    worker (``workers.call``), which costs only its own submission.

    >>> within(5, lambda: 6 * 7)
    42
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    # Not a signal: those are for the main thread only, and Dask's workers use others.
    thread = threading.Thread(target=run, daemon=True)
    collects = gc.isenabled()
    gc.disable()  # an error raised in what the collector calls would be lost
    try:
        thread.start()
        thread.join(seconds)
        for _ in range(_TRIES):
            if thread.is_alive():
                _raise_in(thread)
                thread.join(_GRACE)
    finally:
        if collects:
            gc.enable()
    if results:
        return results[0]
    if errors and not isinstance(errors[0], _Stop):
        raise errors[0]
    raise TimeUp


def _raise_in(thread: threading.Thread) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Stop)
    )
