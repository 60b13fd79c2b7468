"""Nobody earns a point with results out of the check's own data, in any notebook of this course."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import LESSONS, load
from helpers.shared import copy_of_all_released, leave_out_experiments

from autograder.course import Course
from autograder.exercise import PUBLIC
from autograder.grading.load import load_release
from autograder.grading.submission import grade, results_of
from autograder.sample.notebook import Plan, Writer
from autograder.sandbox import isolation

STRONG = [
    level
    for level, why_not in isolation.available().items()
    if not why_not and level != isolation.LEVELS[-1]
]
AT_NIGHT = [pytest.param(level, marks=pytest.mark.nightly) for level in STRONG[1:]]
DAMAGE = ("replays stored results", "fits stored results")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return copy_of_all_released(tmp_path_factory)


@pytest.fixture(scope="module", params=LESSONS)
def released(course, request):
    """A notebook's release, without the cells that only take time."""
    leave_out_experiments(course, request.param)
    return load_release(course, request.param)


def marks(released, folder, damage, level=""):
    exercises = load(released.name)
    plan = Plan(damage, text={exercise.name: "" for exercise in exercises}, damage=damage)
    writer = Writer(released.name, exercises, released.notebook, released.source)
    name, text = writer.hand_in(plan)
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return {
        cell: mark
        for cell, mark in results_of(grade(folder, released, level=level).notebook).marks.items()
        if mark is not None
    }


@pytest.mark.parametrize("level", [*STRONG[:1], *AT_NIGHT])
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_stored_at_home_earns_nothing_at_school(released, tmp_path, damage, level):
    assert set(marks(released, tmp_path / "handed_in", damage, level).values()) == {0.0}


def test_it_would_earn_everything_were_the_inputs_the_same(released, tmp_path):
    """The control: the attack does what it says."""
    exercises = load(released.name)
    at_home = {exercise.name: exercise.pack(released.name, PUBLIC) for exercise in exercises}
    earned = marks(replace(released, packs=at_home), tmp_path / "handed_in", DAMAGE[0])
    assert sum(earned.values()) >= 0.9 * sum(exercise.points for exercise in exercises)
