"""Who is in the class, from what each system exports."""

from __future__ import annotations

import pytest
from helpers.handed_in import CANVAS_ROSTER, GRADESCOPE_ROSTER, MOODLE_ROSTER
from nbgrader.api import Gradebook

from autograder.commands import main
from autograder.course import init
from autograder.errors import AutograderError
from autograder.intake.roster import ROSTER, course_roster, read_roster, write_roster


def read(tmp_path, text, column=""):
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path, column)


def test_canvas_gradebook(tmp_path):
    roster = read(tmp_path, CANVAS_ROSTER)
    assert list(roster.students) == ["student-01", "student-02", "student-03", "student-04"], (
        "no points, no test student"
    )
    one = roster.students["student-01"]
    assert (one.first_name, one.last_name, one.key("canvas")) == ("Student", "One", "4001")
    assert roster.find([("canvas", "4002")]) == ("student-02", "")


def test_moodle_grading_worksheet(tmp_path):
    roster = read(tmp_path, MOODLE_ROSTER)
    assert list(roster.students) == ["student-01", "student-02"]
    assert roster.find([("moodle", "302")]) == ("student-02", "")
    assert roster.find([("email", "student-01@x.edu")]) == ("student-01", "")
    assert roster.students["student-01"].submitted.startswith("Wed")


def test_gradescope_roster_without_its_teachers(tmp_path):
    roster = read(tmp_path, GRADESCOPE_ROSTER)
    assert list(roster.students) == ["S-1", "S-2"]
    assert roster.find([("sid", "s-2")]) == ("S-2", "")


def test_semicolons_a_byte_order_mark_and_blank_lines(tmp_path):
    roster = read(tmp_path, "\ufeffstudent_id;name\n\nstudent-01;Three, Student\n;\n")
    assert list(roster.students) == ["student-01"]
    assert roster.students["student-01"].first_name == "Student"


@pytest.mark.parametrize(
    ("name", "found"), [("onestudent", "student-01"), ("studentone", "student-01")]
)
def test_a_name_is_found_in_either_order(tmp_path, name, found):
    assert read(tmp_path, CANVAS_ROSTER).find([("name", name)]) == (found, "")


def test_nobody_is_guessed(tmp_path):
    roster = read(tmp_path, CANVAS_ROSTER)
    assert roster.find([("name", "threestudent")]) == ("", "may be student-03 or student-04")
    assert roster.find([("name", "threestudente")]) == ("", "is nobody in the roster")
    assert roster.find([("canvas", "4004"), ("name", "threestudent")]) == ("student-04", "")


def test_another_column_may_be_the_id(tmp_path):
    assert next(iter(read(tmp_path, CANVAS_ROSTER, "sis user id").students)) == "S-1"
    with pytest.raises(AutograderError, match=r"--id must be a column of .*, got 'Login'"):
        read(tmp_path, CANVAS_ROSTER, "Login")


def test_a_canvas_without_logins_falls_back(tmp_path):
    text = 'Student,ID,SIS User ID,SIS Login ID\n"Three, Student",7,,\n"Four, Student",8,,\n'
    assert list(read(tmp_path, text).students) == ["7", "8"]


def test_lines_that_are_nobodys_are_told(tmp_path):
    roster = read(tmp_path, "student_id,name\nstudent-01,A\n,Nemo\nstudent-01,B\n")
    assert list(roster.students) == ["student-01"]
    assert roster.notes == [
        "line 3 of given.csv: Nemo has no student_id",
        "line 4 of given.csv: student-01 is there twice",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got nothing"),
        ("colour,size\nred,1\n", "must have a column that is a student's id"),
        ('student_id\n"student-01', "is no CSV"),
    ],
)
def test_what_is_no_roster_is_a_clear_error(tmp_path, text, said):
    with pytest.raises(AutograderError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize("id", ["..", "../x", "a/b", "a+b", ".hidden", "a*", "-x"])
def test_an_id_that_is_no_folders_name_is_refused(tmp_path, id):
    course = init(tmp_path / "course")
    (tmp_path / "given.csv").write_text(f"student_id\n{id}\n", encoding="utf-8")
    with pytest.raises(AutograderError, match="names a folder"):
        course_roster(course, tmp_path / "given.csv")


def test_a_worksheet_adds_to_what_the_course_knows(tmp_path):
    course = init(tmp_path / "course")
    (course.root / ROSTER).write_text(
        "student_id,name,email\nstudent-one,Student One,\nx,X,\n", "utf-8"
    )
    (tmp_path / "given.csv").write_text(MOODLE_ROSTER, encoding="utf-8")
    roster = course_roster(course, tmp_path / "given.csv")
    assert roster.find([("moodle", "301")]) == ("student-one", "")
    assert roster.students["student-one"].submitted
    assert list(roster.students) == ["student-one", "x"], "collecting adds nobody"
    assert roster.notes == ["student-02 is nobody in the roster"]
    assert "student-02" in course_roster(course, tmp_path / "given.csv", add=True).students


def test_what_is_written_is_read_again(tmp_path):
    roster = read(tmp_path, CANVAS_ROSTER)
    write_roster(tmp_path / ROSTER, roster)
    again = read_roster(tmp_path / ROSTER)
    assert list(again.students) == sorted(roster.students)
    assert again.find([("canvas", "4002")]) == ("student-02", "")
    assert again.find([("name", "onestudent")]) == ("student-01", "")


def test_the_command_fills_nbgraders_gradebook(tmp_path, capsys):
    course = init(tmp_path / "course")
    given = tmp_path / "given.csv"
    given.write_text(CANVAS_ROSTER, encoding="utf-8")
    arguments = ["roster", str(given), "--course", str(course.root)]
    assert main([*arguments, "--dry-run"]) == 0
    assert "Nothing was written" in capsys.readouterr().out
    assert not (course.root / ROSTER).exists()
    assert not course.gradebook.exists()
    assert main(arguments) == 0
    assert "4 students (student-01, student-02, student-03, ...), 4 new" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "0 new" in capsys.readouterr().out
    with Gradebook(course.db_url, "cs231n") as book:
        one = book.find_student("student-01")
        assert (one.first_name, one.last_name, one.lms_user_id) == ("Student", "One", "4001")
        assert len(book.students) == 4
