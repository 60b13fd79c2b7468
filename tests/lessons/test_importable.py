"""What each lesson's edition leaves importable is no answer of the lesson, by behaviour or text."""

from __future__ import annotations

import pytest
from helpers import LESSONS, PROJECT, load

from autograder.proof.importable import importable_answers, repeated_statements
from autograder.proof.prove import excused_helpers


@pytest.mark.nightly  # as `prove` does
@pytest.mark.parametrize("lesson", LESSONS)
def test_no_edition_holds_an_answer_of_its_lesson(lesson):
    exercises = load(lesson)
    pairs = {pair for one in exercises for pair in importable_answers(PROJECT, lesson, one)}
    assert pairs == excused_helpers(PROJECT, lesson)
    assert [pair for one in exercises for pair in repeated_statements(PROJECT, lesson, one)] == []
