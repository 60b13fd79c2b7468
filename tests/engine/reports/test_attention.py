"""Whom the class report names first, and which cells it calls the instructor's to mend."""

from __future__ import annotations

import json

import pytest
from helpers.graded_class import FIRST, record
from nbformat.v4 import new_output
from nbgrader.api import Gradebook

from autograder.grading.classroom import rows
from autograder.grading.gradebook import copies_of
from autograder.grading.submission import KEY
from autograder.intake.roster import ROSTER
from autograder.reports.attention import FailedCell, attention, class_list
from autograder.reports.released import released
from autograder.reports.report import write_report

CLASS = """student_id,first_name,last_name,left
student-01,Student,A,
student-02,Student,B,yes
student-04,Student,D,
"""


def look(klass):
    notebooks = released(klass.course, FIRST)
    members = class_list(klass.course)
    graded = [row for row in rows(klass.course, FIRST) if row.student not in members.left]
    return attention(klass.course, FIRST, graded, members, notebooks)


def fail(klass, student, cell_id, error="NameError", source=""):
    """Let a cell of a graded notebook end in an error."""
    path = copies_of(klass.course, FIRST, student)[FIRST]
    document = json.loads(path.read_bytes())
    (cell,) = [cell for cell in document["cells"] if cell["id"] == cell_id]
    cell["outputs"] = [new_output("error", ename=error, evalue="", traceback=[])]
    cell["source"] = source or cell["source"]
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def graded(klass):
    """Of the three who handed in, the third's file cannot be read."""
    record(klass, "student-01", affine=4.5, q_linear=1.0)
    record(klass, "student-02", q_linear=1.0)
    record(klass, "student-03")
    return klass


def given_cell(klass):
    """A cell that is no answer and no test."""
    return next(
        cell.id
        for cell in klass.release.notebook.cells
        if cell.cell_type == "code" and "grade_id" not in cell.metadata.get("nbgrader", {})
    )


def test_a_given_cell_that_failed_for_everybody_is_the_instructors(graded):
    cell = given_cell(graded)
    fail(graded, "student-01", cell)
    assert look(graded).cells == []
    fail(graded, "student-02", cell)
    assert look(graded).cells == [FailedCell(cell, "NameError")]


@pytest.mark.parametrize(
    "how", [{"error": "NotImplementedError"}, {"source": "mine = 1 / 0"}], ids=["stub", "changed"]
)
def test_a_cell_is_the_students_if_they_changed_it_or_wrote_no_answer_for_it(graded, how):
    cell = given_cell(graded)
    fail(graded, "student-01", cell)
    fail(graded, "student-02", cell, **how)
    assert look(graded).cells == []


def test_a_hand_written_test_that_nobody_passed_is_the_instructors(graded):
    for student in ("student-01", "student-02"):
        path = copies_of(graded.course, FIRST, student)[FIRST]
        document = json.loads(path.read_bytes())
        document["metadata"][KEY] |= {"reports": []}
        document["metadata"][KEY]["marks"]["affine"] = 0.0
        path.write_text(json.dumps(document), encoding="utf-8")
    failed = FailedCell("affine", "its test passed for nobody: 0 of 4.5 points")
    assert look(graded).cells == [failed]


def test_who_handed_in_nothing_is_of_the_roster_and_has_not_left(graded):
    (graded.course.root / ROSTER).write_text(CLASS, encoding="utf-8")
    first = look(graded)
    assert first.absent == {"student-04": []}
    assert first.unread == ["student-03"]
    assert {one.student for one in first.risky}.isdisjoint({"student-02", "student-03"})


def test_what_was_handed_in_and_not_graded_is_not_nothing(graded):
    graded.hand_in("student-05")
    with Gradebook(graded.course.db_url, "cs231n") as book:
        book.add_student("student-05")
        book.add_student("student-06")
    first = look(graded)
    assert first.ungraded == ["student-05"]
    assert first.absent == {"student-06": []}


def test_names_are_of_the_roster_and_else_of_the_gradebook(graded):
    (graded.course.root / ROSTER).write_text(CLASS, encoding="utf-8")
    with Gradebook(graded.course.db_url, "cs231n") as book:
        book.update_or_create_student("student-01", first_name="Old", last_name="name")
        book.update_or_create_student("student-03", first_name="Student", last_name="C")
    members = class_list(graded.course)
    assert members.names == {
        "student-01": "Student A",
        "student-03": "Student C",
        "student-04": "Student D",
    }
    assert members.left == {"student-02"}
    page = write_report(graded.course, FIRST).read_text(encoding="utf-8")
    assert "Student A" in page
    assert "student-02" not in page
