"""The page about the whole course, and a notebook's page, from a real gradebook."""

from __future__ import annotations

import csv

import pytest
from helpers.graded_class import FIRST, FULL, mark_by_hand, record
from helpers.html_pages import Page

from autograder.commands import parser, report
from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading.gradebook import points_of
from autograder.intake.roster import ROSTER
from autograder.reports import course_report
from autograder.reports.course_report import write_course_report
from autograder.reports.report import write_report


@pytest.fixture
def graded(klass):
    """student-01 with full marks, one of them by hand; -02 with some; -03 handed in nothing."""
    record(klass, "student-01", **FULL)
    record(klass, "student-02", affine=4.5)
    record(klass, "student-03")
    mark_by_hand(klass.course, "student-01")
    return klass


def read(path):
    return Page(path.read_text(encoding="utf-8"))


def test_points_are_the_gradebooks_with_those_given_by_hand(graded):
    points, most = points_of(graded.course, FIRST)
    assert most == {"affine": 4.5, "q_linear": 1.0, "why_bias": 2.0}
    assert points["student-01"] == {"affine": 4.5, "q_linear": 1.0, "why_bias": 2.0}
    assert points["student-02"] == {"affine": 4.5, "q_linear": 0.0, "why_bias": 0.0}


def test_an_answer_that_waits_has_no_points_yet(klass):
    record(klass, "student-01", **FULL)
    assert points_of(klass.course, FIRST)[0]["student-01"]["why_bias"] is None


def test_the_notebooks_page_from_a_real_gradebook(graded):
    page = read(write_report(graded.course, FIRST))
    assert "A small notebook" in page.text
    heat = page.text.split("waits for a grader.")[1]
    assert "student-01 7.5 4.5 1 2 student-02 4.5 4.5 0 0" in heat
    assert "student-03 There is no 01_small.ipynb" in page.text


def test_the_courses_page_has_every_student_and_every_notebook(graded):
    page = read(write_course_report(graded.course))
    assert "1 assignment, 3 students" in page.text
    assert "student-01 7.5 7.5 student-02 4.5 4.5 student-03 0 0" in page.text
    assert (
        "Nowhere did several students, and more than a fifth of the class, lose points."
        in page.text
    )


def test_what_several_lost_points_on_is_there_to_teach_again(graded):
    record(graded, "student-01", affine=4.5)
    page = read(write_course_report(graded.course))
    assert "A small notebook. 2 of 2 students lost 2 points here" in page.text


def test_names_stand_beside_ids_and_who_left_is_left_out(graded):
    roster = "student_id,name,left\nstudent-01,Student A,\nstudent-02,Student B,yes\n"
    (graded.course.root / ROSTER).write_text(roster, encoding="utf-8")
    path = write_course_report(graded.course)
    page = read(path)
    assert "1 assignment, 2 students" in page.text
    assert "student-01 Student A 7.5 7.5 student-03 0 0" in page.text
    assert "student-02" not in page.text + path.with_suffix(".csv").read_text(encoding="utf-8")
    assert "Student A" not in read(write_course_report(graded.course, anonymous=True)).text


def test_two_notebooks_are_summed_and_what_is_missing_counts_as_nothing(graded, monkeypatch):
    def again(course, name):
        found = rows(course, name.replace("02_next", FIRST))
        return [row for row in found if name == FIRST or row.student == "student-02"]

    rows = course_report.rows
    monkeypatch.setattr(course_report, "rows", again)
    copy = graded.course.autograded_dir("02_next", "student-02")
    copy.mkdir(parents=True)
    (copy / "02_next.ipynb").write_text("{}")
    monkeypatch.setattr(course_report, "points_of", lambda course, name: points_of(course, FIRST))
    path = write_course_report(graded.course)
    page = read(path)
    assert "student-01 7.5 7.5 – student-02 9 4.5 4.5 student-03 0 0 –" in page.text
    assert "2 not handed in or not graded" in page.text
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines == [
        ["student", "total", FIRST, "02_next"],
        ["(most points)", "15", "7.5", "7.5"],
        ["student-01", "7.5", "7.5", ""],
        ["student-02", "9", "4.5", "4.5"],
        ["student-03", "0", "0", ""],
    ]


def test_the_courses_page_links_to_the_pages_that_are_there(graded):
    folder = graded.course.root / "reports"
    assert f"{FIRST}.html" not in read(write_course_report(graded.course)).links
    write_report(graded.course, FIRST)
    assert f"{FIRST}.html" in read(write_course_report(graded.course)).links
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{FIRST}.csv", f"{FIRST}.html", "course.csv", "course.html",
    ]  # fmt: skip


def test_the_courses_page_is_marked_up_for_screen_readers_and_loads_nothing(graded):
    path = write_course_report(graded.course)
    source = path.read_text(encoding="utf-8")
    assert "http://" not in source
    assert "https://" not in source
    assert "src=" not in source
    for table in read(path).tables:
        assert table["caption"]
        assert set(table["heads"]) <= {"col", "row"}


def test_a_course_without_graded_work_says_what_to_do(tmp_path):
    with pytest.raises(AutograderError, match="grade ASSIGNMENT"):
        write_course_report(Course(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["--course", "DIR"], ["01_small", "--course", "DIR"]])
def test_the_command_writes_one_page_or_the_other(graded, capsys, words):
    options = parser().parse_args(
        ["report", *(str(graded.course.root) if word == "DIR" else word for word in words)]
    )
    assert report.run(options) == 0
    name = "course.html" if len(words) == 2 else f"{FIRST}.html"
    page, _, after = capsys.readouterr().out.splitlines()
    assert page == str(graded.course.root / "reports" / name)
    assert after.startswith("Next: ")


def test_the_option_alone_means_the_usual_course():
    options = parser().parse_args(["report", "--course"])
    assert (options.assignment, str(options.course)) == (None, "course")
