"""Who needs grading, and what grading again would change."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.graded_class import (
    FIRST,
    FULL,
    mark_by_hand,
    record,
    unchanged,
)
from nbgrader.api import Gradebook

from autograder.grading import classroom, environment
from autograder.grading.compare import Change, compare, difference
from autograder.grading.gradebook import copies_of, current, marked_by_hand, results_at
from autograder.grading.kernel import Limits
from autograder.grading.submission import results_of
from autograder.results import SubmissionResults
from autograder.syntax import code_digest

PACKAGE = Path(environment.__file__).parent.parent


# ------------------------------------------------------------------------------ what is current


def test_what_is_recorded_is_not_graded_again(klass):
    assert unchanged(klass) == []
    record(klass, "student-01", "student-03", **FULL)
    assert unchanged(klass) == ["student-01", "student-03"]
    mark_by_hand(klass.course, "student-01")
    assert unchanged(klass) == ["student-01", "student-03"]


@pytest.mark.parametrize(
    "change",
    [
        lambda klass: klass.hand_in("student-01", "Another answer."),
        lambda klass: copies_of(klass.course, FIRST, "student-01")[FIRST].unlink(),
        lambda klass: (
            copies_of(klass.course, FIRST, "student-01")[FIRST].chmod(0o644)
            or copies_of(klass.course, FIRST, "student-01")[FIRST].write_bytes(
                b'{"cells": [], "metada'
            )
        ),
        lambda klass: set_auto_score(klass.course, "student-01", 4.0),
        lambda klass: forget(klass.course, "student-01"),
    ],
    ids=["submission", "no copy", "half a copy", "other points", "an older gradebook"],
)
def test_what_changed_is_graded_again(klass, change):
    record(klass, "student-01", "student-02", **FULL)
    change(klass)
    assert unchanged(klass) == ["student-02"]


def test_another_release_software_or_limit_grades_everybody_again(klass, monkeypatch):
    record(klass, "student-01", "student-02", "student-03")
    assert len(unchanged(klass)) == 3
    assert unchanged(klass, Limits(cell_seconds=1)) == []
    other = replace(klass.release, files={**klass.release.files, "data.csv": b"1"})
    assert not list(current(klass.course, FIRST, ["student-01"], [other]))
    monkeypatch.setattr(environment, "version", lambda name: "99.1")
    environment.environment.cache_clear()
    try:
        assert unchanged(klass) == []
    finally:
        environment.environment.cache_clear()


def test_the_judges_are_part_of_the_environment(tmp_path):
    (tmp_path / "grading.py").write_text("strict = True")
    before = code_digest(tmp_path.glob("*.py"))
    (tmp_path / "grading.py").write_text('"""Grading."""\nstrict = (True)  # a comment\n')
    assert code_digest(tmp_path.glob("*.py")) == before, "it does the same"
    (tmp_path / "grading.py").write_text("strict = False")
    assert code_digest(tmp_path.glob("*.py")) != before


def test_all_that_grading_imports_is_part_of_the_environment():
    judges = {path for name in environment._JUDGES for path in PACKAGE.glob(name)}
    seen = {PACKAGE / "grading" / "submission.py"}
    todo = list(seen)
    while todo:
        path = todo.pop()
        assert path in judges, path
        for dots, name in re.findall(r"^ *from (\.+)([\w.]*)", path.read_text("utf-8"), re.M):
            folder = path.parents[len(dots) - 1]
            imported = folder.joinpath(*name.split(".")).with_suffix(".py")
            if imported.exists() and imported not in seen:
                seen.add(imported)
                todo.append(imported)


def set_auto_score(course, student, points):
    with Gradebook(course.db_url, "cs231n") as book:
        book.find_grade("affine", FIRST, FIRST, student).auto_score = points
        book.db.commit()


def forget(course, student):
    with Gradebook(course.db_url, "cs231n") as book:
        book.remove_student(student)


# ------------------------------------------------------------------------ what would be changed


def test_what_a_mended_test_changes_is_told(klass):
    record(klass, "student-01", "student-02", q_linear=1.0)
    mark_by_hand(klass.course, "student-02", "affine", 2.0)
    mended = {"student-01": (4.5, 0.0), "student-02": (4.5, 0.0), "student-03": (0.0, 0.0)}
    by_hand = marked_by_hand(klass.course, FIRST)
    assert by_hand == {"student-02": {"affine": 2.0}}
    first, second, third = (
        compare(
            student,
            results_at(klass.course, FIRST, student),
            results_of(klass.graded(student, affine=affine, q_linear=q_linear)),
            by_hand.get(student),
        )
        for student, (affine, q_linear) in mended.items()
    )
    assert (first.before, first.after, first.gain) == (1.0, 4.5, 3.5)
    assert first.changes == (
        Change("affine", "rows", 0.0, 3.0),
        Change("affine", "images", 0.0, 1.5),
        Change("q_linear", "your choice", 1.0, 0.0),
    )
    assert (second.before, second.after, [change.by_hand for change in second.changes]) == (
        3.0,
        2.0,
        [True, True, False],
    )
    assert (third.before, third.after, third.changes) == (None, 0.0, ())


def rehearsed(klass, student, **points):
    """What `grade --dry-run` says of a student whose checks would earn these points now."""
    events = []
    with classroom._keeper(klass.course, FIRST, True, events.append) as keep:
        keep(student, {FIRST: klass.graded(student, **points)})
    (comparison,) = events
    return comparison


def test_a_rehearsal_compares_with_the_gradebook_and_not_with_the_last_result(klass):
    record(klass, "student-01", "student-02", **FULL)
    set_auto_score(klass.course, "student-01", 1.0)
    changed = rehearsed(klass, "student-01", **FULL)
    assert (changed.before, changed.after) == (2.0, 5.5)
    assert changed.changes == (Change("affine", "", 1.0, 4.5),), "of which test is not known"
    forget(klass.course, "student-01")
    assert rehearsed(klass, "student-01", **FULL).before is None, "it does not count yet"
    copies_of(klass.course, FIRST, "student-02")[FIRST].unlink()
    lost = rehearsed(klass, "student-02", affine=3.0, q_linear=1.0)
    assert (lost.before, lost.after) == (5.5, 4.0)
    assert lost.changes == (Change("affine", "", 4.5, 3.0),)


def test_tests_that_come_and_go_are_told_as_such(klass):
    old, new = (results_of(klass.graded("student-01", **FULL)) for _ in range(2))
    assert difference(old, new) == ()
    assert not compare("student-01", old, new).differs
    first, *others = new.reports[0].verdicts
    columns = replace(new.reports[0], verdicts=[replace(first, test="columns"), *others])
    new = replace(new, reports=[columns, *new.reports[1:]])
    assert difference(old, new) == (
        Change("affine", "columns", None, 3.0),
        Change("affine", "rows", 3.0, None),
    )


def test_a_cell_of_hand_written_tests_is_compared_by_its_points():
    old, new = (SubmissionResults(marks={"by_hand": points}) for points in (1.0, None))
    assert difference(old, new) == (Change("by_hand", "", 1.0, None),)
