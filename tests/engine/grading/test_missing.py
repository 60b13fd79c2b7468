"""An answer that is missing because its cell ended with an error: the student is told which."""

from __future__ import annotations

import json

import nbformat
import pytest
from helpers.small_course import FIRST

from autograder.grading.submission import grade, results_of

NO_MODULE = "import no_such_module\n\ndef affine_forward(x, w, b):\n    return x @ w + b, None"
RIGHT = "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, None"


@pytest.fixture
def told(klass, tmp_path):
    """Returns a function that grades answers: {exercise: its messages}, and the notebook."""

    def told(**answers):
        notebook = nbformat.from_dict(json.loads(json.dumps(klass.release.notebook)))
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        (tmp_path / f"{FIRST}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        graded = grade(tmp_path, klass.release).notebook
        reports = results_of(graded).reports
        return {r.exercise: {v.message for v in r.verdicts} for r in reports}, graded

    return told


def test_the_error_of_its_own_cell_is_named(told):
    messages, graded = told(affine_solution=NO_MODULE, q_linear_solution="q_linear = B")
    assert messages == {
        "affine": {
            "`affine_forward` is not defined yet. Its cell ended with ModuleNotFoundError: "
            "No module named 'no_such_module'"
        },
        "q_linear": {
            "`q_linear` is not defined yet. Its cell ended with NameError: name 'B' is not defined"
        },
    }
    (page,) = (cell.outputs[0].data["text/html"] for cell in graded.cells if cell.id == "affine")
    assert page.count("No module named") == 1


def test_else_that_of_an_answer_cell_before_it(told):
    messages, _ = told(affine_solution="import os, no_such_module", q_linear_solution="pass")
    (message,) = messages["q_linear"]
    assert "A cell before it, `affine_solution`, ended with ModuleNotFoundError" in message


def test_what_is_there_and_what_is_unfinished_is_not_explained(told):
    late = f"{RIGHT}\n1 / 0"
    messages, _ = told(affine_solution=late, q_linear_solution="raise NotImplementedError")
    assert messages["affine"] == {""}
    (message,) = messages["q_linear"]
    assert "ZeroDivisionError" in message


def test_an_error_is_escaped_and_bounded(told):
    evil = f"raise ValueError('<script>' + 'x' * 999)\n{RIGHT}"
    messages, graded = told(affine_solution=evil)
    (message,) = messages["affine"]
    assert len(message) < 300
    (page,) = (cell.outputs[0].data["text/html"] for cell in graded.cells if cell.id == "affine")
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
