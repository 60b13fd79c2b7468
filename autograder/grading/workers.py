"""Run one function on many arguments, in processes that may die without harm to the others.

:func:`run` gives tasks to workers one at a time and yields each result as it is ready: the parent
never holds more than one task for each worker. A worker that dies is replaced and its task tried
once more; a task that kills two workers is given up, and the rest goes on. (The whole pool of
``concurrent.futures`` breaks when one of its processes dies.)

When the parent ends, for whatever reason, the workers end too.
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
from ..quick_imports import import_jsonschema

__all__ = ["Lost", "call", "processors", "run"]

_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
_TRIES = 2  # for a task that kills its worker
_STARTS = 3  # in a row, of workers that end before they are ready
_GRACE = 5.0  # seconds that a worker has to end by itself

_one_at_a_time = threading.Lock()


class Lost(AutograderError):
    """A task killed its worker each time it was tried."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def call(function: Callable[[Any], Any], argument: Any, seconds: int) -> Any:
    """``function(argument)``, or an AutograderError if it raises; for worker processes only.

    The operating system kills the process after `seconds`: code that hangs cannot block a worker.
    """
    with _one_at_a_time:  # a process has one alarm clock
        signal.alarm(seconds)
        try:
            return function(argument)
        except AutograderError as error:
            return error
        except Exception as error:
            return AutograderError(f"{type(error).__name__}: {error}{_location(error)}")
        finally:
            signal.alarm(0)


def _location(error: Exception) -> str:
    trace = traceback.extract_tb(error.__traceback__)
    return f" ({os.path.basename(trace[-1].filename)}, line {trace[-1].lineno})" if trace else ""


def run(
    function: Callable[[Any], Any],
    tasks: Iterable[tuple[str, Any]],
    jobs: int = 0,
    seconds: int = 3600,
) -> Generator[tuple[str, Any], None, None]:
    """Yield ``(key, function(argument))`` for each ``(key, argument)`` of `tasks`, as it is ready.

    Where the function raises, the result is an AutograderError; where a task killed its process
    (or did not end within `seconds`) twice, it is :class:`Lost`. Function, arguments and results
    are pickled; the function once for each worker. jobs : workers; 0: one for each processor.

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
        self.pickled = pickle.dumps((function, seconds))  # once, and not for each worker
        self.source, self.seconds = source, seconds
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
        # Ctrl-C is for this process only: it is blocked until the worker has its own session.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            parent_end, worker_end = self.context.Pipe()
            process = self.context.Process(target=_serve, args=(worker_end,), name="grader")
            process.start()
            worker_end.close()
            self.busy[parent_end] = _Worker(process, task)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def results(self) -> Iterator[tuple[str, Any]]:
        while self.busy:
            for connection in wait(list(self.busy)):
                assert isinstance(connection, Connection)
                try:
                    kind, value = connection.recv()
                except (EOFError, OSError):
                    yield from self._died(connection)
                    continue
                worker = self.busy[connection]
                if kind == "hello":
                    _send(connection, self.pickled)
                elif kind == "ready":
                    worker.started, self.bad_starts = True, 0
                    _send(connection, worker.task.argument)
                else:
                    key = worker.task.key
                    # Before the result is used, so that the worker need not wait.
                    self._give_next(connection, worker)
                    yield key, value

    def _give_next(self, connection: Connection, worker: _Worker) -> None:
        task = next(self.source, None)
        if task is None:
            del self.busy[connection]
            connection.close()  # which ends the worker
            self.leaving.append(worker)
        else:
            worker.task = task
            _send(connection, task.argument)

    def _died(self, connection: Connection) -> Iterator[tuple[str, Any]]:
        """Replace a worker that died; yields its task's result if that is given up."""
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


def _send(connection: Connection, value: Any) -> None:
    with suppress(OSError):  # reading from a dead worker shows that it died
        connection.send(value)


# ------------------------------------------------------------------------------ the worker's side


def _serve(connection: Connection) -> None:
    os.setsid()  # without the terminal's Ctrl-C: the parent ends its workers itself
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    for name in _THREADS:  # before NumPy is imported: more threads slow the workers down
        os.environ.setdefault(f"{name}_NUM_THREADS", "1")
    with suppress(EOFError, ConnectionError):  # the parent is gone, or there are no more tasks
        connection.send(("hello", None))
        import_jsonschema()
        function, seconds = pickle.loads(connection.recv())
        connection.send(("ready", None))
        while True:
            result = call(function, connection.recv(), seconds)
            try:
                message = pickle.dumps(("done", result))
            except Exception as error:  # pickling a result may fail in any way
                reason = f"the result cannot be sent: {type(error).__name__}: {error}"
                message = pickle.dumps(("done", AutograderError(reason)))
            connection.send_bytes(message)


def _leave(*_: object) -> None:
    raise SystemExit(0)  # so that clean-up runs


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
