"""Every exercise of every notebook: the reference passes, each mistake is named, each style counts.

A new exercise is tested here without a line being added.
"""

from __future__ import annotations

import dataclasses
import inspect
from functools import cache
from typing import Any

import pytest
from helpers import LESSONS, load

from autograder.check.judge import Report, judge
from autograder.check.pack import Pack
from autograder.check.probe import run
from autograder.check.values import dumps, split
from autograder.exercise import PUBLIC, Exercise, Mistake, Style, source_of

KEYS = [PUBLIC, b"seed-1"]
"""At home and at school; `prove` tries hundreds of secrets."""
EXERCISES = {exercise.name: exercise for name in LESSONS for exercise in load(name)}


@cache
def pack_of(name: str, key: bytes, strictness: float = 1) -> Pack:
    """The exercise's pack; its tolerances multiplied by `strictness`."""
    exercise = EXERCISES[name]
    tests = [
        dataclasses.replace(test, rtol=test.rtol * strictness, atol=test.atol * strictness)
        for test in exercise.tests
    ]
    return dataclasses.replace(exercise, tests=tests).pack("", key)


def examine(name: str, replaces: Any, key: bytes, strictness: float = 1) -> Report:
    pack = pack_of(name, key, strictness)
    answers = {**EXERCISES[name].answers, **replaces}
    return judge(pack, [run(case.probe, pack.names, case.inputs, answers) for case in pack.cases])


def stub(*args: object, **kwargs: object) -> None:
    raise NotImplementedError


each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(exercise, mistake, id=f"{exercise.name}-{mistake.name}")
        for exercise in EXERCISES.values()
        for mistake in exercise.mistakes
    ],
)
each_style = pytest.mark.parametrize(
    ("exercise", "style"),
    [
        pytest.param(exercise, style, id=f"{exercise.name}-{style.name}")
        for exercise in EXERCISES.values()
        for style in exercise.styles
    ],
)


def asks_for_functions(exercise: Exercise) -> bool:
    return all(callable(answer) for answer in exercise.answers.values())


def test_names_of_exercises_are_unique_across_notebooks() -> None:
    names = [exercise.name for notebook in LESSONS for exercise in load(notebook)]
    assert len(names) == len(set(names))


@each_exercise
def test_the_reference_earns_everything(exercise: Exercise) -> None:
    for key in KEYS:
        report = examine(exercise.name, {}, key)
        assert report.earned == report.points == exercise.points > 0
        assert report.mistakes == []


@each_exercise
def test_a_stub_earns_nothing_and_is_called_not_written(exercise: Exercise) -> None:
    blank = {name: stub if callable(a) else ... for name, a in exercise.answers.items()}
    report = examine(exercise.name, blank, PUBLIC)
    assert report.earned == 0
    assert {verdict.status for verdict in report.verdicts} == {"not written"}


@each_mistake
def test_a_mistake_loses_points_and_is_named(exercise: Exercise, mistake: Mistake) -> None:
    for key in KEYS:
        report = examine(exercise.name, mistake.replaces, key)
        assert report.earned < report.points
        assert report.mistakes == [mistake.name]


@pytest.mark.nightly
@each_mistake
def test_a_mistake_is_a_hundred_tolerances_away(exercise: Exercise, mistake: Mistake) -> None:
    for key in KEYS:
        report = examine(exercise.name, mistake.replaces, key, strictness=100)
        assert report.earned < report.points
        assert mistake.name in report.mistakes


@each_style
def test_another_right_style_earns_everything(exercise: Exercise, style: Style) -> None:
    for key in KEYS:
        report = examine(exercise.name, style.replaces, key)
        complaints = [f"{v.test}: {v.message}" for v in report.verdicts if v.status != "passed"]
        assert complaints == []


@each_exercise
def test_functions_have_at_least_three_other_styles(exercise: Exercise) -> None:
    if asks_for_functions(exercise):
        assert len(exercise.styles) >= 3


@each_exercise
def test_tests_of_an_exercise_have_names_and_whole_points(exercise: Exercise) -> None:
    names = [test.name for test in exercise.tests]
    assert len(names) == len(set(names))
    assert all(test.points == int(test.points) > 0 for test in exercise.tests)


@each_exercise
def test_messages_are_short_and_hold_no_line_of_the_reference(exercise: Exercise) -> None:
    answers = [answer for answer in exercise.answers.values() if inspect.isfunction(answer)]
    lines = [line.strip() for answer in answers for line in source_of(answer).splitlines()[1:]]
    telling = [line for line in lines if len(line) > 8 and any(sign in line for sign in "=+-*/(")]
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for mistake in exercise.mistakes:
        assert 40 < len(mistake.message) < 400
        assert mistake.message.endswith((".", "?", ")"))
        assert [line for line in telling if line in mistake.message] == []


@each_exercise
def test_a_right_choice_is_told_why_in_a_sentence_or_two(exercise: Exercise) -> None:
    for test in exercise.tests:
        if test.name == "your choice":
            assert 40 < len(test.why) < 260
            assert test.why.endswith(".")


@each_exercise
def test_what_students_have_at_home_does_not_answer_the_hidden_tests(exercise: Exercise) -> None:
    for here, there in zip(
        pack_of(exercise.name, PUBLIC).cases, pack_of(exercise.name, KEYS[1]).cases, strict=True
    ):
        assert dumps(here.inputs) != dumps(there.inputs)
        _, arrays = split(here.expected.values)
        if any(array.dtype.kind == "f" for array in arrays) and not here.holds:
            assert dumps(here.expected.values) != dumps(there.expected.values), here.name


@each_exercise
def test_probes_hold_no_answer(exercise: Exercise) -> None:
    answers = [answer for answer in exercise.answers.values() if inspect.isfunction(answer)]
    kept = {line.strip() for answer in answers for line in source_of(answer).splitlines()[1:]}
    kept = {line for line in kept if len(line) > 20}
    for test in exercise.tests:
        probe = {line.strip() for line in source_of(test.probe).splitlines()}
        assert not probe & kept
