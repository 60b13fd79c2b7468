"""Feedback by several processes: each page is there, and one that cannot be made stops no other."""

from __future__ import annotations

import pytest
from helpers.graded_class import FIRST, record

from autograder.errors import AutograderError
from autograder.grading.feedback import feedback
from autograder.grading.feedback_state import pages_of
from autograder.grading.gradebook import copies_of

STUDENTS = ("student-01", "student-02", "student-03")


def without_its_digest(page):
    return [line for line in page.read_text(encoding="utf-8").splitlines() if "<meta" not in line]


def test_workers_write_what_one_process_writes(klass):
    record(klass, *STUDENTS)
    done = []
    pages = feedback(klass.course, FIRST, progress=lambda *said: done.append(said))
    assert sorted(student for student, _, _ in done) == [*STUDENTS]
    assert [(count, of) for _, count, of in done] == [(1, 3), (2, 3), (3, 3)]
    by_workers = [without_its_digest(page) for page in pages]
    assert feedback(klass.course, FIRST) == [], "they are up to date"
    again = feedback(klass.course, FIRST, force=True, jobs=1)
    assert [without_its_digest(page) for page in again] == by_workers


def test_who_gets_no_page_is_named_and_the_others_have_theirs(klass):
    record(klass, *STUDENTS)
    (copy,) = copies_of(klass.course, FIRST, "student-02").values()
    copy.chmod(0o644)
    copy.write_text("{", encoding="utf-8")
    with pytest.raises(AutograderError, match=r"1 of 3 submissions got no feedback; .*student-02"):
        feedback(klass.course, FIRST)
    there = {
        student: all(page.exists() for page in pages_of(klass.course, FIRST, student))
        for student in STUDENTS
    }
    assert there == {"student-01": True, "student-02": False, "student-03": True}
