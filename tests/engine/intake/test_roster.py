"""Who is in the class, from what each system exports."""

from __future__ import annotations

import pytest
from helpers.handed_in import CANVAS_ROSTER, GRADESCOPE_ROSTER, MOODLE_ROSTER
from nbgrader.api import Gradebook

from autograder.commands import main
from autograder.course import SETTINGS, init
from autograder.errors import AutograderError
from autograder.intake.roster import (
    ROSTER,
    course_roster,
    import_roster,
    read_roster,
    saved_roster,
    write_roster,
)

GERMAN = """\
ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)"
Teilnehmer/in301,"Student One",student-01@x.edu,Abgegeben,,"Dienstag, 14. Oktober 2025, 21:05",-
Teilnehmer/in302,"Student Twø",student-02@x.edu,"Keine Abgabe",,-,"Mittwoch, 15. Oktober 2025, 08:00"
"""  # noqa: E501
FRENCH = """\
Identifiant,"Nom complet","Adresse de courriel",Statut,"Dernière modification (travail remis)",Note
"Participant 301","Student One",student-01@x.edu,Remis,"mardi 14 octobre 2025, 21:05",
"Participant 302","Student Twø",student-02@x.edu,"Rien",-,3
"""


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


@pytest.mark.parametrize("text", [GERMAN, FRENCH])
def test_a_worksheet_of_moodle_in_another_language(tmp_path, text):
    course = init(tmp_path / "course")
    (course.root / SETTINGS).write_text('timezone = "Europe/Zurich"\n', encoding="utf-8")
    (tmp_path / "given.csv").write_text(text, encoding="utf-8")
    roster = course_roster(course, tmp_path / "given.csv")
    assert list(roster.students) == ["student-01@x.edu", "student-02@x.edu"]
    assert roster.find([("moodle", "302")]) == ("student-02@x.edu", "")
    assert roster.find([("name", "studentone")]) == ("student-01@x.edu", "")
    times = [student.submitted for student in roster.students.values()]
    assert times == ["2025-10-14T19:05:00+00:00", ""], "not the time of grading"


def test_another_column_of_a_worksheet_may_be_the_id(tmp_path):
    text = FRENCH.replace("Statut", "Matricule").replace("Remis", "s-1").replace("Rien", "s-2")
    roster = read(tmp_path, text, "matricule")
    assert roster.students["s-1"].key("email") == "student-01@x.edu"


def test_moodles_participants_in_any_language(tmp_path):
    roster = read(tmp_path, "Keresztnév,Vezetéknév,E-mail cím\nStudent,One,student-01@x.edu\n")
    one = roster.students["student-01@x.edu"]
    assert (one.first_name, one.last_name) == ("Student", "One")


def test_nbgraders_own_csv_of_students(tmp_path):
    text = "id,first_name,last_name,email,lms_user_id\nstudent-01,Student,One,a@x.edu,4001\n"
    roster = read(tmp_path, text)
    assert list(roster.students) == ["student-01"]
    assert roster.find([("canvas", "4001")]) == ("student-01", "")


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"'])
def test_a_line_for_excel_says_what_separates_cells(tmp_path, line):
    roster = read(tmp_path, f"\ufeff{line}\r\nstudent_id;name,as written\r\na;A\r\n;B\r\n")
    assert list(roster.students) == ["a"]
    assert roster.notes == ["line 4 of given.csv: B has no student_id"]


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
    assert roster.find([("name", "threestudente")]) == ("", "is not in the roster")
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
def test_an_id_that_is_no_folders_name_is_told_and_left_out(tmp_path, id):
    course = init(tmp_path / "course")
    (tmp_path / "given.csv").write_text(f"student_id\nstudent-01\n{id}\n", encoding="utf-8")
    for roster in (
        course_roster(course, tmp_path / "given.csv"),
        import_roster(course, tmp_path / "given.csv"),
    ):
        assert list(roster.students) == ["student-01"]
        assert f"names a folder; given.csv has {id!r}" in roster.notes[0]


def test_a_column_without_one_id_is_the_wrong_column(tmp_path):
    course = init(tmp_path / "course")
    (tmp_path / "given.csv").write_text("student_id\na/b\na/c\n", encoding="utf-8")
    with pytest.raises(AutograderError, match="'a/b', 'a/c': choose another column with --id"):
        import_roster(course, tmp_path / "given.csv")


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
    assert roster.notes == ["student-02 is not in the roster"]
    assert "student-02" in import_roster(course, tmp_path / "given.csv").students


def given_times(tmp_path, settings="", **times):
    course = init(tmp_path / "course")
    (course.root / SETTINGS).write_text(settings, encoding="utf-8")
    lines = [f'{student},"{time}"\n' for student, time in times.items()]
    (tmp_path / "given.csv").write_text("student_id,submitted\n" + "".join(lines), "utf-8")
    roster = course_roster(course, tmp_path / "given.csv", notebook="01_small")
    return [student.submitted[:16] for student in roster.students.values()], roster.notes


def test_times_that_are_not_clear_are_told_until_a_person_says(tmp_path):
    times = {"one": "05/11/2025 9:05 PM", "two": "later, at 9", "three": "2025-11-05 21:05"}
    submitted, (two_ways, unknown) = given_times(tmp_path, **times)
    assert submitted == ["", "", "2025-11-05T21:05"]
    assert "one (05/11/2025 9:05 PM)" in two_ways
    assert "two (later, at 9)" in unknown
    submitted, (unknown,) = given_times(tmp_path, "day_first = true\n", **times)
    assert submitted == ["2025-11-05T21:05", "", "2025-11-05T21:05"]
    submitted, _ = given_times(tmp_path, "day_first = false\n", **times)
    assert submitted[0] == "2025-05-11T21:05"


def test_a_time_without_a_year_is_the_nearest_to_the_due_date(tmp_path):
    settings = "[due]\n01_small = 2021-10-14T23:59:00\n"
    submitted, _ = given_times(tmp_path, settings, one="Oct 14 at 9:05pm")
    assert submitted == ["2021-10-14T21:05"]


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


# -------------------------------------------------------------------------------- the class changes


def imported(course, text, *options):
    path = course.root.parent / "class.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["roster", str(path), "--course", str(course.root), *options]) == 0
    return saved_roster(course)


CLASS = "student_id,first_name,last_name,email,section\n"
ONE, TWO = "student-01,Ada,One,one@x.edu,A\n", "student-02,Bob,Two,two@x.edu,B\n"


def test_names_sections_and_addresses_follow_a_new_import(tmp_path):
    course = init(tmp_path / "course")
    assert imported(course, CLASS + ONE + TWO).students["student-02"].section == "B"
    roster = imported(course, CLASS + ONE.replace("One,one", "Three,three") + TWO)
    one = roster.students["student-01"]
    assert (one.first_name, one.last_name, one.section) == ("Ada", "Three", "A")
    assert one.key("email") == "three@x.edu"
    with Gradebook(course.db_url, "cs231n") as book:
        row = book.find_student("student-01")
        assert (row.last_name, row.email) == ("Three", "three@x.edu")
    again = imported(course, "student_id,name\nstudent-01,Ada Three\n", "--add")
    assert again.students["student-01"].first_name == "Ada", "the same, in one piece"


def test_who_left_is_told_and_set_apart_and_may_come_back(tmp_path, capsys):
    course = init(tmp_path / "course")
    imported(course, CLASS + ONE + TWO)
    capsys.readouterr()
    assert imported(course, CLASS + ONE, "--dry-run").left == set()
    roster = imported(course, CLASS + ONE)
    printed = capsys.readouterr().out
    assert printed.count("left, with marks kept: student-02") == 2
    assert "1 students (student-01), 0 new" in printed
    assert roster.left == {"student-02"}
    assert roster.find([("email", "two@x.edu")]) == ("student-02", ""), (
        "what they hand in is theirs"
    )
    with Gradebook(course.db_url, "cs231n") as book:
        assert len(book.students) == 2
    imported(course, CLASS + ONE)
    assert "marks kept" not in capsys.readouterr().out, "it is told once"
    assert imported(course, CLASS + ONE + TWO).left == set()
    assert "here again: student-02" in capsys.readouterr().out


def test_who_is_added_drives_nobody_out(tmp_path):
    course = init(tmp_path / "course")
    imported(course, CLASS + ONE)
    roster = imported(course, CLASS + TWO, "--add")
    assert (set(roster.students), roster.left) == ({"student-01", "student-02"}, set())


def test_a_newcomer_of_the_same_name_is_another_person(tmp_path):
    course = init(tmp_path / "course")
    imported(course, CLASS + ONE)
    namesake = ONE.replace("student-01", "student-09").replace("one@", "nine@")
    roster = imported(course, CLASS + ONE + namesake)
    assert set(roster.students) == {"student-01", "student-09"}
    assert roster.students["student-01"].key("email") == "one@x.edu"
    assert imported(course, CLASS + namesake).left == {"student-01"}


def test_a_namesake_in_a_worksheet_gives_nobody_their_number(tmp_path):
    course = init(tmp_path / "course")
    imported(course, CLASS + ONE)
    rows = "student-01,Ada One,301\nstranger,Ada One,302\n"
    (tmp_path / "given.csv").write_text(f"student_id,name,moodle\n{rows}", encoding="utf-8")
    roster = course_roster(course, tmp_path / "given.csv")
    assert roster.find([("moodle", "301")]) == ("student-01", "")
    assert roster.find([("moodle", "302")])[0] == ""
    assert roster.notes == ["stranger is not in the roster"]
