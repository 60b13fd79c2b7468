"""The sample class: its answers stand alone, all is in it, and it gets the marks it must get."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import LESSONS, load
from helpers.shared import copy_of_all_released, leave_out_experiments

from autograder.check import examine
from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading.classroom import Row, grade_class, rows
from autograder.grading.feedback import feedback
from autograder.grading.kernel import Limits
from autograder.sample.source import stand_alone
from autograder.sample.students import DAMAGE, Expectation, disagreements, write_class

NOTEBOOKS = LESSONS
ALL = [(name, each) for name in NOTEBOOKS for each in load(name)]
KEY = b"a key of this test"


def defined(source: str) -> dict:
    """What a notebook that holds `source` and nothing else of ours defines."""
    scope: dict = {"np": np}
    exec(source, scope)
    return scope


def without_lines(report):
    """The report as text, but for where in a file an error was."""
    return re.sub(r"in \w+, line \d+:.*", "", str(report))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with all notebooks released, without their experiments: those take time."""
    course = copy_of_all_released(tmp_path_factory)
    for name in NOTEBOOKS:
        leave_out_experiments(course, name)
    return course


class TestStandAlone:
    @pytest.mark.parametrize(
        ("notebook", "exercise"), ALL, ids=[exercise.name for _, exercise in ALL]
    )
    def test_each_variant_scores_as_the_function_it_was_written_from(self, notebook, exercise):
        pack = exercise.pack(notebook, KEY)
        for variant in (*exercise.mistakes, *exercise.styles):
            written = defined(stand_alone(variant.replaces, exercise.name))
            assert set(variant.replaces) <= set(written)
            as_object = examine(pack, {**exercise.answers, **variant.replaces})
            names = {name: written[name] for name in variant.replaces}
            as_source = examine(pack, {**exercise.answers, **names})
            assert without_lines(as_source) == without_lines(as_object), variant.name

    @pytest.mark.parametrize(
        ("notebook", "exercise"), ALL, ids=[exercise.name for _, exercise in ALL]
    )
    def test_nothing_of_the_course_is_imported(self, notebook, exercise):
        for variant in (*exercise.mistakes, *exercise.styles):
            source = stand_alone(variant.replaces, exercise.name)
            assert not re.search(r"(import|from) cs231n_lib", source)
            assert "autograder" not in source

    def test_two_functions_go_on_sharing_what_they_remember(self):
        kept: list[int] = []

        def put(x: int) -> None:
            kept.append(x)

        def get() -> list[int]:
            return kept

        scope = defined(stand_alone({"put": put, "get": get}, "memory"))
        scope["put"](3)
        assert scope["get"]() == [3]
        assert kept == []

    def test_of_two_functions_on_one_line_the_right_one_is_found(self):
        one, two = (lambda x: x.sum(axis=0)), (lambda x: x.sum(axis=1))
        scope = defined(stand_alone({"one": one, "two": two}, "lines"))
        assert scope["one"](np.ones((2, 3))).shape == (3,)
        assert scope["two"](np.ones((2, 3))).shape == (2,)

    def test_defaults_are_those_of_the_moment(self):
        found = [lambda x, k=k: x * k for k in (2, 3)]
        scope = defined(stand_alone({"double": found[0], "triple": found[1]}, "defaults"))
        assert (scope["double"](5), scope["triple"](5)) == (10, 15)

    def test_what_cannot_be_written_is_refused_by_name(self):
        stream = object()
        with pytest.raises(AutograderError, match="stream' cannot stand in a cell: it is a object"):
            stand_alone({"f": lambda: stream}, "refused")


class TestTheClass:
    def test_it_is_the_same_every_time(self, course):
        first = write_class(course, NOTEBOOKS[0], 15)
        files = {path: path.read_bytes() for path in course.submitted.rglob("*.ipynb")}
        assert write_class(course, NOTEBOOKS[0], 15) == first
        assert {path: path.read_bytes() for path in course.submitted.rglob("*.ipynb")} == files

    def test_thirty_hand_in_and_between_them_do_all_damage(self, course):
        classes = [write_class(course, name, 15, turn=i) for i, name in enumerate(NOTEBOOKS[:2])]
        assert [len(each) for each in classes] == [15, 15]
        assert set(DAMAGE) <= {one.kind for each in classes for one in each.values()}
        assert classes[0].keys() == classes[1].keys()

    def test_an_honest_class_breaks_nothing(self, course):
        notebook = NOTEBOOKS[0]
        expected = write_class(course, notebook, 6, honest=True)
        kinds = [one.kind for one in expected.values()]
        assert kinds[:3] == ["all right", "3 mistakes", "all right, style 2"]
        assert kinds[3:5] == ["unfinished", "untouched"]
        points = [one.score / one.max_score for one in expected.values()]
        assert points[0] == points[2] == 1
        assert 0 == points[4] < points[3] < points[1] < 1
        everybody = write_class(course, notebook, None, honest=True)
        assert not {one.kind for one in everybody.values()} & set(DAMAGE[1:])

    @pytest.mark.parametrize(
        "notebook",
        [NOTEBOOKS[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in NOTEBOOKS[1:])],
    )
    def test_the_whole_class_makes_every_mistake(self, course, notebook):
        expected = write_class(course, notebook, None, mistakes_each=3)
        made = {
            (name, mistake)
            for one in expected.values()
            for name, mistakes in one.mistakes.items()
            for mistake in mistakes
        }
        listed = {(e.name, m.name) for e in load(notebook) for m in e.mistakes}
        assert made == listed
        planned = [int(one.kind.split()[0]) for one in expected.values() if "mistakes" in one.kind]
        assert max(planned) == 3

    def test_the_broken_file_is_broken_and_the_others_are_notebooks(self, course):
        notebook = NOTEBOOKS[1]
        for student, wanted in write_class(course, notebook, None, mistakes_each=99).items():
            path = course.submitted_dir(notebook, student) / f"{notebook}.ipynb"
            if wanted.kind == "no notebook":
                assert not path.exists()
            elif wanted.kind == "broken JSON":
                with pytest.raises(json.JSONDecodeError):
                    json.loads(path.read_text(encoding="utf-8"))
            else:
                assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4

    def test_no_mark_is_written_in_what_is_handed_in(self, course):
        write_class(course, NOTEBOOKS[0], 15)
        for path in course.submitted.rglob("*.ipynb"):
            assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8")


class TestDisagreements:
    wanted = Expectation("student-01", "a mistake", 3.0, 5.0, {"adam": ["no root"]}, "was missing")

    def told(self, **changes) -> list[str]:
        row = {
            "student": "student-01",
            "score": 3.0,
            "max_score": 7.0,
            "needs_manual": True,
            "mistakes": {"adam": ["no root"]},
            "facts": ("The cell `adam` was missing.",),
        }
        return disagreements({"student-01": self.wanted}, [Row(**{**row, **changes})])

    def test_a_row_as_it_must_be_is_not_told(self):
        assert self.told() == []

    def test_each_kind_of_wrong_row_is_told(self):
        assert self.told(score=2.0) == ["student-01 (a mistake): got 2 points, not 3"]
        assert "'rates'" in self.told(mistakes={"adam": ["rates"]})[0]
        assert "nothing says 'was missing'" in self.told(facts=())[0]
        assert self.told(student="student-02") == ["student-01 (a mistake): not graded"]


@pytest.mark.nightly
@pytest.mark.parametrize("notebook", ["03_batchnorm", "08_second_order"])
def test_everyone_gets_the_marks_they_must_get(course: Course, notebook: str):
    """Every mistake, style and damage, through the sandbox and nbgrader's gradebook.

    In 03 several exercises ask for one function, in 08 answers use each other. (`make demo` checks
    its own classes in this way too.)
    """
    shutil.rmtree(course.submitted)
    expected = write_class(course, notebook, None, mistakes_each=99)
    limits = Limits(cell_seconds=6, test_seconds=4)
    assert sorted(grade_class(course, notebook, limits=limits)) == sorted(expected)
    assert disagreements(expected, rows(course, notebook)) == []
    scripted = next(s for s, wanted in expected.items() if wanted.kind == "script in Markdown")
    page = feedback(course, notebook, [scripted])[0]
    shown = Path(page).read_text(encoding="utf-8")
    assert "changed by a student" in shown
    assert "<script>document.title" not in shown
    assert "<img src='none.png'" not in shown
