"""The report of a large class: a page of rows at a time, and a search over all of them."""

from __future__ import annotations

import pytest
from helpers.axe import serious

from autograder.check.judge import Report, Verdict
from autograder.course import Course
from autograder.grading.classroom import Row
from autograder.reports import report
from autograder.reports.attention import Attention, ClassList

pytestmark = pytest.mark.browser
PHONE = {"width": 380, "height": 800}
STUDENTS = [f"s-{number:03}" for number in range(120)]
NAMES = {**dict.fromkeys(STUDENTS, ""), "s-077": "Zoë Ng"}
NOBODY = Attention([], {}, STUDENTS, [], [], [])
"""What comes first: here, that all handed in again."""


def row(student: str) -> Row:
    number = int(student[2:])
    name = "cubes" if number % 40 == 7 else ""
    verdict = Verdict("small", 4.0, "failed" if name else "passed", mistake=name)
    mistakes = {"square": [name]} if name else {}
    reports = (Report("square", "09_test", "Squares", [verdict]),)
    return Row(student, (number * 7) % 120 / 30, 4.0, False, mistakes, reports=reports)


@pytest.fixture
def path(tmp_path, monkeypatch):
    def write(count):
        rows = [row(student) for student in STUDENTS[:count]]
        points = {one.student: {"square": one.score} for one in rows}
        monkeypatch.setattr(report, "rows", lambda *of: rows)
        monkeypatch.setattr(report, "points_of", lambda *of: (points, {"square": 4.0}))
        monkeypatch.setattr(report, "class_list", lambda course: ClassList(NAMES))
        monkeypatch.setattr(report, "attention", lambda *of: NOBODY)
        return report.write_report(Course(tmp_path), "09_test").as_uri()

    return write


@pytest.fixture
def table(page, path):
    """The table of students, with its bar."""
    page.goto(path(120))
    return page.locator("div:has(> .pages):has([aria-label='Students'])").last


def students(table):
    return [text.split()[0] for text in table.locator("tbody th").all_inner_texts()]


def place(table):
    return table.locator("output").inner_text()


def turn(table, button):
    table.get_by_role("button", name=button, exact=True).click()


def test_a_page_of_rows_is_there_and_buttons_turn_it(table):
    assert (students(table), place(table)) == (STUDENTS[:50], "1–50 of 120")
    turn(table, "Next")
    turn(table, "Next")
    assert (students(table), place(table)) == (STUDENTS[100:], "101–120 of 120")
    assert table.get_by_role("button", name="Next").get_attribute("aria-disabled") == "true"
    table.get_by_role("button", name="Next").focus()
    table.page.keyboard.press("Enter")  # it keeps the focus, and does nothing
    assert place(table) == "101–120 of 120"
    turn(table, "Previous")
    assert (students(table), place(table)) == (STUDENTS[50:100], "51–100 of 120")


def test_sorting_is_over_all_pages_and_begins_at_the_first(table):
    turn(table, "Next")
    table.locator("thead th").nth(1).get_by_role("button").click()
    by_score = sorted(STUDENTS, key=lambda student: -row(student).score)
    assert (students(table), place(table)) == (by_score[:50], "1–50 of 120")
    turn(table, "Next")
    assert students(table) == by_score[50:100]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("S-07", STUDENTS[70:80]),
        ("zoë", ["s-077"]),
        ("cubes s-0", ["s-007", "s-047", "s-087"]),
        ("nobody", []),
    ],
)
def test_ids_names_and_mistakes_are_found_on_all_pages(table, words, expected):
    turn(table, "Next")
    table.get_by_role("searchbox", name="Search").fill(words)
    count = len(expected)
    assert students(table) == expected
    assert place(table) == (f"1–{count} of {count}" if count else "Nothing found")
    table.locator("thead th").nth(0).get_by_role("button").click()
    assert students(table) == expected[::-1]
    table.get_by_role("searchbox", name="Search").fill("")
    assert (len(students(table)), place(table)) == (50, "1–50 of 120")


def test_no_score_is_taken_for_a_name(table):
    table.get_by_role("searchbox", name="Search").fill("/ 4")
    assert students(table) == []


def test_who_cannot_see_is_told_where_in_the_table_the_rows_are(table):
    turn(table, "Next")
    assert table.locator("table").get_attribute("aria-rowcount") == "121"
    assert table.locator("tbody tr").first.get_attribute("aria-rowindex") == "52"
    assert table.get_by_role("group", name="Students: search and pages").count() == 1
    assert table.get_by_role("status").count() == 1  # which is read out when it changes
    assert serious(table.page) == []


def test_on_paper_is_every_row_that_was_found_and_every_name(table):
    page = table.page
    assert not page.locator("details.more li").first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert students(table) == STUDENTS
    assert page.locator(".first li").count() == 120
    assert page.locator("details.more li").first.is_visible()
    assert not table.get_by_role("button", name="Next").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert len(students(table)) == 50
    table.get_by_role("searchbox", name="Search").fill("cubes")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert students(table) == ["s-007", "s-047", "s-087"]


def test_without_javascript_every_row_is_there(page, path):
    context = page.context.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(path(120))
    assert plain.locator("table.heat tbody tr").count() == 120
    assert plain.locator(".pages").count() == 0


def test_a_class_of_one_page_has_no_bar(page, path):
    page.goto(path(50))
    assert page.locator("table.heat tbody tr").count() == 50
    assert page.locator(".pages").count() == 0


def test_the_bar_fits_a_phone_and_stays_in_sight(table):
    page = table.page
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    table.locator("tbody tr").nth(30).scroll_into_view_if_needed()
    turn(table, "Next")
    assert table.locator(".pages").bounding_box()["y"] >= -1
    assert table.locator("tbody tr").first.bounding_box()["y"] < PHONE["height"]


def test_a_large_class_is_no_taller_than_a_page_of_it(page, path):
    heights, nodes = [], []
    for count in (60, 120):
        page.goto(path(count))
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
        nodes.append(page.evaluate("document.querySelectorAll('tbody tr *').length"))
    assert nodes[0] == nodes[1]
    assert heights[1] < heights[0] + 100
