"""Where the term stands, from nbgrader's folders and gradebook."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from helpers.graded_class import FIRST, QUESTION, mark_by_hand, record

from autograder.commands import main
from autograder.course import SETTINGS, init
from autograder.intake.late import put_due_dates
from autograder.intake.roster import ROSTER
from autograder.reports.status import next_step, of_notebooks, of_students


def states(course):
    return {line.student: line.state for line in of_students(course)}


def test_before_anything_is_released_there_is_nothing(tmp_path):
    course = init(tmp_path / "course")
    assert of_students(course) == []
    assert next_step(of_notebooks(course, [])) == "python -m autograder release ASSIGNMENT"


def test_each_student_goes_from_missing_to_returned(klass):
    course = klass.course
    (course.root / ROSTER).write_text("student_id,name\nzoe,Zoe Zed\n", encoding="utf-8")
    assert states(course) == {
        "student-01": "to grade", "student-02": "to grade", "student-03": "to grade",
        "zoe": "missing",
    }  # fmt: skip
    record(klass, "student-01", "student-02", affine=4.0)
    assert states(course)["student-01"] == "waiting", "the answer in words"
    mark_by_hand(course, "student-01", QUESTION)
    assert states(course)["student-01"] == "graded"
    page = course.feedback_dir(FIRST, "student-01") / f"{FIRST}.html"
    page.parent.mkdir(parents=True)
    page.write_text("", encoding="utf-8")
    assert states(course)["student-01"] == "returned"
    (notebook,) = of_notebooks(course, of_students(course))
    assert notebook.counts == {
        "missing": 1, "to grade": 1, "waiting": 0, "graded": 1, "returned": 1,
    }  # fmt: skip
    assert (notebook.handed_in, notebook.students) == (3, 4)


def test_what_was_handed_in_after_it_was_graded_is_to_grade_again(klass):
    record(klass, "student-02", affine=1.0)
    assert states(klass.course)["student-02"] == "graded", "it gave no answer in words"
    klass.hand_in("student-02", code="better")
    new = klass.course.submitted_dir(FIRST, "student-02") / f"{FIRST}.ipynb"
    os.utime(new, (2e9, 2e9))
    assert states(klass.course)["student-02"] == "to grade"


def test_points_are_told_with_what_being_late_costs_taken_off(klass):
    course = klass.course
    policy = "[due]\n01_small = 2026-10-14T22:00:00\n[late]\nper_cent_a_day = 25\n"
    (course.root / SETTINGS).write_text(policy, encoding="utf-8")
    put_due_dates(course)
    klass.hand_in("student-02", stamp="2026-10-14 23:00:00 UTC")
    record(klass, "student-02", affine=4.0)
    line = next(line for line in of_students(course) if line.student == "student-02")
    assert (line.points, line.most, line.late) == (3.0, 7.5, 1.0)


def test_the_due_date_is_course_tomls_else_the_gradebooks(klass):
    course = klass.course
    assert of_notebooks(course, [])[0].due is None
    (course.root / SETTINGS).write_text("[due]\n01_small = 2026-10-14T22:00:00\n", "utf-8")
    (notebook,) = of_notebooks(course, [])
    assert notebook.due == datetime(2026, 10, 14, 22)
    assert notebook.is_over(datetime(2026, 10, 15))
    assert not notebook.is_over(datetime(2026, 10, 13))
    put_due_dates(course)
    (course.root / SETTINGS).unlink()
    assert of_notebooks(course, [])[0].due == datetime(2026, 10, 14, 22)


def test_the_next_step_follows_the_term(klass):
    course = klass.course

    def step():
        return next_step(of_notebooks(course, of_students(course)), datetime(2026, 10, 15))

    for handed_in in course.submitted.iterdir():
        handed_in.rename(course.root / handed_in.name)
    assert step() == "python -m autograder roster class.csv"
    (course.root / ROSTER).write_text("student_id,name\nzoe,Zoe Zed\n", encoding="utf-8")
    assert step() == f"when it is handed in, python -m autograder collect {FIRST} submissions.zip"
    for handed_in in course.root.glob("student-*"):
        handed_in.rename(course.submitted / handed_in.name)
    assert step() == f"python -m autograder grade {FIRST}"
    for student in ("student-01", "student-02", "student-03"):
        record(klass, student, affine=4.0)
    assert step().startswith(f"mark {FIRST} by hand")
    for student in ("student-01", "student-02", "student-03"):
        mark_by_hand(course, student, QUESTION)
    assert step() == f"python -m autograder feedback {FIRST}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["09_none"], "must be one that was released (01_small), got ['09_none']"),
        (["--student", "nemo"], "--student must be one of the class, got 'nemo'"),
    ],
)
def test_what_is_not_there_is_a_clear_error(klass, capsys, options, said):
    assert main(["status", *options, "--course", str(klass.course.root)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [([], "3 of 3"), ([FIRST], "student-02"), (["--student", "student-02"], "student-02")],
)
def test_the_command_shows_notebooks_a_notebook_or_a_student(klass, capsys, options, said):
    assert main(["status", *options, "--course", str(klass.course.root)]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert ("student-01" in out) == (options == [FIRST])
