"""Two accounts of one person: what becomes of hand-ins, marks and the roster."""

from __future__ import annotations

import os
import shutil

import pytest
from helpers.graded_class import FIRST, QUESTION, contents, mark_by_hand, record
from nbgrader.api import Gradebook, MissingEntry

from autograder.commands import main
from autograder.course import SETTINGS
from autograder.errors import AutograderError
from autograder.grading.gradebook import current, points_of
from autograder.intake import merge as merging
from autograder.intake.merge import SET_ASIDE, merge
from autograder.intake.roster import ROSTER, saved_roster

A, B = "student-01", "student-01b"
EARLY, LATER = "2026-10-14 20:00:00 UTC", "2026-10-14 21:00:00 UTC"


def everything(course):
    files = {
        path.relative_to(course.root).as_posix(): path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and "gradebook" not in path.name and path.suffix != ".lock"
    }
    return files, contents(course.db_url)


def points(course, student=A):
    return points_of(course, FIRST)[0].get(student, {}).get("affine")


def student_ids(course):
    with Gradebook(course.db_url, "cs231n") as book:
        return {student.id for student in book.students}


@pytest.fixture
def course(klass):
    (klass.course.root / ROSTER).write_text(
        f"student_id,name,email,canvas\n{A},Student One,one@x.edu,4001\n{B},S. One,b@x.edu,4009\n",
        encoding="utf-8",
    )
    shutil.rmtree(klass.course.submitted / A)
    return klass.course


def test_what_only_the_other_handed_in_comes_with_its_marks(klass, course):
    klass.hand_in(B, "because", stamp=EARLY)
    record(klass, B, affine=4.0)
    mark_by_hand(course, B)
    (merged,) = merge(course, A, B)
    assert (merged.kept.id, merged.dropped) == (B, None)
    assert points(course) == 4.0
    assert points_of(course, FIRST)[0][A][QUESTION] == 2.0, "with what a person gave"
    assert student_ids(course) == {A}
    assert list(current(course, FIRST, [A], [klass.release])) == [A], "no need to grade again"
    assert not (course.submitted / B).exists()


def test_the_roster_finds_the_one_by_all_that_the_other_is_called(klass, course):
    klass.hand_in(B)
    merge(course, A, B)
    roster = saved_roster(course)
    assert list(roster.students) == [A]
    for key in (("id", B), ("email", "b@x.edu"), ("canvas", "4009"), ("name", "sone")):
        assert roster.find([key]) == (A, "")
    assert roster.students[A].key("email") == "one@x.edu"
    given = course.root.parent / "class.csv"
    given.write_text(f"student_id,name,email\n{B},New Name,new@x.edu\n{A},Student One,one@x.edu\n")
    assert main(["roster", str(given), "--course", str(course.root)]) == 0
    roster = saved_roster(course)
    assert (list(roster.students), roster.left) == ([A], set()), "it stays one account"
    assert roster.students[A].last_name == "Student One"
    assert roster.find([("email", "new@x.edu")]) == (A, "")


@pytest.mark.parametrize(
    ("first", "second", "kept", "reason"),
    [
        ((EARLY, 4.0), (LATER, 1.0), B, "later"),
        ((LATER, 1.0), (EARLY, 4.0), A, "later"),
        (("", 1.0), ("", 4.0), B, "more points"),
        (("", 1.0), (LATER, 1.0), A, "no difference"),
    ],
)
def test_of_two_hand_ins_one_counts_and_the_other_is_set_aside(
    klass, course, first, second, kept, reason
):
    for student, (stamp, score) in ((A, first), (B, second)):
        klass.hand_in(student, f"of {student}", stamp=stamp)
        record(klass, student, affine=score)
    (merged,) = merge(course, A, B)
    assert (merged.kept.id, merged.reason) == (kept, reason)
    assert points(course) == merged.kept.points
    assert student_ids(course) == {A}
    name = f"{FIRST}/{FIRST}.ipynb"
    assert f"of {kept}" in (course.submitted / A / name).read_text(encoding="utf-8")
    other = merged.dropped.id
    for kind in ("submitted", "autograded"):
        path = course.root / SET_ASIDE / kind / other / name
        assert f"of {other}" in path.read_text(encoding="utf-8")


def test_late_days_are_the_persons(klass, course):
    (course.root / SETTINGS).write_text(
        f"[due]\n{FIRST} = 2026-10-14T20:30:00\n[late]\nper_cent_a_day = 50\n"
        f"[extensions.{A}]\n{FIRST} = 1\n",
        encoding="utf-8",
    )
    assert main(["late", "--course", str(course.root)]) == 0
    klass.hand_in(B, stamp=LATER)
    record(klass, B, affine=4.0)
    merge(course, A, B)
    with Gradebook(course.db_url, "cs231n") as book:
        assert not book.find_submission_notebook(FIRST, FIRST, A).late_submission_penalty


def test_a_dry_run_and_a_failure_change_nothing(klass, course, monkeypatch):
    for student, stamp in ((A, EARLY), (B, LATER)):
        klass.hand_in(student, f"of {student}", stamp=stamp)
    record(klass, A, B, affine=4.0)
    before = everything(course)
    merge(course, A, B, dry_run=True)
    assert everything(course) == before

    def full_disk(path, roster):
        path.write_text("half of", encoding="utf-8")
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(merging, "write_roster", full_disk)
        with pytest.raises(AutograderError, match="No space left"):
            merge(course, A, B)
    assert everything(course) == before
    merge(course, A, B)
    assert everything(course) != before


def test_a_killed_merge_is_done_again(klass, course):
    klass.hand_in(B, stamp=EARLY)
    record(klass, B, affine=4.0)
    os.rename(course.submitted / B, course.submitted / A)
    os.rename(course.autograded / B, course.autograded / A)
    merge(course, A, B)
    assert points(course) == 4.0
    assert list(current(course, FIRST, [A], [klass.release])) == [A]


@pytest.mark.parametrize("pair", [(A, "nobody"), ("nobody", B), (A, A)])
def test_accounts_are_known_and_two(course, pair):
    with pytest.raises(AutograderError, match="account"):
        merge(course, *pair)


def test_the_command_says_what_it_does_to_marks(klass, course, capsys):
    for student, stamp, score in ((A, EARLY, 4.0), (B, LATER, 1.0)):
        klass.hand_in(student, f"of {student}", stamp=stamp)
        record(klass, student, affine=score)
    mark_by_hand(course, A)
    arguments = ["roster", "merge", A, B, "--course", str(course.root)]
    assert main([*arguments, "--dry-run"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"{FIRST} {B}: 1 points {A}: 6 points later" in printed
    assert f"{FIRST}: 1 marks that {A} was given by hand are dropped." in printed
    assert "Nothing was written" in printed
    assert student_ids(course) == {A, B}
    assert main(arguments) == 0
    assert f"what it hands in is {A}'s" in capsys.readouterr().out
    with Gradebook(course.db_url, "cs231n") as book, pytest.raises(MissingEntry):
        book.find_student(B)
    assert main(["roster", "merge", A, "--course", str(course.root)]) == 2
    assert "or `merge` and two ids" in capsys.readouterr().err
