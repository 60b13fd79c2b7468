"""Indexes on what nbgrader joins by: made once, by `init`, `release` and `grade`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from helpers.graded_class import contents, record
from nbgrader import api

from autograder.commands import main
from autograder.grading.database import add_indexes

WANTED = {
    ("submitted_notebook", "assignment_id"),
    ("submitted_assignment", "student_id"),
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
    ("base_cell", "notebook_id"),
}
SMALL = {"assignment": "course", "notebook": "assignment", "source_cell": "notebook"}
"""Tables that do not grow with the class."""


def gradebook_of(course):
    return Path(course.db_url.removeprefix("sqlite:///"))


def indexed(course):
    """Table and first column of each index that somebody made by name."""
    with closing(sqlite3.connect(gradebook_of(course))) as book:
        made = book.execute("SELECT name, tbl_name FROM sqlite_master WHERE sql LIKE 'CREATE IND%'")
        return {
            (table, book.execute(f"PRAGMA index_info({name})").fetchone()[2])
            for name, table in made.fetchall()
        }


@pytest.fixture
def plain(klass):
    """A class whose gradebook has nbgrader's own indexes alone."""
    record(klass, "student-01", "student-02", affine=2.0)
    with closing(sqlite3.connect(gradebook_of(klass.course))) as book:
        for table, column in indexed(klass.course):
            book.execute(f"DROP INDEX ix_{table}_{column}")
        book.commit()
    assert indexed(klass.course) == set()
    return klass.course


def test_they_are_made_once_and_no_mark_changes(plain):
    before = contents(plain.db_url)
    add_indexes(plain)
    assert indexed(plain) == WANTED
    add_indexes(plain)
    assert indexed(plain) == WANTED
    assert contents(plain.db_url) == before


def test_nbgrader_needs_these_and_has_them_not():
    """What is first in an index of nbgrader's own needs no other; each foreign key is in one."""
    there = {
        (table.name, next(iter(each.columns)).name)
        for table in api.Base.metadata.sorted_tables
        for each in (table.primary_key, *table.constraints)
        if each.columns and type(each).__name__ in ("PrimaryKeyConstraint", "UniqueConstraint")
    }
    keys = {
        (table.name, column.name)
        for table in api.Base.metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys
    }
    small = {(name, f"{other}_id") for name, other in SMALL.items()}
    assert keys - there - small == WANTED


def test_init_makes_them_in_a_course_that_nbgrader_graded(plain):
    assert main(["init", str(plain.root)]) == 0
    assert indexed(plain) == WANTED


def test_nbgraders_upgrade_finds_nothing_to_mind(plain):
    add_indexes(plain)
    before = contents(plain.db_url)
    program = Path(sys.executable).with_name("nbgrader")
    done = subprocess.run(
        [program, "db", "upgrade"],
        cwd=plain.root,
        env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert contents(plain.db_url) == before
    assert indexed(plain) == WANTED


def test_a_gradebook_that_is_locked_stays_as_it_is(plain, monkeypatch):
    monkeypatch.setattr("autograder.grading.database.LOCK_SECONDS", 0.1)
    with closing(sqlite3.connect(gradebook_of(plain), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        add_indexes(plain)
        other.execute("ROLLBACK")
    assert indexed(plain) == set()


def test_without_a_gradebook_none_is_made(plain):
    gradebook_of(plain).unlink()
    add_indexes(plain)
    assert not gradebook_of(plain).exists()
