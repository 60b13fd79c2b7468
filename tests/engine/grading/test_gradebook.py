"""Marks in nbgrader's gradebook: what is written, and what a person gave."""

from __future__ import annotations

import json
import warnings

import pytest
from helpers.graded_class import (
    FIRST,
    FULL,
    QUESTION,
    Class,
    contents,
    files_of,
    grade_of,
    mark_by_hand,
    record,
    twin,
    unchanged,
)
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from autograder.grading import gradebook
from autograder.grading.gradebook import copies_of, results_at, scores
from autograder.plugin import SubmissionReader

LATE = """
from nbgrader.plugins import LateSubmissionPlugin
class Penalty(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        hours = total_seconds_late / 3600
        lost = {"student-02": hours, "student-03": 1000.0, "student-04": -1.0}
        return lost.get(student_id)
c.AssignLatePenalties.plugin_class = Penalty
"""


# ------------------------------------------------------------------ as nbgrader's own converter


class _Ready(SubmissionReader):
    def graded(self, folder, assignment, notebook):
        return self.parent.ready


class Stock(Autograde):
    """nbgrader's autograde, given notebooks that are graded already."""

    def init_notebooks(self):
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{self.coursedir.assignment_id}.ipynb"]}


def record_stock(course, student, graded):
    config = course.config()
    directory = CourseDirectory(config=config)
    directory.assignment_id, directory.student_id = FIRST, student
    converter = Stock(coursedir=directory, config=config)
    converter.ready, converter.exporter_class, converter.force = graded, _Ready, True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        converter.start()


@pytest.fixture
def both(klass, tmp_path):
    """Two equal courses, with a due date and a plugin for late submissions."""
    with (klass.course.root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(LATE)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        book.update_or_create_assignment(FIRST, duedate="2026-03-01 12:00:00 UTC")
    return klass, Class(twin(klass.course, tmp_path / "theirs"), klass.made)


def test_it_leaves_what_nbgraders_converter_leaves(both):
    def everywhere(action):
        for klass in both:
            action(klass)

    def grade_all(**points):
        for student in ("student-01", "student-02", "student-03", "student-04"):
            record(both[0], student, **points)
            record_stock(both[1].course, student, both[1].graded(student, **points))
        assert contents(both[0].course.db_url) == contents(both[1].course.db_url)
        assert files_of(both[0].course) == files_of(both[1].course)

    everywhere(lambda klass: klass.hand_in("student-02", "", "b", "2026-03-01 15:00:00.000 UTC"))
    everywhere(lambda klass: klass.hand_in("student-04", "d", "d", "2026-03-01 13:30:00 +0100"))
    grade_all(**FULL)
    # Marked by hand, handed in again (one of them late now), and graded again.
    everywhere(lambda klass: mark_by_hand(klass.course, "student-01"))
    everywhere(lambda klass: mark_by_hand(klass.course, "student-02", "affine", 4.0))
    everywhere(lambda klass: klass.hand_in("student-01", "Other words.", "a"))
    everywhere(lambda klass: klass.hand_in("student-02", "Some words.", "b2"))
    everywhere(lambda klass: klass.hand_in("student-03", "c", "c", "2026-03-05 12:00:00 UTC"))
    grade_all(affine=3.0, q_linear=0.0)
    with Gradebook(both[0].course.db_url, "cs231n") as book:
        late = {s.student.id: s.late_submission_penalty for s in book.assignment_submissions(FIRST)}
    assert late == {
        "student-01": 0.0,
        "student-02": 3.0,
        "student-03": 3.0,
        "student-04": 0.0,
    }  # student-03's: no more than it earned


# --------------------------------------------------------------------------- what a person gave


def test_what_a_person_gave_is_not_touched(klass):
    record(klass, "student-01", **FULL)
    mark_by_hand(klass.course, "student-01")
    record(klass, "student-01", affine=0.0)
    assert grade_of(klass.course, "student-01") == (None, 1.5, 0.5, False)
    assert scores(klass.course, FIRST)["student-01"] == gradebook.Score(2.0, 7.5, False)
    with Gradebook(klass.course.db_url, "cs231n") as book:
        assert book.find_comment(QUESTION, FIRST, FIRST, "student-01").comment == "Well said."


def test_an_answer_that_changed_asks_a_person_again(klass):
    record(klass, "student-01", **FULL)
    mark_by_hand(klass.course, "student-01")
    klass.hand_in("student-01", "I thought about it again.")
    record(klass, "student-01", **FULL)
    assert grade_of(klass.course, "student-01") == (None, 1.5, 0.5, True)


def test_a_mended_test_asks_a_person_only_where_it_changes_the_points(klass):
    record(klass, "student-01", **FULL)
    for cell in ("affine", "q_linear"):
        mark_by_hand(klass.course, "student-01", cell, 1.0)
    record(klass, "student-01", affine=3.0, q_linear=1.0)
    assert grade_of(klass.course, "student-01", "affine") == (3.0, 1.0, 0.5, True)
    assert grade_of(klass.course, "student-01", "q_linear") == (1.0, 1.0, 0.5, False)


def test_an_answer_that_was_not_written_says_so(klass):
    record(klass, "student-01", "student-02")
    assert [grade_of(klass.course, student)[::3] for student in ("student-01", "student-02")] == [
        (None, True),
        (0, False),
    ]
    with Gradebook(klass.course.db_url, "cs231n") as book:
        assert (
            book.find_comment(QUESTION, FIRST, FIRST, "student-02").auto_comment == "No response."
        )


# ------------------------------------------------------------------- what comes with a submission


@pytest.mark.parametrize(
    "stamp", ["yesterday", "2026-13-45 99:00", "0" * 500, "2026-03-01 12:00:00 /etc/passwd"]
)
def test_a_time_that_is_none_is_told_and_left_out(klass, stamp):
    klass.hand_in("student-01", stamp=stamp)
    record(klass, "student-01")
    assert results_at(klass.course, FIRST, "student-01").facts == [
        "timestamp.txt holds no time; it was left out."
    ]
    assert not (
        copies_of(klass.course, FIRST, "student-01")[FIRST].parent / "timestamp.txt"
    ).exists()
    assert unchanged(klass) == ["student-01"]


def test_no_other_file_of_a_submission_is_copied(klass):
    """nbgrader copies them all, and what a link points to, into feedback in the end."""
    folder = klass.course.submitted_dir(FIRST, "student-01")
    (folder / "data.csv").symlink_to(klass.course.root / "secret.key")
    (folder / "timestamp.txt").symlink_to(klass.course.root / "secret.key")
    record(klass, "student-01")
    copies = copies_of(klass.course, FIRST, "student-01")[FIRST].parent
    assert [path.name for path in copies.iterdir()] == [f"{FIRST}.ipynb"]
    assert "cannot be read" in json.dumps(results_at(klass.course, FIRST, "student-01").facts)
