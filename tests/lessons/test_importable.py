"""What each lesson's edition leaves importable is no answer of the lesson, by behaviour or text."""

from __future__ import annotations

import pytest
from helpers import LESSONS, PROJECT, load

from autograder.authoring import editions
from autograder.proof.importable import importable_answers, repeated_statements
from autograder.proof.prove import excused_helpers


@pytest.mark.nightly  # as `prove` does
@pytest.mark.parametrize("lesson", LESSONS)
def test_no_edition_holds_an_answer_of_its_lesson(lesson):
    exercises = load(lesson)
    pairs = {pair for one in exercises for pair in importable_answers(PROJECT, lesson, one)}
    assert pairs == excused_helpers(PROJECT, lesson)
    assert [pair for one in exercises for pair in repeated_statements(PROJECT, lesson, one)] == []


@pytest.mark.parametrize(
    ("lesson", "module", "function"),
    [
        ("00_training_loop", "layers.py", "affine_backward"),
        ("01_activations", "activations.py", "relu_backward"),
    ],
)
def test_an_edition_without_a_function_lacks_its_twin_for_nets(lesson, module, function):
    """The twin is the answer in another form; `stack` does without one that is not there."""
    names = [f"def {function}(", f"_{function}_in_nets"]
    library, edition = (PROJECT.library / module).read_text(), editions.sources(lesson)[module]
    assert [name in library for name in names] == [True, True]
    assert [name in edition for name in names] == [False, False]
