"""Judge a submission in bounded time: what is judged comes from a process that students control."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from ..check.judge import Report, judge
from ..check.pack import Pack
from ..check.probe import Outcome
from .time_limit import TimeUp, within

__all__ = ["Judge"]

EXERCISE_SECONDS = 15.0
TEST_SECONDS = 5.0
_ALL_SECONDS = 60.0
_LEAST = 2.0  # what an exercise has after others have used up all the time

_TOO_LONG = Outcome(
    "lost",
    error="What your function returned took too long to compare, or too much memory. "
    "Has it the size that was asked for?",
)


class Judge:
    """Judges the exercises of one submission. One that takes too long costs only its own tests."""

    def __init__(self) -> None:
        self._left = _ALL_SECONDS

    def __call__(self, pack: Pack, outcomes: Sequence[Outcome]) -> Report:
        """The report on one exercise, of which tests that cannot be judged in time are failed."""
        report = self._judge(pack, outcomes, EXERCISE_SECONDS)
        if report:
            return report
        # One test at a time, to see which; those for which no time is left are failed too.
        nothing = [_TOO_LONG] * len(outcomes)
        in_time = list(nothing)
        for number, outcome in enumerate(outcomes):
            alone = [*nothing[:number], outcome, *nothing[number + 1 :]]
            if self._left > 0 and self._judge(pack, alone, TEST_SECONDS):
                in_time[number] = outcome
        return self._judge(pack, in_time, EXERCISE_SECONDS) or judge(pack, nothing)

    def _judge(self, pack: Pack, outcomes: Sequence[Outcome], seconds: float) -> Report | None:
        """The report, or None if it takes more than `seconds`, or all memory."""
        began = time.monotonic()
        try:
            return within(max(min(seconds, self._left), _LEAST), partial(judge, pack, outcomes))
        except (TimeUp, MemoryError):
            self._left -= time.monotonic() - began
            return None
