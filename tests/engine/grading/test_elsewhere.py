"""Work that does not stand where it should: answers count wherever they are."""

from __future__ import annotations

import json
import random
import time

import pytest
from helpers.small_course import FIRST, POINTS
from helpers.two_questions import (
    F_STUB,
    G_STUB,
    STUB,
    WHY,
    F,
    G,
    answer,
    at,
    copy_of,
    handing_in,
    made_release,
    waits,
    without_names,
)
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import determine_grade, is_grade

from autograder.grading.rebuild import Submission, rebuild
from autograder.grading.submission import grade


@pytest.fixture
def released():
    return made_release()


@pytest.fixture
def hand_in(released, tmp_path):
    return handing_in(released, tmp_path)


# Answers in words


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("new", [new_markdown_cell, new_code_cell])
@pytest.mark.parametrize("text", [WHY, f"# {WHY}"])
def test_words_in_a_cell_beside_the_question_wait_for_a_person(hand_in, place, new, text):
    def change(notebook):
        notebook.cells.insert(at(notebook, "why") + place, new(text))

    sources, facts, notebook = hand_in(change)
    assert sources["why"] == text
    assert waits(notebook) == {"why"}
    assert facts == ["The answer for `why` was in another cell."]


@pytest.mark.parametrize("extra", [[], ["A second paragraph."]])
def test_words_whose_cell_has_lost_its_metadata_wait_for_a_person(hand_in, extra):
    def change(notebook):
        number = at(notebook, "why")
        notebook.cells[number : number + 1] = [new_markdown_cell(text) for text in (WHY, *extra)]

    sources, facts, notebook = hand_in(change)
    assert sources["why"] == "\n\n".join([WHY, *extra])
    assert waits(notebook) == {"why"}
    assert len(facts) == 1


def test_words_written_under_the_question_s_text_wait_for_a_person(hand_in):
    longer = f"Why does it zig-zag?\n\n{WHY}"
    sources, _, notebook = hand_in(lambda notebook: answer(notebook, text=longer))
    assert sources["why"] == longer
    assert waits(notebook) == {"why"}


def test_a_corrected_word_in_the_question_is_no_answer(hand_in):
    _, _, notebook = hand_in(lambda notebook: answer(notebook, text="Why does it zigzag?"))
    assert waits(notebook) == set()


def test_what_is_elsewhere_or_is_code_is_no_answer_in_words(hand_in):
    def change(notebook):
        notebook.cells.insert(at(notebook, "why"), new_code_cell("np.zeros(3)"))
        notebook.cells.insert(at(notebook, "f_solution"), new_markdown_cell("my notes"))

    _, facts, notebook = hand_in(change)
    assert waits(notebook) == set()
    assert facts == []


def test_an_answer_in_its_place_is_not_mixed_with_notes(hand_in):
    def change(notebook):
        answer(notebook, why=WHY)
        notebook.cells.insert(at(notebook, "why") + 1, new_markdown_cell("my notes"))

    assert hand_in(change)[0]["why"] == WHY


def test_words_beside_the_question_are_shown_and_never_run(hand_in):
    def change(notebook):
        notebook.cells.insert(at(notebook, "why"), new_markdown_cell("<script>alert(1)</script>"))

    assert "<s" not in hand_in(change)[0]["why"]


# Cells without names


def test_without_ids_and_metadata_answers_keep_their_place(hand_in):
    def change(notebook):
        answer(notebook, f_solution=F, g_solution=G, why=WHY, play="plot(f, 'red')")
        notebook.cells.insert(at(notebook, "f_solution"), new_code_cell("half = np.float64(0.5)"))
        without_names(notebook)

    sources, facts, notebook = hand_in(change)
    assert [source for source in sources.values() if source not in ("# 05 · Rules",)] == [
        "import numpy as np", "half = np.float64(0.5)", F, 'check("f")', "plot(f, 'red')",
        "Why does it zig-zag?", WHY, G, 'check("g")', "And when?", STUB, 'progress("05_rules")',
    ]  # fmt: skip
    assert waits(notebook) == {"why"}
    (fact,) = facts
    assert fact.startswith("4 cells had lost their names; they were recognised by what is in them")


def test_line_ends_and_blanks_at_them_are_no_change(hand_in):
    def change(notebook):
        for item in notebook.cells:
            item.source = item.source.replace("\n", "  \r\n") + "\n"
        without_names(notebook)

    sources, _, notebook = hand_in(change)
    assert sources["f_solution"] == F_STUB
    assert waits(notebook) == set()


def test_only_own_cells_run_after_the_set_up(hand_in):
    def change(notebook):
        notebook.cells = [new_code_cell("half = np.float64(0.5)"), new_code_cell(F)]

    sources, _, _ = hand_in(change)
    assert list(sources.values())[1:4] == ["import numpy as np", "half = np.float64(0.5)", F]


@pytest.mark.parametrize("place", [0, 2, 3, 11])
def test_a_function_in_another_cell_is_not_undone_by_the_stub(hand_in, place):
    def change(notebook):
        notebook.cells.insert(place, new_code_cell(F))

    sources, facts, _ = hand_in(change)
    assert sources["f_solution"] == F
    assert facts == ["The answer for `f_solution` was in another cell."]


def test_two_answers_in_one_cell_both_count(hand_in):
    sources, _, _ = hand_in(lambda notebook: answer(notebook, f_solution=f"{F}\n\n{G}"))
    assert "raise NotImplementedError" not in "".join(sources.values())


def test_nothing_is_written_for_who_wrote_nothing(hand_in, released):
    def change(notebook):
        answer(notebook, play="f = plot", text="f(x) = y")
        answer(released, play="f = None")

    sources, _, _ = hand_in(change)
    assert sources["f_solution"] == F_STUB


def shuffled(notebook, rng):
    """Right work in any arrangement: with and without names, moved, doubled, merged, deleted."""
    answer(notebook, f_solution=F, g_solution=G, why=WHY, when=WHY)
    for item in notebook.cells:
        if rng.random() < 0.5:
            item.metadata = {}
        if rng.random() < 0.5:
            item.pop("id", None)
    kept = ("# 05", F, G, WHY)
    notebook.cells = [
        item for item in notebook.cells if item.source.startswith(kept) or rng.random() < 0.7
    ]
    for _ in range(3):
        item = rng.choice(notebook.cells)
        notebook.cells.insert(rng.randrange(1, len(notebook.cells)), copy_of(item))
    notebook.nbformat_minor = 4


@pytest.mark.parametrize("seed", range(100))
def test_right_work_is_kept_in_any_arrangement_and_checks_are_the_release_s(
    hand_in, released, seed
):
    sources, _, notebook = hand_in(lambda notebook: shuffled(notebook, random.Random(seed)))
    order = list(sources.values())
    for written, name in ((F, "f"), (G, "g")):
        assert order.index("import numpy as np") < order.index(f'check("{name}")')
        assert order.index(written) < order.index(f'check("{name}")')
        assert order.count(f'check("{name}")') == 1
    assert F_STUB not in order
    assert G_STUB not in order
    assert waits(notebook) == {"why", "when"}
    flags = [item.metadata for item in notebook.cells if "nbgrader" in item.metadata]
    assert flags == [item.metadata for item in released.cells if "nbgrader" in item.metadata]


def test_a_notebook_without_names_gets_its_points(klass, tmp_path):
    """Graded in earnest: its answers need `np` at top level, and so the set-up before them."""
    notebook = copy_of(klass.release.notebook)
    answer(
        notebook,
        affine_solution="one = np.float64(1)\n"
        "def affine_forward(x, w, b):\n    return one * x.reshape(len(x), -1) @ w + b, None",
        q_linear_solution="q_linear = 'B'",
        why_bias="Because a line need not go through zero.",
    )
    without_names(notebook)
    (tmp_path / f"{FIRST}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    graded = grade(tmp_path, klass.release).notebook
    marks = {item.id: determine_grade(item)[0] for item in graded.cells if is_grade(item)}
    assert marks.pop("why_bias") is None
    assert sum(marks.values()) == POINTS[FIRST]


def test_many_cells_take_no_longer_than_they_have_to(released):
    """Cells that may each be any of the release's: quadratic work would take minutes."""
    released.cells[2:2] = [new_code_cell("same", id=f"same{number}") for number in range(50)]
    both = "f = 1\ng = 1"
    cells = [("code", source, "") for source in (both, "same") for _ in range(20_000)]
    began = time.process_time()
    rebuild(released, Submission(cells))
    assert time.process_time() - began < 20
