"""Hand-written tests out of reach: the grader's end, which passes messages between two processes.

A :class:`Tester` runs the instructor's test cells in a locked process of their own. What they ask
of the answers goes to the process of the submission and back; neither reaches the other by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from .kernel import GRACE, Limits, Process, Sandbox
from .outputs import Collector, Execution

__all__ = ["Tester"]

_MESSAGES = 200_000
"""Most messages that one cell may cost."""
_BYTES = 512 << 20
"""Most text that they may hold together."""
_DEPTH = 40
"""How deep calls may go back and forth."""


class Tester:
    """Runs test cells where no answer runs; a context manager.

    sandbox : runs the submission's own cells; edition, limits, level : as for it.
    reference : sources of the instructor's code cells, in their order, with solutions. They tell
        which names answers define, and which modules every cell may use.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        edition: Path,
        limits: Limits | None = None,
        level: str = "",
        reference: Iterable[str] = (),
    ) -> None:
        self._sandbox, self._reference = sandbox, list(reference)
        self._process = Process(edition, limits, level)
        self._given: list[str] = []  # cells provided or run so far, for a new process
        self._new: list[str] = []  # those that the process has not been told of
        self._partner = 0  # which of the sandbox's processes the tester knows

    def __enter__(self) -> Tester:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()

    def provide(self, source: str) -> None:
        """Take a locked cell of the instructor's; it runs when a test needs a name of it."""
        self._given.append(source)
        self._new.append(source)

    def run(self, source: str) -> Execution:
        """Run one test cell; never raises for what the cell, or an answer, does."""
        execution = self._request({"run": source})
        self._given.append(source)
        return execution

    def share(self, source: str) -> None:
        """Before a cell of the instructor's runs among the answers: give it what it loads.

        That is what test cells here have defined, as they would have there.
        """
        if self._process.running:
            self._request({"share": source})

    def _request(self, request: dict[str, Any]) -> Execution:
        if not self._sandbox.ensure_running():
            return Execution(problem=self._sandbox.out_of_time())
        if not self._process.running:
            self._process.start()
            self._sandbox.request({"line": ""}, GRACE, self._sandbox.collector())
            if not self._sandbox.running:
                return Execution(problem="The notebook's process did not answer.")
            self._partner, self._new = self._sandbox.starts, list(self._given)
            request["learn"] = self._reference
        if self._partner != self._sandbox.starts:
            self._partner, request["begin"] = self._sandbox.starts, True
        if self._new:
            request["provide"], self._new = self._new, []
        collector = self._sandbox.collector()
        execution = collector.execution
        limits = self._sandbox.limits
        seconds = min(limits.cell_seconds, self._sandbox.seconds_left())
        relay = _Relay(self._process, self._sandbox, collector, seconds)
        end = self._process.request({"tests": request}, seconds, collector, relay.ask)
        count = end.get("count")
        execution.count = count if type(count) is int else None
        execution.failed = end.get("success") is not True
        execution.problem = relay.problem or execution.problem
        if isinstance(end.get("failed"), str) and not execution.problem:
            execution.problem = f"It could not be run: {end['failed'][:300]}"
        self._sandbox.count_output(execution)
        return execution


class _Shown(Collector):
    """Takes what answers print and show. A result would count as the test's points."""

    def take(self, message: dict[str, Any]) -> None:
        if message.get("msg_type") in ("stream", "display_data"):
            super().take(message)


class _Relay:
    """Passes on what the processes ask each other while one cell runs, within its budget."""

    def __init__(
        self, tester: Process, notebook: Process, collector: Collector, seconds: float
    ) -> None:
        self._tester, self._notebook, self._collector = tester, notebook, collector
        self._end = time.monotonic() + seconds
        self._messages, self._bytes, self._depth = _MESSAGES, _BYTES, 0
        self.problem = ""

    def ask(self, text: str) -> dict[str, str]:
        """Pass a request of the tester on to the answers."""
        waiting = self._depth > 0  # for a reply to what it asked back
        request = {"ask" if waiting else "line": text}
        return self._pass_on(self._notebook, request, self._ask_back)

    def _ask_back(self, text: str) -> dict[str, str]:
        """Pass a request of the answers on to the tester, which waits for their reply."""
        return self._pass_on(self._tester, {"ask": text}, self.ask)

    def _pass_on(self, process: Process, request: dict[str, str], answer: Any) -> dict[str, str]:
        self._take(len(*request.values()))
        if self.problem or not process.running:
            return {"reply": ""}
        self._depth += 1
        kind = _Shown if process is self._notebook else Collector
        nested = kind(Execution(self._collector.execution.outputs), self._collector.room)
        left = max(self._end - time.monotonic(), 0.1)
        end = process.request(request, left, nested, answer)
        self._depth -= 1
        self._collector.room = nested.room
        self.problem = self.problem or nested.execution.problem
        text = end.get("text")
        if not isinstance(text, str) or self.problem:
            self.problem = self.problem or "The notebook's process gave an answer that is none."
            return {"reply": ""}
        self._take(len(text))
        return {"reply": text}

    def _take(self, size: int) -> None:
        self._messages -= 1
        self._bytes -= size
        if self._messages < 0 or self._bytes < 0:
            self.problem = self.problem or "Stopped: test and answers exchanged far too much."
        elif self._depth >= _DEPTH:
            self.problem = self.problem or "Stopped: test and answers called each other too deeply."
