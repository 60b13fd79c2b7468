"""One student's words stall nobody's pages: feedback, and what the formgrader shows."""

from __future__ import annotations

import time

import pytest
from helpers.graded_class import FIRST, QUESTION
from nbconvert.exporters import HTMLExporter

from autograder.grading.feedback import feedback
from autograder.grading.gradebook import copies_of
from autograder.grading.hand_in import collect
from autograder.grading.recorder import Recorder
from autograder.grading.submission import grade, read_notebook


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        ("\\begin{x}" * 111_111, "the first 20,000 of 999,999 characters"),
        (")\n- \n> " * 5_000, "too long"),
        (")\n- \n> " * 200, "takes too long"),
        ("&amp;www." + "\n||-" * 2_300 + "_\n|", "takes too long"),
    ],
)
def test_words_that_stall_are_shown_as_typed(klass, words, stays):
    """As they are, they take ten minutes, or end in a RecursionError."""
    klass.hand_in("student-01", words)
    began = time.monotonic()
    submitted = klass.course.submitted_dir(FIRST, "student-01")
    graded = grade(collect(submitted, FIRST), klass.release).notebook
    with Recorder(klass.course, FIRST) as book:
        book.record("student-01", {FIRST: graded})
    (path,) = feedback(klass.course, FIRST, ["student-01"])
    page = path.read_text(encoding="utf-8")
    assert stays in page
    shown = read_notebook(copies_of(klass.course, FIRST, "student-01")[FIRST])
    assert len(HTMLExporter(template_name="classic").from_notebook_node(shown)[0]) < 10**6
    assert time.monotonic() - began < 60
    handed_in = read_notebook(submitted / f"{FIRST}.ipynb")
    assert words in {cell.source for cell in handed_in.cells if cell.id == QUESTION}
