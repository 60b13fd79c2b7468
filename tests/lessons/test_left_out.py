"""What grading leaves out changes no mark: every answer is graded with all cells and without."""

from __future__ import annotations

import pytest
from helpers import LESSONS, PROJECT

from autograder.authoring.release import release
from autograder.course import init
from autograder.grading.kernel import Limits
from autograder.grading.load import load_release
from autograder.grading.submission import grade, results_of
from autograder.sample.students import write_class

LIMITS = Limits(cell_seconds=20, total_seconds=600)
NEVER_ENDS = {"endless loop", "own cell never ends"}
"""Kinds of students whose cells take all the time that there is."""

pytestmark = pytest.mark.nightly


@pytest.fixture
def course(tmp_path):
    return init(tmp_path / "course", PROJECT)


def graded(course, lesson, student, figures):
    folder, released = course.submitted_dir(lesson, student), load_release(course, lesson)
    result = grade(folder, released, LIMITS, figures=figures)
    return results_of(result.notebook), result.seconds


def compare(course, lesson, expected):
    """The students with other marks, reports or facts; and how many cells each was spared."""
    different, spared = [], []
    for student, expectation in expected.items():
        if expectation.kind in NEVER_ENDS:
            continue
        lean, some = graded(course, lesson, student, figures=False)
        whole, every = graded(course, lesson, student, figures=True)
        spared.append(len(every) - len(some))
        # A course's cell that ends the process is named, if it runs.
        facts = [fact for fact in whole.facts if "a cell after" not in fact]
        if (lean.marks, lean.reports, lean.unreadable, lean.facts) != (
            whole.marks, whole.reports, whole.unreadable, facts
        ):  # fmt: skip
            different.append(f"{student}, {expectation.kind}")
    return different, spared


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_style_mistake_and_damage_gets_the_same(course, lesson):
    release(course, lesson)
    expected = write_class(course, lesson, None, 30)
    different, spared = compare(course, lesson, expected)
    assert different == []
    assert sorted(spared)[len(spared) // 2] > 15
