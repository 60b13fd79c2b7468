"""Run one function on many arguments, in processes that may die without harm to the others.

:func:`run` hands tasks out one at a time, as they are asked for, and yields each result as it is
ready: the parent never holds more than one task a worker. A worker that dies is replaced and its
task tried once more; a task that loses two workers is given up, and the rest goes on.
(``concurrent.futures``' pool is lost as a whole when one of its processes dies.)

When the parent ends, however it does, the workers end too.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from ..errors import AutograderError

__all__ = ["Lost", "call", "processors", "run"]

_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
_TRIES = 2  # of a task that ends its worker
_STARTS = 3  # of workers that end before they have done anything, in a row
_GRACE = 5.0  # seconds a worker has to end by itself

_one_at_a_time = threading.Lock()


class Lost(AutograderError):
    """A task ended the process that worked on it, as often as it was tried."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def call(function: Callable[[Any], Any], argument: Any, seconds: int) -> Any:
    """``function(argument)``, or the AutograderError that says why not; for worker processes only.

    The operating system ends the process if that takes more than `seconds`: no code that hangs,
    wherever it does, keeps a worker.
    """
    with _one_at_a_time:  # a process has one alarm clock
        signal.alarm(seconds)
        try:
            return function(argument)
        except AutograderError as error:
            return error
        except Exception as error:
            return AutograderError(f"{type(error).__name__}: {error}{_place(error)}")
        finally:
            signal.alarm(0)


def _place(error: Exception) -> str:
    trace = traceback.extract_tb(error.__traceback__)
    return f" ({os.path.basename(trace[-1].filename)}, line {trace[-1].lineno})" if trace else ""


def run(
    function: Callable[[Any], Any],
    tasks: Iterable[tuple[str, Any]],
    jobs: int = 0,
    seconds: int = 3600,
) -> Generator[tuple[str, Any], None, None]:
    """Yield ``(key, function(argument))`` for each ``(key, argument)`` of `tasks`, as it is ready.

    Where the function raises, an AutograderError stands in the result's place; where a task ended
    its process (or did not end within `seconds`) twice, it is :class:`Lost`. Function, arguments
    and results are pickled; the function once a worker. jobs : workers, 0: one a processor.

    Raises
    ------
    AutograderError : workers cannot be started.

    >>> list(run(len, [("a", "xyz")], jobs=1))
    [('a', 3)]
    """
    pool = _Pool(function, (_Task(key, argument) for key, argument in tasks), seconds)
    try:
        for _ in range(jobs or processors()):
            pool.start(next(pool.source, None))
        yield from pool.results()
    finally:
        pool.stop()


# ------------------------------------------------------------------------------ the parent's side


@dataclass
class _Task:
    key: str
    argument: Any
    deaths: int = 0


@dataclass
class _Worker:
    process: SpawnProcess
    task: _Task
    started: bool = False

    def join(self) -> int:
        """Wait until the process has ended; returns its exit code."""
        self.process.join(_GRACE)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return code


class _Pool:
    def __init__(
        self, function: Callable[[Any], Any], source: Iterator[_Task], seconds: int
    ) -> None:
        self.recipe, self.source, self.seconds = pickle.dumps((function, seconds)), source, seconds
        self.busy: dict[Connection, _Worker] = {}
        self.leaving: list[_Worker] = []
        self.bad_starts = 0
        # Not fork: it would copy this process's database and threads.
        self.context = multiprocessing.get_context("spawn")
        resource_tracker.ensure_running()  # now, since doing so unblocks signals

    def start(self, task: _Task | None) -> None:
        """Start a worker on `task`, if there is one."""
        if task is None:
            return
        # Ctrl-C is for this process: it waits until the worker has stepped out of its way.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            ours, theirs = self.context.Pipe()
            process = self.context.Process(target=_serve, args=(theirs,), name="grader")
            process.start()
            theirs.close()
            self.busy[ours] = _Worker(process, task)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def results(self) -> Iterator[tuple[str, Any]]:
        while self.busy:
            for connection in wait(list(self.busy)):
                assert isinstance(connection, Connection)
                try:
                    said, value = connection.recv()
                except (EOFError, OSError):
                    yield from self._died(connection)
                    continue
                worker = self.busy[connection]
                if said == "hello":
                    _send(connection, self.recipe)
                elif said == "ready":
                    worker.started, self.bad_starts = True, 0
                    _send(connection, worker.task.argument)
                else:
                    done = worker.task.key
                    self._hand_out(
                        connection, worker
                    )  # first: nobody waits for what is done with it
                    yield done, value

    def _hand_out(self, connection: Connection, worker: _Worker) -> None:
        task = next(self.source, None)
        if task is None:
            del self.busy[connection]
            connection.close()  # the worker leaves when it reads this
            self.leaving.append(worker)
        else:
            worker.task = task
            _send(connection, task.argument)

    def _died(self, connection: Connection) -> Iterator[tuple[str, Any]]:
        worker = self.busy.pop(connection)
        connection.close()
        code, task = worker.join(), worker.task
        if worker.started:
            task.deaths += 1
        else:
            self.bad_starts += 1
            if self.bad_starts >= _STARTS:
                raise AutograderError(f"worker processes do not start (exit code {code})")
        if task.deaths < _TRIES:
            self.start(task)
            return
        self.start(next(self.source, None))
        late = code == -signal.SIGALRM
        reason = f"did not end within {self.seconds} s" if late else "ended its process"
        yield task.key, Lost(f"it {reason}, {_TRIES} times")

    def stop(self) -> None:
        """End all workers, the busy ones at once."""
        for connection, worker in self.busy.items():
            connection.close()
            worker.process.terminate()
        for worker in [*self.leaving, *self.busy.values()]:
            worker.join()


def _send(connection: Connection, what: Any) -> None:
    with suppress(OSError):  # a worker that has died is found by reading from it
        connection.send(what)


# ------------------------------------------------------------------------------ the worker's side


def _serve(connection: Connection) -> None:
    os.setsid()  # a terminal's Ctrl-C does not come here; the parent ends its workers itself
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    for name in _THREADS:  # before NumPy is imported: side by side, more threads are slower
        os.environ.setdefault(f"{name}_NUM_THREADS", "1")
    with suppress(EOFError, ConnectionError):  # the parent has gone, or wants no more
        connection.send(("hello", None))
        function, seconds = pickle.loads(connection.recv())
        connection.send(("ready", None))
        while True:
            result = call(function, connection.recv(), seconds)
            try:
                message = pickle.dumps(("done", result))
            except Exception as error:  # what a result holds may refuse in any way
                said = f"the result cannot be sent: {type(error).__name__}: {error}"
                message = pickle.dumps(("done", AutograderError(said)))
            connection.send_bytes(message)


def _leave(*_: object) -> None:
    raise SystemExit(0)  # with all clean-up on the way


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
