"""The instructor's side in a real browser: formgrader, reports; and the pictures of docs/.

`make screenshots` writes these pictures anew; here they are made to see that they can be.
"""

from __future__ import annotations

import csv
import io

import pytest
from helpers import ROOT
from helpers.lab import jupyter_lab
from helpers.page_pictures import take
from helpers.term_course import RATES, RULES
from helpers.term_played import MARK, PRAISED, play
from nbgrader.api import Gradebook
from PIL import Image

from autograder.commands import main

pytestmark = pytest.mark.browser
WIDTH, LARGEST = 1000, 120_000


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play(tmp_path_factory.mktemp("term"))


@pytest.fixture(scope="module")
def course(played):
    return played.term.course


@pytest.fixture(scope="module")
def url(course, tmp_path_factory):
    with jupyter_lab(course.root, tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture
def keep(request, tmp_path, page):
    """Takes a picture of a part of the page: in docs/images if asked for."""
    asked = request.config.getoption("--screenshots")
    folder = ROOT / "docs" / "images" if asked else tmp_path

    def keep(name, height, top=0):
        page.set_viewport_size({"width": WIDTH, "height": top + height})
        shot = page.screenshot(clip={"x": 0, "y": top, "width": WIDTH, "height": height})
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        # 128 colours are plenty for text and flat areas, and a third of the bytes.
        Image.open(io.BytesIO(shot)).convert("RGB").quantize(128).save(path, optimize=True)
        assert path.stat().st_size < LARGEST

    return keep


def waiting(course, notebook):
    """Some submission with an answer that waits: (student, its id, the question, most points)."""
    with Gradebook(course.db_url, "cs231n") as book:
        for each in book.notebook_submissions(notebook, notebook):
            for grade in each.grades:
                if grade.needs_manual_grade and grade.auto_score is None:
                    return each.student.id, each.id, grade.name, grade.max_score
    raise AssertionError("somebody must have answered in words")


def exported(course, notebook, student):
    where = ["--course", str(course.root)]
    assert main(["export", "canvas", notebook, *where]) == 0
    text = (course.root / "exports" / f"{notebook}.canvas.csv").read_text(encoding="utf-8")
    (row,) = [x for x in csv.DictReader(io.StringIO(text)) if x["SIS Login ID"] == student]
    return float(row[notebook])


def test_the_formgrader_lists_notebooks_and_class(course, url, page, keep):
    page.goto(url("lab"))
    page.goto(url("formgrader/gradebook"))
    for notebook in (RULES, RATES):
        page.get_by_role("link", name=notebook).wait_for()
    keep("formgrader", 390)
    page.goto(url(f"formgrader/gradebook/{RULES}/{RULES}"))
    page.get_by_text("Submission #1", exact=True).wait_for()
    page.goto(url("formgrader/manage_students"))
    page.get_by_text("student-40").wait_for()


def test_a_mark_given_in_the_formgrader_is_in_report_and_export(course, url, page):
    student, submission, question, most = waiting(course, RATES)
    before = exported(course, RATES, student)
    page.goto(url("lab"))
    page.goto(url(f"formgrader/submissions/{submission}/"))
    # The page listens to its boxes only when it has fetched the marks: a mark typed before is lost
    page.wait_for_load_state("networkidle")
    points = page.locator(f"input#{question}.score")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.ok):
        points.fill(f"{most:g}")
        points.blur()
    assert exported(course, RATES, student) == pytest.approx(before + most)
    assert main(["report", RATES, "--course", str(course.root)]) == 0
    page.goto((course.root / "reports" / f"{RATES}.html").as_uri())
    line = page.locator("table.heat tbody tr", has=page.get_by_role("rowheader", name=student))
    heads = page.locator("table.heat thead th").all_inner_texts()
    column = next(i for i, text in enumerate(heads) if question in text)
    assert line.locator("th, td").nth(column).inner_text() == f"{most:g}"


def test_an_answer_in_words_is_read_with_its_rubric_and_mark(course, played, url, page, keep):
    with Gradebook(course.db_url, "cs231n") as book:
        submission = book.find_submission_notebook(RULES, RULES, played.praised).id
    page.goto(url("lab"))
    page.goto(url(f"formgrader/submissions/{submission}/"))
    # The page listens to its boxes only when it has fetched the marks: a mark typed before is lost
    page.wait_for_load_state("networkidle")
    points = page.locator(f"input#{PRAISED}.score")
    points.wait_for()
    page.wait_for_function(
        "([name, mark]) => Number(document.querySelector(`input#${name}.score`).value) === mark",
        arg=[PRAISED, MARK],
    )
    page.get_by_text("For the grader.").first.wait_for()
    page.set_viewport_size({"width": WIDTH, "height": 620})
    points.evaluate("each => window.scrollTo(0, each.getBoundingClientRect().top + scrollY - 130)")
    keep("marking", 620)


def test_the_pages_are_as_docs_show_them(course, page, request, tmp_path):
    for report in ([RATES], []):
        assert main(["report", *report, "--course", str(course.root)]) == 0
    asked = request.config.getoption("--screenshots")
    pictures = take(
        page,
        course.root / "reports" / f"{RATES}.html",
        course.feedback_dir(RULES, "student-15") / f"{RULES}.html",
        ROOT / "docs" / "images" if asked else tmp_path,
    )
    assert all(picture.stat().st_size < LARGEST for picture in pictures)


@pytest.mark.parametrize(
    ("name", "file", "start", "height"),
    [
        ("heat_map", f"reports/{RULES}.html", "#points", 560),
        ("course_report", "reports/course.html", "h1", 570),
    ],
)
def test_tables_are_as_docs_show_them(course, page, keep, name, file, start, height):
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto((course.root / file).as_uri())
    place = page.locator(start).first
    place.wait_for()
    place.evaluate("each => window.scrollTo(0, each.getBoundingClientRect().top + scrollY - 16)")
    keep(name, height)
