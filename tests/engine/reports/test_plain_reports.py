"""What is told of an assignment of two plain notebooks: pages, exports, similarity, Gradescope."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile

import pytest
from helpers.html_pages import Page
from helpers.plain_course import ANSWERS, hand_in, write_plain_course
from helpers.plain_notebooks import SHAPES
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.authoring.release import release
from autograder.course import init
from autograder.grading.classroom import grade_class, rows
from autograder.grading.feedback import feedback
from autograder.grading.load import REHEARSED
from autograder.project import Project
from autograder.reports.course_report import write_course_report
from autograder.reports.exports import export
from autograder.reports.gradescope import export as export_zip
from autograder.reports.gradescope_run import main
from autograder.reports.hand_written import outcomes
from autograder.reports.released import released
from autograder.reports.report import write_report
from autograder.reports.results_reader import read
from autograder.reports.similarity import compare
from autograder.reports.status import of_students
from autograder.reports.tables import class_table

NAME = "shapes"
CELLS = [
    *("1_shapes/test_rectangle", "1_shapes/test_square", "1_shapes/inherits"),
    "2_counters/test_counter",
]
HIDDEN = (
    "a negative side must be refused",
    "Rectangle(2, 1)",
    "second() == 1",
    "counts for itself",
)


def keep_apart(course, notebook, cell):
    """Let a test run out of the answers' reach, as a rehearsal would decide."""
    decision = {"out_of_reach": True, "digest": hashlib.sha256(cell.source.encode()).hexdigest()}
    path = course.root / REHEARSED / f"{NAME}.json"
    path.parent.mkdir()
    cells = {notebook: {cell.metadata.nbgrader.grade_id: decision}}
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Graded: all right; two alike that pass one test of three; one begun; one that is empty."""
    root = write_plain_course(tmp_path_factory.mktemp("plain") / "course")
    course = init(root, Project(root, id="plain"))
    release(course, NAME, Project(root))
    keep_apart(course, "1_shapes", SHAPES[3])
    for student, answers in ANSWERS[NAME].items():
        hand_in(root, NAME, student, answers)
    hand_in(root, NAME, "student-05", ANSWERS[NAME]["student-02"])
    grade_class(course, NAME, jobs=1)
    feedback(course, NAME)
    return course


def text_of(path):
    return Page(path.read_text(encoding="utf-8")).text


def test_the_report_tells_what_each_hand_written_test_said(course):
    text = text_of(write_report(course, NAME))
    assert text.startswith("shapes: class report shapes Class report for shapes")
    assert "1_shapes/test_rectangle mean 0.8 of 4 points, passed by 1 of 5" in text
    assert 'refused raise AssertionError("a negative side must be refused") (hidden) 2' in text
    assert "2_counters/test_counter mean 0.6 of 3 points, passed by 1 of 5 not tamper" in text
    assert "2_counters/test_counter 3 of 5 students" not in text, "two of four did not write it"
    assert "2_counters/test_counter 2 of 5 students lost 6 points here, 40 %" in text
    assert "1 passed every test" in text
    assert "not defined: 1_shapes/test_rectangle , 1_shapes/test_square" in text


def test_it_says_once_which_tests_an_answer_can_cheat(course):
    text = text_of(write_report(course, NAME))
    assert text.count("Not tamper-proof") == 1
    assert "Not tamper-proof : 1_shapes/test_square , 2_counters/test_counter ." in text
    assert "Out of the answers' reach: 1_shapes/test_rectangle ." in text
    assert text.count("not tamper-proof") == 4, "in the table and at each test"


def test_it_links_to_the_feedback_of_each_notebook(course):
    page = write_report(course, NAME)
    links = [link for link in Page(page.read_text(encoding="utf-8")).links if "feedback" in link]
    assert len(links) == 10
    assert all((page.parent / link).is_file() for link in links)


def test_the_terminal_tells_the_same(course):
    graded = rows(course, NAME)
    failed = outcomes(course, NAME, graded, released(course, NAME))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(class_table(NAME, graded, failed=failed))
    text = captured.get()
    assert "AssertionError: a negative side must be refused: 1_shapes/test_rectangle" in text
    assert "Not tamper-proof, as they run among the answers: 1_shapes/test_square, 2_co" in text


def test_the_course_report_has_the_assignment_once(course):
    page = write_course_report(course)
    text = text_of(page)
    assert "1 assignment, 5 students" in text
    assert "2 of 5 AssertionError: a negative side must be refused 1_shapes/test_rectangle" in text
    with page.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[:3] == [
            ["student", "total", NAME], ["(most points)", "11", "11"], ["student-01", "9", "9"],
        ]  # fmt: skip


def test_a_students_page_says_which_visible_line_failed_and_no_hidden_one(course):
    shapes, counters = (
        text_of(course.feedback_dir(NAME, "student-02") / f"{name}.html")
        for name in ("1_shapes", "2_counters")
    )
    assert "test_rectangle 0 of 4 points A hidden test failed. Each name" in shapes
    assert "test_counter 0 of 3 points A hidden test failed." in counters
    empty = text_of(course.feedback_dir(NAME, "student-04") / "1_shapes.html")
    assert "assert isinstance(Square(3), Rectangle) failed: Square is not defined." in empty
    assert "Every test passed" not in shapes + counters + empty
    for page in course.feedback.rglob("*.html"):
        assert not [words for words in HIDDEN if words in text_of(page)]


@pytest.fixture
def late(course):
    """student-01 lost half a point in one notebook, and one in the other."""
    with Gradebook(course.db_url) as book:
        saved = [
            book.find_submission_notebook(name, NAME, "student-01")
            for name in ("1_shapes", "2_counters")
        ]
        for notebook, points in zip(saved, (0.5, 1.0), strict=True):
            notebook.late_submission_penalty = points
        book.db.commit()
        yield
        for notebook in saved:
            notebook.late_submission_penalty = None
        book.db.commit()


def test_a_student_has_one_result_of_both_notebooks(course, late):
    document = read(course)
    (assignment,) = document.assignments
    assert (assignment.name, list(assignment.exercises)) == (NAME, CELLS)
    assert [result.student for result in document.results] == sorted([*ANSWERS[NAME], "student-05"])
    first = document.results[0]
    assert (first.raw_score, first.late_penalty, first.score) == (9.0, 1.5, 7.5)
    assert [exercise.score for exercise in first.exercises] == [4.0, 2.0, 0.0, 3.0]
    (status,) = [line for line in of_students(course) if line.student == "student-01"]
    assert (status.points, status.most, status.late) == (7.5, 11.0, 1.5)


def test_exports_name_cells_with_their_notebook(course):
    table, document = (export(course, kind, NAME).path for kind in ("csv", "json"))
    with table.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["exercise"] for line in lines] == CELLS * 5
    assert [*json.loads(document.read_text())["assignments"][0]["exercises"]] == CELLS


def test_answers_of_every_notebook_are_compared(course):
    similar = compare(course, NAME)
    assert [cell.name for cell in similar.cells] == [
        "1_shapes/rectangle", "1_shapes/square", "2_counters/counter",
    ]  # fmt: skip
    (pair,) = similar.cells[0].pairs
    assert (pair.one, pair.other, pair.wrong) == (("student-02",), ("student-05",), True)
    assert "min(width, height)" in similar.cells[0].solution


@pytest.mark.parametrize("folder", [".", "mine"])
def test_gradescope_grades_both_notebooks_as_the_class_was(course, tmp_path, monkeypatch, folder):
    export_zip(course, NAME, tmp_path / "grader.zip")
    with zipfile.ZipFile(tmp_path / "grader.zip") as archive:
        archive.extractall(tmp_path / "source")
    assert "released" not in (tmp_path / "source" / "run_autograder").read_text()
    handed_in = course.submitted_dir(NAME, "student-02")
    (tmp_path / "submission" / folder).mkdir(parents=True)
    for path in handed_in.glob("*.ipynb"):
        (tmp_path / "submission" / folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("AUTOGRADER_ROOT", str(tmp_path))
    assert main() == 0
    document = json.loads((tmp_path / "results" / "results.json").read_text())
    assert document["score"] == 2.0
    assert [(test["name"], test["score"], test["output"]) for test in document["tests"]] == [
        ("1_shapes/test_rectangle", 0.0, "A hidden test failed"),
        ("1_shapes/test_square", 2.0, ""),
        ("2_counters/test_counter", 0.0, "A hidden test failed"),
    ]
    assert document["output"] == "1_shapes/inherits: 2 points, given by a person."
    assert not [words for words in HIDDEN if words in json.dumps(document)]
    assert "min(width, height)" not in (tmp_path / "source/hidden/1_shapes.ipynb").read_text()
