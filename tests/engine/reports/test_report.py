"""The class report: what it counts and shows, and that nothing a student wrote runs in it."""

from __future__ import annotations

import csv
from pathlib import Path

import nbformat
import pytest
from helpers.html_pages import Page
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.check.judge import Report, Verdict
from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading.classroom import Row
from autograder.grading.timings import note, timings
from autograder.marking.summary import Given, Marked
from autograder.marking.types import Item, Question
from autograder.reports import report
from autograder.reports.attention import Attention, ClassList, FailedCell
from autograder.reports.class_statistics import AtRisk
from autograder.reports.released import cells_of, released, title_of

EVIL = "<script>alert(1)</script>"


def verdict(test: str, status: str = "passed", **more) -> Verdict:
    return Verdict(test=test, points=2.0, status=status, **more)


def exercise(*verdicts: Verdict) -> Report:
    return Report("square", "09_test", "Slide of squares", list(verdicts))


def row(student: str, score: float, *reports: Report, **more) -> Row:
    return Row(student, score, 4.0, more.pop("needs_manual", False), reports=reports, **more)


CLASS = [
    row("student-01", 4.0, exercise(verdict("small"), verdict("large"))),
    row(
        "student-02",
        2.0,
        exercise(
            verdict("small"),
            verdict("large", "failed", mistake="cubes", message="`x**3` is a cube."),
        ),
        mistakes={"square": ["cubes"]},
    ),
    row(
        "student-03",
        0.0,
        exercise(verdict("small", "error", message=EVIL), verdict("large", "not written")),
        needs_manual=True,
        facts=(f"handed in as {EVIL}",),
    ),
    row("student-04", 0.0, exercise(verdict("small", "lost")), unreadable="The file is broken."),
]


POINTS = {
    "student-01": {"square": 4.0, "why": 0.0},
    "student-02": {"square": 2.0, "why": None},
    "student-03": {"square": 0.0, "why": None},
    "student-04": {"square": 0.0, "why": 0.0},
}


MEMBERS = ClassList({"student-02": "Student B", "student-07": ""}, frozenset({"student-06"}))
NOTHING = Attention([], {}, [], [], ["09_test"], [])
FIRST_OF_ALL = Attention(
    cells=[FailedCell("setup", "NameError")],
    absent={"student-05": ["07_first"], "student-07": []},
    ungraded=["student-08"],
    unread=["student-04"],
    assignments=["07_first", "08_second", "09_test"],
    risky=[
        AtRisk("student-02", (0.9, None, 0.5), 0.4, False),
        AtRisk("student-03", (0.2, 0.1, 0.0), 0.3, True),
    ],
)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr(report, "rows", lambda course, notebook: CLASS)
    most = {"square": 4.0, "why": 2.0}
    monkeypatch.setattr(report, "points_of", lambda course, notebook: (POINTS, most))
    monkeypatch.setattr(report, "class_list", lambda course: MEMBERS)
    monkeypatch.setattr(report, "attention", lambda *of: FIRST_OF_ALL)
    return Course(tmp_path)


@pytest.fixture
def page(course: Course) -> Page:
    note(course, "09_test", "student-01", {"setup": 0.25})
    note(course, "09_test", "student-02", {"setup": 0.75})
    return Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))


def test_the_class_in_figures(page):
    assert "4 submissions 1 could not be read" in page.text
    assert "1 median score of 4 points" in page.text
    assert "1.5 mean score 0 to 4" in page.text


def test_the_page_begins_with_what_needs_the_instructor(page):
    first = page.text.split("needs you first")[2].split("What to teach again")[0]
    parts = ("Your cell, not theirs", "Handed in nothing", "not graded yet", "not be read")
    places = [first.index(part) for part in (*parts, "At risk", "Wait for a mark: 1")]
    assert places == sorted(places)
    assert "setup NameError Failed for all 3 who could be graded" in first
    assert "Handed in nothing: 2 student-05 nor 07_first student-07" in first
    assert "Handed in, not graded yet: 1 student-08" in first
    assert "student-02 Student B falling 90 % → none → 50 %" in first
    assert "student-03 falling far below 20 % → 10 % → 0 %" in first
    assert "Of the points of 07_first, 08_second, 09_test that are marked" in first


def test_what_was_missed_in_answers_in_words(course, page, monkeypatch):
    assert "answers marked" not in page.text, "nothing was marked with a rubric"
    why = Question("09_test", "09_test", "why", "why", 2.0, "words", "Why?", "Because.")
    items = (Given(Item("1", 1.0, f"the reason {EVIL}"), 24), Given(Item("2", -0.5, "a slip"), 3))
    monkeypatch.setattr(report, "marked_questions", lambda *of: [Marked(why, 38, 1.25, items)])
    source = report.write_report(course, "09_test").read_text(encoding="utf-8")
    assert EVIL not in source
    text = Page(source).text
    assert "why mean 1.25 of 2 points, 38 answers marked" in text
    assert "(1) 24 of 38 14" in text, "given to 24, missed by 14"
    assert "a slip (-0.5) 3 of 38 –" in text, "a deduction is not missed"


def test_where_nothing_needs_the_instructor_first_the_page_says_nothing(course, monkeypatch):
    monkeypatch.setattr(report, "attention", lambda *of: NOTHING)
    monkeypatch.setattr(report, "rows", lambda *of: CLASS[:2])
    source = report.write_report(course, "09_test").read_text(encoding="utf-8")
    assert 'id="first"' not in source
    assert "#first" not in source


def test_names_stand_beside_ids_unless_the_report_is_anonymous(course, page):
    assert page.text.count("Student B") == 5, "at risk, mistakes, students, points, slowest cells"
    path = report.write_report(course, "09_test", anonymous=True)
    anonymous = Page(path.read_text(encoding="utf-8"))
    assert "Student B" not in anonymous.text
    assert anonymous.text.count("student-02") == page.text.count("student-02")


def test_who_left_the_class_is_left_out(course, monkeypatch):
    those_who_left = ClassList({}, frozenset({"student-01", "student-03"}))
    monkeypatch.setattr(report, "class_list", lambda course: those_who_left)
    path = report.write_report(course, "09_test")
    page = Page(path.read_text(encoding="utf-8"))
    assert "2 submissions" in page.text
    for text in (page.text.split("What to teach again")[1], path.with_suffix(".csv").read_text()):
        assert "student-02" in text
        assert "student-01" not in text


@pytest.mark.parametrize("of", [13, 5])
def test_one_of_thirteen_is_no_reason_to_teach_again(course, monkeypatch, of):
    wrong = exercise(verdict("small", "failed", mistake="cubes", message="A cube."))
    few = [row(f"student-{20 + n}", 4.0, exercise(verdict("small"))) for n in range(1, of)]
    monkeypatch.setattr(report, "rows", lambda *of: [row("student-01", 2.0, wrong), *few])
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    assert f"lose points. Most of all on Slide of squares: 1 of {of} (" in page.text
    assert f"1 of {of} cubes A cube. student-01 square 2" in page.text


def test_reasons_of_single_students_are_counted_below_those_of_several(course, monkeypatch):
    mistakes = ["cubes", "cubes", "halves", "roots"]
    wrong = [exercise(verdict("small", "failed", mistake=name)) for name in mistakes]
    monkeypatch.setattr(
        report, "rows", lambda *of: [row(f"s{n}", 2.0, x) for n, x in enumerate(wrong)]
    )
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    taught = page.text.split("What to teach again")[2].split("Scores")[0]
    assert "2 of 4: cubes in square and 2 reasons of one student each" in taught
    assert "halves" not in taught


def test_of_many_reasons_those_that_cost_most_are_there_to_teach(course, monkeypatch):
    names = [f"m{number}" for number in range(10) for _ in range(12 - number)]
    wrong = [exercise(verdict("small", "failed", mistake=name)) for name in names]
    monkeypatch.setattr(
        report, "rows", lambda *of: [row(f"s{n}", 2.0, x) for n, x in enumerate(wrong)]
    )
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    taught = page.text.split("What to teach again")[2].split("Scores")[0]
    assert "12 of 75: m0" in taught
    assert "5 of 75: m7 in square and 2 reasons that cost fewer points" in taught
    assert "m8" not in taught


def test_each_test_counts_who_passed_among_those_that_could_be_read(page):
    assert "small (2) raised an error 2 of 3" in page.text
    assert "large (2) cubes; not written 1 of 3" in page.text


def test_each_exercise_tells_how_hard_it_was_without_files_that_could_not_be_read(page):
    assert "square Slide of squares 4 50 % 1 of 3" in page.text
    assert "Without the 1 that could not be read." in page.text


def test_no_difficulty_is_told_while_answers_wait_for_a_grader(page):
    assert "why marked by a grader 2 2 answers wait 0 of 1" in page.text


def test_a_mistake_is_there_with_its_message_and_who_made_it(page):
    assert "1 of 3 cubes x**3 is a cube. student-02 Student B square 2" in page.text


def test_what_to_teach_first_leaves_out_what_was_never_tried(page):
    assert "Slide of squares 2 of 3 students lost 4 points here, 33 %" in page.text
    taught = page.text.split("What to teach again")[2].split("Scores")[0]
    assert "1 of 3: cubes in square" in taught
    assert "not written" not in taught


def test_why_points_are_missing_is_said_for_each_student(page):
    assert "student-02 Student B 2 / 4 square : cubes" in page.text
    assert "student-03 0 / 4 not written: square handed in as" in page.text
    assert "student-04 0 / 4 The file is broken." in page.text


def test_the_heat_map_holds_every_point_and_what_waits(page):
    points = page.text.split("Points, student by exercise")[1]
    assert "student-02 Student B 2 2 ? student-03 0 0 ?" in points
    (table,) = [each for each in page.tables if each["class"] == "heat sortable"]
    assert table["shades"][:3] == ["--share:1.00", "--share:1.00", "--share:0.00"]


def test_mended_and_failed_submissions_are_listed(page):
    assert "2 of 4 submissions" in page.text
    assert "student-04 The file is broken." in page.text.split("Mended and failed")[-1]


def test_a_hung_test_is_told_among_the_failed(course, monkeypatch):
    hung = row("student-05", 0.0, exercise(verdict("small", "lost")))
    monkeypatch.setattr(report, "rows", lambda course, notebook: [hung])
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    assert "student-05 Tests of square hung or ended the process." in page.text


def test_the_slowest_cells_have_a_median_and_a_name(page):
    assert "setup 0.50 0.75 student-02 Student B" in page.text


def test_without_times_there_is_no_table_of_them(course):
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    assert "Slowest cells" not in page.text


def test_times_that_cannot_be_read_are_left_out(course):
    note(course, "09_test", "student-01", {"setup": 1.0})
    folder = course.root / "timings" / "09_test"
    for number, text in enumerate(["{", "[1]", '{"setup": "x"}', "7"]):
        (folder / f"bad-{number}.json").write_text(text, encoding="utf-8")
    assert timings(course, "09_test") == {"student-01": {"setup": 1.0}}


def test_a_cell_without_a_name_is_known_by_its_first_line_and_heading(course):
    marks = {"grade_id": "square", "schema_version": 3}
    marks |= {"grade": False, "solution": True, "locked": False, "task": False}
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell("\nx = 1  # `one`\ny = 2", id="plain"),
        new_code_cell("", id="empty"),
        new_code_cell("pass", id="id", metadata={"nbgrader": marks}),
    ]
    folder = course.release_dir("09_test")
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / "09_test.ipynb")
    named = cells_of(released(course, "09_test"))
    assert named["plain"] == "`x = 1  # 'one'` under “A title”"
    assert named["square"] == "`square`"
    assert title_of(course, "09_test") == "A title"


def test_every_table_has_a_caption_and_headings_that_say_what_they_head(page):
    assert len(page.tables) == 7
    for table in page.tables:
        assert table["caption"]
        assert table["heads"]
        assert set(table["heads"]) <= {"col", "row"}


def test_at_most_one_heading_says_by_what_a_table_is_sorted(page):
    for table in page.tables:
        assert len(table["sorted"]) <= 1


def test_what_students_wrote_is_text(page):
    assert page.tags.count("script") == 1, "the page's own"
    assert EVIL in page.text


def test_what_a_folder_is_called_is_text(course, monkeypatch):
    evil = row(EVIL, 0.0, exercise(verdict("small", "failed", mistake="cubes", message="No.")))
    monkeypatch.setattr(report, "rows", lambda course, notebook: [evil])
    monkeypatch.setattr(report, "class_list", lambda course: ClassList({EVIL: EVIL}))
    page = Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert page.text.count(EVIL) == 6, "id and name: students, points, who made the mistake"


def test_the_page_loads_nothing_from_elsewhere(course):
    source = report.write_report(course, "09_test").read_text(encoding="utf-8")
    assert "http://" not in source
    assert "https://" not in source
    assert "src=" not in source


def test_the_link_leads_to_the_feedback_page_where_there_is_one(course):
    feedback = course.feedback_dir("09_test", "student-01") / "09_test.html"
    feedback.parent.mkdir(parents=True)
    feedback.write_text("well done")
    path = report.write_report(course, "09_test")
    links = [link for link in Page(path.read_text(encoding="utf-8")).links if "feedback" in link]
    assert len(links) == 1
    assert (path.parent / links[0]).read_text() == "well done"


def test_the_histogram_says_each_class_and_its_height():
    bars = report.bars([0.0, 0.05, 0.3, 1.0])
    assert [bar.count for bar in bars] == [2, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert (bars[0].height, bars[3].height, bars[-1].label) == (1, 0.5, "90–100 %")


def test_the_table_for_spreadsheets(course):
    report.write_report(course, "09_test")
    with (course.root / "reports" / "09_test.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["student", "score", "max_score", "needs_manual_grade"]
    assert lines[1] == ["student-01", "4", "4", "no"]
    assert lines[3] == ["student-03", "0", "4", "yes"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_a_spreadsheet_takes_no_name_for_a_formula(tmp_path, start):
    report.write_csv(tmp_path / "table.csv", [row(f"{start}cmd", 1.0)])
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1][0] == f"'{start}cmd"


def test_without_graded_work_it_says_what_to_do(tmp_path):
    with pytest.raises(AutograderError, match="grade 09_test"):
        report.write_report(Course(tmp_path), "09_test")
    assert list(tmp_path.iterdir()) == []
