"""Why a hand-written test failed: what an instructor reads, and what its student may."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.grading.submission import KEY
from autograder.reports.failures import failures_in

VISIBLE = "x = answer(2)\nassert x == 10"
HIDDEN = f"{VISIBLE}\n### BEGIN HIDDEN TESTS\nassert x == 1\n### END HIDDEN TESTS"


def traceback(error, line=2, more="", name="AssertionError"):
    """As IPython writes it, in colours."""
    place = f"\x1b[36mCell\x1b[39m In[7], line {line}\n----> {line} ...\n{more}"
    return (
        f"{'-' * 75}\n\x1b[31m{name}\x1b[39m    Traceback (most recent call last)\n{place}\n{error}"
    )


def failure(*outputs, source=VISIBLE, released=VISIBLE, points=4.0, mark=0.0, facts=()):
    marks = {"grade_id": "test", "grade": True, "solution": False, "points": points}
    streams = [new_output("stream", name="stdout", text=text) for text in outputs]
    cell = new_code_cell(source, outputs=streams, metadata={"nbgrader": marks})
    notebook = new_notebook(cells=[cell])
    notebook.metadata[KEY] = {"marks": {"test": mark}, "facts": list(facts)}
    return failures_in(notebook, {"test": released})["test"]


NUMPY = """AssertionError: \nNot equal to tolerance rtol=1e-07, atol=0\nholes do not count
Mismatched elements: 1 / 1 (100%)\n ACTUAL: array(1.)\n DESIRED: array(2.)"""


@pytest.mark.parametrize(
    ("text", "title", "for_students"),
    [
        ("AssertionError: ten, got 4", "AssertionError: ten, got 4", "failed: ten, got 4"),
        ("AssertionError: ", "`assert x == 10`", "failed"),
        (
            NUMPY,
            "AssertionError: Not equal to tolerance rtol=1e-07, atol=0; holes do not count",
            "failed: Not equal to tolerance rtol=1e-07, atol=0; holes do not count",
        ),
        (
            "AssertionError: \nItems are not equal:\n ACTUAL: 3\n DESIRED: 4",
            "AssertionError: Items are not equal",
            "failed: Items are not equal",
        ),
        (
            "AssertionError: at 0x7f12ab34cd56\n  answer, line 3: return x",
            "AssertionError: at 0x…",
            "failed: at 0x…",
        ),
    ],
    ids=["message", "none", "NumPy", "values", "address and place"],
)
def test_an_assert_is_told_by_its_message_or_else_by_its_line(text, title, for_students):
    failed = failure(traceback(text))
    assert failed.title == title
    assert failed.for_students == f"`assert x == 10` {for_students}"


def test_of_errors_in_a_row_the_last_counts():
    first = traceback("KeyError: 'a'", 1, name="KeyError")
    then = traceback("AssertionError: ten").partition("\n")[2]
    text = f"{first}\n\nDuring handling of the above exception, another occurred:\n\n{then}"
    assert (failure(text).error, failure(text).line) == ("AssertionError: ten", "assert x == 10")


def test_what_was_not_written_is_no_mistake():
    written = failure(traceback("NotImplementedError: ", 1, name="NotImplementedError"))
    message = "name 'answer' is not defined"
    defined = failure(traceback(f"NameError: {message}", 1, name="NameError"))
    own = failure(traceback("NameError: name 'np' is not defined", 1, name="NameError"))
    assert [one.tried for one in (written, defined, own)] == [False, False, True]
    assert defined.for_students == "`x = answer(2)` failed: `answer` is not defined"


@pytest.mark.parametrize("line", [4, 1], ids=["hidden", "visible"])
def test_a_partly_hidden_test_shows_no_value_to_a_student(line):
    failed = failure(traceback("AssertionError: SECRET", line), source=HIDDEN)
    assert failed.hidden is (line == 4)
    assert "SECRET" in failed.title
    assert "SECRET" not in failed.for_students
    assert ("x = answer(2)" in failed.for_students) is (line == 1)


def test_a_hidden_line_is_hidden_though_a_visible_one_begins_like_it():
    assert failure(traceback("AssertionError: ", 4), source=HIDDEN).for_students == (
        "A hidden test failed"
    )


def test_an_error_that_is_no_pythons_is_not_named_to_a_student():
    text = traceback("Secret12: no", 1, name="Secret12")
    assert failure(text, source=HIDDEN).for_students == "`x = answer(2)` failed"


def test_a_statement_of_several_lines_is_one_line():
    source = "assert (\n    answer(2)\n    == 10\n)"
    assert failure(traceback("AssertionError: ", 2), source=source, released=source).line == (
        "assert ( answer(2) == 10 )"
    )


def test_a_part_of_the_points_is_told():
    assert failure("0.5 is fine", mark=1.5).title == "1.5 of 4 points"
    assert failure("0.5 is fine", mark=4.0) is None


def test_a_test_that_was_stopped_says_so():
    facts = ["Stopped after 2 s: `test`."]
    failed = failure("a", "Stopped after 2 s: an endless loop?", facts=facts)
    assert (failed.title, failed.for_students) == ("Stopped after 2 s", "Stopped after 2 s")


def test_one_without_points_passes_unless_it_raised():
    assert failure("done", points=0.0) is None
    assert failure(traceback("AssertionError: ten"), points=0.0).title == "AssertionError: ten"
