"""What comes back after its mark: answers that changed, and students who ask for another look."""

from __future__ import annotations

import json

import nbformat
import pytest
from helpers.graded_class import FIRST, FULL, Class, mark_by_hand, record, released, twin
from helpers.words import DRAW, WHY

from autograder.errors import AutograderError
from autograder.grading.hand_in import collect
from autograder.grading.rebuild import read_submission, rebuild
from autograder.marking.gradebook import Entry, entries
from autograder.marking.questions import answers, questions
from autograder.marking.requests import (
    Asked,
    keep_requests,
    look_again,
    open_requests,
    read_requests,
)
from autograder.marking.saving import change_items, marks_for, save, undo
from autograder.marking.store import Store
from autograder.marking.types import Item

STUDENTS = ("student-01", "student-02", "student-03")
RUBRIC = (Item("1", 1.0, "moves the plane"), Item("2", 1.0, "an example"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("requests")
    made = Class(released(root), root / "project")
    for student in STUDENTS:
        made.hand_in(student, f"It moves the plane, says {student}.")
    record(made, *STUDENTS, **FULL)
    return made


@pytest.fixture
def klass(made, tmp_path):
    return Class(twin(made.course, tmp_path / "course"), made.made)


class Marking:
    """A grader at the question in words of the small course."""

    def __init__(self, klass: Class) -> None:
        self.course, self.store = klass.course, Store(klass.course)
        (self.question,) = questions(klass.course, FIRST)

    def digests(self):
        found = answers(self.course, self.question, STUDENTS)
        return {student: answer.digest for student, answer in found.items()}

    def mark(self, *students, items=(), points=None, comment="Good."):
        digests = {student: self.digests()[student] for student in students}
        items = items or (self.store.items(self.question)[0].id,)
        marks = marks_for(self.store, self.question, digests, items, points, comment, "ann")
        return save(self.course, self.store, self.question, marks)

    def again(self):
        now = entries(self.course, self.question)
        return look_again(self.course, self.store, self.question, now, self.digests())

    def ask(self, *requests):
        asked = [Asked(student, self.question.name, reason) for student, reason in requests]
        now = entries(self.course, self.question)
        return keep_requests(self.store, self.question, asked, now)


@pytest.fixture
def marking(klass):
    return Marking(klass)


# ----------------------------------------------------------------------------------- graded again


def test_grading_again_keeps_marks_items_and_comments_and_brings_back_what_changed(klass, marking):
    change_items(klass.course, marking.store, marking.question, RUBRIC, "ann")
    marking.mark(*STUDENTS, items=("1", "2"), comment="Both.")
    kept = marking.store.marks(marking.question)
    klass.hand_in("student-01", "Another answer.")
    klass.hand_in("student-02", "It moves the plane, says student-02.", code="other code")
    record(klass, *STUDENTS, **FULL)
    assert marking.again() == {
        "student-01": "The answer changed after its mark.",
        "student-02": "Handed in again; this answer is as it was.",
    }
    assert marking.store.marks(marking.question) == kept  # the old mark is offered
    now = entries(klass.course, marking.question)
    assert now["student-01"] == Entry("student-01", 2.0, "Both.", waits=True)
    assert now["student-03"] == Entry("student-03", 2.0, "Both.", waits=False)
    marking.mark("student-01", "student-02", items=("1",))
    assert marking.again() == {}
    assert marking.store.marks(marking.question)["student-01"].mark.items == ("1",)


def test_a_mark_of_the_formgrader_comes_back_too(klass, marking):
    mark_by_hand(klass.course, "student-01")
    klass.hand_in("student-01", "Another answer.")
    record(klass, "student-01", **FULL)
    assert marking.again() == {"student-01": "Handed in again after its mark."}


def test_an_answer_that_was_graded_again_while_a_grader_read_it_comes_back(klass, marking):
    seen = marking.digests()
    klass.hand_in("student-01", "Another answer.")
    record(klass, "student-01", **FULL)
    marks = marks_for(
        marking.store, marking.question, {"student-01": seen["student-01"]}, (), 1.0, "", "ann"
    )
    save(klass.course, marking.store, marking.question, marks)
    assert entries(klass.course, marking.question)["student-01"].waits is False
    assert marking.again() == {"student-01": "The answer changed after its mark."}


# --------------------------------------------------------------------------------- in the notebook


def hand_in_with(klass, *cells):
    """Hand in with cells of one's own, and put in place what grading makes of it."""
    klass.hand_in("student-01", "It moves the plane, says student-01.")
    path = klass.course.submitted_dir(FIRST, "student-01") / f"{FIRST}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][2:2] = [
        {"cell_type": kind, "source": source, "metadata": {}, "id": f"own-{number}"}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for number, (kind, source) in enumerate(cells)
    ]
    path.write_text(json.dumps(notebook))
    record(klass, "student-01", **FULL)
    handed_in = read_submission(collect(path.parent, FIRST))
    graded, _ = rebuild(klass.release.notebook, handed_in)
    nbformat.write(graded, klass.course.autograded_dir(FIRST, "student-01") / f"{FIRST}.ipynb")


@pytest.mark.parametrize(
    ("cell", "asks"),
    [
        ("Regrade why_bias: I name an example\nin the last line.", True),
        ("regrade `why_bias`: I name an example in the last line.", True),
        ("### **Regrade why_bias:** I name an example in the last line.", True),
        ("Regrade another: I name an example in the last line.", False),
        ("Please regrade why_bias: I name an example.", False),
        ("Regrade why_bias", False),
    ],
)
def test_a_cell_of_the_notebook_asks_for_another_look(klass, marking, cell, asks):
    marking.mark("student-01")
    hand_in_with(klass, ("markdown", cell), ("code", "# Regrade why_bias: in code"))
    reason = "Handed in again; this answer is as it was."
    request = " The student asks: I name an example in the last line."
    assert marking.again() == {"student-01": reason + request * asks}
    marking.mark("student-01")
    assert marking.again() == {}


def test_a_request_in_an_answer_that_is_not_marked_yet_changes_nothing(klass, marking):
    hand_in_with(klass, ("markdown", "Regrade why_bias: read mine first!"))
    assert marking.again() == {}
    marking.mark("student-01")
    assert marking.again() == {}


def test_requests_in_a_notebook_are_bounded_and_a_broken_one_has_none(klass, marking):
    marking.mark("student-01")
    cell = ("markdown", f"Regrade why_bias: {'please ' * 5000}")
    hand_in_with(klass, *[cell] * 9)
    (reason,) = marking.again().values()
    assert reason.count("The student asks") == 3
    assert len(reason) < 3200
    path = klass.course.autograded_dir(FIRST, "student-01") / f"{FIRST}.ipynb"
    for broken in (b"{", b'{"cells": 1}', b'{"cells": [{"source": 1}]}', b"[" * 100_000):
        path.write_bytes(broken)
        assert "student asks" not in marking.again()["student-01"]


# ------------------------------------------------------------------------------------------- a CSV


def test_a_request_comes_back_until_its_answer_is_marked_again(marking):
    marking.mark(*STUDENTS)
    assert marking.ask(("student-01", "=an example"), ("student-02", "too"), ("nobody", "x")) == 2
    assert marking.again() == {
        "student-01": "The student asks: =an example",
        "student-02": "The student asks: too",
    }
    number = marking.mark("student-01")
    assert list(marking.again()) == ["student-02"]
    assert marking.ask(("student-01", "=an example")) == 0  # the same file again
    assert list(marking.again()) == ["student-02"]
    undo(marking.course, marking.store, marking.question, "ann", number)
    assert list(marking.again()) == ["student-01", "student-02"]
    marking.mark("student-01", "student-02")
    assert marking.ask(("student-01", "Still: an example")) == 1
    assert open_requests(marking.store, marking.question) == {
        "student-01": ["The student asks: Still: an example"]
    }


def test_a_changed_rubric_answers_no_request(marking):
    change_items(marking.course, marking.store, marking.question, RUBRIC, "ann")
    marking.mark("student-01", items=("1",))
    marking.ask(("student-01", "why?"))
    cheaper = [Item("1", 0.5, "moves the plane"), RUBRIC[1]]
    change_items(marking.course, marking.store, marking.question, cheaper, "ann")
    assert marking.again() == {"student-01": "The student asks: why?"}


@pytest.mark.parametrize(
    "text",
    [
        "student,question,reason\ns1,why,'=an example\n",
        "\ufeffstudent,question,reason\r\ns1,why,=an example\r\n\r\n,,\r\n",
        "sep=;\nstudent;question;reason\ns1;why;=an example\n",
        "Date\tReason\tStudent_ID\tQuestion\nMonday\t=an example\ts1\tWhy\n",
        'student,question,reason\n"s1", why ,"=an example"\n',
    ],
)
def test_a_csv_from_any_spreadsheet(tmp_path, text):
    path = tmp_path / "requests.csv"
    path.write_bytes(text.encode())
    assert read_requests(path, [WHY, DRAW], {"s1"}) == ([Asked("s1", "why", "=an example")], [])


def test_lines_that_cannot_be_used_are_named(tmp_path):
    path = tmp_path / "requests.csv"
    long = "x" * 5000
    path.write_text(
        f'student,question,reason\ns1,why,"two\nlines"\nnobody,why,x\ns1,other,x\ns1\ns1,draw,{long}\n'
    )
    requests, notes = read_requests(path, [WHY, DRAW], {"s1"})
    assert requests == [Asked("s1", "why", "two\nlines"), Asked("s1", "draw", "x" * 1000)]
    assert notes == [
        "line 4 of requests.csv: no answer of a student 'nobody'",
        "line 5 of requests.csv: no question 'other'; there are why, draw",
        "line 6 of requests.csv: no question ''; there are why, draw",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "must have the columns student, question and reason; it lacks student, and has none"),
        (b"student,reason\n", "lacks question, and has student, reason"),
        (b"student,question,reason\n\xff\n", "must be UTF-8"),
        (b'student,question,reason\n"s1\n', "is no CSV"),
        (b"x" * 5_000_001, "is too large"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    path = tmp_path / "requests.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AutograderError, match=message):
        read_requests(path, [WHY], {"s1"})
