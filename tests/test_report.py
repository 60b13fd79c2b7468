"""The class report: what it counts and shows, and that nothing a student wrote runs in it."""

from __future__ import annotations

import csv
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder import report
from autograder.classroom import Row
from autograder.course import Course
from autograder.errors import AutograderError
from cs231n_lib.check.judge import Report, Verdict

EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._hidden = False
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._hidden = tag in ("script", "style")
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def verdict(test: str, status: str = "passed", **more) -> Verdict:
    return Verdict(test=test, points=2.0, status=status, **more)


def exercise(*verdicts: Verdict) -> dict:
    return asdict(Report("square", "09_test", "Slide of squares", list(verdicts)))


def row(student: str, score: float, *reports: dict, **more) -> Row:
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


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr(report, "rows", lambda course, notebook: CLASS)
    (tmp_path / "gradebook.db").touch()
    return Course(tmp_path)


@pytest.fixture
def page(course: Course) -> Page:
    return Page(report.write_report(course, "09_test").read_text(encoding="utf-8"))


def test_the_class_in_figures(page):
    assert "4 submissions 1 could not be read" in page.text
    assert "1 median score of 4 points" in page.text
    assert "1.5 mean score 0 to 4" in page.text
    assert "1 wait for a grader" in page.text


def test_each_test_counts_who_passed_among_those_that_could_be_read(page):
    assert "small (2) raised an error 2 of 3" in page.text
    assert "large (2) cubes; not written 1 of 3" in page.text
    assert "50 % of 4 points, 1 of 3 all right" in page.text


def test_a_mistake_is_there_with_its_message_and_who_made_it(page):
    assert "1× cubes x**3 is a cube. student-02" in page.text
    assert "Slide of squares" in page.text


def test_why_points_are_missing_is_said_for_each_student(page):
    assert "student-02 2 / 4 square : cubes" in page.text
    assert "student-03 0 / 4 not written: square handed in as" in page.text
    assert "student-04 0 / 4 The file is broken." in page.text


def test_what_students_wrote_is_text(page):
    assert page.tags.count("script") == 1, "the page's own"
    assert EVIL in page.text


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


def test_the_histogram_puts_each_share_into_its_class():
    bars = report._histogram([0.0, 0.05, 0.1, 0.3, 0.7, 0.999, 1.0])
    assert [bar.count for bar in bars] == [2, 1, 0, 1, 0, 0, 0, 1, 0, 2]
    assert max(bar.height for bar in bars) == 1
    assert bars[-1].label == "90–100 %"


def test_the_table_for_spreadsheets(course):
    report.write_report(course, "09_test")
    with (course.root / "reports" / "09_test.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["student", "score", "max_score", "needs_manual_grade"]
    assert lines[1] == ["student-01", "4.0", "4.0", "no"]
    assert lines[3] == ["student-03", "0.0", "4.0", "yes"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_a_spreadsheet_takes_no_name_for_a_formula(tmp_path, start):
    report.write_csv(tmp_path / "table.csv", [row(f"{start}cmd", 1.0)])
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1][0] == f"'{start}cmd"


def test_without_graded_work_it_says_what_to_do(tmp_path):
    with pytest.raises(AutograderError, match="grade 09_test"):
        report.write_report(Course(tmp_path), "09_test")
    assert list(tmp_path.iterdir()) == []
