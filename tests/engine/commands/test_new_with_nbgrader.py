"""nbgrader's own commands, which are the formgrader's buttons, in the folder of a new course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from helpers import ROOT
from helpers.new_course import LESSON, LIBRARY, PADDED, RIGHT, opened, written
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.grading.classroom import grade_class
from autograder.grading.feedback import feedback

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Windows does not grade"),
    pytest.mark.parametrize(
        "course",
        [
            pytest.param("", id="alone"),
            pytest.param(LIBRARY, id="library", marks=pytest.mark.nightly),
        ],
        indirect=True,
    ),
]
ANSWERS = {
    "student-01": RIGHT,
    "student-02": {**RIGHT, "moving_average_solution": PADDED},
    "student-03": {},
}
POINTS = {"student-01": 7.0, "student-02": 4.0, "student-03": 0.0}


@pytest.fixture(scope="module")
def course(request, tmp_path_factory):
    """A course with three notebooks handed in."""
    folder = tmp_path_factory.mktemp("course") / "my-course"
    made = opened(written(folder, request.param and "buttons_lib"))
    for student, answers in ANSWERS.items():
        made.hand_in(student, answers)
    return made


def nbgrader(course, *words):
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course.course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def scores(course):
    with Gradebook(course.course.db_url) as book:
        return {
            submission.student.id: submission.score
            for submission in book.notebook_submissions(LESSON, LESSON)
        }


def test_generate_assignment_makes_the_same_release(course):
    before = files_of(course.released)
    assert "readings.csv" in before
    shutil.rmtree(course.released)
    nbgrader(course, "generate_assignment", LESSON, "--force")
    assert files_of(course.released) == before


def test_autograde_and_feedback_give_what_grade_and_feedback_give(course):
    nbgrader(course, "autograde", LESSON, "--create")
    assert scores(course) == POINTS
    nbgrader(course, "generate_feedback", LESSON, "--force")
    graded = files_of(course.course.autograded)
    pages = files_of(course.course.feedback)
    assert b"padded at the ends" in pages[f"student-02/{LESSON}/{LESSON}.html"]
    grade_class(course.course, LESSON, force=True)
    feedback(course.course, LESSON)
    assert scores(course) == POINTS
    notebooks = {name for name in graded if name.endswith(".ipynb")}
    assert len(notebooks) == 3
    again = files_of(course.course.autograded)
    assert {name: again[name] for name in notebooks} == {name: graded[name] for name in notebooks}
    assert files_of(course.course.feedback).keys() == pages.keys()


def test_an_assignment_that_is_no_lesson_gets_nothing_added(course):
    meta = {"schema_version": 3, "task": False}
    answer = {**meta, "grade": False, "solution": True, "locked": False, "grade_id": "k"}
    test = {**meta, "grade": True, "solution": False, "locked": True, "grade_id": "t", "points": 2}
    cells = [
        new_code_cell(
            "### BEGIN SOLUTION\nk = 3\n### END SOLUTION", id="a", metadata={"nbgrader": answer}
        ),
        new_code_cell("assert k == 3", id="b", metadata={"nbgrader": test}),
    ]
    source = course.course.source_dir("kmeans")
    source.mkdir()
    nbformat.write(new_notebook(cells=cells), source / "kmeans.ipynb")
    (source / "points.csv").write_text("1,2\n", encoding="utf-8")
    nbgrader(course, "generate_assignment", "kmeans", "--create")
    released = files_of(course.course.release_dir("kmeans"))
    assert released.keys() == {"kmeans.ipynb", "points.csv"}
    assert b"k = 3" not in released["kmeans.ipynb"].replace(b"assert k == 3", b"")
    folder = course.course.submitted_dir("kmeans", "student-01")
    shutil.copytree(source, folder)
    nbgrader(course, "autograde", "kmeans", "--create")
    with Gradebook(course.course.db_url) as book:
        assert book.find_submission_notebook("kmeans", "kmeans", "student-01").score == 2
