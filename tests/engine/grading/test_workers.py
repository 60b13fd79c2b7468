"""Workers: results as they are ready, and what dies harms nobody else."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from collections import Counter
from pathlib import Path

import pytest
from helpers import ROOT

from autograder.errors import AutograderError
from autograder.grading.time_limit import within
from autograder.grading.workers import Lost, run

TESTS = ROOT / "tests"


# What the workers do in these tests.


def double(number):
    return 2 * number


def whoami(_):
    return os.getpid()


def die_if_told(word):
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return word


def die_the_first_time(path):
    if not path.exists():
        path.touch()
        os._exit(3)
    return "second time"


def hang_if_told(word):
    # In C, holding the interpreter: no Python code of this process could stop it.
    return within(0.1, lambda: sum(range(10**15))) if word == "hang" else word


def refuse(word):
    raise KeyError(word)


def object_that_cannot_be_sent(_):
    return lambda: None


class Noting:
    """A function that notes each process in which it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __call__(self, argument):
        return argument

    def __setstate__(self, state):
        self.__dict__ = state
        with self.path.open("a") as file:
            file.write("here\n")


class Fatal:
    """A function that ends the process which unpickles it."""

    def __reduce__(self):
        return os._exit, (7,)


class Argument:
    pass


def nothing(_):
    return None


def numbered(values):
    return [(f"task-{number}", value) for number, value in enumerate(values)]


def test_every_task_has_its_result():
    assert dict(run(double, numbered(range(20)), jobs=2)) == {f"task-{n}": 2 * n for n in range(20)}


def test_nothing_to_do_is_done():
    assert list(run(double, [], jobs=2)) == []


def test_no_more_workers_than_tasks_and_each_used_again():
    assert len({pid for _, pid in run(whoami, numbered("ab"), jobs=5)}) <= 2
    assert len({pid for _, pid in run(whoami, numbered("abcd"), jobs=1)}) == 1


def test_an_exception_costs_its_own_task_and_says_where(capfd):
    results = dict(run(refuse, numbered(["lemon", "pear"]), jobs=1))
    assert [type(error) for error in results.values()] == [AutograderError] * 2
    assert str(results["task-0"]).startswith("KeyError: 'lemon' (test_workers.py, line ")
    assert capfd.readouterr().err == ""


def test_a_result_that_cannot_be_sent_is_an_error_of_its_task():
    ((_, error),) = run(object_that_cannot_be_sent, numbered("a"), jobs=1)
    assert isinstance(error, AutograderError)
    assert "cannot be sent" in str(error)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_kills_its_worker_twice_is_lost_and_the_others_are_done(jobs):
    words = ["a", "die", "b", "c", "die", "d"]
    results = dict(run(die_if_told, numbered(words), jobs=jobs))
    assert Counter(type(result) for result in results.values()) == {str: 4, Lost: 2}
    assert str(results["task-1"]) == "it ended its process, 2 times"
    assert [results[f"task-{n}"] for n in (0, 2, 3, 5)] == ["a", "b", "c", "d"]


def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    results = dict(run(die_the_first_time, numbered([tmp_path / "a", tmp_path / "b"]), jobs=1))
    assert set(results.values()) == {"second time"}


def test_what_hangs_is_ended_and_lost():
    results = dict(run(hang_if_told, numbered(["hang", "a"]), jobs=1, seconds=1))
    assert isinstance(results["task-0"], Lost)
    assert str(results["task-0"]) == "it did not end within 1 s, 2 times"
    assert results["task-1"] == "a"


def test_workers_that_cannot_start_end_the_run():
    with pytest.raises(AutograderError, match=r"do not start \(exit code 7\)"):
        list(run(Fatal(), numbered("abc"), jobs=2))


def test_the_function_is_sent_once_a_worker(tmp_path):
    note = tmp_path / "note"
    list(run(Noting(note), numbered(range(6)), jobs=2))
    assert note.read_text().count("here") == 2


def test_tasks_are_made_when_there_is_a_worker_for_them_and_not_kept():
    alive, made, most = weakref.WeakSet(), 0, 0

    def tasks():
        nonlocal made
        for number in range(30):
            made += 1
            argument = Argument()
            alive.add(argument)
            yield f"task-{number}", argument
            del argument

    gc.collect()
    gc.freeze()  # what other tests left is not searched thirty times
    for done, _ in enumerate(run(nothing, tasks(), jobs=2), start=1):
        assert made <= done + 2
        gc.collect()
        most = max(most, len(alive))
    gc.unfreeze()
    assert made == 30
    assert most <= 3


def test_a_run_that_is_given_up_leaves_no_process():
    running = run(whoami, numbered(range(100)), jobs=2)
    pids = {next(running)[1], next(running)[1]}
    running.close()
    assert all(is_gone(pid) for pid in pids)


def test_the_environment_of_workers_is_theirs_alone():
    before = dict(os.environ)
    list(run(double, numbered("ab"), jobs=1))
    assert dict(os.environ) == before


# ------------------------------------------------------------------ when the parent is stopped

PARENT = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from autograder.grading.workers import run
from helpers import endless

if __name__ == "__main__":
    tasks = ((str(number), {folder!r}) for number in range(8))
    list(run(endless.{function}, tasks, jobs=2))
"""


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.fixture
def parent(tmp_path):
    """Returns a function that starts a run in a process of its own, and waits for its workers."""
    started = []

    def parent(function):
        script = tmp_path / "parent.py"
        folder = tmp_path / "pids"
        folder.mkdir()
        script.write_text(PARENT.format(tests=str(TESTS), folder=str(folder), function=function))
        process = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        until(lambda: len(list(folder.iterdir())) == 2)
        return process, [int(path.name) for path in folder.iterdir()]

    yield parent
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def until(happens, seconds=120):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("function", ["wait", "count"])
@pytest.mark.parametrize("signals", ["SIGKILL", "SIGTERM", "SIGINT to all"])
def test_workers_end_with_their_parent(parent, function, signals):
    process, pids = parent(function)
    if signals == "SIGINT to all":  # Ctrl-C in a terminal
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(getattr(signal, signals))
    said = process.communicate()[1]
    until(lambda: all(map(is_gone, pids)))
    # Of Ctrl-C the parent alone speaks.
    assert said.count("Traceback") == (signals == "SIGINT to all")
