"""The gradebook on a real PostgreSQL server (Debian's), started here; run by `make postgres`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.graded_class import FIRST, FULL, Class, contents, released, set_url, twin
from helpers.postgres import serving
from helpers.small_course import project
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

from autograder.authoring.release import release
from autograder.errors import AutograderError
from autograder.grading import classroom, database
from autograder.grading.database import connect, printable_url
from autograder.grading.gradebook import current, scores
from autograder.grading.recorder import Recorder

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def both(server, tmp_path_factory):
    """The same course twice: its gradebook is a file, and a database of the server."""
    root = tmp_path_factory.mktemp("postgres")
    file = Class(released(root), root / "project")
    course = twin(file.course, root / "theirs")
    set_url(course, server.database("marks"))
    course.gradebook.unlink()
    release(course, FIRST, project(file.made))
    made = SimpleNamespace(file=file, server=Class(course, file.made))
    for klass in (made.file, made.server):
        klass.hand_in("student-01", "It moves the plane.", stamp="2026-03-01 15:00:00.000 UTC")
        klass.hand_in("student-02", code="wrong")
        with Recorder(klass.course, FIRST) as book:
            book.record("student-01", {FIRST: klass.graded("student-01", **FULL)})
            book.record("student-02", {FIRST: klass.graded("student-02", affine=3.0)})
    return made


def test_the_server_holds_what_the_file_would_hold(both):
    assert contents(both.server.course.db_url) == contents(both.file.course.db_url)
    assert scores(both.server.course, FIRST) == scores(both.file.course, FIRST)
    students = [row.student for row in classroom.rows(both.server.course, FIRST)]
    assert students == ["student-01", "student-02"]


def test_what_is_recorded_there_is_not_graded_again(both):
    here = both.server
    students = ["student-01", "student-02"]
    assert list(current(here.course, FIRST, students, [here.release])) == students


def test_no_file_is_made_beside_it(both):
    assert not both.server.course.gradebook.exists()
    assert not list(both.server.course.root.glob("*.db"))


def test_nbgraders_own_tools_use_the_same_database(both):
    here = both.server.course
    program = Path(sys.executable).with_name("nbgrader")
    subprocess.run([program, "export"], cwd=here.root, check=True, capture_output=True)
    lines = (here.root / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert sorted(line.split(",")[3] for line in lines[1:]) == ["student-01", "student-02"]
    assert not here.gradebook.exists()


def test_marks_by_hand_stay_there_too(both):
    here = both.server
    with Gradebook(here.course.db_url, "cs231n") as book:
        grade = book.find_grade("affine", FIRST, FIRST, "student-02")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
    with Recorder(here.course, FIRST) as book:
        book.record("student-02", {FIRST: here.graded("student-02", affine=4.5)})
    assert scores(here.course, FIRST)["student-02"].points == 2.0


def test_a_table_that_is_locked_costs_the_submission_that_needs_it(both, monkeypatch):
    here = both.server
    engine = create_engine(here.course.db_url)
    monkeypatch.setattr(database, "_SET_LOCK_TIMEOUT", "SET LOCAL lock_timeout = 100")
    with Recorder(here.course, FIRST) as book:
        with engine.begin() as other:
            other.execute(text("LOCK TABLE grade IN EXCLUSIVE MODE"))
            with pytest.raises(AutograderError, match=r"lock timeout; another program") as said:
                book.record("student-01", {FIRST: here.graded("student-01")})
        book.record("student-01", {FIRST: here.graded("student-01", **FULL)})
    engine.dispose()
    assert "a-secret" not in str(said.value)


def test_a_server_that_goes_away_and_comes_back_costs_what_came_between(both, server):
    here = both.server
    with Recorder(here.course, FIRST) as book:
        book.record("student-01", {FIRST: here.graded("student-01")})
        server.stop()
        with pytest.raises(AutograderError, match=r"the server does not answer") as said:
            book.record("student-02", {FIRST: here.graded("student-02")})
        with pytest.raises(AutograderError, match=r"the server does not answer"):
            scores(here.course, FIRST)
        server.start()
        book.record("student-02", {FIRST: here.graded("student-02")})
    assert "a-secret" not in str(said.value)
    assert "a-secret" not in printable_url(here.course.db_url)
    assert not here.course.gradebook.exists()


def test_without_its_driver_it_says_what_to_install(both, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(AutograderError, match=r"pip install -e '\.\[postgres\]'"):
        connect(both.server.course)
