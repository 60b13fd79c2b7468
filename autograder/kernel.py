"""The sandboxed kernel: a submission's cells run in it, and nothing that knows an answer does.

One :class:`Sandbox` serves one submission. It owns a private scratch folder with a copy of the
student edition, starts a kernel there with limits and a bare environment, and replaces it when it
dies, hangs or floods: the earlier cells are then run again, without the one that did it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from cs231n_lib.check.pack import Case
from cs231n_lib.check.probe import Outcome
from cs231n_lib.check.values import BadValue, dumps, loads

from .errors import AutograderError
from .outputs import Collector, Execution

__all__ = ["Limits", "Sandbox"]

_MAIN = Path(__file__).with_name("sandbox_kernel.py")
_GRACE = 2.0  # seconds an interrupted cell has to stop by itself
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds, sizes in bytes."""

    cell_seconds: float = 30
    test_seconds: float = 10
    total_seconds: float = 300
    memory: int = 4 << 30
    file_size: int = 64 << 20
    output_bytes: int = 1 << 20

    def for_kernel(self) -> dict[str, int]:
        """The limits that the operating system enforces, by their names in `resource`."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_CPU": int(self.total_seconds) + 10,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 256,
        }


class _Manager(KernelManager):
    """A kernel manager whose only kernel is ours, whatever is installed on the machine."""

    argv: Sequence[str] = ()

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=list(self.argv), display_name="sandbox", language="python")


class Sandbox:
    """A kernel for one submission, used as a context manager.

    edition : folder that holds the student edition `cs231n_lib`; it is copied, never shared.
    """

    def __init__(self, edition: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._edition = edition
        self._done: list[str] = []  # sources to run again in a new kernel
        self._manager: _Manager | None = None

    def __enter__(self) -> Sandbox:
        if not (self._edition / "cs231n_lib").is_dir():
            raise AutograderError(f"edition must hold cs231n_lib, got {self._edition}")
        self._scratch = Path(tempfile.mkdtemp(prefix="submission-"))
        try:
            self._deadline = time.monotonic() + self.limits.total_seconds
            shutil.copytree(self._edition / "cs231n_lib", self._scratch / "edition" / "cs231n_lib")
            for name in ("work", "home", "tmp", "run"):
                (self._scratch / name).mkdir()
            _copy_font_cache(self._scratch / "home")
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kill()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # -- running ------------------------------------------------------------------------------

    def execute(self, source: str) -> Execution:
        """Run one cell. It never raises for what the cell does."""
        if not self._ready():
            return Execution(problem=self._spent())
        execution = self._run(source, min(self.limits.cell_seconds, self._left()))
        if not execution.problem and not self._answers():
            execution.problem = "After this cell the Python process did not answer any more."
        if not execution.problem:
            self._done.append(source)
        return execution

    def probe(self, case: Case, names: list[str]) -> Outcome:
        """Run one test's probe on the notebook's variables."""
        if not self._ready():
            return Outcome("lost", error=self._spent())
        request = {"probe": case.probe, "names": names, "inputs": case.inputs}
        text = base64.b64encode(dumps(request)).decode("ascii")
        call = f"__import__('cs231n_lib.check.remote').check.remote.answer('{text}', globals())"
        execution = Execution()
        seconds = min(self.limits.test_seconds, self._left())
        reply = self._request("", seconds, execution, {"answer": call})
        if execution.problem:
            return Outcome("lost", error=execution.problem)
        return _read_answer(reply)

    def _answers(self) -> bool:
        """Whether the kernel still serves requests: a cell can break it without ending it."""
        silence = Execution()
        reply = self._request("", _GRACE, silence, {"alive": "1"})
        if not silence.problem and "user_expressions" in reply:
            return True
        self._kill()
        return False

    def _ready(self) -> bool:
        if self._left() <= 0:
            return False
        if self._manager is None:
            self._start()
            for source in list(self._done):
                self._run(source, min(self.limits.cell_seconds, max(self._left(), 0.1)))
                if self._manager is None:  # a cell that ended well before does not now: skip it
                    self._done.remove(source)
                    return self._ready()
        return self._left() > 0

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _spent(self) -> str:
        return f"Not run: the whole notebook may take {self.limits.total_seconds:g} s."

    def _run(self, source: str, seconds: float) -> Execution:
        execution = Execution()
        self._request(source, seconds, execution, {})
        return execution

    def _request(
        self, source: str, seconds: float, execution: Execution, expressions: dict[str, str]
    ) -> dict[str, Any]:
        """Send one request and collect what it shows; returns the content of the reply."""
        client = self._client
        asked = client.execute(
            source,
            silent=bool(expressions),
            store_history=not expressions,
            user_expressions=expressions,
            allow_stdin=False,
            stop_on_error=False,
        )
        collector = Collector(execution, self.limits.output_bytes)
        end = time.monotonic() + seconds
        interrupted = False
        while True:
            try:
                message = client.get_iopub_msg(timeout=0.25)
            except queue.Empty:
                message = None
            except Exception:  # whatever a kernel sends that is no message
                execution.problem = "Stopped: it disturbed the channel to the notebook."
                self._kill()
                return {}
            if message is not None and _answers(message, asked):
                if collector.take(message):
                    break
                if collector.flooded:
                    execution.problem = "Stopped: it wrote far too much output."
                    self._kill()
                    return {}
            if message is None and not self._alive():
                execution.problem = "The Python process ended while this ran."
                self._kill()
                return {}
            if time.monotonic() > end:
                execution.problem = f"Stopped after {seconds:.0f} s: an endless loop?"
                if interrupted:
                    self._kill()
                    return {}
                interrupted, end = True, time.monotonic() + _GRACE
                self._manager.interrupt_kernel()  # type: ignore[union-attr]
        try:
            while True:
                reply = client.get_shell_msg(timeout=5)
                if _answers(reply, asked):
                    content = reply["content"]
                    return content if isinstance(content, dict) else {}
        except Exception:  # none came, or what came is no message
            execution.problem = execution.problem or "The Python process did not answer."
            self._kill()
            return {}

    # -- the kernel's life --------------------------------------------------------------------

    def _start(self) -> None:
        settings = {
            "edition": str(self._scratch / "edition"),
            "site": list(dict.fromkeys(map(sysconfig.get_path, ("purelib", "platlib")))),
            "limits": self.limits.for_kernel(),
        }
        # ipc sockets: no port to guess, and nothing that other machines or users can reach.
        run = tempfile.mkdtemp(prefix="k", dir=self._scratch / "run")
        manager = _Manager(transport="ipc", ip=f"{run}/s", connection_file=f"{run}/connection.json")
        manager.argv = [
            sys.executable, "-I", "-S", str(_MAIN), "{connection_file}", json.dumps(settings)
        ]  # fmt: skip
        manager.start_kernel(
            cwd=str(self._scratch / "work"),
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._manager = manager
        self._client = manager.client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=60)
        except RuntimeError as error:
            self._kill()
            raise AutograderError(f"the sandboxed kernel does not start: {error}") from None

    def _environment(self) -> dict[str, str]:
        scratch = self._scratch
        kept = {
            name: os.environ[name] for name in ("LANG", "TZ", "SYSTEMROOT") if name in os.environ
        }
        return {
            **kept,
            **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
            "PATH": os.defpath,
            "HOME": str(scratch / "home"),
            "TMPDIR": str(scratch / "tmp"),
            "IPYTHONDIR": str(scratch / "home" / "ipython"),
            "MPLCONFIGDIR": str(scratch / "home" / "matplotlib"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CS231N_PROGRESS": os.devnull,
        }

    def _alive(self) -> bool:
        return self._manager is not None and self._manager.is_alive()

    def _kill(self) -> None:
        """End the kernel and everything it started in its process group."""
        manager, self._manager = self._manager, None
        if manager is None:
            return
        self._client.stop_channels()
        group = getattr(manager.provisioner, "pgid", None)
        with contextlib.suppress(OSError, RuntimeError):
            manager.shutdown_kernel(now=True)
        if group:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        manager.cleanup_resources()


def _answers(message: dict[str, Any], asked: str) -> bool:
    parent = message.get("parent_header")
    return isinstance(parent, dict) and parent.get("msg_id") == asked


def _read_answer(reply: dict[str, Any]) -> Outcome:
    """The outcome in a reply; the reply comes from a process that students control."""
    try:
        answer = reply["user_expressions"]["answer"]
        if answer["status"] != "ok":
            said = f"{answer.get('ename', '')}: {answer.get('evalue', '')}"
            return Outcome(
                "error", error=f"The test could not be run in this notebook: {said[:300]}"
            )
        text = answer["data"]["text/plain"].strip("'\"")
        return Outcome.from_value(loads(base64.b64decode(text, validate=True)))
    except (KeyError, TypeError, AttributeError, BadValue, binascii.Error, ValueError):
        return Outcome("error", error="The notebook's process gave an answer that cannot be read.")


def _copy_font_cache(home: Path) -> None:
    """Give the kernel matplotlib's list of fonts: making it takes seconds."""
    import matplotlib.font_manager  # importing it writes the cache

    target = home / "matplotlib"
    target.mkdir()
    for file in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(file, target)
