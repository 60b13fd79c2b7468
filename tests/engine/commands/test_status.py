"""Where the term stands, from nbgrader's folders and gradebook."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from shutil import copyfile, copytree, rmtree

import pytest
from helpers.graded_class import FIRST, QUESTION, Class, mark_by_hand, record, twin
from nbgrader.api import Gradebook

from autograder.commands import main
from autograder.course import SETTINGS, Course, init
from autograder.grading.feedback import feedback
from autograder.grading.feedback_state import made_from, pages_of
from autograder.intake.late import put_due_dates
from autograder.intake.roster import ROSTER
from autograder.reports import feedback_page
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
    feedback(course, FIRST, ["student-01"])
    assert states(course)["student-01"] == "returned"
    (notebook,) = of_notebooks(course, of_students(course))
    assert notebook.counts == {
        "missing": 1, "to grade": 1, "waiting": 0, "graded": 1, "returned": 1,
    }  # fmt: skip
    assert (notebook.handed_in, notebook.students) == (3, 4)


def test_of_a_large_class_forty_are_listed_and_the_others_counted(klass, capsys):
    names = "".join(f"s{number:04},\n" for number in range(1500))
    (klass.course.root / ROSTER).write_text(f"student_id,name\n{names}", encoding="utf-8")
    assert main(["status", FIRST, "--course", str(klass.course.root)]) == 0
    printed = capsys.readouterr().out
    assert len(re.findall(r"^ *s\d{4} ", printed, re.M)) == 40
    assert "... and 1,463 more (status --student ID" in printed
    assert main(["status", "--student", "s1499", "--course", str(klass.course.root)]) == 0
    assert "s1499" in capsys.readouterr().out


@pytest.mark.parametrize("time", [1e9, 2e9], ids=["with an older time", "with a newer time"])
def test_what_was_handed_in_after_it_was_graded_is_to_grade_again(klass, time):
    record(klass, "student-02", affine=1.0)
    new = klass.course.submitted_dir(FIRST, "student-02") / f"{FIRST}.ipynb"
    os.utime(new, (time, time))
    assert states(klass.course)["student-02"] == "graded", "it gave no answer in words"
    klass.hand_in("student-02", code="better")
    os.utime(new, (time, time))
    assert states(klass.course)["student-02"] == "to grade"


def test_a_deleted_submission_is_missing(klass):
    record(klass, "student-01", "student-02", affine=4.0)
    folders = [klass.course.submitted_dir(FIRST, f"student-0{number}") for number in (1, 2, 3)]
    rmtree(folders[0])
    (folders[1] / f"{FIRST}.ipynb").unlink()
    (folders[1] / "timestamp.txt").write_text("2026-10-14 23:00:00 UTC", encoding="utf-8")
    assert states(klass.course) == {
        "student-01": "missing", "student-02": "missing", "student-03": "to grade",
    }  # fmt: skip
    assert {line.points for line in of_students(klass.course)} == {None}


@pytest.fixture(scope="module")
def _given_back(made_klass, tmp_path_factory):
    klass = made_klass(tmp_path_factory.mktemp("given back") / "course")
    record(klass, "student-01", "student-02", "student-03", affine=4.0)
    mark_by_hand(klass.course, "student-01", QUESTION)
    feedback(klass.course, FIRST)
    assert set(states(klass.course).values()) == {"returned"}
    return klass


@pytest.fixture
def given_back(_given_back, tmp_path):
    """All are graded, and have their feedback; student-03 handed in no notebook."""
    return Class(twin(_given_back.course, tmp_path / "course"), _given_back.made)


def _comment(course):
    with Gradebook(course.db_url, "cs231n") as book:
        book.find_comment(QUESTION, FIRST, FIRST, "student-02").manual_comment = "Why?"
        book.db.commit()


def _penalty(course):
    with Gradebook(course.db_url, "cs231n") as book:
        book.find_submission_notebook(FIRST, FIRST, "student-02").late_submission_penalty = 1.0
        book.db.commit()


@pytest.mark.parametrize(
    "change",
    [
        lambda klass: record(klass, "student-02", affine=3.0),
        lambda klass: mark_by_hand(klass.course, "student-02", "affine"),
        lambda klass: _comment(klass.course),
        lambda klass: _penalty(klass.course),
        lambda klass: pages_of(klass.course, FIRST, "student-02")[0].write_text("<html>", "utf-8"),
    ],
    ids=["graded again", "a mark by hand", "a comment", "late", "made by an older version"],
)
def test_feedback_older_than_its_marks_is_renewed_and_no_other(given_back, capsys, change):
    course = given_back.course
    before = written(course)
    change(given_back)
    assert states(course)["student-02"] == "graded"
    where = ["--course", str(course.root)]
    assert main(["status", *where]) == 0
    assert f"{FIRST}: 1 feedback page is older than the marks" in capsys.readouterr().out
    assert main(["status", FIRST, *where]) == 0
    assert "feedback is older" in " ".join(capsys.readouterr().out.split())
    assert main(["feedback", FIRST, "--dry-run", *where]) == 0
    assert re.findall(r"student-\d+", capsys.readouterr().out) == ["student-02"]
    assert main(["feedback", FIRST, *where]) == 0
    assert "1 page written" in capsys.readouterr().out
    assert set(states(course).values()) == {"returned"}
    assert written(course) == before
    assert feedback(course, FIRST) == []


def written(course):
    """When each of the other students' pages was written, and where on the disk it is."""
    pages = [pages_of(course, FIRST, student)[0].stat() for student in ("student-01", "student-03")]
    return [(page.st_ino, page.st_mtime_ns) for page in pages]


def test_a_copied_or_restored_course_is_judged_by_what_is_in_it(given_back, tmp_path):
    course, saved = given_back.course, tmp_path / "saved.db"
    copy = Course(copytree(course.root, tmp_path / "copy", copy_function=copyfile))
    now = time.time()
    for age, path in enumerate(sorted(copy.root.rglob("*"))):  # in any order
        os.utime(path, (now - 1000 * age, now - 1000 * age))
    assert set(states(copy).values()) == {"returned"}
    copyfile(course.gradebook, saved)
    mark_by_hand(course, "student-01", QUESTION, score=0.5)
    feedback(course, FIRST)
    assert set(states(course).values()) == {"returned"}
    copyfile(saved, course.gradebook)
    os.utime(course.gradebook, (1e9, 1e9))
    stale = [line.student for line in of_students(course) if line.stale]
    assert stale == ["student-01"], "the marks are older now, and not those on the page"


def test_a_page_that_shows_more_or_less_is_another_page(given_back, monkeypatch):
    monkeypatch.setattr(feedback_page, "load_release", lambda *_, **__: given_back.release)
    course = given_back.course
    assert len(feedback(course, FIRST, ["student-01"], reveal=True)) == 1
    assert set(states(course).values()) == {"returned"}
    assert feedback(course, FIRST, ["student-01"], reveal=True) == []
    assert len(feedback(course, FIRST)) == 1, "without the hidden tests again"
    assert len(feedback(course, FIRST, force=True)) == 3


def test_what_a_student_writes_is_not_taken_for_the_mark_of_a_page(given_back):
    course = given_back.course
    (mark,) = re.findall(
        r"<meta name=.autograder-made-from.*?>",
        pages_of(course, FIRST, "student-01")[0].read_text(),
    )
    for text in (mark, f"<head>{mark}"):
        given_back.hand_in("student-02", text)
        record(given_back, "student-02", affine=4.0)
        feedback(course, FIRST, ["student-02"])
        assert made_from(course, FIRST, "student-02") != made_from(course, FIRST, "student-01")
        assert states(course)["student-02"] == "waiting"


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
    assert step() == f"python -m autograder mark {FIRST}"
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
