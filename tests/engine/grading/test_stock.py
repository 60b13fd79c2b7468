"""Plain nbgrader, with no plugin of ours, gives honest work the same points."""

from __future__ import annotations

import re
import shutil
from functools import partial

import nbformat
import pytest
from helpers import LESSONS, PROJECT, ROOT
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from autograder.authoring.percent import kind
from autograder.course import put_programs_on_path
from autograder.stock import KEY, score

# nbgrader 0.9.6 makes a submission before it has a session; nbclient warns about its own loop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted:Warning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


ANSWER_WRONGLY = """\
from autograder.project import find_project
exercise = next(each for each in find_project().load({notebook!r}) if each.name == {exercise!r})
mistake = next(each for each in exercise.mistakes if each.name == {mistake!r})
globals().update({{**exercise.answers, **mistake.replaces}})
"""


def stands_alone(notebook, exercise):
    """Whether no other answer uses this one: then a mistake in it costs points here alone."""
    own = {f"{name}_solution" for name in (exercise.name, *exercise.answers)}
    cells = nbformat.read(PROJECT.built(notebook), as_version=4).cells
    others = [
        cell.source
        for cell in cells
        if kind(cell)[0] == "solution" and cell.metadata.nbgrader.grade_id not in own
    ]
    asked = [each for each in PROJECT.load(notebook) if each.name != exercise.name]
    return not any(
        re.search(rf"\b{name}\b", text)
        for name in exercise.answers
        for text in [*others, *(" ".join(each.answers) for each in asked)]
    )


def mistaken(notebook):
    """An exercise, what it earns with a mistake that costs a part of it, and a cell with that."""
    for exercise in filter(partial(stands_alone, notebook), PROJECT.load(notebook)):
        for mistake in exercise.mistakes:
            earned = exercise.examine(mistake.replaces, key=KEY).earned
            if 0 < earned < exercise.points:
                names = {"exercise": exercise.name, "mistake": mistake.name}
                return exercise, earned, ANSWER_WRONGLY.format(notebook=notebook, **names)
    raise AssertionError(f"{notebook} has no mistake that costs only a part")


def hand_in(root, notebook, student, path, change=lambda cells: None):
    submission = nbformat.read(path, as_version=4)
    change({kind(cell): cell for cell in submission.cells if kind(cell)[0]})
    target = root / "submitted" / student / notebook / f"{notebook}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(submission, target)


def grade(api, notebook, student):
    said = api.autograde(notebook, student, force=True)
    assert said["success"], said.get("log", "") + said.get("error", "")
    with Gradebook(api.coursedir.db_url, "plain") as gradebook:
        submission = gradebook.find_submission_notebook(notebook, notebook, student)
        return {grade.name: grade.auto_score for grade in submission.grades}


@pytest.mark.nightly
@pytest.mark.parametrize("notebook", LESSONS[::5])  # three runs of each; one way for all
def test_plain_nbgrader_gives_solutions_all_points_stubs_none_and_mistakes_fewer(
    notebook, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("AUTOGRADER_PROJECT", str(PROJECT.root))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    put_programs_on_path()
    source = tmp_path / "source" / notebook / f"{notebook}.ipynb"
    source.parent.mkdir(parents=True)
    shutil.copyfile(PROJECT.built(notebook), source)
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.CourseDirectory.course_id = "plain"
    config.Exchange.root = str(tmp_path / "exchange")
    config.Execute.timeout = 120
    api = NbGraderAPI(config=config)
    made = api.generate_assignment(notebook)
    assert made["success"], made.get("log", "") + made.get("error", "")

    exercises = PROJECT.load(notebook)
    points = {exercise.name: exercise.points for exercise in exercises}
    wrong, expected, code = mistaken(notebook)

    def make_it(cells):
        for (what, name), cell in cells.items():
            if what == "solution" and name in {wrong.name, *wrong.answers}:
                cell.source = code

    hand_in(tmp_path, notebook, "student-01", source)
    hand_in(tmp_path, notebook, "student-02", tmp_path / "release" / notebook / source.name)
    hand_in(tmp_path, notebook, "student-03", source, make_it)

    solved = grade(api, notebook, "student-01")
    assert {name: solved[name] for name in points} == points
    stub = grade(api, notebook, "student-02")
    assert {name: stub[name] for name in points} == dict.fromkeys(points, 0.0)
    lost = grade(api, notebook, "student-03")
    assert {name: lost[name] for name in points} == {**points, wrong.name: expected}


def test_the_score_is_a_number_and_a_report():
    exercise = PROJECT.load(LESSONS[0])[0]
    scope = {"score": score, **exercise.answers}
    exec(f"points = score({exercise.name!r})", scope)
    assert scope["points"] == exercise.points
    assert "✓" in scope["points"].html
    exec(f"points = score({exercise.name!r})", {"score": score}, scope)
    assert scope["points"] == 0.0


def test_an_unknown_exercise_is_an_error():
    with pytest.raises(KeyError, match="must be an exercise, got 'nothing'"):
        score("nothing")
