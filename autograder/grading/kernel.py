"""The grader's end of the sandbox: it runs a submission's cells in a process without answers.

A :class:`Sandbox` serves one submission with a fork of the warm template (``launcher``), and
replaces that when it dies, hangs or floods: the earlier cells then run again, without the one at
fault.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from ..check.pack import Case
from ..check.probe import Outcome
from ..check.values import BadValue, TooLarge, dumps, loads
from ..sandbox import wire
from .launcher import Limits, isolation_level, template_of
from .outputs import Collector, Execution

__all__ = ["GRACE", "Limits", "Process", "Sandbox", "isolation_level"]

GRACE = 2.0  # seconds that an interrupted cell has to stop by itself
_FULL_OUTPUTS = 10  # a notebook may show as much as so many cells with the most output
_ENDED = "The Python process ended while this ran."
_DISK_FULL = "Stopped: its files took more than"


class Process:
    """A locked process that serves requests; the first starts it.

    edition : folder of the files beside the notebook; its packages are importable and read-only.
    level : isolation (one of `isolation.LEVELS`); "" is the strongest that works here.
    """

    def __init__(self, edition: Path, limits: Limits | None = None, level: str = "") -> None:
        self.limits = limits or Limits()
        self.level = level or isolation_level()
        self._template = template_of(edition, self.limits, self.level)
        self._channel: wire.Channel | None = None
        self._request_id = 0
        self.starts = 0
        """How many processes there were so far."""

    @property
    def running(self) -> bool:
        return self._channel is not None

    def request(
        self,
        request: dict[str, Any],
        seconds: float,
        collector: Collector,
        answer: Callable[[str], dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Send one request and collect what it shows; returns the content of its "end" message.

        answer : gives the reply to what the process asks meanwhile. A request {"ask": ...} is made
        while the process itself waits for such a reply, and ends with its "reply".
        """
        assert self._channel is not None
        execution = collector.execution
        self._request_id += "ask" not in request
        try:
            self._channel.send({**request, "id": self._request_id}, 10)
            return self._collect(seconds, collector, answer, "reply" if "ask" in request else "end")
        except wire.Closed:
            # While it waited for a reply, it may have been ended already.
            reason = self._reason_for_end() if self.running else _ENDED
            execution.problem = execution.problem or reason
        except wire.BadMessage:
            execution.problem = "Stopped: it disturbed the channel to the notebook."
        self.kill()
        return {}

    def _collect(
        self,
        seconds: float,
        collector: Collector,
        answer: Callable[[str], dict[str, Any]] | None,
        last: str,
    ) -> dict[str, Any]:
        channel, execution = self._channel, collector.execution
        assert channel is not None
        flood = channel.received + wire.MAX_BYTES + 32 * self.limits.output_bytes
        end = time.monotonic() + seconds
        while True:
            message = channel.receive(max(0.0, end - time.monotonic()))
            if message is not None and message.get("to") == self._request_id:
                kind, content = message.get("msg_type"), message.get("content")
                if kind == last:
                    return content if isinstance(content, dict) else {}
                if kind == "ask" and answer and isinstance(content, dict):
                    flood += wire.MAX_BYTES
                    channel.send(answer(str(content.get("text"))), 10)
                else:
                    collector.take(message)
            if channel.received > flood:
                execution.problem = "Stopped: it wrote far too much output."
                raise wire.Closed
            if time.monotonic() > end:
                if execution.problem:
                    raise wire.Closed
                execution.problem = f"Stopped after {seconds:.0f} s: an endless loop?"
                end = time.monotonic() + GRACE
                with contextlib.suppress(OSError):
                    self._keeper.send(b"i")

    # -- the process's life -------------------------------------------------------------------

    def start(self) -> None:
        self._channel, self._keeper = self._template.fork()
        self.starts += 1

    def _reason_for_end(self) -> str:
        self._keeper.setblocking(False)
        with contextlib.suppress(OSError, ValueError):
            if b"disk" in self._keeper.recv(1000):
                return f"{_DISK_FULL} {self.limits.disk >> 20} MB, or lay too deep to count."
        return _ENDED

    def kill(self) -> None:
        """End the process and all that it started; returns when all have ended."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        channel.close()
        with self._keeper, contextlib.suppress(OSError):
            self._keeper.shutdown(socket.SHUT_WR)
            self._keeper.settimeout(10)
            while self._keeper.recv(1000):
                pass


class Sandbox(Process):
    """Runs the cells of one submission; a context manager."""

    def __init__(self, edition: Path, limits: Limits | None = None, level: str = "") -> None:
        super().__init__(edition, limits, level)
        self._deadline = 0.0

    def __enter__(self) -> Sandbox:
        """Start anew, in what is left of the time since the first start."""
        self._deadline = self._deadline or time.monotonic() + self.limits.total_seconds
        self._completed: list[tuple[str, bool]] = []  # cells to run again in a new process
        self._output_left = _FULL_OUTPUTS * self.limits.output_bytes
        self._left_out = 0
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    # -- running ------------------------------------------------------------------------------

    def execute(self, source: str, needed: bool = True) -> Execution:
        """Run one cell; never raises for what the cell does.

        needed : False for a cell that no answer depends on (an experiment, a student's own cell):
        it is left out if something in the notebook keeps ending the process.
        """
        if not self.ensure_running():
            return Execution(problem=self.out_of_time())
        execution = self._run(source, min(self.limits.cell_seconds, self.seconds_left()))
        self.count_output(execution)
        if not execution.problem and not self._responds():
            execution.problem = "After this cell the Python process did not answer any more."
        if not execution.problem:
            self._completed.append((source, needed))
        return execution

    def leave_out(self) -> None:
        """Pass over a cell; the next one has the number that it has where all run."""
        self._left_out += 1

    def collector(self) -> Collector:
        """Gathers the outputs of one cell, as many as the notebook may still show."""
        return Collector(Execution(), min(self.limits.output_bytes, self._output_left))

    def count_output(self, execution: Execution) -> None:
        self._output_left = max(0, self._output_left - len(repr(execution.outputs)))

    def probe(self, case: Case, names: list[str]) -> Outcome:
        """Run one test's probe on the notebook's variables.

        If the process ends meanwhile, the probe runs again in a new one, the second time without
        the cells that are not needed: a thread of an earlier cell may be the cause.
        """
        outcome = self._probe(case, names)
        for needed_only in (False, True):
            if outcome.status != "lost" or not outcome.error.startswith((_ENDED, _DISK_FULL)):
                break
            if needed_only:
                self._completed = [cell for cell in self._completed if cell[1]]
            outcome = self._probe(case, names)
        return outcome

    def _probe(self, case: Case, names: list[str]) -> Outcome:
        if not self.ensure_running():
            return Outcome("lost", error=self.out_of_time())
        probe = dumps({"probe": case.probe, "names": names, "inputs": case.inputs})
        request = {"probe": base64.b64encode(probe).decode("ascii")}
        collector = self.collector()
        execution = collector.execution
        seconds = min(self.limits.test_seconds, self.seconds_left())
        end = self.request(request, seconds, collector)
        if execution.problem:
            return Outcome("lost", error=execution.problem)
        return _read_outcome(end)

    def _responds(self) -> bool:
        """Whether requests are still served: a cell can break that without ending the process."""
        collector = self.collector()
        self.request({}, GRACE, collector)
        if collector.execution.problem:
            self.kill()
        return not collector.execution.problem

    def ensure_running(self) -> bool:
        """Start a process and run the completed cells, if there is none; False if time is up."""
        if self.seconds_left() <= 0:
            return False
        while self._channel is None:
            self.start()
            for cell in list(self._completed):
                if self.seconds_left() <= 0:
                    return False
                self._run(cell[0], min(self.limits.cell_seconds, max(self.seconds_left(), 0.1)))
                if self._channel is None:  # this cell ended well before, but not now: skip it
                    self._completed.remove(cell)
                    break
            if self.seconds_left() <= 0:
                return False
        return True

    def seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def out_of_time(self) -> str:
        return f"Not run: the whole notebook may take {self.limits.total_seconds:g} s."

    def _run(self, source: str, seconds: float) -> Execution:
        collector = self.collector()
        execution = collector.execution
        request, self._left_out = {"cell": source, "left_out": self._left_out}, 0
        end = self.request(request, seconds, collector)
        count = end.get("count")
        execution.count = count if type(count) is int and 0 < count < 1 << 31 else None
        execution.failed = end.get("success") is not True
        if isinstance(end.get("failed"), str) and not execution.problem:
            execution.problem = f"It could not be run in this notebook: {end['failed'][:300]}"
        return execution


def _read_outcome(end: dict[str, Any]) -> Outcome:
    """The outcome in an "end" message, which comes from a process that students control."""
    failed, answer = end.get("failed"), end.get("answer")
    if isinstance(failed, str):
        error_text = f"The test could not be run in this notebook: {failed[:300]}"
        return Outcome("error", error=error_text)
    try:
        if not isinstance(answer, str):
            raise BadValue("an answer must be text")
        data = base64.b64decode(answer, validate=True)
        wire.limit_items(data)
        return Outcome.from_value(loads(data))
    except TooLarge as error:
        return Outcome("error", error=str(error))
    except (TypeError, AttributeError, wire.BadMessage, ValueError, RecursionError):
        return Outcome("error", error="The notebook's process gave an answer that cannot be read.")
