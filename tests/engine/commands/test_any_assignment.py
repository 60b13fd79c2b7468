"""docs/any_assignment.md, typed: a course of plain nbgrader form, from `init` to `export`.

Beside it the same hand-ins are graded by plain nbgrader.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from helpers import ROOT
from helpers.plain_course import ANSWERS, EMPTY_EARNS, hand_in, write_plain_course
from helpers.typed_page import COMMAND, PART, type_in
from nbgrader.api import Gradebook

from autograder.commands import main
from autograder.course import Course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="Windows does not grade"),
]
PAGE = ROOT / "docs" / "any_assignment.md"
OTHERS = [assignment for assignment in ANSWERS if assignment != "shapes"]
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "plain"\n'


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The page, typed in the folder of a course; then the other assignments, graded as well."""
    folder = tmp_path_factory.mktemp("plain")
    root = write_plain_course(folder / "stats")

    def four_students_hand_in():
        move(root, "shapes", folder / "handed-in")

    hooks = {"four students hand in": four_students_hand_in}
    before = os.getcwd()
    os.chdir(root)
    try:
        typed = []
        for part in PART.finditer(PAGE.read_text(encoding="utf-8")):
            if part["hook"]:
                hooks.pop(part["hook"])()
            elif part["kind"] == "console":
                typed += [type_in(*command) for command in COMMAND.findall(part["block"])]
        for assignment in OTHERS:
            main(["release", assignment, "--no-rehearsal"])
            for student in ANSWERS[assignment]:
                hand_in(root, assignment, student)
            main(["grade", assignment])
    finally:
        os.chdir(before)
    assert not hooks
    return SimpleNamespace(course=Course(root), typed=typed)


def move(root, assignment, target):
    """Hand in outside of the course, a folder a student."""
    for student in ANSWERS[assignment]:
        folder = hand_in(root, assignment, student)
        shutil.move(folder, target / assignment / student)


@pytest.fixture(scope="module")
def theirs(played, tmp_path_factory):
    """The course as plain nbgrader grades it."""
    root = write_plain_course(tmp_path_factory.mktemp("theirs") / "stats")
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    for assignment in ANSWERS:
        nbgrader(root, "generate_assignment", assignment)
        for student in ANSWERS[assignment]:
            hand_in(root, assignment, student)
        nbgrader(root, "autograde", assignment)
    return Course(root)


def nbgrader(root, *words):
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=root, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def marks(course):
    """{(assignment, student, notebook, cell): points of the autograder}."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        return {
            (assignment.name, submission.student.id, notebook.name, grade.name): grade.auto_score
            for assignment in book.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_what_the_page_shows_is_what_a_person_sees(played):
    complaints = [typed.complaint for typed in played.typed if typed.complaint]
    assert not complaints, "\n\n".join(complaints)
    assert [typed.code for typed in played.typed] == [0] * len(played.typed)
    assert len(played.typed) >= 9


@pytest.mark.nightly
def test_honest_students_get_what_plain_nbgrader_gives(played, theirs):
    ours, stock = marks(played.course), marks(theirs)
    assert ours.keys() == stock.keys()
    pairs = {key: (mark or 0.0, stock[key] or 0.0) for key, mark in ours.items()}
    assert {key: pair for key, pair in pairs.items() if pair[0] != pair[1]} == {}
    assert sum(mark or 0.0 for mark in ours.values()) > 15, "there is something to compare"


def test_an_empty_notebook_earns_what_the_rehearsal_says(played):
    earned = dict.fromkeys(EMPTY_EARNS, 0.0)
    for (assignment, student, _, _), mark in marks(played.course).items():
        if student == "student-04":
            earned[assignment] += mark or 0.0
    assert earned == EMPTY_EARNS
