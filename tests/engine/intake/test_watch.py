"""What is handed in is graded as it comes in, whatever happens to the watcher."""

from __future__ import annotations

import io
import os
import re
import zipfile
from datetime import timedelta

import pytest
from helpers.graded_class import FIRST
from helpers.watched import NO_BIAS, NOW, RIGHT, outcomes, quick

from autograder.course import CONFIG
from autograder.errors import AutograderError
from autograder.grading.gradebook import scores
from autograder.intake import arrivals, watch
from autograder.intake.journal import JOURNAL, Journal
from autograder.intake.watch_events import Handled

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the exchange is for Unix alone")


@pytest.fixture
def watched(klass, monkeypatch):
    return quick(klass, monkeypatch)


# -------------------------------------------------------------------------------- the normal course


def test_what_comes_in_is_graded_and_given_back_once(watched):
    secret = watched.submit("student-09")
    assert outcomes(watched.look()) == [("student-09", "graded", 4.5)]
    assert "4.5 of 7.5 points" in re.sub(r"\s+", " ", watched.fetched(secret))
    assert scores(watched.course, FIRST)["student-09"].points == 4.5
    assert watched.look() == []
    assert list(scores(watched.course, FIRST)) == ["student-09"], "others did not come in this way"


def test_a_later_hand_in_counts_and_both_have_feedback(watched):
    first = watched.submit("student-09", NO_BIAS)
    watched.look()
    second = watched.submit("student-09", RIGHT, minutes=1)
    assert outcomes(watched.look()) == [("student-09", "graded", 4.5)]
    assert "0 of 7.5" in watched.fetched(first)
    assert "4.5 of 7.5" in watched.fetched(second)


def test_of_several_at_once_the_others_say_which_one_counts(watched):
    first, _ = watched.submit("student-09", NO_BIAS), watched.submit("student-09", RIGHT, minutes=1)
    events = watched.look()
    assert outcomes(events) == [("student-09", "passed over", None), ("student-09", "graded", 4.5)]
    counted = f"{NOW + timedelta(minutes=1):%Y-%m-%d %H:%M} UTC"
    assert f"the one of {counted} counts" in watched.fetched(first)


def test_who_goes_back_to_an_earlier_version_finds_feedback_there(watched):
    watched.submit("student-09", RIGHT)
    watched.look()
    watched.submit("student-09", NO_BIAS, minutes=1)
    again = watched.submit("student-09", RIGHT, minutes=2)
    watched.look()
    assert "4.5 of 7.5" in watched.fetched(again)


def test_a_drop_folder_takes_students_files_and_downloads(watched):
    folder = watched.drop / FIRST
    (folder / "student-07.ipynb").write_text(watched.notebook(RIGHT), encoding="utf-8")
    with zipfile.ZipFile(folder / "moodle-like.zip", "w") as download:
        for student in ("student-08", "student-09"):
            download.writestr(f"{student}/{FIRST}.ipynb", watched.notebook(NO_BIAS))
    assert sorted(outcomes(watched.look(drop=True))) == [
        ("student-07", "graded", 4.5),
        ("student-08", "graded", 0.0),
        ("student-09", "graded", 0.0),
    ]
    assert watched.look(drop=True) == []
    (folder / "student-07.ipynb").write_text(watched.notebook(NO_BIAS), encoding="utf-8")
    assert outcomes(watched.look(drop=True)) == [("student-07", "graded", 0.0)]


def test_who_is_not_in_the_roster_is_told_once_and_taken_when_they_are(watched, monkeypatch):
    roster = watched.course.root / "roster.csv"
    roster.write_text("student_id\nstudent-01\n", encoding="utf-8")
    watched.submit("newcomer")
    monkeypatch.setattr(watch, "_AGAIN", 0.0)
    (trouble,) = watched.look(times=4)
    assert "newcomer is not in the roster" in trouble.reason
    roster.write_text("student_id\nstudent-01\nnewcomer\n", encoding="utf-8")
    assert outcomes(watched.look()) == [("newcomer", "graded", 4.5)]


def test_what_was_refused_once_is_not_taken_beside_the_next_one(watched, monkeypatch):
    watched.submit("student-09", NO_BIAS, minutes=9)  # by somebody else, and later
    foreign = {path.name: "is not theirs" for path in (watched.exchange / "inbound").iterdir()}
    monkeypatch.setattr(watch.exchange, "foreign_owners", lambda *_: foreign)
    assert [event.outcome for event in watched.look()] == ["refused"]
    watched.submit("student-09", RIGHT)
    assert outcomes(watched.look()) == [("student-09", "graded", 4.5)]


def test_what_is_in_anothers_name_is_refused(watched):
    with (watched.course.root / CONFIG).open("a", encoding="utf-8") as config:
        config.write("\nc.ExchangeCollect.check_owner = True\n")
    watched.submit("student-09")
    (event,) = watched.look()
    assert (event.outcome, "is owned by" in event.reason) == ("refused", True)
    assert not watched.course.submitted_dir(FIRST, "student-09").exists()


def test_one_that_cannot_be_graded_keeps_nobody_waiting(watched, monkeypatch):
    broken, fine = watched.submit("student-08"), watched.submit("student-09")
    give, reasons = watch.feedback, iter(["the page is too long", "the page is too long"])

    def feedback(course, notebook, students, **more):
        if students == ["student-08"] and (reason := next(reasons, "")):
            raise AutograderError(reason)
        return give(course, notebook, students, **more)

    monkeypatch.setattr(watch, "feedback", feedback)
    trouble, event = watched.look()
    assert (trouble.reason, event.student) == ("the page is too long", "student-09")
    assert watched.fetched(fine)
    assert watched.fetched(broken) is None
    monkeypatch.setattr(watch, "_AGAIN", 0.0)
    trouble, event = watched.look(times=3)
    assert (event.student, event.score) == ("student-08", None), "it was graded already"
    assert watched.fetched(broken)


# -------------------------------------------------------------------------------------- half a file


def test_half_a_notebook_waits_for_the_other_half(watched):
    path = watched.drop / FIRST / "student-09.ipynb"
    text = watched.notebook(RIGHT)
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    assert watched.look(times=3, drop=True) == []
    with path.open("a", encoding="utf-8") as file:
        file.write(text[len(text) // 2 :])
    assert outcomes(watched.look(drop=True)) == [("student-09", "graded", 4.5)]


def test_half_a_zip_waits_and_a_draft_is_no_file(watched):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as download:
        download.writestr(f"student-09/{FIRST}.ipynb", watched.notebook(RIGHT))
    path = watched.drop / FIRST / "all.zip"
    path.write_bytes(whole.getvalue()[:-30])
    path.with_name("all.zip.crdownload").write_bytes(whole.getvalue())
    assert watched.look(times=3, drop=True) == []
    path.write_bytes(whole.getvalue())
    assert outcomes(watched.look(drop=True)) == [("student-09", "graded", 4.5)]


def test_what_nbgrader_has_not_copied_to_its_end_waits(watched):
    watched.submit("student-09")
    (stamp,) = watched.exchange.rglob("timestamp.txt")
    text = stamp.read_text()
    stamp.unlink()
    assert watched.look(times=3) == []
    stamp.write_text(text)
    assert outcomes(watched.look()) == [("student-09", "graded", 4.5)]


def test_what_changes_between_two_looks_is_not_taken(watched):
    path = watched.drop / FIRST / "student-09.ipynb"
    path.write_text(watched.notebook(NO_BIAS), encoding="utf-8")
    with watched.watcher(drop=True) as watcher:
        assert watcher.look()
        path.write_text(watched.notebook(RIGHT), encoding="utf-8")
        assert watcher.look()
        assert not watched.events
        assert not watcher.look()
    assert [event.score for event in watched.events if isinstance(event, Handled)] == [4.5]


def test_a_half_to_which_nothing_comes_is_what_was_handed_in(watched, monkeypatch):
    path = watched.drop / FIRST / "student-09.ipynb"
    path.write_text(watched.notebook(RIGHT)[:-9], encoding="utf-8")
    monkeypatch.setattr(arrivals, "PATIENCE", 0.0)
    (event,) = watched.look(drop=True)
    assert (event.outcome, event.score) == ("graded", 0.0)
    assert "is not a notebook" in event.reason


# -------------------------------------------------------------------------------- killed, and twice


class Killed(BaseException):
    """Ends a watcher as a kill would: nothing catches it."""


STEPS = {
    "collect": (watch, "collect"),
    "grade": (watch, "grade_class"),
    "feedback": (watch, "feedback"),
    "give back": (watch, "give_back"),
    "journal": (Journal, "write"),
}


@pytest.mark.parametrize("step", STEPS)
def test_after_whatever_it_is_killed_the_next_one_goes_on(watched, monkeypatch, step):
    where, name = STEPS[step]
    grade, graded = watch.grade_class, []

    def killed(*arguments, **more):
        work(*arguments, **more)
        raise Killed

    def count(*arguments, tell, **more):
        return grade(*arguments, tell=lambda event: graded.append(event) or tell(event), **more)

    monkeypatch.setattr(watch, "grade_class", count)
    secret = watched.submit("student-09", RIGHT)
    work = getattr(where, name)
    with monkeypatch.context() as patch:
        patch.setattr(where, name, killed)
        with pytest.raises(Killed):
            watched.look()
    watched.look()
    assert "4.5 of 7.5" in watched.fetched(secret)
    assert [type(event).__name__ for event in graded].count("Graded") == 1
    assert watched.look() == []


def test_a_line_that_a_kill_cut_is_as_if_it_were_not_there(watched):
    watched.submit("student-08")
    watched.submit("student-09", NO_BIAS)
    watched.look()
    journal = watched.course.root / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-20])
    assert outcomes(watched.look()) == [("student-09", "graded", None)]
    assert watched.look() == []


def test_two_watchers_refuse_each_other(watched):
    with watched.watcher(), pytest.raises(AutograderError, match="is being watched already"):
        watched.look()
    assert watched.look() == []
