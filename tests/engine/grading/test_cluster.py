"""Grading through Dask: a real scheduler and real worker processes, some of which are killed."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import dask.config
import pytest
from distributed.comm import CommClosedError
from helpers import ROOT
from helpers.small_course import FIRST, POINTS, project

from autograder import course
from autograder.authoring import build, release
from autograder.errors import AutograderError
from autograder.grading import classroom, cluster
from autograder.grading.cluster import connect
from autograder.grading.events import Graded, Start
from autograder.grading.kernel import Limits
from autograder.grading.places import place
from autograder.grading.submission import read_notebook
from autograder.grading.workers import Lost

pytestmark = pytest.mark.slow

DASK = Path(sys.executable).with_name("dask")
LIMITS = Limits(cell_seconds=5, test_seconds=5, total_seconds=60)
ANSWERS = {
    "right": "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None",
    "no-bias": "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, None",
    "crash": "import os\nos._exit(1)",
    "nothing": "def affine_forward(x, w, b):\n    pass",
}


class Cluster:
    """A scheduler and `count` workers on this machine, started as one would in a shell.

    They run in an empty folder, with an environment in which only programs can be found.
    """

    def __init__(self, folder, count):
        folder.mkdir()
        self.folder, self.processes = folder, []
        self.address = self._scheduler()
        self.workers = [self._start("worker", self.address, *self.WORKER) for _ in range(count)]

    WORKER = ("--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0")

    def _scheduler(self):
        file = self.folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show",
            "--scheduler-file", str(file),
        )  # fmt: skip
        until(lambda: file.exists() and file.read_text().endswith("}"))
        return json.loads(file.read_text())["address"]

    def _start(self, *arguments):
        name = f"{len(self.processes)}-{arguments[0]}"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [DASK, *arguments],
                cwd=self.folder,
                env={
                    "PATH": os.defpath,
                    "HOME": str(self.folder),
                    "PYTHONPATH": str(ROOT),
                    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def kill(self, process):
        """End it at once, and what it started."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self):
        for process in self.processes:
            self.kill(process)


def until(happens, seconds=60):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts a cluster with so many workers."""
    started = []

    def start(count):
        started.append(Cluster(tmp_path / f"cluster-{len(started)}", count))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Returns a function that makes one and the same class anew, and grades it."""
    root = tmp_path_factory.mktemp("class")
    made = project(root / "project")
    build.build([], made)
    secret = os.urandom(32)

    def graded(name, **options):
        here = course.init(root / name)
        (here.root / "secret.key").write_bytes(secret)
        release.release(here, FIRST, made)
        notebook = read_notebook(here.release_dir(FIRST) / f"{FIRST}.ipynb")
        for number, (kind, answer) in enumerate([*ANSWERS.items()] * 2):
            for cell in notebook.cells:
                if cell.id == "affine_solution":
                    cell.source = answer
            folder = here.submitted_dir(FIRST, f"{number:02}-{kind}")
            folder.mkdir(parents=True)
            (folder / f"{FIRST}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        classroom.grade_class(here, FIRST, limits=LIMITS, project=made, **options)
        return {
            row.student: (row, here.autograded_dir(FIRST, row.student).joinpath(f"{FIRST}.ipynb"))
            for row in classroom.rows(here, FIRST)
        }

    return graded


def test_marks_are_those_of_one_machine_though_a_worker_is_killed_half_way(start, graded):
    alone = graded("alone", jobs=2)
    running, seen = start(2), []

    def tell(event):
        seen.append(event)
        if sum(isinstance(event, Graded) for event in seen) == 2:
            running.kill(running.workers[0])

    together = graded("together", scheduler=running.address, tell=tell)
    assert running.workers[0].poll() is not None
    assert isinstance(seen[0], Start)
    assert (seen[0].total, seen[0].workers) == (8, 2)
    assert len(together) == len(alone) == 8
    for student, (row, path) in alone.items():
        other, copy = together[student]
        assert other == row
        assert copy.read_bytes() == path.read_bytes()
    assert Counter(row.score for row, _ in alone.values())[POINTS[FIRST] - 1] == 2


def expressions(seconds=60):
    """A "grader" that evaluates what is handed in: with it a test decides what workers do."""
    grader = functools.partial(eval)
    grader.seconds = seconds
    return grader


DIE = "__import__('os')._exit(1)"


def test_what_kills_workers_is_lost_and_the_others_are_done(start):
    tasks = [(str(number), f"{number} * 2") for number in range(10)]
    tasks.insert(3, ("killer", DIE))
    with connect(start(2).address) as here:
        results = dict(here.run(expressions(), iter(tasks)))
    lost = results.pop("killer")
    assert isinstance(lost, Lost)
    assert "ended every worker" in str(lost)
    assert results == {str(number): 2 * number for number in range(10)}


def test_what_hangs_ends_its_worker_and_is_lost(start):
    hang = "sum(range(10**15))"
    with connect(start(1).address) as here:
        results = dict(here.run(expressions(seconds=1), iter([("hang", hang), ("other", "1")])))
    assert isinstance(results["hang"], Lost)
    assert results["other"] == 1


def test_an_exception_costs_its_own_task(start):
    with connect(start(1).address) as here:
        results = dict(here.run(expressions(), iter([("a", "1 / 0"), ("b", "7")])))
    assert str(results["a"]).startswith("ZeroDivisionError: division by zero")
    assert results["b"] == 7


def test_no_more_tasks_are_taken_than_there_is_room_for(start):
    taken = 0

    def tasks():
        nonlocal taken
        for number in range(20):
            taken += 1
            yield str(number), "1"

    with connect(start(1).address) as here:
        for done, _ in enumerate(here.run(expressions(), tasks()), start=1):
            assert taken <= done + 2
    assert taken == 20


def test_a_scheduler_that_goes_ends_the_run_with_a_reason(start, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 3)
    running = start(1)

    def work():
        with connect(running.address) as here:
            for _ in here.run(expressions(), ((str(number), "1") for number in range(1000))):
                running.kill(running.scheduler)

    with pytest.raises(AutograderError, match="lost the Dask scheduler"):
        work()


def test_a_wrong_address_is_an_error(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://", "here"):
        with pytest.raises(AutograderError, match=f"no Dask scheduler at {address}"):
            connect(address).__enter__()


@pytest.mark.parametrize(
    ("address", "settings", "said"),
    [
        ("tls://127.0.0.1:1", {}, "needs certificates: .*DASK_CONFIG"),
        ("tcp://127.0.0.1:1", {"require-encryption": True}, "wants tls:// addresses, got tcp://"),
        (
            "tls://127.0.0.1:1",
            {"tls.ca-file": "/none/ca.pem", "tls.client.cert": "/none/my.pem"},
            "/none/ca.pem and /none/my.pem cannot be read: .*No such file",
        ),
    ],
)
def test_certificates_are_looked_at_before_a_scheduler_is_waited_for(
    monkeypatch, address, settings, said
):
    monkeypatch.setattr(cluster, "Client", None)
    settings = {f"distributed.comm.{name}": value for name, value in settings.items()}
    with dask.config.set(settings), pytest.raises(AutograderError, match=said):
        connect(address).__enter__()


def test_a_worker_that_ends_while_it_is_asked_is_no_missing_environment(monkeypatch, start):
    running = start(1)

    def run(client, function):
        raise CommClosedError("in <TCP>: Stream is closed")

    monkeypatch.setattr(cluster.Client, "run", run)
    with pytest.raises(AutograderError, match="lost a worker; what is graded stays: grade again"):
        connect(running.address).__enter__()


def test_a_scheduler_without_workers_is_an_error(monkeypatch, start):
    running = start(0)
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 2)
    with pytest.raises(AutograderError, match=r"has no workers: dask worker tcp://"):
        connect(running.address).__enter__()


def test_workers_with_another_environment_are_refused(monkeypatch, start):
    running = start(1)
    monkeypatch.setattr(cluster, "environment", lambda: {"numpy": "1.0"})
    monkeypatch.setattr(
        cluster.Cluster, "_call_on_workers", lambda *_: {"tcp://w": {"numpy": "2.0"}}
    )
    with pytest.raises(AutograderError, match=r"tcp://w runs numpy 2\.0, and here is 1\.0"):
        connect(running.address).__enter__()
    monkeypatch.setattr(cluster, "_MUST_AGREE", ("python", "dask"))
    versions = {"packages": {"python": "3.1", "dask": "1"}}
    ours = {"packages": {"python": "3.1", "dask": "2"}}
    said = {"client": ours, "scheduler": versions, "workers": {}}
    monkeypatch.setattr(cluster.Client, "get_versions", lambda _: said)
    with pytest.raises(AutograderError, match="the scheduler runs dask 1, and here is 2"):
        connect(running.address).__enter__()


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "autograder.grading.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AutograderError, match=r"pip install -e '\.\[cluster\]'"):
        place("tcp://127.0.0.1:8786", 0).__enter__()
