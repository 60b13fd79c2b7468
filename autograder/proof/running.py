"""Run the probes of an exercise on answers that may never end."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..check.pack import Pack
from ..check.probe import Outcome, run

__all__ = ["SECONDS", "TooLongError", "run_limited", "time_limit"]

SECONDS = 2.0
"""Limit on the processor time of one probe."""
_AGAIN = 0.05


def run_limited(pack: Pack, answers: Mapping[str, Any]) -> list[Outcome]:
    """The outcomes of the cases; after one that does not end, the others are not tried."""
    outcomes: list[Outcome] = []
    for case in pack.cases:
        try:
            with time_limit(SECONDS):
                outcomes.append(run(case.probe, pack.names, case.inputs, answers))
        except TooLongError:
            endless = Outcome("lost", error="It did not come to an end.")
            return [*outcomes, *[endless] * (len(pack.cases) - len(outcomes))]
    return outcomes


class TooLongError(BaseException):
    """Not an Exception, so that no mutant catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooLongError in the code inside once it has used this much processor time.

    Again and again, and without the garbage collector: an error raised in what that calls, or in a
    ``__del__``, is lost.
    """

    def stop(*_: object) -> None:
        raise TooLongError

    collects = gc.isenabled()
    gc.disable()
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if collects:
            gc.enable()
