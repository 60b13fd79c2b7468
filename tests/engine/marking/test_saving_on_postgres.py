"""Marks on a real PostgreSQL server: as the file would hold them; run by `make postgres`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest
from helpers.graded_class import contents, set_url
from helpers.postgres import serving
from helpers.words import WHY, course_of, fill_gradebook, grade_again, mark_in_formgrader
from sqlalchemy import create_engine, text

from autograder.course import init
from autograder.errors import AutograderError
from autograder.grading import database
from autograder.marking.gradebook import Entry, MarkedElsewhere, entries
from autograder.marking.saving import change_items, marks_for, recover, save, undo
from autograder.marking.store import Store
from autograder.marking.types import Item

pytestmark = pytest.mark.postgres
STUDENTS = [f"s{number}" for number in range(8)]
numbers = count(1)


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def here(server, tmp_path):
    course = init(tmp_path / "server")
    set_url(course, server.database(f"marks_{next(numbers)}"))
    fill_gradebook(course, *STUDENTS)
    return course


def give(course, *students, grader="ann", comment="Good.", **expected):
    store = Store(course)
    marks = marks_for(store, WHY, dict.fromkeys(students, "digest"), ("1",), None, comment, grader)
    return save(course, store, WHY, marks, **expected)


@contextmanager
def locked(course, statement):
    engine = create_engine(course.db_url)
    with engine.begin() as other:
        other.execute(text(statement))
        yield
    engine.dispose()


def test_the_server_holds_what_the_file_would_hold(here, tmp_path):
    file = course_of(tmp_path / "file", *STUDENTS)
    for course in (file, here):
        give(course, *STUDENTS[:4], comment="a\0b \udc80 ☃")
        mark_in_formgrader(course, "s0", 0.5, "Mine.")
        grade_again(course, "s1")
        give(course, "s5")
        give(course, "s6", "s7")
        undo(course, Store(course), WHY, "ann")
        items = [Item("1", 0.75, "moves"), *WHY.rubric[1:]]
        changes = change_items(course, Store(course), WHY, items, "bob")
        assert [change.after for change in changes] == [0.5, 0.75, 0.75, 0.75, 0.75]
        recover(course, Store(course), WHY)
    assert contents(here.db_url) == contents(file.db_url)
    assert entries(here, WHY) == entries(file, WHY)


def test_of_graders_with_one_answer_one_saves_and_nothing_is_overwritten_unseen(here):
    seen = entries(here, WHY, ["s1", "s2"])

    def grade(name):
        try:
            give(here, "s1", "s2", grader=name, comment=name, expected=seen)
            return name
        except MarkedElsewhere:
            return None

    with ThreadPoolExecutor(4) as pool:
        (winner,) = filter(None, pool.map(grade, ["ann", "bob", "cem", "dee"]))
    assert entries(here, WHY)["s2"] == Entry("s2", 1.0, winner, waits=False)
    assert Store(here).marks(WHY)["s1"].mark.grader == winner


def test_an_answer_that_is_locked_keeps_what_was_typed(here, monkeypatch):
    monkeypatch.setattr(database, "_SET_LOCK_TIMEOUT", "SET LOCAL lock_timeout = 100")
    with (
        locked(here, "SELECT * FROM grade FOR UPDATE"),
        pytest.raises(AutograderError, match=r"lock timeout; another program"),
    ):
        give(here, "s1")
    assert list(Store(here).drafts(WHY)) == ["s1"]
    give(here, "s1")
    assert entries(here, WHY)["s1"].points == 1.0
