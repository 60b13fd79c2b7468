"""Two courses in one process: neither knows of the other, even where their names are the same."""

from __future__ import annotations

import json
import shutil
import sys

import pytest
from helpers import LESSONS, PROJECT, ROOT
from helpers.new_course import LESSON, LIBRARY, RIGHT, NewCourse, answered, opened, ready, written

from autograder.authoring import editions
from autograder.authoring.release import release
from autograder.check import check, pack, progress
from autograder.course import Course, init
from autograder.errors import AutograderError
from autograder.grading.hand_in import HandedIn
from autograder.grading.load import load_release
from autograder.grading.submission import grade
from autograder.project import MANIFEST, Project

NEGATIVE = """\
def detrend(x):
    t = np.arange(len(x))
    return np.polyval(np.polyfit(t, x, 1), t) - x
"""
OTHER_RIGHT = {**RIGHT, "detrend_solution": NEGATIVE}
"""In the other course, `detrend` asks for the negative."""
OURS = "06_schedules"


@pytest.fixture(scope="module")
def one():
    return ready(LIBRARY)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The same lesson, the same exercises, but `detrend` is another function."""
    project = written(tmp_path_factory.mktemp("other") / "other-course", "other_lib")
    path = project.library / "series.py"
    text = path.read_text(encoding="utf-8")
    right = "return x - x.mean() - slope * t"
    assert right in text
    path.write_text(text.replace(right, "return -(x - x.mean() - slope * t)"), encoding="utf-8")
    return opened(project)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A lesson of this repository."""
    course = init(tmp_path_factory.mktemp("ours") / "course", PROJECT)
    _, download = release(course, OURS, PROJECT)
    return NewCourse(PROJECT, course, download)


def test_their_lessons_are_different_modules_under_names_of_their_own(one, other):
    modules = [made.project.module(LESSON) for made in (one, other)]
    assert modules[0] is not modules[1]
    assert modules[0].__name__ != modules[1].__name__
    assert PROJECT.module(OURS).__name__ not in {module.__name__ for module in modules}
    assert "lessons" not in sys.modules
    assert "smoothing" not in sys.modules
    for made in (one, other):
        for exercise in made.project.load(LESSON):
            for answer in filter(callable, exercise.answers.values()):
                assert answer.__module__ == f"{made.project.library.name}.series"


def test_each_withholds_from_its_own_library_alone(one, other, ours):
    asked = {"moving_average": LESSON, "detrend": LESSON}
    assert editions.withheld(LESSON, one.project) == {f"{LIBRARY}.series": asked}
    assert editions.withheld(LESSON, other.project) == {"other_lib.series": asked}
    of_ours = editions.withheld(OURS, PROJECT)
    assert of_ours
    assert {module.partition(".")[0] for module in of_ours} == {"cs231n_lib"}
    names = {
        made.course.root: {path.name for path in made.course.release.glob("*/*") if path.is_dir()}
        for made in (one, other, ours)
    }
    assert names == {
        one.course.root: {"autograder", "checks", LIBRARY},
        other.course.root: {"autograder", "checks", "other_lib"},
        ours.course.root: {"autograder", "checks", "cs231n_lib"},
    }
    text = (one.released / LIBRARY / "series.py").read_text(encoding="utf-8")
    assert "cs231n" not in text


def test_packs_of_one_name_are_each_courses_own(one, other, monkeypatch):
    expected = []
    for made in (one, other):
        for folder in (made.project.root, made.released, made.project.built(LESSON).parent):
            monkeypatch.chdir(folder)
            assert set(pack.available()) == {"moving_average", "q_noise", "detrend"}
            expected.append(pack.find("detrend").cases[0].expected.values["rest"])
    for rest in expected[:3]:
        assert rest == pytest.approx(expected[0])
    for rest in expected[3:]:
        assert rest == pytest.approx(-expected[0])
    monkeypatch.chdir(PROJECT.root)
    assert "detrend" not in pack.available()


def earned(made: NewCourse, answers):
    """Points by exercise, of a submission graded by a course with its secret."""
    notebook = answered(made.released, answers)
    submission = HandedIn(json.dumps(notebook).encode())
    reports = grade(submission, load_release(made.course, LESSON)).reports
    return {report.exercise: report.earned for report in reports}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not grade")
def test_each_grades_by_its_own_answers_in_turns(one, other, ours):
    full = {"moving_average": 3.0, "q_noise": 1.0, "detrend": 3.0}
    untouched = HandedIn((ours.course.release_dir(OURS) / f"{OURS}.ipynb").read_bytes())
    for _ in range(2):
        assert earned(one, RIGHT) == full
        assert earned(other, RIGHT) == {**full, "detrend": 0.0}
        reports = grade(untouched, load_release(ours.course, OURS)).reports
        assert {report.exercise for report in reports} == {
            exercise.name for exercise in PROJECT.load(OURS)
        }
        assert earned(other, OTHER_RIGHT) == full
        assert earned(one, OTHER_RIGHT) == {**full, "detrend": 0.0}


def test_a_course_finds_its_own_project_wherever_one_stands(one, other, ours, monkeypatch):
    for place in (ROOT, one.project.root, other.course.root, other.released, ROOT.root):
        monkeypatch.chdir(place)
        for made in (one, other, ours):
            assert Course(made.course.root).project.root == made.project.root
            assert Course(made.course.root).project.lessons == made.project.lessons


def test_a_course_that_has_lost_its_project_says_so_and_takes_no_other(one, tmp_path, monkeypatch):
    moved = Course(shutil.copytree(one.course.root, tmp_path / "moved"))
    monkeypatch.chdir(ROOT)
    with pytest.raises(AutograderError, match=r"project must be the folder of a project\.toml"):
        _ = moved.project


def test_lessons_of_one_are_unknown_to_the_other(one, ours):
    with pytest.raises(AutograderError, match=f"must be one of {LESSON}; got '{OURS}'"):
        release(one.course, OURS)
    with pytest.raises(AutograderError, match=f"must be one of {LESSONS[0]}, .* got '{LESSON}'"):
        release(ours.course, LESSON)
    assert one.project.load(OURS) == []
    assert PROJECT.load(LESSON) == []


def test_progress_shows_the_course_one_stands_in(one, ours, monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.chdir(one.released)
    assert check("q_noise", {"q_noise": "B"}) == 1.0
    assert progress() == 1.0
    assert "06" not in progress().text
    monkeypatch.chdir(ours.course.release_dir(OURS))
    assert progress() == 0.0
    assert "moving_average" not in progress().text


def test_progress_of_a_course_with_the_same_names_is_not_taken_over(
    one, other, monkeypatch, tmp_path
):
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.chdir(one.released)
    check("q_noise", {"q_noise": "B"})
    monkeypatch.chdir(other.released)
    assert progress() == 0.0


def test_a_project_that_moves_is_another_one(tmp_path):
    folder = written(tmp_path / "before").root
    before = Project.read(folder / MANIFEST).module(LESSON)
    folder.rename(tmp_path / "after")
    after = Project.read(tmp_path / "after" / MANIFEST).module(LESSON)
    assert after is not before
    assert after.__file__.startswith(str(tmp_path / "after"))


def test_a_release_is_not_graded_by_a_project_that_lacks_its_exercises(one):
    """Its checks would else run as tests written by hand, in the student's own process."""
    with pytest.raises(AutograderError, match=f"{LESSON} was released with exercises"):
        load_release(one.course, LESSON, PROJECT)
