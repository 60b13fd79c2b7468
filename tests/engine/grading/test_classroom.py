"""A class on a real notebook: what is handed in, graded, graded again, and told to students."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from helpers import ROOT, load
from helpers.shared import leave_out_experiments
from nbclient import NotebookClient
from nbgrader.api import Gradebook

from autograder.authoring.release import release
from autograder.course import init
from autograder.errors import AutograderError
from autograder.grading import classroom, places
from autograder.grading.classroom import NotAllGraded
from autograder.grading.compare import Comparison
from autograder.grading.events import Failed
from autograder.grading.feedback import feedback
from autograder.grading.submission import read_notebook
from autograder.grading.timings import timings
from autograder.grading.workers import Lost
from autograder.sandbox import isolation

NOTEBOOK = "01_activations"
POINTS = sum(exercise.points for exercise in load(NOTEBOOK))
pytestmark = pytest.mark.slow

WRONG_TANH = """
def tanh_forward(x):
    return np.tanh(x), x

def tanh_backward(dout, cache):
    return dout * (1 - cache**2)
"""


def solved(course, **answers):
    """The released notebook with the source notebook's solutions (or `answers`) in its cells."""
    source = read_notebook(course.source_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb")
    solutions = {cell.id: cell.source for cell in source.cells}
    notebook = read_notebook(course.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb")
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            lines = solutions[cell.id].splitlines()
            cell.source = "\n".join(line for line in lines if "SOLUTION" not in line)
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def hand_in(course, student, text):
    folder = course.submitted_dir(NOTEBOOK, student)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8")


def question(course):
    notebook = read_notebook(course.release_dir(NOTEBOOK) / f"{NOTEBOOK}.ipynb")
    return next(
        cell.id
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution")
    )


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """Four students: everything right, one mistake, a broken file, nothing; graded once."""
    course = init(tmp_path_factory.mktemp("class") / "course")
    release(course, NOTEBOOK)
    leave_out_experiments(course, NOTEBOOK)
    words = {question(course): "Because all inputs have one sign. <script>alert(1)</script>"}
    hand_in(course, "student-01", json.dumps(solved(course, **words)))
    hand_in(course, "student-02", json.dumps(solved(course, tanh_solution=WRONG_TANH)))
    hand_in(course, "student-03", '{"cells": [')
    (course.submitted_dir(NOTEBOOK, "student-04") / "figures").mkdir(parents=True)
    seen = []
    graded = classroom.grade_class(course, NOTEBOOK, jobs=2, tell=seen.append)
    assert sorted(graded) == [f"student-0{number}" for number in (1, 2, 3, 4)]
    return SimpleNamespace(course=course, events=seen)


@pytest.fixture(scope="module")
def course(first_run):
    return first_run.course


def scores(course):
    return {row.student: row.score for row in classroom.rows(course, NOTEBOOK)}


def tanh_points():
    exercise = next(each for each in load(NOTEBOOK) if each.name == "tanh")
    scope = {"np": np}
    exec(WRONG_TANH, scope)
    found = exercise.examine({name: scope[name] for name in exercise.answers})
    return found.points - found.earned


def test_everybody_has_a_grade_and_a_reason(course):
    table = {row.student: row for row in classroom.rows(course, NOTEBOOK)}
    assert scores(course) == {
        "student-01": POINTS,
        "student-02": POINTS - tanh_points(),
        "student-03": 0,
        "student-04": 0,
    }
    assert table["student-01"].needs_manual
    assert "tanh" in table["student-02"].mistakes
    assert "not a notebook" in table["student-03"].unreadable
    assert "no notebook in the submission" in table["student-04"].unreadable


def test_what_happens_is_told_as_it_happens(first_run):
    start, *each, end = first_run.events
    assert (start.notebook, start.total, start.unchanged, start.workers) == (NOTEBOOK, 4, 0, 2)
    assert start.isolation in isolation.LEVELS
    told = {event.student: event for event in each}
    (most,) = {row.max_score for row in classroom.rows(first_run.course, NOTEBOOK)}
    assert {event.max for event in each} == {most}
    assert told["student-01"].score == POINTS
    assert told["student-02"].score == POINTS - tanh_points()
    assert told["student-02"].seconds > 0
    assert 0 < sum(told["student-02"].cells.values()) <= told["student-02"].seconds
    assert "not a notebook" in told["student-03"].reason
    assert (end.graded, end.failed) == (4, 0)


def test_the_seconds_of_each_cell_are_kept_apart_from_the_graded_notebook(first_run):
    told = {each.student: each.cells for each in first_run.events[1:-1]}
    assert timings(first_run.course, NOTEBOOK) == told
    notebook = read_notebook(
        first_run.course.autograded_dir(NOTEBOOK, "student-01") / f"{NOTEBOOK}.ipynb"
    )
    code = [
        cell.id
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader")  # the others need not run
    ]
    assert list(told["student-01"]) == code
    assert told["student-03"] == {}, "it could not be read"


def test_what_is_unchanged_is_not_graded_again(course):
    assert classroom.grade_class(course, NOTEBOOK) == []


def test_only_the_students_asked_for_are_graded(course):
    hand_in(course, "student-03", '{"cells": [ ')
    assert classroom.grade_class(course, NOTEBOOK, ["student-02", "student-03"]) == ["student-03"]
    with pytest.raises(AutograderError, match=r"must have handed in .*, got \['student-99'\]"):
        classroom.grade_class(course, NOTEBOOK, ["student-99"])


def test_manual_marks_survive_grading_again(course):
    name = question(course)
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade(name, NOTEBOOK, NOTEBOOK, "student-01")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    before = (course.autograded_dir(NOTEBOOK, "student-01") / f"{NOTEBOOK}.ipynb").read_bytes()
    classroom.grade_class(course, NOTEBOOK, ["student-01"], force=True)
    assert scores(course)["student-01"] == POINTS + 1.5
    after = (course.autograded_dir(NOTEBOOK, "student-01") / f"{NOTEBOOK}.ipynb").read_bytes()
    assert [c.source for c in _cells(before)] == [c.source for c in _cells(after)]


def _cells(data):
    return nbformat.reads(data.decode(), as_version=4).cells


@pytest.mark.nightly
def test_nbgraders_own_command_gives_the_same_marks(course):
    before = scores(course)
    program = Path(sys.executable).with_name("nbgrader")
    for student in ("student-02", "student-03"):
        subprocess.run(
            [program, "autograde", NOTEBOOK, "--student", student, "--force"],
            cwd=course.root,
            env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
            check=True,
            capture_output=True,
        )
    assert scores(course) == before


def test_feedback_names_the_mistake_and_keeps_the_rubric(course):
    pages = feedback(course, NOTEBOOK, ["student-01", "student-02", "student-03"])
    first, second, third = (page.read_text(encoding="utf-8") for page in pages)
    assert "looks like:" in second
    assert "not a notebook" in third
    assert "alert(1)" in first
    assert "<script>alert(1)" not in first
    assert all("Rubric" not in page for page in (first, second, third))


def test_the_grader_sees_the_rubric(course):
    notebook = read_notebook(course.autograded_dir(NOTEBOOK, "student-01") / f"{NOTEBOOK}.ipynb")
    assert any("Rubric" in cell.source for cell in notebook.cells)


def test_a_mark_that_cannot_be_written_stops_nobody_else(course, monkeypatch):
    record, recorded, seen = classroom.Recorder.record, [], []

    def sometimes(recorder, student, graded):
        if student == "student-03":
            raise OSError("No space left on device")
        record(recorder, student, graded)
        recorded.append(student)

    monkeypatch.setattr(classroom.Recorder, "record", sometimes)
    before = scores(course)
    with pytest.raises(NotAllGraded, match=r"student-03: No space left") as raised:
        classroom.grade_class(
            course, NOTEBOOK, ["student-03", "student-04"], force=True, tell=seen.append
        )
    assert raised.value.failed == {"student-03": "No space left on device"}
    assert recorded == ["student-04"]
    assert scores(course) == before
    assert Failed("student-03", "No space left on device") in seen
    assert (seen[-1].graded, seen[-1].failed) == (1, 1)


def test_what_ends_its_grader_gets_a_zero_and_a_reason_and_is_tried_again(course, monkeypatch):
    """Whoever finds a way to do that: here a worker says that it happened."""
    before = scores(course)["student-02"]
    lost = [("student-02", Lost("it ended its process, 2 times"))]
    with monkeypatch.context() as changed:
        changed.setattr(places, "run", lambda *_: (each for each in lost))
        assert classroom.grade_class(course, NOTEBOOK, ["student-02"], force=True) == ["student-02"]
    row = next(row for row in classroom.rows(course, NOTEBOOK) if row.student == "student-02")
    assert row.score == 0
    assert "it ended its process, 2 times" in row.unreadable
    assert classroom.grade_class(course, NOTEBOOK, ["student-02"]) == ["student-02"]
    assert scores(course)["student-02"] == before


def test_a_dry_run_tells_what_would_change_and_changes_nothing(course):
    text = json.dumps(solved(course))
    kept = (course.submitted_dir(NOTEBOOK, "student-02") / f"{NOTEBOOK}.ipynb").read_text()
    before, files = scores(course), snapshot(course)
    hand_in(course, "student-02", text)
    seen = []
    try:
        classroom.grade_class(course, NOTEBOOK, dry_run=True, tell=seen.append)
    finally:
        hand_in(course, "student-02", kept)
    (found,) = [event for event in seen if isinstance(event, Comparison)]
    assert (found.student, found.before, found.gain) == (
        "student-02", before["student-02"], tanh_points()
    )  # fmt: skip
    assert {change.exercise for change in found.changes} == {"tanh"}
    assert snapshot(course) == files


def snapshot(course):
    """Every file of the course but the submissions."""
    return {
        path: path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and course.submitted not in path.parents
    }


def test_less_isolation_than_required_is_refused_before_anything_is_done(course, monkeypatch):
    unavailable = {"namespaces": "no luck", "landlock+seccomp": "no luck", "limits": ""}
    monkeypatch.setattr(isolation, "available", lambda: unavailable)
    seen = []
    with pytest.raises(AutograderError, match="no luck"):
        classroom.grade_class(
            course, NOTEBOOK, force=True, require="landlock+seccomp", tell=seen.append
        )
    assert seen == []
    classroom.grade_class(course, NOTEBOOK, ["student-04"], require="limits", tell=seen.append)
    assert seen[0].isolation == "limits"


def test_ctrl_c_stops_it_at_once_and_leaves_no_process(course):
    command = [sys.executable, "-m", "autograder", "grade", NOTEBOOK, "--force", "--json"]
    process = subprocess.Popen(
        [*command, "--jobs", "1", "--course", str(course.root)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert [each["event"] for each in first] == ["start", "graded"]
    family = descendants(process.pid)
    assert len(family) >= 2  # the worker and its sandbox
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "autograder: stopped\n"
    assert "end" not in [json.loads(line)["event"] for line in rest.splitlines()]
    for _ in range(3000):
        if not any(map(is_running, family)):
            break
        time.sleep(0.02)
    assert not [pid for pid in family if is_running(pid)]


def descendants(ancestor):
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_notebook_must_be_released_first(tmp_path):
    with pytest.raises(AutograderError, match="must be released"):
        classroom.grade_class(init(tmp_path / "course"), NOTEBOOK)


def test_a_student_who_fills_in_the_release_is_told_that_all_is_right(course, tmp_path):
    """At home: the released folder alone, run by Jupyter's own client."""
    home = tmp_path / NOTEBOOK
    shutil.copytree(course.release_dir(NOTEBOOK), home)
    earned = _run_at_home(solved(course), home)
    assert earned == {exercise.name: exercise.points for exercise in load(NOTEBOOK)}


def test_the_untouched_release_runs_and_says_that_nothing_is_written(course, tmp_path):
    home = tmp_path / NOTEBOOK
    shutil.copytree(course.release_dir(NOTEBOOK), home)
    notebook = read_notebook(home / f"{NOTEBOOK}.ipynb")
    earned = _run_at_home(notebook, home)
    assert earned == {exercise.name: 0 for exercise in load(NOTEBOOK)}
    said = json.dumps(notebook)
    assert len(re.findall("Not (written|answered) yet", said)) >= len(load(NOTEBOOK)) - 2
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]


def _run_at_home(notebook, home):
    NotebookClient(
        notebook, allow_errors=True, timeout=120, resources={"metadata": {"path": str(home)}}
    ).execute()
    earned = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            (result,) = [o for o in cell.outputs if o.output_type == "execute_result"]
            earned[cell.id] = float(result.data["text/plain"])
    return earned
