"""Which notebook was handed in: one of several, the wrong one, one with many cells missing."""

from __future__ import annotations

import json
import os

import pytest
from helpers.two_questions import (
    WHY,
    F,
    G,
    answer,
    cell,
    copy_of,
    handing_in,
    made_release,
    question,
    rebuilt,
    waits,
    without_names,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.hand_in import collect


@pytest.fixture
def released():
    return made_release()


@pytest.fixture
def hand_in(released, tmp_path):
    return handing_in(released, tmp_path)


# Several notebooks


@pytest.fixture
def folder(released, tmp_path):
    """Returns a function that hands in notebooks: {name: (seconds, answers)}."""

    def folder(files):
        for name, (seconds, answers) in files.items():
            notebook = copy_of(released)
            answer(notebook, **answers)
            (tmp_path / name).write_text(json.dumps(notebook), encoding="utf-8")
            os.utime(tmp_path / name, (seconds, seconds))
        return rebuilt(released, tmp_path)

    return folder


@pytest.mark.parametrize("name", ["nb-Copy1.ipynb", "nb (1) (2).ipynb", "final version.ipynb"])
@pytest.mark.parametrize("opened_again", [0, 9000])
def test_the_copy_with_answers_is_taken_beside_an_untouched_original(folder, name, opened_again):
    sources, facts, _ = folder({"nb.ipynb": (opened_again, {}), name: (1000, {"f_solution": F})})
    assert sources["f_solution"] == F
    assert facts == [
        f"Of 2 notebooks in the submission, {name!r} was graded: the only one with answers."
    ]


@pytest.mark.parametrize(("original", "copy", "newest"), [(9, 1, "one"), (1, 9, "two")])
def test_of_two_with_answers_the_newest_is_taken(folder, original, copy, newest):
    sources, facts, _ = folder(
        {
            "nb.ipynb": (original * 1000, {"f_solution": "one = 1"}),
            "nb-Copy1.ipynb": (copy * 1000, {"f_solution": "two = 2"}),
        }
    )
    assert newest in sources["f_solution"]
    assert "the newest with answers" in facts[0]


def test_of_two_of_the_same_moment_that_with_more_answers(folder):
    both = {"f_solution": F, "g_solution": G}
    sources, _, _ = folder(
        {"nb.ipynb": (1000, both), "nb-Copy1.ipynb": (1000, {"f_solution": "f = 1"})}
    )
    assert sources["g_solution"] == G


def test_an_original_with_answers_is_taken_without_a_word(folder):
    sources, facts, _ = folder({"nb.ipynb": (0, {"f_solution": F}), "nb-Copy1.ipynb": (9000, {})})
    assert sources["f_solution"] == F
    assert facts == []


def test_a_note_is_no_answer(folder):
    files = {"nb.ipynb": (9000, {"play": "my note"}), "nb-Copy1.ipynb": (0, {"f_solution": F})}
    assert folder(files)[0]["f_solution"] == F


def test_two_misnamed_ones_are_looked_at_as_well(folder):
    sources, facts, _ = folder({"a.ipynb": (9000, {}), "b.ipynb": (1000, {"f_solution": F})})
    assert sources["f_solution"] == F
    assert facts[0] == "There is no nb.ipynb."
    assert "'b.ipynb' was graded" in facts[1]


def test_a_broken_one_beside_it_is_left_out(folder, released, tmp_path):
    (tmp_path / "nb.ipynb").write_bytes(b"{")
    sources, facts, _ = folder({"nb-Copy1.ipynb": (1000, {"f_solution": F})})
    assert sources["f_solution"] == F
    assert facts[0].startswith("The notebook 'nb.ipynb' was left out. The file is not a notebook")


def test_another_assignment_s_notebook_beside_it_is_not_taken(folder, tmp_path):
    other = new_notebook(cells=[new_markdown_cell("# 01 · Others"), new_code_cell("x = 1")])
    (tmp_path / "01_others.ipynb").write_text(json.dumps(other), encoding="utf-8")
    assert folder({"nb.ipynb": (0, {})})[1] == []


def test_which_of_several_is_newest_is_part_of_what_was_handed_in(folder, tmp_path):
    files = {"nb.ipynb": (1000, {"f_solution": F}), "nb-Copy1.ipynb": (9000, {"f_solution": G})}
    folder(files)
    before = collect(tmp_path, "nb").digest
    assert collect(tmp_path, "nb").digest == before
    os.utime(tmp_path / "nb.ipynb", (20_000, 20_000))
    assert collect(tmp_path, "nb").digest != before


# Walls of facts, and the wrong notebook


def other_notebook(last):
    names = [f"other_{number}" for number in range(30)]
    cells = [
        cell(new_code_cell, f"{name} = 1", f"{name}_solution", solution=True) for name in names
    ]
    set_up = cell(new_code_cell, "import os", "setup", locked=True)
    title = new_markdown_cell("# 01 · Others")
    questions = [question("other_why"), question("other_when")]
    return new_notebook(cells=[title, set_up, *cells, new_markdown_cell(WHY), *questions, *last])


@pytest.mark.parametrize(
    ("last", "fact"),
    [
        ([new_code_cell('progress("01_others")')], "the notebook 01_others, not 05_rules."),
        ([], "the notebook 01 · Others, not 05 · Rules."),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_the_wrong_notebook_is_one_line(released, tmp_path, last, fact, named):
    notebook = other_notebook(copy_of(new_notebook(cells=last)).cells)
    if not named:
        without_names(notebook)
    (tmp_path / "01_others.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    _, facts, graded = rebuilt(released, tmp_path)
    assert facts == [f"This is {fact}"]
    assert waits(graded) == set()


def test_an_own_title_is_no_other_notebook(hand_in):
    def change(notebook):
        answer(notebook, title="# Homework of mine", end="")
        notebook.cells.insert(0, new_markdown_cell("# Homework of mine"))

    assert hand_in(change)[1] == []


def test_a_wall_of_missing_cells_is_one_sentence(hand_in):
    def change(notebook):
        notebook.cells = [new_code_cell("nothing = 1")]

    _, facts, _ = hand_in(change)
    assert facts == [
        "7 cells were missing and were put back: `f_solution`, `why`, `g_solution`, 4 more."
    ]


def test_a_wall_of_changed_cells_is_one_sentence(hand_in):
    def change(notebook):
        answer(notebook, setup="1", f="2", g="3")

    assert hand_in(change)[1] == [
        "3 locked cells had been changed; the released ones were used: `setup`, `f`, `g`."
    ]
