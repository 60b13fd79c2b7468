"""Grade on many machines, through a Dask scheduler: ``grade --scheduler tcp://ADDRESS``.

Its workers need this course's environment and nothing else: no course directory, no gradebook, no
shared disk. They are sent the release, the hidden inputs with it, and submissions; so the network
between must be a private one, or ``tls://`` with certificates in Dask's configuration. A worker
grades one submission at a time: start as many as there are processors, each with
``dask worker ADDRESS --nworkers 1 --nthreads 1``.
"""

from __future__ import annotations

import itertools
import logging
import pickle
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from ..errors import AutograderError
from ..sandbox.isolation import LEVELS
from .environment import environment
from .grader import Grader, Results, Tasks, differing
from .kernel import isolation_level
from .rebuild import HandedIn
from .workers import Lost, call

__all__ = ["Cluster", "connect"]

_FIND = 10.0  # seconds to find the scheduler, and a first worker
_PATIENCE = 60.0  # seconds without any worker, until the run ends
_MUST_AGREE = ("python", "dask", "distributed", "msgpack", "cloudpickle")


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """The workers of the scheduler at `address`, as a place to grade in.

    Raises
    ------
    AutograderError : no scheduler, no workers, or other versions than here.
    """
    # On a scheduler that goes, Dask prints tracebacks; we say a sentence.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_FIND, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise AutograderError(f"there is no Dask scheduler at {address}: {error}") from None
    with client:
        cluster = Cluster(client, address)
        cluster.check()
        yield cluster


class Cluster:
    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address

    @property
    def workers(self) -> int:
        """How many there are just now: they may come and go."""
        try:
            return len(self.client.nthreads())
        except Exception:
            raise self._gone() from None

    def check(self) -> None:
        """See that there are workers, and that all run what this process runs."""
        try:
            self.client.wait_for_workers(1, timeout=_FIND)
        except TimeoutError:
            raise AutograderError(
                f"the Dask scheduler at {self.address} has no workers: "
                f"dask worker {self.address} --nworkers 1 --nthreads 1"
            ) from None
        versions: Any = self.client.get_versions()
        here = _versions(versions["client"])
        others = {"the scheduler": versions["scheduler"], **versions["workers"]}
        for name, there in others.items():
            self._compare(name, _versions(there), here)
        for name, there in self._ask(environment).items():
            self._compare(name, there, environment())

    @staticmethod
    def _compare(name: str, there: dict[str, str], here: dict[str, str]) -> None:
        if there != here:
            raise AutograderError(f"{name} runs {differing(there, here)}")

    def level(self, require: str) -> str:
        """The weakest of the workers' isolation levels: all submissions are treated alike."""
        return max(self._ask(isolation_level, require).values(), key=LEVELS.index)

    def _ask(self, function: Any, *arguments: Any) -> dict[str, Any]:
        try:
            answers: dict[str, Any] = self.client.run(function, *arguments)
        except AutograderError:
            raise
        except Exception as error:
            raise AutograderError(
                f"the workers of {self.address} lack this course's environment: {error}"
            ) from None
        return answers

    def run(self, grader: Grader, tasks: Tasks) -> Results:
        """Yield each student's result as it is ready.

        The work of a worker that is lost is done by others. Dask gives a task up after some lost
        workers; it was perhaps in bad company, so it is tried again at the end, alone.
        """
        # A task makes the grader, rather than scattered data: Dask makes it again if it is lost.
        recipe = pickle.dumps(grader)
        shared = self.client.submit(pickle.loads, recipe, key=f"release-{uuid.uuid4().hex}")
        suspects = []
        for student, handed_in, result in self._results(shared, grader.seconds, tasks):
            if isinstance(result, KilledWorker):
                suspects.append((student, handed_in))
            else:
                yield student, result
        for student, _, result in self._results(shared, grader.seconds, iter(suspects), alone=True):
            killed = isinstance(result, KilledWorker)
            yield student, Lost("it ended every worker that tried") if killed else result

    def _results(
        self, shared: Future, seconds: int, tasks: Tasks, alone: bool = False
    ) -> Iterator[tuple[str, HandedIn, Any]]:
        done: Queue[Future] = Queue()
        waiting: dict[Future, tuple[str, HandedIn]] = {}
        source = iter(tasks)
        try:
            while True:
                # Two a worker: the next one is there when it finishes.
                room = 1 if alone else max(1, 2 * self.workers)
                for student, handed_in in itertools.islice(source, max(room - len(waiting), 0)):
                    # No student's name: Dask shows keys to whoever opens its dashboard.
                    key = f"grade-{uuid.uuid4().hex}"
                    future = self.client.submit(call, shared, handed_in, seconds, key=key)
                    waiting[future] = student, handed_in
                    future.add_done_callback(done.put)
                if not waiting:
                    return
                future = self._next(done)
                yield *waiting.pop(future), self._result(future, shared)
        finally:
            with suppress(Exception):  # a scheduler that has gone needs no telling
                self.client.cancel(list(waiting), force=True)

    def _next(self, done: Queue[Future]) -> Future:
        """The next future that is done; raises AutograderError if none can be expected."""
        seen = time.monotonic()
        while True:
            try:
                return done.get(timeout=1)
            except Empty:
                if self.workers:
                    seen = time.monotonic()
                if time.monotonic() - seen > _PATIENCE:
                    raise AutograderError(
                        f"{self.address} has had no workers for {_PATIENCE:g} s; {_STAYS}"
                    ) from None

    def _result(self, future: Future, shared: Future) -> Any:
        if future.cancelled() or self.client.status != "running":
            raise self._gone()
        try:
            return future.result()
        except KilledWorker as error:
            if error.task != future.key:
                raise AutograderError(f"workers of {self.address} end at once: {error}") from None
            return error
        except Exception as error:
            return AutograderError(f"{type(error).__name__}: {error}")

    def _gone(self) -> AutograderError:
        return AutograderError(f"lost the Dask scheduler at {self.address}; {_STAYS}")


_STAYS = "what is graded stays: grade again"


def _versions(of: dict[str, Any]) -> dict[str, str]:
    return {name: of["packages"].get(name) or "missing" for name in _MUST_AGREE}
