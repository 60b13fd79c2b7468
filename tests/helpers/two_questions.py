"""A released notebook with two exercises and two questions, and what students do to it."""

from __future__ import annotations

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum, determine_grade

from autograder.grading.hand_in import collect
from autograder.grading.rebuild import read_submission, rebuild

F_STUB = "def f(x):\n    raise NotImplementedError()"
G_STUB = "def g(x):\n    raise NotImplementedError()"
F, G = "def f(x):\n    return np.abs(x)", "def g(x):\n    return f(x) + 1"
WHY = "Because the steps across the valley change their sign."
STUB = "YOUR ANSWER HERE"
QUESTIONS = ("why", "when")


def cell(new, source, name, **flags):
    made = new(source, id=name)
    if flags:
        defaults = {"grade": False, "solution": False, "locked": False, "task": False}
        made.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **defaults, **flags}
        made.metadata.nbgrader["checksum"] = compute_checksum(made)
    return made


def question(name):
    return cell(new_markdown_cell, STUB, name, grade=True, solution=True, points=3)


def check(name):
    return cell(new_code_cell, f'check("{name}")', name, grade=True, locked=True, points=2)


def made_release():
    """The notebook as students received it."""
    return new_notebook(
        cells=[
            cell(new_markdown_cell, "# 05 · Rules", "title"),
            cell(new_code_cell, "import numpy as np", "setup", locked=True),
            cell(new_code_cell, F_STUB, "f_solution", solution=True),
            check("f"),
            cell(new_code_cell, "plot(f)", "play"),
            cell(new_markdown_cell, "Why does it zig-zag?", "text"),
            question("why"),
            cell(new_code_cell, G_STUB, "g_solution", solution=True),
            check("g"),
            cell(new_markdown_cell, "And when?", "text2"),
            question("when"),
            cell(new_code_cell, 'progress("05_rules")', "end"),
        ]
    )


def handing_in(released, folder):
    """A function that hands in a changed copy: sources by id, facts, and the notebook."""

    def hand_in(change):
        notebook = copy_of(released)
        change(notebook)
        (folder / "nb.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        return rebuilt(released, folder)

    return hand_in


def rebuilt(released, folder):
    notebook, facts = rebuild(released, read_submission(collect(folder, "nb")))
    nbformat.validate(notebook)
    return {cell.id: cell.source for cell in notebook.cells}, facts, notebook


def copy_of(notebook):
    return nbformat.from_dict(json.loads(json.dumps(notebook)))


def answer(notebook, **sources):
    for item in notebook.cells:
        item.source = sources.get(item.id, item.source)


def at(notebook, name):
    return next(number for number, item in enumerate(notebook.cells) if item.id == name)


def without_names(notebook):
    """As a tool leaves it that knows neither ids nor metadata."""
    for item in notebook.cells:
        item.metadata = {}
        item.pop("id", None)
    notebook.nbformat_minor = 4


def waits(notebook):
    """The questions that wait for a person; the others get 0."""
    grades = {item.id: determine_grade(item)[0] for item in notebook.cells if item.id in QUESTIONS}
    assert set(grades.values()) <= {None, 0}
    return {name for name, grade in grades.items() if grade is None}
