"""What students wrote is on a page that nbconvert makes in bounded time, cut where it must be."""

from __future__ import annotations

import time

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading import shown
from autograder.grading.cell_outputs import safe_outputs
from autograder.grading.outputs import Execution
from autograder.grading.shown import ALL, SHOWN, WORDS, Page

GIVEN = new_markdown_cell("\\begin{x}" * 2_000, id="given")
STACK = ")\n- \n> " * 150
TABLES = "&amp;www." + "\n||-" * 2_400 + "_\n|"


def bounded(*cells):
    notebook = new_notebook(cells=[GIVEN.copy(), *(NotebookNode(cell) for cell in cells)])
    return notebook, Page(new_notebook(cells=[GIVEN])).bound(notebook)


def page(notebook):
    return HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]


def words(text, name="added-1"):
    return new_markdown_cell(text, id=name)


@pytest.mark.parametrize(
    "text",
    [
        "Because $\\alpha$ **grows**, see `f`:\n\n- one\n- two\n\n> a quote\n\n| a | b |\n|--|--|",
        "A long answer in many words. " * 300,
        "\\begin{x}" * 1_000,
    ],
)
def test_words_that_are_laid_out_in_time_stay_as_they_are(text):
    notebook, facts = bounded(words(text))
    assert notebook.cells[0] == GIVEN
    assert notebook.cells[1].source == text
    assert facts == []


def test_code_stays_as_it_is():
    text = "def f(x):\n    return x  # half\n" * 300
    assert bounded(new_code_cell(text, id="a"))[0].cells[1].source == text


def test_an_instructor_s_tests_are_never_cut():
    tests = new_code_cell("assert f(1) == 1\n" * 3_000, id="test")
    tests.metadata["nbgrader"] = {"grade_id": "test", "grade": True, "solution": False}
    assert bounded(tests.copy()) == (new_notebook(cells=[GIVEN, tests]), [])


@pytest.mark.parametrize("text", ["x\n\n" * (WORDS // 2), STACK, "~~~\n*a*\n~~~~~\n" + STACK])
def test_other_words_are_shown_as_typed(text):
    notebook, _ = bounded(words(text))
    source = notebook.cells[1].source
    assert source.startswith("*(Shown here: as typed, because it is too long")
    html = page(notebook)
    assert html.count('<div class="highlight"') == 1
    assert "<em>a</em>" not in html


def test_what_is_cut_is_told():
    text = "x" * 400_000
    code = new_code_cell(text, id="added-2")
    answer = words(text, "why")
    answer.metadata["nbgrader"] = {"grade_id": "why"}
    notebook, facts = bounded(answer, code)
    assert "the first 20,000 of 400,000 characters" in notebook.cells[1].source
    assert notebook.cells[2].source == "x" * SHOWN + "\n# [cut here, of 400,000 characters]"
    assert facts == [
        "Long cells are cut here: 20,000 of the 400,000 characters of `why` are shown; "
        "20,000 of the 400,000 characters of a cell are shown."
    ]


def test_the_whole_page_is_bounded_and_answers_stay_on_it():
    answer = words("Because.", "why")
    notebook, facts = bounded(*[words("x", f"added-{n}") for n in range(10_000)], answer)
    assert len(notebook.cells) == 1 + ALL // 100 + 1
    assert notebook.cells[-1].source == "Because."
    assert facts == ["Of the added cells, 6,000 are left out here: there are too many."]
    notebook, facts = bounded(*[words("[" * 10**6, f"added-{n}") for n in range(50)])
    assert sum(len(cell.source) for cell in notebook.cells[1:]) < 1.1 * ALL
    assert facts[0].endswith("are shown, and so are 15 more.")


WORST = [
    "\\begin{x}" * 111_111, "[" * 10**6, "![" * 500_000, TABLES, STACK, "|-\n|:-:|" * 1_100,
    "$" * 9_999, "\\\\[_" * 2_400, "`" * 9_000, "*_" * 4_900, "# x\n" * 2_400, "> " * 4_900,
    "\n".join("  " * depth + "- > a" for depth in range(130)), "[" * 9_900, "~" * 10**6,
]  # fmt: skip


def test_the_worst_texts_at_the_limit_are_a_page_in_bounded_time(monkeypatch):
    """Where nothing is bounded, each of the first takes more than ten minutes."""
    monkeypatch.setattr(shown, "_CELL_SECONDS", 1.0)
    monkeypatch.setattr(shown, "_PAGE_SECONDS", 4.0)
    cells = [words(text, f"added-{n}") for n, text in enumerate([*WORST, *WORST[3:]])]
    cells += [new_code_cell("a." * 10**6, id=f"code-{n}") for n in range(4)]
    began = time.monotonic()
    notebook, _ = bounded(*cells)
    assert len(page(notebook)) < 10**7
    assert time.monotonic() - began < 60


def test_colours_of_long_outputs_are_left_out():
    short, long = "\x1b[31mred\x1b[0m", "\x1b[1m\x1b[31ma" * 100_000
    execution = Execution([
        new_output("stream", name="stdout", text=short),
        new_output("stream", name="stdout", text=long),
        new_output("display_data", {"text/plain": long}),
        new_output("error", ename="E", evalue="e", traceback=[short, long]),
    ])  # fmt: skip
    outputs = safe_outputs(execution)
    assert outputs[0].text == short
    assert outputs[1].text == outputs[2].data["text/plain"] == "a" * 100_000
    assert outputs[3].traceback == [short, "a" * 100_000]
