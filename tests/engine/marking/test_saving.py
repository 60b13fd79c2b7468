"""A mark is saved whole or not at all: with others at work, and whenever the program is ended."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from helpers.graded_class import contents, fill, set_url, small_disk, twin
from helpers.words import (
    DRAW,
    RUBRIC,
    WHY,
    course_of,
    fill_gradebook,
    grade_again,
    in_a_process,
    kill_me,
    mark_in_formgrader,
)

from autograder.errors import AutograderError
from autograder.grading import database as gradebook_database
from autograder.marking import database, gradebook, saving
from autograder.marking.gradebook import Entry, MarkedElsewhere, entries
from autograder.marking.saving import change_items, marks_for, recover, save, total, undo
from autograder.marking.store import Store
from autograder.marking.types import Item

STUDENTS = ("s1", "s2", "s3", "s4")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """nbgrader takes seconds to make a gradebook; tests work on copies."""
    return course_of(tmp_path_factory.mktemp("made") / "course", *STUDENTS)


@pytest.fixture
def course(made, tmp_path):
    return twin(made, tmp_path / "course")


@pytest.fixture
def store(course):
    return Store(course)


def give(store, *students, items=("1",), points=None, comment="Good.", grader="ann", **more):
    """Save a mark for these students, as the desk would."""
    question = more.pop("question", WHY)
    digests = {student: f"digest of {student}" for student in students}
    marks = marks_for(store, question, digests, items, points, comment, grader)
    return save(store.course, store, question, marks, **more)


def points_of(course, question=WHY):
    return {name: entry.points for name, entry in entries(course, question).items()}


def waiting(course):
    return [name for name, entry in entries(course, WHY).items() if entry.waits]


def marked(course):
    return {name: entry for name, entry in entries(course, WHY).items() if not entry.waits}


# ---------------------------------------------------------------------- as the formgrader would do


def test_the_gradebook_is_as_if_marked_in_the_formgrader(course, store, made, tmp_path):
    other = twin(made, tmp_path / "other")
    for marked_twice in (course, other):
        mark_in_formgrader(marked_twice, "s4", 0.5, "Too short.")
    give(store, "s1", "s2", items=("1", "2"))
    give(store, "s3", items=(), comment="")
    give(store, "s4", items=("2",), comment="")  # which clears the comment
    give(store, "s1", question=DRAW, items=(), points=2.5, comment="Straight.")
    for student, points, comment in [("s1", 2, "Good."), ("s2", 2, "Good."), ("s3", 0, None)]:
        mark_in_formgrader(other, student, points, comment)
    mark_in_formgrader(other, "s4", 1, "")
    mark_in_formgrader(other, "s1", 2.5, "Straight.", cell="draw")
    assert contents(course.db_url) == contents(other.db_url)


def test_what_the_formgrader_gave_besides_stays(course, store):
    with sqlite3.connect(course.gradebook) as file:
        file.execute("UPDATE grade SET extra_credit = 0.25")
        file.execute("UPDATE comment SET auto_comment = 'No response.'")
    file.close()
    give(store, "s1", comment="")
    with closing(sqlite3.connect(course.gradebook)) as file:
        assert {row[0] for row in file.execute("SELECT extra_credit FROM grade")} == {0.25}
        kinds = file.execute("SELECT DISTINCT auto_comment, manual_comment FROM comment")
        assert kinds.fetchall() == [("No response.", None)]


def test_who_waits_and_who_is_marked_in_whatever_program(course, store):
    give(store, "s2", comment="Good.")
    mark_in_formgrader(course, "s3", 1.5, "There.")
    mark_in_formgrader(course, "s4", 1, "Once.")
    grade_again(course, "s4")
    assert entries(course, WHY) == {
        "s1": Entry("s1"),
        "s2": Entry("s2", 1.0, "Good.", waits=False),
        "s3": Entry("s3", 1.5, "There.", waits=False),
        "s4": Entry("s4", 1.0, "Once.", waits=True),
    }
    assert list(entries(course, WHY, ["s4", "nobody"])) == ["s4"]
    assert entries(course, DRAW) == {name: Entry(name) for name in STUDENTS}


def test_of_a_large_group_the_whole_class_is_read_in_one_go(course, store, monkeypatch):
    monkeypatch.setattr(gradebook, "_FEW", 1)
    give(store, "s1", "s2")
    assert waiting(course) == ["s3", "s4"]


@pytest.mark.parametrize(
    ("items", "points", "given"),
    [
        (("1", "2"), None, 2.0),
        (("1", "2", "3"), None, 1.5),
        (("3",), None, 0.0),
        ((), 7.0, 2.0),
        ((), -1.0, 0.0),
        (("1",), 0.25, 0.25),
    ],
)
def test_points_are_those_of_the_items_or_typed_and_between_0_and_the_maximum(
    course, store, items, points, given
):
    give(store, "s1", items=items, points=points)
    assert points_of(course)["s1"] == given
    mark = store.marks(WHY)["s1"].mark
    assert (mark.items, mark.points) == (items, given)
    assert mark.typed == (given != total(RUBRIC, items, 2.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"points": float("nan")}, "points must be a number"),
        ({"points": float("inf")}, "points must be a number"),
        ({"items": ("1", "gone")}, "changed the rubric meanwhile"),
        ({"comment": "x" * 10_001}, "may have 10000 characters"),
    ],
)
def test_what_cannot_be_saved_is_refused(course, store, wrong, message):
    with pytest.raises(AutograderError, match=message):
        give(store, "s1", **wrong)
    assert waiting(course) == list(STUDENTS)


def test_a_comment_holds_only_what_every_database_takes(course, store):
    give(store, "s1", comment=" a\0b \udc80 ☃\n")
    assert entries(course, WHY)["s1"].comment == store.marks(WHY)["s1"].mark.comment == "ab ? ☃"


def test_an_answer_that_the_gradebook_does_not_have_fails_the_whole_group(course, store):
    with pytest.raises(AutograderError, match="lacks that of nobody: grade 01_words again"):
        give(store, "s1", "nobody")
    assert points_of(course)["s1"] is None


def test_a_question_that_is_not_in_the_gradebook_is_said(course, store):
    with pytest.raises(AutograderError, match="must hold the question new"):
        give(store, "s1", question=replace(WHY, cell="new", name="new"))


# ----------------------------------------------------------------------------------- somebody else


def test_a_mark_given_in_the_formgrader_meanwhile_is_never_overwritten_unseen(course, store):
    seen = entries(course, WHY, ["s1", "s2"])
    mark_in_formgrader(course, "s2", 0.5, "Mine.")
    with pytest.raises(MarkedElsewhere, match=r"1 answer was marked .* nothing was saved") as error:
        give(store, "s1", "s2", expected=seen)
    assert error.value.now == {"s2": Entry("s2", 0.5, "Mine.", waits=False)}
    assert points_of(course) == {"s1": None, "s2": 0.5, "s3": None, "s4": None}
    assert store.marks(WHY) == store.drafts(WHY) == {}
    give(store, "s1", "s2", expected={**seen, **error.value.now})  # having seen it
    assert points_of(course)["s2"] == 1.0


def test_of_two_graders_with_one_answer_one_saves_and_the_other_hears_of_it(course):
    seen = entries(course, WHY, ["s1"])

    def grade(name):
        try:
            give(Store(course), "s1", comment=name, grader=name, expected=seen)
            return name
        except MarkedElsewhere:
            return None

    with ThreadPoolExecutor(6) as pool:
        (winner,) = filter(None, pool.map(grade, [f"grader {number}" for number in range(6)]))
    assert entries(course, WHY)["s1"].comment == winner
    assert Store(course).marks(WHY)["s1"].mark.grader == winner


def test_two_graders_at_once_save_all_they_give(tmp_path):
    students = [f"s{number:02}" for number in range(24)]
    course = course_of(tmp_path / "many", *students)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: give(Store(course), name, comment=f"To {name}."), students))
    assert {name: entry.comment for name, entry in marked(course).items()} == {
        name: f"To {name}." for name in students
    }
    assert set(Store(course).marks(WHY)) == set(students)


# ------------------------------------------------------------------------------------- ended, full


MOMENTS = {
    "before anything": (Store, "intend", "before"),
    "before the gradebook": (gradebook, "write", "before"),
    "in the gradebook's transaction": (gradebook, "_update", "after"),
    "after the gradebook": (gradebook, "write", "after"),
    "after saving": (Store, "settle", "after"),
}


def _killed(monkeypatch, moment, work):
    place, name, when = MOMENTS[moment]
    real = getattr(place, name)

    def then_kill(*arguments, **named):
        real(*arguments, **named)
        kill_me()

    with monkeypatch.context() as patch:
        patch.setattr(place, name, kill_me if when == "before" else then_kill)
        assert in_a_process(work) == -signal.SIGKILL


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_point_a_group_is_saved_or_waits(course, store, monkeypatch, moment):
    give(store, "s4", comment="Before.")
    _killed(monkeypatch, moment, lambda: give(store, "s1", "s2", comment="Typed at length."))
    recover(course, store, WHY)
    names = set(waiting(course))
    if moment in ("after the gradebook", "after saving"):
        assert names == {"s3"}
        assert set(store.marks(WHY)) == {"s1", "s2", "s4"}
        assert store.drafts(WHY) == {}
        assert store.marks(WHY)["s1"].mark.comment == entries(course, WHY)["s1"].comment
    else:
        assert names == {"s1", "s2", "s3"}
        assert set(store.marks(WHY)) == {"s4"}
        drafts = {name: kept.mark.comment for name, kept in store.drafts(WHY).items()}
        lost = moment == "before anything"
        assert drafts == ({} if lost else dict.fromkeys(["s1", "s2"], "Typed at length."))
    give(store, "s1", "s2", comment="Again.")  # nothing is in its way
    recover(course, store, WHY)
    assert (store.drafts(WHY), store.unsettled(WHY)) == ({}, [])
    assert {kept.mark.comment for kept in store.marks(WHY).values()} == {"Before.", "Again."}


@pytest.mark.parametrize("moment", list(MOMENTS)[1:])
def test_an_undoing_that_is_killed_is_done_or_not(course, store, monkeypatch, moment):
    give(store, "s1", "s2")
    _killed(monkeypatch, moment, lambda: undo(course, store, WHY, "ann"))
    recover(course, store, WHY)
    done = moment == "after the gradebook"
    assert points_of(course)["s1"] == (None if done else 1.0)
    assert set(store.marks(WHY)) == (set() if done else {"s1", "s2"})


@pytest.mark.parametrize("moment", ["before the gradebook", "after the gradebook"])
def test_a_changed_rubric_that_is_killed_holds_or_not(course, store, monkeypatch, moment):
    give(store, "s1", "s2")
    cheaper = [replace(RUBRIC[0], points=0.5), *RUBRIC[1:]]
    _killed(monkeypatch, moment, lambda: change_items(course, store, WHY, cheaper, "ann"))
    recover(course, store, WHY)
    points = 0.5 if moment == "after the gradebook" else 1.0
    assert points_of(course)["s1"] == store.marks(WHY)["s1"].mark.points == points
    assert store.items(WHY)[0].points == points


def test_killed_anywhere_nothing_that_said_saved_is_lost(tmp_path):
    students = [f"s{number:03}" for number in range(120)]
    course = course_of(tmp_path / "course", *students)
    random_times = random.Random(1)
    said: list[str] = []
    for _ in range(6):
        rest = students[len(said) :]
        read_end, write_end = os.pipe()
        child = os.fork()
        if not child:
            with suppress(BaseException):
                for name in rest:
                    give(Store(course), name, comment=f"To {name}.")
                    os.write(write_end, f"{name}\n".encode())
            os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as lines:
            said.append(lines.readline().strip())
            time.sleep(random_times.uniform(0, 0.15))
            os.kill(child, signal.SIGKILL)
            said += [line.strip() for line in lines]
        os.waitpid(child, 0)
        recover(course, Store(course), WHY)
        kept = Store(course).marks(WHY)
        assert set(said) <= set(kept) == set(marked(course))
        for name, entry in marked(course).items():
            assert entry == Entry(name, 1.0, f"To {name}.", waits=False)
            assert kept[name].mark.comment == entry.comment
        said = sorted(kept)
    assert len(said) >= 6


def test_a_locked_gradebook_keeps_what_was_typed(course, store, monkeypatch):
    monkeypatch.setattr(gradebook_database, "LOCK_SECONDS", 0.1)
    seen = entries(course, WHY, ["s1"])
    with closing(sqlite3.connect(course.gradebook, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(AutograderError, match=r"gradebook.db: .*locked"):
            give(store, "s1", comment="Typed at length.", expected=seen)
    assert points_of(course)["s1"] is None
    assert store.drafts(WHY)["s1"].mark.comment == "Typed at length."
    give(store, "s1", comment="Typed at length.", expected=seen)
    assert marked(course)["s1"].comment == "Typed at length."
    assert store.drafts(WHY) == {}
    recover(course, store, WHY)
    undo(course, store, WHY, "ann")
    assert store.marks(WHY) == {}  # the save that failed is none


def test_without_its_own_file_nothing_reaches_the_gradebook(course, store, monkeypatch):
    give(store, "s1")
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    with store.writing(), pytest.raises(AutograderError, match=r"marking.db: .*locked"):
        give(Store(course), "s2")
    assert points_of(course)["s2"] is None


def test_what_is_in_the_gradebook_is_saved_though_the_last_word_cannot_be_written(
    course, store, monkeypatch
):
    def fail(*arguments):
        raise AutograderError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "settle", fail)
        give(store, "s1")
    recover(course, store, WHY)
    assert store.marks(WHY)["s1"].mark.points == points_of(course)["s1"] == 1.0


def test_a_full_disk_under_the_gradebook_keeps_what_was_typed(course, store, tmp_path):
    with small_disk(tmp_path / "disk", "400k"):
        set_url(course, f"sqlite:///{tmp_path}/disk/marks.db")
        fill_gradebook(course, "s1", "s2")
        with suppress(OSError):
            fill(tmp_path / "disk" / "rest")
        with pytest.raises(AutograderError, match=r"marks.db: .*; free some space"):
            give(store, "s1", "s2", comment="x" * 9000)
        (tmp_path / "disk" / "rest").unlink()
        assert points_of(course) == {"s1": None, "s2": None}
        assert set(store.drafts(WHY)) == {"s1", "s2"}
        give(store, "s1", "s2", comment="x" * 9000)
        assert points_of(course) == {"s1": 1.0, "s2": 1.0}


# -------------------------------------------------------------------------------------------- undo


def test_undo_takes_back_the_last_save_of_a_grader_whole(course, store):
    before = contents(course.db_url)
    mark_in_formgrader(course, "s3", 0.5, "There.")
    grade_again(course, "s3")
    give(store, "s4", grader="bob")
    give(store, "s1", "s2", "s3")
    undone = undo(course, store, WHY, "ann")
    assert set(undone.marks) == {"s1", "s2", "s3"}
    assert entries(course, WHY)["s3"] == Entry("s3", 0.5, "There.", waits=True)
    assert set(store.marks(WHY)) == {"s4"}
    with pytest.raises(AutograderError, match="ann has saved nothing"):
        undo(course, store, WHY, "ann")
    undo(course, store, WHY, "bob")
    mark_in_formgrader(course, "s3", None)
    with sqlite3.connect(course.gradebook) as file:
        file.execute("UPDATE comment SET manual_comment = NULL")
    file.close()
    assert contents(course.db_url) == before


def test_undo_brings_back_the_mark_before(course, store):
    give(store, "s1", items=("2",), comment="First.")
    give(store, "s1", items=("1", "2"), comment="Second.")
    undo(course, store, WHY, "ann")
    assert entries(course, WHY)["s1"] == Entry("s1", 1.0, "First.", waits=False)
    assert store.marks(WHY)["s1"].mark.items == ("2",)
    undo(course, store, WHY, "ann")
    assert entries(course, WHY)["s1"] == Entry("s1")


@pytest.mark.parametrize("since", ["formgrader", "graded again", "another grader", "rubric"])
def test_what_somebody_changed_since_cannot_be_undone(course, store, since):
    number = give(store, "s1", "s2")
    if since == "formgrader":
        mark_in_formgrader(course, "s2", 0.5)
    elif since == "graded again":
        grade_again(course, "s2")
    elif since == "another grader":
        give(store, "s2", items=("2",), grader="bob")
    else:
        change_items(course, store, WHY, [replace(RUBRIC[0], points=0.5)], "bob")
    before, marks = contents(course.db_url), store.marks(WHY)
    with pytest.raises(AutograderError, match="cannot be undone"):
        undo(course, store, WHY, "ann", number)
    assert (contents(course.db_url), store.marks(WHY)) == (before, marks)


# ------------------------------------------------------------------------------------------- items


def test_a_changed_item_changes_all_who_have_it_and_says_whom(course, store):
    give(store, "s1", "s2", items=("1", "2"))
    give(store, "s3", items=("2",), comment="")
    give(store, "s4", items=("1",), points=1.75)
    items = [replace(RUBRIC[0], points=0.5), RUBRIC[1], RUBRIC[2]]
    changes = change_items(course, store, WHY, items, "bob")
    assert [(one.student, one.before, one.after, one.stays) for one in changes] == [
        ("s1", 2.0, 1.5, ""),
        ("s2", 2.0, 1.5, ""),
        ("s4", 1.75, 1.75, "its points were typed"),
    ]
    assert points_of(course) == {"s1": 1.5, "s2": 1.5, "s3": 1.0, "s4": 1.75}
    assert {name: kept.mark.points for name, kept in store.marks(WHY).items()} == points_of(course)
    assert store.marks(WHY)["s1"].mark.grader == "ann"  # who marked it


def test_deleted_new_and_reworded_items(course, store):
    give(store, "s1", items=("1", "2"))
    items = [Item("", 0.5, "a new one"), Item("2", 1.0, "an example of your own")]
    changes = change_items(course, store, WHY, items, "ann")
    assert [(one.student, one.before, one.after) for one in changes] == [("s1", 2.0, 1.0)]
    assert [item.text for item in store.items(WHY)] == ["a new one", "an example of your own"]
    assert store.marks(WHY)["s1"].mark.items == ("2",)
    changes = change_items(course, store, WHY, [Item("2", 1.0, "an example")], "ann")
    assert [(one.student, one.before, one.after) for one in changes] == [("s1", 1.0, 1.0)]
    change_items(course, store, WHY, [Item("", 0.5, "another new one")], "ann")
    assert [item.id for item in store.items(WHY)] == ["new-2"]  # new-1 has been another one


def test_an_answer_marked_in_the_formgrader_since_keeps_its_points(course, store):
    give(store, "s1", "s2")
    mark_in_formgrader(course, "s2", 1.75, "Mine.")
    changes = change_items(course, store, WHY, [replace(RUBRIC[0], points=0.5)], "ann")
    assert [(one.student, one.after, one.stays) for one in changes] == [
        ("s1", 0.5, ""),
        ("s2", 1.75, "marked in another program since"),
    ]
    assert entries(course, WHY)["s2"] == Entry("s2", 1.75, "Mine.", waits=False)


def test_a_comment_changed_in_the_formgrader_and_one_that_waits_stay_so(course, store):
    give(store, "s1", "s2")
    mark_in_formgrader(course, "s1", 1.0, "Better words.")
    grade_again(course, "s2")
    change_items(course, store, WHY, [replace(RUBRIC[0], points=0.5)], "ann")
    assert entries(course, WHY)["s1"] == Entry("s1", 0.5, "Better words.", waits=False)
    assert store.marks(WHY)["s1"].mark.comment == "Better words."
    assert entries(course, WHY)["s2"] == Entry("s2", 0.5, "Good.", waits=True)


@pytest.mark.parametrize(
    "items",
    [
        [Item("1", float("nan"), "text")],
        [Item("1", 1.0, "  ")],
        [Item("1", 1.0, "one"), Item("1", 1.0, "twice")],
        [Item("", 1.0, "text")] * 51,
    ],
)
def test_a_rubric_that_cannot_be_is_refused(course, store, items):
    with pytest.raises(AutograderError, match="rubric"):
        change_items(course, store, WHY, items, "ann")
    assert store.items(WHY) == RUBRIC


@pytest.mark.parametrize("items", [(replace(RUBRIC[0], points=0.5), *RUBRIC[1:]), RUBRIC[1:]])
def test_a_mark_of_a_rubric_that_was_changed_meanwhile_is_refused(course, store, items):
    marks = marks_for(store, WHY, {"s1": "digest"}, ("1",), None, "", "ann")
    change_items(course, Store(course), WHY, items, "bob")
    with pytest.raises(AutograderError, match="changed the rubric meanwhile"):
        save(course, store, WHY, marks)
    assert points_of(course)["s1"] is None


def test_marks_given_while_the_rubric_changes_are_what_the_items_are_worth(tmp_path):
    students = [f"s{number:02}" for number in range(12)]
    course = course_of(tmp_path / "many", *students)

    def grade(part):
        for student in part:
            while True:
                with suppress(AutograderError):
                    give(Store(course), student)
                    break

    with ThreadPoolExecutor(2) as pool:
        graders = [pool.submit(grade, students[start::2]) for start in range(2)]
        for points in (0.5, 1.0, 0.25, 0.75):
            changed = [replace(RUBRIC[0], points=points), *RUBRIC[1:]]
            change_items(course, Store(course), WHY, changed, "bob")
        for grader in graders:
            grader.result()
    assert set(points_of(course).values()) == {0.75}
    assert {kept.mark.points for kept in Store(course).marks(WHY).values()} == {0.75}


def test_a_failed_change_of_the_rubric_changes_nothing(course, store, monkeypatch):
    give(store, "s1")
    monkeypatch.setattr(gradebook_database, "LOCK_SECONDS", 0.1)

    def locked(*arguments):
        with closing(sqlite3.connect(course.gradebook, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            return write(*arguments)

    write = gradebook.write
    monkeypatch.setattr(saving.gradebook, "write", locked)
    with pytest.raises(AutograderError, match="locked"):
        change_items(course, store, WHY, [replace(RUBRIC[0], points=0.5)], "ann")
    assert store.items(WHY) == RUBRIC
    assert points_of(course)["s1"] == store.marks(WHY)["s1"].mark.points == 1.0
