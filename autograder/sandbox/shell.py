"""The shell that runs a submission's cells: IPython behind one socket.

It serves requests: run a cell, run a probe, an empty one, to see that it still serves, and those of
the line between answers and hand-written tests (`autograder.tester`). What a cell prints, shows or
raises is sent at once as Jupyter's messages, each with the id of its request; "end" ends a request.
There is no other channel, and no input.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import io
import os
import pydoc
import random
import signal
import site
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from IPython.core.autocall import ExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type, default
from traitlets.config import Config

from . import wire

__all__ = ["make", "serve"]

_BUFFER = 8192  # characters
_OURS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "tester", "")
_PATIENCE = 0.2  # seconds that a line waits in the buffer at most


class _Outlet:
    """Sends what a cell shows to the grader."""

    sock: socket.socket | None = None
    request: int = 0
    lock = threading.RLock()

    def send(self, kind: str, content: dict[str, Any]) -> None:
        if self.sock is None:
            return
        message = {"to": self.request, "msg_type": kind, "content": content}
        with self.lock:
            # An interrupt in the middle of a message would spoil all that follow.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                wire.send(self.sock, message)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def exchange(self, text: str, serve: Callable[[str], str]) -> str:
        """Ask the process at the other end of the line; `serve` answers what it asks meanwhile."""
        assert self.sock is not None
        _flush()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.send("ask", {"text": text})
            while True:
                message = wire.receive(self.sock)
                if "ask" not in message:
                    return message.get("reply", "")  # "": it is gone
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                try:
                    reply = serve(message["ask"])
                finally:
                    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                self.send("reply", {"text": reply})
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


_outlet = _Outlet()


class _Stream(io.TextIOBase):
    """``sys.stdout`` and ``sys.stderr``: sends what is written, a few lines at a time."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[str] = []
        self._size = 0
        self._sent = 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with _outlet.lock:
            self._parts.append(text)
            self._size += len(text)
            if self._size > _BUFFER or time.monotonic() - self._sent > _PATIENCE:
                self.flush()
        return len(text)

    def flush(self) -> None:
        with _outlet.lock:
            if self._parts:
                text, self._parts, self._size = "".join(self._parts), [], 0
                self._sent = time.monotonic()
                text = text.encode("utf-8", "replace").decode("utf-8")
                if text:
                    _outlet.send("stream", {"name": self.name, "text": text})


def _repair_streams() -> None:
    """Replace streams that an earlier cell broke; a working stream of its choice stays."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).write("")
        except BaseException:  # whatever it raises, later cells count
            setattr(sys, name, _Stream(name))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a cell may have replaced it by anything
            stream.flush()


def _sendable(data: dict[str, Any]) -> dict[str, Any]:
    """A MIME bundle that JSON can hold: text only, bytes as base64."""
    bundle = {}
    for kind, item in data.items():
        if isinstance(item, bytes):
            item = base64.b64encode(item).decode("ascii")
        if isinstance(item, str):
            bundle[str(kind)] = item.encode("utf-8", "replace").decode("utf-8")
    return bundle


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **options: Any,
    ) -> None:
        if update:
            return
        _flush()
        _outlet.send("display_data", {"data": _sendable(data), "metadata": {}})

    def clear_output(self, wait: bool = False) -> None:
        _flush()
        _outlet.send("clear_output", {"wait": bool(wait)})


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _flush()
        content = {
            "data": _sendable(format_dict),
            "metadata": {},
            "execution_count": self.prompt_count,
        }
        _outlet.send("execute_result", content)


class Shell(InteractiveShell):
    """IPython as in Jupyter, except for the channel."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen: figures are shown inline."""

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing: later cells still count."""

    @default("exiter")
    def _exiter_default(self) -> ExitAutocall:
        return _Exit(self)

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        _flush()
        # Frames of our own say nothing of the code, and where it is installed.
        shown = [str(line) for line in stb if _OURS not in str(line)]
        lines = [line.encode("utf-8", "replace").decode("utf-8") for line in shown]
        message = str(evalue).encode("utf-8", "replace").decode("utf-8")
        content = {"ename": str(etype.__name__), "evalue": message, "traceback": lines}
        _outlet.send("error", content)


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError("input() cannot be used here: nobody can answer it.")


class _Exit(ExitAutocall):
    """`exit` and `quit`, which are called as in Jupyter."""

    rewrite = False

    def __call__(self, keep_kernel: bool = False) -> None:
        super().__call__()


def _add_builtins() -> None:
    """`help`, `license` and the like, which the option -S leaves out; none waits for a reader."""
    site.sethelper()
    site.setcopyright()
    pydoc.Helper.interact = lambda helper: None  # type: ignore[method-assign, assignment]
    builtins.license.MAXLINES = sys.maxsize  # type: ignore[misc, assignment]


def make() -> Shell:
    """Make the shell, once, before the processes that use it are forked."""
    _add_builtins()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.autoindent = False
    shell = Shell.instance(config=config)
    import matplotlib.pyplot as plt

    warm = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('x')"
    for source in (warm, "plt.show()", "print(1)\n[1]", "1/0"):  # the first time is slow
        shell.run_cell(source, store_history=False)
    plt.close("all")
    shell.reset(new_session=True)
    shell.execution_count = 1
    return shell


def serve(shell: Shell, ends: Any, sock: socket.socket) -> None:
    """In the locked process: serve requests until the grader is gone; never returns.

    ends : the two ends of a line to hand-written tests, of which each process is one.
    """
    _outlet.sock = sock
    sys.stdout = sys.stderr = None  # `_repair_streams` makes them
    builtins.input = _no_input
    sys.path.insert(0, "")  # so that a notebook can import files beside it
    os.environ["NBGRADER_EXECUTION"] = "autograde"  # as nbgrader's converter sets it
    _seed_generators()
    while True:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            request = wire.receive(sock)
        except (wire.Closed, OSError):
            os._exit(0)
        _outlet.request = request["id"]
        try:
            content = _handle(shell, ends, request)
        except BaseException as error:  # no error of a cell ends the service
            content = {"failed": f"{type(error).__name__}: {error}"[:300]}
        _outlet.send("end", content)


def _handle(shell: Shell, ends: Any, request: dict[str, Any]) -> dict[str, Any]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _repair_streams()
        if "cell" in request:
            shell.execution_count += request["left_out"]
            count = shell.execution_count
            result = shell.run_cell(request["cell"], store_history=True)
            return {"count": count, "success": bool(result.success)}
        if "probe" in request:
            from autograder.check import remote

            return {"answer": remote.answer(request["probe"], shell.user_ns)}
        if "line" in request:
            return {"text": ends.serve_line(request["line"], _outlet.exchange)}
        if "tests" in request:
            return ends.tests.handle(request["tests"], _outlet.exchange)
        return {}
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(BaseException):
            _flush()


def _seed_generators() -> None:
    """Seed the global generators, so that marks are the same in every run."""
    import numpy as np

    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  (students may draw from it)
