"""Whatever ends a run of the grader, the next one leaves what an undisturbed one leaves."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import pytest
from helpers import ROOT
from helpers.graded_class import (
    FIRST,
    QUESTION,
    Class,
    contents,
    fill,
    released,
    set_url,
    small_disk,
    twin,
)
from helpers.small_course import project
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.grading import classroom
from autograder.grading.classroom import NotAllGraded, grade_class, rows
from autograder.grading.gradebook import copies_of
from autograder.grading.kernel import isolation_level
from autograder.grading.places import place
from autograder.grading.recorder import Recorder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc"),
]

RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"
NO_BIAS = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, None"
PATH = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
PROGRAM = ROOT / "tests" / "helpers" / "grade_small.py"


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Eight submissions of which none is graded yet."""
    root = tmp_path_factory.mktemp("recovery")
    klass = Class(released(root), root / "project")
    for student, words, code in [
        ("right", "It moves the plane.", RIGHT),
        ("mistaken", "It moves the plane.", NO_BIAS),
        ("deadly", None, "import os; os._exit(1)"),
        ("broken", "I do not know.", "raise ValueError('oops')"),
        ("loud", None, f"import sys; print('warning', file=sys.stderr)\n{RIGHT}"),
        ("late", "Sorry.", RIGHT),
        ("torn", None, ""),
    ]:
        klass.hand_in(student, words, code)
    folder = klass.course.submitted_dir(FIRST, "late")
    (folder / "timestamp.txt").write_text("2026-03-01 15:00:00.000 UTC", encoding="utf-8")
    folder = klass.course.submitted_dir(FIRST, "torn")
    (folder / f"{FIRST}.ipynb").write_text('{"cells": [', encoding="utf-8")
    (klass.course.submitted_dir(FIRST, "absent") / "figures").mkdir(parents=True)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.update_or_create_assignment(FIRST, duedate="2026-03-01 12:00:00 UTC")
    with (klass.course.root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    return klass


@pytest.fixture
def course(handed_in, tmp_path):
    return twin(handed_in.course, tmp_path / "course")


class _Here:
    """Grades in this process: what is tested is mostly what is recorded, and when."""

    workers = 1

    def level(self, require):
        return isolation_level(require)

    def run(self, grader, tasks):
        for student, handed_in in tasks:
            yield student, grader(handed_in)


def grade(handed_in, course, jobs=None, **options):
    """Grade the course, in this process or with `jobs` workers; returns who was graded."""
    here = place("", jobs) if jobs else nullcontext(_Here())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classroom, "place", lambda scheduler, jobs: here)
        return grade_class(course, FIRST, project=project(handed_in.made), **options)


def everything(course):
    """The gradebook (every row; as nbgrader exports it), and all graded notebooks."""
    export = course.root / "grades.csv"
    with Gradebook(course.db_url, "cs231n") as book:
        CsvExportPlugin(to=str(export)).export(book)
    files = course.autograded.glob("*/*/*")
    return {
        **contents(course.db_url),
        # nbgrader leaves the order of students without a name to the database.
        "export": sorted(export.read_bytes().splitlines()),
        **{path.relative_to(course.root).as_posix(): path.read_bytes() for path in files},
    }


@pytest.fixture(scope="module")
def undisturbed(handed_in, tmp_path_factory):
    """What one worker leaves that nothing disturbs."""
    course = twin(handed_in.course, tmp_path_factory.mktemp("undisturbed") / "course")
    grade(handed_in, course)
    score = {row.student: row.score for row in rows(course, FIRST)}
    assert score == dict.fromkeys(score, 0.0) | {"right": 4.5, "loud": 4.5, "late": 4.5}
    assert len(score) == 8
    left = everything(course)
    assert len([name for name in left if name.endswith(".ipynb")]) == 8
    return left


# --------------------------------------------------------------------------------- in any manner


@pytest.mark.parametrize("jobs", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_any_number_of_workers_leaves_the_same(handed_in, course, undisturbed, jobs):
    assert len(grade(handed_in, course, jobs=jobs)) == 8
    assert everything(course) == undisturbed


def test_a_run_in_parts_and_a_repeated_run_leave_the_same(handed_in, course, undisturbed):
    grade(handed_in, course, students=["late", "right", "torn"])
    assert len(grade(handed_in, course)) == 5
    assert grade(handed_in, course) == []
    assert everything(course) == undisturbed
    assert len(grade(handed_in, course, force=True)) == 8
    assert everything(course) == undisturbed


def test_a_dry_run_writes_nothing_at_all(handed_in, course):
    def files():
        return {path: path.stat().st_mtime_ns for path in course.root.rglob("*")}

    grade(handed_in, course, students=["right"])
    before, told = files(), []
    grade(
        handed_in,
        course,
        force=True,
        dry_run=True,
        students=["right", "torn"],
        tell=told.append,
    )
    assert files() == before
    assert {each.student: each.differs for each in told if hasattr(each, "differs")} == {
        "right": False,
        "torn": True,
    }


# ------------------------------------------------------------------------------------ kill -9


@pytest.fixture(scope="module")
def server():
    """Runs of the grader without the seconds that importing it takes."""
    environment = {**os.environ, "PYTHONPATH": PATH, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        [sys.executable, PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        yield process
        process.stdin.close()


def start(server, pipe, arguments):
    """Start a run; returns its number and the lines it says."""
    os.mkfifo(pipe)
    server.stdin.write(json.dumps([str(pipe), *map(str, arguments)]) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline()), pipe.open(encoding="utf-8")


def processes():
    """Everything that was started here, and not before, and is there still: {id: command}."""
    parents, found = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = path.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]
            command = path.joinpath("cmdline").read_text().replace("\0", " ")
        except OSError:  # it ended meanwhile
            continue
        parents[int(path.name)], found[int(path.name)] = int(parent), command
    ours = {os.getpid()}
    for _ in parents:
        ours |= {child for child, parent in parents.items() if parent in ours}
    return {number: found[number] for number in ours - {os.getpid()}}


@pytest.fixture
def orphans():
    """Processes whose parent ends become children of this one; returns what to wait with."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = set(processes())

    def all_gone(seconds=60):
        """Wait until none is left that was not there before; what is left in the end."""
        deadline = time.monotonic() + seconds
        while True:
            left = {number: said for number, said in processes().items() if number not in before}
            for number in left:
                with suppress(ChildProcessError):  # not ours yet: its own parent lives
                    os.waitpid(number, os.WNOHANG)
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.02)

    yield all_gone
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


PR_SET_CHILD_SUBREAPER = 36


def kill(number, rng):
    """Kill a run at a random moment: it alone, or its whole process group."""
    with suppress(ProcessLookupError):
        (os.kill if rng.random() < 0.5 else os.killpg)(number, signal.SIGKILL)


@pytest.mark.parametrize(
    "chain", [0, *(pytest.param(chain, marks=pytest.mark.nightly) for chain in range(1, 5))]
)
def test_a_run_that_is_killed_at_any_moment_leaves_no_trace(
    handed_in, course, undisturbed, server, orphans, tmp_path, chain
):
    """Four kills one after the other, and then one run to the end: 20 kills in all."""
    rng = random.Random(chain)
    command = [handed_in.made, "grade", FIRST, "--course", course.root, "--json", "--jobs", 1]
    for turn in range(4):
        # In turns what is left to do, and all of it again over what is there.
        number, said = start(server, tmp_path / f"{turn}", command + ["--force"] * (turn % 2))
        with said:
            for _, line in zip(range(rng.randrange(10)), said, strict=False):
                assert json.loads(line)["event"] != "failed", line
            time.sleep(rng.uniform(0, 0.2))
            kill(number, rng)
            said.read()
        assert orphans() == {}
    grade(handed_in, course)
    assert everything(course) == undisturbed


@pytest.mark.nightly
def test_the_real_program_is_killed_as_well(handed_in, course, undisturbed, orphans):
    command = [sys.executable, PROGRAM, handed_in.made, "grade", FIRST, "--course", course.root]
    run = subprocess.Popen(
        [*map(str, command), "--json", "--jobs", "2"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PATH},
    )
    assert [json.loads(run.stdout.readline())["event"] for _ in range(4)][3] == "graded"
    run.kill()
    run.communicate()
    assert orphans() == {}
    assert 0 < len(grade(handed_in, course)) < 6
    assert everything(course) == undisturbed


def test_a_recorder_that_is_killed_at_each_of_its_steps_leaves_no_trace(
    handed_in, course, tmp_path
):
    """Each time that Python opens, renames, changes or removes something, until none is left."""
    klass = Class(course, handed_in.made)
    with Recorder(course, FIRST) as book:
        book.record("late", {FIRST: klass.graded("late")})
    klass.hand_in("late", "Other words.", RIGHT, "2026-03-01 11:00:00.000 UTC")
    graded = klass.graded("late", affine=4.5)
    calm = twin(course, tmp_path / "calm")
    record(calm, graded)
    steps = 0
    while killed_at(steps, course, graded):
        text = copies_of(course, FIRST, "late")[FIRST].read_text(encoding="utf-8")
        assert json.loads(text)["cells"]  # the old or the new one, never none
        again = twin(course, tmp_path / f"course-{steps}")
        record(again, graded)
        assert contents(again.db_url) == contents(calm.db_url)
        assert copies(again) == copies(calm)
        steps += 1
    assert steps > 10


def record(course, graded):
    with Recorder(course, FIRST) as book:
        book.record("late", {FIRST: graded})


def copies(course):
    return {path.name: path.read_bytes() for path in course.autograded.glob("late/*/*")}


def killed_at(step, course, graded):
    """Record in a process of its own that kills itself at this step; whether it came to that."""
    child = os.fork()
    if not child:
        with Recorder(course, FIRST) as book:
            steps = iter(range(step))

            def audit(event, arguments):
                touches = event.startswith(("open", "os.", "sqlite3.")) and event != "os.kill"
                if touches and next(steps, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(audit)
            book.record("late", {FIRST: graded})
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


# --------------------------------------------------------------------------- other bad weather


def test_a_gradebook_that_is_locked_for_a_while_costs_no_marks(handed_in, course, undisturbed):
    set_url(course, "sqlite:///gradebook.db?timeout=0.05")
    told = []
    with closing(sqlite3.connect(course.gradebook, isolation_level=None)) as other:

        def tell(event):
            told.append(event)
            if len(told) == 4:
                other.execute("BEGIN IMMEDIATE")
            if len(told) == 6:
                other.execute("ROLLBACK")

        with pytest.raises(NotAllGraded) as said:
            grade(handed_in, course, tell=tell)
    assert len(said.value.failed) == 2
    assert all("database is locked" in reason for reason in said.value.failed.values())
    assert sorted(grade(handed_in, course)) == sorted(said.value.failed)
    assert everything(course) == undisturbed


def test_a_disk_that_is_full_for_a_while_costs_no_marks(handed_in, course, undisturbed):
    with small_disk(course.autograded, "1m"):
        filler = course.autograded / "filler"
        told = []

        def tell(event):
            told.append(event)
            if len(told) == 4:
                with suppress(OSError):
                    fill(filler)
            if len(told) == 6:
                filler.unlink()

        with pytest.raises(NotAllGraded) as said:
            grade(handed_in, course, tell=tell)
        assert len(said.value.failed) == 2
        assert all("free some space" in reason for reason in said.value.failed.values())
        assert sorted(grade(handed_in, course)) == sorted(said.value.failed)
        assert everything(course) == undisturbed


def test_marks_by_hand_survive_and_a_new_answer_asks_again(handed_in, course):
    grade(handed_in, course, students=["right", "broken"])
    with Gradebook(course.db_url, "cs231n") as book:
        for student in ("right", "broken"):
            mark = book.find_grade(QUESTION, FIRST, FIRST, student)
            mark.manual_score, mark.needs_manual_grade = 1.5, False
        book.db.commit()
    Class(course, handed_in.made).hand_in("broken", "Now I know.", RIGHT)
    grade(handed_in, course, students=["right", "broken"], force=True)
    found = {row.student: (row.score, row.needs_manual) for row in rows(course, FIRST)}
    assert found == {"right": (6.0, False), "broken": (6.0, True)}
