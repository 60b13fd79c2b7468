"""Assignments of several notebooks, with names of any kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import pytest
from helpers.handed_in import zipped
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

from autograder.commands import main
from autograder.course import SETTINGS, init
from autograder.intake.collect import collect
from autograder.intake.late import settle
from autograder.intake.notebooks import sort_files

HOMEWORK = "Homework 1.2"
NAMES = ("1 sums", "1 sums-2")
STUB = "answer = ..."


def notebook(answer=STUB):
    nbgrader = {"grade_id": "answer", "solution": True, "grade": False, "locked": False}
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {"nbgrader": {**nbgrader, "schema_version": 3}},
        "source": answer,
        "outputs": [],
        "execution_count": None,
    }
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document).encode()


@pytest.fixture
def course(tmp_path):
    made = init(tmp_path / "course")
    release(made, HOMEWORK, *NAMES)
    return made


def release(course, assignment, *names):
    folder = course.release_dir(assignment)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "given.csv").write_text("1,2", encoding="utf-8")
    for name in names:
        (folder / f"{name}.ipynb").write_bytes(notebook())


def answers(course, student="student-01", assignment=HOMEWORK):
    """What was collected, as {file name: answer}."""
    return {
        path.name: json.loads(path.read_bytes())["cells"][0]["source"]
        for path in course.submitted_dir(assignment, student).glob("*.ipynb")
    }


def hand_in(course, tmp_path, files, assignment=HOMEWORK, folder="student-01"):
    """Collect files of a student: a bare name stands for a notebook with that as its answer."""
    made = dict(files) if isinstance(files, dict) else {name: notebook(name) for name in files}
    made = {f"{folder}/{name}": data for name, data in made.items()}
    layout = "exchange" if "+" in folder else "folder"
    return collect(course, assignment, zipped(tmp_path / "x.zip", made), layout)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1 sums.ipynb", "1 sums-2.ipynb"),
        ("work/1 sums.ipynb", "work/more/1 sums-2.ipynb"),
        ("1_sums.ipynb", "1+Sums-2 (1).ipynb"),
        ("1%20sums-1.ipynb", "1 sums-2-1.ipynb.json"),
        ("1 sums.ipynb", "exercise two.ipynb"),
        ("Untitled.ipynb", "1 sums-2-Copy1.ipynb"),
    ],
)
def test_each_notebook_gets_its_released_name(course, tmp_path, first, second):
    collected = hand_in(course, tmp_path, [first, second])
    assert answers(course) == {"1 sums.ipynb": first, "1 sums-2.ipynb": second}
    assert collected.complete
    assert hand_in(course, tmp_path, [first, second]).unchanged == ["student-01"]


def test_two_unknown_names_are_not_guessed_and_the_rest_is_collected(course, tmp_path):
    collected = hand_in(course, tmp_path, ["1 sums.ipynb", "x.ipynb", "y.ipynb"])
    assert answers(course) == {"1 sums.ipynb": "1 sums.ipynb"}
    assert collected.failed == ["student-01: which of x.ipynb, y.ipynb is 1 sums-2.ipynb?"]
    collected = hand_in(course, tmp_path, ["x.ipynb"], folder="student-02")
    assert collected.failed == ["student-02: which of x.ipynb is 1 sums.ipynb or 1 sums-2.ipynb?"]
    assert not (course.submitted / "student-02").exists()


def test_of_copies_the_newest_with_answers_counts(course, tmp_path):
    files = {
        "1 sums.ipynb": notebook("answer = 1"),
        "1 sums (1).ipynb": notebook("answer = 2"),
        "1 sums (7).ipynb": notebook(),
        "1 sums-2.ipynb": notebook(),
    }
    collected = hand_in(course, tmp_path, files)
    assert answers(course) == {"1 sums.ipynb": "answer = 2", "1 sums-2.ipynb": STUB}
    assert any("the newest with answers counts: 1 sums (7)" in note for note in collected.notes)
    assert hand_in(course, tmp_path, files).unchanged == ["student-01"]


def test_a_later_hand_in_replaces_all_notebooks_of_the_earlier_one(course, tmp_path):
    hand_in(course, tmp_path, ["1 sums.ipynb", "1 sums-2.ipynb"])
    collected = hand_in(course, tmp_path, {"1 sums-2.ipynb": notebook("later")})
    assert collected.replaced == ["student-01"]
    assert answers(course) == {"1 sums-2.ipynb": "later"}
    assert collected.notes == ["student-01: there is no 1 sums.ipynb"]
    assert hand_in(course, tmp_path, {"1 sums-2.ipynb": notebook("later")}).unchanged


def test_the_best_attempt_counts_with_all_its_notebooks(course, tmp_path):
    times = ("2026-10-14 20:00:00 UTC", "2026-10-14 21:00:00 UTC")
    files = {
        f"student-01+{HOMEWORK}+{time}/{name}.ipynb": notebook(f"{name} {time}")
        for time, names in zip(times, (NAMES, NAMES[:1]), strict=True)
        for name in names
    }
    rivals = []

    def keep(attempts):
        rivals.extend([file.problem for file in x.handed_in] for x in attempts["student-01"])
        return {"student-01": [2.0, 1.0]}

    collect(course, HOMEWORK, zipped(tmp_path / "x.zip", files), keep=keep)
    assert rivals == [["", ""], ["", "There is no 1 sums-2.ipynb."]]
    assert answers(course) == {f"{name}.ipynb": f"{name} {times[0]}" for name in NAMES}


def test_a_zip_beside_a_notebook_is_opened_for_the_other_one(course, tmp_path):
    inside = zipped(tmp_path / "in.zip", {"a/1 sums-2.ipynb": notebook("2")}).read_bytes()
    hand_in(course, tmp_path, {"1 sums.ipynb": notebook("1"), "rest.zip": inside})
    assert answers(course) == {"1 sums.ipynb": "1", "1 sums-2.ipynb": "2"}
    broken = {"1 sums.ipynb": notebook("new"), "rest.zip": b"PK"}
    collected = hand_in(course, tmp_path, broken)
    assert collected.failed == ["student-01: rest.zip is a damaged zip"]
    assert answers(course) == {"1 sums.ipynb": "new"}


def test_the_only_notebook_is_expected_by_its_own_name(course, tmp_path):
    release(course, "ps-1.2", "warm up")
    files = ["warm up.ipynb", "ps-1.2.ipynb"]
    hand_in(course, tmp_path, files, "ps-1.2")
    assert answers(course, assignment="ps-1.2") == {"warm up.ipynb": "warm up.ipynb"}


def test_a_notebook_beside_the_students_folders_is_nobodys(course, tmp_path):
    files = {"1 sums-2.ipynb": notebook("?"), "student-01/1 sums.ipynb": notebook("1")}
    collected = collect(course, HOMEWORK, zipped(tmp_path / "x.zip", files))
    assert collected.new == ["student-01"]
    assert collected.unknown[0].startswith("1 sums-2 does not say whose it is")


@pytest.mark.parametrize("folder", ["student-01", f"student-01+{HOMEWORK}+2026-10-14 20:00:00 UTC"])
def test_only_files_that_were_not_released_are_said_to_be_left_out(
    course, tmp_path, capsys, folder
):
    given = dict.fromkeys(["given.csv", "timestamp.txt", "submission_secret.txt"], b"")
    files = {f"{name}.ipynb": notebook(name) for name in NAMES} | given
    assert hand_in(course, tmp_path, files, folder=folder).beside == {}
    path = tmp_path / folder
    path.mkdir()
    for name, data in {**files, "helper.py": b"", "notes.ipynb": notebook("notes")}.items():
        (path / name).write_bytes(data)
    arguments = ["--course", str(course.root), "--from", "exchange" if "+" in folder else "folder"]
    source = tmp_path / "in"
    source.mkdir()
    path.rename(source / folder)
    assert main(["collect", HOMEWORK, str(source), *arguments]) == 0
    told = capsys.readouterr().out
    assert "left out, as only notebooks are collected: student-01: helper.py, notes.ipynb\n" in told
    assert f"Next: python -m autograder grade '{HOMEWORK}' --course" in told


@dataclass(frozen=True)
class Named:
    name: str


@pytest.mark.parametrize("sign", ["1", "(1)", " copy 1", "-copy1", "- "])
def test_a_long_name_takes_no_time(sign):
    """Its parts can be read in many ways: to try all of them would never end."""
    file = Named(f"lab{(sign * 60)[:180]}x.ipynb")
    assert "which of lab" in sort_files([file], ["lab", "lab-2"]).unclear


def test_very_many_notebooks_and_names_take_no_time():
    files = [Named(f"a{'-1' * 90}{number}.ipynb") for number in range(2000)]
    assert not sort_files(files, [f"a{n}" for n in range(12)]).copies


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader's own add_submission
def test_each_notebook_pays_its_part_of_being_late(course):
    late = f'[due]\n"{HOMEWORK}" = 2026-10-14T22:00:00\n[late]\nper_cent_a_day = 20\n'
    (course.root / SETTINGS).write_text(late, encoding="utf-8")
    with Gradebook(course.db_url, "cs231n") as book:
        book.add_assignment(HOMEWORK, duedate=datetime(2026, 10, 14, 22))
        book.add_student("student-01")
        for name in NAMES:
            book.add_notebook(name, HOMEWORK)
            book.add_grade_cell("test", name, HOMEWORK, max_score=10, cell_type="code")
        submission = book.add_submission(HOMEWORK, "student-01")
        submission.timestamp = parse_utc("2026-10-15 21:00:00 UTC")
        for name, points in zip(NAMES, (10.0, 5.0), strict=True):
            book.find_grade("test", name, HOMEWORK, "student-01").auto_score = points
        book.db.commit()
    (line,) = settle(course)
    assert (line.notebook, line.before, line.after) == (HOMEWORK, 0.0, 3.0)
    with Gradebook(course.db_url, "cs231n") as book:
        found = book.find_submission(HOMEWORK, "student-01").notebooks
        assert {x.name: x.late_submission_penalty for x in found} == {NAMES[0]: 2.0, NAMES[1]: 1.0}
    (line,) = settle(course)
    assert (line.before, line.after) == (3.0, 3.0)
