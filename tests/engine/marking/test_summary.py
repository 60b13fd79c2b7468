"""What the report says of answers in words: how many were given each item of the rubric."""

from __future__ import annotations

import pytest
from helpers.answered import ASSIGNMENT, answered
from helpers.words import mark_in_formgrader

from autograder.marking.questions import questions
from autograder.marking.saving import change_items, marks_for, save
from autograder.marking.store import Store
from autograder.marking.summary import marked_questions
from autograder.marking.types import Item

STUDENTS = ("s1", "s2", "s3", "s4")


@pytest.fixture
def course(tmp_path):
    return answered(tmp_path / "course", dict.fromkeys(STUDENTS, "It moves the plane."))


def give(course, items, *students):
    why = next(one for one in questions(course, ASSIGNMENT) if one.cell == "why")
    store = Store(course)
    digests = dict.fromkeys(students, "of the answer")
    save(course, store, why, marks_for(store, why, digests, items, None, "", "ann"))
    return why, store


def times(course, students=STUDENTS):
    return [
        (one.question.name, one.answers, [given.times for given in one.items])
        for one in marked_questions(course, ASSIGNMENT, students)
    ]


def test_items_are_counted_over_those_of_the_class_who_are_marked(course):
    assert times(course) == []
    first, second = (item.id for item in questions(course, ASSIGNMENT)[0].rubric)
    give(course, [first, second], "s1", "s2")
    give(course, [first], "s3")
    assert times(course) == [("why", 3, [3, 2])]
    assert times(course, ["s3", "s4"]) == [("why", 1, [1, 0])]
    assert marked_questions(course, ASSIGNMENT, STUDENTS)[0].mean == pytest.approx(5 / 3)


def test_a_mark_that_the_formgrader_changed_does_not_count(course):
    first, second = (item.id for item in questions(course, ASSIGNMENT)[0].rubric)
    give(course, [first, second], "s1", "s2")
    mark_in_formgrader(course, "s2", 0.5)
    assert times(course) == [("why", 1, [1, 1])]


def test_an_item_that_was_changed_is_counted_as_it_is_now(course):
    first, _ = (item.id for item in questions(course, ASSIGNMENT)[0].rubric)
    why, store = give(course, [first], "s1")
    change_items(course, store, why, [Item(first, 0.5, "<b>moved</b>")], "ann")
    (one,) = marked_questions(course, ASSIGNMENT, STUDENTS)
    assert [(given.item.text, given.times) for given in one.items] == [("<b>moved</b>", 1)]
    assert one.mean == 0.5
