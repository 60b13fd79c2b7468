"""What a student gets back: the summary on top of nbgrader's page, and no hidden test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from helpers.graded_class import FIRST, FULL, mark_by_hand
from helpers.html_pages import Page
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.grading.feedback import feedback
from autograder.grading.gradebook import copies_of
from autograder.grading.recorder import Recorder
from autograder.grading.submission import KEY, read_notebook
from autograder.reports import feedback_page
from autograder.reports.feedback_page import HideHiddenTests, _order
from autograder.reports.pages import render

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def given_back(klass):
    """Returns a function that grades a submission of student-01 and returns its feedback page."""

    def given_back(verdicts=(), reveal=False, before=lambda: None, **points):
        graded = klass.graded("student-01", **points)
        (affine, *_) = graded.metadata[KEY]["reports"]
        for verdict, changes in zip(affine["verdicts"], verdicts, strict=False):
            verdict.update(changes)
        with Recorder(klass.course, FIRST) as book:
            book.record("student-01", {FIRST: graded})
        before()
        (path,) = feedback(klass.course, FIRST, ["student-01"], reveal=reveal)
        return path.read_text(encoding="utf-8")

    return given_back


def summary(source):
    return Page(source.split('<main class="summary">')[1].split("</main>")[0]).text


def test_the_score_comes_first_and_what_waits_is_said(given_back):
    said = summary(given_back(**FULL))
    assert said.startswith("A small notebook Feedback for student-01 5.5 of 7.5 points")
    assert "1 answer waits for a grader" in said
    assert "affine 4.5 / 4.5 ✓ q_linear 1 / 1 ✓ why_bias waits for a grader – / 2" in said
    assert "What went wrong" not in said


def test_a_mistake_is_told_by_name_with_what_to_read_again(given_back):
    wrong = {"status": "failed", "mistake": "no bias", "message": "The bias `b` is left out."}
    said = summary(given_back([wrong, wrong], q_linear=1.0))
    assert "Most is to be gained in affine (4.5 points)." in said
    assert said.count("no bias The bias b is left out.") == 1
    assert "Read again: The affine layer" in said


def test_other_failures_are_told_by_the_names_of_the_tests(given_back):
    said = summary(given_back([{"status": "error", "message": "SECRET"}, {"status": "passed"}]))
    assert "Your code raised an error: rows." in said
    assert "SECRET" not in said


def test_three_answers_are_shown_and_the_others_folded():
    """Those that cost most come first; all of them are on the page."""
    line = {"score": 0.0, "others": {"Not written yet": ["a"]}, "named": {}, "tests": 1}
    wrong = [line | {"name": f"q{n}", "most": 9.0 - n, "slide": f"Slide {n}"} for n in range(5)]
    values = {"title": "T", "student": "student-01", "score": 0.0, "most": 9.0, "late": 0}
    source = render("feedback_summary.html.j2", wrong=wrong, **values)
    shown, folded = source.split("<details>")
    assert [f"Slide {n}" in shown for n in range(5)] == [True] * 3 + [False] * 2
    assert "2 more answers: q3 , q4" in Page(folded).text
    assert folded.count('class="card"') == 2


def test_what_cost_most_comes_first(given_back):
    said = summary(given_back([{"status": "failed"}] * 2))
    first, second = (said.index(f"{name} 0 of") for name in ("affine", "q_linear"))
    assert first < second
    assert "Most is to be gained in affine (4.5 points) and q_linear (1 point)." in said


def test_where_no_test_passed_for_one_reason_it_is_said_once(given_back):
    said = summary(given_back([{"status": "not written"}] * 2))
    assert "Not written yet. Read again" in said


def test_a_mistake_comes_before_what_is_not_written():
    empty = {"score": 0.0, "most": 9.0, "others": {"Not written yet": ["a"]}}
    slip = {"score": 6.0, "most": 7.0, "others": {}}
    half = {"score": 2.0, "most": 7.0, "others": {"Not written yet": ["a"], "No": ["b"]}}
    assert sorted([empty, slip, half], key=_order) == [half, slip, empty]


def test_why_an_answer_is_missing_is_said_in_the_summary(given_back):
    message = f"`f` is not defined yet. Its cell ended with ImportError: {EVIL}"
    source = given_back([{"status": "missing", "message": message}] * 2)
    assert f"f is not defined yet. Its cell ended with ImportError: {EVIL}" in summary(source)
    assert EVIL not in source.split('<main class="summary">')[1].split("</main>")[0]


def test_what_a_grader_gave_and_wrote_is_there(given_back, klass):
    def mark():
        mark_by_hand(klass.course, "student-01")
        with Gradebook(klass.course.db_url, "cs231n") as book:
            comment = book.find_comment("why_bias", FIRST, FIRST, "student-01")
            comment.manual_comment = f"Well said. {EVIL}"
            book.db.commit()

    source = given_back(before=mark, **FULL)
    assert f"What your grader wrote why_bias Well said. {EVIL}" in summary(source)
    assert "why_bias 2 / 2 ✓" in summary(source)
    assert EVIL not in source.split('<main class="summary">')[1].split("</main>")[0]


def test_a_question_without_an_answer_is_not_answered(klass, given_back):
    klass.hand_in("student-01")
    said = summary(given_back(**FULL))
    assert "Not answered: why_bias (2 points)" in said
    assert "why_bias not answered 0 / 2" in said
    assert "Every test passed" not in said
    assert "What your grader wrote" not in said


def test_what_could_not_be_read_has_its_reason_on_top(klass):
    with Recorder(klass.course, FIRST) as book:
        book.record("student-03", {FIRST: klass.graded("student-03")})
    (path,) = feedback(klass.course, FIRST, ["student-03"])
    said = summary(path.read_text(encoding="utf-8"))
    assert "This could not be graded There is no 01_small.ipynb" in said
    assert "Your points" not in said


def test_a_late_penalty_is_told(given_back, klass):
    def late():
        with Gradebook(klass.course.db_url, "cs231n") as book:
            saved = book.find_submission_notebook(FIRST, FIRST, "student-01")
            saved.late_submission_penalty = 2.0
            book.db.commit()

    said = summary(given_back(before=late, **FULL))
    assert "3.5 of 7.5 points 2 points taken off because it was handed in late." in said


def test_nbgraders_page_stays_below_and_says_its_language(given_back):
    source = given_back(**FULL)
    assert source.index("<html lang=") < source.index('name="viewport"')
    assert source.index('name="top"') < source.index('class="summary"')
    assert source.index('class="summary"') < source.index('id="notebook-container"')
    assert source.index("</main>") < source.index('<details class="below">')
    assert source.index('<details class="below">') < source.index('id="notebook-container"')
    assert source.rindex("</details>") < source.rindex("</body>")
    links = [link for link in Page(source).links if link == "#affine"]
    assert links
    assert '<a name="affine"></a>' in source


def test_nbgraders_own_command_writes_the_same_page(given_back, klass):
    ours = given_back(**FULL)
    program = Path(sys.executable).with_name("nbgrader")
    command = [program, "generate_feedback", FIRST, "--student=student-01", "--force"]
    subprocess.run(command, cwd=klass.course.root, check=True, capture_output=True)
    page = klass.course.feedback_dir(FIRST, "student-01") / f"{FIRST}.html"
    assert page.read_text(encoding="utf-8") == ours


# -------------------------------------------------------------------------------- the hidden tests

HIDDEN = """assert callable(f)
### BEGIN HIDDEN TESTS
assert f(2) == 6
### END HIDDEN TESTS"""


def hand_written(score, source=HIDDEN, **more):
    told = {"grade_id": "by_hand", "grade": True, "solution": False, "points": 4, **more}
    cell = new_code_cell(source, metadata={"nbgrader": {**told, "score": score}})
    cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "f(2) was 5, not 6"}]
    notebook, _ = HideHiddenTests().preprocess(new_notebook(cells=[cell]), {})
    return notebook.cells[0]


@pytest.mark.parametrize(("score", "said"), [(4, "passed"), (0, "not passed")])
def test_hidden_lines_and_what_they_printed_are_left_out(score, said):
    cell = hand_written(score)
    assert cell.source == "assert callable(f)"
    assert [output.text for output in cell.outputs] == [f"Hidden tests: {said}."]


def test_a_test_without_hidden_lines_stays_as_it_is():
    assert "was 5" in hand_written(0, "assert f(2) == 6").outputs[0]["text"]


def test_a_student_who_writes_the_marks_of_hidden_tests_stops_nothing():
    cell = hand_written(0, "### BEGIN HIDDEN TESTS\nx = 1", grade=False, solution=True)
    assert "x = 1" in cell.source


@pytest.mark.parametrize("reveal", [False, True])
def test_hidden_lines_are_shown_where_that_is_asked_for(klass, given_back, monkeypatch, reveal):
    monkeypatch.setattr(feedback_page, "load_release", lambda *names, notebook: klass.release)

    def add_hidden_lines():
        path = copies_of(klass.course, FIRST, "student-01")[FIRST]
        notebook = read_notebook(path)
        next(cell for cell in notebook.cells if cell.id == "affine").source += f"\n{HIDDEN}"
        nbformat.write(notebook, path)

    text = Page(given_back(before=add_hidden_lines, reveal=reveal, **FULL)).text
    assert ("BEGIN HIDDEN TESTS" in text) is reveal
    assert ("Hidden tests: passed." in text) is not reveal


@pytest.mark.parametrize("reveal", [False, True])
def test_the_numbers_of_hidden_tests_are_shown_where_that_is_asked_for(
    klass, given_back, monkeypatch, reveal
):
    monkeypatch.setattr(feedback_page, "load_release", lambda *names, notebook: klass.release)
    source = given_back([{"status": "failed"}, {"status": "passed"}], reveal=reveal)
    (rows, images) = klass.release.packs["affine"].cases
    text = Page(source).text
    assert "salt" not in text, "the digest of a multiple-choice question tells nothing"
    assert (f"The test “{rows.name}”, with its numbers" in text) is reveal
    assert f"The test “{images.name}”" not in text
    for values in (rows.inputs, rows.expected.values):
        shown = " ".join(feedback_page._values_text(values).split())
        assert "array([[" in shown
        assert (shown in text) is reveal
    assert ("affine_forward(x, w, b)[0]" in text) is reveal
