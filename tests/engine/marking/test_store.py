"""The file with rubric items and who marked what: kept, whole, private, clear when it is broken."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from helpers.graded_class import fill, small_disk
from helpers.words import DRAW, RUBRIC, WHY

from autograder.course import CONFIG, init
from autograder.errors import AutograderError
from autograder.marking import database
from autograder.marking.database import STORE
from autograder.marking.gradebook import Entry
from autograder.marking.store import Store
from autograder.marking.types import Item, Mark


@pytest.fixture
def store(tmp_path):
    return Store(init(tmp_path / "course"))


def mark(student, *items, points=1.0, comment="", grader="ann", typed=False):
    at = "2026-03-01T12:00:00.000+00:00"
    return Mark(student, items, points, comment, grader, at, f"digest of {student}", typed)


def keep(store, *marks, question=WHY, kind="mark", items=None):
    before = {given.student: Entry(given.student) for given in marks}
    number = store.intend(question, marks, before, marks[0].grader, kind, items)
    store.settle(question, number, "saved")
    return number


def test_a_mark_comes_back_as_it_was_given(store):
    given = mark("ann", "1", "3", points=0.75, comment='"Yes", {x} ☃', typed=True)
    number = keep(store, given)
    (kept,) = Store(store.course).marks(WHY).values()
    assert (kept.save, kept.mark) == (number, given)
    assert store.marks(DRAW) == {}


def test_reading_makes_no_file_and_only_the_owner_may_read_it(store):
    assert (store.marks(WHY), store.drafts(WHY), store.unsettled(WHY)) == ({}, {}, [])
    assert store.items(WHY) == RUBRIC
    assert not store.path.exists()
    keep(store, mark("s1"))
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_graders_who_share_the_folders_share_it_too(store):
    with (store.course.root / CONFIG).open("a") as config:
        config.write("\nc.CourseDirectory.groupshared = True\n")
    keep(store, mark("s1"))
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o660


def test_the_last_saved_mark_counts_and_the_former_ones_are_kept(store):
    first, second = mark("s1", "1"), mark("s1", "2", points=0.5, grader="bob")
    keep(store, first)
    number = keep(store, second)
    assert store.marks(WHY)["s1"].mark == second
    store.settle(WHY, number, "undone")
    assert store.marks(WHY)["s1"].mark == first


def test_what_was_not_saved_is_a_draft_until_the_answer_is_marked(store):
    keep(store, mark("s1"))
    typed = mark("s1", "2", comment="long and typed")
    store.intend(WHY, [typed, mark("s2")], {name: Entry(name) for name in ("s1", "s2")}, "ann")
    assert store.marks(WHY)["s1"].mark == mark("s1")
    assert store.drafts(WHY)["s1"].mark == typed
    keep(store, mark("s1"))
    assert list(store.drafts(WHY)) == ["s2"]


def test_what_the_gradebook_said_before_is_kept(store):
    before = {"s1": Entry("s1", 1.5, "was", waits=True)}
    number = store.intend(WHY, [mark("s1")], before, "ann")
    assert store.save(number).before == before
    assert [save.id for save in store.unsettled(WHY)] == [number]


def test_a_mark_refers_to_the_rubric_that_it_was_given_with(store):
    keep(store, mark("s1", "1"))
    changed = replace(WHY, rubric=(Item("1", 2.0, "another text in the source"),))
    assert store.items(changed) == RUBRIC


def test_a_rubric_that_comes_with_a_save_holds_from_then_on(store):
    new = (Item("2", 0.5, "an example"), Item("new-1", 0.5, "and another"))
    number = store.intend(WHY, [], {}, "ann", "items", new)
    assert store.items(WHY) == RUBRIC
    store.settle(WHY, number, "saved")
    assert store.items(WHY) == new
    assert [item.id for item in store.deleted_items(WHY)] == ["1", "3"]


def test_a_rubric_whose_items_were_all_deleted_is_empty(store):
    number = store.intend(WHY, [], {}, "ann", "items", [])
    store.settle(WHY, number, "saved")
    assert store.items(WHY) == ()
    keep(store, mark("s1"))
    assert (store.items(WHY), store.deleted_items(WHY)) == ((), RUBRIC)


def test_an_older_rubric_never_replaces_a_newer_one(store):
    older = store.intend(WHY, [], {}, "ann", "items", RUBRIC[:1])
    newer = store.intend(WHY, [], {}, "bob", "items", RUBRIC[:2])
    store.settle(WHY, newer, "saved")
    store.settle(WHY, older, "saved")
    assert store.items(WHY) == RUBRIC[:2]


def test_comments_are_offered_again_the_most_used_first(store):
    keep(store, mark("s1", comment="rare"), mark("s2", comment="rare"), mark("s3"))
    keep(store, mark("s4", comment="often"))
    keep(store, mark("s5", comment="often"))
    undone = keep(store, mark("s6", comment="a slip"))
    store.settle(WHY, undone, "undone")
    assert store.comments(WHY) == ["often", "rare"]
    assert store.comments(DRAW) == []


def test_two_who_write_at_once_both_write(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: keep(Store(store.course), mark(f"s{number}")), range(40)))
    assert len(store.marks(WHY)) == 40


def test_a_locked_file_is_said_to_be_locked(store, monkeypatch):
    keep(store, mark("s1"))
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    with (
        store.writing(),
        pytest.raises(AutograderError, match="another program has kept it locked"),
    ):
        keep(Store(store.course), mark("s2"))
    assert list(store.marks(WHY)) == ["s1"]


@pytest.mark.parametrize("junk", [b"no database at all, but long enough" * 100, None])
def test_a_damaged_file_says_that_points_are_safe_and_what_to_do(store, junk):
    keep(store, *(mark(f"s{number}", comment="x" * 500) for number in range(100)))
    if junk is None:  # its header is whole
        data = store.path.read_bytes()
        junk = data[:4096] + b"\xff" * (len(data) - 4096)
    store.path.write_bytes(junk)
    with pytest.raises(AutograderError, match=f"{STORE} is damaged .* safe in the gradebook"):
        store.marks(WHY)
    assert store.path.read_bytes() == junk


def test_a_file_of_a_newer_version_is_left_alone(store):
    keep(store, mark("s1"))
    with sqlite3.connect(store.path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    for use in (store.marks, lambda question: keep(store, mark("s2"), question=question)):
        with pytest.raises(AutograderError, match="a newer version"):
            use(WHY)


def test_an_empty_file_is_a_new_one(store):
    store.path.touch()  # killed between making the file and its tables
    assert store.marks(WHY) == {}
    keep(store, mark("s1"))
    assert list(store.marks(WHY)) == ["s1"]


def test_a_full_disk_is_said_and_loses_nothing(tmp_path):
    with small_disk(tmp_path / "disk", "256k"):
        store = Store(init(tmp_path / "disk" / "course"))
        keep(store, mark("s1"))
        with suppress(OSError):
            fill(tmp_path / "disk" / "rest")
        many = [mark(f"s{number}", comment="x" * 1000) for number in range(100)]
        with pytest.raises(AutograderError, match="free some space"):
            keep(store, *many)
        assert list(store.marks(WHY)) == ["s1"]
        (tmp_path / "disk" / "rest").unlink()
        keep(store, mark("s2"))
        assert list(store.marks(WHY)) == ["s1", "s2"]


def test_a_question_of_another_notebook_is_another_question(store):
    keep(store, mark("s1"))
    assert store.marks(replace(WHY, notebook="02_other")) == {}
    assert store.comments(replace(WHY, assignment="02_words")) == []
