"""Another program reads the gradebook for seconds, as the formgrader does: who writes waits."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Timer

import pytest
from helpers.graded_class import FIRST, FULL, QUESTION, record
from helpers.small_course import SECOND, project

import autograder.course
from autograder.authoring.release import release
from autograder.course import SETTINGS, Course
from autograder.errors import AutograderError
from autograder.grading import database
from autograder.grading.gradebook import auto_scores, marked_by_hand
from autograder.intake.late import settle
from autograder.intake.roster import into_gradebook
from autograder.intake.students import Roster, Student
from autograder.marking.desk import Desk
from autograder.reports.results_reader import read

POLICY = '[due]\n"01_small" = 2026-10-14T12:00:00\n[late]\nper_cent_a_day = 20\n'


@contextmanager
def read_by_another(course: Course, seconds: float):
    """A read lock, which lets others write and not commit; held for `seconds`, or the block."""
    other = sqlite3.connect(course.gradebook, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM grade").fetchone()
    end = Timer(seconds, other.rollback)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        end.join()
        other.close()


def grade(klass):
    record(klass, "student-02", **FULL)
    assert auto_scores(klass.course, FIRST)["student-02"]["affine"] == 4.5


def late(klass):
    (klass.course.root / SETTINGS).write_text(POLICY, encoding="utf-8")
    assert [line.after for line in settle(klass.course)] == [1.1]


def mark(klass):
    desk = Desk(klass.course, FIRST, "ann")
    shown = desk.next(QUESTION)["group"]
    desk.save(QUESTION, ["student-01"], [], 1.5, "Well seen.", key=shown["key"])
    assert marked_by_hand(klass.course, FIRST) == {"student-01": {QUESTION: 1.5}}


def roster(klass):
    assert into_gradebook(klass.course, Roster({"new": Student("new", first_name="N")}, [])) == 1
    assert "new" in [student.id for student in read(klass.course).students]


def release_another(klass):
    release(klass.course, SECOND, project(klass.made))


WRITERS = [grade, late, mark, roster, release_another]


@pytest.fixture
def graded(klass):
    klass.hand_in("student-01", "It moves the plane.", stamp="2026-10-15 11:00:00 UTC")
    record(klass, "student-01", **FULL)
    return klass


@pytest.mark.parametrize("write", WRITERS)
def test_who_writes_waits_until_the_other_has_read(graded, write):
    with read_by_another(graded.course, seconds=1.0):
        write(graded)


@pytest.mark.parametrize("write", WRITERS)
def test_who_has_waited_too_long_says_so_and_what_to_do(graded, write, monkeypatch):
    for module in (database, autograder.course):
        monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    with (
        read_by_another(graded.course, seconds=600),
        pytest.raises(AutograderError, match=r"gradebook\.db: database is locked; .* try again"),
    ):
        write(graded)


def test_what_is_exported_locks_nobody_out_while_the_notebooks_are_read(graded, monkeypatch):
    from autograder.reports import results_reader

    def save_a_mark(*arguments):
        with sqlite3.connect(graded.course.gradebook, timeout=0) as other:
            other.execute("UPDATE grade SET extra_credit = 0.5")
        other.close()
        return found(*arguments)

    found = results_reader.results_at
    monkeypatch.setattr(results_reader, "results_at", save_a_mark)
    assert len(read(graded.course).results) == 1
