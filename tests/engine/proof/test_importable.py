"""A function that an edition holds, and that does an answer's work, is seen."""

from __future__ import annotations

import importlib
import sys

import pytest

from autograder.exercise import Exercise, Test
from autograder.project import Project
from autograder.proof.importable import importable_answers, repeated_statements

LESSON = "01_scaling"
FILES = {
    "__init__.py": "",
    "core.py": """\
import numpy as np


def scaled(x, factor):
    smallest = np.min(x)
    moved = x - smallest
    largest = np.max(moved)
    return factor * moved / largest
""",
    "twins.py": '''\
import numpy as np


def turned(factor, values):
    """The same with its arguments exchanged."""
    low, high = np.min(values), np.max(values)
    return (values - low) * factor / (high - low)


class Cached:
    def compute(self, values):
        lowest = np.min(values)
        shifted = values - lowest
        highest = np.max(shifted)
        self.kept = shifted, highest


def vectors_only(x, factor):
    if np.ndim(x) != 1:
        raise ValueError
    return turned(factor, x), "and more"


def unrelated(x, factor):
    return factor * x / np.max(x)


def endless(x):
    while True:
        pass


def writing(x):
    open("written", "w").close()
    return turned(x, 1.0)
''',
}


def several(scaled, arrays, factor):
    return {f"scaled {i}": scaled(x, factor) for i, x in enumerate(arrays)}


def vectors_and_matrices(rng):
    shapes = ((4,), (2, 3))
    return {"arrays": [rng.normal(size=s) for s in shapes], "factor": float(rng.uniform(2, 3))}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A project whose library has one answer, and that exercise."""
    library = tmp_path / "scaling_lib"
    library.mkdir()
    for name, text in FILES.items():
        (library / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    reference = importlib.import_module("scaling_lib.core").scaled
    tests = [Test("vectors and matrices", several, vectors_and_matrices)]
    exercise = Exercise("scaled", "Scaling", {"scaled": reference}, tests)
    project = Project(tmp_path, (LESSON,), library, exercises=lambda lesson: [exercise])
    project.text(LESSON).parent.mkdir(parents=True)
    project.text(LESSON).write_text("from scaling_lib import twins\n", encoding="utf-8")
    yield project, exercise
    for name in [name for name in sys.modules if name.startswith("scaling_lib")]:
        del sys.modules[name]


def test_functions_that_do_an_answers_work_are_found_and_others_are_not(
    made, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = sys.modules["scaling_lib.core"], sys.path[:]
    assert importable_answers(made[0], LESSON, made[1]) == [
        ("scaled", "scaling_lib.twins.turned"),
        ("scaled", "scaling_lib.twins.vectors_only"),
    ]
    assert (sys.modules["scaling_lib.core"], sys.path) == before, "the library is back"
    assert not (tmp_path / "written").exists()


def test_three_statements_of_an_answer_under_other_names_are_found(made):
    assert repeated_statements(made[0], LESSON, made[1]) == [("scaled", "twins.py: compute")]


def test_what_the_edition_does_not_hold_is_no_matter(made):
    project, exercise = made
    project.text(LESSON).write_text("import numpy as np\n", encoding="utf-8")
    assert importable_answers(project, LESSON, exercise) == []
    assert repeated_statements(project, LESSON, exercise) == []
