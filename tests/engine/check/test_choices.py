"""A multiple-choice answer may be written in any usual way, at home and when it is graded."""

from __future__ import annotations

import pytest
from helpers import LESSONS, load

from autograder.exercise import PUBLIC

WAYS = ["{}", "{}.", " {} ", "({})", "{})", "[{}]", '"{}"', "\n{}\t", "{}:"]
CHOICES = [
    (lesson, exercise)
    for lesson in LESSONS
    for exercise in load(lesson)
    if any(mistake.name.startswith("option ") for mistake in exercise.mistakes)
]


@pytest.mark.parametrize("key", [PUBLIC, b"the secret of a course"], ids=["home", "graded"])
@pytest.mark.parametrize("exercise", [each for _, each in CHOICES], ids=lambda each: each.name)
def test_every_question_takes_a_letter_in_any_usual_way(exercise, key):
    ((name, right),) = exercise.answers.items()
    for way in WAYS:
        for letter in (right.upper(), right.lower()):
            assert exercise.examine({name: way.format(letter)}, key).earned == exercise.points
        for mistake in exercise.mistakes:
            wrong = mistake.name.removeprefix("option ")
            report = exercise.examine({name: way.format(wrong.lower())}, key)
            assert report.mistakes == [mistake.name]


def test_there_are_such_questions_in_every_lesson():
    assert {lesson for lesson, _ in CHOICES} == {*LESSONS}
