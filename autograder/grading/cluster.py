"""Grade on many machines, through a Dask scheduler: ``grade --scheduler tls://ADDRESS``.

Its workers need this course's environment and nothing else: no course directory, no gradebook, no
shared disk. They are sent submissions and the release with its hidden inputs, and run what whoever
reaches the scheduler sends them, so each needs the certificate in Dask's configuration, or a
private network. A worker grades one submission at a time. ``docs/cluster.md`` sets one up.
"""

from __future__ import annotations

import itertools
import logging
import pickle
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any

from distributed import Client, Future, Security
from distributed.scheduler import KilledWorker
from distributed.versions import VersionMismatchWarning

from ..errors import AutograderError
from ..sandbox.isolation import LEVELS
from .environment import environment
from .grader import Grader, Results, Tasks, differences
from .hand_in import HandedIn
from .kernel import isolation_level
from .workers import Lost, call

__all__ = ["Cluster", "connect"]

_CONNECT_SECONDS = 10.0  # to find the scheduler, and a first worker
_IDLE_SECONDS = 60.0  # without any worker, until the run ends
_TLS = "tls://"
_MUST_AGREE = ("python", "dask", "distributed", "msgpack", "cloudpickle")


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """The workers of the scheduler at `address`, as a place to grade in.

    Raises
    ------
    AutograderError : no scheduler, no workers, or other versions than this process runs.
    """
    # Dask logs tracebacks when a scheduler ends, and warns of versions: our errors say it shorter.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", VersionMismatchWarning)
    security = _certificates(address)
    try:
        client = Client(address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        hint = " (or it has another certificate)" if address.startswith(_TLS) else ""
        raise AutograderError(f"there is no Dask scheduler at {address}{hint}: {error}") from None
    with client:
        cluster = Cluster(client, address)
        cluster.check()
        yield cluster


def _certificates(address: str) -> Security:
    """What Dask's configuration says of encryption, tried before a client waits in vain."""
    security = Security()
    try:
        context = security.get_connection_args("client").get("ssl_context")
    except OSError as error:
        files = security.get_tls_config_for_role("client")
        raise AutograderError(
            f"the certificates {files['ca_file']} and {files['cert']} cannot be read: {error}"
        ) from None
    if address.startswith(_TLS) and context is None:
        raise AutograderError(
            f"{address} needs certificates: name the file of Dask's configuration with them, "
            "export DASK_CONFIG=... (docs/cluster.md)"
        )
    if security.require_encryption and not address.startswith(_TLS):
        raise AutograderError(f"Dask's configuration wants {_TLS} addresses, got {address}")
    return security


class Cluster:
    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address

    @property
    def workers(self) -> int:
        """How many there are now: they may come and go."""
        try:
            return len(self.client.nthreads())
        except Exception:
            raise self._lost() from None

    def check(self) -> None:
        """Raise AutograderError unless there are workers, all with this process's versions."""
        try:
            self.client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError:
            raise AutograderError(
                f"the Dask scheduler at {self.address} has no workers: "
                f"dask worker {self.address} --nworkers 1 --nthreads 1"
            ) from None
        versions: Any = self.client.get_versions()
        expected = _versions(versions["client"])
        others = {"the scheduler": versions["scheduler"], **versions["workers"]}
        for name, other in others.items():
            self._require_same(name, _versions(other), expected)
        for name, other in self._call_on_workers(environment).items():
            self._require_same(name, other, environment())

    @staticmethod
    def _require_same(name: str, actual: dict[str, str], expected: dict[str, str]) -> None:
        if actual != expected:
            raise AutograderError(
                f"{name} runs {differences(actual, expected)}: each machine needs the same clone, "
                "installed with -c constraints.txt"
            )

    def level(self, require: str) -> str:
        """The weakest of the workers' isolation levels, for all submissions alike."""
        return max(self._call_on_workers(isolation_level, require).values(), key=LEVELS.index)

    def _call_on_workers(self, function: Any, *arguments: Any) -> dict[str, Any]:
        try:
            answers: dict[str, Any] = self.client.run(function, *arguments)
        except AutograderError:
            raise
        except OSError:  # a connection that ends
            raise AutograderError(f"{self.address} lost a worker; {_ADVICE}") from None
        except Exception as error:
            raise AutograderError(
                f"the workers of {self.address} lack this course's environment: {error}"
            ) from None
        return answers

    def run(self, grader: Grader, tasks: Tasks) -> Results:
        """Yield each student's result as it is ready.

        When a worker is lost, others do its work. After a few lost workers Dask gives a task up;
        another submission may have been the cause, so it is tried again at the end, alone.
        """
        # The grader is a task's result and not scattered data, so Dask can make a lost one again.
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
    ) -> Iterator[tuple[str, Sequence[HandedIn], Any]]:
        done: Queue[Future] = Queue()
        waiting: dict[Future, tuple[str, Sequence[HandedIn]]] = {}
        source = iter(tasks)
        try:
            while True:
                # Two for each worker: the next one is ready when it finishes.
                room = 1 if alone else max(1, 2 * self.workers)
                for student, handed_in in itertools.islice(source, max(room - len(waiting), 0)):
                    # No student's name: everyone who opens Dask's dashboard sees the keys.
                    key = f"grade-{uuid.uuid4().hex}"
                    future = self.client.submit(call, shared, handed_in, seconds, key=key)
                    waiting[future] = student, handed_in
                    future.add_done_callback(done.put)
                if not waiting:
                    return
                future = self._next_done(done)
                yield *waiting.pop(future), self._result(future, shared)
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self.client.cancel(list(waiting), force=True)

    def _next_done(self, done: Queue[Future]) -> Future:
        """The next future that is done; raises AutograderError if there are no workers any more."""
        last_seen = time.monotonic()
        while True:
            try:
                return done.get(timeout=1)
            except Empty:
                if self.workers:
                    last_seen = time.monotonic()
                if time.monotonic() - last_seen > _IDLE_SECONDS:
                    raise AutograderError(
                        f"{self.address} has had no workers for {_IDLE_SECONDS:g} s; {_ADVICE}"
                    ) from None

    def _result(self, future: Future, shared: Future) -> Any:
        if future.cancelled() or self.client.status != "running":
            raise self._lost()
        try:
            return future.result()
        except KilledWorker as error:
            if error.task != future.key:
                raise AutograderError(f"workers of {self.address} end at once: {error}") from None
            return error
        except Exception as error:
            return AutograderError(f"{type(error).__name__}: {error}")

    def _lost(self) -> AutograderError:
        return AutograderError(f"lost the Dask scheduler at {self.address}; {_ADVICE}")


_ADVICE = "what is graded stays: grade again"


def _versions(process: dict[str, Any]) -> dict[str, str]:
    return {name: process["packages"].get(name) or "missing" for name in _MUST_AGREE}
